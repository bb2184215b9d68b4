# SPDX-License-Identifier: Apache-2.0
"""The tool dies, is interrupted, or loses its cloud: the move goes on from where it stands, exactly once."""
import os
import random
import signal
import time

from cases_fail import hosts
from cases_move import same, sealed
from harness import case


def slow(c, seconds=2):
    """A snapshot that takes long enough to do something meanwhile."""
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"snapshot": seconds}})
    else:
        c.backend.host_faults(hosts("az1", snapshot_s=seconds))


def snapshotting(c, sid):
    def test():
        server = c.cloud.server(sid)
        return server["status"] == "SHUTOFF" and (server["OS-EXT-STS:task_state"] or "").startswith("image")
    return test


def started(c, sid, *options):
    """A move that has just begun its snapshot."""
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json", "--settle", c.settle, *options)
    c.wait("the snapshot begun", lambda: snapshotting(c, sid)() or not run.running())
    assert run.running(), run.finish(5)
    return run


def resumed(c, sid, before, runs=1):
    """Resume until nothing is left to do; one target, one image, equal to what was there."""
    for _ in range(runs):
        c.rezone("resume", "-y", "--settle", c.settle).expect(0)
    moves = [m for m in c.moves() if m["server_id"] == sid]
    assert len(moves) == 1 and moves[0]["state"] == "moved", moves
    target = moves[0]["target_server_id"]
    news = {s["id"] for s in c.servers()} - {sid}
    assert news == {target}, "targets: %s" % news
    assert len(c.our_images()) == 1, "images: %s" % c.our_images()
    c.cloud.quiet(target, "ACTIVE")
    same(c, before, target, c.data)
    sealed(c, sid, moves[0], c.name())
    return moves[0]


def given_up(c, sid):
    """Below 2.69 a boot without an answer may be held, since no list proves that it is not there: then go back."""
    c.rezone("resume", "-y", "--settle", c.settle)
    move = next(m for m in c.moves() if m["server_id"] == sid)
    if move["state"] != "held":
        return False
    assert move["step"] == "boot", move
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    return True


class Guard:
    """Watches that source and target never run beside each other, while something else happens."""

    def __init__(self, c, sid):
        self.c, self.sid, self.both = c, sid, 0

    def look(self):
        active = [s["id"] for s in self.c.servers() if s["status"] == "ACTIVE"]
        if self.sid in active and len(active) > 1:
            self.both += 1
        return active


@case()
def killed_at_random(c):
    """SIGKILL at random instants of the whole way; each time resume ends what was begun."""
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"stop": 0.2, "snapshot": 0.3, "boot": 0.3}})
    usual, dice = None, random.Random(c.word)
    for n in range(c.kills + 1):
        sid = c.boot()
        before, guard = c.cloud.portrait(sid), Guard(c, sid)
        began = time.monotonic()
        run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "--settle", c.settle)
        if usual is None:
            # the first is left alone: it tells how long the way is
            run.finish(c.rezone.timeout).expect(0)
            usual = time.monotonic() - began
        else:
            end = began + dice.uniform(0.02, usual)
            while time.monotonic() < end and run.running():
                guard.look()
            run.process.kill()
            run.finish(10)
            guard.look()
            begun = [m for m in c.moves() if m["server_id"] == sid]
            if not begun:
                c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0)
        if not c.cloud.has("2.69") and given_up(c, sid):
            continue
        move = resumed(c, sid, before)
        assert not guard.both, "source and target ran beside each other (kill %d)" % n
        c.rezone("commit", move["id"], "-y").expect(0)
        c.cloud.delete_server(move["target_server_id"])
        c.taken(move["target_server_id"])
        c.taken(sid)


@case()
def killed_again_while_resuming(c):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 3)
    run = started(c, sid)
    run.process.kill()
    run.finish(10)
    again = c.rezone.begin("resume", "-y", "--settle", c.settle)
    time.sleep(random.Random(c.word).uniform(0, 1))
    again.process.kill()
    again.finish(10)
    resumed(c, sid, before)


def interrupted(c, number):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 4)
    run = started(c, sid)
    run.signal(number)
    run.finish(60).expect(4)
    run.says(c.name(), "rezone resume")
    move = run.move()
    assert move["state"] == "running" and move["walk"] == "forward" and move["serving"] == "none", move
    assert c.cloud.server(sid)["status"] == "SHUTOFF"
    resumed(c, sid, before)


@case()
def interrupted_by_ctrl_c(c):
    interrupted(c, signal.SIGINT)


