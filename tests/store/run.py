#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The real program on a bad disk, against the fake cloud: full, broken, write-protected, without power.

For the first operation on the state folder, the second, ... until a run meets none, the disk fails under a move, its way
back, its commit and its discard; then, on a healthy disk, the move is ended, and the cloud is asked whether all is well.
Nothing is built into the program for this: disk.c is loaded before libc (LD_PRELOAD).
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "e2e")]
sys.dont_write_bytecode = True

import files  # noqa: E402  (found through the path set above)
import harness  # noqa: E402
import power  # noqa: E402

SPEED = 20
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
QUICK_JOBS = {"stop": 0.02, "snapshot": 0.05, "boot": 0.05, "start": 0.02, "delete": 0.02}
# kind, how many operations fail (0: all from then on)
FAULTS = [("full", 3), ("full", 0), ("short", 3), ("short", 0), ("io", 1), ("io", 0), ("rofs", 1), ("rofs", 0), ("sync", 1),
          ("sync", 0), ("kill", 0)]


class Skip(Exception):
    pass


class Story:
    """What is told: the command, how it ends on a healthy disk, and in which state the move is then."""

    def __init__(self, name, exit, end, moved_before):
        self.name, self.exit, self.end, self.moved_before = name, exit, end, moved_before

    def prepare(self, c):
        c.backend.control("POST", "/config", {"jobs": QUICK_JOBS})
        self.sid = c.boot()
        if self.moved_before:
            self.mid = c.rezone("move", self.sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json", "--settle", "1",
                                env=c.fast).expect(0).move()["id"]
        if self.name == "back":
            c.backend.host_faults({"az2-1": {"spawn_fail": True}, "az2-2": {"spawn_fail": True}})

    def command(self):
        if self.moved_before:
            return [self.name, self.mid, "-y", "--settle", "1"]
        return ["move", self.sid, "--to", "az2", "--addresses", "new", "-y", "--settle", "1"]


STORIES = {"forward": lambda: Story("forward", 0, "moved", False), "back": lambda: Story("back", 2, "undone", False),
           "commit": lambda: Story("commit", 0, "committed", True), "discard": lambda: Story("discard", 0, "undone", True)}


def kind_of(request):
    """A request that left, without ids: what tells which step's it is."""
    head, _, body = request.partition(b"\r\n\r\n")
    words = head.decode("utf-8", "replace").split(" ")
    path = UUID.sub("{}", words[1].split("?")[0])
    action = ""
    if path.endswith("/action"):
        action = " " + sorted(json.loads(body))[0]
    return "%s %s%s" % (words[0], re.sub(r"rezone:[^/]*", "{}", path.replace("%3A", ":").replace("%3a", ":")), action)


def changes(record):
    return record.letter == "N" and b"/auth/tokens" not in record.data[:200]


