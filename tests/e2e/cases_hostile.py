# SPDX-License-Identifier: Apache-2.0
"""A cloud that attacks its reader: his terminal, his spreadsheet, his memory, his time."""
import csv
import io
import json
import os
import random
import re

from cloud import wait
from harness import case
from liar import Liar

# Escape sequences of several kinds, bells, C1 controls, line ends that forge messages, and what turns text around or hides it.
ATTACK = ("\x1b[2J\x1b[31mX\x1b]0;owned\x07\x1b]52;c;cm0gLXJm\x07\x9b31m\x90q\x9c\x08\x7f\r\nrezone: web1 is committed\n"
          "\u202eevil\u2066\u200f\u061c\u2028\u2029\ufeff\U000e0041\t'\"$(x)`y`,;|&\\")
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)"]
# What may not reach a terminal: controls but the newline, and what reorders or ends lines.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
OWN = re.compile("\r|\x1b\\[2K|\x1b\\[A|\x1b\\[H|\x1b\\[2J")
QUICK = ["--settle", "0.3", "--patience", "0.5"]
MOVE = ["--to", "az2", "--addresses", "new", "-y", "-f", "json"] + QUICK


def harmless(what, data, own=False):
    text = data if isinstance(data, str) else data.decode("utf-8")
    found = CONTROLS.search(OWN.sub("", text) if own else text)
    assert not found, "%s: %r in ...%r" % (what, found.group(), text[max(0, found.start() - 60):found.end() + 20])
    return text


def read(path):
    with open(path, "rb") as f:
        return f.read()


def all_harmless(c):
    """Everything that any command printed so far."""
    for run in c.rezone.runs:
        for path in run.files:
            harmless(" ".join(run.args) + " > " + path, read(path))


def ended(run, *statuses):
    """By itself, and not by a defect of its own."""
    assert run.exit in (statuses or (0, 2, 3, 4, 5)), "exit %s:\n%s" % (run.exit, run)
    return run


def strings(names):
    """A twist that gives other values to these JSON strings of the cloud."""
    pairs = [(json.dumps(old).encode(), json.dumps(new).encode()) for old, new in names.items()]

    def twist(answer):
        for old, new in pairs:
            answer.body = answer.body.replace(old, new)
        if answer.status != 201:
            answer.headers.append((b"X-Attack", b"\x1b[31m\x9b\xff\xe2\x80\xae"))
    return twist


def tables(c, mid, name):
    """Each command that prints strangers' words, in each format."""
    for words in (["status"], ["status", mid], ["show", mid]):
        for form in ("table", "csv", "value", "json"):
            run = ended(c.rezone("-f", form, *words), 0)
            harmless("%s -f %s" % (words, form), read(run.files[0]))
            if form == "csv":
                rows = list(csv.reader(io.StringIO(run.out)))
                assert len(rows) > 1 and len({len(row) for row in rows}) == 1, "rows of several lengths: %s" % rows
                if words[0] == "status":
                    assert len(rows) == 2, "one move is %d lines: %s" % (len(rows), rows)
                for cell in (cell for row in rows for cell in row):
                    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), "a formula: %r" % cell
            if form == "value" and words[0] == "status":
                assert run.out.count("\n") == 1, "one move, several lines: %r" % run.out
            if form == "json":
                assert run.out.isascii()
                one = run.json if isinstance(run.json, dict) else run.json[0]
                assert one["server_name"] == name, "%r became %r" % (name, one["server_name"])


