# SPDX-License-Identifier: Apache-2.0
"""Cases and their context: a cloud, the binary, and everything that has to be put away afterwards."""
import os
import random
import shutil
import tempfile
import time
import traceback

import invariants
from backends import Fake, Lab
from cloud import Cloud, wait
from runner import Rezone
from session import Refused

CASES = []
RUNNING = set()


class Skip(Exception):
    """This case says nothing on this cloud; the text says why."""


def case(on=("fake", "lab"), since="2.1", fake=(), by_hand=False):
    """Register a function of one context as a case.

    on: the kinds of cloud it runs on; since: the lowest microversion at which it says something;
    fake: options that its fake cloud is started with; by_hand: it runs only where -k names it.
    """
    def add(function):
        function.on, function.since, function.fake, function.by_hand = on, since, list(fake), by_hand
        module = function.__module__.replace("cases_", "")
        function.title = "%s.%s" % (module, function.__name__)
        CASES.append(function)
        return function
    return add


class Context:
    """What a case works with. c.cloud: the independent reader; c.rezone: the binary; c.boot(): something to move."""

    def __init__(self, function, options):
        self.function, self.options = function, options
        self.folder = tempfile.mkdtemp(prefix="rezone-e2e-")
        self.kind, self.kills = options.cloud, options.kills
        self.word = "e2e-%06x" % random.SystemRandom().randrange(1 << 24)
        self.tidy, self.gone, self.strangers, self.made = [], set(), set(), set()
        self.rezone = self.backend = None
        self.settle = "1" if self.kind == "fake" else "3"

    def open(self):
        if self.kind == "fake":
            self.backend = Fake(self.options.fake, self.folder, self.function.fake, self.options.microversion)
        else:
            self.backend = Lab(self.folder, self.options.microversion, self.word)
            self.backend.clear_faults()
        self.connect()
        if not self.cloud.has(self.function.since):
            raise Skip("needs microversion %s" % self.function.since)

    def connect(self):
        self.cloud = Cloud(self.backend)
        self.mine = invariants.Mine(self.word) if self.kind == "lab" else None
        self.before = self.view()
        self.rezone = Rezone(self.options.rezone, self.folder, self.backend.clouds_yaml, self.options.timeout)

    def restart(self, *options, connect=True):
        """Put another fake cloud, started with these options, in place of the case's own."""
        self.backend.close()
        os.unlink(self.folder + "/ready")
        self.backend = Fake(self.options.fake, self.folder, options, self.options.microversion)
        if connect:
            self.connect()

    # --- making things -------------------------------------------------------------------------
    def name(self, part="vm"):
        return "%s-%s" % (self.word, part)

    def boot(self, part="vm", data=True, **body):
        """A plain source in az1 with random bytes on its disk; its id."""
        extra = body.pop("extra", None)
        session, version = body.pop("session", None), body.pop("version", None)
        sid = self.cloud.boot(dict({"name": self.name(part)}, **body), session=session, version=version, extra=extra)
        self.made.add(sid)
        if self.mine:
            self.mine.ids.add(sid)
        if data and body.get("imageRef", "x"):
            self.write(sid)
        return sid

    def write(self, sid):
        self.data = os.urandom(1 << 16)
        self.backend.write_disk(sid, self.data)
        return self.data

    def later(self, function, *args, **kw):
        """Call this when the case is over, last registered first."""
        self.tidy.append((function, args, kw))

    def own(self, sid):
        """This server, which rezone made, is the case's, whatever its name."""
        if self.mine:
            self.mine.ids.add(sid)

    def user_made(self, *ids):
        """These images, servers or ports belong to a user and may stay until the end."""
        self.strangers.update(ids)

    def taken(self, sid):
        """The case itself deleted this server, or started it behind rezone's back."""
        self.gone.add(sid)

    # --- reading -------------------------------------------------------------------------------
    def view(self):
        """What the case has in its cloud; on a shared one nothing of others."""
        return invariants.View(self.cloud, self.mine)

    def servers(self):
        """The case's servers, those included that rezone made."""
        return [s for s in self.view().servers.values() if s["id"] not in self.before.servers]

    def images(self):
        return [i for i in self.view().images.values() if i["id"] not in self.before.images]

    def broken(self, moves):
        """Which invariants do not hold, if these were the moves."""
        return invariants.check(self.cloud, moves, self.before, self.gone, self.strangers | self.made, self.mine)

    def state_of(self, mid):
        moves = [m for m in self.rezone.status().expect(0).json if m["id"] == mid]
        assert len(moves) == 1, "status shows %d moves %s" % (len(moves), mid)
        return moves[0]

    def wait(self, what, test, seconds=None):
        return wait(what, test, seconds or self.cloud.patience, every=0.02)

    def our_images(self):
        return [i for i in self.images() if (i.get("name") or "").startswith("rezone-")]

    # --- after the case ------------------------------------------------------------------------
    def moves(self):
        if not os.path.exists(self.rezone.state):
            return []
        return self.rezone.status().expect(0).json

    def check(self):
        moves = self.moves()
        bad = [sentence for move in moves for sentence in invariants.shape(move)]
        bad += self.broken(moves)
        assert not bad, "after the case:\n  " + "\n  ".join(bad)

    def clean(self):
        """Put away everything that is new since the case began. A process may hold a move: end those first."""
        errors = []
        for function, args, kw in reversed(self.tidy):
            try:
                function(*args, **kw)
            except Exception as error:
                errors.append(str(error))
        if self.kind == "lab":
            self.backend.clear_faults()
            images = self.images()
            for server in self.servers():
                self.cloud.delete_server(server["id"])
            for image in images + self.images():
                self.cloud.delete_image(image["id"])
            for port in self.view().ports.values():
                if not port["device_id"]:
                    self.cloud.admin.ask("DELETE", "network", "/ports/" + port["id"])
        if errors:
            raise AssertionError("cleaning up: " + "; ".join(errors))

    def close(self, keep):
        if self.rezone:
            self.rezone.stop_all()
        if self.backend:
            self.backend.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def interrupt():
    """End the commands that run, so that their cases fail at once and put their things away."""
    for context in list(RUNNING):
        if context.rezone:
            context.rezone.stop_all()


def describe(error):
    """Where in a case it went wrong, and the words."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "cases_" in f.filename]
    place = "".join("%s:%d: %s\n" % (os.path.basename(f.filename), f.lineno, f.line) for f in frames)
    kind = "" if isinstance(error, AssertionError) and not isinstance(error, Refused) else type(error).__name__ + ": "
    if not frames:
        place = "".join(traceback.format_tb(error.__traceback__)[-3:])
    return place + kind + str(error)


def perform(function, options):
    """Run one case; (verdict, seconds, words): verdict is 'ok', 'FAIL' or 'skip'."""
    began = time.monotonic()
    context, verdict, words = Context(function, options), "ok", ""
    RUNNING.add(context)
    try:
        context.open()
        function(context)
        context.check()
    except Skip as reason:
        verdict, words = "skip", str(reason)
    except Exception as error:
        verdict, words = "FAIL", describe(error)
    try:
        if context.rezone:
            context.rezone.stop_all()
            context.clean()
    except Exception as error:
        verdict, words = "FAIL", (words + "\n" + describe(error)).strip()
    RUNNING.discard(context)
    try:
        context.close(keep=verdict == "FAIL")
    except Exception as error:
        verdict, words = "FAIL", (words + "\n" + describe(error)).strip()
    if verdict == "FAIL":
        words += "\nkept: " + context.folder
    return verdict, time.monotonic() - began, words