class World:
    """One cloud, one machine with one disk, and the program on it."""

    def __init__(self, options, story):
        def nothing(c):
            pass
        nothing.on, nothing.since, nothing.fake, nothing.title = ("fake",), "2.1", [], "store"
        self.options, self.story = options, story
        self.c = harness.Context(nothing, options)
        try:
            self.c.open()
            # in memory where that is possible: disk.c decides what is durable
            base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
            self.disk_folder = tempfile.mkdtemp(prefix="rezone-disk-", dir=base)
            self.root = self.disk_folder + "/disk"
            os.mkdir(self.root, 0o700)
            self.c.rezone.state = self.root + "/home/state/rezone.db"
            self.c.fast = self.preload()
            if story:
                story.prepare(self.c)
        except BaseException:
            self.close(True)
            raise

    def close(self, keep):
        self.c.close(keep)
        if not keep:
            shutil.rmtree(getattr(self, "disk_folder", ""), ignore_errors=True)

    def preload(self, **disk):
        env = {"LD_PRELOAD": self.options.preload, "DISK_SPEED": str(SPEED)}
        env.update({"DISK_" + key.upper(): str(value) for key, value in disk.items()})
        return env

    def run(self, args, **disk):
        """A command whose disk is recorded; its log is read anew."""
        self.log_path = self.disk_folder + "/log"
        if os.path.exists(self.log_path):
            os.unlink(self.log_path)
        self.disk = power.Disk(self.root)
        run = self.c.rezone(*args, env=self.preload(root=self.root, log=self.log_path, **disk))
        self.log = power.read_log(self.log_path) if os.path.exists(self.log_path) else []
        assert self.log, "the library was not loaded:\n%s" % run
        return run

    def asks(self, folder):
        """(walk, step) of every request that the database in a folder knows of, in order; the state of its one move."""
        path = folder + self.c.rezone.state[len(self.root):]
        if not os.path.exists(path) or not os.path.getsize(path):
            return [], None
        db = sqlite3.connect(path)
        try:
            whole = db.execute("PRAGMA integrity_check").fetchone()[0]
            assert whole == "ok", "after a power cut the database is damaged: %s" % whole
            states = db.execute("SELECT state FROM moves").fetchall()
            assert len(states) <= 1, states
            return (db.execute("SELECT walk, step FROM asks ORDER BY rowid").fetchall(), states[0][0] if states else None)
        finally:
            db.close()

    def check_intents(self, known, seeds=(), cuts=None):
        """Nothing that was sent is without its intent on disk: at each sending, and at each operation with each seed."""
        to, sent, points = self.disk_folder + "/after", [], 0
        first, _ = self.asks(self.root_before)
        for n, record in enumerate(self.log):
            self.disk.take(record)
            if changes(record):
                sent.append(kind_of(record.data))
            for seed in ([0] if changes(record) else []) + (list(seeds) if cuts is None or n in cuts else []):
                self.disk.cut(to, seed)
                points += 1
                self.match(sent, self.asks(to)[0][len(first):], known, n, seed)
        return points

    def match(self, sent, asks, known, n, seed):
        left = list(asks)
        for request in sent:
            assert request in known, "no step is known that sends %s" % request
            found = next((ask for ask in left if ask in known[request]), None)
            assert found, "power cut after operation %d (seed %d): %s was sent, and on disk is only %s" % (
                n, seed, request, asks)
            left.remove(found)

    def lose_power(self, seed):
        """The machine starts again, with what is left on its disk."""
        self.disk.cut(self.disk_folder + "/after", seed)
        shutil.rmtree(self.root)
        shutil.copytree(self.disk_folder + "/after", self.root)

    def keep_before(self):
        self.root_before = self.disk_folder + "/before"
        shutil.rmtree(self.root_before, ignore_errors=True)
        shutil.copytree(self.root, self.root_before)

    def end(self):
        """On a healthy disk, what was begun is ended by the command that a person would type."""
        story, c = self.story, self.c
        for _ in range(2):
            moves = [m for m in c.moves() if m["state"] not in ("failed", "skipped")]
            assert len(moves) <= 1, moves
            if moves and moves[0]["state"] == story.end:
                return moves[0]
            args = story.command() if story.moved_before or not moves else ["resume", "-y", "--settle", "1"]
            c.rezone(*args, env=c.fast).expect(story.exit)
        raise AssertionError("it does not end: %s" % c.moves())

    def effects(self):
        return {kind: sum(counts.values()) for kind, counts in self.c.backend.effects().items()}


class Golden:
    """What each story does on a healthy disk: its operations, its effects, and which step sends which request."""

    def __init__(self, options):
        self.known, self.operations, self.effects, self.cuts = {}, {}, {}, 0
        self.worlds = []
        for name in STORIES:
            self.tell(options, name)
        for world in self.worlds:
            try:
                self.cuts += world.check_intents(self.known, range(options.seeds))
            finally:
                world.close(False)

    def tell(self, options, name):
        world = World(options, STORIES[name]())
        self.worlds.append(world)
        world.keep_before()
        before = len(world.asks(world.root_before)[0])
        world.run(world.story.command()).expect(world.story.exit)
        self.operations[name] = sum(r.letter not in "NX" for r in world.log)
        sent = [kind_of(r.data) for r in world.log if changes(r)]
        shutil.rmtree(world.disk_folder + "/copy", ignore_errors=True)
        shutil.copytree(world.root, world.disk_folder + "/copy")
        asks = world.asks(world.disk_folder + "/copy")[0][before:]
        assert len(sent) == len(asks) > 2, "%s: sent %s, asked %s" % (name, sent, asks)
        for request, ask in zip(sent, asks):
            self.known.setdefault(request, set()).add(ask)
        world.end()
        self.effects[name] = world.effects()


