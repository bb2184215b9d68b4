# SPDX-License-Identifier: Apache-2.0
"""The faults of the fake cloud: what acts, what is answered, and what is left behind."""
import http.client
import json
import socket
import unittest
from email.utils import parsedate_to_datetime

from cloudclient import Fake

SERVERS = {"service": "compute", "method": "POST", "path": "/servers$"}


class Case(unittest.TestCase):
    args = ()

    def setUp(self):
        self.f = Fake(*self.args)
        self.f.token()
        self.body = self.f.body("web1", tags=["rezone:m1:target"])

    def tearDown(self):
        self.f.stop()

    def post(self, **more):
        return self.f.call("POST", "/compute/v2.1/servers", self.body, **more)

    def names(self, query="", **more):
        return [s.get("name", s["status"] if "status" in s else None)
                for s in self.f.nova("GET", "/servers" + query, **more).json["servers"]]


class Replies(Case):
    def test_status_skip_count(self):
        self.f.fault("status", status=503, headers={"Retry-After": "7"}, body={"error": "x"}, skip=1, count=2, match=SERVERS)
        self.assertEqual([self.post().status for _ in range(4)], [202, 503, 503, 202])
        self.assertEqual(self.f.effects()["server_create"], {"rezone:m1:target": 2})
        self.f.fault("status", status=429, count=-1, match=SERVERS, headers={"Retry-After": "7"})
        self.assertEqual(self.post().headers["Retry-After"], "7")
        self.assertEqual(self.post().status, 429)
        self.f.control("DELETE", "faults")
        self.assertEqual(self.post().status, 202)

    def test_lost_and_drop(self):
        for do, made in (("lost", 1), ("drop", 0)):
            self.f.control("DELETE", "effects")
            self.f.fault(do, match=SERVERS)
            with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                self.post()
            self.assertEqual(sum(self.f.effects().get("server_create", {}).values()), made, do)

    def test_cut(self):
        self.f.fault("cut", match=SERVERS)
        with self.assertRaises(http.client.IncompleteRead):
            self.post()
        self.assertEqual(self.names(), ["web1"])
        sid = self.f.nova("GET", "/servers").json["servers"][0]["id"]
        self.f.advance()
        self.f.fault("cut", match={"path": "/action$"})
        with self.assertRaises(http.client.IncompleteRead):
            self.f.act(sid, "os-stop")

    def test_twice(self):
        self.f.fault("twice", match=SERVERS)
        reply = self.post()
        self.assertEqual(reply.status, 202)
        self.assertEqual(self.f.effects()["server_create"], {"rezone:m1:target": 2})

    def test_body_and_redirect_and_endless(self):
        self.f.fault("body", match=SERVERS, body="<html>proxy</html>", status=502)
        reply = self.post()
        self.assertEqual((reply.status, reply.data), (502, b"<html>proxy</html>"))
        self.assertEqual(self.names(), ["web1"])
        self.f.fault("redirect", match=SERVERS, to="http://127.0.0.1:1/elsewhere")
        reply = self.post()
        self.assertEqual((reply.status, reply.headers["Location"]), (307, "http://127.0.0.1:1/elsewhere"))
        self.f.fault("endless", match={"method": "GET", "path": "/flavors$"})
        connection = self.f.connection()
        connection.request("GET", "/compute/v2.1/flavors", headers={"X-Auth-Token": self.f.token()})
        answer = connection.getresponse()
        self.assertEqual(len(answer.read(5 << 20)), 5 << 20)
        connection.close()
        self.assertEqual(self.names(), ["web1"])

    def test_close_reused(self):
        self.f.fault("close_reused", match=SERVERS)
        self.assertEqual(self.post().status, 202)  # a fresh connection does not meet it
        connection = self.f.connection()
        self.f.call("GET", "/compute/v2.1/servers", connection=connection)
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.post(connection=connection)
        self.assertEqual(self.f.effects()["server_create"], {"rezone:m1:target": 2})

    def test_revoke(self):
        self.f.fault("revoke_tokens", match=SERVERS)
        self.assertEqual(self.post().status, 401)
        self.assertNotIn("server_create", self.f.effects())
        self.f.tokens.clear()
        self.assertEqual(self.post().status, 202)

    def test_user_and_body_match(self):
        self.f.fault("status", status=500, match={"user": "demo2"}, count=-1)
        self.assertEqual(self.names(), [])
        self.assertEqual(self.f.call("GET", "/compute/v2.1/servers", user="demo2").status, 500)
        self.f.control("DELETE", "faults")
        self.f.fault("status", status=500, match={"body": "web1"}, count=-1)
        self.assertEqual(self.post().status, 500)
        self.body["server"]["name"] = "other"
        self.assertEqual(self.post().status, 202)

    def test_truncate_and_shape(self):
        whole = self.f.call("GET", "/compute/v2.1/flavors").data
        self.f.fault("truncate", match={"path": "/flavors$"})
        self.assertEqual(self.f.call("GET", "/compute/v2.1/flavors").data, whole[:len(whole) // 2])
        self.f.fault("shape", match={"path": "/flavors$"})
        self.assertEqual(self.f.call("GET", "/compute/v2.1/flavors").json, {"flavors": 42})
        self.f.fault("shape", hollow=True, match=SERVERS)
        self.assertEqual(self.post().json, {"server": {}})
        self.assertEqual(self.names(), ["web1"])  # acted on all the same
        self.f.advance()
        sid = self.f.nova("GET", "/servers").json["servers"][0]["id"]
        self.f.fault("truncate", match={"method": "DELETE"})
        reply = self.f.call("DELETE", "/compute/v2.1/servers/" + sid)
        self.assertEqual((reply.status, reply.data), (200, b"{"))

    def test_late(self):
        self.f.fault("late", seconds=5, match=SERVERS)
        connection = self.f.connection(1)
        with self.assertRaises(socket.timeout):
            self.post(connection=connection)
        self.assertEqual(self.names(), ["web1"])  # acted on at once
        connection.close()
        self.f.advance(5)

    def test_jump(self):
        self.f.fault("delay", seconds=5, match=SERVERS)
        began = self.f.control("GET", "clock").json["now"]
        self.f.fault("jump", seconds=-3600, match={"path": "/flavors$"})
        self.f.call("GET", "/compute/v2.1/flavors")
        self.assertAlmostEqual(self.f.control("GET", "clock").json["now"], began - 3600, delta=1)
        path = self.f.folder.name + "/jump"
        self.f.fault("jump", seconds=3600, file=path, match={"path": "/flavors$"})
        self.f.call("GET", "/compute/v2.1/flavors")
        with open(path) as f:
            self.assertEqual(float(f.read()), 3600)
        self.assertAlmostEqual(self.f.control("GET", "clock").json["now"], began - 3600, delta=1)

    def test_jump_moves_no_timer(self):
        self.assertEqual(self.post().status, 202)
        self.f.fault("jump", seconds=-3600, match={"path": "/flavors$"})
        self.f.call("GET", "/compute/v2.1/flavors")
        self.f.advance(1)
        self.assertEqual(self.names("/detail?status=ACTIVE"), ["web1"])

    def test_retry_after_as_a_date(self):
        self.f.fault("status", status=429, retry_after_date=7, match=SERVERS)
        headers = self.post().headers
        dates = [parsedate_to_datetime(headers[name]).timestamp() for name in ("Retry-After", "Date")]
        self.assertAlmostEqual(dates[0] - dates[1], 7, delta=1)

    def test_after_and_not(self):
        for name in ("flavors", "servers"):
            self.f.fault("status", status=418, count=-1, match={"path": "/%s$" % name, "after": {"path": "/limits$", "skip": 1}})
        self.f.fault("status", status=419, count=-1, match={"path": "^/image/", "not": "/images$"})
        asked = ["/compute/v2.1/flavors", "/compute/v2.1/limits", "/compute/v2.1/flavors", "/compute/v2.1/limits",
                 "/compute/v2.1/flavors", "/compute/v2.1/servers", "/image/v2/images", "/image/v2/images/x"]
        self.assertEqual([self.f.call("GET", path).status for path in asked], [200, 200, 200, 200, 418, 418, 200, 419])

    def test_bad_faults_are_refused(self):
        self.assertEqual(self.f.control("POST", "faults", {"do": "nonsense"}).status, 400)
        self.assertEqual(self.f.control("POST", "faults", {"do": "lost", "match": {"path": "("}}).status, 400)
        self.assertEqual(self.f.control("POST", "config", {"nonsense": 1}).status, 400)


class Late(Case):
    def send_and_die(self):
        """Sends a POST and closes the socket without waiting for the reply."""
        data = json.dumps(self.body).encode()
        with socket.create_connection(("127.0.0.1", self.f.port)) as s:
            s.sendall(("POST /compute/v2.1/servers HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Auth-Token: %s\r\n"
                       "X-OpenStack-Nova-API-Version: 2.93\r\nContent-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n" % (self.f.token(), len(data))).encode() + data)
            while not any(r["path"].endswith("/servers") and r["method"] == "POST" for r in self.f.control("GET", "requests").json):
                pass

    def test_released_after_the_client_died(self):
        self.f.fault("hold", match=SERVERS)
        self.send_and_die()
        self.assertEqual(self.names(), [])
        self.assertEqual(self.f.control("POST", "release").json, {"released": 1})
        self.assertEqual(self.names(), ["web1"])

    def test_released_by_the_next_look_once_it_was_served(self):
        self.f.fault("hold", match=SERVERS)
        self.f.fault("script", match={"method": "GET", "path": "/servers$"}, after=True,
                     script=[{"method": "POST", "path": "/_fake/release"}])
        self.send_and_die()
        self.assertEqual(self.names(), [])
        self.assertEqual(self.names(), ["web1"])

    def test_nth_change(self):
        self.f.fault("drop", match={"mutating": True}, skip=1)
        self.assertEqual(self.post().status, 202)
        self.assertEqual(self.names(), ["web1"])
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.post()
        self.assertEqual(self.post().status, 202)

    def test_power_is_recorded(self):
        sid = self.post().json["server"]["id"]
        self.f.advance()
        self.f.act(sid, "os-stop")
        self.f.advance()
        self.f.nova("DELETE", "/servers/" + sid)
        self.f.advance()
        self.assertEqual([(e["server"], e["runs"]) for e in self.f.control("GET", "power").json], [(sid, True), (sid, False)])

    def test_after_requests(self):
        self.f.fault("hold", after_requests=2, match=SERVERS)
        self.send_and_die()
        self.assertEqual(self.names(), [])
        self.names()
        self.assertEqual(self.names(), ["web1"])

    def test_after_seconds(self):
        self.f.fault("hold", after_s=5, match=SERVERS)
        self.send_and_die()
        self.f.advance(4)
        self.assertEqual(self.names(), [])
        self.f.advance(2)
        self.assertEqual(self.names(), ["web1"])

    def test_held_at_the_end(self):
        self.f.fault("hold", match=SERVERS)
        self.send_and_die()  # stop() must end cleanly all the same

    def test_delay(self):
        self.f.fault("delay", seconds=5, match=SERVERS)
        connection = self.f.connection()
        connection.request("POST", "/compute/v2.1/servers", json.dumps(self.body), {
            "X-Auth-Token": self.f.token(), "Content-Type": "application/json", "X-OpenStack-Nova-API-Version": "2.93"})
        while not self.f.control("GET", "clock").json["timers"]:
            pass
        self.assertEqual(self.names(), [])
        self.f.advance(5)
        self.assertEqual(connection.getresponse().status, 202)
        connection.close()


class Views(Case):
    args = ("--cells", "2")

    def test_list_lag(self):
        self.post()
        self.f.fault("list_lag", looks=2, count=-1, match={"service": "compute"})
        self.body["server"]["name"] = "web2"
        sid = self.post().json["server"]["id"]
        self.f.server(sid)  # single looks are fresh
        self.assertEqual([self.names() for _ in range(4)], [["web1"], ["web1"], ["web2", "web1"], ["web2", "web1"]])
        self.f.nova("DELETE", "/servers/" + sid)
        self.f.advance()
        self.assertEqual([self.names() for _ in range(3)], [["web2", "web1"], ["web2", "web1"], ["web1"]])

    def test_list_lag_of_images_and_ports(self):
        for service, path, key, body in (("image", "/image/v2/images", "images", {"name": "x"}),
                                         ("network", "/network/v2.0/ports", "ports", {"port": {"network_id": self.f.network()}})):
            count = lambda: len(self.f.call("GET", path).json[key])
            before = count()
            self.f.fault("list_lag", looks=1, count=-1, match={"service": service})
            self.assertEqual(self.f.call("POST", path, body).status, 201)
            self.assertEqual([count(), count()], [before, before + 1])

    def test_drop_cell(self):
        self.post()
        self.body["server"].update(name="web2", availability_zone="az2")
        sid = self.post().json["server"]["id"]
        self.f.advance()
        self.f.fault("drop_cell", cell=2, count=-1, match={"service": "compute", "method": "GET"})
        self.assertEqual(self.names("?tags-any=rezone:m1:target"), ["web1"])
        self.assertEqual(self.names("?limit=10"), ["web1"])
        self.assertEqual(self.names(mv="2.68"), ["web1"])
        self.assertEqual(self.names(mv="2.69"), ["UNKNOWN", "web1"])
        server = self.f.server(sid)
        self.assertEqual(server["status"], "UNKNOWN")
        self.assertNotIn("name", server)
        self.f.nova("GET", "/servers/" + sid, mv="2.68", expect=(500,))


class Jobs(Case):
    def test_failed_jobs(self):
        sid = self.post().json["server"]["id"]
        self.f.advance()
        self.f.fault("fail_job", match={"path": "/action$"})
        request = self.f.act(sid, "os-stop").headers["X-Compute-Request-Id"]
        self.f.advance()
        server = self.f.server(sid)
        self.assertEqual((server["status"], server["OS-EXT-STS:task_state"]), ("ACTIVE", None))
        action = self.f.nova("GET", "/servers/%s/os-instance-actions/%s" % (sid, request)).json["instanceAction"]
        self.assertEqual(action["message"], "Error")
        self.f.fault("fail_job", match={"path": "/action$", "body": "createImage"})
        image = self.f.act(sid, "createImage", {"name": "i"}).json["image_id"]
        self.f.advance()
        self.f.glance("GET", "/images/" + image, expect=(404,))
        self.f.fault("fail_job", match=SERVERS)
        sid = self.post().json["server"]["id"]
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "ERROR")

    def test_stuck(self):
        sid = self.post().json["server"]["id"]
        self.f.advance()
        self.f.fault("stuck", match={"path": "/action$"})
        self.f.act(sid, "os-stop")
        self.f.advance(100000)
        self.f.tokens.clear()
        self.assertEqual(self.f.server(sid)["OS-EXT-STS:task_state"], "powering-off")
        self.f.act(sid, "os-start", expect=(409,))
        self.assertEqual(self.f.control("POST", "unstick", {"server": sid}).json, {"unstuck": 1})
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "SHUTOFF")
        self.f.fault("stuck", match={"path": "/action$"})
        self.f.act(sid, "os-start")
        self.f.control("POST", "unstick", {"fail": True})
        self.f.advance()
        self.assertEqual(self.f.server(sid)["status"], "SHUTOFF")

    def test_script(self):
        sid = self.post().json["server"]["id"]
        self.f.advance()
        self.f.stop_server(sid)
        self.f.fault("script", match={"method": "POST", "path": "/servers/([^/]*)/action$", "body": "createImage"}, script=[
            {"cloud": "admin", "method": "POST", "path": "/compute/v2.1/servers/{1}/action", "body": {"os-start": None}}])
        self.f.act(sid, "createImage", {"name": "i"}, expect=(409,))
        log = self.f.control("GET", "effects?log=1").json
        self.assertEqual([(e["kind"], e["user"]) for e in log][-1], ("start", "admin"))

    def test_logs(self):
        self.post()
        log = self.f.control("GET", "requests?mutating=1").json
        self.assertEqual([(r["method"], r["path"], r["status"], r["mutating"], r["acted"], r["user"]) for r in log],
                         [("POST", "/compute/v2.1/servers", 202, True, True, "demo")])
        self.f.control("DELETE", "requests")
        self.assertEqual(self.f.control("GET", "requests").json, [])


