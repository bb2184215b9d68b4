# SPDX-License-Identifier: Apache-2.0
"""What a person types and reads: exit statuses, formats, columns, prompts, events, status and show."""
import csv
import io
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time
import subprocess

from cases_crash import slow
from harness import case
from invariants import KEYS


@case()
def wrong_command_lines(c):
    for words in (["frobnicate"], ["move", "--to"], ["move", "x", "--to", "az2", "--no-such-option"], ["move", "x"],
                  ["move", "--to", "az2"], ["show"], ["commit"], ["status", "-f", "xml"], ["-f", "json"],
                  ["move", "x", "--to", "az2", "--addresses", "perhaps"], ["move", "x", "--to", "az2", "--settle", "soon"]):
        run = c.rezone(*words)
        assert run.exit == 64 and run.out == "" and run.err, run
    assert not os.path.exists(c.rezone.state), "a wrong command line made a database"


@case()
def help_and_version(c):
    version = c.rezone("--version", cloud=None).expect(0)
    assert re.search(r"rezone \d+\.\d+", version.out), version
    text = c.rezone("--help", cloud=None).expect(0)
    for command in ("check", "plan", "move", "resume", "status", "show", "commit", "discard"):
        assert command in text.out, "no %s in --help" % command
        assert c.rezone(command, "--help", cloud=None).expect(0).out.strip(), command


@case()
def wrong_password(c):
    run = c.rezone("--os-password", "wrong-canary-word", "check").expect(5)
    assert run.out == "" and "wrong-canary-word" not in run.err, run
    c.rezone.move(c.name(), "--to", "az2", env={"OS_PASSWORD": "wrong-canary-word"})


@case()
def unreachable_cloud(c):
    run = c.rezone("--os-auth-url", "http://127.0.0.1:9/v3", "check").expect(5)
    assert run.out == "", run
    run.says("127.0.0.1")
    run = c.rezone("--os-auth-url", "http://127.0.0.1:9/v3", "move", "x", "--to", "az2", "--addresses", "new", "-y").expect(5)
    assert run.out == "" and not c.moves(), run


@case()
def unknown_cloud_and_region(c):
    run = c.rezone("check", cloud="nowhere")
    assert run.exit in (3, 5, 64), run
    run.says("nowhere", "demo")
    run = c.rezone("--os-region-name", "RegionNone", "check")
    assert run.exit in (3, 5, 64), run
    run.says("RegionNone", "RegionOne")


@case()
def nothing_to_resume(c):
    run = c.rezone("resume").expect(0)
    assert run.err or run.out, "says nothing at all"
    c.rezone("status").expect(0)
    assert c.rezone.status().expect(0).json == []


@case()
def unknown_ids(c):
    for command in ("show", "commit", "discard", "resume", "status"):
        words = [command, "deadbeef"] + (["-y"] if command in ("commit", "discard", "resume") else [])
        c.rezone(*words).expect(3).says("deadbeef")


