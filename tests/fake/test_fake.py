# SPDX-License-Identifier: Apache-2.0
"""The fake cloud against what is known of the real one: states, refusals, pages, microversions."""
import time
import unittest

from cloudclient import Fake


class Case(unittest.TestCase):
    args = ()

    def setUp(self):
        self.f = Fake(*self.args)

    def tearDown(self):
        self.f.stop()


class Identity(Case):
    def test_password_and_catalog(self):
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": "demo", "domain": {"name": "Default"}, "password": "demo"}}},
            "scope": {"project": {"name": "demo", "domain": {"id": "default"}}}}}
        reply = self.f.raw("POST", "/identity/v3/auth/tokens", body)
        self.assertEqual(reply.status, 201)
        token = reply.json["token"]
        types = {s["type"]: s["endpoints"] for s in token["catalog"]}
        self.assertEqual(set(types), {"identity", "compute", "image", "network", "volumev3"})
        self.assertEqual(types["compute"][0]["url"], "http://127.0.0.1:%d/compute/v2.1" % self.f.port)
        self.assertTrue(types["volumev3"][0]["url"].endswith("/volume/v3/" + token["project"]["id"]))
        self.assertEqual([r["name"] for r in token["roles"]], ["member", "reader"])

    def test_wrong_password_and_domain(self):
        for user in ({"name": "demo", "domain": {"id": "default"}, "password": "no"},
                     {"name": "demo", "domain": {"id": "other"}, "password": "demo"}):
            reply = self.f.raw("POST", "/identity/v3/auth/tokens",
                               {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}})
            self.assertEqual(reply.status, 401)
            self.assertEqual(reply.json["error"]["title"], "Unauthorized")

    def test_application_credential(self):
        identity = {"methods": ["application_credential"],
                    "application_credential": {"id": "appcred-demo", "secret": "appcred-secret"}}
        reply = self.f.raw("POST", "/identity/v3/auth/tokens", {"auth": {"identity": identity}})
        self.assertEqual(reply.status, 201)
        self.assertEqual(reply.json["token"]["project"]["name"], "demo")
        reply = self.f.raw("POST", "/identity/v3/auth/tokens",
                           {"auth": {"identity": identity, "scope": {"project": {"id": "x"}}}})
        self.assertEqual(reply.status, 401)
        self.assertIn("cannot request a scope", reply.json["error"]["message"])

    def test_tokens_end(self):
        token = self.f.token()
        self.f.advance(3601)
        reply = self.f.raw("GET", "/compute/v2.1/servers", headers={"X-Auth-Token": token})
        self.assertEqual(reply.status, 401)
        self.f.tokens.clear()
        self.f.token()
        self.f.control("POST", "revoke")
        self.assertEqual(self.f.call("GET", "/network/v2.0/ports").status, 401)

    def test_unscoped_and_foreign_scope(self):
        identity = {"methods": ["password"], "password": {"user": {
            "name": "demo", "domain": {"id": "default"}, "password": "demo"}}}
        reply = self.f.raw("POST", "/identity/v3/auth/tokens", {"auth": {"identity": identity}})
        self.assertEqual(reply.status, 201)
        self.assertNotIn("catalog", reply.json["token"])
        headers = {"X-Auth-Token": reply.headers["X-Subject-Token"]}
        projects = self.f.raw("GET", "/identity/v3/auth/projects", headers=headers).json["projects"]
        self.assertEqual([p["name"] for p in projects], ["demo"])
        reply = self.f.raw("POST", "/identity/v3/auth/tokens", {"auth": {"identity": identity, "scope": {
            "project": {"name": "demo2", "domain": {"id": "default"}}}}})
        self.assertEqual(reply.status, 401)


