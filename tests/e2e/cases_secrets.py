# SPDX-License-Identifier: Apache-2.0
"""No password, token, adminPass or user_data in anything that the tool writes."""
import base64
import glob
import json
import os
import re
import urllib.parse

from cases_move import USER_DATA
from harness import case
from liar import Liar


def written(c):
    """Every file that the tool wrote or that holds its output, by name."""
    texts = {}
    for path in glob.glob(c.folder + "/**/*", recursive=True):
        if os.path.isfile(path) and "fakecloud" not in path and os.path.basename(path) not in ("clouds.yaml", "ready"):
            with open(path, "rb") as f:
                texts[path] = f.read()
    return texts


def clouds_with(c, **auth):
    """A clouds.yaml of this case's own, so that the password is a word that occurs nowhere else."""
    lines = ["clouds:", "  demo:", "    auth:"] + ["      %s: %s" % pair for pair in auth.items()]
    lines.append("    region_name: RegionOne")
    path = c.rezone.home + "/clouds.yaml"
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    os.chmod(path, 0o600)
    return path


@case()
def no_secret_is_written(c):
    sid = c.boot(user_data=USER_DATA)
    events = c.folder + "/events.jsonl"
    move = c.rezone.move(sid, "--to", "az2", "--debug", "--events", events).expect(0).move()
    c.rezone("status", "--debug").expect(0)
    c.rezone("show", move["id"], "--debug").expect(0)
    c.rezone("commit", move["id"], "-y", "--debug").expect(0)
    texts = written(c)
    debug = b"".join(t for p, t in texts.items() if p.endswith(".err"))
    assert b"curl" in debug and b"/servers" in debug, "--debug shows no requests"
    # user_data may lie in the database (0600), and nowhere else
    for path, text in texts.items():
        for what, secret in (("user_data", USER_DATA.encode()),):
            assert secret not in text or path.startswith(c.rezone.state), "%s in %s" % (what, path)
        # a fernet token begins like this; the fake's are as long
        assert b"gAAAAA" not in text, "a token in " + path
        for line in text.splitlines():
            low = line.lower()
            if b"x-auth-token" in low or b"x-subject-token" in low:
                assert b"{sha256}" in low or b"redacted" in low or b"***" in low, "a token in %s: %r" % (path, line[:200])
        if b"adminPass" in text:
            for piece in text.split(b"adminPass")[1:]:
                assert b"***" in piece[:40] or b"redacted" in piece[:40].lower() or b"SHA256" in piece[:60], (
                    "adminPass in %s: %r" % (path, piece[:60]))


@case(on=("fake",))
def password_of_ones_own(c):
    """The password is a word that occurs nowhere else; a failed login does not show it either."""
    word = "canary-9f3b-password"
    url = c.backend.clouds["demo"]["auth_url"]
    path = clouds_with(c, auth_url=url, username="demo", password=word, project_name="demo", user_domain_id="default",
                       project_domain_id="default")
    run = c.rezone("check", "--debug", env={"OS_CLIENT_CONFIG_FILE": path}).expect(5)
    assert run.out == ""
    for name, text in written(c).items():
        assert word.encode() not in text or name == path, "the password in " + name


@case(on=("fake",))
def password_in_a_message_of_the_service(c):
    """A hostile or clumsy service echoes the request: still nothing is shown."""
    c.backend.fault("status", {"service": "identity", "method": "POST"}, status=400, count=-1,
                    body={"error": {"code": 400, "message": "bad request: password demo", "title": "Bad\u001b[31m Request"}})
    run = c.rezone("check")
    assert run.exit == 5 and "\x1b" not in run.err + run.out, run


# --- everything, on a cloud that repeats what it was told ---------------------------------------------------------------------

# No word of these occurs anywhere else; the marks between them are what JSON, URLs and shells escape.
SECRETS = {"password": 'pAsW0rd-Kanarie/"\\ %+\u00e9&=7', "token": "gAAAAA-t0ken_Kanarie-3c1f-" + "x" * 150,
           "credential": "cr3d-Kanarie'/+ &=\u00fc9", "adminPass": "aDm1n-Kanarie-5e",
           "userdata": "#!/bin/sh\n# us3r-Kanarie data\n"}
ENCODED = base64.b64encode(SECRETS["userdata"].encode()).decode()


