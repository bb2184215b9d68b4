# SPDX-License-Identifier: Apache-2.0
"""No password, token, adminPass or user_data in anything that the tool writes."""
import glob
import os

from cases_move import USER_DATA
from harness import case


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
