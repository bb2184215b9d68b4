# SPDX-License-Identifier: Apache-2.0
"""Server groups, scheduler hints, trusted certificates, properties of the image, the zone it is bound to: carried, or said."""
import json
import re

from cases_keep import remade_ports_go_too
from cases_refuse import quota, untouched
from cases_states import discarded, kept, move, moved, same
from harness import Skip, case
from liar import Liar


def group(c, policy):
    """A server group of demo's, taken away at the end."""
    if policy.startswith("soft-") and not c.cloud.has("2.15"):
        raise Skip("soft policies came with 2.15")
    how = {"policy": policy} if c.cloud.has("2.64") else {"policies": [policy]}
    made = c.cloud.demo.do("POST", "compute", "/os-server-groups", {"server_group": dict({"name": c.name("group")}, **how)})
    gid = made["server_group"]["id"]
    c.later(c.cloud.demo.ask, "DELETE", "compute", "/os-server-groups/" + gid)
    return gid


def members(c, gid):
    return sorted(c.cloud.demo.do("GET", "compute", "/os-server-groups/" + gid)["server_group"]["members"])


def member(c, gid, part="vm", **hints):
    return c.boot(part, data=part == "vm", extra={"os:scheduler_hints": dict({"group": gid}, **hints)})


def hints_of(c, sid):
    found = c.cloud.admin.do("GET", "compute", "/servers/" + sid)["server"].get("scheduler_hints") or {}
    return {k: v for k, v in found.items()}


def announced(m, name):
    return [x["text"] for x in m["announced"] if x["name"] == name]


def there(c, policy, **hints):
    gid = group(c, policy)
    sid, other = member(c, gid, **hints), member(c, gid, "other")
    before = hints_of(c, sid)
    m = moved(c, sid, "")
    assert members(c, gid) == sorted([other, m["target_server_id"]]), members(c, gid)
    assert hints_of(c, m["target_server_id"]) == before
    assert policy in announced(m, "server-group-policy")[0], m["announced"]


def back(c, policy):
    gid = group(c, policy)
    sid, other = member(c, gid), member(c, gid, "other")
    before = hints_of(c, sid)
    discarded(c, sid, "")
    assert members(c, gid) == sorted([other, sid]) and hints_of(c, sid) == before


def both_ways(policy):
    def first(c):
        there(c, policy)

    def second(c):
        back(c, policy)
    for function, word in ((first, "moved"), (second, "discarded")):
        function.__name__ = "%s_%s" % (policy.replace("-", "_"), word)
        function.__module__ = __name__
        case()(function)


for _policy in ("anti-affinity", "soft-affinity", "soft-anti-affinity"):
    both_ways(_policy)


@case()
def affinity_is_refused_until_its_loss_is_named(c):
    """The source is a member until commit, and holds the target on its host: compute would refuse the boot after the stop."""
    gid = group(c, "affinity")
    sid = member(c, gid)
    untouched(c, sid, lambda: c.rezone("move", sid, "--to", "az2", "-y", "-f", "json"), gid, "affinity", "--accept-loss server-group")
    m = moved(c, sid, "server-group")
    assert members(c, gid) == [], members(c, gid)
    assert not c.cloud.has("2.71") or announced(m, "server-groups"), m["announced"]


@case()
def affinity_given_up_and_taken_back(c):
    gid = group(c, "affinity")
    sid = member(c, gid)
    discarded(c, sid, "server-group")
    assert members(c, gid) == [sid]


@case()
def quota_of_group_members(c):
    """Source and target are members beside each other."""
    gid = group(c, "anti-affinity")
    sid, _ = member(c, gid), member(c, gid, "other")
    quota(c, server_group_members=2)
    untouched(c, sid, lambda: c.rezone("move", sid, "--to", "az2", "-y", "-f", "json"), "quota", "server_group_members")