@case(on=("fake",))
def names_that_attack(c):
    """Server and zone are called by what clears screens, forges lines and writes to the clipboard."""
    liar = Liar(c)
    for number, name in enumerate([ATTACK] + FORMULAS[:1]):
        sid = c.boot("vm-%d" % number)
        plain = c.cloud.server(sid)["name"]
        liar.twist = strings({plain: name, "az1": "az1" + ATTACK, plain + "-moved": name})
        events = c.folder + "/events-%d" % number
        ended(c.rezone("plan", sid, "--to", "az2", "--addresses", "new"), 0)
        run = ended(c.rezone.move(sid, "--to", "az2", "--debug", "--events", events, *QUICK), 0, 2)
        move = run.move()
        assert move["server_name"] == name, move
        for line in harmless("events", read(events)).splitlines():
            json.loads(line)
        assert read(events).isascii()
        tables(c, move["id"], name)
        ended(c.rezone("discard", move["id"], "-y", "--debug", *QUICK), 0, 2)
        if number == 0:
            run = c.rezone.at_terminal([("Move it?", "y\n")], "move", sid, "--to", "az2", "--addresses", "new", *QUICK)
            assert "Move it?" in run.out, run
            harmless("the terminal", run.out, own=True)
            mid = [m["id"] for m in c.moves() if m["state"] in ("moved", "held")]
            c.rezone.runs.remove(run)
            if mid:
                ended(c.rezone("discard", mid[0], "-y", *QUICK), 0, 2)
        liar.twist = None
        for m in c.moves():
            if m["state"] in ("held", "running"):
                c.rezone("discard", m["id"], "-y", *QUICK)
        c.cloud.demo.do("PUT", "compute", "/servers/" + sid, {"server": {"name": plain}})
        all_harmless(c)
        c.cloud.delete_server(sid)
        c.taken(sid)
        os.rename(c.rezone.state, c.rezone.state + "-%d" % number)


@case(on=("fake",))
def formulas_in_cells(c):
    """Of a result that a spreadsheet opens: no cell begins a formula."""
    liar = Liar(c)
    for name in FORMULAS:
        liar.twist = strings({"unlikely": name})
        run = ended(c.rezone("move", "--to", "az2", "--addresses", "new", "-y", "-f", "csv", "--", name), 3)
        rows = list(csv.reader(io.StringIO(run.out)))
        assert len(rows) == 2 and rows[1][rows[0].index("server_name")].lstrip("'") == name, rows
        assert all(cell[:1] not in tuple("=+-@") for cell in rows[1]), rows


@case(on=("fake",))
def refusals_that_attack(c):
    """Reasons, request ids and pages of proxies are printed, stored, and printed again from the store."""
    liar = Liar(c)
    bodies = [json.dumps({"forbidden": {"code": 403, "message": ATTACK}}).encode(),
              b"<html><title>\x1b[2J\xff\xfe</title><body>" + ATTACK.encode() + b"</body></html>",
              b"\xff\xfe\x00\x1b]52;c;AAAA\x07" * 50, b"{" * 5000, b""]
    for number, body in enumerate(bodies):
        sid = c.boot("vm-%d" % number)

        def twist(answer, body=body):
            for i, (key, value) in enumerate(answer.headers):
                if b"request-id" in key.lower():
                    answer.headers[i] = (key, b"req-\x1b[31m\x9b\xff'\"$(x)" + b"A" * 300)
            if answer.method == "POST" and answer.path.endswith("/action"):
                answer.status, answer.body = 403, body
        liar.twist = twist
        run = ended(c.rezone.move(sid, "--to", "az2", "--debug", *QUICK), 2)
        liar.twist = None
        mid = run.move()["id"]
        c.rezone("resume", mid, "-y", *QUICK)
        if c.state_of(mid)["state"] == "held":
            ended(c.rezone("discard", mid, "-y", *QUICK), 0)
        for form in ("table", "csv", "value", "json"):
            ended(c.rezone("-f", form, "show", mid), 0)
        assert c.cloud.server(sid), "the source is lost"
    all_harmless(c)


def unreadable(c):
    """Replies that are no JSON of ours, each a function of the body."""
    name = json.dumps(c.name()).encode()
    deep = 200000
    return [
        ("wrong UTF-8", lambda body: body.replace(name, b'"\xff\xfe\xc0\xaf"')),
        ("NUL", lambda body: body.replace(name, b'"a\\u0000b"')),
        ("half a pair", lambda body: body.replace(name, b'"\\ud800"')),
        ("huge numbers", lambda body: re.sub(rb":\s*\d+", b": 1" + b"0" * 400, body)),
        ("no number", lambda body: re.sub(rb":\s*\d+", b": 1e999", body)),
        ("twice the key", lambda body: re.sub(rb"^\{", b'{"id": "x", "id": "y", "server": {}, ', body)),
        ("deep", lambda body: b'{"server": ' + b"[" * deep + b"]" * deep + b"}"),
        ("deep objects", lambda body: b'{"a":' * deep + b"1" + b"}" * deep),
        ("a list", lambda body: b"[" + body + b"]" if body else body),
        ("null", lambda body: b"null"),
        ("NUL bytes", lambda body: body + b"\x00" * 100),
    ]


