# SPDX-License-Identifier: Apache-2.0
"""What runs left behind: found by its marks, told, and deleted only when it is provably ours and nobody's any more."""
import fcntl
import glob
import json
import os
import pty
import select
import shlex
import signal
import subprocess
import time
import uuid

from cases_crash import slow, started
from cases_fail import hosts
from cases_move import plain
from harness import case

KEYS = {"kind", "id", "name", "move_id", "why"}
PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


def own(c, mid):
    """This move is the case's: on a cloud that others use, clean is asked about the case's moves only."""
    c.__dict__.setdefault("mids", set()).add(mid)


def rows(run):
    assert isinstance(run.json, list), run
    for row in run.json:
        assert set(row) == KEYS and row["kind"] and row["id"] and row["move_id"] and row["why"], row
    return run.json


def clean(c, *args, status=0, **kw):
    """Run it; its result, which has the promised shape, is in .rows."""
    named = any(not word.startswith("-") and before != "--settle" for before, word in zip(("",) + args, args))
    if c.kind == "lab" and not named:
        look = c.rezone("clean", "-f", "json", **kw)
        assert look.exit in (0, 3), look
        mine = sorted({row["move_id"] for row in rows(look)} & getattr(c, "mids", set()))
        if not mine:
            assert status == 0, look
            look.rows = []
            return look
        args += tuple(mine)
    run = c.rezone("clean", "-f", "json", *args, **kw).expect(status)
    run.rows = rows(run)
    return run


def nothing(c, *args):
    """Nothing of ours is there, and nothing needs a word to be done."""
    run = clean(c, *args)
    assert run.rows == [], run
    return run


def kinds(run, kept=False):
    return sorted((row["kind"], row["id"]) for row in run.rows if row["why"].startswith("kept: ") == kept)


def forget(c):
    """The machine with the database is gone."""
    for path in glob.glob(c.rezone.state + "*"):
        os.unlink(path)


def moved(c, sid):
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
    own(c, move["id"])
    return move


def committed(c, *options):
    """A move that is over, its target, and the source's id."""
    sid = c.boot()
    move = moved(c, sid)
    c.rezone("commit", move["id"], "-y", *options).expect(0)
    c.made.add(move["target_server_id"])
    return sid, move


def discarded(c):
    sid = c.boot()
    move = moved(c, sid)
    c.rezone("discard", move["id"], "-y", "--settle", c.settle, "--lose-target-writes").expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    return sid, move


# --- what a dead run could have left, made by hand so that a real cloud has it too ------------------
def plant_image(c, mid, source, name=None, tag=True, session=None, **more):
    """An image as our snapshot of a source looks; its id."""
    own(c, mid)
    body = {"name": name or "rezone-" + mid, "disk_format": "raw", "container_format": "bare", "visibility": "private"}
    if source:
        body["instance_uuid"] = source
    if tag:
        body["tags"] = ["rezone:%s:image" % mid]
    body.update(more)
    found = (session or c.cloud.demo).do("POST", "image", "/images", body)["id"]
    c.later(c.cloud.delete_image, found)
    return found


def image(c, iid):
    reply = c.cloud.admin.ask("GET", "image", "/images/" + iid)
    assert reply.status in (200, 404), reply
    return reply.json if reply.status == 200 else None


def tag(c, sid, text):
    c.cloud.demo.do("PUT", "compute", "/servers/%s/tags/%s" % (sid, text))


def tags(c, sid):
    return c.cloud.server(sid)["tags"]


def plant_port(c, name, **more):
    body = dict({"name": name, "network_id": c.cloud.id_of("network", "private")}, **more)
    found = c.cloud.demo.do("POST", "network", "/ports", {"port": body})["port"]["id"]
    c.user_made(found)
    c.later(c.cloud.admin.ask, "DELETE", "network", "/ports/" + found)
    return found


def port(c, pid):
    return c.cloud.admin.ask("GET", "network", "/ports/" + pid).status == 200


