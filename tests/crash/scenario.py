# SPDX-License-Identifier: Apache-2.0
"""One scenario: where a process dies (once or twice), what becomes of its last request, and how it is gone on with.

A scenario is named by its table and its blows: 'forward/17' dies at the 17th crash point, 'forward/17+4' and the process
that goes on dies at its 4th, 'back-boot/late:5:look' dies while its 5th change is on the way, which arrives after the
next process has looked.
"""
import os
import re
import signal
import time

from tables import BY_NAME, DISCARD, RESUME
from world import CHANGE, LOOK, RATE, Broken, World

# What becomes of the nth request that changes something.
WAYS = (
    "saved",        # we die just before it is sent: its intent must be in the database
    "never",        # it never arrives, and we are dead
    "lost",         # the cloud acts, the reply is lost, and we are dead
    "alive-never",  # the same two, and we live on
    "alive-lost",
    "alive-late",   # no answer until we give up waiting; the cloud acts after our next look
    "stop",         # SIGSTOP while it is on the way, a second process, the cloud acts, SIGCONT
    "late:dead",    # we die while it is on the way; the cloud acts before the next process begins
    "late:look",    # ... after its first look
    "late:looks",   # ... after its fourth
    "late:change",  # ... just before its first change
    "late:changed",  # ... just after that
    "late:end",     # ... when all is over
)
PROBED = "probe:1"  # where there is a probe: we die while its command runs, which dies then too
# How long a request may be on its way without harm is what --settle says. These arrive before that by construction ...
SHORT_SETTLE = 2
# ... and these hang on what the next process does: what then comes later than that is not judged.
LONG_SETTLE = 40
LONG = ("change", "changed", "end")
GOES_ON_MOST = 8


class Unmet(Exception):
    """The process ended before it came to the point."""


class Void(Exception):
    """The request came later than the contract allows."""


def parse(name):
    """(table, blows) of a scenario's name."""
    match = re.fullmatch(r"([a-z-]+)/([a-z0-9:+-]*)", name)
    if not match or match.group(1) not in BY_NAME:
        raise SystemExit("crash: no such scenario: %s" % name)
    return BY_NAME[match.group(1)], [blow for blow in match.group(2).split("+") if blow]


def next_words(world):
    """What a user types now; None: it is over."""
    table, state = world.table, world.state()
    if state in table.ends:
        return None
    if state is None:
        return table.dies
    if state == "moved" and table.on == RESUME:
        return table.dies  # it died before it had begun
    return table.on


