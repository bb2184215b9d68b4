# SPDX-License-Identifier: Apache-2.0
"""Two at once: of one run, of one server, from one state file and from two; one goes on, the other is told why not."""
import os

from cases_crash import resumed, slow, started
from cases_move import plain
from harness import case


def other(c):
    """A second state file: another machine, another person."""
    return c.folder + "/other/rezone.db"


def move_from(c, sid, state, *options):
    return c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json", "--settle", c.settle, *options,
                          state=state)


def rest(c, state):
    """The moves of another state file."""
    return c.rezone("-f", "json", "status", state=state).expect(0).json if os.path.exists(state) else []


def one_move_of(c, sid, first, second, before):
    """However the two ended: at most one moved, the other changed nothing; the cloud holds one machine, whole."""
    runs = [run.finish(c.rezone.timeout) for run in (first, second)]
    assert all(run.exit in (0, 2, 3) for run in runs), "\n".join(map(str, runs))
    moved = [run.move() for run in runs if run.exit == 0]
    assert len(moved) < 2, "both moved it: %s" % moved
    for run in runs:
        if run.exit:
            run.says(c.name(), "claim")
            assert run.move()["state"] in ("failed", "undone"), run
    news = [s for s in c.servers() if s["id"] != sid]
    if moved:
        assert [s["id"] for s in news] == [moved[0]["target_server_id"]], news
        assert c.cloud.quiet(sid, "SHUTOFF") and c.cloud.quiet(news[0]["id"], "ACTIVE")
    else:
        assert not news, news
        c.cloud.quiet(sid, "ACTIVE")
        plain(c, sid, c.name())
        assert c.cloud.portrait(sid) == before
    return moved


def hold_claim(c, path=None):
    """The next claim waits until somebody lets it go."""
    c.backend.fault("hold", {"service": "compute", "method": "PUT", "path": path or "/tags/rezone:", "user": "demo"})


def claim_held(c, run):
    c.wait("the claim on its way", lambda: any(r["fault"] == "hold" for r in c.backend.requests()) or not run.running())
    assert run.running(), run.finish(5)


@case(on=("fake",), since="2.26")
def second_claim_comes_first(c):
    """Both have looked, neither has claimed; the later one's claim arrives first, then the earlier one's."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    hold_claim(c)
    first = move_from(c, sid, c.rezone.state)
    claim_held(c, first)
    c.backend.control("DELETE", "/faults")
    second = move_from(c, sid, other(c))
    slow(c, 1)
    c.wait("the second's claim", lambda: c.cloud.marks(c.cloud.server(sid)) or not second.running())
    c.backend.control("POST", "/release")
    moved = one_move_of(c, sid, first, second, before)
    state = c.rezone.state if first.exit == 0 else other(c)
    ends(c, moved, state)


@case(on=("fake",), since="2.26")
def claims_at_the_same_moment(c):
    """Both claims are on their way at once and arrive together."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    for _ in range(2):
        hold_claim(c)
    first, second = move_from(c, sid, c.rezone.state), move_from(c, sid, other(c))
    c.wait("both claims", lambda: len([r for r in c.backend.requests() if r["fault"] == "hold"]) == 2)
    c.backend.control("POST", "/release")
    moved = one_move_of(c, sid, first, second, before)
    ends(c, moved, c.rezone.state if first.exit == 0 else other(c))


@case(on=("fake",))
def at_any_moment_of_another_move(c):
    """A second move, from a state file of its own, begins at each step of the first and changes nothing."""
    before = None
    for step in ("os-stop", '"lock"', "createImage", "imageRef"):
        part = "vm-" + step.strip('"')
        sid = c.boot(part)
        before = c.cloud.portrait(sid)
        c.backend.forget()
        c.backend.fault("hold", {"service": "compute", "method": "POST", "body": step, "user": "demo"})
        first = move_from(c, sid, c.rezone.state)
        claim_held(c, first)
        second = move_from(c, sid, other(c)).finish(c.rezone.timeout)
        assert second.exit in (2, 3), second
        second.says(c.name(part), "claim" if c.cloud.has("2.26") else "")
        assert second.move()["state"] == "failed", second
        c.backend.control("DELETE", "/faults")
        c.backend.control("POST", "/release")
        move = first.finish(c.rezone.timeout).expect(0).move()
        assert move["state"] == "moved", move
        c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
        c.cloud.quiet(sid, "ACTIVE")
        assert c.cloud.portrait(sid) == before


def ends(c, moved, state):
    """A move that lives in another state file is committed there: the case's own check reads only one."""
    if not moved:
        return
    c.rezone("commit", moved[0]["id"], "-y", state=state).expect(0)
    assert c.cloud.server(moved[0]["target_server_id"]) and not c.our_images()
    seen = rest(c, other(c)) + rest(c, c.rezone.state)
    c.moves = lambda: [m for m in seen if m["state"] != "committed"] + [dict(moved[0], state="committed", walk="commit")]


@case(since="2.26")
def claim_of_a_dead_one(c):
    """A claim that nobody lives behind is refused by name, and the words say how it is taken off."""
    sid = c.boot()
    dead = "0e0e0e0e-1111-4222-8333-444444444444"
    tag = "rezone:%s:source" % dead
    c.cloud.demo.do("PUT", "compute", "/servers/%s/tags/%s" % (sid, tag))
    run = c.rezone.move(sid, "--to", "az2")
    assert run.exit in (2, 3), run
    run.says(c.name(), dead, "openstack server unset --tag " + tag, sid)
    server = c.cloud.server(sid)
    assert server["status"] == "ACTIVE" and c.cloud.marks(server) == [tag], "the other's claim was touched"
    c.cloud.demo.do("DELETE", "compute", "/servers/%s/tags/%s" % (sid, tag))
    assert c.rezone.move(sid, "--to", "az2").expect(0).move()["state"] == "moved"


@case()
def one_state_file_two_commands(c):
    """While a move is under way, every command that would change it is refused by run and process."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    slow(c, 12)
    run = started(c, sid)
    mid = c.moves()[0]["id"]
    c.rezone.move(sid, "--to", "az2").expect(3).says(mid[:8])
    for words in (["resume", mid], ["resume"], ["discard", mid, "--lose-target-writes"], ["commit", mid]):
        refused = c.rezone(*words, "-y")
        assert refused.exit == 3, refused
        refused.says(str(run.process.pid) if words[0] != "commit" else mid)
    assert c.rezone("show", mid).expect(0) and c.rezone("status", mid).expect(0)
    run.finish(c.rezone.timeout).expect(0)
    resumed(c, sid, before)


@case()
def two_commits_and_a_discard(c):
    """Of three persons who end one move at the same time one does; the source is gone or served, and nothing between."""
    for verbs in (("commit", "commit"), ("commit", "discard"), ("discard", "commit")):
        part = "vm-" + "-".join(verbs)
        sid = c.boot(part)
        move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
        runs = [c.rezone.begin(verb, move["id"], "-y", "--settle", c.settle) for verb in verbs]
        for run in runs:
            run.finish(c.rezone.timeout)
            assert run.exit in (0, 3), run
        assert 0 in [run.exit for run in runs], "nobody could: %s" % runs
        state = c.state_of(move["id"])["state"]
        target = c.cloud.server(move["target_server_id"])
        if state == "committed":
            assert c.cloud.server(sid) is None and target
            c.cloud.delete_server(target["id"])
            c.taken(target["id"])
        else:
            assert state == "undone" and target is None and c.cloud.quiet(sid, "ACTIVE"), state
        c.taken(sid)