def plant_volume(c, name, **more):
    found = c.cloud.demo.do("POST", "volumev3", "/volumes", {"volume": dict({"size": 1, "name": name}, **more)})["volume"]["id"]
    c.later(c.cloud.demo.ask, "DELETE", "volumev3", "/volumes/" + found)
    c.wait("the volume", lambda: volume(c, found)["status"] == "available")
    return found


def volume(c, vid):
    reply = c.cloud.demo.ask("GET", "volumev3", "/volumes/" + vid)
    return reply.json["volume"] if reply.status == 200 else None


def second(c, mid, image_id, **more):
    """A server with the mark of the move's target, booted from this image."""
    sid = c.boot("twin", data=False, imageRef=image_id, **more)
    tag(c, sid, "rezone:%s:target" % mid)
    return sid


# --- a person who types what he is told ---------------------------------------------------------------
def typed(c, line):
    """Do what a command of the openstack client does."""
    words = shlex.split(line.split("   (")[0])
    assert words[0] == "openstack", line
    kind, act, target = words[1], words[2], words[-1]
    demo = c.cloud.demo
    if (kind, act) == ("server", "unlock"):
        c.cloud.act(target, "unlock")
    elif (kind, act) == ("server", "start"):
        c.cloud.start(target)
    elif (kind, act, words[3]) == ("server", "set", "--name"):
        demo.do("PUT", "compute", "/servers/" + target, {"server": {"name": words[4]}})
    elif (kind, act, words[3]) == ("server", "unset", "--tag"):
        demo.do("DELETE", "compute", "/servers/%s/tags/%s" % (target, words[4]))
    elif (kind, act, words[3]) == ("server", "unset", "--property"):
        demo.do("DELETE", "compute", "/servers/%s/metadata/%s" % (target, words[4]))
    elif (kind, act) == ("server", "delete"):
        demo.do("DELETE", "compute", "/servers/" + target)
        c.taken(target)
        c.wait("server %s deleted" % target, lambda: c.cloud.server(target) is None)
    elif (kind, act, words[3]) == ("image", "set", "--unprotected"):
        demo.do("PATCH", "image", "/images/" + target, [{"op": "replace", "path": "/protected", "value": False}], headers=PATCH)
    elif (kind, act) == ("image", "delete"):
        demo.do("DELETE", "image", "/images/" + target)
    else:
        raise AssertionError("no such command: " + line)


def follow(c, run, heading):
    """Type the commands that stand under a line with these words, up to the next heading."""
    commands, on = [], False
    for line in run.err.splitlines():
        if line.startswith("    openstack "):
            commands += [line.strip()] if on else []
        else:
            on = heading in line
    assert commands, "nothing to type under %r:\n%s" % (heading, run)
    for command in commands:
        typed(c, command)


# --- nothing ------------------------------------------------------------------------------------------
@case(on=("fake",))
def nothing_left(c):
    nothing(c)
    assert not os.path.exists(c.rezone.state), "looking made a database"
    c.rezone("clean", "-y").expect(0).says("nothing was left")
    assert c.rezone("clean", "-f", "csv").expect(0).out.strip().replace('"', "").lower() == "kind,id,name,move_id,why"
    assert c.rezone("clean", "-f", "value", "-c", "id").expect(0).out == ""
    sid, move = committed(c)
    nothing(c)
    nothing(c, move["id"])
    nothing(c, move["run_id"][:9], "-y")


@case()
def wrong_ids(c):
    assert clean(c, "0badc0de", status=3).says("0badc0de").json == []
    assert c.rezone("clean", "-c", "size").expect(64).out == ""


@case()
def open_moves_own_their_things(c):
    """Moved, and not yet over: image, marks and locks have an owner, also when nobody works on it."""
    sid = c.boot()
    move = moved(c, sid)
    before = c.view()
    nothing(c, "-y")
    nothing(c, move["id"], "-y")
    after = c.view()
    assert set(after.servers) == set(before.servers) and set(after.images) == set(before.images)
    assert c.state_of(move["id"])["state"] == "moved"
    c.rezone("discard", move["id"], "-y", "--settle", c.settle, "--lose-target-writes").expect(0)
    nothing(c)