@case()
def one_move_from_all_sides(c):
    """status, show and every format tell the same of one move."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert c.rezone.status().json == [move], (c.rezone.status().json, move)
    shown = c.rezone("show", move["id"][:8], "-f", "json").expect(0).json
    assert isinstance(shown, dict) and {k: shown[k] for k in KEYS} == {k: move[k] for k in KEYS}, shown
    assert c.rezone.status(move["run_id"]).json == [move]
    table = c.rezone("status").expect(0).out
    assert c.name() in table and "moved" in table, table
    value = c.rezone("status", "-f", "value", "-c", "id", "-c", "state").expect(0).out
    assert value.split() == [move["id"], "moved"], value
    rows = list(csv.reader(io.StringIO(c.rezone("status", "-f", "csv", "-c", "server_name", "-c", "state").expect(0).out)))
    assert rows == [["server_name", "state"], [c.name(), "moved"]], rows
    only = c.rezone("status", "-f", "json", "-c", "state").expect(0).json
    assert only == [{"state": "moved"}], only
    c.rezone("status", "-c", "no_such_column").expect(64)
    before = c.cloud.server(sid)
    c.rezone("resume", move["id"], "-y").expect(0)
    assert c.cloud.server(sid) == before, "resume of a moved one changed it"


@case()
def options_before_and_after_the_command(c):
    c.boot()
    a = c.rezone("-f", "json", "status").expect(0).out
    b = c.rezone("status", "-f", "json").expect(0).out
    assert json.loads(a) == json.loads(b) == []


@case()
def commit_and_discard_know_the_states(c):
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.rezone("discard", move["id"], "-y").expect(0)
    c.rezone("discard", move["id"], "-y").expect(0)
    c.rezone("commit", move["id"], "-y").expect(3).says("undone")
    again = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert again["id"] != move["id"]
    c.rezone("commit", again["id"]).expect(3).says("-y")
    assert c.state_of(again["id"])["state"] == "moved"
    c.rezone("commit", again["id"], "-y").expect(0)
    c.rezone("commit", again["id"], "-y").expect(0)
    c.rezone("discard", again["id"], "-y").expect(3).says("committed")
    c.rezone("resume", "-y").expect(0)


@case()
def three_at_once(c):
    sids = [c.boot("vm-%d" % n) for n in range(3)]
    run = c.rezone("move", *sids, "--to", "az2", "--addresses", "new", "-y", "-f", "json").expect(0)
    moves = run.json
    assert sorted(m["server_id"] for m in moves) == sorted(sids) and {m["state"] for m in moves} == {"moved"}, moves
    assert len({m["run_id"] for m in moves}) == 1 and len({m["id"] for m in moves}) == 3
    for n, sid in enumerate(sids):
        move = next(m for m in moves if m["server_id"] == sid)
        target = c.cloud.server(move["target_server_id"])
        assert target["name"] == c.name("vm-%d" % n) and target["status"] == "ACTIVE"
        assert c.backend.read_disk(target["id"]) == c.backend.read_disk(sid)
    done = c.rezone("commit", moves[0]["run_id"], "-y", "-f", "json").expect(0).json
    assert {m["state"] for m in done} == {"committed"} and len(done) == 3


@case()
def one_server_named_twice(c):
    """By name and by id in one command: one move, not two."""
    sid = c.boot()
    run = c.rezone("move", sid, c.name(), "--to", "az2", "--addresses", "new", "-y", "-f", "json").expect(0)
    assert len(run.json) == 1 and run.move()["state"] == "moved", run


@case()
def events_are_json_lines(c):
    sid, path = c.boot(), c.folder + "/events.jsonl"
    move = c.rezone.move(sid, "--to", "az2", "--events", path).expect(0).move()
    with open(path) as f:
        lines = [json.loads(line) for line in f]
    assert len(lines) > 5 and all(isinstance(line, dict) for line in lines), lines
    assert any(move["id"] in json.dumps(line) for line in lines)
    assert "moved" in json.dumps(lines[-3:]), lines[-3:]
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0 or "adminPass" not in open(path).read()


@case()
def prompt_declined(c):
    sid = c.boot()
    run = c.rezone.at_terminal([("?", "n\n")], "move", sid, "--to", "az2", "--addresses", "new").expect(0)
    run.says(c.name())
    server = c.cloud.server(sid)
    assert server["status"] == "ACTIVE" and not c.cloud.marks(server)
    assert all(m["state"] == "skipped" for m in c.moves()), c.moves()


@case()
def prompt_accepted(c):
    sid = c.boot()
    run = c.rezone.at_terminal([("?", "y\n")], "move", sid, "--to", "az2", "--addresses", "new").expect(0)
    # what everybody must know before he says yes
    run.says("uuid", "az2")
    assert c.moves()[0]["state"] == "moved"
    run = c.rezone.at_terminal([("?", "n\n")], "commit", c.moves()[0]["id"])
    assert c.moves()[0]["state"] == "moved" and c.cloud.server(sid), "committed in spite of no"
    c.rezone.at_terminal([("?", "y\n")], "commit", c.moves()[0]["id"]).expect(0)
    assert c.moves()[0]["state"] == "committed"


@case()
def prompt_all_and_quit(c):
    sids = [c.boot("vm-%d" % n) for n in range(2)]
    c.rezone.at_terminal([("?", "quit\n")], "move", *sids, "--to", "az2", "--addresses", "new").expect(0)
    assert all(m["state"] == "skipped" for m in c.moves()), c.moves()
    c.rezone.at_terminal([("?", "all\n")], "move", *sids, "--to", "az2", "--addresses", "new").expect(0)
    assert sorted(m["state"] for m in c.moves() if m["state"] != "skipped") == ["moved", "moved"], c.moves()


@case()
def state_file_is_private(c):
    c.boot()
    c.rezone.move(c.name(), "--to", "az2").expect(0)
    assert stat.S_IMODE(os.stat(c.rezone.state).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(c.rezone.state)).st_mode) == 0o700
    for name in os.listdir(os.path.dirname(c.rezone.state)):
        assert stat.S_IMODE(os.stat(os.path.dirname(c.rezone.state) + "/" + name).st_mode) == 0o600, name


@case()
def state_in_the_usual_place(c):
    """Without --state: $XDG_STATE_HOME, else ~/.local/state."""
    c.boot()
    run = c.rezone.begin("status", env={"REZONE_STATE": c.folder + "/named/r.db"})
    run.finish(30).expect(0)
    args = [c.rezone.binary, "--os-cloud", "demo", "move", c.name("nobody"), "--to", "az2", "--addresses", "new", "-y"]
    done = subprocess.run(args, env=c.rezone.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 3, done
    found = os.path.exists(c.rezone.home + "/.local/state/rezone")
    done = subprocess.run(args[:1] + ["status", "-f", "json"], env=c.rezone.env, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60)
    assert done.returncode == 0 and (found or json.loads(done.stdout) == []), done


@case()
def damaged_state_is_refused(c):
    """And left byte for byte as it was."""
    os.makedirs(os.path.dirname(c.rezone.state), mode=0o700)
    junk = b"SQLite format 3\0" + b"not really" * 700
    with open(c.rezone.state, "wb") as f:
        f.write(junk)
    c.rezone("status").expect(6)
    c.rezone.move(c.name(), "--to", "az2").expect(6)
    with open(c.rezone.state, "rb") as f:
        assert f.read() == junk
    os.unlink(c.rezone.state)


def interrupted_at_prompt(c, sid):
    """A move of a person who types nothing but ^C; the id of the move, which stays planned."""
    master, slave = pty.openpty()
    args = [c.rezone.binary, "--os-cloud", "demo", "--state", c.rezone.state, "move", sid, "--to", "az2", "--addresses", "new"]
    process = subprocess.Popen(args, stdin=slave, stdout=slave, stderr=slave, env=c.rezone.env, start_new_session=True)
    os.close(slave)
    text, end = "", time.monotonic() + 60
    while "Move it?" not in text and time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            text += os.read(master, 65536).decode("utf-8", "replace")
    process.send_signal(signal.SIGINT)
    status = process.wait(30)
    os.close(master)
    assert status == 4, (status, text)
    planned = [m for m in c.moves() if m["state"] == "planned"]
    assert len(planned) == 1 and c.cloud.server(sid)["status"] == "ACTIVE", c.moves()
    return planned[0]["id"]


@case()
def interrupted_at_the_prompt_and_declined_later(c):
    sid = c.boot()
    mid = interrupted_at_prompt(c, sid)
    c.rezone("resume").expect(3).says("-y", "rezone discard " + mid)
    c.rezone.at_terminal([("Move it?", "what\n"), ("Please", "n\n")], "resume", mid).expect(0).says("skipped")
    assert c.state_of(mid)["state"] == "skipped"
    assert not c.cloud.marks(c.cloud.server(sid))


@case()
def a_server_with_an_open_move(c):
    """Who serves, and both ways to go on: no hint that somebody else is at work."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    run = c.rezone.move(sid, "--to", "az2").expect(3)
    run.says("served by the target", "rezone commit " + move["id"], "rezone discard " + move["id"])
    assert "somebody else" not in run.err and "resume with" not in run.err, run


