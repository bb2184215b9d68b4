# SPDX-License-Identifier: Apache-2.0
"""One world: a fake cloud with one server to move, the binary, its deaths, and what is true of all that afterwards."""
import base64
import collections
import json
import os
import re
import select
import shutil
import signal
import sqlite3
import tempfile
import time

import invariants
from backends import Fake
from cloud import wait
from runner import Rezone

# So many seconds of rezone's clock pass in one of the machine's: its pauses and limits stay what users get.
RATE = 20
JOBS = "stop=0.02,snapshot=0.03,boot=0.04,start=0.02,delete=0.02,attach=0.02,detach=0.02,volume=0.03"
LOOK = {"method": "GET", "path": "/(servers|images|volumes)"}
CHANGE = {"mutating": True}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
HOSTS = {"az1": ("az1-1", "az1-2"), "az2": ("az2-1", "az2-2")}
PATIENCE = 120
PORT = ("mac_address", "fixed_ips", "name", "tags", "description", "security_groups", "admin_state_up", "network_id")

End = collections.namedtuple("End", "status died out err")


class Broken(AssertionError):
    """A rule does not hold; the text names all that do not."""


# What a source is that does not run, and what a user asked for to have it so.
RESTING = {"shutoff": "SHUTOFF", "paused": "PAUSED", "suspended": "SUSPENDED"}
REST = {"shutoff": {"os-stop": None}, "paused": {"pause": None}, "suspended": {"suspend": None}}
USER_DATA = b"#!/bin/sh\necho of a file\n"
# A probe's command: it says who it is, so that nothing of it is left over, and hangs until it may end.
PROBE = "sh -c '[ -e \"$1.may-end\" ] || sleep 1000 & echo $$ $! >>\"$1\"; wait' sh %s"


