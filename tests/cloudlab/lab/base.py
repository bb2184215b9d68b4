# SPDX-License-Identifier: Apache-2.0
"""What every part of the lab needs: its places, its ports, how a process is started, watched and ended."""
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMP = tempfile.gettempdir()
LAB = os.environ.setdefault("CLOUDLAB_DIR", os.path.join(TEMP, "cloudlab"))
CACHE = os.environ.get("CLOUDLAB_CACHE", "/var/cache/cloudlab")
with open("/etc/debian_version") as _file:
    DIST = LAB + "/dist-" + _file.read().strip().replace("/", "-")
# CLOUDLAB_MEMBER says which lab a process belongs to, so that `down` finds daemons that left their process group.
ENV = dict(os.environ, PYTHONPATH=os.path.join(HERE, "plugins"), OS_KEYSTONE_CONFIG_DIR=LAB + "/etc/keystone",
           CLOUDLAB_MEMBER=LAB)
PY = "/usr/bin/python3"

DB_PORT, MQ_PORT, MC_PORT = 13306, 15673, 21211
ZONES = {"RegionOne": {"az1": ["az1-1", "az1-2"], "az2": ["az2-1", "az2-2"]},
         "RegionTwo": {"bz1": ["bz1-1"]}}
OFFSET = {"RegionOne": 0, "RegionTwo": 10000}
PORTS = {"keystone": 5000, "glance": 9292, "placement": 8778, "nova": 8774, "neutron": 9696, "cinder": 8776}


def run(cmd, **kw):
    """Run to the end and return the output; a failure ends the lab's command with the output's tail."""
    done = subprocess.run(cmd, shell=isinstance(cmd, str), env=kw.pop("env", ENV), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)
    if done.returncode:
        text = cmd if isinstance(cmd, str) else " ".join(cmd)
        sys.exit("cloudlab: exit %d from: %s\n%s" % (done.returncode, text[:300], done.stdout[-3000:]))
    return done.stdout


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def tail(name, lines=30):
    try:
        with open("%s/log/%s.log" % (LAB, name), errors="replace") as f:
            return "--- the end of %s ---\n%s" % (f.name, "".join(f.readlines()[-lines:]))
    except OSError:
        return ""


def start(name, cmd, env=None):
    with open("%s/log/%s.log" % (LAB, name), "ab") as log:
        proc = subprocess.Popen(cmd, env=env or ENV, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                start_new_session=True, cwd=LAB)
    write(LAB + "/run/boot-id", boot_id())
    write("%s/run/%s.pid" % (LAB, name), str(proc.pid))
    extra = {k: v for k, v in (env or ENV).items() if os.environ.get(k) != v}
    write("%s/run/%s.json" % (LAB, name), json.dumps({"cmd": cmd, "env": extra}))
    return proc


def start_again(name):
    """A process that was started by this name before, with the same words."""
    if dict(pids()).get(name):
        sys.exit("cloudlab: %s runs already" % name)
    try:
        with open("%s/run/%s.json" % (LAB, name)) as f:
            was = json.load(f)
    except OSError:
        sys.exit("cloudlab: nothing called %s was ever started (see status)" % name)
    return start(name, was["cmd"], dict(os.environ, **was["env"]))


def kill(name):
    """SIGKILL a service and everything in its session, as a dying machine would."""
    pid = dict(pids()).get(name)
    if not pid or pid not in sessions():
        sys.exit("cloudlab: %s does not run (see status)" % name)
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as f:
                its = int(path.split("/")[2]), int(f.read().rsplit(")", 1)[1].split()[3])
            if its[1] == pid:
                os.kill(its[0], signal.SIGKILL)
        except OSError:
            pass
    end = time.time() + 10
    while alive(pid) and time.time() < end:
        time.sleep(0.02)


def alive(pid):
    """Runs, and is no zombie that only waits for its parent."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def open_port(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_port(port, name, seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        if open_port(port):
            return
        pid = dict(pids(dead=True)).get(name)
        if pid and not alive(pid):
            sys.exit("cloudlab: %s ended instead of answering on port %d\n%s" % (name, port, tail(name)))
        time.sleep(0.2)
    sys.exit("cloudlab: %s does not answer on port %d after %d s\n%s" % (name, port, seconds, tail(name)))


def check_ports(regions):
    """Refuse early, by name, when something else holds a port that the lab needs."""
    wanted = {"mariadb": DB_PORT, "rabbitmq": MQ_PORT, "memcached": MC_PORT}
    for region in regions:
        wanted.update({"%s of %s" % (k, region): v + OFFSET[region] for k, v in PORTS.items() if k != "keystone"})
    wanted["keystone"] = PORTS["keystone"]
    taken = ["%s (%d)" % (k, v) for k, v in wanted.items() if open_port(v)]
    if taken:
        sys.exit("cloudlab: something else listens on the ports of: " + ", ".join(taken))


def pids(dead=False):
    for path in sorted(glob.glob(LAB + "/run/*.pid")):
        try:
            with open(path) as f:
                pid = int(f.read().strip())
        except (OSError, ValueError):
            continue
        if dead or alive(pid):
            yield os.path.basename(path)[:-4], pid


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as f:
        return f.read().strip()


def sessions():
    """The sessions that start() began, if it was since this machine's boot: else the numbers mean other processes."""
    try:
        with open(LAB + "/run/boot-id") as f:
            return {pid for _, pid in pids(dead=True)} if f.read() == boot_id() else set()
    except OSError:
        return set()


def members():
    """Every process that the lab started, directly or not.

    Found by the variable that they all inherit, since some daemons leave their session; and by their session, since
    some servers write their title over their environment.
    """
    mark, ours = ("CLOUDLAB_MEMBER=" + LAB).encode(), sessions()
    for path in glob.glob("/proc/[0-9]*"):
        pid = int(path.split("/")[2])
        try:
            with open(path + "/environ", "rb") as f:
                marked = mark in f.read().split(b"\0")
            with open(path + "/stat") as f:
                session = int(f.read().rsplit(")", 1)[1].split()[3])
        except OSError:
            continue
        if pid != os.getpid() and (marked or session in ours) and alive(pid):
            yield pid


def stop_all(seconds=20):
    for sig, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10)):
        victims = list(members())
        for pid in victims:
            try:
                os.kill(pid, sig)
            except OSError:
                pass
        end = time.time() + wait
        while time.time() < end and any(alive(pid) for pid in victims):
            time.sleep(0.1)
    left = list(members())
    if left:
        sys.exit("cloudlab: these processes did not end: %s" % left)


def state(**new):
    """What is up: read without arguments, else written."""
    path = LAB + "/state.json"
    if new:
        write(path, json.dumps(new))
        return new
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}
