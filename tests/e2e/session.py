# SPDX-License-Identifier: Apache-2.0
"""A small raw client of OpenStack: Keystone password tokens, the catalog, one request at a time."""
import json
import re
import ssl
import threading
import urllib.error
import urllib.request

# The reader must not depend on a proxy of the environment, nor follow what rezone would have to refuse.
class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def number(version):
    """'2.104' as (2, 104), so that versions compare."""
    return tuple(int(part) for part in version.split("."))


class Reply:
    """status, headers, raw bytes; .json when the body is JSON (else None)."""

    def __init__(self, method, url, status, headers, raw):
        self.method, self.url, self.status, self.headers, self.raw = method, url, status, headers, raw
        try:
            self.json = json.loads(raw) if raw else None
        except ValueError:
            self.json = None

    def __str__(self):
        return "%s %s: %d %s" % (self.method, self.url, self.status, self.raw[:600].decode("utf-8", "replace"))


def fetch(method, url, body=None, headers=None, timeout=120, raw=False):
    """One request on a connection of its own. A body that is not bytes is sent as JSON."""
    headers = dict(headers or {})
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    if data is not None and not any(k.lower() == "content-type" for k in headers):
        headers["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect(),
                                         urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))
    try:
        with opener.open(request, timeout=timeout) as answer:
            reply = Reply(method, url, answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        reply = Reply(method, url, answer.code, answer.headers, answer.read())
    if raw:
        reply.json = None
    return reply


class Refused(AssertionError):
    """The cloud answered a helper's request with something else than a success."""

    def __init__(self, reply):
        super().__init__(str(reply))
        self.reply = reply
        self.status = reply.status


class Session:
    """One account in one project. Services by their catalog type: compute, image, network, volumev3."""

    def __init__(self, auth, region, max_version=None):
        self.auth, self.region, self.lock = auth, region, threading.RLock()
        self.token = self.project = self.user = None
        self.login()
        found = fetch("GET", self.root("compute"), headers={"X-Auth-Token": self.token}).json["version"]
        self.version = min(found["version"] or "2.1", max_version or "2.999", key=number)

    def login(self):
        a = self.auth
        domain = {"id": a.get("user_domain_id", "default")}
        url = a["auth_url"].rstrip("/")
        url += "" if url.endswith("/v3") else "/v3"
        reply = fetch("POST", url + "/auth/tokens", {"auth": {
            "identity": {"methods": ["password"], "password": {
                "user": {"name": a["username"], "domain": domain, "password": a["password"]}}},
            "scope": {"project": {"name": a["project_name"], "domain": {"id": a.get("project_domain_id", "default")}}}}})
        if reply.status != 201:
            raise Refused(reply)
        token = reply.json["token"]
        self.token, self.project, self.user = reply.headers["X-Subject-Token"], token["project"]["id"], token["user"]["id"]
        self.urls = {s["type"]: e["url"].rstrip("/") for s in token["catalog"] for e in s["endpoints"]
                     if e["interface"] == "public" and e["region"] == self.region}

    def root(self, service):
        """The versioned root of a service, without the project that some catalogs put into it."""
        url = self.urls[service]
        if service == "compute":
            return re.sub(r"(/v2\.1)(/.*)?$", r"\1", url) + "/"
        if service == "image":
            return url if url.endswith("/v2") else url + "/v2"
        if service == "network":
            return url if url.endswith("/v2.0") else url + "/v2.0"
        return url

    def ask(self, method, service, path, body=None, version=None, headers=None):
        """The reply, whatever its status; a token that ended is renewed once."""
        for attempt in (1, 2):
            head = dict(headers or {}, **{"X-Auth-Token": self.token, "Accept": "application/json"})
            if service == "compute":
                head["OpenStack-API-Version"] = "compute " + (version or self.version)
                head["X-OpenStack-Nova-API-Version"] = version or self.version
            elif service == "volumev3":
                head["OpenStack-API-Version"] = "volume " + (version or "3.0")
            reply = fetch(method, self.root(service).rstrip("/") + path, body, head)
            if reply.status != 401 or attempt == 2:
                return reply
            with self.lock:
                self.login()

    def do(self, method, service, path, body=None, **kw):
        """The reply's JSON; anything but a 2xx raises Refused."""
        reply = self.ask(method, service, path, body, **kw)
        if reply.status // 100 != 2:
            raise Refused(reply)
        return reply.json

    def has(self, version):
        """Whether Nova speaks this microversion here."""
        return number(self.version) >= number(version)
