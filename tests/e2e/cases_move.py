# SPDX-License-Identifier: Apache-2.0
"""The way that a server goes: moved, then committed or discarded, and that nothing is lost on it."""
import base64
import re

from harness import Skip, case

UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
USER_DATA = base64.b64encode(b"#!/bin/sh\necho e2e-user-data-canary\n").decode()


def furnished(c, **more):
    """A source with everything that this microversion can hold."""
    body = {"networks": [{"uuid": c.cloud.id_of("network", n)} for n in ("private", "backend")],
            "security_groups": [{"name": "web"}], "key_name": "key", "config_drive": True,
            "metadata": {"role": "web", "odd key:1.2": "\u00e4 \u0436 \"quoted\""}}
    if c.cloud.has("2.19"):
        body["description"] = "first line, with 'quotes' and \u0416"
    if c.cloud.has("2.52"):
        body["tags"] = ["blue", "tier:1"]
    if c.cloud.has("2.90"):
        body["hostname"] = c.word + "-guest"
    body.update(more)
    return c.boot(**body)


def same(c, before, target, data):
    """The target is the source's equal, bytes included."""
    after = c.cloud.portrait(target)
    changed = {k: (before[k], after[k]) for k in before if before[k] != after[k]}
    assert not changed, "changed by the move: %s" % changed
    disk = c.backend.read_disk(target)
    assert disk[:len(data)] == data, "the target's disk has other bytes than the source's"


def sealed(c, source, move, name):
    """The source is stopped, renamed, fenced and says where its machine went."""
    server = c.cloud.quiet(source, "SHUTOFF")
    assert server["name"] == "%s-moved-%s" % (name, move["id"][:8]), server["name"]
    if c.cloud.has("2.9"):
        assert server["locked"], "the source is not locked"
    if c.cloud.has("2.73"):
        reason = "rezone:%s moved to %s" % (move["id"], move["target_server_id"])
        assert server["locked_reason"] == reason, server["locked_reason"]


def moved(c, sid, *options, name=None, status="ACTIVE"):
    """Move by id, check what is promised of a move that went well, and give back its JSON."""
    name, data = name or c.name(), c.data
    before = c.cloud.portrait(sid)
    move = c.rezone.move(sid, "--to", "az2", *options).expect(0).move()
    assert move["state"] == "moved" and move["server_id"] == sid, move
    target = c.cloud.quiet(move["target_server_id"], status)
    assert target["name"] == name, target["name"]
    assert target["OS-EXT-AZ:availability_zone"] == "az2", target["OS-EXT-AZ:availability_zone"]
    same(c, before, target["id"], data)
    sealed(c, sid, move, name)
    return move


def plain(c, sid, name):
    """A server that shows no trace of rezone."""
    server = c.cloud.server(sid)
    assert server and server["name"] == name, "%s is called %s" % (sid, server and server["name"])
    assert not c.cloud.marks(server), c.cloud.marks(server)
    assert not server.get("locked"), "still locked: %s" % server.get("locked_reason")
    assert not c.our_images(), "images are left: %s" % [i["id"] for i in c.our_images()]
    return server


def returned(c, sid, before, status="ACTIVE"):
    """The source is as it was before the move: its own name, power, attributes, no trace."""
    server = c.cloud.quiet(sid, status)
    plain(c, sid, c.name())
    after = c.cloud.portrait(sid)
    assert before == after, {k: (before[k], after[k]) for k in before if before[k] != after[k]}
    return server


@case()
def first_move(c):
    sid = furnished(c)
    move = moved(c, sid)
    assert UUID.match(move["id"]) and UUID.match(move["run_id"]) and UUID.match(move["target_server_id"]), move
    assert (move["source_zone"], move["target_zone"], move["strategy"]) == ("az1", "az2", "snapshot"), move
    assert move["serving"] == "target" and move["walk"] == "forward" and move["error"] is None, move
    assert move["server_name"] == c.name() and move["held_reason"] is None and move["lost"] == [], move
    assert isinstance(move["downtime_s"], (int, float)) and move["downtime_s"] > 0, move["downtime_s"]
    assert move["started"] and "rezone commit" in (move["next"] or ""), move
    assert move["announced"], "a new UUID and new addresses are announced for every snapshot move"
    assert len(c.our_images()) == 1