@case(on=("fake",))
def replies_that_are_no_json(c):
    sid = c.boot()
    before = c.cloud.portrait(sid)
    liar = Liar(c)
    for what, change in unreadable(c):
        def twist(answer, change=change):
            if answer.method == "GET" and "/servers/" in answer.path and answer.status == 200:
                answer.body = change(answer.body)
        liar.twist = twist
        for args in (["plan", sid, "--to", "az2", "--addresses", "new", "--patience", "0.5"],
                     ["move", sid] + MOVE):
            run = ended(c.rezone(*args, timeout=30))
            assert run.err, "%s: nothing is said: %s" % (what, run)
            assert c.cloud.portrait(sid) == before, what
    liar.twist = None
    for move in c.moves():
        if move["state"] not in ("failed", "undone", "skipped"):
            ended(c.rezone("discard", move["id"], "-y", "--lose-target-writes", *QUICK), 0)
    all_harmless(c)


# --- memory and time ---------------------------------------------------------------------------------------------------------

# What a hostile cloud may make the tool hold, in MB (a sanitizer's own share comes on top).
PEAK_MB, SANITIZED = 500, 3


def measured(c, *args):
    """Run to the end; the command, and its largest resident memory in MB (not ru_maxrss: that counts the parent's too)."""
    run, peak = c.rezone.begin(*args), 0

    def over():
        nonlocal peak
        try:
            lines = read("/proc/%d/status" % run.process.pid).splitlines()
        except OSError:
            lines = []
        peak = max([peak] + [int(line.split()[1]) for line in lines if line.startswith(b"VmHWM")])
        return not run.running()
    wait("the end of " + " ".join(args), over, c.rezone.timeout, every=0.005)
    return run.finish(1), peak / 1024


def sanitized(c):
    return b"__asan_init" in read(c.options.rezone)


def bounded(c, what, *args):
    run, peak = measured(c, *args)
    limit = PEAK_MB * (SANITIZED if sanitized(c) else 1)
    assert peak < limit, "%s: %d MB" % (what, peak)
    c.peaks = getattr(c, "peaks", [])
    c.peaks.append((what, round(peak), run.seconds))
    return ended(run)



@case(on=("fake",))
def replies_without_measure(c):
    """Ten megabytes of name, entries and brackets without number, pages without end. With --peaks all of it is larger."""
    sid = c.boot()
    before = c.cloud.portrait(sid)
    liar = Liar(c)
    name = json.dumps(c.name()).encode()
    slow = c.options.peaks
    million = b'{"images": [' + b", ".join([b'{"id": "x", "name": "y"}'] * (1000000 if slow else 300000)) + b"]}"
    # each is two bytes here and a hundred there
    brackets = b'{"images": [' + b",".join([b"{}"] * (15000000 if slow else 500000)) + b"]}"
    page = [0]

    def pages(answer, items):
        page[0] += 1
        answer.status = 200
        answer.body = json.dumps({"images": [{"id": "i%d" % (page[0] * 1000 + i)} for i in range(items)],
                                  "next": "/v2/images?marker=%d" % page[0]}).encode()

    def where(answer, path):
        return answer.method == "GET" and path in answer.path and answer.status == 200

    def set_body(answer, body):
        answer.body = body
    twists = [
        ("a name of 10 MB", lambda a: set_body(a, a.body.replace(name, b'"' + b"n" * 10000000 + b'"'))
         if where(a, "/servers/") else None),
        ("hundreds of thousands of images", lambda a: set_body(a, million) if where(a, "/images?name=") else None),
        ("millions of brackets", lambda a: set_body(a, brackets) if where(a, "/images?name=") else None),
        ("100 MB of blanks", lambda a: set_body(a, b" " * 100000000) if where(a, "/images?name=") else None),
        ("pages without end", lambda a: pages(a, 1000) if a.method == "GET" and "/v2/images?" in a.path else None),
        ("empty pages without end", lambda a: pages(a, 0) if a.method == "GET" and "/v2/images?" in a.path else None),
        ("megabytes of header", lambda a: a.headers.append((b"X-Long", b"h" * 10000000)) if where(a, "/os-interface") else None),
        ("as much in small headers", lambda a: a.headers.extend([(b"X", b"y")] * (1000000 if slow else 60000))
         if where(a, "/os-interface") else None),
    ]
    for what, twist in twists:
        if what in ("100 MB of blanks", "megabytes of header") and not slow:
            continue
        liar.twist = twist
        run = bounded(c, what, "move", sid, *MOVE)
        assert c.cloud.server(sid), "the source is lost"
        liar.twist = None
        for move in c.moves():
            if move["state"] not in ("failed", "undone", "skipped"):
                bounded(c, "the end of " + what, "discard", move["id"], "-y", "--lose-target-writes", *QUICK)
        assert c.cloud.portrait(sid) == before, "%s\n%s" % (what, run)
    print_peaks(c)
    c.moves = lambda: []  # a source of which the tool was told another name
    all_harmless(c)


