# SPDX-License-Identifier: Apache-2.0
"""One cell of the matrix: a walk, a request of it, a fault, once or for good; and what is right afterwards."""
import os
import re
import time
import urllib.parse

import cases_volumes
import harness
import invariants
import rules
import walks
from gate import Gate

CALM = "stop=0,snapshot=0,boot=0,start=0,delete=0,attach=0,detach=0,volume=0"
TABLE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/data/tables/snapshot-1.txt"
REQUEST_TIMEOUT_S = 60  # rezone's own
PATIENCE_S, ROW_LIMIT_S = 120, 300
OUTAGE_S = 2  # less than the repeats of a read last
SECRET = "secret-of-an-application-credential"
ACCOUNT = """clouds:
  demo:
    auth_type: v3applicationcredential
    auth: {auth_url: "%s", application_credential_id: faults, application_credential_secret: %s}
    region_name: RegionOne
"""
TOKEN = re.compile(r"gAAAA[\w=-]{20,}")
CRASH = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "rezone: bug", "internal error")


class Broken(AssertionError):
    """What a cell must not do; kind groups them in the summary."""

    def __init__(self, kind, words):
        super().__init__(words)
        self.kind = kind


def rows():
    """The ids of all rows, out of the golden file."""
    with open(TABLE) as f:
        return re.findall(r"(?m)^  (?:  undo )?([a-z-]+) [A-Z]", f.read())


def need(truth, kind, words, *things):
    if not truth:
        raise Broken(kind, (words + "\n%s" * len(things)) % things if things else words)


def nothing(c):
    pass


nothing.on, nothing.since, nothing.fake, nothing.title = ("fake",), "2.1", ["--jobs", CALM], "faults"


class Cell:
    def __init__(self, request, fault, times):
        self.request, self.fault, self.times = request, fault, times
        self.walk = walks.WALKS[request.walk_name]
        self.name = "%s/%s/%s" % (request.name, fault.name, times.replace(" ", "-"))


class Stand:
    """A cloud, the binary with a fast clock, and a source that the walk can begin with."""

    def __init__(self, options, walk, gated=False):
        self.options, self.walk, self.gate = options, walk, None
        self.c = c = harness.Context(nothing, options)
        c.open()
        self.late = (REQUEST_TIMEOUT_S * 1.2) / options.rate
        self.jump_file = c.folder + "/jump"
        c.rezone.env.update(REZONE_CLOCK_RATE=str(options.rate), REZONE_CLOCK_JUMP=self.jump_file)
        self.limits = []
        for row in rows():
            self.limits += ["--step-timeout", "%s=%d" % (row, ROW_LIMIT_S)]
        c.rezone.timeout = options.timeout
        c.backend.control("POST", "/config", {"app_creds": {"faults": {"name": "faults", "secret": SECRET, "user": "demo"}}})
        self.gate = Gate(c.backend.port) if gated else None
        self.log_in(self.gate.own_port if gated else c.backend.port)
        self.sid, self.mid = walk.prepare(c, self.rezone)
        c.backend.forget()
        c.backend.control("DELETE", "/effects")

    def log_in(self, port):
        """Let rezone find the cloud at this port, with a secret that occurs nowhere else."""
        path = self.c.folder + "/account.yaml"
        with open(path, "w") as f:
            f.write(ACCOUNT % (self.c.backend.clouds["demo"]["auth_url"].replace(str(self.c.backend.port), str(port)), SECRET))
        os.chmod(path, 0o600)
        self.c.rezone.env["OS_CLIENT_CONFIG_FILE"] = path

    def rezone(self, *args):
        """A command with everything that may give a secret away turned on."""
        try:
            run = self.c.rezone(*args, "--patience", str(PATIENCE_S), "--debug", "--events", self.c.folder + "/events", *self.limits)
        except AssertionError as error:
            raise Broken("hang", str(error)) from None
        need(run.exit >= 0 and run.exit != 1 and run.exit != 99 and not any(word in run.err for word in CRASH),
             "crash", "it crashed", run)
        return run

    def move(self):
        """The move as `status` shows it, None when there is none."""
        if not os.path.exists(self.c.rezone.state):
            return None
        moves = [m for m in self.c.moves() if m["server_id"] == self.sid]
        need(len(moves) < 2, "state", "there are %d moves of one server" % len(moves))
        return moves[0] if moves else None

    def close(self, keep):
        if self.gate:
            self.gate.close()
        self.c.rezone.stop_all()
        self.c.close(keep)