@case()
def commit(c):
    sid = furnished(c)
    before = c.cloud.portrait(sid)
    move = moved(c, sid)
    done = c.rezone("commit", move["id"], "-y", "-f", "json").expect(0).move()
    assert done["state"] == "committed" and done["serving"] == "target", done
    assert c.cloud.server(sid) is None, "the source is still there"
    plain(c, move["target_server_id"], c.name())
    same(c, before, move["target_server_id"], c.data)


@case()
def commit_keeps_the_image_when_told(c):
    move = moved(c, c.boot())
    image = c.our_images()[0]["id"]
    c.rezone("commit", move["id"], "-y", "--keep-image").expect(0)
    kept = [i for i in c.our_images() if i["id"] == image]
    assert kept, "the image is gone in spite of --keep-image"
    assert not kept[0]["protected"], "a kept image is the user's: he must be able to delete it"
    c.user_made(image)


@case()
def discard(c):
    sid = furnished(c)
    before = c.cloud.portrait(sid)
    ports = sorted((p["id"], p["mac_address"]) for p in c.cloud.ports(sid))
    move = moved(c, sid)
    done = c.rezone("discard", move["id"], "-y", "-f", "json").expect(0).move()
    assert done["state"] == "undone" and done["serving"] == "source", done
    assert c.cloud.server(move["target_server_id"]) is None, "the target is still there"
    returned(c, sid, before)
    assert sorted((p["id"], p["mac_address"]) for p in c.cloud.ports(sid)) == ports
    assert c.backend.read_disk(sid)[:len(c.data)] == c.data


@case()
def stopped_source_ends_stopped(c):
    sid = c.boot()
    c.cloud.stop(sid)
    move = moved(c, sid, status="SHUTOFF")
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.cloud.quiet(move["target_server_id"], "SHUTOFF")


@case()
def stopped_source_stays_stopped_when_discarded(c):
    sid = c.boot()
    c.cloud.stop(sid)
    before = c.cloud.portrait(sid)
    starts = [a for a in c.cloud.actions(sid) if a["action"] == "start"]
    move = moved(c, sid, status="SHUTOFF")
    c.rezone("discard", move["id"], "-y").expect(0)
    returned(c, sid, before, "SHUTOFF")
    assert [a for a in c.cloud.actions(sid) if a["action"] == "start"] == starts, "the stopped source was started"


def locked_source(c):
    sid = c.boot()
    c.cloud.act(sid, "lock", {"locked_reason": "payroll, ask Ann"} if c.cloud.has("2.73") else None)
    return sid


def still_locked(c, sid):
    server = c.cloud.server(sid)
    assert server["locked"], "%s lost its lock" % sid
    if c.cloud.has("2.73"):
        assert server["locked_reason"] == "payroll, ask Ann", server["locked_reason"]


@case(since="2.9")
def lock_goes_with_the_machine(c):
    sid = locked_source(c)
    move = moved(c, sid)
    still_locked(c, move["target_server_id"])
    c.rezone("commit", move["id"], "-y").expect(0)
    still_locked(c, move["target_server_id"])
    assert not c.cloud.marks(c.cloud.server(move["target_server_id"]))


@case(since="2.9")
def lock_comes_back_when_discarded(c):
    sid = locked_source(c)
    move = moved(c, sid)
    c.rezone("discard", move["id"], "-y").expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    still_locked(c, sid)
    assert not c.cloud.marks(c.cloud.server(sid))


@case(since="2.9")
def another_persons_lock_is_refused(c):
    sid = c.boot()
    c.cloud.act(sid, "lock", session=c.cloud.admin)
    run = c.rezone.move(sid, "--to", "az2").expect(3)
    run.says("lock")
    server = c.cloud.server(sid)
    assert server["status"] == "ACTIVE" and server["locked"] and not c.cloud.marks(server)
    c.later(c.cloud.act, sid, "unlock", session=c.cloud.admin)