def print_peaks(c):
    if c.options.peaks:
        print("\n".join("     %-40s %5d MB %5.1f s" % peak for peak in c.peaks), flush=True)


# --- anything, anywhere ------------------------------------------------------------------------------------------------------

RUBBISH = [None, True, -1, 1e308, 10 ** 18, "", "x" * 5000, ATTACK, [], {}, [[]], [None], {"id": None}, "../../etc/passwd",
           "\x00".replace("\x00", "0"), 0, "UNKNOWN", "%s%n%s", {"server": {"id": 7}}]


def places(value, found, path=()):
    found.append(path)
    for key, inner in (value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()):
        places(inner, found, path + (key,))
    return found


def spoil(document, dice):
    """One value of a document, whichever, becomes rubbish."""
    path = dice.choice(places(document, []))
    rubbish = dice.choice(RUBBISH)
    if not path:
        return rubbish
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if dice.random() < 0.3 and isinstance(inner, dict):
        del inner[path[-1]]
    else:
        inner[path[-1]] = rubbish
    return document


@case(on=("fake",))
def rubbish_in_any_place(c):
    """One value in some replies is of a wrong kind: nothing crashes, hangs, is lost, or runs twice."""
    liar = Liar(c)
    for seed in range(c.options.lies):
        dice, sid = random.Random(seed), c.boot("vm-%d" % seed, data=False)
        often = dice.choice([0.02, 0.1, 0.5])

        def twist(answer, dice=dice, often=often):
            if dice.random() > often or answer.status // 100 != 2:
                return
            try:
                answer.body = json.dumps(spoil(json.loads(answer.body), dice)).encode()
            except ValueError:
                pass
        liar.twist = twist
        run = c.rezone("move", sid, *MOVE, timeout=60)
        ended(run)
        for deed in ("resume", "commit" if seed % 2 else "discard"):
            for move in c.moves():
                if move["server_id"] == sid and move["state"] in ("planned", "running", "held", "moved"):
                    ended(c.rezone(deed, move["id"], "-y", *QUICK, timeout=60))
        liar.twist = None
        for run in c.rezone.runs[-3:]:
            for path in run.files:
                harmless("seed %d: %s" % (seed, " ".join(run.args)), read(path))
        here = c.servers()
        assert here, "seed %d: no machine is left" % seed
        move = next((m for m in c.moves() if m["server_id"] == sid), None)
        on = [s["id"] for s in here if s["status"] == "ACTIVE"]
        assert len(on) < 2, "seed %d: two run: %s" % (seed, move)
        for server in here:
            c.cloud.delete_server(server["id"])
            c.taken(server["id"])
        c.taken(sid)
        for image in c.images():
            c.cloud.delete_image(image["id"])
    c.moves = lambda: []
