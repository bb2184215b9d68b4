# SPDX-License-Identifier: Apache-2.0
"""--volumes keep and copy: bytes, zones and flags of volumes, on the target and back on the source."""
import hashlib
import json
import os

from cases_keep import attach, nics, of_volume, order, port, put_volume_away, remade_ports_go_too, volume, volumes
from harness import case


def filled(c, **body):
    """A volume with random bytes of its own."""
    vid = volume(c, **dict({"availability_zone": "az1"}, **body))
    c.backend.write_volume(vid, os.urandom(1 << 16))
    return vid


def of_root(c, **body):
    vid = filled(c, imageRef=c.cloud.id_of("image", "cirros"), **body)
    return vid


def boot_from(c, vid, more=(), goes=False, **body):
    """A server that boots from this volume, with more of them in the boot request."""
    entries = [{"boot_index": 0, "uuid": vid, "source_type": "volume", "destination_type": "volume", "delete_on_termination": goes}]
    entries += [{"boot_index": -1, "uuid": v, "source_type": "volume", "destination_type": "volume", "delete_on_termination": goes}
                for v in more]
    c.goes = [vid] + list(more) if goes else []
    return c.boot(data=False, imageRef=None, block_device_mapping_v2=entries, **body)


SAME = ("name", "description", "metadata", "size", "volume_type", "bootable", "multiattach", "encrypted")


def data_of(c, vid):
    return hashlib.sha256(c.backend.read_volume(vid).rstrip(b"\0")).hexdigest()


def disks(c, sid):
    """Its volumes in their order: what of them is to be kept, flags and tags, and the bytes."""
    ids, flags = volumes(c, sid)
    found = []
    for vid in ids:
        one = of_volume(c, vid)
        found.append(({k: one[k] for k in SAME}, flags.get(vid), data_of(c, vid)))
    return ids, found


def left_over(c):
    """Volumes and images in between, of this case's moves: none may be left."""
    mine = {m["id"] for m in c.moves()}
    all_volumes = c.cloud.admin.do("GET", "volumev3", "/volumes/detail?all_tenants=1")["volumes"]
    all_volumes = [v for v in all_volumes if v["os-vol-tenant-attr:tenant_id"] == c.cloud.demo.project]
    assert not [v["name"] for v in all_volumes if v["name"] and v["name"].startswith("rezone:") and v["name"][7:43] in mine]
    assert not [v["id"] for v in all_volumes if v["metadata"].get("rezone") in mine]
    assert not [i["name"] for i in c.our_images() if i["name"][7:43] in mine and len(i["name"]) > 43]


def move(c, sid, status=0, volumes="copy"):
    return c.rezone("move", sid, "--to", "az2", "--volumes", volumes, "-y", "-f", "json", "--settle", c.settle).expect(status).move()


def there(c, sid):
    """Move, compare, commit, compare again; the volumes of the source that were to stay are there, with their bytes."""
    old, before = disks(c, sid)
    net, line, state = nics(c, sid), order(c, sid), c.cloud.server(sid)["status"]
    stay = [v for v in old if v not in getattr(c, "goes", ())]
    root = None if c.cloud.server(sid)["image"] == "" else c.data
    done = move(c, sid)
    target = done["target_server_id"]
    c.cloud.quiet(target, state)
    new, after = disks(c, target)
    for vid in new:
        c.later(put_volume_away, c, vid)
    assert not set(new) & set(old) and volumes(c, sid)[0] == old
    assert [(a, b[1] if b else None, d) for a, b, d in after] == [(a, b[1] if b else None, d) for a, b, d in before], (after, before)
    assert all(of_volume(c, v)["availability_zone"] == "az2" for v in new)
    assert (nics(c, target), order(c, target)) == (net, line)
    if root:
        assert c.backend.read_disk(target)[:len(root)] == root
    left_over(c)
    done = c.rezone("commit", done["id"], "-y", "-f", "json").expect(0).move()
    assert c.cloud.server(sid) is None
    again = disks(c, target)
    assert again == (new, before) or not c.cloud.has("2.85"), (again, before)
    c.wait("the source's own volumes deleted", lambda: all(
        c.cloud.admin.ask("GET", "volumev3", "/volumes/" + v).status == 404 for v in old if v not in stay))
    c.gone.update(v for v in old if v not in stay)
    assert all(of_volume(c, v)["status"] == "available" for v in stay)
    assert [data_of(c, v) for v in stay] == [before[old.index(v)][2] for v in stay]
    assert sorted(x["name"] for x in done["left"]) == sorted(stay), done["left"]
    remade_ports_go_too(c, target)
    left_over(c)


