#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the same questions to the fake cloud and to a real one, and prints where the answers differ.

    compare.py CLOUDS-YAML-OF-THE-REAL-ONE [-v]     (the fake is started from $FAKECLOUD)
Ids, times and addresses are replaced by words, so that only shape, status, states and messages count. It makes servers called
cmp-*, as demo, and takes them away again. A difference is a bug of the fake until somebody says why not.
"""
import http.client
import json
import re
import sys
import time
import urllib.parse

from cloudclient import Fake

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WORDS = [(re.compile(p), w) for p, w in (
    (r"https?://[^/\"' ]+(/(compute|image|network|volume|identity)(?=/|$|[\"']))?", "URL"), (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "TIME"),
    (r"\b[0-9a-f]{56}\b", "HOSTID"), (r"\b[0-9a-f]{128}\b", "SHA"), (r"\b[0-9a-f]{32}\b", "HEX"),
    (r"fa:16:3e(:[0-9a-f]{2}){3}", "MAC"), (r"\b(10\.1[01]|203\.0)\.\d+\.\d+\b", "IP"), (r"\br-[0-9a-z]{8}\b", "RESERVATION"),
    (r"instance-[0-9a-f]{8}", "INSTANCE"))]


# Differences that are none of the fake's: a pattern for "label: sentence", and why.
KNOWN = [(re.compile(p), why) for p, why in (
    (r"adminPass|fingerprint|public_key", "random"),
    (r"/dev/[sv]d|root_device_name", "the lab's driver calls disks sd?, every real one vd?"),
    (r"snapshot while snapshot|start while snapshot", "the word of the task depends on the moment"),
    (r"/flavors.*(name|ram|disk|vcpus) is", "sorted by id, and ids are random"),
    (r"os-hypervisors.*(hostname|service.host) is", "the order in which hosts registered"),
    (r"az/detail|os-availability-zone/detail.*(control|vm) ", "the name of the control host"),
    (r"port.*(ip_allocation|propagate|resource_request)", "extensions that the lab has not"),
    (r"network.*(l2_adjacency|vlan_transparent)", "extensions that the lab has not"),
    (r"(hypervisor_hostname|ATTR:host|events\[0\].host) is", "either host of the zone"),
    (r"limits: .*Used is|quota.*in_use is", "others use the real one at the same time"),
    (r"addresses: .*(addresses.private|security_groups)|interfaces: .*tag", "Nova's cache of floating IPs; order of ports by their random ids"),
    (r"backups|all actions.*message|actions of deleted.*message", "the lab's driver loses the disk at a reverted resize, so the backup fails"),
    (r"floatingip.status is", "the lab has no agent that would make it ACTIVE"),
)]


class Cloud:
    """One of the two; learns ids in the order in which they come, so that they have the same words in both."""

    def __init__(self, auth_url):
        self.auth_url, self.tokens, self.urls, self.words, self.log = auth_url.rstrip("/"), {}, {}, {}, []

    def http(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=120)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, path.replace(" ", "%20"), body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        try:
            shown = json.loads(data) if data else None
        except ValueError:
            shown = data.decode(errors="replace")
        return answer.status, answer.headers, shown

    def auth(self, user):
        if user not in self.tokens:
            body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
                "name": user, "domain": {"id": "default"}, "password": user}}},
                "scope": {"project": {"name": user, "domain": {"id": "default"}}}}}
            status, headers, shown = self.http("POST", self.auth_url + "/auth/tokens", body)
            assert status == 201, shown
            self.tokens[user] = headers["X-Subject-Token"]
            for service in shown["token"]["catalog"]:
                url = next(e["url"] for e in service["endpoints"] if e["interface"] == "public")
                self.urls[user, service["type"]] = url
        return self.tokens[user]

    def call(self, service, method, path, body=None, user="demo", mv="2.93", headers=None):
        token = self.auth(user)
        base = self.urls[user, {"compute": "compute", "image": "image", "network": "network", "volume": "volumev3"}[service]]
        base += {"image": "/v2", "network": "/v2.0"}.get(service, "")
        headers = dict(headers or {}, **{"X-Auth-Token": token})
        if service == "compute" and mv:
            headers["X-OpenStack-Nova-API-Version"], headers["OpenStack-API-Version"] = mv, "compute " + mv
        return self.http(method, base + path, body, headers)

    def plain(self, value):
        """The value with words for what differs by nature."""
        if isinstance(value, dict):
            return {self.plain(k): self.plain(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.plain(v) for v in value]
        if not isinstance(value, str):
            return value
        value = UUID.sub(lambda m: self.words.setdefault(m.group(), "ID"), value)
        for pattern, word in WORDS:
            value = pattern.sub(word, value)
        return value

    def ask(self, label, service, method, path, body=None, keep=True, **more):
        status, headers, shown = self.call(service, method, path, body, **more)
        if keep:
            self.log.append((label, method, path, status, self.plain(shown)))
        return status, headers, shown

    def until(self, path, test, service="compute"):
        for _ in range(600):
            status, _, shown = self.call(service, "GET", path)
            if test(status, shown):
                return shown
            time.sleep(0.1)
        raise SystemExit("compare: %s never got there: %s" % (path, shown))


def find(cloud, service, path, key, name):
    return next(x["id"] for x in cloud.call(service, "GET", path)[2][key] if x["name"] == name)


def identity(c):
    for label, identity in (
            ("wrong password", {"methods": ["password"], "password": {"user": {"name": "demo", "domain": {"id": "default"}, "password": "x"}}}),
            ("unknown credential", {"methods": ["application_credential"], "application_credential": {"id": "nope", "secret": "x"}}),
            ("bad token", {"methods": ["token"], "token": {"id": "nope"}})):
        status, _, shown = c.http("POST", c.auth_url + "/auth/tokens", {"auth": {"identity": identity}})
        c.log.append(("auth " + label, "POST", "/auth/tokens", status, c.plain(shown)))
    for service, path in (("compute", "/servers"), ("image", "/v2/images"), ("network", "/v2.0/ports"), ("volumev3", "/volumes")):
        status, headers, shown = c.http("GET", c.urls["demo", service] + path, headers={"X-Auth-Token": "nope"})
        c.log.append(("no token " + service, "GET", path, status, c.plain(shown)))
    status, _, shown = c.http("GET", c.auth_url + "/auth/projects", headers={"X-Auth-Token": c.tokens["demo"]})
    c.log.append(("projects", "GET", "/auth/projects", status, c.plain(shown)))


def refusals(c, good):
    def boot(label, mv="2.93", **more):
        server = {k: v for k, v in dict(good, **more).items() if v != "ABSENT"}
        c.ask("boot " + label, "compute", "POST", "/servers", {"server": server}, mv=mv)
    for label, more in (
            ("zone", {"availability_zone": "az9"}), ("key", {"key_name": "nope"}), ("key null", {"key_name": None}),
            ("image", {"imageRef": "00000000-0000-4000-8000-000000000000"}), ("flavor", {"flavorRef": "nope"}),
            ("group", {"security_groups": [{"name": "nope"}]}), ("port", {"networks": [{"port": "00000000-0000-4000-8000-000000000000"}]}),
            ("network", {"networks": [{"uuid": "00000000-0000-4000-8000-000000000000"}]}), ("auto", {"networks": "auto"}),
            ("networks word", {"networks": "some"}), ("no networks", {"networks": "ABSENT"}), ("no name", {"name": "ABSENT"}),
            ("long name", {"name": "x" * 256}), ("blank name", {"name": " x"}), ("newline", {"name": "a\nb"}),
            ("emoji", {"name": "a\U0001F600"}), ("empty name", {"name": ""}), ("long tag", {"tags": ["x" * 61]}), ("slash tag", {"tags": ["a/b"]}),
            ("51 tags", {"tags": [str(i) for i in range(51)]}), ("unknown key", {"nonsense": 1}), ("hostname short", {"hostname": "x"}),
            ("hostname dot", {"hostname": "a.b"}), ("metadata key", {"metadata": {"a/b": "c"}}), ("metadata value", {"metadata": {"a": "c" * 256}}),
            ("metadata number", {"metadata": {"a": 1}}), ("config_drive", {"config_drive": ""}), ("description number", {"description": 1}),
            ("user_data", {"user_data": "***"}), ("host", {"host": "az1-1"}), ("zone and host", {"availability_zone": "az1:az1-1"}),
            ("no image", {"imageRef": "ABSENT"}), ("empty image", {"imageRef": ""}), ("diskConfig", {"OS-DCF:diskConfig": "x"}),
            ("fixed ip", {"networks": [dict(good["networks"][0], fixed_ip="9.9.9.9")]}), ("accessIPv4", {"accessIPv4": ""}),
            ("network key", {"networks": [dict(good["networks"][0], nonsense=1)]})):
        boot(label, **more)
    boot("tags old", mv="2.51", tags=["x"])
    boot("hostname old", mv="2.89", hostname="abc")
    boot("description old", mv="2.18", description="x")
    c.ask("too new", "compute", "GET", "/servers", mv="2.999")
    c.ask("no number", "compute", "GET", "/servers", mv="nonsense")
    for body in ({}, {"server": None}, {"server": good, "more": 1}, {"os-x": {}}):
        c.ask("boot body %s" % sorted(body), "compute", "POST", "/servers", body)


def server_views(c, sid):
    for mv in ("2.1", "2.3", "2.9", "2.16", "2.19", "2.26", "2.47", "2.63", "2.71", "2.73", "2.75", "2.79", "2.90", "2.93"):
        for user in ("demo", "admin"):
            c.ask("show %s %s" % (mv, user), "compute", "GET", "/servers/" + sid, mv=mv, user=user)
    c.ask("list", "compute", "GET", "/servers?name=^cmp-")
    c.ask("detail", "compute", "GET", "/servers/detail?name=^cmp-", mv="2.79")
    for query in ("status=ACTIVE&name=^cmp-", "status=nonsense", "tags=cmp:a,b&name=cmp", "tags-any=cmp:z", "marker=nope", "limit=x", "limit=-1",
                  "changes-since=nonsense", "changes-since=2100-01-01T00:00:00Z", "nonsense=1", "all_tenants=1", "deleted=true&name=^cmp-", "limit=1&name=^cmp-",
                  "status=DELETED", "sort_key=display_name&name=^cmp-"):
        c.ask("list " + query, "compute", "GET", "/servers?" + query)
    c.ask("list old nonsense", "compute", "GET", "/servers?nonsense=1&name=^cmp-", mv="2.74")
    c.ask("not there", "compute", "GET", "/servers/00000000-0000-4000-8000-000000000000")
    c.ask("not an id", "compute", "GET", "/servers/nope")
    c.ask("another's", "compute", "GET", "/servers/" + sid, user="demo2")


def parts(c, sid):
    for path in ("tags", "metadata", "os-interface", "os-volume_attachments", "os-security-groups", "os-instance-actions"):
        c.ask(path, "compute", "GET", "/servers/%s/%s" % (sid, path))
    tag = "/servers/%s/tags" % sid
    for label, method, path, body in (
            ("put", "PUT", tag + "/x:y", None), ("put again", "PUT", tag + "/x:y", None), ("get", "GET", tag + "/x:y", None), ("get none", "GET", tag + "/none", None),
            ("delete", "DELETE", tag + "/x:y", None), ("delete none", "DELETE", tag + "/x:y", None), ("long", "PUT", tag + "/" + "x" * 61, None),
            ("comma", "PUT", tag + "/a,b", None), ("all", "PUT", tag, {"tags": ["cmp:a", "b"]}), ("51", "PUT", tag, {"tags": [str(i) for i in range(51)]}),
            ("bad", "PUT", tag, {"tags": "x"}), ("old", "GET", tag, None)):
        c.ask("tag " + label, "compute", method, path, body, mv="2.25" if label == "old" else "2.93")
    c.ask("50 tags", "compute", "PUT", tag, {"tags": [str(i) for i in range(50)]})
    c.ask("one more tag", "compute", "PUT", tag + "/more")
    c.ask("tags back", "compute", "PUT", tag, {"tags": ["cmp:a", "b"]})
    meta = "/servers/%s/metadata" % sid
    for label, method, path, body in (
            ("post", "POST", meta, {"metadata": {"k": "v"}}), ("item", "GET", meta + "/k", None), ("put item", "PUT", meta + "/k", {"meta": {"k": "w"}}),
            ("mismatch", "PUT", meta + "/k", {"meta": {"l": "w"}}), ("no item", "GET", meta + "/none", None), ("delete", "DELETE", meta + "/k", None),
            ("delete none", "DELETE", meta + "/k", None), ("put", "PUT", meta, {"metadata": {"a": "b"}}), ("bad", "POST", meta, {"metadata": {"a": 1}}),
            ("many", "POST", meta, {"metadata": {"k%d" % i: "v" for i in range(130)}})):
        c.ask("metadata " + label, "compute", method, path, body)
    c.ask("rename", "compute", "PUT", "/servers/" + sid, {"server": {"name": "cmp-renamed"}})
    c.ask("rename old", "compute", "PUT", "/servers/" + sid, {"server": {"name": "cmp-1"}}, mv="2.74")
    c.ask("rename long", "compute", "PUT", "/servers/" + sid, {"server": {"name": "x" * 256}})
    c.ask("put nonsense", "compute", "PUT", "/servers/" + sid, {"server": {"x": 1}})


def actions(c, sid):
    def act(label, body, **more):
        return c.ask("act " + label, "compute", "POST", "/servers/%s/action" % sid, body, **more)
    act("start active", {"os-start": None})
    act("unknown", {"nonsense": None})
    act("two", {"os-start": None, "os-stop": None})
    act("lock", {"lock": {"locked_reason": "one"}})
    act("lock twice", {"lock": {"locked_reason": "two"}})
    act("lock bad", {"lock": {"reason": "x"}})
    act("lock long", {"lock": {"locked_reason": "x" * 256}})
    act("lock old with reason", {"lock": {"locked_reason": "x"}}, mv="2.72")
    act("stop locked", {"os-stop": None})
    c.ask("delete locked", "compute", "DELETE", "/servers/" + sid)
    c.ask("metadata locked", "compute", "POST", "/servers/%s/metadata" % sid, {"metadata": {"a": "b"}})
    c.ask("attach locked", "compute", "POST", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {}})
    act("admin lock", {"lock": None}, user="admin")
    act("unlock admin's", {"unlock": None})
    act("unlock by admin", {"unlock": None}, user="admin")
    act("stop", {"os-stop": None})
    c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "SHUTOFF" and not d["server"]["OS-EXT-STS:task_state"])
    c.ask("show stopped", "compute", "GET", "/servers/" + sid)
    act("stop again", {"os-stop": None})
    act("pause stopped", {"pause": None})
    act("resume stopped", {"resume": None})
    act("confirm", {"confirmResize": None})
    act("unshelve", {"unshelve": {"availability_zone": "az2"}})
    act("migrate by member", {"migrate": None})
    act("live by member", {"os-migrateLive": {"host": None, "block_migration": "auto"}})
    act("reset by member", {"os-resetState": {"state": "active"}})
    act("reboot nothing", {"reboot": {}})
    act("resize same", {"resize": {"flavorRef": "nope"}})
    for label, arg in (("no name", {}), ("long", {"name": "x" * 256}), ("emoji", {"name": "\U0001F600"}), ("metadata", {"name": "n", "metadata": {"a": 1}}), ("nonsense", {"name": "n", "x": 1})):
        act("image " + label, {"createImage": arg})


def snapshot(c, sid, good):
    _, headers, shown = c.ask("snapshot", "compute", "POST", "/servers/%s/action" % sid, {"createImage": {"name": "cmp-image", "metadata": {"mark": "m1"}}})
    image, request = shown["image_id"], headers["X-Compute-Request-Id"]
    c.ask("snapshot while snapshot", "compute", "POST", "/servers/%s/action" % sid, {"createImage": {"name": "cmp-2"}})
    c.ask("start while snapshot", "compute", "POST", "/servers/%s/action" % sid, {"os-start": None})
    c.until("/images/" + image, lambda s, d: d["status"] == "active", "image")
    c.until("/servers/" + sid, lambda s, d: not d["server"]["OS-EXT-STS:task_state"])
    c.ask("image", "image", "GET", "/images/" + image)
    for user, mv in (("demo", "2.50"), ("demo", "2.51"), ("demo", "2.58"), ("demo", "2.62"), ("demo", "2.84"), ("admin", "2.84")):
        c.ask("action %s %s" % (user, mv), "compute", "GET", "/servers/%s/os-instance-actions/%s" % (sid, request), user=user, mv=mv)
    c.ask("actions", "compute", "GET", "/servers/%s/os-instance-actions" % sid)
    c.ask("no action", "compute", "GET", "/servers/%s/os-instance-actions/req-nope" % sid)
    patch = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    for label, body in (
            ("label", [{"op": "remove", "path": "/mark"}, {"op": "replace", "path": "/tags", "value": ["cmp:t"]}, {"op": "replace", "path": "/protected", "value": True}]),
            ("replace none", [{"op": "replace", "path": "/none", "value": "x"}]), ("remove none", [{"op": "remove", "path": "/none"}]),
            ("status", [{"op": "replace", "path": "/status", "value": "x"}]), ("remove name", [{"op": "remove", "path": "/name"}]),
            ("number", [{"op": "add", "path": "/x", "value": 1}]), ("no value", [{"op": "add", "path": "/x"}]), ("bad op", [{"op": "x", "path": "/x"}]),
            ("bad path", [{"op": "add", "path": "x", "value": "1"}]), ("no list", {"op": "add"}), ("tag list", [{"op": "add", "path": "/tags", "value": ["a", "b"]}]),
            ("add twice", [{"op": "add", "path": "/x", "value": "1"}, {"op": "add", "path": "/x", "value": "2"}]),
            ("glance's own", [{"op": "add", "path": "/os_glance_x", "value": "1"}]), ("deep", [{"op": "add", "path": "/x/y", "value": "1"}])):
        c.ask("patch " + label, "image", "PATCH", "/images/" + image, body, headers=patch)
    c.ask("patch json", "image", "PATCH", "/images/" + image, [], headers={"Content-Type": "application/json"})
    c.ask("by tag", "image", "GET", "/images?tag=cmp:t")
    c.ask("by property", "image", "GET", "/images?instance_uuid=" + sid)
    c.ask("by in", "image", "GET", "/images?id=in:%s,00000000-0000-4000-8000-000000000000" % image)
    c.ask("by bad op", "image", "GET", "/images?name=nin:x")
    for query in ("limit=x", "limit=-1", "marker=nope", "changes-since=x", "sort=nope:asc", "visibility=nope", "status=nope"):
        c.ask("images " + query, "image", "GET", "/images?" + query)
    c.ask("delete protected", "image", "DELETE", "/images/" + image)
    c.ask("image not there", "image", "GET", "/images/00000000-0000-4000-8000-000000000000")
    c.ask("delete none", "image", "DELETE", "/images/00000000-0000-4000-8000-000000000000")
    for label, path in (("image", "/images/00000000-0000-4000-8000-000000000000"), ("path", "/nonsense")):
        c.ask("json " + label, "image", "GET", path, headers={"Accept": "application/json"})
        c.ask("html " + label, "image", "GET", path, headers={"Accept": "*/*"})
    c.ask("json patch", "image", "PATCH", "/images/" + image, [{"op": "remove", "path": "/none"}], headers=dict(patch, Accept="application/json"))
    c.ask("json nova path", "compute", "GET", "/nonsense", headers={"Accept": "application/json"})
    c.ask("another's image", "image", "GET", "/images/" + image, user="demo2")
    c.ask("delete public", "image", "DELETE", "/images/" + good["imageRef"])
    c.ask("image tag", "image", "PUT", "/images/%s/tags/more" % image)
    c.ask("image tag off", "image", "DELETE", "/images/%s/tags/more" % image)
    c.ask("image tag off again", "image", "DELETE", "/images/%s/tags/more" % image)
    return image


def target(c, image, good):
    body = dict(good, imageRef=image, name="cmp-target", availability_zone="az2")
    _, _, shown = c.ask("boot target", "compute", "POST", "/servers", {"server": body})
    sid = shown["server"]["id"]
    c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "ACTIVE")
    c.ask("target", "compute", "GET", "/servers/" + sid)
    c.call("compute", "POST", "/servers/%s/action" % sid, {"lock": {"locked_reason": "inherited?"}})
    _, _, shown = c.call("compute", "POST", "/servers/%s/action" % sid, {"createImage": {"name": "cmp-later"}})
    later = shown["image_id"]
    c.until("/images/" + later, lambda s, d: d["status"] == "active", "image")
    c.until("/servers/" + sid, lambda s, d: not d["server"]["OS-EXT-STS:task_state"])
    c.ask("later image", "image", "GET", "/images/" + later)
    c.call("image", "DELETE", "/images/" + later)
    c.call("compute", "POST", "/servers/%s/action" % sid, {"unlock": None})
    c.call("compute", "DELETE", "/servers/" + sid)
    c.until("/servers/" + sid, lambda s, d: s == 404)
    patch = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    c.call("image", "PATCH", "/images/" + image, [{"op": "replace", "path": "/protected", "value": False}], headers=patch)
    c.ask("delete image", "image", "DELETE", "/images/" + image)


def ports(c, sid, network, external):
    make = lambda label, **more: c.ask("port " + label, "network", "POST", "/ports", {"port": dict({"network_id": network}, **more)})
    _, _, shown = make("plain", name="cmp-port", fixed_ips=[{"ip_address": "10.10.77.77"}], mac_address="fa:16:3e:77:77:77", tags=["t"])
    port = shown.get("port", {}).get("id")
    if not port:
        _, _, shown = make("untagged", name="cmp-port", fixed_ips=[{"ip_address": "10.10.77.77"}], mac_address="fa:16:3e:77:77:77")
        port = shown["port"]["id"]
    for label, more in (("same ip", {"fixed_ips": [{"ip_address": "10.10.77.77"}]}), ("same mac", {"mac_address": "fa:16:3e:77:77:77"}), ("strange ip", {"fixed_ips": [{"ip_address": "9.9.9.9"}]}),
                        ("nonsense", {"nonsense": 1}), ("no network", {"network_id": "00000000-0000-4000-8000-000000000000"}), ("group", {"security_groups": ["00000000-0000-4000-8000-000000000000"]}),
                        ("host", {"binding:host_id": "x"}), ("unsafe pairs", {"port_security_enabled": False, "allowed_address_pairs": [{"ip_address": "10.10.1.1"}]}),
                        ("external", {"network_id": external, "fixed_ips": [{"ip_address": "203.0.113.77"}]})):
        make(label, **more)
    one = "/ports/" + port
    c.ask("port", "network", "GET", one)
    c.ask("port by admin", "network", "GET", one, user="admin")
    c.ask("port by another", "network", "GET", one, user="demo2")
    c.ask("ports", "network", "GET", "/ports?name=cmp-port&fields=id&fields=name")
    c.ask("ports by ip", "network", "GET", "/ports?network_id=%s&fixed_ips=ip_address%%3D10.10.77.77&fields=id" % network)
    c.ask("ports limit", "network", "GET", "/ports?limit=1&name=cmp-port&fields=id")
    c.ask("ports marker", "network", "GET", "/ports?limit=1&marker=00000000-0000-4000-8000-000000000000")
    c.ask("put pairs", "network", "PUT", one, {"port": {"allowed_address_pairs": [{"ip_address": "10.10.1.1"}]}})
    c.ask("put bad match", "network", "PUT", one, {"port": {"name": "cmp-x"}}, headers={"If-Match": "revision_number=9999"})
    c.ask("put strange match", "network", "PUT", one, {"port": {"name": "cmp-x"}}, headers={"If-Match": "x"})
    c.ask("put tags", "network", "PUT", one + "/tags", {"tags": ["a"]})
    c.ask("put tag", "network", "PUT", one + "/tags/b")
    c.ask("tags", "network", "GET", one + "/tags")
    c.ask("no tag", "network", "DELETE", one + "/tags/none")
    c.ask("put host", "network", "PUT", one, {"port": {"binding:host_id": "x"}})
    c.ask("no port", "network", "GET", "/ports/00000000-0000-4000-8000-000000000000")
    c.ask("attach", "compute", "POST", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {"port_id": port, "tag": "nic1"}})
    c.ask("attach again", "compute", "POST", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {"port_id": port}})
    c.ask("attach none", "compute", "POST", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {"port_id": "00000000-0000-4000-8000-000000000000"}})
    c.ask("attach both", "compute", "POST", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {"port_id": port, "net_id": network}})
    c.ask("interfaces", "compute", "GET", "/servers/%s/os-interface" % sid)
    c.ask("bound port", "network", "GET", one)
    c.ask("mac of bound", "network", "PUT", one, {"port": {"mac_address": "fa:16:3e:77:77:78"}})
    _, _, shown = c.ask("fip", "network", "POST", "/floatingips", {"floatingip": {"floating_network_id": external}})
    fip = "/floatingips/" + shown["floatingip"]["id"]
    c.ask("fip on", "network", "PUT", fip, {"floatingip": {"port_id": port}})
    c.ask("fip get", "network", "GET", fip)
    _, _, shown = c.call("network", "POST", "/floatingips", {"floatingip": {"floating_network_id": external}})
    second = "/floatingips/" + shown["floatingip"]["id"]
    c.ask("fip twice", "network", "PUT", second, {"floatingip": {"port_id": port}})
    c.ask("fip no port", "network", "PUT", second, {"floatingip": {"port_id": "00000000-0000-4000-8000-000000000000"}})
    c.ask("fip wrong ip", "network", "PUT", second, {"floatingip": {"port_id": port, "fixed_ip_address": "10.10.0.9"}})
    c.ask("fip bad match", "network", "PUT", fip, {"floatingip": {"port_id": None}}, headers={"If-Match": "revision_number=9999"})
    c.ask("fip of address", "network", "POST", "/floatingips", {"floatingip": {"floating_network_id": external, "floating_ip_address": "203.0.113.200"}})
    c.ask("fip of no net", "network", "POST", "/floatingips", {"floatingip": {"floating_network_id": network}})
    c.ask("addresses", "compute", "GET", "/servers/" + sid)
    c.ask("detach", "compute", "DELETE", "/servers/%s/os-interface/%s" % (sid, port))
    c.until("/servers/%s/os-interface" % sid, lambda s, d: len(d["interfaceAttachments"]) == 1)
    c.until(one, lambda s, d: d["port"]["device_id"] == "", "network")
    c.until("/servers/" + sid, lambda s, d: len(d["server"]["addresses"].get("private", [])) == 1)
    c.ask("freed port", "network", "GET", one)
    c.ask("freed fip", "network", "GET", fip)
    c.ask("detach gone", "compute", "DELETE", "/servers/%s/os-interface/%s" % (sid, port))
    c.ask("detach none", "compute", "DELETE", "/servers/%s/os-interface/00000000-0000-4000-8000-000000000000" % sid)
    c.ask("fip off", "network", "PUT", fip, {"floatingip": {"port_id": None}})
    for path in (fip, second, one):
        c.ask("away " + path.split("/")[1], "network", "DELETE", path)
    for path in ("/trunks", "/quotas/%s" % c.project, "/routers?fields=name", "/security-groups?name=web&fields=name", "/networks?name=private"):
        c.ask("network " + path.split("?")[0], "network", "GET", path)


def volumes(c, sid):
    _, _, shown = c.ask("volume", "volume", "POST", "/volumes", {"volume": {"size": 1, "name": "cmp-volume", "availability_zone": "az1"}})
    volume = shown["volume"]["id"]
    c.until("/volumes/" + volume, lambda s, d: d["volume"]["status"] == "available", "volume")
    c.ask("volume shown", "volume", "GET", "/volumes/" + volume)
    for size in (0, -1, "x"):
        c.ask("volume of %s" % size, "volume", "POST", "/volumes", {"volume": {"size": size}})
    path = "/servers/%s/os-volume_attachments" % sid
    c.ask("attach volume", "compute", "POST", path, {"volumeAttachment": {"volumeId": volume}})
    c.until("/volumes/" + volume, lambda s, d: d["volume"]["status"] == "in-use", "volume")
    c.ask("attach volume again", "compute", "POST", path, {"volumeAttachment": {"volumeId": volume}})
    c.ask("attach no volume", "compute", "POST", path, {"volumeAttachment": {"volumeId": "00000000-0000-4000-8000-000000000000"}})
    c.ask("attach nonsense", "compute", "POST", path, {"volumeAttachment": {"volumeId": volume, "x": 1}})
    for mv in ("2.1", "2.70", "2.79", "2.85", "2.89"):
        c.ask("attachments " + mv, "compute", "GET", path, mv=mv)
        c.ask("attachment " + mv, "compute", "GET", path + "/" + volume, mv=mv)
    c.ask("volume in use", "volume", "GET", "/volumes/" + volume)
    c.ask("delete in use", "volume", "DELETE", "/volumes/" + volume)
    c.ask("keep", "compute", "PUT", path + "/" + volume, {"volumeAttachment": {"volumeId": volume, "delete_on_termination": True}})
    c.ask("kept", "compute", "GET", path)
    c.ask("detach volume", "compute", "DELETE", path + "/" + volume)
    c.until("/volumes/" + volume, lambda s, d: d["volume"]["status"] == "available", "volume")
    c.until(path, lambda s, d: not d["volumeAttachments"])
    c.ask("detach volume again", "compute", "DELETE", path + "/" + volume)
    c.ask("delete volume", "volume", "DELETE", "/volumes/" + volume)
    c.until("/volumes/" + volume, lambda s, d: s == 404, "volume")
    c.ask("volume gone", "volume", "GET", "/volumes/" + volume)
    c.ask("volume limits", "volume", "GET", "/limits")
    c.ask("volume zones", "volume", "GET", "/os-availability-zone")


def shelving(c, sid):
    act = "/servers/%s/action" % sid
    c.ask("shelve", "compute", "POST", act, {"shelve": None})
    c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "SHELVED_OFFLOADED" and not d["server"]["OS-EXT-STS:task_state"])
    c.ask("shelved", "compute", "GET", "/servers/" + sid)
    c.ask("shelved by admin", "compute", "GET", "/servers/" + sid, user="admin")
    c.ask("shelved image", "image", "GET", "/images?name=cmp-1-shelved")
    c.ask("shelved ports", "network", "GET", "/ports?device_id=%s&fields=device_owner&fields=status" % sid)
    for label, arg in (("nothing", {}), ("null zone", {"availability_zone": None}), ("no such zone", {"availability_zone": "az9"}), ("host", {"host": "az2-1"})):
        c.ask("unshelve " + label, "compute", "POST", act, {"unshelve": arg}, mv="2.90")
    c.ask("unshelve", "compute", "POST", act, {"unshelve": {"availability_zone": "az2"}})
    c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "ACTIVE" and not d["server"]["OS-EXT-STS:task_state"])
    c.ask("unshelved", "compute", "GET", "/servers/" + sid)
    c.ask("unshelved ports", "network", "GET", "/ports?device_id=%s&fields=device_owner&fields=status" % sid)
    c.ask("unshelved image", "image", "GET", "/images?name=cmp-1-shelved")
    c.ask("unshelve again", "compute", "POST", act, {"unshelve": None})
    for label, body in (("resize", {"resize": {"flavorRef": find(c, "compute", "/flavors", "flavors", "m1.small")}}), ("revert", {"revertResize": None})):
        c.ask(label, "compute", "POST", act, body)
        c.until("/servers/" + sid, lambda s, d: d["server"]["status"] in ("VERIFY_RESIZE", "ACTIVE") and not d["server"]["OS-EXT-STS:task_state"])
        c.ask("after " + label, "compute", "GET", "/servers/" + sid)
    c.ask("backup", "compute", "POST", act, {"createBackup": {"name": "cmp-backup", "backup_type": "daily", "rotation": 1}})
    c.until("/servers/" + sid, lambda s, d: not d["server"]["OS-EXT-STS:task_state"])
    for image in c.ask("backups", "image", "GET", "/images?name=cmp-backup")[2]["images"]:
        c.call("image", "DELETE", "/images/" + image["id"])
    c.ask("all actions", "compute", "GET", "/servers/%s/os-instance-actions" % sid)


def volume_booted(c, good):
    bdm = [{"boot_index": 0, "uuid": good["imageRef"], "source_type": "image", "destination_type": "volume", "volume_size": 1, "delete_on_termination": True}]
    body = dict({k: v for k, v in good.items() if k != "imageRef"}, name="cmp-bfv", block_device_mapping_v2=bdm)
    for label, change in (("no volume", {"uuid": "00000000-0000-4000-8000-000000000000", "source_type": "volume"}), ("nonsense", {"x": 1}),
                          ("source", {"source_type": "x"}), ("index", {"boot_index": "x"})):
        c.ask("bdm " + label, "compute", "POST", "/servers", {"server": dict(body, block_device_mapping_v2=[dict(bdm[0], **change)])})
    _, _, shown = c.ask("bfv", "compute", "POST", "/servers", {"server": body})
    sid = shown["server"]["id"]
    c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "ACTIVE")
    _, _, shown = c.ask("bfv shown", "compute", "GET", "/servers/" + sid)
    root = shown["server"]["os-extended-volumes:volumes_attached"][0]["id"]
    c.ask("bfv root", "volume", "GET", "/volumes/" + root)
    c.ask("bfv attachments", "compute", "GET", "/servers/%s/os-volume_attachments" % sid)
    c.ask("bfv root off", "compute", "DELETE", "/servers/%s/os-volume_attachments/%s" % (sid, root))
    c.ask("bfv backup", "compute", "POST", "/servers/%s/action" % sid, {"createBackup": {"name": "b", "backup_type": "daily", "rotation": 1}})
    _, _, shown = c.ask("bfv snapshot", "compute", "POST", "/servers/%s/action" % sid, {"createImage": {"name": "cmp-bfv-image"}})
    image = shown["image_id"]
    _, _, shown = c.ask("bfv image", "image", "GET", "/images/" + image)
    c.log.append(("bfv mapping", "", "", 0, c.plain(json.loads(shown["block_device_mapping"]))))
    snapshot = json.loads(shown["block_device_mapping"])[0]["snapshot_id"]
    c.until("/snapshots/" + snapshot, lambda s, d: d["snapshot"]["status"] == "available", "volume")
    c.ask("bfv volume snapshot", "volume", "GET", "/snapshots/" + snapshot)
    c.ask("bfv actions", "compute", "GET", "/servers/%s/os-instance-actions" % sid)
    c.ask("bfv delete root", "volume", "DELETE", "/volumes/" + root)
    c.call("compute", "DELETE", "/servers/" + sid)
    c.until("/servers/" + sid, lambda s, d: s == 404)
    c.ask("bfv root survives", "volume", "GET", "/volumes/" + root)
    c.ask("bfv delete root with snapshot", "volume", "DELETE", "/volumes/" + root)
    c.ask("bfv delete snapshot", "volume", "DELETE", "/snapshots/" + snapshot)
    c.until("/snapshots/" + snapshot, lambda s, d: s == 404, "volume")
    c.ask("bfv delete root at last", "volume", "DELETE", "/volumes/" + root)
    c.call("image", "DELETE", "/images/" + image)


def others(c, good):
    for user in ("demo", "admin"):
        for path in ("/os-availability-zone", "/os-availability-zone/detail", "/os-services?binary=nova-compute&host=az1-1", "/os-hypervisors", "/os-hypervisors/detail", "/os-aggregates",
                     "/flavors", "/flavors/detail", "/flavors/nope", "/os-keypairs", "/os-keypairs/nope", "/limits", "/os-quota-sets/" + c.project, "/os-quota-sets/%s/detail" % c.project,
                     "/os-server-groups/00000000-0000-4000-8000-000000000000", "/nonsense"):
            c.ask("%s %s" % (user, path.replace(c.project, "PROJECT")), "compute", "GET", path, user=user)
    c.ask("key", "compute", "GET", "/os-keypairs/key")
    _, _, shown = c.ask("new group", "compute", "POST", "/os-server-groups", {"server_group": {"name": "cmp-group", "policy": "soft-affinity"}})
    group = shown["server_group"]["id"]
    hard = c.call("compute", "POST", "/os-server-groups", {"server_group": {"name": "cmp-hard", "policy": "affinity"}})[2]["server_group"]["id"]
    c.ask("group", "compute", "GET", "/os-server-groups/" + group)
    c.ask("group old", "compute", "GET", "/os-server-groups/" + group, mv="2.63")
    hints = {"os:scheduler_hints": {"group": hard}}
    for zone in ("az1", "az2"):
        _, _, shown = c.call("compute", "POST", "/servers", dict(hints, server=dict(good, name="cmp-" + zone, availability_zone=zone)))
        sid = shown["server"]["id"]
        c.until("/servers/" + sid, lambda s, d: d["server"]["status"] != "BUILD")
        c.ask("affinity " + zone, "compute", "GET", "/servers/" + sid)
        c.ask("affinity action " + zone, "compute", "GET", "/servers/%s/os-instance-actions" % sid)
    c.ask("group with a member", "compute", "GET", "/os-server-groups/" + hard)
    c.ask("group away", "compute", "DELETE", "/os-server-groups/" + group)
    c.ask("group bad", "compute", "POST", "/os-server-groups", {"server_group": {"name": "cmp-group"}})
    c.ask("wrong method", "compute", "PATCH", "/servers")


def scenario(c):
    c.auth("demo"), c.auth("admin"), c.auth("demo2")
    c.project = c.http("GET", c.auth_url + "/auth/projects", headers={"X-Auth-Token": c.tokens["demo"]})[2]["projects"][0]["id"]
    network, external = find(c, "network", "/networks", "networks", "private"), find(c, "network", "/networks", "networks", "public")
    good = {"name": "cmp-1", "imageRef": find(c, "image", "/images", "images", "cirros"), "flavorRef": find(c, "compute", "/flavors", "flavors", "m1.tiny"),
            "networks": [{"uuid": network}], "availability_zone": "az1"}
    identity(c)
    refusals(c, good)
    body = {"server": dict(good, tags=["cmp:a", "b"], metadata={"a": "b"}, key_name="key", security_groups=[{"name": "web"}], description="d", config_drive=True, user_data="aGVsbG8="),
            "os:scheduler_hints": {"x": "y"}}
    _, _, shown = c.ask("boot", "compute", "POST", "/servers", body)
    sid = shown["server"]["id"]
    try:
        c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "ACTIVE")
        server_views(c, sid)
        parts(c, sid)
        actions(c, sid)
        target(c, snapshot(c, sid, good), good)
        ports(c, sid, network, external)
        volumes(c, sid)
        c.call("compute", "POST", "/servers/%s/action" % sid, {"os-start": None})
        c.until("/servers/" + sid, lambda s, d: d["server"]["status"] == "ACTIVE" and not d["server"]["OS-EXT-STS:task_state"])
        shelving(c, sid)
        volume_booted(c, good)
        others(c, good)
        c.ask("delete", "compute", "DELETE", "/servers/" + sid)
        c.until("/servers/" + sid, lambda s, d: s == 404)
        c.ask("actions of deleted", "compute", "GET", "/servers/%s/os-instance-actions" % sid)
    finally:
        for server in c.call("compute", "GET", "/servers?name=^cmp-")[2]["servers"]:
            c.call("compute", "DELETE", "/servers/" + server["id"])
        for group in c.call("compute", "GET", "/os-server-groups")[2]["server_groups"]:
            if group["name"].startswith("cmp-"):
                c.call("compute", "DELETE", "/os-server-groups/" + group["id"])
    return c.log


def differences(a, b, where=""):
    """Sentences: where a (the fake) and b (the real one) differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            if key not in a:
                yield "%s lacks %s = %.80r" % (where, key, b[key])
            elif key not in b:
                yield "%s has %s = %.80r too many" % (where, key, a[key])
            else:
                yield from differences(a[key], b[key], where + "." + key)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, pair in enumerate(zip(a, b)):
            yield from differences(*pair, where + "[%d]" % i)
    elif a != b:
        yield "%s is %.300r, really %.300r" % (where, a, b)


def main():
    fake = Fake("--jobs", "stop=0.2,snapshot=0.4,boot=0.5", "--microversion", "2.93", clock="real")
    try:
        mine = scenario(Cloud("http://127.0.0.1:%d/identity/v3" % fake.port))
    finally:
        fake.stop()
    with open(sys.argv[1]) as f:
        real = scenario(Cloud(re.search(r"auth_url: *(\S+)", f.read()).group(1)))
    bad, verbose = 0, "-v" in sys.argv
    for (label, method, path, status, shown), (_, _, _, real_status, real_shown) in zip(mine, real):
        found = ["status is %d, really %d" % (status, real_status)] if status != real_status else []
        found += differences(shown, real_shown)
        found = ["%s: %s" % (label, sentence) for sentence in found]
        found = [line for line in found if verbose or not any(pattern.search(line) for pattern, _ in KNOWN)]
        bad += bool(found)
        print("".join(line + "\n" for line in found[:40]), end="")
    print("%d questions, %d answered otherwise" % (len(mine), bad))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
