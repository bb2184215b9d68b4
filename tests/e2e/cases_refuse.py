# SPDX-License-Identifier: Apache-2.0
"""Servers that a snapshot with new addresses cannot reproduce: refused with the reason, before anything is touched."""
from harness import Skip, case


def mutations(c):
    """On the fake: the requests since the last forget() that could have changed something."""
    return [r for r in c.backend.requests() if r["method"] not in ("GET", "HEAD", "OPTIONS") and "/auth/tokens" not in r["path"]]


def untouched(c, sid, command, *words, status=3):
    """Run a command: it ends with this status, says these words, and leaves the server exactly as it was."""
    before, actions = c.cloud.admin.do("GET", "compute", "/servers/" + sid)["server"], len(c.cloud.actions(sid))
    if c.kind == "fake":
        c.backend.forget()
    run = command().expect(status)
    if c.kind == "fake":
        assert not mutations(c), "a refused move changed something: %s\n%s" % (mutations(c), run)
    run.says(*words)
    after = c.cloud.admin.do("GET", "compute", "/servers/" + sid)["server"]
    assert after == before, "the refused server was changed"
    assert len(c.cloud.actions(sid)) == actions, "the refused server was acted on"
    return run


def refused(c, sid, *words, to="az2", **kw):
    run = untouched(c, sid, lambda: c.rezone.move(sid, "--to", to, **kw), *words)
    move = run.move()
    assert move["state"] == "failed" and move["error"] and move["server_id"] == sid, move
    assert move["serving"] in ("source", "none"), move
    return run


def port_of(c, sid):
    return c.cloud.ports(sid)[0]["id"]


def put_port(c, sid, **fields):
    """Change the server's only port as its owner."""
    return c.cloud.demo.do("PUT", "network", "/ports/" + port_of(c, sid), {"port": fields})["port"]


def make_port(c, **fields):
    body = dict({"network_id": c.cloud.id_of("network", "private"), "name": c.name("port")}, **fields)
    port = c.cloud.demo.do("POST", "network", "/ports", {"port": body})["port"]["id"]
    c.user_made(port)
    c.later(c.cloud.admin.ask, "DELETE", "network", "/ports/" + port)
    return port


@case()
def floating_ip(c):
    sid = c.boot()
    fip = c.cloud.demo.do("POST", "network", "/floatingips", {"floatingip": {
        "floating_network_id": c.cloud.id_of("network", "public"), "port_id": port_of(c, sid)}})["floatingip"]
    c.later(c.cloud.demo.ask, "DELETE", "network", "/floatingips/" + fip["id"])
    refused(c, sid, "floating")


@case()
def port_security_off(c):
    sid = c.boot()
    put_port(c, sid, port_security_enabled=False, security_groups=[])
    refused(c, sid, "security")


@case()
def several_fixed_ips(c):
    subnet = c.cloud.demo.do("GET", "network", "/networks/" + c.cloud.id_of("network", "private"))["network"]["subnets"][0]
    port = make_port(c, fixed_ips=[{"subnet_id": subnet}, {"subnet_id": subnet}])
    refused(c, c.boot(networks=[{"port": port}]), "address")


@case()
def address_pairs(c):
    sid = c.boot()
    put_port(c, sid, allowed_address_pairs=[{"ip_address": "10.10.200.0/24"}])
    refused(c, sid, "pair")


@case()
def dhcp_options(c):
    sid = c.boot()
    if not c.cloud.demo.do("GET", "network", "/extensions")["extensions"] or "extra_dhcp_opts" not in c.cloud.ports(sid)[0]:
        raise Skip("this cloud has no extra DHCP options")
    put_port(c, sid, extra_dhcp_opts=[{"opt_name": "mtu", "opt_value": "1400"}])
    refused(c, sid, "dhcp")


@case()
def different_groups_per_port(c):
    nets = [c.cloud.id_of("network", n) for n in ("private", "backend")]
    sid = c.boot(networks=[{"uuid": n} for n in nets])
    port = next(p for p in c.cloud.ports(sid) if p["network_id"] == nets[1])
    c.cloud.demo.do("PUT", "network", "/ports/" + port["id"], {"port": {"security_groups": [c.cloud.id_of("group", "web")]}})
    refused(c, sid, "group")


@case()
def nic_order_that_cannot_be_known(c):
    """Networks A, B, A: the server's addresses say only which networks there are."""
    a, b = (c.cloud.id_of("network", n) for n in ("private", "backend"))
    refused(c, c.boot(networks=[{"uuid": a}, {"uuid": b}, {"uuid": a}]), "order")


@case(since="2.37")
def no_network(c):
    refused(c, c.boot(networks="none"), "network")


def flavor(c, **fields):
    body = dict({"name": c.name("flavor"), "ram": 512, "vcpus": 1, "disk": 1}, **fields)
    reply = c.cloud.admin.ask("POST", "compute", "/flavors", {"flavor": body})
    assert reply.status == 200, str(reply)
    fid = reply.json["flavor"]["id"]
    c.later(c.cloud.admin.ask, "DELETE", "compute", "/flavors/" + fid)
    return fid


@case()
def ephemeral_disk(c):
    refused(c, c.boot(flavorRef=flavor(c, **{"OS-FLV-EXT-DATA:ephemeral": 1})), "ephemeral")


@case()
def swap_disk(c):
    refused(c, c.boot(flavorRef=flavor(c, swap=512)), "swap")