@case()
def room_for_one_more_member_only(c):
    """Two moves of one run count each other's member."""
    gid = group(c, "soft-anti-affinity")
    one, two = member(c, gid, "vm-1"), member(c, gid, "vm-2")
    quota(c, server_group_members=3)
    run = c.rezone("move", one, two, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(2)
    assert sorted(m["state"] for m in run.json) == ["failed", "moved"], run
    run.says("server_group_members")
    for m in run.json:
        if m["target_server_id"]:
            remade_ports_go_too(c, m["target_server_id"])


@case()
def no_host_without_a_member(c):
    """Members on every host of the target zone: the boot fails, and the source is as it was."""
    gid = group(c, "anti-affinity")
    sid = member(c, gid)
    blockers = 0
    while blockers < 4:
        try:
            c.boot("block-%d" % blockers, availability_zone="az2", extra={"os:scheduler_hints": {"group": gid}})
        except AssertionError:
            break
        blockers += 1
    before, everyone = kept(c, sid), [s for s in members(c, gid) if c.cloud.server(s)["status"] == "ACTIVE"]
    assert 1 <= blockers < 4, blockers
    m = move(c, sid, status=2)
    assert m["state"] == "undone" and "host" in m["error"].lower(), m
    same(kept(c, sid), before)
    assert set(everyone) <= set(members(c, gid))
    remade_ports_go_too(c, sid)
    for server in c.servers():
        if server["status"] == "ERROR":
            c.cloud.delete_server(server["id"])


@case(since="2.100")
def other_hints(c):
    """What Nova shows of them as lists goes back as it was given."""
    other = c.boot("other", data=False)
    hints = {"different_host": [other, "11111111-2222-3333-4444-555555555555"], "foo": "bar"}
    sid = c.boot(extra={"os:scheduler_hints": hints})
    before = hints_of(c, sid)
    assert before["foo"] == ["bar"], before
    m = moved(c, sid, "")
    assert hints_of(c, m["target_server_id"]) == before
    assert announced(m, "hinted-servers")


@case(since="2.63")
def trusted_certificates(c):
    sid = c.boot(trusted_image_certificates=["cert-1", "cert-2"])
    m = moved(c, sid, "")
    found = c.cloud.admin.do("GET", "compute", "/servers/" + m["target_server_id"])["server"]["trusted_image_certificates"]
    assert found == ["cert-1", "cert-2"], found
    assert announced(m, "image-signature")


def pinned(c, sid):
    return c.cloud.admin.do("GET", "compute", "/servers/" + sid)["server"]["pinned_availability_zone"]


@case(since="2.96")
def bound_to_its_zone(c):
    sid = c.boot()
    assert pinned(c, sid) == "az1"
    m = moved(c, sid, "")
    assert pinned(c, m["target_server_id"]) == "az2" and not announced(m, "pinned-zone"), m


@case(since="2.96")
def bound_to_no_zone(c):
    """From 2.104 on the target is let go too; before, it is said that it stays bound."""
    sid = None
    while sid is None:  # the scheduler may choose the other zone
        sid = c.boot("vm", availability_zone=None)
        if c.cloud.server(sid)["OS-EXT-AZ:availability_zone"] != "az1":
            c.cloud.delete_server(sid)
            c.taken(sid)
            sid = None
    assert pinned(c, sid) is None
    m = moved(c, sid, "")
    if c.cloud.has("2.104"):
        assert pinned(c, m["target_server_id"]) is None and not announced(m, "pinned-zone"), m
    else:
        assert pinned(c, m["target_server_id"]) == "az2" and announced(m, "pinned-zone"), m


PROPERTIES = {"hw_disk_bus": "virtio", "hw_rng_model": "virtio", "os_distro": "debian", "os_type": "linux", "architecture": "x86_64"}


def image_of_ones_own(c, **properties):
    body = dict({"name": c.name("base"), "disk_format": "raw", "container_format": "bare"}, **properties)
    image = c.cloud.demo.do("POST", "image", "/images", body)["id"]
    c.user_made(image)
    c.later(c.cloud.delete_image, image)
    reply = c.cloud.demo.ask("PUT", "image", "/images/%s/file" % image, b"x" * 65536)
    assert reply.status == 204, str(reply)
    return image


def properties(c, image):
    doc = c.cloud.admin.do("GET", "image", "/images/" + image)
    return {k: v for k, v in doc.items() if k in PROPERTIES}


def from_an_image_of_ones_own(c):
    # its last change must lie before the server's first second, else it proves nothing of the server
    image = image_of_ones_own(c, **PROPERTIES)
    then = c.cloud.demo.do("GET", "image", "/images/" + image)["updated_at"]
    other = c.boot("other", data=False)
    c.wait("a second to pass", lambda: c.cloud.demo.do("POST", "image", "/images", {"name": c.name("tick")})["created_at"] > then)
    for made in c.images():
        if made["name"] == c.name("tick"):
            c.cloud.delete_image(made["id"])
    c.cloud.delete_server(other)
    c.taken(other)
    return c.boot(imageRef=image)


@case()
def properties_of_the_image(c):
    sid = from_an_image_of_ones_own(c)
    before = kept(c, sid)
    m = move(c, sid)
    snapshot = c.cloud.server(m["target_server_id"])["image"]["id"]
    assert properties(c, snapshot) == PROPERTIES, properties(c, snapshot)
    same(kept(c, m["target_server_id"]), before)
    c.rezone("discard", m["id"], "-y", "--settle", c.settle).expect(0)
    same(kept(c, sid), before)
    remade_ports_go_too(c, sid)


@case(on=("fake",))
def a_property_that_is_not_inherited(c):
    """A cloud may be told to leave some out: that was not announced, so the move is held until it is taken."""
    sid = from_an_image_of_ones_own(c)
    base = c.cloud.server(sid)["image"]["id"]

    def leave_out(answer):
        if answer.method == "GET" and answer.path.startswith("/image/v2/images/") and base not in answer.path:
            answer.body = re.sub(rb'"hw_rng_model": *"virtio", *', b"", answer.body)
        elif answer.method == "GET" and re.search("/servers/[0-9a-f-]{36}$|/servers/detail", answer.path) and answer.status == 200:
            body = json.loads(answer.body)
            for server in body["servers"] if "servers" in body else [body["server"]]:
                if server["id"] != sid:
                    server["image"].get("properties", {}).pop("hw_rng_model", None)
            answer.body = json.dumps(body).encode()
    Liar(c).twist = leave_out
    m = move(c, sid, status=2)
    assert m["state"] == "held" and "image-properties ('hw_rng_model' is missing)" in m["held_reason"], m
    m = c.rezone("resume", m["id"], "--accept", "image-properties", "-y", "-f", "json").expect(0).move()
    assert m["state"] == "moved" and [x["name"] for x in m["lost"]] == ["image-properties"], m