class Versions(Case):
    args = ("--microversion", "2.79")

    def test_documents(self):
        self.assertEqual(self.f.raw("GET", "/compute/v2.1/").json["version"]["version"], "2.79")
        self.assertEqual(self.f.raw("GET", "/image/").status, 300)
        self.assertEqual(self.f.raw("GET", "/image/versions").status, 200)
        self.assertEqual(self.f.raw("GET", "/network/").json["versions"][0]["id"], "v2.0")
        self.assertEqual(self.f.raw("GET", "/identity/").status, 300)

    def test_negotiation(self):
        reply = self.f.call("GET", "/compute/v2.1/servers", mv="2.80")
        self.assertEqual(reply.status, 406)
        self.assertIn("maximum is 2.79", reply.json["computeFault"]["message"])
        reply = self.f.call("GET", "/compute/v2.1/servers", mv="2.60")
        self.assertEqual(reply.headers["OpenStack-API-Version"], "compute 2.60")
        self.assertTrue(reply.headers["X-Compute-Request-Id"].startswith("req-"))
        reply = self.f.call("GET", "/compute/v2.1/servers", mv=None)
        self.assertEqual(reply.headers["X-OpenStack-Nova-API-Version"], "2.1")

    def test_keys_by_microversion(self):
        sid = self.f.nova("POST", "/servers", self.f.body("web1", tags=["a"]), mv="2.52").json["server"]["id"]
        self.f.advance()
        since = {"locked": 9, "description": 19, "tags": 26, "trusted_image_certificates": 63,
                 "server_groups": 71, "locked_reason": 73}
        for key, minor in since.items():
            self.assertNotIn(key, self.f.server(sid, mv="2.%d" % (minor - 1)), key)
            self.assertIn(key, self.f.server(sid, mv="2.%d" % minor), key)
        self.assertIn("id", self.f.server(sid, mv="2.46")["flavor"])
        self.assertEqual(self.f.server(sid, mv="2.47")["flavor"]["original_name"], "m1.tiny")
        self.assertNotIn("id", self.f.server(sid, mv="2.47")["flavor"])
        self.assertNotIn("OS-EXT-SRV-ATTR:user_data", self.f.server(sid, mv="2.79"))
        self.assertIn("OS-EXT-SRV-ATTR:user_data", self.f.server(sid, mv="2.79", user="admin"))
        detail = self.f.nova("GET", "/servers/detail", mv="2.79").json["servers"][0]
        self.assertNotIn("server_groups", detail)

    def test_strict_bodies(self):
        for key, value, mv in (("tags", ["x"], "2.51"), ("hostname", "abc", "2.79"), ("description", "d", "2.18"),
                               ("nonsense", 1, "2.79"), ("key_name", None, "2.79")):
            body = self.f.body("web1")
            body["server"][key] = value
            reply = self.f.call("POST", "/compute/v2.1/servers", body, mv=mv)
            self.assertEqual(reply.status, 400, key)
            self.assertIn("message", reply.json["badRequest"])
        body = self.f.body("web1")
        del body["server"]["networks"]
        self.assertEqual(self.f.call("POST", "/compute/v2.1/servers", body, mv="2.37").status, 400)
        self.assertEqual(self.f.call("GET", "/compute/v2.1/servers?nonsense=1", mv="2.74").status, 200)
        self.assertEqual(self.f.call("GET", "/compute/v2.1/servers?nonsense=1", mv="2.75").status, 400)


class Newest(Case):
    def test_keys(self):
        sid = self.f.nova("POST", "/servers", dict(self.f.body("web1"), **{"os:scheduler_hints": {"a": "b"}}),
                          mv="2.104").json["server"]["id"]
        self.f.advance()
        self.assertNotIn("OS-EXT-SRV-ATTR:hostname", self.f.server(sid, mv="2.89"))
        self.assertEqual(self.f.server(sid, mv="2.90")["OS-EXT-SRV-ATTR:hostname"], "web1")
        self.assertNotIn("pinned_availability_zone", self.f.server(sid, mv="2.95"))
        self.assertEqual(self.f.server(sid, mv="2.96")["pinned_availability_zone"], "az1")
        self.assertNotIn("properties", self.f.server(sid, mv="2.97")["image"])
        self.assertIn("properties", self.f.server(sid, mv="2.98")["image"])
        self.assertEqual(self.f.server(sid, mv="2.100")["scheduler_hints"], {"a": ["b"]})
        self.f.nova("PUT", "/servers/" + sid, {"server": {"pinned_availability_zone": None}}, mv="2.104")
        self.assertIsNone(self.f.server(sid, mv="2.104")["pinned_availability_zone"])
        self.f.nova("PUT", "/servers/" + sid, {"server": {"pinned_availability_zone": "az2"}}, mv="2.104", expect=(409,))
        for _ in range(2):
            self.f.nova("PUT", "/servers/" + sid, {"server": {"pinned_availability_zone": "az1"}}, mv="2.104")
        self.f.nova("PUT", "/servers/" + sid, {"server": {"pinned_availability_zone": "az1"}}, mv="2.103", expect=(400,))
        self.f.nova("GET", "/servers/%s?x=1" % sid, mv="2.101")
        self.f.nova("GET", "/servers/%s?x=1" % sid, mv="2.102", expect=(400,))
        self.f.nova("GET", "/os-keypairs?x=1", mv="2.74")
        self.f.nova("GET", "/os-keypairs?x=1", mv="2.75", expect=(400,))
        self.assertNotIn("rxtx_factor", self.f.nova("GET", "/flavors/detail", mv="2.102").json["flavors"][0])

    def test_hostname_pattern(self):
        for name, mv, status in (("x", "2.90", 400), ("a.b", "2.90", 400), ("a.b", "2.94", 202), ("a_b", "2.94", 400)):
            reply = self.f.call("POST", "/compute/v2.1/servers", self.f.body("n", hostname=name), mv=mv)
            self.assertEqual(reply.status, status, (name, mv, reply.data))


