# SPDX-License-Identifier: Apache-2.0
"""The fake cloud's snapshots, images, ports, floating IPs and volumes against what is known of the real one."""
import unittest

from cloudclient import Fake


class Case(unittest.TestCase):
    args = ()

    def setUp(self):
        self.f = Fake(*self.args)

    def tearDown(self):
        self.f.stop()

    def images(self, query=""):
        return self.f.glance("GET", "/images" + query).json["images"]

    def patch(self, image, changes, expect=(200,), kind="v2.1"):
        return self.f.glance("PATCH", "/images/" + image, changes, expect=expect,
                             headers={"Content-Type": "application/openstack-images-%s-json-patch" % kind})


class Snapshots(Case):
    def snapshot(self, sid, name="rezone-m1", **metadata):
        return self.f.act(sid, "createImage", {"name": name, "metadata": metadata}).json["image_id"]

    def test_states_in_order(self):
        sid = self.f.boot()
        self.f.stop_server(sid)
        image = self.snapshot(sid, rezone="m1")
        record = self.f.glance("GET", "/images/" + image).json
        self.assertEqual(record["status"], "queued")
        self.assertIsNone(record["disk_format"])
        self.assertEqual((record["rezone"], record["instance_uuid"], record["image_type"], record["visibility"]),
                         ("m1", sid, "snapshot", "private"))
        self.f.act(sid, "createImage", {"name": "second"}, expect=(409,))
        self.f.act(sid, "os-start", expect=(409,))
        seen = []
        for _ in range(40):
            now = (self.f.server(sid)["OS-EXT-STS:task_state"], self.f.glance("GET", "/images/" + image).json["status"])
            if not seen or seen[-1] != now:
                seen.append(now)
            self.f.advance(0.005)
        self.assertEqual(seen, [("image_snapshot_pending", "queued"), ("image_snapshot", "queued"),
                                ("image_pending_upload", "queued"), ("image_uploading", "saving"), (None, "active")])
        done = self.f.glance("GET", "/images/" + image).json
        self.assertEqual((done["size"], done["disk_format"], done["min_disk"]), (1 << 20, "raw", 1))
        self.assertEqual(len(done["os_hash_value"]), 128)

    def test_location_before_245(self):
        sid = self.f.boot()
        reply = self.f.act(sid, "createImage", {"name": "i"}, mv="2.44")
        self.assertEqual(reply.data, b"")
        self.f.glance("GET", "/images/" + reply.headers["Location"].rsplit("/", 1)[1])

    def test_properties_are_inherited_and_tags_are_not(self):
        sid = self.f.boot()
        self.f.stop_server(sid)
        self.f.act(sid, "lock", {"locked_reason": "rezone:m1"})
        image = self.snapshot(sid, rezone="m1")
        self.f.advance()
        target = self.f.boot("target", imageRef=image)
        later = self.snapshot(target, "user's")
        self.f.advance()
        shown = self.f.glance("GET", "/images/" + later).json
        self.assertEqual((shown["rezone"], shown["base_image_ref"], shown["instance_uuid"]), ("m1", image, target))
        self.assertEqual(shown["locked_reason"], "rezone:m1")
        self.patch(image, [{"op": "remove", "path": "/rezone"}, {"op": "replace", "path": "/tags", "value": ["rezone:m1:image"]},
                           {"op": "replace", "path": "/protected", "value": True}])
        self.assertEqual([i["id"] for i in self.images("?tag=rezone:m1:image")], [image])
        self.assertNotIn("rezone", self.f.glance("GET", "/images/" + image).json)
        target = self.f.boot("target2", imageRef=image)
        later = self.snapshot(target, "user's")
        self.f.advance()
        shown = self.f.glance("GET", "/images/" + later).json
        self.assertNotIn("rezone", shown)
        self.assertEqual(shown["tags"], [])
        self.f.glance("DELETE", "/images/" + image, expect=(403,))

    def test_failure(self):
        sid = self.f.boot()
        self.f.stop_server(sid)
        self.f.control("POST", "config", {"hosts": {h: {"snapshot_fail": True} for h in ("az1-1", "az1-2")}})
        reply = self.f.act(sid, "createImage", {"name": "i"})
        self.f.advance()
        self.f.glance("GET", "/images/" + reply.json["image_id"], expect=(404,))
        server = self.f.server(sid)
        self.assertEqual((server["status"], server["OS-EXT-STS:task_state"]), ("SHUTOFF", None))
        action = self.f.nova("GET", "/servers/%s/os-instance-actions/%s" % (sid, reply.headers["X-Compute-Request-Id"])).json["instanceAction"]
        self.assertEqual((action["message"], action["events"][0]["result"]), ("Error", "Error"))
        self.assertEqual(action["events"][0]["event"], "compute_snapshot_instance")

    def test_image_deleted_while_pending(self):
        sid = self.f.boot()
        self.f.control("POST", "config", {"hosts": {h: {"snapshot_s": 11} for h in ("az1-1", "az1-2")}})
        image = self.snapshot(sid)
        self.f.advance(1)
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], "image_pending_upload")
        self.f.glance("DELETE", "/images/" + image, expect=(204,))
        self.f.advance(9)
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], "image_pending_upload")
        self.f.advance(3)
        self.assertIsNone(self.f.server(sid)["OS-EXT-STS:task_state"])

    def test_stop_points(self):
        for point, task, images, actions in (("record", None, 1, 0), ("task", "image_snapshot_pending", 1, 0),
                                             ("action", "image_snapshot_pending", 1, 1), ("race", None, 1, 0),
                                             ("cast", None, 1, 1)):
            sid = self.f.boot()
            self.f.fault("snapshot_stop", at=point, match={"path": "/action$", "body": "createImage"})
            self.f.act(sid, "createImage", {"name": "at-" + point}, expect=(500,))
            self.f.advance()
            self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], task, point)
            found = self.images("?name=at-" + point)
            self.assertEqual([i["status"] for i in found], ["active" if point == "cast" else "queued"] * images)
            names = [a["action"] for a in self.f.nova("GET", "/servers/%s/os-instance-actions" % sid).json["instanceActions"]]
            self.assertEqual(names.count("createImage"), actions, point)
            self.f.control("POST", "unstick", {"server": sid})
            self.assertIsNone(self.f.server(sid)["OS-EXT-STS:task_state"])

    def test_too_many_properties(self):
        sid = self.f.boot()
        reply = self.f.act(sid, "createImage", {"name": "i", "metadata": {"k%d" % i: "v" for i in range(129)}}, expect=(500,))
        self.assertIn("HTTPOverLimit", reply.json["computeFault"]["message"])
        self.assertEqual(len(self.images()), 1)

    def test_admin_snapshot_of_anothers_server(self):
        sid = self.f.boot()
        image = self.f.act(sid, "createImage", {"name": "i"}, user="admin").json["image_id"]
        self.f.advance()
        shown = self.f.glance("GET", "/images/" + image).json
        self.assertEqual(shown["visibility"], "shared")
        self.f.glance("DELETE", "/images/" + image, expect=(403,))


