# SPDX-License-Identifier: Apache-2.0
"""Port forwardings of floating IPs follow a port that is made again, and stay with one that is not."""
from cases_keep import comparable, floating, net, nics, port, remade_ports_go_too, there_and_back, there_and_committed
from harness import Skip, case


def needs_forwardings(c):
    """The aliases of the extensions of port forwardings that the cloud has."""
    has = {e["alias"] for e in c.cloud.demo.do("GET", "network", "/extensions")["extensions"]}
    if "floating-ip-port-forwarding" not in has:
        raise Skip("this cloud forwards no ports")
    return has


def forwarding_ip(c):
    made = c.cloud.demo.do("POST", "network", "/floatingips", {"floatingip": {"floating_network_id": net(c, "public")}})["floatingip"]
    c.later(put_ip_away, c, made["id"])
    return made["id"]


def put_ip_away(c, fid):
    """Neutron deletes none that forwards something."""
    for one in all_of(c, fid):
        c.cloud.admin.ask("DELETE", "network", "/floatingips/%s/port_forwardings/%s" % (fid, one["id"]))
    c.cloud.admin.ask("DELETE", "network", "/floatingips/" + fid)


def all_of(c, fid):
    return c.cloud.admin.do("GET", "network", "/floatingips/%s/port_forwardings" % fid)["port_forwardings"]


def forward(c, fid, pid, **body):
    """To the port's first address; tcp 2222 to 22 unless told otherwise."""
    [port] = [p for p in c.cloud.ports() if p["id"] == pid]
    words = {"protocol": "tcp", "internal_port_id": pid, "internal_ip_address": port["fixed_ips"][0]["ip_address"]}
    if "external_port_range" not in body:
        words.update(internal_port=22, external_port=2222)
    made = c.cloud.demo.do("POST", "network", "/floatingips/%s/port_forwardings" % fid, {"port_forwarding": dict(words, **body)})
    return made["port_forwarding"]["id"]


def several(c, pid):
    """Two floating IPs, two protocols, and what the cloud's extensions have."""
    has = needs_forwardings(c)
    first, second = forwarding_ip(c), forwarding_ip(c)
    words = {"description": "the way in"} if "floating-ip-port-forwarding-description" in has else {}
    forward(c, first, pid, **words)
    forward(c, first, pid, protocol="udp", external_port=2222, internal_port=53)
    forward(c, second, pid, external_port=80, internal_port=8080)
    if "floating-ip-port-forwarding-port-ranges" in has:
        forward(c, second, pid, external_port_range="7000:7009", internal_port_range="6000:6009")
        forward(c, second, pid, protocol="udp", external_port_range="7000:7009", internal_port_range="514:514")
    return first, second


def of_a_port_made_by_compute(c):
    sid = c.boot()
    several(c, c.cloud.ports(sid)[0]["id"])
    return sid


@case()
def of_a_port_made_by_compute_moved(c):
    needs_forwardings(c)
    sid = of_a_port_made_by_compute(c)
    assert len(nics(c, sid)[1]) >= 3
    move = there_and_committed(c, sid)
    rows = {r["name"]: r["verdict"] for r in move["compare"]}
    assert rows["port-forwardings.1"] == rows["port-forwardings.3"] == "equal", rows
    for server in c.servers():
        remade_ports_go_too(c, server["id"])


@case()
def of_a_port_made_by_compute_discarded(c):
    needs_forwardings(c)
    there_and_back(c, of_a_port_made_by_compute(c))


@case()
def beside_a_floating_ip_of_the_port(c):
    """Neutron makes none to a port that has a floating IP: they come first, then it."""
    needs_forwardings(c)
    sid = of_a_port_made_by_compute(c)
    floating(c, c.cloud.ports(sid)[0]["id"])
    there_and_committed(c, sid)
    for server in c.servers():
        remade_ports_go_too(c, server["id"])


@case()
def of_two_ports(c):
    """One that compute made, and one that was there before it: that one keeps its forwardings, ids and all."""
    needs_forwardings(c)
    mine = port(c, "backend")
    sid = c.boot(networks=[{"port": mine}, {"uuid": net(c)}])
    [other] = [p["id"] for p in c.cloud.ports(sid) if p["id"] != mine]
    fid = forwarding_ip(c)
    try:
        kept = forward(c, fid, mine, external_port=1, internal_port=1)
    except Exception as error:  # not every lab's router has this network
        raise Skip("no router there: %s" % error)
    gone = forward(c, fid, other, external_port=2, internal_port=2)
    there_and_back(c, sid)
    ids = [one["id"] for one in all_of(c, fid)]
    assert kept in ids and gone not in ids and len(ids) == 2, ids


@case()
def of_a_port_made_before(c):
    needs_forwardings(c)
    pid = port(c)
    sid = c.boot(networks=[{"port": pid}])
    first, second = several(c, pid)
    before = all_of(c, first), all_of(c, second)
    move = there_and_committed(c, sid)
    assert (all_of(c, first), all_of(c, second)) == before, "a port that stays keeps its forwardings"
    assert move["state"] == "moved", move


@case()
def new_addresses_leave_them_behind(c):
    needs_forwardings(c)
    sid = of_a_port_made_by_compute(c)
    before = nics(c, sid)
    c.rezone("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json").expect(3).says(
        "port forwardings of floating IPs", "--addresses keep")
    assert nics(c, sid) == before