def back(c, sid):
    """Move, discard: the source is as it was, and nothing of ours is left."""
    before, state = (disks(c, sid), nics(c, sid), order(c, sid)), c.cloud.server(sid)["status"]
    done = move(c, sid)
    made = volumes(c, done["target_server_id"])[0]
    over = c.rezone("discard", done["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert over["state"] == "undone" and not over["left"], over
    c.cloud.quiet(sid, state)
    assert (disks(c, sid), nics(c, sid), order(c, sid)) == before
    assert all(c.cloud.admin.ask("GET", "volumev3", "/volumes/" + v).status == 404 for v in made), made
    left_over(c)
    remade_ports_go_too(c, sid)


KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


@kind
def one_volume(c):
    sid = c.boot()
    attach(c, sid, filled(c, description="a disk", metadata={"a": "b", "rezone": "mine"}))
    return sid


@kind
def three_volumes(c):
    sid = c.boot(networks=[{"port": port(c)}])
    for n in range(3):
        more = {"tag": "disk%d" % n} if c.cloud.has("2.49") else {}
        more.update({"delete_on_termination": n == 1} if c.cloud.has("2.79") else {})
        attach(c, sid, filled(c, size=n + 1), **more)
        c.goes = [v for v in volumes(c, sid)[0][1:2] if c.cloud.has("2.79")]
    return sid


@kind
def volumes_of_two_zones(c):
    sid = c.boot()
    attach(c, sid, filled(c))
    attach(c, sid, filled(c, availability_zone="az2"))
    return sid


@kind
def no_volume(c):
    return c.boot()


@kind
def a_stopped_one(c):
    sid = c.boot()
    attach(c, sid, filled(c))
    c.cloud.stop(sid)
    return sid


@kind
def volume_booted(c):
    return boot_from(c, of_root(c))


@kind
def volume_booted_and_deleted_with_it(c):
    return boot_from(c, of_root(c), goes=True)


@kind
def volume_booted_with_data(c):
    return boot_from(c, of_root(c), [filled(c), filled(c, size=2)], networks=[{"port": port(c)}])


@kind
def volume_booted_with_its_root_in_the_zone(c):
    return boot_from(c, of_root(c, availability_zone="az2"), [filled(c)])


def both_ways(name):
    def moved(c):
        there(c, KINDS[name](c))

    def discarded(c):
        back(c, KINDS[name](c))
    for function, word in ((moved, "moved"), (discarded, "discarded")):
        function.__name__ = "%s_%s" % (name, word)
        function.__module__ = __name__
        case()(function)


for _name in list(KINDS):
    both_ways(_name)


@case(on=("fake",))
def attached_in_their_own_zone_only(c):
    """A cloud with cross_az_attach=false refuses the boot: undone, with the option that helps; and with it, it goes."""
    sid = c.boot()
    attach(c, sid, filled(c))
    c.backend.control("POST", "/config", {"cross_az_attach": False})
    before = volumes(c, sid)
    run = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(2)
    assert run.move()["state"] == "undone", run.move()
    assert "--volumes copy" in run.move()["error"] and "same availability zone" in run.move()["error"], run.move()["error"]
    c.cloud.quiet(sid, "ACTIVE")
    assert volumes(c, sid) == before
    there(c, sid)


@case()
def volume_booted_kept(c):
    """The root is copied beside its original, since it cannot be taken off; data volumes are the same ones."""
    sid = volume_booted_with_data(c)
    (old, before), net, line = disks(c, sid), nics(c, sid), order(c, sid)
    told = c.rezone("plan", sid, "--to", "az2", "-f", "json").expect(0).json[0]["announced"]
    assert any(old[0] in one["text"] and old[1] not in one["text"] for one in told if one["name"] == "volume-ids"), told
    done = move(c, sid, volumes="keep")
    target = done["target_server_id"]
    c.cloud.quiet(target, "ACTIVE")
    new, after = disks(c, target)
    c.later(put_volume_away, c, new[0])
    assert new[1:] == old[1:] and new[0] not in old and volumes(c, sid)[0] == old[:1], (new, old)
    assert of_volume(c, new[0])["availability_zone"] == of_volume(c, old[0])["availability_zone"] == "az1"
    assert after == before and (nics(c, target), order(c, target)) == (net, line)
    left_over(c)
    done = c.rezone("commit", done["id"], "-y", "-f", "json").expect(0).move()
    assert c.cloud.server(sid) is None and disks(c, target) == (new, before)
    assert [one["name"] for one in done["left"]] == old[:1] and data_of(c, old[0]) == before[0][2], done["left"]
    left_over(c)
    remade_ports_go_too(c, target)


@case()
def volume_booted_kept_and_discarded(c):
    """The data volumes hang on the source again, in their order; the copy of the root is gone."""
    sid = boot_from(c, of_root(c), [filled(c), filled(c)], goes=True)
    before = disks(c, sid), nics(c, sid), order(c, sid)
    done = move(c, sid, volumes="keep")
    root = volumes(c, done["target_server_id"])[0][0]
    over = c.rezone("discard", done["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert over["state"] == "undone" and not over["left"], over
    c.cloud.quiet(sid, "ACTIVE")
    assert (disks(c, sid), nics(c, sid), order(c, sid)) == before
    assert c.cloud.admin.ask("GET", "volumev3", "/volumes/" + root).status == 404
    left_over(c)
    remade_ports_go_too(c, sid)


@case()
def volume_booted_kept_target_fails(c):
    """It goes back by itself, with all volumes on the source."""
    sid = volume_booted_with_data(c)
    c.backend.host_faults({h: {"spawn_fail": True} for h in ("az2-1", "az2-2")})
    undone(c, sid, "target", "keep")


def undone(c, sid, word, volumes="copy"):
    """It goes back by itself, and leaves nothing."""
    before, state = (disks(c, sid), nics(c, sid), order(c, sid)), c.cloud.server(sid)["status"]
    over = move(c, sid, 2, volumes)
    assert over["state"] == "undone" and word in over["error"] and not over["left"], over
    c.cloud.quiet(sid, state)
    assert (disks(c, sid), nics(c, sid), order(c, sid)) == before
    nothing_free(c)
    remade_ports_go_too(c, sid)


def nothing_free(c):
    """No volume of this project is without its server."""
    found = c.cloud.admin.do("GET", "volumev3", "/volumes/detail?all_tenants=1")["volumes"]
    mine = [v for v in found if v["os-vol-tenant-attr:tenant_id"] == c.cloud.demo.project]
    assert not [v["name"] for v in mine if not v["attachments"] and (c.kind == "fake" or c.name("") in v["name"])]
    left_over(c)


@case(on=("fake",))
def upload_fails(c):
    """Cinder deletes the image of an upload that failed: that is noticed, and the source is as it was."""
    c.backend.control("POST", "/config", {"upload_fail": True})
    undone(c, three_volumes(c), "upload of volume")


@case()
def target_fails(c):
    """The copies go with a target that cannot be built."""
    sid = volume_booted_with_data(c)
    c.backend.host_faults({h: {"spawn_fail": True} for h in ("az2-1", "az2-2")})
    undone(c, sid, "target")


@case(on=("fake",))
def too_little_room(c):
    """Into another zone a volume takes two volumes and twice its size for a while: seen before anything is changed."""
    sid = one_volume(c)
    for room, word in (({"volumes": 2}, "quota of volumes"), ({"volumes": -1, "gigabytes": 2}, "quota of volume size")):
        c.backend.control("POST", "/config", {"quota": room})
        run = c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y").expect(3)
        assert word in run.err, run.err
    c.backend.control("POST", "/config", {"quota": {"volumes": 3, "gigabytes": 3}})
    assert move(c, sid)["state"] == "moved"


@case(on=("fake",))
def no_zone_of_that_name(c):
    """Most clouds have one zone of volumes: data volumes are kept there; a root is copied beside its original."""
    c.backend.control("POST", "/config", {"volume_zones": ["nova"]})
    sid = c.boot("data")
    attach(c, sid, filled(c, availability_zone="nova"))
    run = c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y").expect(3)
    assert "no available zone 'az2'" in run.err and "--volumes keep" in run.err, run.err
    root = boot_from(c, of_root(c, availability_zone="nova"), [filled(c, availability_zone="nova")], name=c.name("root"))
    old, before = disks(c, root)
    run = c.rezone("move", root, "--to", "az2", "--volumes", "copy", "-y").expect(3)
    assert "--volumes keep" in run.err, run.err
    done = move(c, root, volumes="keep")
    new, after = disks(c, done["target_server_id"])
    assert [(a, d) for a, _, d in after] == [(a, d) for a, _, d in before] and set(new) & set(old) == {old[1]}
    assert all(of_volume(c, v)["availability_zone"] == "nova" for v in new)


@case(on=("fake",))
def encrypted(c):
    """Not through an image; a clone keeps its key."""
    sid = c.boot("far")
    attach(c, sid, filled(c, volume_type="luks"))
    run = c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y").expect(3)
    assert "is encrypted" in run.err and "--volumes keep" in run.err, run.err
    sid = c.boot("near")
    attach(c, sid, filled(c, volume_type="luks", availability_zone="az2"))
    there(c, sid)


@case()
def plan_tells(c):
    """plan reads only, names what is copied and what is left, and the command that does it."""
    sid = one_volume(c)
    vid = volumes(c, sid)[0][0]
    plan = c.rezone("plan", sid, "--to", "az2", "--volumes", "copy", "-f", "json").expect(0).json[0]
    told = {x["name"]: x["text"] for x in plan["announced"]}
    assert vid in told["volume-ids"] and vid in told["volumes-left"], told
    assert plan["next"].endswith("--volumes copy"), plan["next"]
    left_over(c)


@case(on=("fake",))
def volumes_that_cannot_be_found_by_mark(c):
    """An operator chooses by what members may filter; a copy whose answer got lost would be found by nothing: refused at once."""
    sid = c.boot()
    attach(c, sid, filled(c))
    before = c.cloud.server(sid)
    words = "Invalid filters metadata are found in query options"
    c.backend.fault("status", {"service": "volume", "method": "GET", "path": "/volumes/detail$", "query": "metadata"}, count=-1,
                    status=400, body={"badRequest": {"code": 400, "message": words}})
    c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y", "-f", "json", "--settle", c.settle).expect(3).says(words)
    assert c.cloud.server(sid) == before
    c.rezone("move", sid, "--to", "az2", "-y", "--settle", c.settle).expect(0)
    for server in c.servers():
        remade_ports_go_too(c, server["id"])


def off(c, sid, vid):
    """Its owner takes it off a server."""
    c.cloud.demo.do("DELETE", "compute", "/servers/%s/os-volume_attachments/%s" % (sid, vid))
    c.wait("the volume off", lambda: of_volume(c, vid)["status"] == "available")


def is_there(c, vid):
    return c.cloud.admin.ask("GET", "volumev3", "/volumes/" + vid).status == 200


def commit_is_held(c, move, *words):
    run = c.rezone("commit", move["id"], "-y", "-f", "json").expect(2)
    held = run.move()
    assert held["state"] == "held", held
    for word in words:
        assert word in held["held_reason"], held["held_reason"]
    assert c.cloud.server(held["server_id"])["status"] == "SHUTOFF"
    return held


def whole_again(c, move, vid):
    """Attached to the target again, the commit goes on."""
    attach(c, move["target_server_id"], vid)
    over = c.rezone("resume", move["id"], "-f", "json").expect(0).move()
    assert over["state"] == "committed" and c.cloud.server(move["server_id"]) is None, over


@case(since="2.79")
def copy_deleted_before_commit(c):
    """The original is the last copy, and would go with the source: it stays, until its owner keeps it."""
    sid = c.boot()
    a = filled(c)
    attach(c, sid, a, delete_on_termination=True)
    done = move(c, sid)
    made = volumes(c, done["target_server_id"])[0][0]
    off(c, done["target_server_id"], made)
    c.cloud.demo.do("DELETE", "volumev3", "/volumes/" + made)
    c.wait("the copy gone", lambda: not is_there(c, made))
    commit_is_held(c, done, a, made, "is gone")
    assert is_there(c, a)
    over = c.rezone("discard", done["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert over["state"] == "undone" and volumes(c, sid)[0] == [a], over
    remade_ports_go_too(c, sid)


@case()
def copy_off_the_target_before_commit(c):
    """Where the original goes with the source, its copy has to be on the target; and where it stays, nothing is asked."""
    sid = c.boot()
    a = filled(c)
    attach(c, sid, a, **({"delete_on_termination": True} if c.cloud.has("2.79") else {}))
    done = move(c, sid)
    made = volumes(c, done["target_server_id"])[0][0]
    off(c, done["target_server_id"], made)
    c.later(put_volume_away, c, made)
    if c.cloud.has("2.79") or not c.cloud.has("2.3"):  # below 2.3 nobody tells which goes
        commit_is_held(c, done, a, made, "is not attached")
        whole_again(c, done, made)
        c.gone.add(a)
    else:
        c.rezone("commit", done["id"], "-y").expect(0)
        assert is_there(c, a) and is_there(c, made)


@case()
def kept_volume_on_the_source_again(c):
    """Its owner put it back, and locked the source with our words: Nova would delete it with the source."""
    sid = c.boot()
    a = volume(c)
    goes = {"delete_on_termination": True} if c.cloud.has("2.79") else {}
    attach(c, sid, a, **goes)
    done = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    reason = c.cloud.server(sid).get("locked_reason")
    off(c, done["target_server_id"], a)
    c.cloud.act(sid, "unlock")
    attach(c, sid, a, **goes)
    c.cloud.demo.do("POST", "compute", "/servers/%s/action" % sid, {"lock": {"locked_reason": reason} if reason else None})
    commit_is_held(c, done, a, "detach it first")
    assert is_there(c, a)
    c.cloud.act(sid, "unlock")
    off(c, sid, a)
    c.cloud.demo.do("POST", "compute", "/servers/%s/action" % sid, {"lock": {"locked_reason": reason} if reason else None})
    whole_again(c, done, a)


@case(since="2.85")
def volume_off_the_target_before_commit(c):
    """One of two that are to go with their server: it is named, and the other gets its flag."""
    sid = c.boot()
    a, b = volume(c), volume(c)
    for vid in (a, b):
        attach(c, sid, vid, delete_on_termination=True)
    done = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    off(c, done["target_server_id"], a)
    over = c.rezone("commit", done["id"], "-y", "-f", "json").expect(0).move()
    assert over["state"] == "committed" and [x["name"] for x in over["left"]] == [a], over
    assert volumes(c, done["target_server_id"])[1] == {b: (True, None)}
    assert of_volume(c, a)["status"] == "available"
    remade_ports_go_too(c, done["target_server_id"])


@case(on=("fake",), since="2.85")
def volume_flag_refused_in_commit(c):
    """What is refused for one volume is done for the next."""
    sid = c.boot()
    a, b = volume(c), volume(c)
    for vid in (a, b):
        attach(c, sid, vid, delete_on_termination=True)
    done = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    c.backend.fault("status", {"service": "compute", "method": "PUT", "path": "os-volume_attachments/" + a, "user": "demo"},
                    status=403, count=-1)
    over = c.rezone("commit", done["id"], "-y", "-f", "json").expect(0).move()
    assert over["state"] == "committed" and [x["name"] for x in over["left"]] == [a], over
    assert {v: f[0] for v, f in volumes(c, done["target_server_id"])[1].items()} == {a: False, b: True}
    remade_ports_go_too(c, done["target_server_id"])


@case(on=("fake",))
def upload_in_use(c):
    """Glance does not let the images in between go: they are named, the clones go, and nothing waits for that."""
    for status in (409, 403):
        sid = c.boot("vm%d" % status)
        attach(c, sid, filled(c))
        attach(c, sid, filled(c))
        c.backend.fault("status", {"service": "image", "method": "DELETE", "user": "demo"}, status=status, count=4)
        done = move(c, sid)
        c.backend.clear_faults()
        images = [i["id"] for i in c.our_images() if i["name"].startswith("rezone-" + done["id"] + "-")]
        assert done["state"] == "moved" and len(images) == 2, done
        assert sorted(x["name"] for x in done["left"]) == sorted(images), done["left"]
        every = c.cloud.demo.do("GET", "volumev3", "/volumes/detail")["volumes"]
        assert not [v["name"] for v in every if v["name"].endswith(":clone")]
        for vid in volumes(c, done["target_server_id"])[0]:
            c.later(put_volume_away, c, vid)
        over = c.rezone("commit", done["id"], "-y", "-f", "json").expect(0).move()
        assert over["state"] == "committed", over
        for image in images:
            c.cloud.admin.do("DELETE", "image", "/images/" + image)
        remade_ports_go_too(c, done["target_server_id"])


@case(on=("fake",))
def names_of_copies_refused(c):
    """One copy does not get its name: that is told, and the other does."""
    sid = c.boot()
    attach(c, sid, filled(c))
    attach(c, sid, filled(c))
    c.backend.fault("status", {"service": "volume", "method": "PUT", "path": "/volumes/", "user": "demo"}, status=403, count=1)
    done = move(c, sid)
    assert done["state"] == "moved", done
    assert [x["name"] for x in done["announced"] if x["name"].startswith("volume-names")] == ["volume-names.1"], done["announced"]
    a, b = [of_volume(c, v)["name"] for v in volumes(c, done["target_server_id"])[0]]
    assert a.startswith("rezone:") and b == c.name("volume"), (a, b)


@case(on=("fake",))
def clone_that_takes_long_to_go(c):
    """Cinder wipes it for longer than the move is ready to wait: that is told, and the move is moved."""
    sid = one_volume(c)
    slow = {"cloud": "admin", "method": "POST", "path": "/_fake/config", "body": {"jobs": {"volume": 20}}}
    c.backend.fault("script", {"service": "image", "method": "DELETE", "user": "demo"}, script=[slow])
    done = c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y", "-f", "json", "--settle", c.settle,
                    "--step-timeout", "drop=2").expect(0).move()
    assert done["state"] == "moved", done
    assert [x["name"] for x in done["announced"] if x["name"] == "drop"], done["announced"]
    assert len(done["left"]) == 1 and "deleting" in done["left"][0]["text"], done["left"]


@case(on=("fake",))
def discard_waits_for_cinder(c):
    """Cinder names the target on a volume for a moment after it is gone: waited for, and nothing is left behind."""
    for kind in ("copy", "keep"):
        sid = c.boot(kind)
        attach(c, sid, filled(c))
        before = volumes(c, sid)
        done = move(c, sid, volumes=kind)
        target = done["target_server_id"]
        vid = volumes(c, target)[0][0]
        on_target = c.cloud.demo.do("GET", "volumev3", "/volumes/" + vid)
        assert on_target["volume"]["attachments"][0]["server_id"] == target
        c.backend.fault("body", {"service": "volume", "method": "GET", "path": "/volumes/%s$" % vid, "user": "demo"},
                        status=200, body=json.dumps(on_target), content_type="application/json", count=2)
        over = c.rezone("discard", done["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
        assert over["state"] == "undone" and not over["left"], over
        assert volumes(c, sid) == before
        left_over(c)
        remade_ports_go_too(c, sid)


@case(on=("fake",))
def firmware_of_a_root_volume(c):
    """UEFI and a TPM stand in the properties of the root's image, also where the server has no image: told, and kept."""
    props = {"hw_firmware_type": "uefi", "hw_tpm_version": "2.0"}
    patch = [{"op": "add", "path": "/" + k, "value": v} for k, v in props.items()]
    c.cloud.admin.do("PATCH", "image", "/images/" + c.cloud.id_of("image", "cirros"), patch,
                     headers={"Content-Type": "application/openstack-images-v2.1-json-patch"})
    root = of_root(c)
    assert props.items() <= of_volume(c, root)["volume_image_metadata"].items()
    sid = boot_from(c, root)
    run = c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y").expect(3)
    assert "--accept-loss nvram" in run.err and "--accept-loss vtpm" in run.err, run.err
    done = c.rezone("move", sid, "--to", "az2", "--volumes", "copy", "-y", "-f", "json", "--settle", c.settle,
                    "--accept-loss", "nvram,vtpm").expect(0).move()
    assert {x["name"] for x in done["lost"]} >= {"nvram", "vtpm"}, done["lost"]
    made = volumes(c, done["target_server_id"])[0][0]
    assert props.items() <= of_volume(c, made)["volume_image_metadata"].items()