class Images(Case):
    def make(self, name, **more):
        return self.f.glance("POST", "/images", dict({"name": name}, **more)).json["id"]

    def test_pages_of_25(self):
        for i in range(30):
            self.make("n%d" % i)
        first = self.f.glance("GET", "/images").json
        self.assertEqual(len(first["images"]), 25)
        rest = self.f.raw("GET", "/image" + first["next"], headers={"X-Auth-Token": self.f.token()}).json
        self.assertEqual(len(rest["images"]), 6)
        self.assertNotIn("next", rest)
        self.assertEqual(len(self.images("?limit=1000")), 31)
        self.f.glance("GET", "/images?marker=nope", expect=(400,))

    def test_filters(self):
        a, b = self.make("a", rezone="m1"), self.make("b", rezone="m2")
        self.assertEqual([i["id"] for i in self.images("?rezone=m1")], [a])
        self.assertEqual([i["id"] for i in self.images("?id=in:%s,%s" % (a, b))], [b, a])
        self.assertEqual([i["id"] for i in self.images("?name=in:b")], [b])
        self.assertEqual([i["id"] for i in self.images("?status=queued&name=b")], [b])
        self.f.glance("PUT", "/images/%s/tags/t" % a, expect=(204,))
        self.assertEqual([i["id"] for i in self.images("?tag=t")], [a])
        self.f.glance("GET", "/images?changes-since=2020-01-01T00:00:00Z", expect=(400,))
        self.assertEqual(self.f.glance("GET", "/images?owner=x", user="demo2").json["images"], [])

    def test_patch(self):
        image = self.make("a", k="v")
        self.patch(image, [{"op": "replace", "path": "/none", "value": "x"}], expect=(409,))
        self.patch(image, [{"op": "add", "path": "/status", "value": "active"}], expect=(403,))
        self.patch(image, [{"op": "remove", "path": "/name"}], expect=(403,))
        self.patch(image, [{"op": "add", "path": "/k", "value": 1}], expect=(400,))
        self.patch(image, [{"op": "add", "path": "/x", "value": "1"}, {"op": "remove", "path": "/none"}], expect=(409,))
        self.assertNotIn("x", self.f.glance("GET", "/images/" + image).json)
        self.patch(image, [{"op": "add", "path": "/x", "value": "1"}], kind="v2.0-wrong", expect=(415,))
        self.patch(image, [{"op": "add", "path": "/x", "value": "1"}, {"op": "remove", "path": "/k"}])
        shown = self.f.glance("GET", "/images/" + image).json
        self.assertEqual((shown["x"], "k" in shown), ("1", False))

    def test_data(self):
        image = self.make("a", disk_format="raw", container_format="bare")
        self.f.glance("GET", "/images/%s/file" % image, expect=(204,))
        data = b"x" * 300000
        self.f.glance("PUT", "/images/%s/file" % image, data, headers={"Content-Type": "application/octet-stream"})
        self.f.glance("PUT", "/images/%s/file" % image, data, headers={"Content-Type": "application/octet-stream"}, expect=(409,))
        self.assertEqual(self.f.glance("GET", "/images/%s/file" % image).data, data)
        self.f.glance("POST", "/images", {"id": image}, expect=(409,))

    def test_not_mine(self):
        self.f.glance("DELETE", "/images/" + self.images()[0]["id"], expect=(403,))
        image = self.make("a")
        self.f.glance("GET", "/images/" + image, user="demo2", expect=(404,))


