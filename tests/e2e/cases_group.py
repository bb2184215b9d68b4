# SPDX-License-Identifier: Apache-2.0
"""Server groups, scheduler hints, trusted certificates, properties of the image, the zone it is bound to: carried, or said."""
from cases_keep import remade_ports_go_too
from cases_refuse import quota, untouched
from cases_states import discarded, kept, move, moved, same
from harness import Skip, case


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
