# SPDX-License-Identifier: Apache-2.0
"""Many moves at once, and everything around them dies: processes, disks, networks, services of the cloud."""
import os
import random
import signal
import subprocess
import sys
import time

from cases_fail import hosts
from harness import Skip, case
from netns import Network, usable

CLOUDLAB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cloudlab", "cloudlab.py")
BATCH = 10


def fleet(c, n, prefix="vm"):
    """n sources with bytes of their own: {id: bytes}."""
    return {sid: c.write(sid) for sid in [c.boot("%s%d" % (prefix, i)) for i in range(n)]}


def slower(c):
    """Jobs that take their time, so that there are many instants to die at."""
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"stop": 0.3, "snapshot": 0.5, "boot": 0.5}})


def all_moved(c, disks):
    """One live target for each, with its bytes; no second one, no second image, nobody running twice."""
    moves = {m["server_id"]: m for m in c.moves() if m["server_id"] in disks}
    assert set(moves) == set(disks), "moves of %d servers, not %d" % (len(moves), len(disks))
    for sid, move in moves.items():
        assert move["state"] == "moved", move
        c.cloud.quiet(move["target_server_id"], "ACTIVE")
        found = c.backend.read_disk(move["target_server_id"])
        assert found[:len(disks[sid])] == disks[sid], "other bytes in the target of %s" % sid
    targets = {m["target_server_id"] for m in moves.values()}
    assert len(targets) == len(disks)
    bad = c.broken(c.moves())
    assert not bad, "\n  ".join(bad)
    return targets


def put_away(c, disks, targets):
    c.rezone("commit", *sorted({m["run_id"] for m in c.moves() if m["state"] == "moved"}), "-y").expect(0)
    for sid in targets:
        c.cloud.delete_server(sid)
        c.taken(sid)
    for sid in disks:
        c.taken(sid)


def kill_group(run):
    """SIGKILL for everything that the command may have started."""
    try:
        os.killpg(run.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    run.finish(10)


def resume_to_the_end(c, disks, *options):
    """Until nothing is left to do; what a killed command had not even planned is moved now."""
    for _ in range(5):
        done = c.rezone("resume", "-y", "--settle", c.settle, *options)
        if done.exit == 0:
            break
        assert done.exit in (2, 4), done
    missing = sorted(set(disks) - {m["server_id"] for m in c.moves() if m["state"] not in ("failed", "skipped")})
    if missing:
        c.rezone.move(*missing, "--to", "az2", "--settle", c.settle).expect(0)


@case(since="2.69")
def killed_and_killed_again(c):
    """--kills N: so many servers, in batches; the whole process group dies at random, resume dies too, until done."""
    slower(c)
    dice, kills, left = random.Random(c.word), 0, c.kills
    while left > 0:
        disks = fleet(c, min(BATCH, left))
        left -= len(disks)
        run = c.rezone.begin("move", *disks, "--to", "az2", "--addresses", "new", "-y", "--settle", c.settle,
                             "--parallel", "5")
        for _ in range(3 + len(disks)):
            end = time.monotonic() + dice.uniform(0.1, 4 if c.kind == "lab" else 0.8)
            while time.monotonic() < end and run.running():
                time.sleep(0.01)
            if not run.running():
                break
            kill_group(run)
            kills += 1
            run = c.rezone.begin("resume", "-y", "--settle", c.settle)
        run.finish(c.rezone.timeout)
        resume_to_the_end(c, disks)
        put_away(c, disks, all_moved(c, disks))
    assert kills, "no command lived long enough to be killed"
    print("     %d moves, %d kills" % (c.kills, kills))


@case(since="2.69")
def lost_network(c):
    """--outage S: the network is away for so long in the middle of ten moves; all are moved in the end."""
    if not usable():
        raise Skip("needs root and network namespaces")
    slower(c)
    disks = fleet(c, BATCH)
    ports = [c.backend.port] if c.kind == "fake" else [5000, 8774, 8776, 8778, 9292, 9696]
    network = Network(c.word, ports)
    c.later(network.close)
    c.rezone.prefix = network.prefix
    run = c.rezone.begin("move", *disks, "--to", "az2", "--addresses", "new", "-y", "--settle", c.settle, "--parallel", "10")
    c.wait("a server stopped", lambda: not run.running() or any(
        c.cloud.server(sid)["status"] == "SHUTOFF" for sid in disks))
    assert run.running(), run.finish(5)
    network.pull()
    time.sleep(c.options.outage)
    network.plug()
    done = run.finish(c.rezone.timeout)
    assert done.exit in (0, 4), done
    if done.exit == 4:
        done.says("rezone resume")
    resume_to_the_end(c, disks)
    put_away(c, disks, all_moved(c, disks))


@case(since="2.69")
def full_disk(c):
    """The folder of the state file fills up in the middle of ten moves: it stops, says so, and goes on when there is room."""
    if os.geteuid():
        raise Skip("needs root to mount a small file system")
    slower(c)
    small = c.folder + "/small"
    os.makedirs(small)
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "rezone-e2e", small]):
        raise Skip("this machine does not let us mount")
    c.later(subprocess.run, ["umount", "-l", small], check=True)
    c.rezone.state = small + "/rezone.db"
    disks = fleet(c, BATCH)
    run = c.rezone.begin("move", *disks, "--to", "az2", "--addresses", "new", "-y", "--settle", c.settle, "--parallel", "5")
    c.wait("a server stopped", lambda: not run.running() or any(
        c.cloud.server(sid)["status"] == "SHUTOFF" for sid in disks))
    assert run.running(), run.finish(5)
    fill = small + "/fill"
    with open(fill, "wb", buffering=0) as f:
        try:
            while run.running():
                f.write(bytes(4096))
        except OSError:
            pass
        # what SQLite had left over goes too
        end = time.monotonic() + 120
        while run.running() and time.monotonic() < end:
            try:
                f.write(bytes(4096))
            except OSError:
                time.sleep(0.01)
    done = run.finish(c.rezone.timeout).expect(6)
    done.says("rezone resume", small)
    os.unlink(fill)
    resume_to_the_end(c, disks)
    put_away(c, disks, all_moved(c, disks))