class Ports(Case):
    def port(self, **more):
        return self.f.net("POST", "/ports", {"port": dict({"network_id": self.f.network()}, **more)}).json["port"]

    def test_addresses(self):
        port = self.port(fixed_ips=[{"ip_address": "10.10.3.4"}], mac_address="fa:16:3e:00:00:01")
        self.assertEqual(port["fixed_ips"][0]["ip_address"], "10.10.3.4")
        for body, kind in (({"fixed_ips": [{"ip_address": "10.10.3.4"}]}, "IpAddressAlreadyAllocated"),
                           ({"mac_address": "fa:16:3e:00:00:01"}, "MacAddressInUse")):
            reply = self.f.net("POST", "/ports", {"port": dict({"network_id": self.f.network()}, **body)}, expect=(409,))
            self.assertEqual(reply.json["NeutronError"]["type"], kind)
        self.f.net("DELETE", "/ports/" + port["id"])
        self.port(fixed_ips=[{"ip_address": "10.10.3.4"}], mac_address="fa:16:3e:00:00:01")
        self.f.net("POST", "/ports", {"port": {"network_id": self.f.network(), "fixed_ips": [{"ip_address": "9.9.9.9"}]}}, expect=(400,))

    def test_filters_and_fields(self):
        one, two = self.port(name="one"), self.port(name="two")
        get = lambda q: [p["id"] for p in self.f.net("GET", "/ports?" + q).json["ports"]]
        self.assertEqual(get("id=%s&id=%s" % (one["id"], two["id"])), [one["id"], two["id"]])
        self.assertEqual(get("name=two"), [two["id"]])
        self.assertEqual(get("network_id=%s&fixed_ips=ip_address%%3D%s" % (self.f.network(), one["fixed_ips"][0]["ip_address"])), [one["id"]])
        self.assertEqual(self.f.net("GET", "/ports?fields=id&name=one").json["ports"], [{"id": one["id"]}])

    def test_if_match(self):
        port = self.port()
        match = {"If-Match": "revision_number=%d" % port["revision_number"]}
        body = {"port": {"name": "x"}}
        self.f.net("PUT", "/ports/" + port["id"], body, headers=match)
        self.f.net("PUT", "/ports/" + port["id"], body, headers=match, expect=(412,))
        self.f.net("PUT", "/ports/%s/tags" % port["id"], {"tags": ["a", "b"]})
        self.assertEqual(self.f.net("GET", "/ports/" + port["id"]).json["port"]["tags"], ["a", "b"])

    def test_security(self):
        port = self.port(port_security_enabled=False)
        self.assertEqual(port["security_groups"], [])
        self.f.net("PUT", "/ports/" + port["id"], {"port": {"allowed_address_pairs": [{"ip_address": "10.10.9.9"}]}}, expect=(409,))
        self.assertEqual(self.port(security_groups=[])["security_groups"], [])
        self.assertEqual(len(self.port()["security_groups"]), 1)
        self.f.net("POST", "/ports", {"port": {"network_id": self.f.network(), "nonsense": 1}}, expect=(400,))

    def test_two_kinds(self):
        given = self.port(name="mine")
        sid = self.f.boot(networks=[{"port": given["id"]}, {"uuid": self.f.network("backend")}])
        nics = self.f.nova("GET", "/servers/%s/os-interface" % sid).json["interfaceAttachments"]
        made = next(n["port_id"] for n in nics if n["port_id"] != given["id"])
        self.assertEqual(list(self.f.server(sid)["addresses"]), ["private", "backend"])
        self.assertEqual(self.f.server(sid)["security_groups"], [{"name": "default"}] * 2)
        self.f.call("POST", "/compute/v2.1/servers", self.f.body("n", networks=[{"port": given["id"]}]))
        reply = self.f.call("POST", "/compute/v2.1/servers", self.f.body("n", networks=[{"port": given["id"]}]))
        self.assertEqual(reply.status, 409)
        self.f.stop_server(sid)
        for port in (given["id"], made):
            self.f.nova("DELETE", "/servers/%s/os-interface/%s" % (sid, port), expect=(202,))
        self.f.advance(0.06)
        freed = self.f.net("GET", "/ports/" + given["id"]).json["port"]
        self.assertEqual(freed["device_id"], "")
        self.assertIn("private", self.f.server(sid)["addresses"])
        self.f.advance()
        self.f.net("GET", "/ports/" + made, expect=(404,))
        self.assertEqual(self.f.server(sid)["addresses"], {})
        self.f.nova("POST", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {"port_id": given["id"], "tag": "nic0"}})
        nics = self.f.nova("GET", "/servers/%s/os-interface" % sid).json["interfaceAttachments"]
        self.assertEqual([n["tag"] for n in nics], ["nic0"])
        self.f.nova("DELETE", "/servers/" + sid)
        self.f.advance()
        self.f.net("GET", "/ports/" + given["id"])

    def test_port_freed_behind_novas_back(self):
        sid = self.f.boot()
        port = self.f.net("GET", "/ports?device_id=" + sid).json["ports"][0]["id"]
        self.f.net("PUT", "/ports/" + port, {"port": {"device_id": "", "device_owner": ""}})
        target = self.f.nova("POST", "/servers", self.f.body("web1", networks=[{"port": port}])).json["server"]["id"]
        self.f.advance()
        self.assertIn("Virtual Interface", self.f.server(target)["fault"]["message"])
        self.f.nova("DELETE", "/servers/" + sid)
        self.f.advance()
        self.f.net("GET", "/ports/" + port)

    def test_two_boots_with_one_port(self):
        port = self.port()["id"]
        ids = [self.f.nova("POST", "/servers", self.f.body("t%d" % i, networks=[{"port": port}])).json["server"]["id"] for i in range(2)]
        self.f.advance()
        self.assertEqual(sorted(self.f.server(i)["status"] for i in ids), ["ACTIVE", "ERROR"])
        # the loser's clean-up cuts the winner off
        self.assertEqual(self.f.net("GET", "/ports/" + port).json["port"]["device_id"], "")

    def test_floating(self):
        external = self.f.network("public")
        fip = self.f.net("POST", "/floatingips", {"floatingip": {"floating_network_id": external}}).json["floatingip"]
        self.assertTrue(fip["floating_ip_address"].startswith("203.0.113."))
        sid = self.f.boot()
        port = self.f.net("GET", "/ports?device_id=" + sid).json["ports"][0]["id"]
        self.f.net("PUT", "/floatingips/" + fip["id"], {"floatingip": {"port_id": port}})
        self.assertEqual([a["OS-EXT-IPS:type"] for a in self.f.server(sid)["addresses"]["private"]], ["fixed", "floating"])
        second = self.f.net("POST", "/floatingips", {"floatingip": {"floating_network_id": external}}).json["floatingip"]["id"]
        reply = self.f.net("PUT", "/floatingips/" + second, {"floatingip": {"port_id": port}}, expect=(409,))
        self.assertEqual(reply.json["NeutronError"]["type"], "FloatingIPPortAlreadyAssociated")
        self.f.stop_server(sid)
        self.f.nova("DELETE", "/servers/%s/os-interface/%s" % (sid, port))
        self.f.advance()
        self.assertIsNone(self.f.net("GET", "/floatingips/" + fip["id"]).json["floatingip"]["port_id"])
        self.f.net("POST", "/floatingips", {"floatingip": {"floating_network_id": external, "floating_ip_address": "203.0.113.99"}}, expect=(403,))

    def test_forwardings(self):
        public, port = self.f.network("public"), self.port()
        fip = self.f.net("POST", "/floatingips", {"floatingip": {"floating_network_id": public}}).json["floatingip"]["id"]
        folder = "/floatingips/%s/port_forwardings" % fip
        words = {"protocol": "tcp", "internal_port_id": port["id"], "internal_port": 22, "external_port": 2222,
                 "internal_ip_address": port["fixed_ips"][0]["ip_address"]}

        def make(status, **more):
            return self.f.net("POST", folder, {"port_forwarding": dict(words, **more)}, expect=(status,)).json

        made = make(201, description="d")["port_forwarding"]
        self.assertEqual((made["external_port_range"], made["description"]), ("2222:2222", "d"))
        error = make(400, internal_port=23)["NeutronError"]
        self.assertEqual(error["type"], "BadRequest")
        self.assertIn("There is a port collision with the external_port_range", error["message"])
        self.assertIn("internal_port_range", make(400, external_port=2223)["NeutronError"]["message"])
        self.assertEqual(make(404, internal_port_id="x", internal_port=1, external_port=1)["NeutronError"]["type"], "PortNotFound")
        self.assertIn("not suitable", make(400, internal_ip_address="9.9.9.9", external_port=1)["NeutronError"]["message"])
        make(400, nonsense=1)
        shown = self.f.net("GET", "/floatingips/" + fip).json["floatingip"]
        self.assertEqual((shown["port_id"], bool(shown["router_id"]), len(shown["port_forwardings"])), (None, True, 1))
        # A floating IP that forwards is neither put onto a port nor deleted; a port that has one gets no forwarding.
        error = self.f.net("PUT", "/floatingips/" + fip, {"floatingip": {"port_id": port["id"]}}, expect=(409,)).json["NeutronError"]
        self.assertEqual(error["type"], "FipInUseByPortForwarding")
        self.f.net("DELETE", "/floatingips/" + fip, expect=(409,))
        self.f.net("POST", "/floatingips", {"floatingip": {"floating_network_id": public, "port_id": port["id"]}})
        self.assertEqual(make(409, internal_port=1, external_port=1)["NeutronError"]["type"], "PortHasBindingFloatingIP")
        # With the port they go, without a word.
        self.f.net("DELETE", "/ports/" + port["id"], expect=(204,))
        self.assertEqual(self.f.net("GET", folder).json["port_forwardings"], [])
        self.assertIsNone(self.f.net("GET", "/floatingips/" + fip).json["floatingip"]["router_id"])
        self.f.control("POST", "config", {"extensions": {"floating-ip-port-forwarding": False}})
        self.f.net("GET", folder, expect=(404,))