@case()
def deleted_flavor(c):
    fid = flavor(c)
    sid = c.boot(flavorRef=fid)
    assert c.cloud.admin.ask("DELETE", "compute", "/flavors/" + fid).status == 202
    refused(c, sid, "flavor")


@case()
def paused(c):
    sid = c.boot()
    c.cloud.act(sid, "pause")
    c.cloud.quiet(sid, "PAUSED")
    refused(c, sid, "paused")
    c.later(c.cloud.act, sid, "unpause")


@case()
def suspended(c):
    sid = c.boot()
    c.cloud.act(sid, "suspend")
    c.cloud.quiet(sid, "SUSPENDED")
    refused(c, sid, "suspended")
    c.later(c.cloud.act, sid, "resume")


@case()
def another_projects_server(c):
    """An admin sees demo's server; its copy would land in the admin's project."""
    sid = c.boot()
    refused(c, sid, "project", cloud="admin")


def quota(c, **limits):
    """Set demo's quota until the case is over."""
    project = c.cloud.demo.project
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"quota": limits})
    elif "port" in limits:
        c.cloud.admin.do("PUT", "network", "/quotas/" + project, {"quota": limits})
        c.later(c.cloud.admin.ask, "DELETE", "network", "/quotas/" + project)
    else:
        c.cloud.admin.do("PUT", "compute", "/os-quota-sets/" + project, {"quota_set": limits})
        c.later(c.cloud.admin.ask, "DELETE", "compute", "/os-quota-sets/" + project)


def used(c):
    return c.cloud.demo.do("GET", "compute", "/limits")["limits"]["absolute"]


@case()
def quota_of_instances(c):
    sid = c.boot()
    quota(c, instances=used(c)["totalInstancesUsed"])
    refused(c, sid, "quota", "instances")


@case()
def quota_of_cores(c):
    sid = c.boot()
    quota(c, cores=used(c)["totalCoresUsed"])
    refused(c, sid, "quota", "cores")


@case()
def quota_of_ram(c):
    sid = c.boot()
    quota(c, ram=used(c)["totalRAMUsed"] + 511)
    refused(c, sid, "quota", "ram")


@case()
def quota_of_ports(c):
    sid = c.boot()
    quota(c, port=len(c.cloud.ports()))
    refused(c, sid, "quota", "port")


@case()
def quota_counts_all_moves_together(c):
    """Room for one copy: with two servers one must be refused, not fail half-way."""
    one, two = c.boot("vm-1"), c.boot("vm-2")
    quota(c, instances=used(c)["totalInstancesUsed"] + 1)
    run = c.rezone("move", one, two, "--to", "az2", "--addresses", "new", "-y", "-f", "json").expect(2)
    assert sorted(m["state"] for m in run.json) == ["failed", "moved"], run
    run.says("quota")


@case()
def missing_zone(c):
    sid = c.boot()
    run = untouched(c, sid, lambda: c.rezone.move(sid, "--to", "az9"), "az9")
    run.says("az1", "az2")


@case(on=("fake",))
def zone_that_is_not_available(c):
    sid = c.boot()
    c.backend.control("POST", "/config", {"zones": {"az2": {"available": False}}})
    untouched(c, sid, lambda: c.rezone.move(sid, "--to", "az2"), "az2")


@case()
def ambiguous_name(c):
    one, two = c.boot(), c.boot()
    run = untouched(c, one, lambda: c.rezone.move(c.name(), "--to", "az2"), one, two)
    assert not c.moves() or all(m["state"] == "failed" for m in c.moves()), run


@case()
def unknown_server(c):
    c.rezone.move(c.name("nobody"), "--to", "az2").expect(3).says(c.name("nobody"))
    c.rezone.move("11111111-2222-3333-4444-555555555555", "--to", "az2").expect(3).says("11111111-2222")


@case()
def without_a_terminal_and_without_yes(c):
    sid = c.boot()
    untouched(c, sid, lambda: c.rezone("move", sid, "--to", "az2", "--addresses", "new"), "-y")


@case()
def second_move_of_an_open_one(c):
    sid = c.boot()
    first = c.rezone.move(sid, "--to", "az2").expect(0).move()
    run = c.rezone.move(sid, "--to", "az2").expect(3)
    run.says(first["id"][:8])
    assert c.state_of(first["id"])["state"] == "moved"


@case()
def second_move_from_another_store(c):
    """Two hosts without a shared store meet at the claim on the server."""
    sid = c.boot()
    first = c.rezone.move(sid, "--to", "az2").expect(0).move()
    before = c.cloud.server(sid)
    run = c.rezone.move(sid, "--to", "az2", state=c.folder + "/other/rezone.db").expect(3)
    run.says(first["id"])
    assert c.cloud.server(sid) == before, "the refused run changed the other's source"
    assert len(c.our_images()) == 1


@case()
def one_refused_and_one_moved(c):
    good, bad = c.boot("vm-good"), c.boot("vm-bad")
    put_port(c, bad, allowed_address_pairs=[{"ip_address": "10.10.200.0/24"}])
    run = c.rezone("move", good, bad, "--to", "az2", "--addresses", "new", "-y", "-f", "json").expect(2)
    states = {m["server_id"]: m["state"] for m in run.json}
    assert states == {good: "moved", bad: "failed"}, states
    assert c.cloud.server(bad)["status"] == "ACTIVE" and not c.cloud.marks(c.cloud.server(bad))
