# SPDX-License-Identifier: Apache-2.0
"""Somebody else acts on the same machines: the tool stops and asks, and never overrules a person."""
import sqlite3

from cases_move import plain
from harness import case


@case(on=("fake",))
def source_started_after_the_fence(c):
    """An admin's start passes the lock. Going on would boot a copy of a disk that is in use again."""
    sid = c.boot()
    start = {"cloud": "admin", "method": "POST", "path": "/compute/v2.1/servers/%s/action" % sid, "body": {"os-start": None},
             "microversion": "2.1"}
    c.backend.fault("script", {"service": "image", "method": "PATCH", "user": "demo"}, script=[start])
    run = c.rezone.move(sid, "--to", "az2", "--settle", c.settle)
    c.cloud.quiet(sid, "ACTIVE")
    run.expect(2)
    move = run.move()
    assert move["state"] == "held" and move["held_reason"] and move["next"], move
    run.says(c.name(), "rezone")
    assert len([s for s in c.servers() if s["name"] == c.name()]) == 1, "a second machine was booted"
    c.rezone("commit", move["id"], "-y").expect(3)
    done = c.rezone("discard", move["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone", done
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())


@case()
def source_started_before_commit(c):
    """Both run now, by a person's hand: commit would delete what he has just started."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.start(sid, session=c.cloud.admin)
    c.taken(sid)
    run = c.rezone("commit", move["id"], "-y")
    assert run.exit in (2, 3), run
    run.says(c.name())
    assert c.cloud.server(sid) and c.cloud.server(move["target_server_id"])
    assert c.state_of(move["id"])["state"] in ("held", "moved")
    c.cloud.act(sid, "os-stop", session=c.cloud.admin)
    c.cloud.quiet(sid, "SHUTOFF")


@case()
def target_deleted_before_commit(c):
    """The source is the last copy."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_server(move["target_server_id"])
    c.taken(move["target_server_id"])
    run = c.rezone("commit", move["id"], "-y")
    assert run.exit in (2, 3), run
    run.says(c.name(), move["target_server_id"][:8])
    assert c.cloud.server(sid), "the last copy was deleted"
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())


@case()
def target_moved_elsewhere_by_a_rename(c):
    """A renamed target is still the target: it is known by its id."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.demo.do("PUT", "compute", "/servers/" + move["target_server_id"], {"server": {"name": c.name("renamed")}})
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.cloud.server(move["target_server_id"])["name"] == c.name("renamed")


@case()
def source_deleted_before_commit(c):
    """Somebody has done the commit's work: nothing is left to do but to tidy."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_server(sid)
    c.taken(sid)
    c.rezone("commit", move["id"], "-y").expect(0)
    assert not c.our_images() and not c.cloud.marks(c.cloud.server(move["target_server_id"]))


@case()
def source_deleted_before_discard(c):
    """There is nothing to go back to; the target must survive the attempt."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_server(sid)
    c.taken(sid)
    run = c.rezone("discard", move["id"], "-y")
    assert run.exit in (2, 3), run
    assert c.cloud.server(move["target_server_id"]), "the last copy was deleted"
    c.rezone("commit", move["id"], "-y")


@case()
def stranger_with_the_same_name(c):
    """A server of the same name in the target's zone is none of ours, whatever happens."""
    sid = c.boot()
    twin = c.boot(availability_zone="az2")
    before = c.cloud.portrait(twin)
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert move["target_server_id"] != twin
    c.rezone("discard", move["id"], "-y").expect(0)
    assert c.cloud.server(twin)["status"] == "ACTIVE" and c.cloud.portrait(twin) == before


def older(c, seconds):
    """Let time pass in the state file alone: every moment that it holds is so much longer ago."""
    with sqlite3.connect(c.rezone.state) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(moves)") if row[2] == "REAL"]
        assert names, "no times in the table of moves"
        for name in names:
            db.execute("UPDATE moves SET %s = %s - ? WHERE %s > 0" % (name, name, name), (seconds,))
    db.close()


@case()
def long_served_target_needs_a_word(c):
    """What the target wrote since is lost by discard: after ten minutes -y alone is not enough."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    older(c, 700)
    run = c.rezone("discard", move["id"], "-y").expect(3)
    run.says("--lose-target-writes")
    assert c.cloud.server(move["target_server_id"])["status"] == "ACTIVE"
    c.rezone("discard", move["id"], "-y", "--lose-target-writes").expect(0)