@case()
def a_refused_run_has_nothing_to_resume(c):
    sid = c.boot()
    run = c.rezone.move(sid, "--to", "no-such-zone").expect(3)
    assert "resume" not in run.err, run
    run = c.rezone.move(sid, "--to", "az2").expect(0)
    run.says("rezone resume " + run.move()["run_id"])


@case()
def only_losses_can_be_accepted(c):
    sid = c.boot()
    mid = interrupted_at_prompt(c, sid)
    run = c.rezone("resume", mid, "-y", "--accept", "description", "-f", "json").expect(3)
    run.says("--accept", "planned")
    assert run.move()["state"] == "planned" and c.cloud.server(sid)["status"] == "ACTIVE", run
    c.rezone("discard", mid, "-y").expect(0)


@case()
def nobody_can_log_in_and_moves_wait(c):
    """Nobody can log in: what waits is told, and how to go on."""
    sid = c.boot()
    mid = interrupted_at_prompt(c, sid)
    for words in (["resume"], ["discard", mid]):
        run = c.rezone("--os-password", "wrong-canary-word", *words, "-y", "-f", "json").expect(5)
        run.says("rezone resume " + mid, "rezone discard " + mid)
        assert run.out == "", run
    c.rezone("discard", mid, "-y").expect(0)


@case()
def events_on_a_full_disk(c):
    """The move goes on; it is said once."""
    sid = c.boot()
    run = c.rezone.move(sid, "--to", "az2", "--events", "/dev/full").expect(0)
    assert run.err.count("No space left") == 1 and run.move()["state"] == "moved", run


@case(on=("fake",))
def a_locked_run_tells_who_is_down(c):
    """Another process works on it, or only sleeps: whoever asks hears how things stand."""
    sid = c.boot()
    slow(c)
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json")
    mid = c.wait("the source down", lambda: [m["id"] for m in c.moves() if m["step"] == "snapshot"] or not run.running())[0]
    os.kill(run.process.pid, signal.SIGSTOP)
    try:
        for words in (["resume"], ["resume", mid], ["discard", mid, "-y"], ["status"]):
            told = c.rezone(*words).expect(0 if words == ["status"] else 3)
            told.says("DOWN since", "rezone resume " + mid, "rezone discard " + mid)
    finally:
        os.kill(run.process.pid, signal.SIGCONT)
    assert run.finish(60).expect(0).move()["state"] == "moved"
