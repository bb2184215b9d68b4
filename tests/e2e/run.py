#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The end-to-end suite: the real binary against the fake cloud, or against a cloudlab that is up."""
import argparse
import concurrent.futures
import fnmatch
import glob
import importlib
import inspect
import os
import re
import signal
import sys
import threading
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import harness  # noqa: E402  (found through the path set above)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cloud", choices=["fake", "lab"], default="fake")
    parser.add_argument("--rezone", default=TOP + "/rezone", help="the binary (default: at the top of the tree)")
    parser.add_argument("--fake", default=TOP + "/tests/fake/fakecloud", help="the fake cloud's binary")
    parser.add_argument("--microversion", metavar="V", help="the highest one that the fake cloud speaks")
    parser.add_argument("-k", dest="patterns", metavar="PATTERN", action="append", default=[],
                        help="only cases whose name contains this, or matches it as a glob; may be repeated")
    parser.add_argument("--part", metavar="K/N", type=part, help="only the K-th of N parts of the cases, by their names")
    parser.add_argument("--always", metavar="PATTERN", action="append", default=[], help="with --part: these in any part; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the cases' names and end")
    parser.add_argument("-j", dest="jobs", type=int, default=1, help="so many cases beside each other")
    parser.add_argument("--kills", type=int, default=5, help="how often the kill cases kill")
    parser.add_argument("--moments", metavar="N|steps|all",
                        help="at so many moments of a command each meddler comes; before and after every change of it; at every "
                             "request (hours)")
    parser.add_argument("--lies", type=int, default=4, metavar="N", help="so many random moves on a cloud that lies")
    parser.add_argument("--peaks", action="store_true", help="print the peak memory on a cloud without measure")
    parser.add_argument("--meddler", default="", metavar="WORDS", help="only meddlers whose name contains this (with --moments)")
    parser.add_argument("--outage", type=float, default=5, metavar="SECONDS", help="how long the lost network stays lost")
    parser.add_argument("--timeout", type=int, help="seconds that one command may take (fake 90, lab 600)")
    options = parser.parse_args()
    options.timeout = options.timeout or {"fake": 90, "lab": 600}[options.cloud]
    for name in ("rezone", "fake"):
        path = os.path.abspath(getattr(options, name))
        setattr(options, name, path)
        if not options.list and (name == "rezone" or options.cloud == "fake") and not os.access(path, os.X_OK):
            sys.exit("e2e: no program %s (build it first, or name it with --%s)" % (path, name))
    return options


def part(words):
    """(K - 1, N)."""
    k, n = (int(word) for word in words.split("/"))
    if not 0 < k <= n:
        raise ValueError(words)
    return k - 1, n


def matches(case, patterns):
    return any(p in case.title or fnmatch.fnmatch(case.title, p) for p in patterns)


def chosen(options):
    for path in sorted(glob.glob(HERE + "/cases_*.py")):
        importlib.import_module(os.path.basename(path)[:-3])

    def wanted(case):
        if options.cloud not in case.on and not options.list:
            return False
        if options.part and not matches(case, options.always):
            k, n = options.part
            # By name, so that a new case leaves the others in their parts.
            if zlib.crc32(case.title.encode()) % n != k:
                return False
        if not options.patterns:
            return options.list or not case.by_hand
        return matches(case, options.patterns)
    return [case for case in harness.CASES if wanted(case)]


def interrupt(number, frame):
    for again in (signal.SIGTERM, signal.SIGINT):
        signal.signal(again, signal.SIG_IGN)
    raise KeyboardInterrupt


def changes_the_cloud(case):
    """Does it, or a function of its module that it calls, set what all cases of a real cloud share?"""
    shared = re.compile(r"\bservice\(|\bquota_set\b|/quotas/|\bused\(")
    module = sys.modules[case.__module__]
    source = {name: inspect.getsource(f) for name, f in vars(module).items()
              if inspect.isfunction(f) and f.__module__ == module.__name__}
    setters = [name for name, text in source.items() if shared.search(text)]
    text = inspect.getsource(case)
    return bool(shared.search(text) or any(re.search(r"\b%s\(" % name, text) for name in setters))


def run_all(one, cases, jobs):
    """False: interrupted."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            for future in [pool.submit(one, case) for case in cases]:
                future.result()
        except KeyboardInterrupt:
            # a case that runs still puts its servers away: on a real cloud nobody else would
            print("interrupted: ending the cases that run", flush=True)
            pool.shutdown(wait=False, cancel_futures=True)
            harness.interrupt()
            pool.shutdown(wait=True)
            return False
    return True


def main():
    options = parse()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)
    cases = chosen(options)
    if options.list:
        print("\n".join("%-44s %s" % (case.title, "/".join(case.on)) for case in cases))
        return 0
    counts, lock = {"ok": 0, "FAIL": 0, "skip": 0}, threading.Lock()

    def one(case):
        verdict, seconds, words = harness.perform(case, options)
        with lock:
            counts[verdict] += 1
            print("%-4s %-44s %6.1f s%s" % (verdict, case.title, seconds, "   " + words if verdict == "skip" else ""))
            if verdict == "FAIL":
                print("     " + words.replace("\n", "\n     "))
            sys.stdout.flush()

    alone = [case for case in cases if options.cloud != "fake" and changes_the_cloud(case)]
    if not (run_all(one, [case for case in cases if case not in alone], options.jobs) and run_all(one, alone, 1)):
        return 130
    skipped = ", %d skipped" % counts["skip"] if counts["skip"] else ""
    print("%d passed, %d failed%s" % (counts["ok"], counts["FAIL"], skipped))
    return 1 if counts["FAIL"] or not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