def undisturbed(options, walk):
    """The requests of a walk."""
    stand = Stand(options, walk)
    try:
        run = walk.begin(stand.c, stand.rezone, stand.sid, stand.mid).expect(walk.clean)
        need(run.move()["state"] == walk.goal, "state", "the undisturbed walk does not end well", run)
        log = stand.c.backend.requests()
        ids = {stand.sid: "SOURCE", run.move()["id"]: "MOVE"}
        made = [e["path"] for e in log if e["mutating"] and e["status"] and e["status"] < 300]
        ids.update((path.split("/")[4], "IMAGE") for path in made if path.startswith("/image/v2/images/"))
        ids.update((path.split("/")[4], "TARGET") for path in made
                   if path.startswith("/compute/v2.1/servers/") and path.split("/")[4] not in ids)
        found = walks.requests_of(walk, log, ids)
    except BaseException:
        stand.close(True)
        raise
    stand.close(False)
    if walk.kind == "back":  # up to the boot it is the walk called move
        found = [r for r in found if "POST-servers" in r.rows_before]
    return found


def state_end(walk, run, move):
    """Which end a command came to."""
    if move is None:
        return "unbegun"
    state = move["state"]
    if state == walk.goal:
        return "goal"
    if state == "moved" and walk.kind in ("commit", "discard") or state == "planned":
        return "unbegun"
    if state == "running":
        return "lost"
    return state if state in rules.ENDS else "unknown state " + state


def set_fault(stand, cell):
    c, request, ids = stand.c, cell.request, {"SOURCE": stand.sid}
    if stand.mid:
        move = stand.move()
        ids.update(MOVE=move["id"], TARGET=move["target_server_id"])
    match = request.full_match(ids)
    stand.elsewhere = stand.options.trap.address(c.word)
    if cell.fault.kind != "refused":
        for fault in cell.fault.to_fake(match, cell.times, stand):
            c.backend.control("POST", "/faults", fault)
        return
    seconds = OUTAGE_S / stand.options.rate if cell.times == "once" else None
    after, counted = match.get("after"), []

    def is_like(want, method, path, body):
        bare, _, query = path.partition("?")
        return (method == want["method"] and re.match(want["path"], urllib.parse.unquote(bare)) and want.get("body", "") in body and
                not ("not" in want and re.search(want["not"], bare)) and want.get("query", "") in query)

    def fits(*request):
        if is_like(after, *request):
            counted.append(request)
        return len(counted) > after["skip"]

    # what changes something must find nobody at its first try: it is never repeated
    at = None if request.mutating or request.method == "POST" else lambda *found: is_like(match, *found)
    stand.gate.arm(fits if after else None, at, request.gap, seconds)


def was_met(stand, cell, run):
    if cell.fault.kind == "refused":
        return "cannot connect" in run.err
    return all(f["hits"] > 0 for f in stand.c.backend.control("GET", "/faults").json)


def take_away(stand):
    """The cloud is well again; what it holds back acts now."""
    stand.c.backend.control("DELETE", "/faults")
    stand.c.backend.control("POST", "/release")
    if stand.gate:
        stand.gate.open()


def finish(stand, cell, end):
    """Go on until the move is over; the move."""
    walk, c = cell.walk, stand.c
    if end in ("held", "lost") or (end == "unbegun" and (stand.move() or {}).get("state") == "planned"):
        run = stand.rezone("resume", "-y", "-f", "json")
        move = stand.move()
        need(move["state"] in (walk.goal, "undone", "failed", "moved"), "stuck", "resume did not end it", move, run)
    elif end == "unbegun" and walk.kind in ("commit", "discard"):
        walk.begin(c, stand.rezone, stand.sid, stand.mid).expect(0)
    move = stand.move()
    if walk.kind == "move" and (move is None or move["state"] in ("undone", "failed")):
        return move
    need(move["state"] == walk.goal or move["state"] == "undone", "stuck", "it is %s" % move["state"], move)
    return move


LEFT = {"image": ("image", "delete-image", "delete-uploads", "sweep", "commit-image", "commit-unprotect"),
        "mark": ("unclaim", "commit-unmark", "sweep"),
        "is still called rezone:": ("delete-clones", "delete-copies", "sweep"),
        "name": ("unseal-name",), "called": ("unseal-name",), "tags": ("unclaim", "commit-unmark")}


MARKS = ("mark", "tags of", "lock", "name of", "is called", "committed: source True", "image")


def is_named(sentence, move):
    """Something is left, and the move says so: that is what left[] is for."""
    named = {item["name"] for item in move["left"]} if move else set()
    return any(word in sentence and named & set(rows) for word, rows in LEFT.items())


