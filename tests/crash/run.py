#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The crash loop: the real binary (--enable-crash-points) dies at every point of every walk, against the fake cloud."""
import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, TOP + "/tests/e2e"]
sys.dont_write_bytecode = True

import broken_worlds  # noqa: E402
import scenario  # noqa: E402  (found through the path set above)
from tables import BY_NAME, TABLES  # noqa: E402

# The quick loop: all points of these, and each so-manieth of the others.
STORIES = 10  # of so many failures what happened is printed
QUICK_WHOLE, QUICK_STRIDE, QUICK_PAIRS = ("forward",), 19, 100


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rezone", default=TOP + "/rezone", help="a binary of a build with --enable-crash-points")
    parser.add_argument("--fake", default=TOP + "/tests/fake/fakecloud", help="the fake cloud's binary")
    parser.add_argument("--table", action="append", choices=sorted(BY_NAME), help="only this walk; may be repeated")
    parser.add_argument("--only", action="append", metavar="SCENARIO", help="only this one, as the loop names it")
    parser.add_argument("--part", action="append", choices=["points", "ways", "pairs"], help="only this part of the loop")
    parser.add_argument("--pairs", type=int, default=1000, help="so many double deaths (1000)")
    parser.add_argument("--seed", default=None, help="of the pairs; else a new one, which is printed")
    parser.add_argument("--pair", type=int, help="only the pair of this number")
    parser.add_argument("--quick", action="store_true", help="a part of it that takes less than two minutes")
    parser.add_argument("-j", dest="jobs", type=int, default=(os.cpu_count() or 2) * 3, help="so many worlds beside each other")
    parser.add_argument("--keep", action="store_true", help="keep the folders of what failed")
    parser.add_argument("-v", dest="verbose", action="store_true", help="a line for each scenario")
    options = parser.parse_args()
    for name in ("rezone", "fake"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
        if not os.access(getattr(options, name), os.X_OK):
            parser.error("no program %s (build it first, or name it with --%s)" % (getattr(options, name), name))
    options.parts = options.part or ["points", "ways", "pairs"]
    options.tables = [t for t in TABLES if not options.table or t.name in options.table]
    return options


class Options:
    """What a worker needs of the command line."""

    def __init__(self, options, log=None):
        self.rezone, self.fake, self.work, self.keep, self.log = options.rezone, options.fake, options.work, options.keep, log


def work(job):
    name, options, limits = job
    began = time.monotonic()
    return (name,) + scenario.perform(name, options, limits) + (time.monotonic() - began,)


def worker():
    """Who is at the keyboard means the loop, which ends its workers; their clouds end with them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Loop:
    def __init__(self, options, pool):
        self.options, self.pool = options, pool
        self.counts = {"ok": 0, "unmet": 0, "void": 0, "FAIL": 0}
        self.points, self.changes, self.own, self.limits = {}, {}, {}, {}

    def measure(self, tables):
        """An undisturbed run of each table: its points, its changes, and how often each effect comes about."""
        names = {t.name for t in tables} | {like for t in tables for like in t.like}
        logs = {name: "%s/%s.points" % (self.options.work, name) for name in names}
        jobs = [(name + "/", Options(self.options, logs[name]), None) for name in sorted(names)]
        for full, verdict, words, facts, _ in self.pool.imap_unordered(work, jobs):
            name = full[:-1]
            if verdict != "ok":
                sys.exit("crash: undisturbed, %s fails already:\n%s" % (name, words))
            self.own[name] = facts["effects"]
            with open(logs[name]) as f:
                lines = f.read().split("\n")[:-1]
                self.points[name], self.changes[name] = len(lines), lines.count("before send")
        for table in tables:
            self.limits[table.name] = dict(self.own[table.name])
            for like in table.like:
                for effect, n in self.own[like].items():
                    self.limits[table.name][effect] = max(n, self.limits[table.name].get(effect, 0))

    def play(self, names):
        """Plays them all beside each other; the names of those whose point was met."""
        met = []
        jobs = [(name, Options(self.options), self.limits[name.split("/")[0]]) for name in names]
        for name, verdict, words, _, seconds in self.pool.imap_unordered(work, jobs):
            self.counts[verdict] += 1
            if verdict in ("ok", "void"):
                met.append(name)
            if verdict == "FAIL" and self.counts["FAIL"] > STORIES:
                print("FAIL %s" % name, flush=True)
            elif verdict == "FAIL":
                print("FAIL %-40s %5.1f s\n     %s" % (name, seconds, words.replace("\n", "\n     ")), flush=True)
            elif self.options.verbose:
                print("%-5s%-40s %5.1f s" % (verdict, name, seconds), flush=True)
        return met

    def until_unmet(self, first, shape, count, stride=1):
        """Plays shape(1), shape(2), ... and beyond count until nothing is met any more."""
        met = self.play([shape(n) for n in range(first, count + 3, stride)])
        n = count + 3
        while stride == 1 and shape(n - 1) in met:
            met += self.play([shape(n)])
            n += 1
        return len(met)

    def all_points(self):
        total = 0
        for table in self.options.tables:
            stride = QUICK_STRIDE if self.options.quick and table.name not in QUICK_WHOLE else 1
            n = self.until_unmet(1 + random.randrange(stride), lambda n: "%s/%d" % (table.name, n),
                                 self.points[table.name], stride)
            print("points  %-16s %4d of %d" % (table.name, n, self.points[table.name]), flush=True)
            total += n
        return total

    def all_ways(self):
        total = 0
        for table in self.options.tables:
            names = ["%s/%s:%d" % (table.name, way, n) for way in scenario.WAYS for n in range(1, self.changes[table.name] + 2)]
            names += ["%s/%s" % (table.name, scenario.PROBED)] * ("{probe}" in " ".join(table.dies))
            if self.options.quick:
                names = random.sample(names, len(names) // QUICK_STRIDE // 2)
            n = len(self.play(names))
            print("ways    %-16s %4d of %d changes" % (table.name, n, self.changes[table.name]), flush=True)
            total += n
        return total

    def pair(self, seed, number):
        """A table, where it dies first, and where the one that goes on dies."""
        dice = random.Random("%s/%d" % (seed, number))
        table = dice.choice(self.options.tables)
        points, changes = self.points[table.name], self.changes[table.name]
        n = dice.randint(1, points)
        first = str(n)
        if dice.random() < 0.3:
            k = dice.randint(1, changes)
            first = "%s:%d" % (dice.choice(["never", "lost", "late:dead", "late:look"]), k)
            n = points * k // changes
        return "%s/%s+%d" % (table.name, first, dice.randint(1, max(6, points - n)))

    def all_pairs(self):
        seed = self.options.seed or "%08x" % random.SystemRandom().randrange(1 << 32)
        print("pairs   seed %s" % seed, flush=True)
        if self.options.pair is not None:
            return len(self.play([self.pair(seed, self.options.pair)]))
        wanted = QUICK_PAIRS if self.options.quick else self.options.pairs
        drawn = met = failed = 0
        while met + failed < wanted:  # some end before their second death: others take their place
            names = [self.pair(seed, drawn + i) for i in range(wanted - met - failed)]
            before = self.counts["FAIL"]
            met += len(self.play(names))
            failed += self.counts["FAIL"] - before
            drawn += len(names)
        print("pairs   %d drawn, both deaths met in %d" % (drawn, met), flush=True)
        return met


def end_all(number, frame):
    raise KeyboardInterrupt


def main():
    options = parse()
    began = time.monotonic()
    print("checker %d broken worlds are seen as such" % broken_worlds.prove(), flush=True)
    options.work = tempfile.mkdtemp(prefix="rezone-crash-")
    signal.signal(signal.SIGTERM, end_all)
    status = 1
    with multiprocessing.Pool(options.jobs, worker) as pool:  # leaving it ends the workers
        loop = Loop(options, pool)
        try:
            if options.only:
                loop.measure([scenario.parse(name)[0] for name in options.only])
                loop.play(options.only)
            else:
                loop.measure(options.tables)
                parts = {"points": loop.all_points, "ways": loop.all_ways, "pairs": loop.all_pairs}
                for part in (["pairs"] if options.pair is not None else options.parts):
                    parts[part]()
            status = 1 if loop.counts["FAIL"] or not loop.counts["ok"] else 0
        except KeyboardInterrupt:
            status = 130
    print("%d ended before their point was met, %d came later than the contract; %.0f s" % (
        loop.counts["unmet"], loop.counts["void"], time.monotonic() - began))
    print("%d passed, %d failed" % (loop.counts["ok"], loop.counts["FAIL"]))
    if not options.keep:
        shutil.rmtree(options.work, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