class Servers(Case):
    def test_task_states(self):
        sid = self.f.nova("POST", "/servers", self.f.body("web1")).json["server"]["id"]
        seen = []
        for _ in range(60):
            s = self.f.server(sid)
            if not seen or seen[-1] != (s["status"], s["OS-EXT-STS:task_state"]):
                seen.append((s["status"], s["OS-EXT-STS:task_state"]))
            self.f.advance(0.01)
        self.assertEqual(seen, [("BUILD", "scheduling"), ("BUILD", "networking"), ("BUILD", "spawning"), ("ACTIVE", None)])
        self.f.act(sid, "os-stop")
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], "powering-off")
        self.assertEqual(self.f.server(sid)["status"], "ACTIVE")
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "SHUTOFF")
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:power_state"], 4)
        reply = self.f.act(sid, "os-stop", expect=(409,))
        self.assertIn("vm_state stopped", reply.json["conflictingRequest"]["message"])
        self.f.nova("DELETE", "/servers/" + sid)
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], "deleting")
        self.f.advance()
        self.f.nova("GET", "/servers/" + sid, expect=(404,))
        self.assertEqual(self.f.net("GET", "/ports?device_id=" + sid).json["ports"], [])

    def test_refusals(self):
        plain = self.f.body("n")["server"]
        boot = lambda **more: self.f.call("POST", "/compute/v2.1/servers", {"server": dict(plain, **more)})
        self.assertIn("zone is not available", boot(availability_zone="az9").json["badRequest"]["message"])
        self.assertIn("Invalid key_name", boot(key_name="other").json["badRequest"]["message"])
        self.assertEqual(boot(key_name="key").status, 202)
        self.assertEqual(boot(imageRef="00000000-0000-4000-8000-000000000000").status, 400)
        self.assertEqual(boot(flavorRef="9").status, 400)
        self.assertEqual(boot(security_groups=[{"name": "nope"}]).status, 400)
        self.assertEqual(boot(networks="auto").status, 409)
        self.assertEqual(boot(networks=[{"port": "00000000-0000-4000-8000-000000000000"}]).status, 400)
        self.assertEqual(boot(tags=["x" * 61]).status, 400)
        self.assertEqual(boot(tags=[str(i) for i in range(51)]).status, 400)
        self.assertEqual(boot(name="x" * 256).status, 400)
        self.assertEqual(boot(name="a\nb").status, 400)
        self.assertEqual(boot(name="smile \U0001F600").status, 400)
        self.assertEqual(boot(name="\u0421\u0435\u0440\u0432\u0435\u0440 1").status, 202)
        self.f.control("POST", "config", {"quota": {"demo": {"instances": 0}}})
        self.assertIn("Quota exceeded for instances", boot().json["forbidden"]["message"])
        self.f.control("POST", "config", {"quota": {"demo": {"instances": 9}}, "zones": {"az1": {"available": False}}})
        self.assertEqual(boot().status, 400)

    def test_lock(self):
        sid = self.f.boot()
        self.f.stop_server(sid)
        self.f.act(sid, "lock", {"locked_reason": "one"})
        self.f.act(sid, "lock", {"locked_reason": "two"})
        self.assertEqual(self.f.server(sid)["locked_reason"], "one")
        self.assertEqual(self.f.effects()["lock"], {sid: 1})
        for method, path, body in (("POST", "/action", {"os-start": None}), ("DELETE", "", None),
                                   ("POST", "/metadata", {"metadata": {"a": "b"}}),
                                   ("POST", "/os-interface", {"interfaceAttachment": {"net_id": self.f.network()}})):
            reply = self.f.nova(method, "/servers/" + sid + path, body, expect=(409,))
            self.assertIn("is locked", reply.json["conflictingRequest"]["message"])
        self.f.nova("PUT", "/servers/" + sid, {"server": {"name": "other"}})
        self.f.nova("PUT", "/servers/%s/tags/t" % sid, expect=(201,))
        self.f.act(sid, "createImage", {"name": "i"})
        self.f.advance()
        self.f.act(sid, "lock", {"locked_reason": "admin's"}, user="admin")
        self.f.act(sid, "unlock", expect=(403,))
        self.f.act(sid, "os-start", user="admin")
        self.f.act(sid, "unlock", user="admin")
        self.assertFalse(self.f.server(sid)["locked"])
        self.assertIsNone(self.f.server(sid)["locked_reason"])

    def test_tags_and_metadata(self):
        sid = self.f.boot()
        self.f.nova("PUT", "/servers/%s/tags/a:b" % sid, expect=(201,))
        self.f.nova("PUT", "/servers/%s/tags/a:b" % sid, expect=(204,))
        self.assertEqual(self.f.effects()["tag_add"], {"a:b": 1})
        self.f.nova("PUT", "/servers/%s/tags" % sid, {"tags": [str(i) for i in range(50)]})
        self.f.nova("PUT", "/servers/%s/tags/more" % sid, expect=(400,))
        self.f.nova("DELETE", "/servers/%s/tags/0" % sid, expect=(204,))
        self.f.nova("DELETE", "/servers/%s/tags/0" % sid, expect=(404,))
        self.f.nova("GET", "/servers/%s/tags" % sid, mv="2.25", expect=(404,))
        self.f.nova("POST", "/servers/%s/metadata" % sid, {"metadata": {"k": "v", "l": "w"}})
        self.f.nova("DELETE", "/servers/%s/metadata/k" % sid, expect=(204,))
        self.assertEqual(self.f.server(sid)["metadata"], {"l": "w"})

    def test_lists(self):
        ids = [self.f.boot("vm-%d" % i, tags=["odd" if i % 2 else "even", "all"]) for i in range(5)]
        names = lambda q: [s["name"] for s in self.f.nova("GET", "/servers" + q).json["servers"]]
        self.assertEqual(names(""), ["vm-4", "vm-3", "vm-2", "vm-1", "vm-0"])
        self.assertEqual(names("?tags=odd,all"), ["vm-3", "vm-1"])
        self.assertEqual(names("?tags-any=odd,even&name=vm-[12]"), ["vm-2", "vm-1"])
        self.assertEqual(len(names("?metadata=x")), 5)
        page = self.f.nova("GET", "/servers?limit=2").json
        self.assertEqual([s["name"] for s in page["servers"]], ["vm-4", "vm-3"])
        self.assertEqual(page["servers_links"][0]["rel"], "next")
        self.assertEqual(names("?limit=2&marker=" + ids[3]), ["vm-2", "vm-1"])
        self.f.nova("GET", "/servers?marker=nonsense", expect=(400,))
        self.f.nova("GET", "/servers?status=nonsense", expect=(400,))
        self.f.advance(100)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.f.control("GET", "clock").json["now"]))
        self.f.nova("DELETE", "/servers/" + ids[0])
        self.f.advance()
        changed = self.f.nova("GET", "/servers/detail?changes-since=" + now).json["servers"]
        self.assertEqual([(s["name"], s["status"]) for s in changed], [("vm-0", "DELETED")])
        self.assertEqual(names("?availability_zone=az2"), [])
        self.assertEqual(len(names("?host=az9")), 4)
        self.f.nova("GET", "/servers?all_tenants=1", expect=(403,))
        self.assertEqual(len(self.f.nova("GET", "/servers?all_tenants=1", user="admin").json["servers"]), 4)
        self.assertEqual(self.f.nova("GET", "/servers", user="demo2").json["servers"], [])
        self.f.nova("GET", "/servers/" + ids[1], user="demo2", expect=(404,))

    def test_actions(self):
        sid = self.f.boot()
        request = self.f.act(sid, "os-stop").headers["X-Compute-Request-Id"]
        self.f.advance()
        actions = self.f.nova("GET", "/servers/%s/os-instance-actions" % sid).json["instanceActions"]
        self.assertEqual([a["action"] for a in actions], ["stop", "create"])
        self.assertEqual(actions[0]["request_id"], request)
        one = self.f.nova("GET", "/servers/%s/os-instance-actions/%s" % (sid, request)).json["instanceAction"]
        self.assertEqual(one["events"][0]["event"], "compute_stop_instance")
        self.assertEqual(one["events"][0]["result"], "Success")

    def test_delete_while_building(self):
        sid = self.f.nova("POST", "/servers", self.f.body("web1")).json["server"]["id"]
        self.f.nova("DELETE", "/servers/" + sid)
        self.assertEqual(self.f.server(sid)["status"], "BUILD")
        self.f.advance()
        self.f.nova("GET", "/servers/" + sid, expect=(404,))
        self.assertEqual(self.f.net("GET", "/ports").json["ports"], [])

    def test_failed_boot(self):
        self.f.control("POST", "config", {"hosts": {"az1-1": {"spawn_fail": True}, "az1-2": {"spawn_fail": True}}})
        port = self.f.net("POST", "/ports", {"port": {"network_id": self.f.network()}}).json["port"]["id"]
        sid = self.f.nova("POST", "/servers", self.f.body("web1", networks=[{"port": port}])).json["server"]["id"]
        self.f.advance()
        server = self.f.server(sid)
        self.assertEqual(server["status"], "ERROR")
        self.assertIn("spawn_fail", server["fault"]["message"])
        self.assertEqual(self.f.net("GET", "/ports/" + port).json["port"]["device_id"], "")
        self.f.nova("DELETE", "/servers/" + sid)
        self.f.advance()
        self.f.nova("GET", "/servers/" + sid, expect=(404,))

    def test_no_host(self):
        self.f.control("POST", "config", {"hosts": {"az1-1": {"full": True}, "az1-2": {"full": True}}})
        sid = self.f.nova("POST", "/servers", self.f.body("web1")).json["server"]["id"]
        self.f.advance()
        self.assertIn("No valid host", self.f.server(sid)["fault"]["message"])
        self.assertEqual(self.f.server(sid)["hostId"], "")

    def test_affinity(self):
        def boot(policy, zones):
            group = self.f.nova("POST", "/os-server-groups", {"server_group": {"name": "g", "policy": policy}}).json["server_group"]["id"]
            found = []
            for zone in zones:
                body = dict(self.f.body("x", availability_zone=zone), **{"os:scheduler_hints": {"group": group}})
                sid = self.f.nova("POST", "/servers", body).json["server"]["id"]
                self.f.advance()
                found.append((self.f.server(sid)["status"], self.f.state()["servers"][sid]["host"]))
            return found
        together = boot("affinity", ["az1", "az1", "az2"])
        self.assertEqual([s for s, _ in together], ["ACTIVE", "ACTIVE", "ERROR"])
        self.assertEqual(together[0][1], together[1][1])
        apart = boot("anti-affinity", ["az1", "az1", "az1", "az2"])
        self.assertEqual([s for s, _ in apart], ["ACTIVE", "ACTIVE", "ERROR", "ACTIVE"])
        self.assertEqual([s for s, _ in boot("soft-affinity", ["az1", "az2"])], ["ACTIVE", "ACTIVE"])

    def test_soft_delete(self):
        self.f.control("POST", "config", {"reclaim_s": 600})
        sid, other = self.f.boot(), self.f.boot("other")
        for server in (sid, other):
            self.f.nova("DELETE", "/servers/" + server)
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "SOFT_DELETED")
        self.assertEqual(len(self.f.net("GET", "/ports?device_id=" + sid).json["ports"]), 1)
        self.f.act(sid, "forceDelete")
        self.f.act(other, "restore")
        self.f.advance()
        self.f.nova("GET", "/servers/" + sid, expect=(404,))
        self.assertEqual(self.f.server(other)["status"], "ACTIVE")
        self.f.nova("DELETE", "/servers/" + other)
        self.f.advance(700)
        self.f.nova("GET", "/servers/" + other, expect=(404,))

    def test_host_that_is_down(self):
        sid = self.f.boot()
        host = self.f.state()["servers"][sid]["host"]
        self.f.control("POST", "config", {"hosts": {host: {"down": True}}})
        self.f.act(sid, "os-stop")
        self.f.advance(1000)
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], "powering-off")
        self.f.control("POST", "config", {"hosts": {host: None}})
        self.f.control("POST", "unstick")
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "SHUTOFF")
        self.f.control("POST", "config", {"hosts": {host: {"down": True}}})
        self.f.nova("DELETE", "/servers/" + sid)
        self.f.advance()
        self.f.nova("GET", "/servers/" + sid, expect=(404,))

    def test_disks(self):
        sid = self.f.boot()
        self.assertEqual(len(self.f.raw("GET", "/_fake/disks/" + sid).data), 1 << 20)
        self.f.raw("PUT", "/_fake/disks/" + sid, b"written in the guest")
        self.f.stop_server(sid)
        image = self.f.act(sid, "createImage", {"name": "i"}).json["image_id"]
        self.f.advance()
        target = self.f.boot("target", imageRef=image, availability_zone="az2")
        self.assertEqual(self.f.raw("GET", "/_fake/disks/" + target).data, b"written in the guest")
        self.assertEqual(self.f.server(target)["OS-EXT-AZ:availability_zone"], "az2")

    def test_groups(self):
        group = self.f.nova("POST", "/os-server-groups", {"server_group": {"name": "g", "policy": "affinity"}}).json["server_group"]["id"]
        body = dict(self.f.body("web1"), **{"os:scheduler_hints": {"group": group}})
        sid = self.f.nova("POST", "/servers", body).json["server"]["id"]
        self.f.advance()
        self.assertEqual(self.f.server(sid)["server_groups"], [group])
        self.assertEqual(self.f.nova("GET", "/os-server-groups/" + group).json["server_group"]["members"], [sid])

    def test_admin_calls(self):
        for path in ("/os-services", "/os-hypervisors/detail", "/os-aggregates", "/os-availability-zone/detail", "/os-migrations"):
            self.f.nova("GET", path, expect=(403,))
            self.f.nova("GET", path, user="admin", expect=(200,))
        zones = self.f.nova("GET", "/os-availability-zone").json["availabilityZoneInfo"]
        self.assertEqual([z["zoneName"] for z in zones], ["az1", "az2"])
        self.assertEqual(self.f.nova("GET", "/limits").json["limits"]["absolute"]["totalInstancesUsed"], 0)


