# SPDX-License-Identifier: Apache-2.0
"""The processes: database, bus and cache first, then Keystone, then the services of each region."""
import concurrent.futures
import os
import subprocess
import sys
import time

from .base import DB_PORT, DIST, ENV, LAB, MC_PORT, MQ_PORT, PORTS, PY, ZONES, run, start, tail, wait_port
from .config import configure, keystone as keystone_config, ports

# Nova looks its driver up below nova.virt, so the lab's module is put there before nova-compute starts.
COMPUTE = ("import sys, nova.cmd.compute, nova.virt, cloudlab_drivers.compute as lab; "
           "sys.modules['nova.virt.cloudlab'] = nova.virt.cloudlab = lab; sys.exit(nova.cmd.compute.main())")
RABBIT = "/usr/lib/rabbitmq/bin/"
# An epmd of our own: a daemon that already runs on the usual port belongs to somebody else's Erlang.
MQ_ENV = dict(ENV, RABBITMQ_MNESIA_BASE=LAB + "/mq", RABBITMQ_LOG_BASE=LAB + "/log", RABBITMQ_NODENAME="lab@localhost",
              RABBITMQ_NODE_PORT=str(MQ_PORT), RABBITMQ_NODE_IP_ADDRESS="127.0.0.1", HOME=LAB,
              RABBITMQ_DIST_PORT="15674", ERL_EPMD_ADDRESS="127.0.0.1", ERL_EPMD_PORT="14369",
              RABBITMQ_PID_FILE=LAB + "/run/rabbit.pid", RABBITMQ_ENABLED_PLUGINS_FILE=LAB + "/mq/plugins")


def module(target, *args):
    mod, func = target.split(":")
    return [PY, "-c", "import sys; from %s import %s as f; sys.exit(f())" % (mod, func)] + list(args)


def has(path):
    """Whether this release has the file (newer ones drop the eventlet servers). Not by import: that would monkey-patch us."""
    return os.path.exists("/usr/lib/python3/dist-packages/" + path)


def serve(name, port, script, wsgi, processes=1, **env):
    """A WSGI service: by its script where the release has one, else by its module."""
    app = ["--wsgi-file", script] if script and os.path.exists(script) else ["--module", wsgi + ":application"]
    start(name, ["uwsgi_python3", "--http-socket", "127.0.0.1:%d" % port, *app, "--processes", str(processes),
                 "--threads", "4", "--enable-threads", "--die-on-term", "--disable-logging", "--buffer-size", "65535",
                 "--add-header", "Connection: close", "--thunder-lock", "--lazy-apps",
                 "--chunked-input-limit", "1073741824", "--socket-timeout", "60"], dict(ENV, **env))


def database(regions):
    run(["mariadb-install-db", "--no-defaults", "--user=root", "--datadir=%s/mysql" % LAB,
         "--auth-root-authentication-method=normal", "--skip-test-db"])
    start("mariadb", ["mariadbd", "--no-defaults", "--user=root", "--datadir=%s/mysql" % LAB, "--port=%d" % DB_PORT,
                      "--bind-address=127.0.0.1", "--socket=%s/mysql.sock" % LAB, "--max-connections=1000",
                      "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-log-bin",
                      "--pid-file=%s/run/mysqld.pid" % LAB])
    wait_port(DB_PORT, "mariadb")
    sql = "CREATE USER os@'127.0.0.1' IDENTIFIED BY 'os'; GRANT ALL ON *.* TO os@'127.0.0.1';"
    for name in ["keystone"] + [s + r for r in regions for s in
                                ("glance", "placement", "nova_api", "nova", "nova_cell0", "neutron", "cinder")]:
        sql += "CREATE DATABASE %s CHARACTER SET utf8;" % name
    run(["mariadb", "--no-defaults", "-uroot", "-S", LAB + "/mysql.sock", "-e", sql])


def bus_ready(regions):
    wait_port(MQ_PORT, "rabbitmq")
    for _ in range(60):
        if subprocess.run([RABBIT + "rabbitmqctl", "await_startup"], env=MQ_ENV, capture_output=True).returncode == 0:
            break
        time.sleep(1)
    else:
        sys.exit("cloudlab: rabbitmq does not start up\n" + tail("rabbitmq"))
    for region in regions:
        run([RABBIT + "rabbitmqctl", "add_vhost", region], env=MQ_ENV)
        run([RABBIT + "rabbitmqctl", "set_permissions", "-p", region, "guest", ".*", ".*", ".*"], env=MQ_ENV)