@case()
def beside_a_running_move(c):
    sid = c.boot()
    slow(c, 4)
    run = started(c, sid)
    own(c, c.moves()[0]["id"])
    nothing(c, "-y")
    nothing(c, "-y", c.moves()[0]["id"])
    move = run.finish(c.rezone.timeout).expect(0).move()
    assert move["state"] == "moved" and len(c.our_images()) == 1, run


# --- moves that are over --------------------------------------------------------------------------------
@case(on=("fake",))
def image_that_commit_could_not_delete(c):
    sid = c.boot()
    move = moved(c, sid)
    c.backend.fault("status", {"service": "image", "method": "DELETE", "user": "demo"}, count=-1, status=403,
                    body="403 Forbidden\n\nYou are not permitted to delete images.")
    done = c.rezone("commit", move["id"], "-y", "-f", "json").expect(0).move()
    assert done["state"] == "committed" and done["left"], done
    left = c.our_images()[0]
    run = clean(c, "-y", status=2)
    assert kinds(run) == [("image", left["id"])] and image(c, left["id"]), run
    run.says("not permitted to delete")
    c.backend.clear_faults()
    run = clean(c, status=3).says("-y")
    assert kinds(run) == [("image", left["id"])] and image(c, left["id"]), run
    assert run.rows[0]["name"] == "rezone-" + move["id"] and run.rows[0]["move_id"] == move["id"], run
    run = clean(c, "-y", move["id"][:12])
    assert kinds(run) == [("image", left["id"])] and not image(c, left["id"]), run
    nothing(c)
    journal = c.rezone("-f", "json", "show", move["id"]).expect(0).json["journal"]
    assert any("clean: deleting the image" in json.dumps(line) for line in journal), journal