class Scale(unittest.TestCase):
    def test_ten_thousand(self):
        f = Fake("--servers", "10000")
        try:
            seen, marker = set(), ""
            while True:
                page = f.nova("GET", "/servers/detail?limit=1000" + marker).json
                seen |= {s["id"] for s in page["servers"]}
                if "servers_links" not in page:
                    break
                marker = "&marker=" + page["servers"][-1]["id"]
            self.assertEqual(len(seen), 10000)
            self.assertEqual(len(f.net("GET", "/ports?fields=id").json["ports"]), 10000)
        finally:
            f.stop()


class Real(unittest.TestCase):
    def test_real_clock_and_skew(self):
        f = Fake("--skew", "3600", "--jobs", "boot=0.01,delete=0.01", clock="real")
        try:
            sid = f.nova("POST", "/servers", f.body("web1")).json["server"]["id"]
            while f.server(sid)["status"] == "BUILD":
                pass
            reply = f.nova("GET", "/servers/" + sid)
            self.assertEqual(reply.json["server"]["status"], "ACTIVE")
            import email.utils
            import time
            ahead = email.utils.parsedate_to_datetime(reply.headers["Date"]).timestamp() - time.time()
            self.assertTrue(3500 < ahead < 3700, ahead)
        finally:
            f.stop()


if __name__ == "__main__":
    unittest.main()