def keystone(first_region):
    keystone_config()
    manage = ["keystone-manage", "--config-file", LAB + "/etc/keystone/keystone.conf"]
    user = ["--keystone-user", "root", "--keystone-group", "root"]
    run(manage + ["db_sync"])
    run(manage + ["fernet_setup"] + user)
    run(manage + ["credential_setup"] + user)
    urls = sum([["--bootstrap-%s-url" % i, "http://127.0.0.1:%d/v3/" % PORTS["keystone"]]
                for i in ("public", "internal", "admin")], [])
    run(manage + ["bootstrap", "--bootstrap-password", "admin", "--bootstrap-region-id", first_region] + urls)
    serve("keystone", PORTS["keystone"], "/usr/bin/keystone-wsgi-public", "keystone.wsgi.api", 2)
    wait_port(PORTS["keystone"], "keystone")


def schema(region):
    """Jobs of commands: those of one job follow each other, the jobs do not depend on each other."""
    etc = "%s/etc/%s" % (LAB, region)
    n = ["--config-file", etc + "/nova.conf"]
    cell0 = "mysql+pymysql://os:os@127.0.0.1:%d/nova_cell0%s?charset=utf8" % (DB_PORT, region)
    return [[module("nova.cmd.manage:main", *n, "api_db", "sync"),
             module("nova.cmd.manage:main", *n, "cell_v2", "map_cell0", "--database_connection", cell0),
             module("nova.cmd.manage:main", *n, "cell_v2", "create_cell", "--name=cell1"),
             module("nova.cmd.manage:main", *n, "db", "sync")],
            [module("neutron.db.migration.cli:main", "--config-file", etc + "/neutron.conf", "upgrade", "heads")],
            [module("cinder.cmd.manage:main", "--config-file", etc + "/cinder.conf", "db", "sync")],
            [module("glance.cmd.manage:main", "--config-file", etc + "/glance.conf", "db_sync")],
            [module("placement.cmd.manage:main", "--config-dir", etc + "/placement", "db", "sync")]]


def infrastructure(regions):
    """Everything that the services stand on; independent parts run beside each other, two at a time."""
    start("rabbitmq", [RABBIT + "rabbitmq-server"], MQ_ENV)
    start("memcached", ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(MC_PORT), "-m", "64"])
    for region in regions:
        configure(region)
    database(regions)

    def work(job):
        for step in job:
            run(step)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(bus_ready, regions), pool.submit(keystone, regions[0])]
        jobs += [pool.submit(work, job) for region in regions for job in schema(region)]
        for job in jobs:
            job.result()


def services(region):
    etc, tag, p = "%s/etc/%s" % (LAB, region), region.lower() + "-", ports(region)
    if has("glance/wsgi"):
        serve(tag + "glance", p["glance"], None, "glance.wsgi.api", 2, OS_GLANCE_CONFIG_DIR=etc + "/glance")
    else:
        start(tag + "glance", module("glance.cmd.api:main", "--config-file", etc + "/glance.conf"))
    serve(tag + "placement", p["placement"], "/usr/bin/placement-api", "placement.wsgi.api",
          OS_PLACEMENT_CONFIG_DIR=etc + "/placement")
    if has("neutron/cmd/eventlet/server"):
        start(tag + "neutron", module("neutron.cmd.eventlet.server:main", "--config-file", etc + "/neutron.conf"))
    else:
        serve(tag + "neutron", p["neutron"], None, "neutron.wsgi.api", OS_NEUTRON_CONFIG_FILES=etc + "/neutron.conf")
    nova = ["--config-file", etc + "/nova.conf"]
    start(tag + "conductor", module("nova.cmd.conductor:main", *nova))
    start(tag + "scheduler", module("nova.cmd.scheduler:main", *nova))
    if has("nova/cmd/api_os_compute.py"):
        start(tag + "nova", module("nova.cmd.api_os_compute:main", *nova))
    else:
        serve(tag + "nova", p["nova"], None, "nova.wsgi.osapi_compute", 2,
              OS_NOVA_CONFIG_FILES="%s/usr/share/nova-common/api-paste.ini;%s/nova.conf" % (DIST, etc))
    for name, target in (("cinder", "api"), ("cinder-scheduler", "scheduler"), ("cinder-volume", "volume")):
        start(tag + name, module("cinder.cmd.%s:main" % target, "--config-file", etc + "/cinder.conf"))
    # Not before its service answers: a compute host that finds no conductor or Placement retries only after seconds.
    for name in ("placement", "nova"):
        wait_port(p[name], tag + name)
    for hosts in ZONES[region].values():
        for host in hosts:
            start(tag + "compute-" + host, [PY, "-c", COMPUTE, *nova, "--config-file", "%s/host-%s.conf" % (etc, host)])
    for name in ("glance", "neutron", "cinder"):
        wait_port(p[name], tag + name)