@case(on=("fake",), since="2.26")
def tag_that_discard_could_not_remove(c):
    sid = c.boot()
    move = moved(c, sid)
    c.backend.fault("status", {"service": "compute", "method": "DELETE", "path": "/tags/", "user": "demo"}, count=-1,
                    status=403, body={"forbidden": {"code": 403, "message": "Policy does not allow this"}})
    done = c.rezone("discard", move["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone" and done["left"], done
    c.backend.clear_faults()
    run = clean(c, "-y")
    assert kinds(run) == [("tag", sid)], run
    plain(c, sid, c.name())
    nothing(c)


@case(since="2.26")
def marks_after_a_commit(c):
    """The image came late, the target's mark could not be taken off."""
    sid, move = committed(c)
    target = move["target_server_id"]
    left = plant_image(c, move["id"], sid, protected=True)
    tag(c, target, "rezone:%s:target" % move["id"])
    tag(c, target, "rezone:mine")
    run = clean(c, status=3)
    assert kinds(run) == [("image", left), ("tag", target)] and image(c, left), run
    assert kinds(clean(c, "-y")) == [("image", left), ("tag", target)]
    assert not image(c, left) and tags(c, target) == ["rezone:mine"], tags(c, target)
    c.cloud.demo.do("DELETE", "compute", "/servers/%s/tags/rezone:mine" % target)
    nothing(c)


@case(since="2.73")
def marks_and_lock_after_a_discard(c):
    sid, move = discarded(c)
    tag(c, sid, "rezone:%s:source" % move["id"])
    c.cloud.demo.do("PUT", "compute", "/servers/%s/metadata/rezone" % sid, {"meta": {"rezone": move["id"] + ":source"}})
    c.cloud.act(sid, "lock", {"locked_reason": "rezone:%s" % move["id"]})
    run = clean(c, "-y")
    assert kinds(run) == [("lock", sid), ("metadata", sid), ("tag", sid)], run
    plain(c, sid, c.name())
    assert c.cloud.server(sid)["status"] == "ACTIVE" and not c.cloud.server(sid)["locked"]
    nothing(c)


@case(since="2.73")
def locks_of_others(c):
    """A person's lock, also one that speaks of us, is his."""
    sid, move = discarded(c)
    c.cloud.act(sid, "lock", {"locked_reason": "rezone is not to touch this"})
    nothing(c, "-y")
    assert c.cloud.server(sid)["locked"]
    c.cloud.act(sid, "unlock")


@case(since="2.73")
def lock_that_was_there_before(c):
    """It was locked before the move: opening it would take a person's lock off."""
    sid = c.boot()
    c.cloud.act(sid, "lock", {"locked_reason": "by its owner"})
    move = moved(c, sid)
    c.rezone("discard", move["id"], "-y", "--settle", c.settle, "--lose-target-writes").expect(0)
    assert c.cloud.server(sid)["locked_reason"] == "by its owner"
    c.cloud.act(sid, "unlock")
    c.cloud.act(sid, "lock", {"locked_reason": "rezone:%s" % move["id"]})
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == [("lock", sid)], run
    assert c.cloud.server(sid)["locked"]
    c.cloud.act(sid, "unlock")


@case(since="2.52")
def second_target(c):
    """Law 10: a server goes only as a failed duplicate, never the target, never the source, never one with a volume."""
    sid, move = committed(c, "--keep-image")
    base = c.cloud.server(move["target_server_id"])["image"]["id"]
    c.later(c.cloud.delete_image, base)
    c.user_made(base)
    twin = second(c, move["id"], base)
    other = c.boot("other", data=False)
    tag(c, other, "rezone:%s:target" % move["id"])
    held = second(c, move["id"], base)
    vid = plant_volume(c, c.name("data"))
    c.cloud.demo.do("POST", "compute", "/servers/%s/os-volume_attachments" % held, {"volumeAttachment": {"volumeId": vid}})
    c.wait("the volume attached", lambda: volume(c, vid)["status"] == "in-use")
    run = clean(c, "-y")
    assert kinds(run) == [("server", twin)], run
    assert kinds(run, kept=True) == sorted([("server", other), ("server", held)]), run
    assert c.cloud.server(twin) is None
    assert c.cloud.server(other) and c.cloud.server(held) and c.cloud.server(move["target_server_id"])
    assert volume(c, vid) and image(c, base), "something else went with it"
    for left in (other, held):
        c.cloud.demo.do("DELETE", "compute", "/servers/%s/tags/rezone:%s:target" % (left, move["id"]))
    c.cloud.demo.do("DELETE", "compute", "/servers/%s/os-volume_attachments/%s" % (held, vid))
    c.wait("the volume free", lambda: volume(c, vid)["status"] == "available")
    nothing(c)


@case(since="2.52")
def second_target_without_a_first(c):
    """The target was deleted by somebody: its twin is the last copy."""
    sid, move = committed(c, "--keep-image")
    base = c.cloud.server(move["target_server_id"])["image"]["id"]
    c.later(c.cloud.delete_image, base)
    c.user_made(base)
    twin = second(c, move["id"], base)
    c.cloud.delete_server(move["target_server_id"])
    c.taken(move["target_server_id"])
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == [("server", twin)], run
    assert c.cloud.server(twin)
    c.cloud.demo.do("DELETE", "compute", "/servers/%s/tags/rezone:%s:target" % (twin, move["id"]))
    c.taken(sid)


@case()
def snapshot_that_is_the_last_copy(c):
    """The move is over, its image is left, and then somebody deletes the only server that had the same bytes."""
    sid, move = discarded(c)
    left = plant_image(c, move["id"], sid)
    c.cloud.delete_server(sid)
    c.taken(sid)
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == [("image", left)] and image(c, left), run
    assert "last copy" in run.rows[0]["why"], run
    c.user_made(left)


@case(since="2.26")
def source_with_a_targets_mark(c):
    sid, move = discarded(c)
    tag(c, sid, "rezone:%s:target" % move["id"])
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == [("server", sid)], run
    assert c.cloud.server(sid)["status"] == "ACTIVE"
    c.cloud.demo.do("DELETE", "compute", "/servers/%s/tags/rezone:%s:target" % (sid, move["id"]))


@case()
def ports_and_volumes(c):
    sid, move = discarded(c)
    name = "rezone:%s:" % move["id"]
    ports = [plant_port(c, name + "0"), plant_port(c, name + "x"), plant_port(c, name + "1", device_id=sid)]
    mine = plant_volume(c, c.name("data"))
    marked = {"rezone": move["id"], "rezone_of": mine}
    volumes = [plant_volume(c, name + "0", metadata=marked), plant_volume(c, "my " + name + "0", metadata=marked),
               plant_volume(c, name + "1"), plant_volume(c, name + "2", metadata=dict(marked, rezone_of=str(uuid.uuid4()))),
               plant_volume(c, name + "3:clone", metadata=marked)]
    run = clean(c, "-y")
    assert kinds(run) == sorted([("port", ports[0]), ("volume", volumes[0]), ("volume", volumes[4])]), run
    assert kinds(run, kept=True) == sorted([("port", ports[2]), ("volume", volumes[2]), ("volume", volumes[3])]), run
    assert [port(c, p) for p in ports] == [False, True, True]
    c.wait("the volumes gone", lambda: volume(c, volumes[0]) is None and volume(c, volumes[4]) is None)
    assert volume(c, volumes[1]) and volume(c, mine)
    for left in volumes[1:4]:
        c.cloud.demo.do("DELETE", "volumev3", "/volumes/" + left)
    c.wait("the others gone", lambda: not [v for v in volumes[1:4] if volume(c, v)])
    c.cloud.demo.do("DELETE", "network", "/ports/" + ports[1])
    c.cloud.admin.do("DELETE", "network", "/ports/" + ports[2])
    nothing(c)


@case()
def users_images_survive(c):
    """Properties are inherited by what a user makes of the target: name, mark and source have to agree."""
    sid, move = committed(c)
    mid, target = move["id"], move["target_server_id"]
    inherited = plant_image(c, mid, target, name="users-nightly", tag=False, rezone=mid)
    alike = plant_image(c, mid, target, name="rezone-%s-mine" % mid, rezone=mid)
    nameless = plant_image(c, mid, None)
    plain_name = plant_image(c, mid, sid, tag=False)
    backup = c.cloud.act(target, "createImage", {"name": c.name("backup"), "metadata": {"rezone": mid}})
    backup = backup["image_id"] if backup else next(i["id"] for i in c.images() if i["name"] == c.name("backup"))
    c.later(c.cloud.delete_image, backup)
    c.cloud.quiet(target, "ACTIVE")
    wrong = plant_image(c, mid, target)
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == [("image", wrong)], run
    mine = (inherited, alike, nameless, plain_name, backup, wrong)
    assert all(image(c, i) for i in mine), [bool(image(c, i)) for i in mine]
    c.user_made(*mine)
    c.cloud.delete_image(wrong)
    forget(c)
    nothing(c, "-y")
    assert all(image(c, i) for i in mine[:-1]), [bool(image(c, i)) for i in mine]


@case()
def another_project(c):
    """An administrator sees everybody's images, and cleans his own project only."""
    sid, move = discarded(c)
    left = plant_image(c, move["id"], sid)
    theirs = plant_image(c, move["id"], sid, session=c.cloud.admin, name="rezone-" + move["id"])
    run = c.rezone("clean", "-f", "json", "-y", move["id"], cloud="admin")
    assert run.exit == 0 and image(c, left), run
    run.rows = rows(run)
    assert [row["id"] for row in run.rows] == [theirs] and image(c, theirs), run
    assert run.rows[0]["why"].startswith("kept: ") and "another cloud or project" in run.rows[0]["why"], run
    assert kinds(clean(c, "-y")) == [("image", left)]
    assert image(c, theirs) and not image(c, left)
    c.cloud.delete_image(theirs)


@case()
def run_of_another_process(c):
    """Its lock is held: whatever the rows say, its things are left alone."""
    sid, move = discarded(c)
    left = plant_image(c, move["id"], sid)
    with open("%s.run-%s.lock" % (c.rezone.state, move["run_id"]), "w") as lock:
        lock.write("process 4711 on elsewhere\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = clean(c, "-y")
        assert kinds(run) == [] and kinds(run, kept=True) == [("image", left)], run
        assert "4711" in run.rows[0]["why"] and image(c, left), run
    assert kinds(clean(c, "-y")) == [("image", left)] and not image(c, left)


# --- asking -----------------------------------------------------------------------------------------------
def interrupted_at_prompt(c, mid):
    """A person who types nothing but ^C."""
    master, slave = pty.openpty()
    args = [c.rezone.binary, "--os-cloud", "demo", "--state", c.rezone.state, "clean", mid]
    process = subprocess.Popen(args, stdin=slave, stdout=slave, stderr=slave, env=c.rezone.env, start_new_session=True)
    os.close(slave)
    text, end = "", time.monotonic() + 60
    while "Delete it?" not in text and time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            text += os.read(master, 65536).decode("utf-8", "replace")
    process.send_signal(signal.SIGINT)
    status = process.wait(30)
    os.close(master)
    assert status == 4, (status, text)


@case()
def asks_first(c):
    sid, move = discarded(c)
    left = [plant_image(c, move["id"], sid) for _ in range(3)]
    run = c.rezone.at_terminal([("[y/n/all/quit]", "n\n"), ("[y/n/all/quit]", "y\n"), ("[y/n/all/quit]", "quit\n")], "clean", move["id"])
    run.expect(0).says("rezone-" + move["id"], "undone")
    assert len([i for i in left if image(c, i)]) == 2, run
    interrupted_at_prompt(c, move["id"])
    assert len([i for i in left if image(c, i)]) == 2
    run = c.rezone.at_terminal([("[y/n/all/quit]", "all\n")], "clean", move["id"]).expect(0)
    assert not [i for i in left if image(c, i)], run
    nothing(c)


# --- the database is lost -----------------------------------------------------------------------------------
def killed_at_boot(c):
    """A machine that is down: its move died while the target was being booted, and its database is gone."""
    sid = c.boot()
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"boot": 2}})
    else:
        c.backend.host_faults(hosts("az2", spawn_s=4))
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "--settle", c.settle)
    others = lambda: [s for s in c.servers() if s["id"] != sid]
    c.wait("the target", lambda: others() or not run.running())
    assert run.running(), run.finish(5)
    run.process.kill()
    run.finish(10)
    mid = c.moves()[0]["id"]
    own(c, mid)
    forget(c)
    target = others()[0]["id"]
    c.user_made(target)
    return sid, target, mid