def service(verb, name):
    done = subprocess.run([sys.executable, CLOUDLAB, verb, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, "cloudlab %s %s: %s" % (verb, name, done.stdout)


def service_dies(c, name_of, port=None):
    """A service is killed in the middle of a move and comes back: moved, or as it was, or held with a reason; nothing lost."""
    dice = random.Random(c.word)
    c.backend.host_faults(hosts("az1", snapshot_s=1))
    for when in ("SHUTOFF", "image", "target"):
        sid = c.boot(when)
        data, name = c.data, name_of(c, sid)
        run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "--settle", c.settle,
                             "--step-timeout", "stop=120", "--step-timeout", "snapshot=180", "--step-timeout", "boot=180")
        reached = {
            "SHUTOFF": lambda: c.cloud.server(sid)["status"] == "SHUTOFF" or c.cloud.server(sid)["OS-EXT-STS:task_state"],
            "image": lambda: c.our_images(),
            "target": lambda: len([s for s in c.servers() if s["id"] != sid and s["name"] == c.name(when)]) > 0}[when]
        c.wait(when, lambda: not run.running() or reached())
        time.sleep(dice.uniform(0, 0.5))
        service("kill", name)
        try:
            time.sleep(dice.uniform(2, 6))
        finally:
            service("start", name)
        run.finish(c.rezone.timeout)
        c.wait("the cloud to answer again", lambda: answers(c), 120)
        for _ in range(4):
            move = [m for m in c.moves() if m["server_id"] == sid][0]
            if move["state"] in ("moved", "undone", "failed"):
                break
            if move["state"] == "held" and move["serving"] != "target":
                assert move["held_reason"], move
            # a task whose message was lost with a host or the bus is nobody's any more: its host clears it when it starts
            done = c.rezone("resume", "-y", "--settle", c.settle)
            assert done.exit in (0, 2, 4), done
        print("     %s killed at %s: %s %s" % (name, when, move["state"], move["error"] or move["held_reason"] or ""), flush=True)
        if move["state"] == "moved":
            c.cloud.quiet(move["target_server_id"], "ACTIVE")
            assert c.backend.read_disk(move["target_server_id"])[:len(data)] == data
            c.rezone("commit", move["id"], "-y").expect(0)
            c.cloud.delete_server(move["target_server_id"])
            c.taken(move["target_server_id"])
            c.taken(sid)
        else:
            assert move["state"] in ("undone", "failed"), move
            c.cloud.quiet(sid, "ACTIVE")
            assert not c.our_images(), c.our_images()
        bad = c.broken(c.moves())
        assert not bad, "\n  ".join(bad)


def answers(c):
    try:
        return c.cloud.servers() is not None and c.cloud.images() is not None and c.cloud.ports() is not None
    except Exception:
        return False


def region(part):
    return lambda c, sid: "regionone-" + part


@case(on=("lab",), by_hand=True)
def keystone_dies(c):
    service_dies(c, lambda c, sid: "keystone")


@case(on=("lab",), by_hand=True)
def nova_api_dies(c):
    service_dies(c, region("nova"))


@case(on=("lab",), by_hand=True)
def glance_dies(c):
    service_dies(c, region("glance"))


@case(on=("lab",), by_hand=True)
def neutron_dies(c):
    service_dies(c, region("neutron"))


@case(on=("lab",), by_hand=True)
def conductor_dies(c):
    service_dies(c, region("conductor"))


@case(on=("lab",), by_hand=True)
def the_bus_dies(c):
    service_dies(c, lambda c, sid: "rabbitmq")


@case(on=("lab",), by_hand=True)
def the_source_host_dies(c):
    service_dies(c, lambda c, sid: "regionone-compute-" + c.cloud.server(sid)["OS-EXT-SRV-ATTR:host"])


@case(on=("lab",), by_hand=True)
def a_target_host_dies(c):
    service_dies(c, region("compute-az2-1"))