def lives(pid):
    """Is there such a process, and not one that only waits to be taken note of?"""
    try:
        with open("/proc/%s/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class World:
    def __init__(self, options, table, settle):
        self.table, self.settle, self.options = table, settle, options
        self.folder = tempfile.mkdtemp(prefix="rezone-crash-", dir=options.work)
        self.fake = self.rezone = None
        self.text, self.ready, self.nics, self.group = [], False, [], None
        self.user_data, self.probed = self.folder + "/user-data", self.folder + "/probed"

    def is_source(self, *kinds):
        """What the table says of its source; several words joined by a hyphen: it is all of that."""
        return any(kind in self.table.source.split("-") for kind in kinds)

    def rests(self):
        """The status of a source that does not run; None: it runs."""
        return next((status for kind, status in RESTING.items() if self.is_source(kind)), None)

    def open(self):
        self.fake = Fake(self.options.fake, self.folder, ["--jobs", JOBS])
        self.rezone = Rezone(self.options.rezone, self.folder, self.fake.clouds_yaml, PATIENCE)
        self.demo = self.fake.session("demo")
        with open(self.user_data, "wb") as f:
            f.write(USER_DATA)
        self.may_probes_end(True)
        self.source = self.make_source()
        hosts = {host: fault for zone, fault in self.table.hosts.items() for host in HOSTS[zone]}
        if hosts:
            self.fake.host_faults(hosts)
        self.things = self.belongings(self.source)
        self.disk = os.urandom(4096)
        if not self.is_source("booted"):
            self.fake.write_disk(self.source, self.disk)
        self.before = self.view()
        self.began = self.fake.requests()[-1]["n"]
        self.fake.control("DELETE", "/effects")
        for words in self.table.prepare:
            end = self.run(words)
            if end.status != 0:
                raise Broken("preparing: %s" % self.story())
        self.ready = True
        return self

    def make_source(self):
        demo = self.demo
        flavor = demo.do("GET", "compute", "/flavors?limit=1")["flavors"][0]["id"]
        image = demo.do("GET", "image", "/images?limit=1&name=cirros")["images"][0]["id"]
        zones = ("az1", "az2") if self.is_source("volumes") else ("az1",) if self.is_source("booted") else ()
        self.volumes = [self.make_volume(zone, image) for zone in zones]
        server = {"name": "vm", "flavorRef": flavor, "imageRef": image, "availability_zone": "az1", "tags": ["mine"],
                  "networks": self.make_nics(), "metadata": {"a": "1"}}
        body = {"server": server}
        if self.is_source("booted"):
            del server["imageRef"]
            server["block_device_mapping_v2"] = [{"boot_index": 0, "uuid": self.volumes[0][0], "source_type": "volume",
                                                  "destination_type": "volume", "delete_on_termination": False}]
        if self.is_source("member"):
            self.group = demo.do("POST", "compute", "/os-server-groups", {"server_group": {
                "name": "apart", "policy": "soft-anti-affinity"}})["server_group"]["id"]
            body["os:scheduler_hints"] = {"group": self.group}
        sid = demo.do("POST", "compute", "/servers", body)["server"]["id"]
        self.quiet()
        if self.is_source("booted"):
            return sid
        for vid, _ in self.volumes:
            demo.do("POST", "compute", "/servers/%s/os-volume_attachments" % sid, {"volumeAttachment": {"volumeId": vid}})
            self.quiet()
        # A user's own image of the source: nothing of ours, whatever becomes of the move.
        demo.do("POST", "compute", "/servers/%s/action" % sid, {"createImage": {"name": "a user's backup"}}, version="2.1")
        self.quiet()
        if self.is_source("rich"):
            self.enrich(sid, self.network_of("private"))
        for action in [REST[kind] for kind in REST if self.is_source(kind)]:
            demo.do("POST", "compute", "/servers/%s/action" % sid, action)
            self.quiet()
        if self.is_source("locked"):
            demo.do("POST", "compute", "/servers/%s/action" % sid, {"lock": {"locked_reason": "keep out"}})
        return sid

    def network_of(self, name):
        return [n["id"] for n in self.demo.do("GET", "network", "/networks")["networks"] if n["name"] == name][0]

    def make_port(self, network, **more):
        body = {"port": dict({"network_id": self.network_of(network)}, **more)}
        return self.demo.do("POST", "network", "/ports", body)["port"]["id"]

    def make_nics(self):
        """What the source is booted with: a user's port and one that compute makes; three whose order no API tells; or one."""
        if self.is_source("triple"):
            self.nics = [self.make_port("private"), self.make_port("backend", name="second"), self.make_port("private")]
            return [{"port": port} for port in self.nics]
        mine = self.is_source("rich") and [{"port": self.make_port("private", name="mine", tags=["t"], description="of a user")}]
        return (mine or []) + [{"uuid": self.network_of("private")}]

    def enrich(self, sid, network):
        """A floating IP on the port that compute made, one that forwards ports to it, and a volume that is deleted with the
        server."""
        demo = self.demo
        [port] = [p for p in demo.do("GET", "network", "/ports?device_id=" + sid)["ports"] if not p["name"]]
        made, public = port["id"], self.network_of("public")
        gate = demo.do("POST", "network", "/floatingips", {"floatingip": {"floating_network_id": public}})["floatingip"]["id"]
        for outside, inside in ((2222, 22), (80, 8080)):
            demo.do("POST", "network", "/floatingips/%s/port_forwardings" % gate, {"port_forwarding": {
                "protocol": "tcp", "internal_port_id": made, "internal_ip_address": port["fixed_ips"][0]["ip_address"],
                "internal_port": inside, "external_port": outside, "description": "d"}})
        demo.do("POST", "network", "/floatingips", {"floatingip": {"floating_network_id": public, "port_id": made}})
        volume = demo.do("POST", "volumev3", "/volumes", {"volume": {"size": 1, "name": "data"}})["volume"]["id"]
        self.quiet()
        body = {"volumeAttachment": {"volumeId": volume, "delete_on_termination": True, "tag": "data"}}
        demo.do("POST", "compute", "/servers/%s/os-volume_attachments" % sid, body)
        self.quiet()

    def belongings(self, sid):
        """What hangs on a server: its ports without their ids, in no order; where floating IPs point; its volumes."""
        ports = self.demo.do("GET", "network", "/ports?device_id=" + sid)["ports"]
        macs = {p["id"]: p["mac_address"] for p in ports}
        floats = self.demo.do("GET", "network", "/floatingips")["floatingips"]
        disks = self.demo.do("GET", "compute", "/servers/%s/os-volume_attachments" % sid)["volumeAttachments"]
        return {"ports": sorted([[repr(p.get(k)) for k in PORT] for p in ports]),
                "floating IPs": sorted([f["floating_ip_address"], macs[f["port_id"]], f["fixed_ip_address"]]
                                       for f in floats if f["port_id"] in macs),
                "port forwardings": sorted(self.forwardings(f, macs) for f in floats if f["router_id"] and not f["port_id"]),
                "order": [[a["addr"] for a in entries] for entries in
                          self.demo.do("GET", "compute", "/servers/" + sid)["server"]["addresses"].values()],
                "volumes": [[d["volumeId"], d["tag"], d["delete_on_termination"]] for d in disks]}

    def forwardings(self, f, macs):
        """What a floating IP forwards to these ports."""
        found = self.demo.do("GET", "network", "/floatingips/%s/port_forwardings" % f["id"])["port_forwardings"]
        return sorted([f["floating_ip_address"], one["protocol"], one["external_port"], macs[one["internal_port_id"]],
                       one["internal_ip_address"], one["internal_port"], one["description"]]
                      for one in found if one["internal_port_id"] in macs)

    def make_volume(self, zone, image):
        body = {"volume": {"size": 1, "availability_zone": zone, "name": "data", "metadata": {"a": "1"}, "imageRef": image}}
        vid = self.demo.do("POST", "volumev3", "/volumes", body)["volume"]["id"]
        self.quiet()
        data = os.urandom(4096)
        self.fake.write_volume(vid, data)
        return vid, data

    # --- the cloud ------------------------------------------------------------------------------
    def quiet(self):
        """No job of the cloud is under way."""
        wait("the cloud's jobs", lambda: self.fake.control("GET", "/clock").json["timers"] == 0, 30, every=0.01)

    def view(self):
        return invariants.View.of_state(self.fake.control("GET", "/state").json, self.demo.project)

    def hits(self):
        return sum(f["hits"] for f in self.fake.control("GET", "/faults").json)

    def release_at(self, match, skip, after):
        """Held requests act when such a request comes (or has been served)."""
        self.fake.fault("script", match, skip=skip, after=after, script=[{"method": "POST", "path": "/_fake/release"}])

    # --- the binary -----------------------------------------------------------------------------
    def words(self, words):
        found = [w.format(source=self.source, move=(self.move() or {}).get("id", ""), nics=",".join(self.nics),
                          user_data=self.user_data, probe=PROBE % self.probed) for w in words]
        more = ["-y", "-f", "json", "--settle", "%g" % self.settle]
        return found + more + (["--lose-target-writes"] if found[0] == "discard" else [])

    def begin(self, words, at=None):
        env = {"REZONE_CLOCK_RATE": str(RATE)}
        if at:
            env["REZONE_CRASH_AT"] = str(at)
        if self.options.log and self.ready and words == self.table.dies:
            env["REZONE_CRASH_LOG"] = self.options.log
        run = self.rezone.begin(*self.words(words), env=env)
        run.struck = ", struck at %s" % at if at else ""
        return run

    def finish(self, run, until=None):
        """Wait until it ends. until: called now and then; true ends the wait early."""
        pid = os.pidfd_open(run.process.pid)
        try:
            end = time.monotonic() + PATIENCE
            poll = select.poll()
            poll.register(pid, select.POLLIN)
            while not poll.poll(15 if until else 1000):
                if until and until():
                    return None
                if time.monotonic() > end:
                    run.process.kill()
                    run.process.wait()
                    run.read()
                    raise Broken("did not end within %d s:\n%s" % (PATIENCE, run))
        finally:
            os.close(pid)
        run.process.wait()
        run.exit = run.process.returncode
        run.read()
        self.text.append("$ %s\nexit %s%s\n%s" % (" ".join(run.args[4:]), run.exit, run.struck, run.err[-1500:]))
        return End(run.exit, run.exit == -signal.SIGKILL, run.out, run.err)

    def run(self, words, at=None):
        end = self.finish(self.begin(words, at))
        if end.status not in (0, 2, 3, 4, -signal.SIGKILL):
            raise Broken("exit %s of %s" % (end.status, self.text[-1]))
        return end

    def hold(self, words, nth):
        """Run until the nth request that changes something is held in the cloud: the process, still alive; None: it ended."""
        self.fake.fault("hold", CHANGE, skip=nth - 1)
        run = self.begin(words)
        return run if self.finish(run, until=lambda: self.hits() > 0) is None else None

    def show(self, mid):
        run = self.rezone.begin("show", mid, "-f", "json")
        run.struck = ""
        end = self.finish(run)
        if end.status != 0:
            raise Broken("exit %s of %s" % (end.status, self.text[-1]))
        return json.loads(end.out)

    def may_probes_end(self, may):
        path = self.probed + ".may-end"
        if may:
            open(path, "w").close()
        else:
            os.unlink(path)

    def probe(self, words):
        """Run until the command of its probe does: the process, still alive; None: it ended."""
        self.may_probes_end(False)
        run = self.begin(words)
        found = self.finish(run, until=lambda: os.path.exists(self.probed) and os.path.getsize(self.probed) > 0)
        self.may_probes_end(True)
        return run if found is None else None

    def kill(self, run):
        run.process.kill()
        self.finish(run)

    # --- the database ---------------------------------------------------------------------------
    def rows(self, query, *values):
        if not os.path.exists(self.rezone.state):
            return []
        db = sqlite3.connect("file:%s?mode=ro" % self.rezone.state, uri=True, timeout=20)
        db.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in db.execute(query, values)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # it died before its first migration was through
                return []
            raise
        finally:
            db.close()

    def move(self):
        """The move's row, as saved; None: there is none yet. More than one is against the rules."""
        rows = self.rows("SELECT * FROM moves ORDER BY rowid")
        live = [row for row in rows if row["state"] not in ("skipped", "failed")] or rows
        if len(live) > 1:
            raise Broken("%d moves of one server: %s" % (len(live), [(r["id"], r["state"]) for r in live]))
        return live[0] if live else None

    def state(self):
        return (self.move() or {}).get("state")

    def story(self):
        """What happened, for a person who must find out why."""
        lines = ["", *self.text[-6:], "--- asks"]
        lines += [" ".join(str(v) for k, v in row.items() if k != "move_id") for row in self.rows("SELECT * FROM asks ORDER BY rowid")]
        lines += ["--- journal"] + [row["what"] for row in self.rows("SELECT * FROM journal ORDER BY seq")]
        lines += ["--- requests"]
        lines += ["%4d %.3f %s %s %s -> %s%s%s" % (
            r["n"], r["time"], r["method"], r["path"], json.dumps(r["body"])[:90] if r["mutating"] else " ".join(r["query"]),
            r["status"], " acted" if r["acted"] else "", " [%s]" % r["fault"] if r["fault"] else "")
            for r in self.fake.requests() if r["n"] > self.began]
        lines += ["--- power"] + [json.dumps(p) for p in self.fake.control("GET", "/power").json]
        return "\n".join(lines)

    # --- the checks -----------------------------------------------------------------------------
    def roles(self):
        state = self.fake.control("GET", "/state").json  # deleted servers too
        roles = {sid: "T" for sid in state["servers"]}
        roles.update({self.source: "S", (self.move() or {}).get("id"): "M"})
        for kind, letter in (("images", "I"), ("ports", "P"), ("volumes", "V"), ("snapshots", "Z")):
            roles.update({each: letter for each in state[kind]})
        roles.update({each: "P" for each in self.before.ports})  # one that compute made goes with its NIC
        roles.update({f["id"]: "F" for f in self.demo.do("GET", "network", "/floatingips")["floatingips"]})
        return {word: role for word, role in roles.items() if word}

    def effects(self):
        found = invariants.effects_by_role(self.fake.effects(), self.roles())
        merged = {}
        for (kind, key), n in found.items():
            # What is deleted is in no list any more: all ports, and all volumes known by id, are one.
            gone = {"port": "P", "volume": "V"}.get(kind.split("_")[0])
            key = gone if gone and (gone == "P" or UUID.fullmatch(key)) else key
            merged[kind, key] = merged.get((kind, key), 0) + n
        return merged

    def check(self, limits=None):
        """All rules; limits: how often each effect comes about when nothing is in the way."""
        self.quiet()
        view, move = self.view(), self.move()
        shown = []
        if move:
            reply = self.show(move["id"])
            # What show tells more than the other commands.
            more = {key: reply.pop(key, []) for key in ("asks", "journal")}
            shown = [reply]
        bad = [sentence for m in shown for sentence in invariants.shape(m)]
        bad += invariants.judge(view, shown, self.before)
        bad += self.served(view, shown[0] if shown else None)
        power = self.fake.control("GET", "/power").json
        others = {event["server"] for event in power} - {self.source}
        bad += invariants.beside(power, {self.source}, others)
        sent = [r for r in self.fake.requests() if r["mutating"] and r["n"] > self.began]
        if move:
            asks = self.rows("SELECT * FROM asks WHERE move_id = ? ORDER BY rowid", move["id"])
            bad += invariants.book(asks, sent, move["state"])
            if len(more["asks"]) != len(asks):
                bad.append("show tells of %d asks, the database of %d" % (len(more["asks"]), len(asks)))
        elif sent:
            bad.append("the cloud was changed without a move: %s" % sent)
        if limits is not None:
            bad += invariants.twice(self.effects(), limits)
        if bad:
            raise Broken("\n  ".join(["in state %s:" % self.state()] + bad))
        return shown[0] if shown else None

    def served(self, view, shown):
        """Exactly one server serves, with the bytes and the power that the source had."""
        running = {sid for sid, s in view.servers.items() if s["power_state"] == 1}
        state = shown["state"] if shown else None
        wanted = shown["target_server_id"] if state in ("moved", "committed") else self.source
        bad, rests = [], self.rests()
        if running != (set() if rests else {wanted}):
            bad.append("running: %s; it should be %s" % (sorted(running), "none" if rests else wanted))
        if wanted not in view.servers:
            return bad + ["the server that should serve is not there: %s" % wanted]
        if rests and view.servers[wanted]["status"] != rests:
            bad.append("%s is %s, not %s as the source was" % (wanted, view.servers[wanted]["status"], rests))
        if not self.is_source("booted") and self.fake.read_disk(wanted) != self.disk:
            bad.append("the bytes of %s are not the source's" % wanted)
        bad += self.kept(wanted, state)
        bad += self.volumes_served(view, wanted, state)
        bad += self.grouped(wanted, state) + self.given(view, wanted) + self.left_over()
        if len(view.servers) > (2 if state == "moved" else 1):
            bad.append("%d servers are left: %s" % (len(view.servers), sorted(view.servers)))
        if shown and state in ("moved", "committed") and view.servers[wanted]["zone"] != "az2":
            bad.append("the target is in %s" % view.servers[wanted]["zone"])
        serving = {"moved": "target", "committed": "target"}.get(state, "source")
        if shown and shown["serving"] not in ((serving, "none") if rests else (serving,)):
            bad.append("shown as serving: %s; it is the %s" % (shown["serving"], serving))
        return bad

    def kept(self, wanted, state):
        """Whoever serves has what the source had; and nobody else has any of it."""
        if not self.is_source("rich", "triple"):
            return []
        was, now = dict(self.things), self.belongings(wanted)
        if state == "moved":  # until commit none may be deleted with the target
            was["volumes"] = [[vid, tag, False] for vid, tag, _ in was["volumes"]]
        bad = ["%s of %s: %s; they were %s" % (key, wanted, now[key], was[key]) for key in was if now[key] != was[key]]
        if wanted != self.source and state == "moved":
            left = self.belongings(self.source)
            bad += ["the source still has %s" % key for key in ("ports", "floating IPs", "volumes") if left[key]]
            bad += ["the source still has port forwardings" for some in left["port forwardings"] if some]
        return bad

    def volumes_served(self, view, wanted, state):
        """It has volumes with the bytes and names of the source's, and no other is left but those."""
        if not self.is_source("volumes", "booted"):
            return []
        bad, own = [], {vid for vid, _ in self.volumes}
        found = {a["server_id"]: [] for v in view.volumes.values() for a in v["attachments"]}
        for vid, v in view.volumes.items():
            for a in v["attachments"]:
                found[a["server_id"]].append((a["device"], self.fake.read_volume(vid), v["name"], v["metadata"], v["bootable"]))
            if vid not in own and not v["attachments"]:
                bad.append("volume %s (%s) is left without a server" % (vid, v["name"]))
        served = [x[1:] for x in sorted(found.get(wanted, []))]
        if served != [(data, "data", {"a": "1"}, "true") for _, data in self.volumes]:
            bad.append("the volumes of %s are not the source's: %s" % (wanted, [(x[1:], len(x[0])) for x in served]))
        if state not in ("committed", "moved") and set(view.volumes) != own:
            bad.append("volumes: %s, and not those of the source %s" % (sorted(view.volumes), sorted(own)))
        return bad

    def grouped(self, wanted, state):
        """Whoever serves is of the source's group, and nobody else but a source that is kept."""
        if not self.group:
            return []
        found = self.demo.do("GET", "compute", "/os-server-groups/" + self.group)["server_group"]["members"]
        right = {wanted} | ({self.source} if state == "moved" else set())
        return [] if set(found) == right else ["members of the group: %s; they should be %s" % (found, sorted(right))]

    def given(self, view, wanted):
        """A target has the user_data of the file that --user-data named, the source still has none."""
        if "{user_data}" not in self.table.dies + sum(self.table.prepare, ()):
            return []
        right = None if wanted == self.source else base64.b64encode(USER_DATA).decode()
        found = view.servers[wanted].get("user_data")
        return [] if found == right else ["user_data of %s: %r; it should be %r" % (wanted, found, right)]

    def left_over(self):
        """No process of a probe is left, whatever became of those that began them: they die, which takes a moment."""
        if not os.path.exists(self.probed):
            return []
        with open(self.probed) as f:
            pids = f.read().split()
        try:
            wait("the processes of probes gone", lambda: not any(lives(pid) for pid in pids), 10, every=0.01)
        except AssertionError:
            pass
        return ["process %s of a probe is left over" % pid for pid in pids if lives(pid)]

    def close(self, keep=False):
        if self.rezone:
            self.rezone.stop_all()
        if self.fake:
            self.fake.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