@case()
def database_lost_at_boot(c):
    """What can still go on is told and not deleted; what is told brings the machine back."""
    sid, target, mid = killed_at_boot(c)
    before = c.cloud.portrait(sid)
    snapshot = c.our_images()[0]["id"]
    c.cloud.quiet(target, "ACTIVE")
    run = clean(c, "-y")
    assert kinds(run) == [], run
    assert kinds(run, kept=True) == sorted([("server", sid), ("server", target), ("image", snapshot)]), run
    words = {row["id"]: row["why"] for row in run.rows}
    assert "source" in words[sid] and "target" in words[target], words
    assert {row["move_id"] for row in run.rows} == {mid}, run
    run.says("source: %s (%s)" % (c.name(), sid), "target: %s (%s)" % (c.name(), target), "rezone resume " + mid)
    assert c.cloud.server(target) and c.cloud.server(sid)["status"] == "SHUTOFF" and image(c, snapshot)
    follow(c, run, "go back to the source")
    plain(c, sid, c.name())
    assert c.cloud.server(sid)["status"] == "ACTIVE" and c.cloud.portrait(sid) == before
    assert c.cloud.server(target) is None and not c.our_images()
    nothing(c)


@case()
def database_lost_at_boot_keep_the_target(c):
    sid, target, mid = killed_at_boot(c)
    c.cloud.quiet(target, "ACTIVE")
    run = clean(c, mid)
    follow(c, run, "To keep it")
    assert c.cloud.server(sid) is None and not c.cloud.marks(c.cloud.server(target)) and not c.our_images()
    nothing(c)