def words_are_clear(run, world):
    """It says which file, and, once something was asked for, which server and the command to go on."""
    run.says(world.disk_folder + "/disk")
    if any(changes(r) for r in world.log):
        run.says(world.c.name())
        assert re.search(r"rezone (resume|commit|discard)", run.err), "no command to go on is named:\n%s" % run


def one_fault(options, golden, name, kind, times, at):
    """True: the fault was met."""
    world, keep = World(options, STORIES[name]()), True
    try:
        world.keep_before()
        story = world.story
        run = world.run(story.command(), at=at, kind=kind, times=times)
        met = any(r.letter == "X" for r in world.log) or run.exit == -signal.SIGKILL
        if kind == "kill":
            assert run.exit in (-signal.SIGKILL, story.exit), run
        else:
            assert run.exit in (story.exit, 6), "exit %s:\n%s" % (run.exit, run)
        if run.exit == 6:
            assert met, "it ended without having met a fault:\n%s" % run
            words_are_clear(run, world)
        world.check_intents(golden.known)
        if kind in ("kill", "sync") or run.exit == story.exit:
            world.lose_power(0 if run.exit == story.exit else at % 5)
        if run.exit == story.exit:
            states = [m["state"] for m in world.c.moves()]
            assert states == [story.end], "it said that all is well, and after a power cut there is %s" % states
        world.end()
        assert world.effects() == golden.effects[name], "effects: %s instead of %s" % (world.effects(), golden.effects[name])
        world.c.check()
        keep = False
        return met, run.exit
    except Exception as error:
        error.place = world.c.folder
        raise
    finally:
        world.close(keep)


# ---- single cases

def until_room(options, golden):
    """A full disk says so; when somebody makes room within half a minute, it goes on."""
    world, keep = World(options, STORIES["forward"]()), True
    try:
        full = world.disk_folder + "/full"
        with open(full, "w"):
            pass
        # when half of the operations are done, in the middle of the way
        env = world.preload(root=world.root, log=world.disk_folder + "/log", kind="full", until=full,
                            at=golden.operations["forward"] // 2, speed=2)
        run = world.c.rezone.begin(*world.story.command(), env=env)

        def told():
            run.read()
            return "no space is left" in run.err or not run.running()
        world.c.wait("word of the full disk", told, 60)
        assert run.running(), "it did not wait for room:\n%s" % run.finish(5)
        sent = len(world.c.backend.requests())
        mutations = [r for r in world.c.backend.requests() if r["mutating"]]
        # several tries later it is full still, and no step was begun
        world.c.wait("tries", lambda: len([r for r in power.read_log(env["DISK_LOG"]) if r.letter == "X"]) > 4, 30)
        assert [r for r in world.c.backend.requests() if r["mutating"]] == mutations, sent
        os.unlink(full)
        run.finish(60).expect(0)
        world.end()
        assert world.effects() == golden.effects["forward"]
        world.c.check()
        keep = False
    finally:
        world.close(keep)


class Tmpfs:
    """A real small file system in the place of the world's disk."""

    def __init__(self, root):
        if os.geteuid() != 0:
            raise Skip("a tmpfs of its own needs root")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "rezone-test", root],
                              stderr=subprocess.PIPE, universal_newlines=True)
        if done.returncode:
            raise Skip("no tmpfs can be mounted here: " + done.stderr.strip())
        self.root, self.filler = root, root + "/filler"

    def fill(self):
        with open(self.filler, "ab", buffering=0) as f:
            for size in (4096, 1):
                try:
                    while True:
                        f.write(bytes(size))
                except OSError:
                    pass

    def umount(self):
        subprocess.run(["umount", "-l", self.root], check=True)