@case()
def interrupted_by_term(c):
    interrupted(c, signal.SIGTERM)


@case()
def interrupted_twice(c):
    """The second ^C leaves at once and says what is down."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 5)
    run = started(c, sid)
    run.signal(signal.SIGINT)
    run.signal(signal.SIGINT)
    run.finish(20).expect(4)
    run.says(c.name())
    resumed(c, sid, before)


@case()
def discard_of_an_interrupted_move(c):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 3)
    run = started(c, sid)
    run.process.kill()
    run.finish(10)
    mid = c.moves()[0]["id"]
    done = c.rezone("discard", mid, "-y", "--settle", c.settle, "-f", "json").expect(0).move()
    assert done["state"] == "undone", done
    c.cloud.quiet(sid, "ACTIVE")
    assert c.cloud.portrait(sid) == before and not c.our_images()


@case()
def two_resumes_at_once(c):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 12)
    run = started(c, sid)
    run.process.kill()
    run.finish(10)
    move = c.moves()[0]
    first = c.rezone.begin("resume", "-y", "--settle", c.settle)
    lock = "%s.run-%s.lock" % (c.rezone.state, move["run_id"])
    c.wait("the first resume at work", lambda: os.path.exists(lock) and str(first.process.pid) in open(lock).read())
    second = c.rezone("resume", move["id"], "-y", "--settle", c.settle).expect(3)
    second.says(move["run_id"][:8], str(first.process.pid))
    first.finish(c.rezone.timeout).expect(0)
    resumed(c, sid, before)


@case()
def stopped_process_keeps_its_run(c):
    """A holder that only sleeps (SIGSTOP) still has a request in its socket: nobody may take its run over."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 4)
    run = started(c, sid)
    os.kill(run.process.pid, signal.SIGSTOP)
    c.later(lambda: run.running() and os.kill(run.process.pid, signal.SIGCONT))
    mid = c.moves()[0]["id"]
    c.rezone("resume", mid, "-y").expect(3).says(str(run.process.pid))
    c.rezone("discard", mid, "-y").expect(3).says(str(run.process.pid))
    os.kill(run.process.pid, signal.SIGCONT)
    run.finish(c.rezone.timeout).expect(0)
    resumed(c, sid, before)


@case(on=("fake",))
def cloud_lost_on_the_way(c):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 2)
    run = started(c, sid, "--patience", "3")
    c.backend.fault("status", {"user": "demo"}, count=-1, status=503, body="down")
    c.backend.fault("status", {"service": "identity"}, count=-1, status=503, body="down")
    run.finish(60).expect(4)
    run.says(c.name(), "rezone resume")
    c.backend.clear_faults()
    resumed(c, sid, before)


@case(on=("fake",))
def cloud_unreachable_on_the_way(c):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 2)
    run = started(c, sid, "--patience", "3")
    c.backend.fault("drop", {"user": "demo"}, count=-1)
    c.backend.fault("drop", {"service": "identity"}, count=-1)
    run.finish(60).expect(4)
    c.backend.clear_faults()
    resumed(c, sid, before)


@case(on=("fake",), since="2.69")
def request_that_arrives_after_its_sender_died(c):
    """The boot is held in a proxy, the tool is killed, resume begins, and only then it arrives."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    c.backend.fault("hold", {"service": "compute", "method": "POST", "path": "/servers$", "user": "demo"}, after_s=2)
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "--settle", "5")
    c.wait("the boot sent", lambda: [r for r in c.backend.requests() if r["method"] == "POST" and r["path"].endswith("/servers")
                                     and not r.get("acted")] or not run.running())
    run.process.kill()
    run.finish(10)
    c.rezone("resume", "-y", "--settle", "5").expect(0)
    resumed(c, sid, before)


@case()
def commit_and_discard_after_a_kill(c):
    """A commit that dies is gone on with by commit and by resume, and can no longer be discarded."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"delete": 1.5}})
    else:
        c.backend.host_faults(hosts("az1", delete_s=2))
    run = c.rezone.begin("commit", move["id"], "-y")
    c.wait("the source on its way out", lambda: not run.running() or (c.cloud.server(sid) or {}).get(
        "OS-EXT-STS:task_state") == "deleting" or c.cloud.server(sid) is None)
    run.process.kill()
    run.finish(10)
    if c.state_of(move["id"])["state"] != "committed":
        c.rezone("discard", move["id"], "-y").expect(3)
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.state_of(move["id"])["state"] == "committed"
    assert c.cloud.server(sid) is None and not c.our_images()