@case()
def database_lost_when_moved(c):
    """The seal tells which is which; where it is not shown, the marks do."""
    sid = c.boot()
    move = moved(c, sid)
    forget(c)
    target = move["target_server_id"]
    c.user_made(target)
    run = clean(c, "-y")
    assert kinds(run) == [] and {i for k, i in kinds(run, kept=True) if k == "server"} == {sid, target}, run
    words = {row["id"]: row["why"] for row in run.rows}
    assert "source" in words[sid] and "target" in words[target], words
    if c.cloud.has("2.73"):
        assert "moved to " + target in words[sid], words
        run.says("compared and found whole")
    follow(c, run, "go back to the source")
    plain(c, sid, c.name())
    assert c.cloud.server(sid)["status"] == "ACTIVE" and c.cloud.server(target) is None
    nothing(c)


@case(since="2.26")
def database_lost_with_a_claim_alone(c):
    """Another rezone may be at work on it this minute: nothing is touched."""
    sid, mid = c.boot(), str(uuid.uuid4())
    tag(c, sid, "rezone:%s:source" % mid)
    left = plant_image(c, mid, sid)
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == sorted([("server", sid), ("image", left)]), run
    assert tags(c, sid) and image(c, left)
    follow(c, run, "go back to the source")
    assert not tags(c, sid)
    nothing(c)