def full_tmpfs(options, golden, room):
    """A small tmpfs is filled while the cloud works on the snapshots of four moves."""
    world, keep, tmpfs = World(options, None), True, None
    c = world.c
    try:
        tmpfs = Tmpfs(world.root)
        c.backend.control("POST", "/config", {"jobs": dict(QUICK_JOBS, snapshot=2), "quota": {"instances": 50, "cores": 100}})
        ids = [c.boot("vm%d" % n) for n in range(4)]
        run = c.rezone.begin("move", *ids, "--to", "az2", "--addresses", "new", "-y", "--settle", "1",
                             env=world.preload(speed=2 if room else SPEED))
        c.wait("the snapshots begun", lambda: len(c.our_images()) == len(ids) or not run.running())
        assert run.running(), run.finish(5)
        tmpfs.fill()

        def told():
            run.read()
            return "no space is left" in run.err or not run.running()
        c.wait("word of the full disk", told, 60)
        mutations = [r for r in c.backend.requests() if r["mutating"]]
        if room:
            os.unlink(tmpfs.filler)
            run.finish(90).expect(0)
        else:
            run.finish(90).expect(6).says("no space is left", "rezone resume", world.root)
            assert [r for r in c.backend.requests() if r["mutating"]] == mutations, "a step was begun on a full disk"
            # what is full can still be read
            assert len(c.rezone.status().expect(0).json) == len(ids)
            c.rezone("resume", "-y", "--settle", "1", env=c.fast).expect(6).says("no space is left")
            os.unlink(tmpfs.filler)
            c.rezone("resume", "-y", "--settle", "1", env=c.fast).expect(0)
        assert [m["state"] for m in c.moves()] == ["moved"] * len(ids), c.moves()
        doubles = {kind: n for kind, n in world.effects().items() if kind == "image_create" and n != len(ids) or
                   kind == "server_create" and n != 2 * len(ids)}
        assert not doubles, doubles
        c.check()
        keep = False
    finally:
        if tmpfs:
            tmpfs.umount()
        world.close(keep)


def tmpfs_full_for_good(options, golden):
    full_tmpfs(options, golden, False)


def tmpfs_full_for_a_moment(options, golden):
    full_tmpfs(options, golden, True)


def on_files(case):
    """A case of files.py in a world of its own."""
    def one(options, golden):
        world, keep = World(options, None), True
        try:
            case(world)
            keep = False
        finally:
            world.close(keep)
    one.__name__ = case.__name__
    return one


CASES = [until_room, tmpfs_full_for_a_moment, tmpfs_full_for_good] + [on_files(case) for case in files.CASES]


# ---- the loop

class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.passed = self.failed = self.skipped = 0

    def say(self, good, words):
        with self.lock:
            self.passed += good
            self.failed += not good
            if words:
                print(("ok   " if good else "FAIL ") + words, flush=True)


def attempt(tally, words, function, *args):
    began = time.monotonic()
    try:
        found = function(*args)
        return time.monotonic() - began if found is None else found
    except Skip as reason:
        with tally.lock:
            tally.skipped += 1
            print("skip %s: %s" % (words, reason), flush=True)
    except Exception as error:
        plain = isinstance(error, AssertionError)
        place = traceback.extract_tb(error.__traceback__)[-1]
        tally.say(False, "%s: %s%s (line %d)\n     kept: %s" % (
            words, "" if plain else type(error).__name__ + ": ", str(error).replace("\n", "\n     "), place.lineno,
            getattr(error, "place", "-")))
    return None


def all_points(tally, options, golden, pool, story, kind, times, offset):
    """Every stride-th point, until one is not met; beyond the operations of a healthy run nothing can be."""
    first = options.at or 1 + offset % options.stride
    last = options.at or golden.operations[story] + 2 * options.stride
    futures = {}
    for at in range(first, last + 1, 1 if options.at else options.stride):
        words = "%s, %s x%d at operation %d" % (story, kind, times, at)
        futures[at] = pool.submit(attempt, tally, words, one_fault, options, golden, story, kind, times, at)
    return futures