class Volumes(Case):
    def volume(self, **more):
        volume = self.f.cinder("POST", "/volumes", {"volume": dict({"size": 1, "name": "v"}, **more)}).json["volume"]
        self.assertEqual(volume["status"], "creating")
        self.f.advance()
        return volume["id"]

    def status(self, volume):
        return self.f.cinder("GET", "/volumes/" + volume).json["volume"]["status"]

    def test_attach_and_detach(self):
        sid, volume = self.f.boot(), self.volume()
        path = "/servers/%s/os-volume_attachments" % sid
        reply = self.f.nova("POST", path, {"volumeAttachment": {"volumeId": volume}}, expect=(200,))
        self.assertEqual(reply.json["volumeAttachment"]["device"], "/dev/vdb")
        self.assertEqual(self.status(volume), "attaching")
        self.f.advance()
        self.assertEqual(self.status(volume), "in-use")
        self.f.nova("POST", path, {"volumeAttachment": {"volumeId": volume}}, expect=(400,))
        self.assertIn("id", self.f.nova("GET", path, mv="2.88").json["volumeAttachments"][0])
        self.assertIn("bdm_uuid", self.f.nova("GET", path, mv="2.89").json["volumeAttachments"][0])
        self.f.nova("PUT", path + "/" + volume, {"volumeAttachment": {"volumeId": volume, "delete_on_termination": True}}, mv="2.85")
        self.f.nova("DELETE", path + "/" + volume, expect=(202,))
        self.assertEqual(self.status(volume), "detaching")
        self.f.advance()
        self.assertEqual(self.status(volume), "available")
        self.f.nova("POST", path, {"volumeAttachment": {"volumeId": volume}}, mv="2.101", expect=(202,))

    def test_delete_on_termination(self):
        kept, lost = self.volume(), self.volume()
        bdms = [{"boot_index": 0, "uuid": self.f.image(), "source_type": "image", "destination_type": "local"}]
        bdms += [{"boot_index": -1, "uuid": v, "source_type": "volume", "destination_type": "volume",
                  "delete_on_termination": v == lost} for v in (kept, lost)]
        self.f.control("POST", "config", {"hosts": {h: {"spawn_fail": True} for h in ("az1-1", "az1-2")}})
        sid = self.f.nova("POST", "/servers", self.f.body("w", block_device_mapping_v2=bdms)).json["server"]["id"]
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "ERROR")
        self.assertEqual(self.status(kept), "available")
        self.f.cinder("GET", "/volumes/" + lost, expect=(404,))

    def test_volume_booted(self):
        data = self.volume()
        bdm = [{"boot_index": 0, "uuid": self.f.image(), "source_type": "image", "destination_type": "volume", "volume_size": 1}]
        sid = self.f.boot("bfv", imageRef=None, block_device_mapping_v2=bdm)
        self.assertEqual(self.f.server(sid)["image"], "")
        self.f.nova("POST", "/servers/%s/os-volume_attachments" % sid, {"volumeAttachment": {"volumeId": data}})
        self.f.advance()
        root = self.f.server(sid)["os-extended-volumes:volumes_attached"][0]["id"]
        self.f.nova("DELETE", "/servers/%s/os-volume_attachments/%s" % (sid, root), expect=(400,))
        self.f.stop_server(sid)
        image = self.f.act(sid, "createImage", {"name": "i"}).json["image_id"]
        shown = self.f.glance("GET", "/images/" + image).json
        self.assertEqual((shown["status"], shown["size"]), ("active", 0))
        self.assertEqual(len(self.f.cinder("GET", "/snapshots?name=snapshot for i").json["snapshots"]), 2)
        target = self.f.boot("target", imageRef=image, availability_zone="az2")
        volumes = self.f.server(target)["os-extended-volumes:volumes_attached"]
        self.assertEqual(len(volumes), 2)
        zone = self.f.cinder("GET", "/volumes/" + volumes[0]["id"]).json["volume"]["availability_zone"]
        self.assertEqual(zone, "az1")

    def test_limits(self):
        self.f.control("POST", "config", {"quota": {"volumes": 0}})
        reply = self.f.cinder("POST", "/volumes", {"volume": {"size": 1}}, expect=(413,))
        self.assertEqual(reply.headers["Retry-After"], "0")
        self.assertEqual(self.f.cinder("GET", "/limits").json["limits"]["absolute"]["maxTotalVolumes"], 0)


if __name__ == "__main__":
    unittest.main()