@case(since="2.69")
def database_lost_and_the_source_free(c):
    """The claim is off, and no server was booted from the image: it hangs on nothing any more."""
    sid, mid = c.boot(), str(uuid.uuid4())
    left = plant_image(c, mid, sid, protected=True)
    free = plant_port(c, "rezone:%s:0" % mid)
    data = plant_volume(c, "rezone:%s:1" % mid)
    run = clean(c, status=3)
    assert kinds(run) == [("image", left), ("port", free)] and kinds(run, kept=True) == [("volume", data)], run
    assert image(c, left) and port(c, free)
    clean(c, "-y", mid[:10])
    assert not image(c, left) and not port(c, free) and volume(c, data)
    c.cloud.demo.do("DELETE", "volumev3", "/volumes/" + data)
    c.wait("the volume gone", lambda: volume(c, data) is None)
    assert c.cloud.server(sid)["status"] == "ACTIVE"


@case(since="2.69")
def database_lost_and_the_image_needed(c):
    """Of a source that is gone it may be the last copy; a server that was booted from it needs it."""
    gone, mid = c.boot("gone"), str(uuid.uuid4())
    last = plant_image(c, mid, gone)
    c.cloud.delete_server(gone)
    c.taken(gone)
    c.user_made(last)
    sid = c.boot("base")
    made = c.cloud.act(sid, "createImage", {"name": c.name("base")})
    base = made["image_id"]
    c.later(c.cloud.delete_image, base)
    c.user_made(base)
    c.wait("the image", lambda: image(c, base)["status"] == "active" and c.cloud.quiet(sid, "ACTIVE"))
    other = str(uuid.uuid4())
    own(c, other)
    patch = [{"op": "replace", "path": "/name", "value": "rezone-" + other},
             {"op": "replace", "path": "/tags", "value": ["rezone:%s:image" % other]}]
    c.cloud.demo.do("PATCH", "image", "/images/" + base, patch, headers=PATCH)
    c.boot("child", data=False, imageRef=base)
    run = clean(c, "-y")
    assert kinds(run) == [] and kinds(run, kept=True) == sorted([("image", last), ("image", base)]), run
    words = {row["id"]: row["why"] for row in run.rows}
    assert "last copy" in words[last] and "booted from it" in words[base], words
    run.says(*words.values())
    assert image(c, last) and image(c, base)


@case(since="2.69")
def database_lost_and_the_target_alone(c):
    """After a commit that only missed its last request."""
    sid, move = committed(c)
    forget(c)
    target = move["target_server_id"]
    tag(c, target, "rezone:%s:target" % move["id"])
    assert kinds(clean(c, "-y")) == [("tag", target)]
    assert not tags(c, target) and c.cloud.server(target)["status"] == "ACTIVE"
    nothing(c)


