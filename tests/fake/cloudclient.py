# SPDX-License-Identifier: Apache-2.0
"""Starts a fakecloud on a manual clock and talks to it: for tests of the fake itself."""
import http.client
import json
import os
import subprocess
import tempfile

BINARY = os.environ.get("FAKECLOUD", os.path.join(os.path.dirname(os.path.abspath(__file__)), "fakecloud"))


class Reply:
    def __init__(self, status, headers, data):
        self.status, self.headers, self.data = status, headers, data

    @property
    def json(self):
        return json.loads(self.data) if self.data else None


class Fake:
    def __init__(self, *args, clock="manual"):
        self.folder = tempfile.TemporaryDirectory()
        ready = os.path.join(self.folder.name, "ready")
        self.errors = open(os.path.join(self.folder.name, "errors"), "wb+")
        reader, writer = os.pipe()
        self.process = subprocess.Popen([BINARY, "--clock", clock, *args], stdout=writer, stdin=subprocess.DEVNULL,
                                        stderr=self.errors)
        os.close(writer)
        with os.fdopen(reader) as lines:
            line = lines.readline()
        assert line.startswith("port "), "fakecloud did not start: %r, %s" % (line, ready)
        self.port = int(line.split()[1])
        self.tokens = {}

    def stop(self):
        """Ends the fake; a sanitizer's or a crash's exit status is a failure."""
        self.process.terminate()
        status = self.process.wait(60)
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace")
        self.errors.close()
        self.folder.cleanup()
        assert status == 0, "fakecloud ended with %d: %s" % (status, text[-4000:])

    def connection(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def raw(self, method, path, body=None, headers=None, connection=None, timeout=20):
        own = connection is None
        connection = connection or self.connection(timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path.replace(" ", "%20"), body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            if own:
                connection.close()

    def control(self, method, path, body=None):
        return self.raw(method, "/_fake/" + path, body)

    def advance(self, seconds=10):
        assert self.control("POST", "clock", {"advance": seconds}).status == 200

    def fault(self, do, count=1, skip=0, match=None, **more):
        reply = self.control("POST", "faults", dict(more, do=do, count=count, skip=skip, match=match or {}))
        assert reply.status == 201, reply.data

    def token(self, user="demo"):
        if user not in self.tokens:
            body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
                "name": user, "domain": {"id": "default"}, "password": user}}},
                "scope": {"project": {"name": user, "domain": {"id": "default"}}}}}
            reply = self.raw("POST", "/identity/v3/auth/tokens", body)
            assert reply.status == 201, reply.data
            self.tokens[user] = reply.headers["X-Subject-Token"]
        return self.tokens[user]

    def call(self, method, path, body=None, user="demo", mv="2.93", headers=None, **more):
        headers = dict(headers or {}, **{"X-Auth-Token": self.token(user)})
        if path.startswith("/compute") and mv:
            headers["OpenStack-API-Version"] = "compute " + mv
            headers["X-OpenStack-Nova-API-Version"] = mv
        return self.raw(method, path, body, headers, **more)

    # Short cuts: each asserts that the call was accepted.
    def nova(self, method, path, body=None, expect=(200, 201, 202, 204), **more):
        reply = self.call(method, "/compute/v2.1" + path, body, **more)
        assert reply.status in expect, (method, path, reply.status, reply.data)
        return reply

    def net(self, method, path, body=None, expect=(200, 201, 204), **more):
        reply = self.call(method, "/network/v2.0" + path, body, **more)
        assert reply.status in expect, (method, path, reply.status, reply.data)
        return reply

    def glance(self, method, path, body=None, expect=(200, 201, 204), **more):
        reply = self.call(method, "/image/v2" + path, body, **more)
        assert reply.status in expect, (method, path, reply.status, reply.data)
        return reply

    def cinder(self, method, path, body=None, expect=(200, 202, 204), **more):
        reply = self.call(method, "/volume/v3" + path, body, **more)
        assert reply.status in expect, (method, path, reply.status, reply.data)
        return reply

    def flavor(self, name="m1.tiny"):
        return next(f["id"] for f in self.nova("GET", "/flavors", mv="2.1").json["flavors"] if f["name"] == name)

    def network(self, name="private"):
        return self.net("GET", "/networks?name=" + name).json["networks"][0]["id"]

    def image(self, name="cirros"):
        return self.glance("GET", "/images?name=" + name).json["images"][0]["id"]

    def body(self, name, **more):
        server = {"name": name, "flavorRef": self.flavor(), "networks": [{"uuid": self.network()}],
                  "imageRef": self.image(), "availability_zone": "az1"}
        server.update(more)
        return {"server": {k: v for k, v in server.items() if v is not None}}

    def boot(self, name="web1", **more):
        sid = self.nova("POST", "/servers", self.body(name, **more)).json["server"]["id"]
        self.advance()
        assert self.server(sid)["status"] == "ACTIVE", self.server(sid)
        return sid

    def server(self, sid, **more):
        return self.nova("GET", "/servers/" + sid, **more).json["server"]

    def act(self, sid, action, arg=None, **more):
        return self.nova("POST", "/servers/%s/action" % sid, {action: arg}, **more)

    def stop_server(self, sid):
        self.act(sid, "os-stop")
        self.advance()
        assert self.server(sid)["status"] == "SHUTOFF"

    def state(self):
        return self.control("GET", "state").json

    def effects(self):
        return self.control("GET", "effects").json
