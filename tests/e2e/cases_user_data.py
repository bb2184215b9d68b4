# SPDX-License-Identifier: Apache-2.0
"""--user-data FILE: for a target whose source's user_data is not shown; it outlives the file, and stands in no message."""
import base64
import glob
import os
import re
import shlex

from cases_keep import remade_ports_go_too
from cases_refuse import untouched
from harness import Skip, case
from liar import Liar

WORDS = b"#!/bin/sh\necho e2e-user-data-of-a-file\n"


def file_of(c, content=WORDS, name="user-data"):
    path = c.folder + "/" + name
    with open(path, "wb") as f:
        f.write(content)
    return path


def has(c, sid):
    """What its guest would be given, as the cloud's admin sees it."""
    found = c.cloud.admin.do("GET", "compute", "/servers/" + sid)["server"].get("OS-EXT-SRV-ATTR:user_data")
    return base64.b64decode(found) if found else found


def needs_sight(c):
    if not c.cloud.has("2.3"):
        raise Skip("user_data is shown to nobody")


def silent(c, path):
    """No output, event or log holds it, plain or in base64; only the database may."""
    code = base64.b64encode(WORDS)
    for name in glob.glob(c.folder + "/**/*", recursive=True):
        if os.path.isfile(name) and "fakecloud" not in name and name != path and not name.startswith(c.rezone.state):
            with open(name, "rb") as f:
                text = f.read()
            assert WORDS not in text and code not in text and b"e2e-user-data-of-a-file" not in text, "user_data in " + name


def move(c, sid, path, *words, **kw):
    return c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle, "--user-data", path, *words, **kw)


@case()
def given_to_the_target(c):
    needs_sight(c)
    sid, path = c.boot(user_data=base64.b64encode(b"old").decode()), file_of(c)
    m = move(c, sid, path, "--debug", "--events", c.folder + "/events").expect(0).move()
    assert has(c, m["target_server_id"]) == WORDS
    assert any(x["name"] == "user-data" and "--user-data" in x["text"] for x in m["announced"]), m["announced"]
    c.rezone("show", m["id"], "--debug").expect(0)
    c.rezone("commit", m["id"], "-y", "--debug").expect(0)
    assert has(c, m["target_server_id"]) == WORDS
    silent(c, path)
    remade_ports_go_too(c, m["target_server_id"])


@case()
def the_source_keeps_its_own(c):
    needs_sight(c)
    sid, path = c.boot(user_data=base64.b64encode(b"old").decode()), file_of(c)
    m = move(c, sid, path).expect(0).move()
    c.rezone("discard", m["id"], "-y", "--settle", c.settle).expect(0)
    assert has(c, sid) == b"old"
    silent(c, path)
    remade_ports_go_too(c, sid)


@case(on=("fake",))
def outlives_the_file_and_the_process(c):
    """Killed as soon as the run is begun, and the file is gone: resume has it."""
    needs_sight(c)
    sid, path = c.boot(), file_of(c)
    run = move(c, sid, path, env={"REZONE_CRASH_AT": "move planned:1"})
    if run.exit == 0:
        raise Skip("this build has no crash points")
    os.unlink(path)
    m = c.rezone("resume", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert has(c, m["target_server_id"]) == WORDS
    silent(c, path)


@case(on=("fake",))
def through_a_pipe(c):
    """It is read once: a shell's <(...) gives it only once."""
    needs_sight(c)
    sid, path = c.boot(), c.folder + "/pipe"
    os.mkfifo(path)
    run = c.rezone.begin("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle, "--user-data", path)
    with open(path, "wb") as f:
        f.write(WORDS)
    m = run.finish(c.rezone.timeout).expect(0).move()
    os.unlink(path)
    assert has(c, m["target_server_id"]) == WORDS


@case(on=("fake",))
def beside_one_that_is_shown(c):
    """Where policy shows it: equal is fine, another is refused as unclear."""
    needs_sight(c)
    code = base64.b64encode(WORDS)

    def show(answer):
        if re.search(r"/servers/[0-9a-f-]{36}$", answer.path) and answer.method == "GET" and answer.status == 200:
            answer.body = answer.body.replace(b'{"server": {', b'{"server": {"OS-EXT-SRV-ATTR:user_data": "%s", ' % code)
    Liar(c).twist = show
    sid = c.boot(user_data=base64.b64encode(WORDS).decode())
    same, other = file_of(c), file_of(c, b"another", "another")
    untouched(c, sid, lambda: move(c, sid, other), "the cloud shows its user_data", "leave --user-data out")
    m = move(c, sid, same).expect(0).move()
    assert has(c, m["target_server_id"]) == WORDS


@case()
def wrong_files(c):
    sid = c.boot()
    for path, word in ((c.folder + "/none", "/none"), (file_of(c, b"", "empty"), "is empty"), (c.folder, "--user-data"),
                       (file_of(c, b"x" * 49150, "large"), "49149")):
        move(c, sid, path).expect(64).says("--user-data", word)
    c.rezone("move", sid, sid, "--to", "az2", "-y", "--user-data", file_of(c)).expect(64).says("one server")
    c.rezone("plan", "--to", "az2", "--user-data", file_of(c)).expect(64).says("one server")
    assert not c.moves() and c.cloud.server(sid)["status"] == "ACTIVE"


@case()
def the_largest(c):
    needs_sight(c)
    content = os.urandom(49149)
    sid, path = c.boot(), file_of(c, content, "user's data")
    plan = c.rezone("plan", sid, "--to", "az2", "-f", "json", "--user-data", path).expect(0).move()
    assert shlex.split(plan["next"])[-2:] == ["--user-data", path], plan
    m = move(c, sid, path).expect(0).move()
    assert has(c, m["target_server_id"]) == content
    c.rezone("discard", m["id"], "-y", "--settle", c.settle).expect(0)
    remade_ports_go_too(c, sid)