@case(on=("fake",), fake=["--cells", "2"], since="2.69")
def a_down_cell_proves_nothing(c):
    """A server in it may be the source that is still claimed, or may need the image."""
    sid, mid = c.boot(), str(uuid.uuid4())
    c.boot("far", availability_zone="az2", data=False)
    left = plant_image(c, mid, sid)
    c.backend.fault("drop_cell", {}, count=-1, cell=2)
    run = clean(c, "-y")
    c.backend.clear_faults()
    assert kinds(run) == [] and kinds(run, kept=True) == [("image", left)] and image(c, left), run
    assert kinds(clean(c, "-y")) == [("image", left)]


# --- the law of asks -------------------------------------------------------------------------------------------
def deletions(c):
    return [r for r in c.backend.requests() if r["mutating"] and r["path"].startswith("/image/")]


@case(on=("fake",))
def answer_that_gets_lost(c):
    sid, move = discarded(c)
    left = plant_image(c, move["id"], sid)
    c.backend.fault("lost", {"service": "image", "method": "DELETE", "user": "demo"})
    c.backend.forget()
    clean(c, "-y", "--settle", "5").says("deleted")
    assert not image(c, left) and len(deletions(c)) == 1, deletions(c)
    nothing(c)


@case(on=("fake",))
def request_that_never_arrives(c):
    """It is not sent again; the next clean looks anew."""
    sid, move = discarded(c)
    left, other = plant_image(c, move["id"], sid), plant_image(c, move["id"], sid)
    c.backend.fault("drop", {"service": "image", "method": "DELETE", "path": left, "user": "demo"})
    c.backend.forget()
    clean(c, "-y", "--settle", "1", status=2).says(left)
    assert image(c, left) and not image(c, other) and len(deletions(c)) == 2, deletions(c)
    assert kinds(clean(c, "-y")) == [("image", left)]
    assert not image(c, left)


@case(on=("fake",))
def killed_while_cleaning(c):
    """Its request is still on the way when it dies: the next clean looks, and nothing is deleted twice."""
    sid, move = discarded(c)
    left = plant_image(c, move["id"], sid)
    c.backend.control("DELETE", "/effects")
    c.backend.fault("hold", {"service": "image", "method": "DELETE", "user": "demo"}, after_s=2)
    c.backend.forget()
    run = c.rezone.begin("clean", "-y")
    c.wait("the request sent", lambda: deletions(c) or not run.running())
    assert run.running(), run.finish(5)
    run.process.kill()
    run.finish(10)
    assert image(c, left)
    clean(c, "-y")
    assert not image(c, left)
    c.wait("the late request", lambda: all(r["status"] for r in deletions(c)))
    done = c.backend.effects().get("image_delete", {})
    assert done == {"rezone-" + move["id"]: 1}, done
    nothing(c)


@case(on=("fake",))
def changed_at_the_last_moment(c):
    """What the lists called ours is a user's when it is looked at again: not deleted."""
    sid, move = discarded(c)
    left = plant_image(c, move["id"], sid)
    untag = {"cloud": "demo", "method": "DELETE", "path": "/image/v2/images/%s/tags/rezone:%s:image" % (left, move["id"])}
    c.backend.fault("script", {"service": "image", "method": "GET", "path": "/images/" + left, "user": "demo"}, script=[untag])
    c.backend.forget()
    run = clean(c, "-y")
    assert kinds(run) == [("image", left)], run
    assert image(c, left) and image(c, left)["tags"] == [], image(c, left)
    assert not [r for r in deletions(c) if r["path"].endswith(left)], deletions(c)
    c.user_made(left)


@case(on=("fake",))
def cloud_lost_while_cleaning(c):
    sid, move = discarded(c)
    left = [plant_image(c, move["id"], sid) for _ in range(2)]
    c.backend.fault("drop", {"service": "image", "user": "demo"}, skip=3, count=-1)
    run = c.rezone("clean", "-y", "-f", "json", "--patience", "2", "--settle", "1")
    assert run.exit in (2, 4), run
    run.says("clean" if run.exit == 4 else "still there")
    c.backend.clear_faults()
    clean(c, "-y")
    assert not [i for i in left if image(c, i)]
    nothing(c)