def compile_library(options):
    folder = tempfile.mkdtemp(prefix="rezone-store-")
    library = folder + "/disk.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-g", "-o", library, HERE + "/disk.c"], check=True)
    # a sanitizer's own library has to come first
    needs = subprocess.run(["ldd", options.rezone], stdout=subprocess.PIPE, universal_newlines=True).stdout
    sanitizer = re.search(r"=> (\S*libasan\S*)", needs)
    options.preload = (sanitizer.group(1) + ":" if sanitizer else "") + library
    return folder


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rezone", default=TOP + "/rezone", help="the binary (default: at the top of the tree)")
    parser.add_argument("--fake", default=TOP + "/tests/fake/fakecloud", help="the fake cloud's binary")
    parser.add_argument("--quick", action="store_true", help="some points of each kind, in less than a minute")
    parser.add_argument("--cases", action="store_true", help="only the single cases, not the loop")
    parser.add_argument("--story", choices=sorted(STORIES), action="append", help="only this one; may be repeated")
    parser.add_argument("--fault", metavar="KIND:TIMES", action="append", help="only this one, as full:0; may be repeated")
    parser.add_argument("--at", type=int, help="only this operation")
    parser.add_argument("--stride", type=int, default=1, help="each so manieth operation (default: all)")
    parser.add_argument("--offset", type=int, default=0, help="of the first one")
    parser.add_argument("--seeds", type=int, default=6, help="power cuts at each operation of a healthy run")
    parser.add_argument("-j", dest="jobs", type=int, default=2, help="so many worlds beside each other")
    options = parser.parse_args()
    options.cloud, options.kills, options.microversion, options.timeout = "fake", 0, None, 120
    options.rezone, options.fake = os.path.abspath(options.rezone), os.path.abspath(options.fake)
    if options.quick:
        options.stride, options.seeds = 193, 3
    options.faults = [(f.split(":")[0], int(f.split(":")[1])) for f in options.fault or []] or FAULTS
    for path in (options.rezone, options.fake):
        if not os.access(path, os.X_OK):
            sys.exit("store: no program %s (build it first, or name it)" % path)
    return options


def main():
    options, tally, began = parse(), Tally(), time.monotonic()
    folder = compile_library(options)
    try:
        golden = Golden(options)
        tally.say(True, "%d power cuts in healthy runs: each request has its intent on disk" % golden.cuts)
        print("     operations: " + ", ".join("%s %d" % x for x in golden.operations.items()), flush=True)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            cases, told = [], []
            if not options.at and not options.fault:
                cases = [(case.__name__, pool.submit(attempt, tally, case.__name__, case, options, golden)) for case in CASES]
            for number, (kind, times) in enumerate([] if options.cases else options.faults):
                for place, story in enumerate(options.story or STORIES):
                    offset = options.offset + (number * 4 + place) * 37
                    told.append((kind, times, story, all_points(tally, options, golden, pool, story, kind, times, offset)))
            for name, future in cases:
                seconds = future.result()
                if seconds:
                    tally.say(True, "%-34s %5.1f s" % (name, seconds))
            for kind, times, story, futures in told:
                results = [f.result() for f in futures.values()]
                done = [r for r in results if r]
                met, ended = sum(bool(r[0]) for r in done), sum(r[1] != STORIES[story]().exit for r in done)
                with tally.lock:
                    tally.passed += len(done)
                print("%-4s %s, %s x%s: %d points met, %d ended the command" % (
                    "ok" if len(done) == len(results) else "FAIL", story, kind, times or "all", met, ended), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("%d s" % (time.monotonic() - began))
    skipped = ", %d skipped" % tally.skipped if tally.skipped else ""
    print("%d passed, %d failed%s" % (tally.passed, tally.failed, skipped))
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
