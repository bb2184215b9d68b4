# SPDX-License-Identifier: Apache-2.0
"""Where OpenStack comes from: this Debian's packages, or another Debian release's in a folder of its own."""
import glob
import os
import shutil
import subprocess
import sys

from .base import CACHE, DIST, ENV, HERE, LAB, PY, TEMP, run, write

PACKAGES = """python3-keystone python3-glance python3-placement python3-nova python3-neutron
 python3-cinder rabbitmq-server mariadb-server python3-pymysql memcached python3-memcache qemu-utils
 uwsgi-core uwsgi-plugin-python3 python3-openstackclient python3-openstacksdk""".split()
SUITES = ("bullseye", "bookworm", "trixie", "sid")
MIRROR = os.environ.get("CLOUDLAB_MIRROR", "http://deb.debian.org/debian")
# `up` needs the lab's own folder inside too; packages must be installed without it mounted over a fresh one.
MOUNTS = ("/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", CACHE, LAB)
APT_ENV = dict(os.environ, DEBIAN_FRONTEND="noninteractive")


def release():
    """The Debian release whose packages this process sees."""
    with open("/etc/os-release") as f:
        words = dict(line.strip().split("=", 1) for line in f if "=" in line)
    name = words.get("VERSION_CODENAME", "").strip('"')
    with open("/etc/debian_version") as f:
        return "sid" if "sid" in f.read() else name


def apt(*args, **kw):
    """apt-get that keeps what it downloads in CACHE, also where the machine's own settings throw it away."""
    archives = "%s/apt-%s" % (CACHE, release())
    os.makedirs(archives + "/partial", exist_ok=True)
    return run(["apt-get", "-o", "Dir::Cache::archives=" + archives, "-o", "APT::Keep-Downloaded-Packages=true",
                "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3",
                # a mirror that stands still, or a machine whose clock is ahead, is no reason to have no lab
                "-o", "Acquire::Check-Valid-Until=false"] + list(args), env=APT_ENV, **kw)


def installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return done.stdout == "install ok installed"


def add(packages):
    """Install what is missing, without letting any package start its daemon."""
    missing = [p for p in packages if not installed(p)]
    if not missing:
        return
    guard = "/usr/sbin/policy-rc.d"
    made = not os.path.exists(guard)
    if made:
        write(guard, "#!/bin/sh\nexit 101\n")
        os.chmod(guard, 0o755)
    try:
        apt("update")
        apt("install", "-y", "--no-install-recommends", *missing)
    finally:
        if made:
            os.unlink(guard)


def install():
    add(PACKAGES)
    if not os.path.exists(DIST + "/usr/share/nova-common/api-paste.ini"):
        shutil.rmtree(DIST, ignore_errors=True)
        os.makedirs(DIST + "/debs")
        apt("download", "nova-common", "glance-common", "neutron-common", "cinder-common", cwd=DIST + "/debs")
        for deb in glob.glob(DIST + "/debs/*.deb"):
            run(["dpkg", "-x", deb, DIST])


def root_of(suite):
    return os.path.join(TEMP, "cloudlab-" + suite)


def debootstrap(suite):
    """A small Debian of another release; a half-made one is thrown away, since debootstrap cannot go on."""
    root, done = root_of(suite), root_of(suite) + "/cloudlab/bootstrapped"
    if os.path.exists(done):
        return root
    add(["debootstrap", "debian-archive-keyring"])
    unmount(root)
    if os.path.exists(root):
        shutil.rmtree(root)
    scripts = "/usr/share/debootstrap/scripts/"
    # every suite's script is a link to sid's: a debootstrap that is older than the suite only lacks the name
    script = [scripts + "sid"] if not os.path.exists(scripts + suite) else []
    cache = "%s/debootstrap-%s" % (CACHE, suite)
    os.makedirs(cache, exist_ok=True)
    run(["debootstrap", "--variant=minbase", "--include=python3,ca-certificates", "--cache-dir=" + cache,
         suite, root, MIRROR] + script)
    write(done, suite + "\n")
    return root


def mounted(path):
    path = os.path.realpath(path)
    with open("/proc/self/mounts") as f:
        return any(line.split()[1] == path for line in f)


def unmount(*roots):
    """Before anyone deletes such a folder: nothing of this machine may still be mounted in it."""
    for root in roots or glob.glob(os.path.join(TEMP, "cloudlab-*")):
        for source in reversed(MOUNTS):
            while mounted(root + source):
                subprocess.run(["umount", "-l", root + source], check=True)


def inside(suite, args):
    """Run one command of the lab from another Debian release, and return its exit status."""
    root = debootstrap(suite)
    home = root + "/cloudlab/lab-copy"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(HERE, home, ignore=shutil.ignore_patterns("__pycache__"))
    for name in glob.glob("/etc/apt/apt.conf.d/*proxy*") + ["/etc/resolv.conf", "/etc/hosts"]:
        shutil.copy(name, root + name)
    for source in MOUNTS:
        os.makedirs(source, exist_ok=True)
        os.makedirs(root + source, exist_ok=True)
        if not mounted(root + source):
            run(["mount", "--bind", source, root + source])
    env = dict(ENV, CLOUDLAB_DIR=LAB, CLOUDLAB_CACHE=CACHE)
    env.pop("CLOUDLAB_MEMBER")
    return subprocess.call(["chroot", root, PY, "/cloudlab/lab-copy/cloudlab.py"] + args, env=env)


def suite_or_none(suite):
    """None where the suite is this machine's own release: then nothing has to be bootstrapped."""
    if suite in (None, release()):
        return None
    if suite not in SUITES:
        sys.exit("cloudlab: no suite %s" % suite)
    return suite