def forms(secret):
    """What a secret looks like in JSON, in a URL, as hex, and within something longer in base64."""
    raw = secret.encode()
    found = {raw, json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
             raw.hex().encode(), raw.hex().upper().encode()}
    for safe in ("", "/"):
        quoted = urllib.parse.quote(secret, safe=safe)
        found |= {quoted.encode(), re.sub("%..", lambda m: m.group().lower(), quoted).encode(),
                  urllib.parse.quote_plus(secret, safe=safe).encode()}
    for before in range(3):
        # the characters at either end depend on what stands beside them
        code = base64.b64encode(b"\0" * before + raw)
        core = code[(before * 8 + 5) // 6:(before + len(raw)) * 8 // 6]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def spilled(c, apart=()):
    """Which secret stands in which file, as sentences; apart: files that the case itself wrote them into."""
    bad = []
    for path, text in written(c).items():
        for name, secret in SECRETS.items():
            if path in apart or (name == "userdata" and path.startswith(c.rezone.state)):
                continue
            for form in forms(secret) | ({ENCODED.encode()} if name == "userdata" else set()):
                at = text.find(form)
                if at >= 0:
                    bad.append("the %s in %s: %r" % (name, path, text[max(0, at - 80):at + len(form) + 20]))
                    break
    return bad


class Echo:
    """A cloud that knows the case's secrets instead of its own, and repeats them in what it refuses."""

    def __init__(self, c):
        self.liar, self.used, self.token = Liar(c), set(), None
        self.liar.ask, self.liar.twist = self.ask, self.answer
        self.refuse = None  # of an answer: what is said instead

    def ask(self, path, headers, body):
        for key, value in headers.items():
            if key.lower() in ("x-auth-token", "x-subject-token") and value == SECRETS["token"]:
                self.used.add("token")
                headers[key] = self.token
        if path.endswith("/auth/tokens") and body:
            text = json.loads(body)
            self.change(text)
            body = json.dumps(text).encode()
        elif body and ENCODED.encode() in body:
            self.used.add("userdata")
        return body

    def change(self, value):
        for key, inner in value.items():
            if isinstance(inner, dict):
                self.change(inner)
            for name, real in (("password", "demo"), ("credential", "appcred-secret"), ("token", self.token)):
                if inner == SECRETS[name]:
                    self.used.add(name)
                    value[key] = real

    def answer(self, answer):
        for i, (key, value) in enumerate(answer.headers):
            if key.lower() == b"x-subject-token":
                self.token = value.decode()
                answer.headers[i] = (key, SECRETS["token"].encode())
        if b'"adminPass"' in answer.body:
            self.used.add("adminPass")
            answer.body = re.sub(b'"adminPass": *"[^"]*"', b'"adminPass": "%s"' % SECRETS["adminPass"].encode(), answer.body)
        if re.search(r"/servers/[0-9a-f-]{36}$", answer.path) and answer.method == "GET" and answer.status == 200:
            data = b'{"server": {"OS-EXT-SRV-ATTR:user_data": "%s", ' % ENCODED.encode()
            answer.body = answer.body.replace(b'{"server": {', data)
            answer.body = re.sub(b'"OS-EXT-SRV-ATTR:user_data": *(null|"")(, )?', b"", answer.body)
        if self.refuse:
            self.refuse(answer)


def echoes():
    """What a service says of a request that it refuses: all that it was sent, in all the ways that there are."""
    sent = {name: SECRETS[name] for name in ("password", "token")}
    words = " ".join("%s: %s;" % pair for pair in sent.items())
    wire = "Basic " + base64.b64encode(("demo:" + SECRETS["password"]).encode()).decode()
    query = urllib.parse.urlencode(sent) + " " + urllib.parse.quote(SECRETS["password"])
    long = "x" * 250 + SECRETS["password"]
    for text in (words, wire, query, long):
        yield json.dumps({"badRequest": {"code": 400, "message": text}}).encode()
        yield ("<html><body><h1>" + text + "</h1></body></html>").encode()


def at_terminal(c, sid):
    run = c.rezone.at_terminal([("Move it?", "q\n")], "move", sid, "--to", "az2", "--addresses", "new", "--debug")
    assert "Move it?" in run.out, run


@case(on=("fake",))
def nothing_is_spilled(c):
    """Every way in, every command, every end of a move, every message, with --debug and events: no secret in any file."""
    echo, url = Echo(c), None
    with open(echo.liar.clouds_yaml) as f:
        url = re.search(r"auth_url: *(\S+)", f.read()).group(1).strip("'\"")
    user = {"username": "demo", "project_name": "demo", "user_domain_id": "default", "project_domain_id": "default"}
    path = clouds_with(c, auth_url=url, password=json.dumps(SECRETS["password"]), **user)
    apart = [path, echo.liar.clouds_yaml]
    c.rezone.env["OS_CLIENT_CONFIG_FILE"] = path
    tidy = ["--settle", "0.2", "--debug"]
    # the ways in
    c.rezone("check", "--debug").expect(0)
    base = {"OS_AUTH_URL": url, "OS_REGION_NAME": "RegionOne"}
    scope = {"OS_PROJECT_NAME": "demo", "OS_PROJECT_DOMAIN_ID": "default"}
    ways = [dict(base, OS_USERNAME="demo", OS_PASSWORD=SECRETS["password"], OS_USER_DOMAIN_ID="default", **scope),
            dict(base, OS_AUTH_TYPE="token", OS_TOKEN=SECRETS["token"], **scope),
            dict(base, OS_AUTH_TYPE="v3applicationcredential", OS_APPLICATION_CREDENTIAL_ID="appcred-demo",
                 OS_APPLICATION_CREDENTIAL_SECRET=SECRETS["credential"])]
    options = []
    for env in ways:
        assert c.rezone("check", "--debug", cloud=None, env=env).expect(0)
        options = [word for key, value in env.items() for word in ("--" + key.lower().replace("_", "-"), value)]
        c.rezone(*options, "check", "--debug", cloud=None).expect(0)
    # the ways of a move
    events = c.folder + "/events.jsonl"
    sid = c.boot("good")
    c.rezone("plan", sid, "--to", "az2", "--addresses", "new", "--debug").expect(0)
    at_terminal(c, sid)
    move = c.rezone.move(sid, "--to", "az2", "--events", events, *tidy).expect(0).move()
    assert echo.used == set(SECRETS), "never on the way: %s" % (set(SECRETS) - echo.used)
    for form in ("table", "csv", "value", "json"):
        c.rezone("-f", form, "status", "--debug").expect(0)
        c.rezone("-f", form, "show", move["id"], "--debug").expect(0)
    c.rezone("commit", move["id"], "-y", *tidy).expect(0)
    # refusals that repeat it all
    for number, body in list(enumerate(echoes()))[::1 if c.options.lies > 4 else 3]:
        def refuse(answer, body=body):
            if answer.method == "POST" and answer.path.endswith("/action" if number % 3 else "/servers"):
                answer.status, answer.body = 400, body
            elif answer.method == "POST" and answer.path.endswith("/auth/tokens") and number < 2:
                answer.status, answer.body = 401, body
        echo.refuse = refuse
        sid = c.boot("echo-%d" % number, data=False)
        c.rezone.move(sid, "--to", "az2", "--events", events + str(number), *tidy)
        echo.refuse = None
        for m in c.moves():
            if m["state"] in ("running", "held"):
                c.rezone("discard", m["id"], "-y", *tidy).expect(0)
    # a held one, an interrupted one, one that fails later
    sid = c.boot("held")
    start = {"cloud": "admin", "method": "POST", "path": "/compute/v2.1/servers/%s/action" % sid, "body": {"os-start": None},
             "microversion": "2.1"}
    c.backend.fault("script", {"service": "image", "method": "PATCH", "user": "demo"}, script=[start])
    c.rezone.move(sid, "--to", "az2", *tidy).expect(2)
    c.rezone("discard", c.rezone.runs[-1].move()["id"], "-y", *tidy).expect(0)
    sid = c.boot("late")
    c.backend.control("POST", "/config", {"jobs": {"snapshot": 1}})
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", *tidy)
    c.rezone.interrupt(run, lambda: c.cloud.server(sid)["OS-EXT-STS:task_state"], "the move at work").finish(30).expect(4)
    c.backend.host_faults({"az2-1": {"spawn_fail": True}, "az2-2": {"spawn_fail": True}})
    c.rezone("resume", "-y", *tidy).expect(2)
    c.backend.clear_faults()
    bad = spilled(c, apart)
    assert not bad, "%d:\n%s" % (len(bad), "\n".join(bad))
    texts = written(c)
    assert any(ENCODED.encode() in t for p, t in texts.items() if p.startswith(c.rezone.state)), "the capture lacks user_data"
    for p in texts:
        if p.startswith(c.rezone.state):
            assert os.stat(p).st_mode & 0o077 == 0, "%s can be read by others" % p
    assert any(b"{SHA256}" in t for t in texts.values()), "--debug shows no hash of a secret"


@case(on=("fake",))
def search_for_secrets_finds_them(c):
    """The search itself can fail: each form of each secret, planted in a file, is found."""
    c.moves = lambda: []
    plant = c.folder + "/plant.txt"
    for name, secret in SECRETS.items():
        ways = [secret, json.dumps(secret), urllib.parse.quote(secret), urllib.parse.quote_plus(secret), secret.encode().hex()]
        ways += [base64.b64encode((prefix + secret + "!").encode()).decode() for prefix in ("", "a", "ab", "user:")]
        for text in ways:
            with open(plant, "w") as f:
                f.write("so: " + text + " it is")
            assert any("the %s in" % name in sentence for sentence in spilled(c)), "not found: %s as %r" % (name, text)
    os.unlink(plant)
