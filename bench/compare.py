#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rezone beside its two yardsticks, in one run on a cloudlab that is up: the cloud's own critical path, and a script.

    compare.py [--rounds 10] [--rezone PATH]

Each round moves one plain server three ways, one after the other, so that a slow minute hurts all of them:
limit.py (one process, one token, 50 ms polls), `rezone move`, and recipe.sh (the openstack client).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path.insert(0, TOP + "/tests/e2e")
sys.dont_write_bytecode = True

from backends import Lab  # noqa: E402
from cloud import Cloud  # noqa: E402


def environment(lab, home):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "REZONE_", "XDG_"))}
    return dict(env, HOME=home, OS_CLIENT_CONFIG_FILE=lab.clouds_yaml, OS_CLOUD="demo", OS_REGION_NAME="RegionOne",
                CLOUDLAB_DIR=lab.lab, PATH="/usr/sbin:/usr/bin:/sbin:/bin")


def peak(pid):
    """KiB at most so far. Not ru_maxrss: Linux counts there what the parent held before the exec."""
    try:
        with open("/proc/%d/status" % pid) as f:
            return max([int(line.split()[1]) for line in f if line.startswith("VmHWM")] or [0])
    except OSError:
        return 0


def run(command, env, **kw):
    """(seconds, peak memory in KiB, stdout, stderr) of a command that must succeed."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.monotonic()
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **kw)
        memory = 0
        while process.poll() is None:
            memory = max(memory, peak(process.pid))
            time.sleep(0.01)
        seconds = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        texts = out.read(), err.read()
    if process.returncode:
        sys.exit("compare: exit %d from %s\n%s" % (process.returncode, " ".join(command), "".join(texts)[-3000:]))
    return seconds, memory, texts[0], texts[1]


class Bench:
    def __init__(self, options):
        self.rezone, self.folder = os.path.abspath(options.rezone), tempfile.mkdtemp(prefix="rezone-bench-")
        self.lab = Lab(self.folder)
        self.cloud = Cloud(self.lab)
        self.env = environment(self.lab, self.folder)
        self.count = 0

    def source(self, name):
        return self.cloud.boot({"name": name})

    def limit(self):
        """Seconds from the stop to ACTIVE."""
        out = run([HERE + "/limit.py", "1"], self.env)[2]
        return float(out.split()[-1])

    def move(self, *options):
        """One `rezone move`: {'wall', 'downtime', 'memory', 'debug'}; puts everything away."""
        self.count += 1
        name = "bench-%d-%d" % (os.getpid(), self.count)
        sid = self.source(name)
        state = ["--state", "%s/%d/rezone.db" % (self.folder, self.count)]
        wall, memory, out, err = run([self.rezone] + state + ["move", sid, "--to", "az2", "--addresses", "new", "-y",
                                                              "-f", "json"] + list(options), self.env)
        move = json.loads(out)[0]
        run([self.rezone] + state + ["commit", move["id"], "-y"], self.env)
        self.cloud.delete_server(move["target_server_id"])
        return {"wall": wall, "downtime": move["downtime_s"], "memory": memory, "debug": err}

    def recipe(self):
        """Wall seconds of the script."""
        self.count += 1
        name = "bench-%d-%d" % (os.getpid(), self.count)
        self.source(name)
        seconds = run([HERE + "/recipe.sh", name, name + "-new"], self.env)[0]
        for server in self.cloud.servers():
            if server["name"] in (name, name + "-new"):
                self.cloud.delete_server(server["id"])
        for image in self.cloud.images():
            if image["name"] == name + "-snapshot":
                self.cloud.delete_image(image["id"])
        return seconds

    def requests(self):
        """(all, changing) requests of one move, counted in the curl lines of --debug."""
        lines = [line for line in self.move("--debug")["debug"].splitlines() if "curl " in line and "http" in line]
        changing = [line for line in lines if any("-X %s " % m in line for m in ("POST", "PUT", "PATCH", "DELETE"))]
        tokens = [line for line in changing if "/auth/tokens" in line]
        return len(lines), len(changing) - len(tokens)

    def start(self, command, times=50):
        return statistics.median(run(command, self.env)[0] for _ in range(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--rezone", default=TOP + "/rezone")
    options = parser.parse_args()
    bench, rows = Bench(options), []
    for n in range(options.rounds):
        row = {"limit": bench.limit(), "recipe": None}
        row.update(bench.move())
        row["recipe"] = bench.recipe()
        rows.append(row)
        print("%2d  limit %.2f s   rezone down %.2f s, command %.2f s   recipe %.2f s" % (
            n + 1, row["limit"], row["downtime"], row["wall"], row["recipe"]), file=sys.stderr, flush=True)
    middle = {k: statistics.median(r[k] for r in rows) for k in ("limit", "downtime", "wall", "recipe", "memory")}
    all_requests, changing = bench.requests()
    version, curl = bench.start([bench.rezone, "--version"]), bench.start(["curl", "-V"])
    print("""| medians of %d rounds, Nova %s | | against |
|---|---|---|
| the cloud's own critical path (limit.py) | %.2f s | |
| rezone, from the stop to the target ACTIVE | %.2f s | %.2f x the limit |
| rezone, the whole command | %.2f s | %.2f x the limit |
| the openstack client's recipe (recipe.sh) | %.2f s | %.1f x rezone's command |
| peak memory of one move | %.1f MiB | |
| requests of one move | %d, of them changing: %d | |
| rezone --version | %.1f ms | curl -V: %.1f ms |""" % (
        len(rows), bench.cloud.admin.version, middle["limit"], middle["downtime"], middle["downtime"] / middle["limit"],
        middle["wall"], middle["wall"] / middle["limit"], middle["recipe"], middle["recipe"] / middle["wall"],
        middle["memory"] / 1024, all_requests, changing, version * 1000, curl * 1000))


if __name__ == "__main__":
    main()