class Moves(Case):
    def test_shelve_into_zone(self):
        sid = self.f.boot()
        mac = self.f.net("GET", "/ports?device_id=" + sid).json["ports"][0]["mac_address"]
        self.f.raw("PUT", "/_fake/disks/" + sid, b"kept")
        self.f.act(sid, "shelve")
        self.f.advance()
        server = self.f.server(sid)
        self.assertEqual((server["status"], server["OS-EXT-AZ:availability_zone"]), ("SHELVED_OFFLOADED", ""))
        self.f.act(sid, "unshelve", {}, expect=(400,))
        self.f.act(sid, "unshelve", {"availability_zone": "az2"})
        self.f.advance()
        server = self.f.server(sid)
        self.assertEqual((server["status"], server["OS-EXT-AZ:availability_zone"]), ("ACTIVE", "az2"))
        self.assertEqual(self.f.raw("GET", "/_fake/disks/" + sid).data, b"kept")
        self.assertEqual(self.f.net("GET", "/ports?device_id=" + sid).json["ports"][0]["mac_address"], mac)
        self.assertEqual(len(self.f.glance("GET", "/images").json["images"]), 1)

    def test_live(self):
        sid = self.f.boot()
        live = {"host": "az2-1", "block_migration": "auto"}
        self.f.act(sid, "os-migrateLive", live, expect=(403,))
        self.f.act(sid, "os-migrateLive", live, user="admin")
        self.f.advance()
        self.assertEqual(self.f.server(sid)["OS-EXT-AZ:availability_zone"], "az1")  # pinned
        self.f.nova("PUT", "/servers/" + sid, {"server": {"pinned_availability_zone": None}}, mv="2.104")
        self.f.act(sid, "os-migrateLive", live, user="admin")
        self.f.advance()
        self.assertEqual(self.f.server(sid)["OS-EXT-AZ:availability_zone"], "az2")
        migrations = self.f.nova("GET", "/os-migrations?instance_uuid=" + sid, user="admin").json["migrations"]
        self.assertEqual([m["status"] for m in migrations], ["completed", "error"])

    def test_cold(self):
        sid = self.f.boot()
        self.f.act(sid, "migrate", None, user="admin")
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "VERIFY_RESIZE")
        before = self.f.server(sid)["hostId"]
        self.f.act(sid, "revertResize")
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "ACTIVE")
        self.assertNotEqual(self.f.server(sid)["hostId"], before)
        self.f.act(sid, "migrate", None, user="admin")
        self.f.advance()
        self.f.act(sid, "confirmResize", expect=(204,))
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "ACTIVE")


if __name__ == "__main__":
    unittest.main()
