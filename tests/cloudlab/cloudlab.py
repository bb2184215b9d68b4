#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real OpenStack control plane on one machine, for testing: install, up, down, wipe, status, kill, start.

Keystone, Glance, Placement, Nova, Neutron and Cinder from Debian's packages, over MariaDB,
RabbitMQ and memcached, all on 127.0.0.1 and all files in $CLOUDLAB_DIR (by default
cloudlab in the temporary directory).
Only what sits below Nova, Neutron and Cinder is replaced (plugins/): an instance is a file.

RegionOne has the zones az1 (hosts az1-1, az1-2) and az2 (az2-1, az2-2); with --regions 2,
RegionTwo has the zone bz1 (bz1-1). Cinder has the zones az1 and az2 too.
`up` writes clouds.yaml there with the clouds admin, demo (a plain member) and demo2.
"""
import argparse
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True

from lab.base import LAB, ZONES, check_ports, kill, pids, start_again, state, stop_all  # noqa: E402
from lab.packages import SUITES, debootstrap, inside, install, release, suite_or_none, unmount  # noqa: E402


def healthy(suite, regions):
    """Whether this very lab is up already, with every process that it started."""
    now = state()
    if now.get("suite") != suite or now.get("regions") != regions:
        return False
    return not set(now["processes"]) - {name for name, _ in pids()}


def make(suite, regions):
    """A fresh cloud from the packages that this process sees."""
    from lab.services import infrastructure, services
    began = time.time()

    def done(what):
        print("%-14s %4.0f s" % (what, time.time() - began), flush=True)

    install()
    done("packages")
    for d in ("log", "run", "disks", "volumes", "lock", "nova", "neutron", "cinder", "mq", "compute"):
        os.makedirs("%s/%s" % (LAB, d), exist_ok=True)
    check_ports(regions)
    infrastructure(regions)
    done("infrastructure")
    # only now: python3-openstacksdk may have been installed a moment ago
    from lab.furnish import accounts, furniture, zones
    accounts(regions)
    done("accounts")
    for region in regions:
        services(region)
    done("services")
    for region in regions:
        furniture(region)
        zones(region)
    state(suite=suite, regions=regions, processes=[name for name, _ in pids()])
    done("ready")
    print("export OS_CLIENT_CONFIG_FILE=%s/clouds.yaml OS_CLOUD=demo OS_REGION_NAME=%s" % (LAB, regions[0]))


def down(wipe):
    stop_all()
    unmount()
    for name in os.listdir(LAB) if os.path.isdir(LAB) else []:
        path = os.path.join(LAB, name)
        if name in ("run", "state.json") or wipe and not name.startswith("dist"):
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


def up(args, suite, regions):
    name = suite or release()
    if not args.fresh and healthy(name, regions):
        print("cloudlab: %s is up already (up --fresh makes it anew)" % name)
        return 0
    down(True)
    if suite:
        return inside(suite, ["make", "--regions", str(args.regions)])
    make(name, regions)
    return 0


def status():
    now = state()
    running = dict(pids())
    print("cloudlab: %s, %s, %d of %d processes" % (now.get("suite", "nothing"), ", ".join(now.get("regions", [])) or "-",
                                                    len(running), len(now.get("processes", running))))
    for name, pid in running.items():
        print("%-28s %d" % (name, pid))
    return 0 if now and not set(now["processes"]) - set(running) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", metavar="install|up|down|wipe|status|kill|start",
                        choices=["install", "up", "down", "wipe", "status", "make", "kill", "start"])
    parser.add_argument("service", nargs="?", help="kill, start: one process as status names it")
    parser.add_argument("--regions", type=int, default=1, choices=[1, 2])
    parser.add_argument("--suite", choices=SUITES, help="another Debian release's OpenStack, in a folder of its own (see README)")
    parser.add_argument("--fresh", action="store_true", help="up: make the cloud anew although it is up")
    args = parser.parse_args()
    suite, regions = suite_or_none(args.suite), list(ZONES)[:args.regions]
    if os.geteuid():
        sys.exit("cloudlab: must be root")
    if args.command == "install":
        if not suite:
            install()
            return 0
        root = debootstrap(suite)
        status_of_inside = inside(suite, ["install"])
        if state().get("suite") != suite:
            unmount(root)
        return status_of_inside
    if args.command in ("kill", "start"):
        if not args.service:
            sys.exit("cloudlab: %s which? status names them" % args.command)
        suite = state().get("suite", release())
        if args.command == "start" and suite != release():
            return inside(suite, ["start", args.service])
        (kill if args.command == "kill" else start_again)(args.service)
        return 0
    if args.command == "up":
        return up(args, suite, regions)
    if args.command == "make":
        make(release(), regions)
    elif args.command == "status":
        return status()
    else:
        down(args.command == "wipe")
    return 0


if __name__ == "__main__":
    sys.exit(main())
