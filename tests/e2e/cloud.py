# SPDX-License-Identifier: Apache-2.0
"""The independent reader: what a cloud holds, asked without any code of rezone, and the hands of its users."""
import time
import urllib.parse

import invariants
from session import Refused


# A slow compute service lets a deleted server be seen for seconds with this status before it is a 404.
OVER = ("DELETED", "SOFT_DELETED")


class Gone(AssertionError):
    """A server that was waited for is no longer there."""


def wait(what, test, seconds, every=0.05):
    """Call test() until it returns something true; give it back. What is waited for is named when time is up."""
    end = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain for: %s" % (seconds, what))
        time.sleep(every)


class Cloud:
    """A cloud seen by its admin (reading everything) and by demo, a plain member (making what a case moves).

    backend: how this cloud's disks and faults are reached (see backends.py).
    """

    def __init__(self, backend):
        self.backend, self.patience = backend, backend.patience
        self.admin, self.demo = backend.session("admin"), backend.session("demo")
        self.has = self.demo.has
        self._by_name = {}

    # --- names ---------------------------------------------------------------------------------
    def named(self, service, path, key, name):
        found = [x for x in self.demo.do("GET", service, path)[key] if x["name"] == name]
        assert found, "no %s %s in this cloud" % (key, name)
        return found[0]

    def id_of(self, kind, name):
        """The id of a flavor, image, network or security group of demo's; looked up once."""
        where = {"flavor": ("compute", "/flavors", "flavors"), "image": ("image", "/images?limit=200", "images"),
                 "network": ("network", "/networks", "networks")}
        if (kind, name) not in self._by_name:
            if kind == "group":
                path = "/security-groups?project_id=%s" % self.demo.project
                found = self.named("network", path, "security_groups", name)
            else:
                found = self.named(where[kind][0], where[kind][1], where[kind][2], name)
            self._by_name[kind, name] = found["id"]
        return self._by_name[kind, name]

    # --- servers -------------------------------------------------------------------------------
    def server(self, sid):
        """The server as its admin sees it, or None when it is gone."""
        reply = self.admin.ask("GET", "compute", "/servers/" + sid)
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise Refused(reply)
        server = reply.json["server"]
        if server["status"] in OVER:
            return None
        server.setdefault("tags", [])
        return server

    def servers(self, project=None):
        """Every server of a project (demo's by default), seen by the admin."""
        path = "/servers/detail?all_tenants=1&limit=1000"
        found, marker = [], ""
        while True:
            page = self.admin.do("GET", "compute", path + marker)["servers"]
            found += [s for s in page if s.get("tenant_id") == (project or self.demo.project) and s["status"] not in OVER]
            if not page:
                break
            marker = "&marker=" + page[-1]["id"]
        for server in found:
            server.setdefault("tags", [])
        return found

    def quiet(self, sid, *statuses, seconds=None):
        """Wait until a server has one of these statuses and no task; its record."""
        def look():
            server = self.server(sid)
            if server is None:
                raise Gone("server %s is gone" % sid)
            if server["status"] == "ERROR" and "ERROR" not in statuses:
                raise AssertionError("server %s: %s" % (sid, server.get("fault")))
            return server if server["status"] in statuses and not server["OS-EXT-STS:task_state"] else None
        return wait("server %s %s" % (sid, "/".join(statuses)), look, seconds or self.patience)

    def boot(self, body, session=None, status="ACTIVE", version=None, extra=None):
        """POST a server and wait for it; body holds what differs from the plain one."""
        server = {"flavorRef": self.id_of("flavor", "m1.tiny"), "imageRef": self.id_of("image", "cirros"),
                  "availability_zone": "az1", "networks": [{"uuid": self.id_of("network", "private")}]}
        server.update(body)
        full = dict({"server": {k: v for k, v in server.items() if v is not None}}, **(extra or {}))
        sid = (session or self.demo).do("POST", "compute", "/servers", full, version=version)["server"]["id"]
        self.quiet(sid, status)
        return sid

    def act(self, sid, action, body=None, session=None, version=None):
        return (session or self.demo).do("POST", "compute", "/servers/%s/action" % sid, {action: body}, version=version)

    def stop(self, sid):
        self.act(sid, "os-stop")
        return self.quiet(sid, "SHUTOFF")

    def start(self, sid, session=None):
        self.act(sid, "os-start", session=session)
        return self.quiet(sid, "ACTIVE")

    def delete_server(self, sid):
        """Delete as admin, whatever its lock, and wait until it is gone."""
        reply = self.admin.ask("DELETE", "compute", "/servers/" + sid)
        if reply.status not in (204, 404):
            raise Refused(reply)
        wait("server %s deleted" % sid, lambda: self.server(sid) is None, self.patience)

    def ports(self, sid=None):
        path = "/ports?device_id=" + sid if sid else "/ports?project_id=" + self.demo.project
        return self.admin.do("GET", "network", path)["ports"]

    def actions(self, sid):
        return self.admin.do("GET", "compute", "/servers/%s/os-instance-actions" % sid)["instanceActions"]

    # --- images --------------------------------------------------------------------------------
    def images(self):
        """Every image but the public ones, page by page."""
        found, path = [], "/images?limit=500&sort_key=created_at&sort_dir=asc"
        while path:
            page = self.admin.do("GET", "image", path)
            found += page["images"]
            path = page.get("next")
            path = path[path.index("/images"):] if path else None
        return [i for i in found if i["visibility"] != "public"]

    def delete_image(self, iid):
        patch = [{"op": "replace", "path": "/protected", "value": False}]
        self.admin.ask("PATCH", "image", "/images/" + iid, patch,
                       headers={"Content-Type": "application/openstack-images-v2.1-json-patch"})
        reply = self.admin.ask("DELETE", "image", "/images/" + iid)
        if reply.status not in (204, 404):
            raise Refused(reply)

    # --- what a move must keep -----------------------------------------------------------------
    def portrait(self, sid):
        """Everything about a server that a move with new addresses promises to keep, in comparable form."""
        s = self.server(sid)
        assert s is not None, "server %s is gone" % sid
        flavor = s["flavor"]
        ports = self.ports(sid)
        groups = {p["mac_address"]: sorted(p["security_groups"]) for p in ports}
        order = [net for net in s["addresses"]]
        return {
            "flavor": flavor.get("original_name") or flavor.get("id"),
            "metadata": {k: v for k, v in s["metadata"].items() if k != "rezone"},
            "tags": sorted(t for t in s["tags"] if not t.startswith("rezone:")),
            "description": s.get("description"),
            "hostname": s.get("OS-EXT-SRV-ATTR:hostname") if self.has("2.90") else None,
            "key_name": s["key_name"],
            "config_drive": bool(s["config_drive"]),
            "disk_config": s["OS-DCF:diskConfig"],
            "networks": order,
            "groups": sorted(groups.values()),
            "project": s["tenant_id"],
            "accessIPv4": s["accessIPv4"],
        }

    def marks(self, server):
        return invariants.marks(server)


def query(**words):
    return "?" + urllib.parse.urlencode(words)