def check(stand, cell, move):
    c = stand.c
    # the target that was made is still ACTIVE in the cloud's own time
    moves = c.moves()
    bad = [s for m in moves for s in invariants.shape(m)] + [s for s in c.broken(moves) if not is_named(s, move)]
    gone = rules.is_source_gone(cell.request, cell.fault, cell.times)
    if rules.is_believed(cell.request, cell.fault, cell.times):
        bad = [s for s in bad if not any(word in s for word in MARKS) and not (gone and s.startswith("status of server "))]
    need(not bad, "invariant", "after it:\n  " + "\n  ".join(bad))
    servers = c.servers() + [s for s in c.view().servers.values() if s["id"] in c.before.servers]
    active = {s["id"] for s in servers if s["status"] == "ACTIVE"}
    serves = move["target_server_id"] if move and move["state"] in ("moved", "committed") else stand.sid
    # a second one never runs
    need(active == {serves} or (gone and not active), "serving", "%s should be ACTIVE and no other, and these are: %s" % (serves, sorted(active)), move)
    now, was = c.cloud.portrait(serves), dict(c.portrait)
    if move and any(item["name"] == "key-pair" for item in move["announced"]):
        was["key_name"] = None  # its key pair could not be read: left out, and said
    need(now == was, "serving", "it is not as it was", now, was)
    need(c.data is None or c.backend.read_disk(serves) == c.data, "serving", "the bytes of %s are others" % serves)
    belongs(stand, serves, move)
    power = c.backend.control("GET", "/power").json
    twos = invariants.beside(power, {stand.sid}, {e["server"] for e in power} - {stand.sid})
    need(not twos, "double", "\n".join(twos))
    effects = c.backend.effects()
    for kind in ("server_create", "image_create", "port_create", "volume_create", "volume_snapshot_create"):
        often = {k: n for k, n in effects.get(kind, {}).items() if n > 1}
        need(not often, "double", "%s more than once: %s" % (kind, often))


def belongs(stand, serves, move):
    """What hung on the source hangs on who serves, and nothing in between is left."""
    c, moved = stand.c, move and move["state"] == "moved"
    was, now = dict(c.belongings), stand.walk.source.belongings(c, serves)
    named = {item["name"] for item in move["left"]} if move else set()
    if moved or "commit-volumes" in named:  # until a commit none is deleted with the target
        was.pop("flags", None), now.pop("flags", None)
    need(now == was, "belongings", "what hangs on %s is not as it was" % serves, now, was)
    if not moved and "volumes" in was and not named & set(LEFT["is still called rezone:"]):
        cases_volumes.left_over(c)


def secrets(stand):
    """Nothing secret stands in anything that was printed or written; user_data may stand in the database."""
    c = stand.c
    words = {SECRET, walks.USER_DATA, "user-data-that-is-nobodys-business"}
    for folder, _, files in os.walk(c.folder):
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(".yaml") or name in ("fakecloud.log", "ready"):
                continue
            with open(path, "rb") as f:
                text = f.read().decode("utf-8", "replace")
            found = [w for w in words if w in text and not ("rezone.db" in name and w == walks.USER_DATA)]
            found += TOKEN.findall(text)
            need(not found, "secret", "%s holds %s" % (name, found))


def perform(cell, options):
    """Run one; (end, seconds, problem kind or None, words)."""
    began, stand, end = time.monotonic(), None, "-"
    try:
        stand = Stand(options, cell.walk, cell.fault.kind == "refused")
        set_fault(stand, cell)
        run = cell.walk.begin(stand.c, stand.rezone, stand.sid, stand.mid)
        move = stand.move()
        end = state_end(cell.walk, run, move)
        # whether news is asked for is a matter of time
        if not was_met(stand, cell, run) and not rules.is_news(cell.request):
            raise Broken("unmet", "the fault met no request\n%s" % run)
        take_away(stand)
        right = rules.allowed(cell.request, cell.fault, cell.times)
        need(end in right, "end", "it ended %s (exit %d), and right is %s" % (end, run.exit, " or ".join(sorted(right))), move, run)
        need(run.exit in rules.exits(cell.walk, end), "exit", "exit %d with %s" % (run.exit, end), run)
        if end == "held":
            need(move["held_reason"], "reason", "held without a reason", move)
        if end in ("held", "lost"):
            need(move["id"] in run.err + run.out, "reason", "the command to go on is not said", run)
        move = finish(stand, cell, end)
        if cell.walk.hosts:
            stand.c.backend.clear_faults()
        check(stand, cell, move)
        if rules.is_believed(cell.request, cell.fault, cell.times):
            pass
        elif move and move["state"] in ("undone", "failed") and not move["left"]:
            again = stand.rezone(*cell.walk.move_words(stand.sid))
            need(again.exit == 0 and again.move()["state"] == "moved", "again", "it cannot be moved afterwards", again)
        elif move is None:
            stand.rezone(*cell.walk.move_words(stand.sid)).expect(0)
        secrets(stand)
        caught = options.trap.of(stand.c.word)
        need(not caught, "redirect", "a redirect was followed", *caught)
        problem, words = None, ""
    except Broken as error:
        problem, words = error.kind, str(error)
    except Exception as error:
        problem, words = "error", harness.describe(error)
    if stand:
        if problem:
            with open(stand.c.folder + "/why", "w") as f:
                f.write(words + "\n")
            words = "\n".join(line[:300] for line in words.split("\n")[:8]) + "\nkept: " + stand.c.folder
        try:
            stand.close(problem is not None)
        except Exception as error:
            problem, words = problem or "error", words + "\n" + str(error)
    return end, time.monotonic() - began, problem, words
