#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The matrix of cloud faults: every request of a move x every fault x once or for good, on the fake cloud.

Needs a rezone built with --enable-crash-points, whose clock runs --rate times as fast here: with the pauses, limits and
timeouts that users get. What each cell must end in stands in rules.py.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "e2e")]
sys.dont_write_bytecode = True

import cell  # noqa: E402  (found through the path set above)
import faults  # noqa: E402
import gate  # noqa: E402
import rules  # noqa: E402
import walks  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rezone", default=TOP + "/rezone", help="the binary (default: at the top of the tree)")
    parser.add_argument("--fake", default=TOP + "/tests/fake/fakecloud", help="the fake cloud's binary")
    parser.add_argument("--microversion", metavar="V", default="2.104", help="the highest one that the fake cloud speaks")
    parser.add_argument("-j", dest="jobs", type=int, default=2, help="so many cells beside each other")
    parser.add_argument("--only", metavar="PATTERN", action="append", default=[],
                        help="only cells whose name contains this, or matches it as a glob; may be repeated")
    parser.add_argument("--walk", action="append", choices=list(walks.WALKS), help="only this walk; may be repeated")
    parser.add_argument("--stride", type=int, default=1, metavar="N", help="every N-th cell")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin the stride at this cell")
    parser.add_argument("--seconds", type=int, default=0, help="begin no new cell after so many seconds; those left out are said")
    parser.add_argument("--rate", type=int, default=40, help="how much faster rezone's clock runs")
    parser.add_argument("--timeout", type=int, default=60, help="seconds that one command may take: more is a hang")
    parser.add_argument("--list", action="store_true", help="print the cells' names and what is right, and end")
    options = parser.parse_args()
    options.cloud, options.kills = "fake", 0
    for name in ("rezone", "fake"):
        path = os.path.abspath(getattr(options, name))
        setattr(options, name, path)
        if not os.access(path, os.X_OK):
            sys.exit("faults: no program %s (build it first, or name it with --%s)" % (path, name))
    return options


def is_possible(request, fault, times):
    """A door that is shut before the program starts may be open again when it comes."""
    return not (fault.kind == "refused" and times == "once" and request.number == 0)


def all_cells(options):
    found = []
    for walk in walks.WALKS.values():
        if not options.walk or walk.name in options.walk:
            found += [cell.Cell(request, fault, times) for request in cell.undisturbed(options, walk)
                      for fault in faults.FAULTS for times in fault.times if is_possible(request, fault, times)]
    return found


def chosen(options):
    cells = [c for c in all_cells(options)
             if not options.only or any(p in c.name or fnmatch.fnmatch(c.name, p) for p in options.only)]
    return cells[options.first % options.stride::options.stride]


class Tally:
    """What came out, for the table at the end."""

    def __init__(self, options, total):
        self.options, self.total, self.lock = options, total, threading.Lock()
        self.ends, self.problems, self.done, self.skipped = collections.Counter(), collections.Counter(), 0, 0
        self.kinds, self.began = collections.Counter(), time.monotonic()

    def one(self, c):
        if self.options.seconds and time.monotonic() - self.began > self.options.seconds:
            with self.lock:
                self.skipped += 1
            return
        end, seconds, problem, words = cell.perform(c, self.options)
        with self.lock:
            self.done += 1
            self.ends[c.fault.name, end] += 1
            self.kinds[end] += 1
            if problem:
                self.problems[problem] += 1
                print("FAIL %-9s %-90s %5.1f s\n     %s" % (problem, c.name, seconds, words.replace("\n", "\n     ")), flush=True)
            elif self.done % 100 == 0:
                print("     %d of %d, %d s" % (self.done, self.total, time.monotonic() - self.began), flush=True)

    def table(self):
        print("\n%-14s" % "fault" + "".join("%9s" % end for end in rules.ENDS))
        for fault in faults.FAULTS:
            row = [self.ends[fault.name, end] for end in rules.ENDS]
            if any(row):
                print("%-14s" % fault.name + "".join("%9s" % (n or "") for n in row))
        print("%-14s" % "all" + "".join("%9s" % (self.kinds[end] or "") for end in rules.ENDS))
        if self.problems:
            print("problems: " + ", ".join("%s %d" % item for item in self.problems.most_common()))


def is_fast(path):
    """Does this build read REZONE_CLOCK_RATE?"""
    with open(path, "rb") as f:
        return b"REZONE_CLOCK_RATE" in f.read()


def main():
    options = parse()
    if not is_fast(options.rezone):
        sys.exit("faults: %s has no fast clock: configure with --enable-crash-points" % options.rezone)
    options.trap = gate.Trap()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    cells = chosen(options)
    if options.list:
        for c in cells:
            print("%-100s %s" % (c.name, " ".join(sorted(rules.allowed(c.request, c.fault, c.times)))))
        return 0
    tally = Tally(options, len(cells))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        try:
            for future in [pool.submit(tally.one, c) for c in cells]:
                future.result()
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            print("interrupted")
            return 130
    tally.table()
    failed = sum(tally.problems.values())
    print("%d cells in %d s%s" % (tally.done, time.monotonic() - tally.began,
                                  ", %d left out for want of time" % tally.skipped if tally.skipped else ""))
    print("%d passed, %d failed" % (tally.done - failed, failed))
    return 1 if failed or not tally.done else 0


if __name__ == "__main__":
    sys.exit(main())