@case()
def deleted_while_the_target_serves(c):
    """Going back makes it again; what somebody else has put there meanwhile stays, and is named."""
    needs_forwardings(c)
    sid = c.boot()
    [was] = c.cloud.ports(sid)
    fid, other = forwarding_ip(c), port(c)
    forward(c, fid, was["id"])
    forward(c, fid, was["id"], protocol="udp")
    before = nics(c, sid)
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    for one in all_of(c, fid):
        c.cloud.demo.do("DELETE", "network", "/floatingips/%s/port_forwardings/%s" % (fid, one["id"]))
    taken = forward(c, fid, other, protocol="udp")
    done = c.rezone("discard", move["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone", done
    [left] = [one for one in done["left"] if " udp 2222 to " in one["name"]]
    assert "somebody made another" in left["text"], left
    c.cloud.quiet(sid, "ACTIVE")
    before[1].pop([key for key in before[1] if key[1] == "udp"][0])
    assert nics(c, sid) == before, (nics(c, sid), before)
    assert taken in [one["id"] for one in all_of(c, fid)], "a stranger's forwarding was taken away"
    remade_ports_go_too(c, sid)


@case()
def deleted_before_commit(c):
    """By somebody who may: commit goes on, and names it."""
    needs_forwardings(c)
    sid = c.boot()
    fid = forwarding_ip(c)
    forward(c, fid, c.cloud.ports(sid)[0]["id"])
    forward(c, fid, c.cloud.ports(sid)[0]["id"], protocol="udp")
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    [gone] = [one for one in all_of(c, fid) if one["protocol"] == "udp"]
    c.cloud.demo.do("DELETE", "network", "/floatingips/%s/port_forwardings/%s" % (fid, gone["id"]))
    done = c.rezone("commit", move["id"], "-y", "-f", "json").expect(0).move()
    assert done["state"] == "committed" and len(done["left"]) == 1, done
    assert " udp 2222 to " in done["left"][0]["name"], done["left"]
    for server in c.servers():
        remade_ports_go_too(c, server["id"])


@case(on=("fake",))
def taken_on_the_way(c):
    """Somebody forwards the same port to another server before it is made again: noticed, undone and named."""
    sid = c.boot()
    [was] = c.cloud.ports(sid)
    fid, other = forwarding_ip(c), port(c)
    forward(c, fid, was["id"])
    [stranger] = [p for p in c.cloud.ports() if p["id"] == other]
    theft = {"cloud": "demo", "method": "POST", "path": "/network/v2.0/floatingips/%s/port_forwardings" % fid, "body": {
        "port_forwarding": {"protocol": "tcp", "external_port": 2222, "internal_port": 22, "internal_port_id": other,
                            "internal_ip_address": stranger["fixed_ips"][0]["ip_address"]}}}
    c.backend.fault("script", {"service": "network", "method": "POST", "path": "/port_forwardings$", "user": "demo"}, script=[theft])
    run = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(2)
    move = run.move()
    assert move["state"] == "undone" and "somebody made another port forwarding" in move["error"], move
    assert any("tcp 2222" in one["name"] for one in move["left"]), move["left"]
    c.cloud.quiet(sid, "ACTIVE")
    [now] = c.cloud.ports(sid)
    assert comparable(now["fixed_ips"]) == comparable(was["fixed_ips"]), (now, was)
    assert [one["internal_port_id"] for one in all_of(c, fid)] == [other]
    remade_ports_go_too(c, sid)


@case(on=("fake",))
def that_may_not_be_made(c):
    """A policy of this cloud: the walk turns back, and the source does not stay down for it."""
    sid = c.boot()
    forward(c, forwarding_ip(c), c.cloud.ports(sid)[0]["id"])
    c.backend.fault("status", {"service": "network", "method": "POST", "path": "/port_forwardings$", "user": "demo"}, status=403, count=-1)
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(2).move()
    assert move["state"] == "undone" and "cannot be made again" in move["error"], move
    [left] = [one for one in move["left"] if "tcp 2222" in one["name"]]
    assert "refused" in left["text"], left
    c.cloud.quiet(sid, "ACTIVE")
    remade_ports_go_too(c, sid)


@case(on=("fake",))
def made_after_the_plan(c):
    """It would be deleted with its port, and nobody would know: a difference from the plan walks back."""
    sid = c.boot()
    [was] = c.cloud.ports(sid)
    fid = forwarding_ip(c)
    late = {"cloud": "demo", "method": "POST", "path": "/network/v2.0/floatingips/%s/port_forwardings" % fid, "body": {
        "port_forwarding": {"protocol": "tcp", "external_port": 2222, "internal_port": 22, "internal_port_id": was["id"],
                            "internal_ip_address": was["fixed_ips"][0]["ip_address"]}}}
    c.backend.fault("script", {"service": "compute", "method": "POST", "path": "/action$", "user": "demo"}, script=[late])
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(2).move()
    assert move["state"] == "undone" and "port-forwardings changed since the plan" in move["error"], move
    assert len(all_of(c, fid)) == 1


@case(on=("fake",))
def of_a_cloud_that_does_not_list_them(c):
    """Without expose-port-forwarding-in-fip they are found by their floating IPs' routers."""
    aliases = ("expose-port-forwarding-in-fip", "floating-ip-port-forwarding-port-ranges", "floating-ip-port-forwarding-description",
               "floating-ip-port-forwarding-detail")
    c.backend.control("POST", "/config", {"extensions": {alias: False for alias in aliases}})
    there_and_committed(c, of_a_port_made_by_compute(c))
    for server in c.servers():
        remade_ports_go_too(c, server["id"])


@case(on=("fake",))
def that_may_not_be_looked_at(c):
    """What cannot be seen cannot be made again: refused by name, unless its port stays."""
    sid = of_a_port_made_by_compute(c)
    before = nics(c, sid)
    c.backend.fault("status", {"service": "network", "method": "GET", "path": "/port_forwardings$", "user": "demo"}, status=403, count=-1)
    c.rezone("move", sid, "--to", "az2", "-y", "-f", "json").expect(3).says("forwards a port to 10.", "(403)")
    assert nics(c, sid) == before