class Play:
    def __init__(self, world, blows):
        self.world, self.blows = world, blows
        self.late = None    # when the held request is let go
        self.mark = 0       # the last request before the process that goes on
        self.exit = None

    def blow(self, words, blow):
        """Start a command and strike; True: it lives no more, or has ended after being struck."""
        world = self.world
        kind, _, rest = blow.partition(":")
        if blow == PROBED:
            run = world.probe(words)
            if not run:
                self.exit = world.rezone.runs[-1].exit
                raise Unmet()
            world.kill(run)
            return
        if kind.isdigit():
            end = world.run(words, kind)
            if not end.died:
                self.exit = end.status
                raise Unmet()
            return
        when, _, nth = rest.rpartition(":")
        nth = int(nth)
        if kind == "saved":
            asks = len(world.rows("SELECT * FROM asks"))
            if not world.run(words, "before send:%d" % nth).died:
                self.exit = world.rezone.runs[-1].exit
                raise Unmet()
            rows = world.rows("SELECT * FROM asks ORDER BY rowid")
            if len(rows) - asks < nth or rows[-1]["phase"] != "asked":
                raise Broken("about to send change %d, and the database has %s" % (nth, rows[asks:]))
        elif kind in ("never", "lost"):
            world.fake.fault({"never": "drop", "lost": "lost"}[kind], CHANGE, skip=nth - 1)
            end = world.run(words, "before answer:%d" % nth)
            if not end.died:
                self.exit = end.status
                raise Unmet()
        elif kind in ("alive-never", "alive-lost"):
            world.fake.fault({"alive-never": "drop", "alive-lost": "lost"}[kind], CHANGE, skip=nth - 1)
            self.exit = world.run(words).status
            if not world.hits():
                raise Unmet()
        else:
            self.held(words, kind, when, nth)

    def held(self, words, kind, when, nth):
        world = self.world
        run = world.hold(words, nth)
        if not run:
            self.exit = world.rezone.runs[-1].exit
            raise Unmet()
        if kind == "alive-late":
            world.release_at(LOOK, 0, True)
            self.exit = world.finish(run).status
        elif kind == "stop":
            os.kill(run.process.pid, signal.SIGSTOP)
            second = world.run(("resume", "{move}"))
            if second.status != 3 or str(run.process.pid) not in second.err:
                raise Broken("a second process was not refused by the run and the pid of the first (%s): %s" % (
                    second.status, second.err))
            world.fake.control("POST", "/release")
            os.kill(run.process.pid, signal.SIGCONT)
            self.exit = world.finish(run).status
        else:
            world.kill(run)
            self.late = when
            if when == "dead":
                world.fake.control("POST", "/release")
            elif when in ("look", "looks"):
                world.release_at(LOOK, 0 if when == "look" else 3, True)
            elif when in ("change", "changed"):
                world.release_at(CHANGE, 0, when == "changed")

    def go_on(self):
        """Type what a user types until it is over."""
        world = self.world
        for _ in range(GOES_ON_MOST):
            words = next_words(world)
            if words is None:
                return
            self.exit = world.run(words).status
            if self.exit == 3 and words == DISCARD and world.table.name.endswith("regret"):
                self.exit = world.run(RESUME).status
            if world.state() == "held":
                raise Broken("held: %s" % world.move()["held_reason"])
        raise Broken("not over after %d commands: %s" % (GOES_ON_MOST, world.state()))

    def late_s(self, until):
        """For how long the next process had been looking when the late request acted, by its clock."""
        requests = [r for r in self.world.fake.requests() if r["n"] > self.mark]
        looks = [r["time"] for r in requests if re.search(LOOK["path"], r["path"]) and r["method"] == "GET"]
        if not looks:
            return 0
        if until is None:
            changes = [r["time"] for r in requests if r["mutating"]]
            until = changes[0] if changes else looks[0]
        return (until - looks[0]) * RATE

    def judge_lateness(self, until=None):
        if self.late_s(until) >= self.world.settle * 0.9:
            raise Void()

    def play(self):
        world = self.world
        if not self.blows:
            self.exit = world.run(world.table.dies).status
        for i, blow in enumerate(self.blows):
            words = next_words(world) if i else world.table.dies
            if words is None:
                raise Unmet()
            self.blow(words, blow)
            self.mark = world.fake.requests()[-1]["n"]
        try:
            self.go_on()
        except Broken:
            if self.late in ("change", "changed"):
                self.judge_lateness()
            raise
        if self.late in ("change", "changed"):
            self.judge_lateness()
        if self.late == "end":
            self.judge_lateness(time.time())
            world.fake.control("POST", "/release")
            world.quiet()


def settle_of(blows):
    return LONG_SETTLE if any(blow.split(":")[1] in LONG for blow in blows if blow.startswith("late")) else SHORT_SETTLE


def allow(limits, blows):
    """A late toggle of a row that was asked for again may open what was fenced since: it is fenced anew."""
    if limits is None or not any("late" in blow for blow in blows):
        return limits
    return {effect: n + (effect[0] in ("lock", "unlock")) for effect, n in limits.items()}


def perform(name, options, limits=None):
    """Plays one scenario: (verdict, words, facts); verdict: ok, unmet, void or FAIL."""
    table, blows = parse(name)
    limits = allow(limits, blows)
    world, verdict, words, facts = World(options, table, settle_of(blows)), "ok", "", {}
    try:
        world.open()
        play = Play(world, blows)
        try:
            play.play()
        except Unmet:
            verdict = "unmet"
            play.go_on()
        except Void:
            return "void", "", facts
        if play.exit is not None and play.exit not in table.exits:
            raise Broken("the last command ended with %d" % play.exit)
        world.check(limits)
        if table.after and world.state() == "moved":
            end = world.run(table.after)
            if end.status != 0:
                raise Broken("%s afterwards: exit %d" % (table.after[0], end.status))
            world.check(limits)
        facts = {"effects": world.effects()}
    except Exception as error:  # whatever it is, it belongs to this scenario
        verdict = "FAIL"
        words = "%s%s" % ("" if isinstance(error, Broken) else type(error).__name__ + ": ", error)
        try:
            words += "\n" + world.story()
        except Exception as another:
            words += "\n(no story: %s)" % another
    finally:
        try:
            world.close(keep=verdict == "FAIL" and options.keep)
        except Exception as error:
            verdict, words = "FAIL", words + "\nclosing: %s" % error
    return verdict, words, facts