@case()
def by_name(c):
    sid = c.boot()
    move = c.rezone.move(c.name(), "--to", "az2").expect(0).move()
    assert move["server_id"] == sid and move["state"] == "moved", move


@case()
def users_snapshot_and_backup_survive(c):
    """Properties of our image are inherited by what the target's owner makes of it: none of that may count as ours."""
    move = moved(c, c.boot())
    target = move["target_server_id"]
    c.cloud.act(target, "createImage", {"name": c.name("own")})
    c.cloud.quiet(target, "ACTIVE")
    c.cloud.act(target, "createBackup", {"name": c.name("nightly"), "backup_type": "daily", "rotation": 3})
    c.cloud.quiet(target, "ACTIVE")
    theirs = {i["id"]: i for i in c.images() if (i.get("name") or "").startswith(c.word)}
    assert len(theirs) == 2, theirs
    assert not any("rezone" in i for i in theirs.values()), "our property was inherited: %s" % theirs
    assert not any(t.startswith("rezone:") for i in theirs.values() for t in i["tags"])
    c.user_made(*theirs)
    c.rezone("resume").expect(0)
    c.rezone("commit", move["id"], "-y").expect(0)
    left = {i["id"] for i in c.images()}
    assert set(theirs) <= left, "a user's image was deleted"
    assert not c.our_images()


@case()
def users_snapshot_survives_discard(c):
    move = moved(c, c.boot())
    c.cloud.act(move["target_server_id"], "createImage", {"name": c.name("own")})
    c.cloud.quiet(move["target_server_id"], "ACTIVE")
    own = [i["id"] for i in c.images() if i.get("name") == c.name("own")]
    c.user_made(*own)
    c.rezone("discard", move["id"], "-y").expect(0)
    assert set(own) <= {i["id"] for i in c.images()} and len(own) == 1


@case()
def image_is_protected_until_commit(c):
    move = moved(c, c.boot())
    image = c.our_images()[0]
    assert image["protected"] and "rezone:%s:image" % move["id"] in image["tags"], image
    assert "rezone" not in image, "the property is still on the image, so every backup of the target inherits it"


@case(since="2.26")
def full_tags_go_by_metadata(c):
    """A server with 50 tags has no room for a mark."""
    if not c.cloud.has("2.52"):
        raise Skip("no tags on create")
    sid = c.boot(tags=["t%02d" % i for i in range(50)])
    before = c.cloud.portrait(sid)
    move = moved(c, sid)
    c.rezone("commit", move["id"], "-y").expect(0)
    target = plain(c, move["target_server_id"], c.name())
    assert len(target["tags"]) == 50 and "rezone" not in target["metadata"], target["metadata"]
    same(c, before, target["id"], c.data)


@case()
def long_name_is_cut(c):
    name = (c.name() + "-" + "n" * 255)[:255]
    sid = c.boot(name=name)
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    source = c.cloud.server(sid)
    assert len(source["name"]) <= 255 and source["name"].endswith("-moved-" + move["id"][:8]), source["name"]
    assert c.cloud.server(move["target_server_id"])["name"] == name
    c.rezone("discard", move["id"], "-y").expect(0)
    assert c.cloud.server(sid)["name"] == name


@case()
def names_of_any_script(c):
    name = c.word + " \u0441\u0435\u0440\u0432\u0435\u0440 'a' \"b\" $(c)"
    sid = c.boot(name=name)
    moved(c, sid, name=name)
    c.rezone("commit", c.moves()[0]["id"], "-y").expect(0)


@case()
def user_data_of_a_member_is_announced_as_unseen(c):
    """A plain member cannot read user_data: the target gets none, and he is told before."""
    sid = c.boot(user_data=USER_DATA)
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    words = " ".join(x["name"] + " " + x["text"] for x in move["announced"] + move["lost"]).lower()
    assert "user_data" in words or "user data" in words, words
