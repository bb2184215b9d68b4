# SPDX-License-Identifier: Apache-2.0
"""Kinds of servers, each moved and committed, and each discarded; an independent reader compares every attribute."""
from cases_keep import attach, floating, net, port, remade_ports_go_too, volume, volume_tag
from harness import case
from reader import Reader, differences, safe

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


def subnet(c, network="private"):
    return c.cloud.demo.do("GET", "network", "/subnets?network_id=" + net(c, network))["subnets"][0]["id"]


def ports_of(c, sid):
    """By MAC, so that the order says nothing."""
    return sorted(c.cloud.ports(sid), key=lambda p: p["mac_address"])


# --- NICs: one to four, of both kinds, on one network or several ---------------------------------
@kind
def two_of_one_network(c):
    return c.boot(networks=[{"uuid": net(c)}, {"uuid": net(c)}])


@kind
def three_of_one_network(c):
    return c.boot(networks=[{"port": port(c)}, {"uuid": net(c)}, {"port": port(c, name="third")}])


@kind
def four_of_one_network(c):
    return c.boot(networks=[{"port": port(c)}, {"port": port(c)}, {"port": port(c)}, {"uuid": net(c)}])


@kind
def two_networks_the_other_way_round(c):
    return c.boot(networks=[{"uuid": net(c, "backend")}, {"port": port(c, name="second")}])


@kind
def four_nics_whose_order_is_given(c):
    given = [port(c), port(c, "backend"), port(c), port(c, "backend")]
    return c.boot(networks=[{"port": p} for p in given]), "--nic-order", ",".join(given)


@kind
def nic_attached_later(c):
    sid = c.boot()
    pid = port(c, name="later")
    c.cloud.demo.do("POST", "compute", "/servers/%s/os-interface" % sid, {"interfaceAttachment": {"port_id": pid}})
    c.wait("the port attached", lambda: len(c.cloud.ports(sid)) == 2 and any(
        a["OS-EXT-IPS-MAC:mac_addr"] == p["mac_address"] for p in c.cloud.ports(sid) if p["id"] == pid
        for entries in c.cloud.server(sid)["addresses"].values() for a in entries))
    return sid


@kind
def nics_with_tags(c):
    first = {"port": port(c)}
    if c.cloud.has("2.42"):
        first["tag"] = "management"
    return c.boot(networks=[first, {"uuid": net(c, "backend")}])


# --- ports --------------------------------------------------------------------------------------
@kind
def three_addresses_on_a_port(c):
    return c.boot(networks=[{"port": port(c, fixed_ips=[{"subnet_id": subnet(c)}] * 3)}])


@kind
def port_with_dhcp_options(c):
    return c.boot(networks=[{"port": port(c, extra_dhcp_opts=[{"opt_name": "mtu", "opt_value": "1400"}])}])


@kind
def port_of_compute_without_security(c):
    sid = c.boot()
    [p] = c.cloud.ports(sid)
    c.cloud.demo.do("PUT", "network", "/ports/" + p["id"], {"port": {"port_security_enabled": False, "security_groups": []}})
    return sid


@kind
def port_of_compute_with_pairs(c):
    sid = c.boot()
    [p] = c.cloud.ports(sid)
    pairs = [{"ip_address": "10.9.0.0/24"}, {"ip_address": "10.8.8.8", "mac_address": "fa:16:3e:01:02:03"}]
    c.cloud.demo.do("PUT", "network", "/ports/" + p["id"], {"port": {"allowed_address_pairs": pairs}})
    return sid


@kind
def port_of_compute_with_tags_and_a_name(c):
    sid = c.boot()
    [p] = c.cloud.ports(sid)
    c.cloud.demo.do("PUT", "network", "/ports/" + p["id"], {"port": {"name": "\u0436 'x'", "description": "of the shop"}})
    c.cloud.demo.do("PUT", "network", "/ports/%s/tags" % p["id"], {"tags": ["blue", "tier:1", "\u0436"]})
    return sid


@kind
def port_that_is_down(c):
    return c.boot(networks=[{"port": port(c, admin_state_up=False)}, {"port": port(c)}])


@kind
def groups_that_differ_by_port(c):
    web = c.cloud.id_of("group", "web")
    return c.boot(networks=[{"port": port(c, security_groups=[web])}, {"port": port(c, security_groups=[])}])


@kind
def two_groups(c):
    return c.boot(security_groups=[{"name": "web"}, {"name": "default"}])


# --- floating IPs -------------------------------------------------------------------------------
@kind
def floating_ip_of_the_second_nic(c):
    sid = c.boot(networks=[{"port": port(c)}, {"port": port(c)}])
    floating(c, ports_of(c, sid)[1]["id"])
    return sid


@kind
def floating_ips_of_both_nics(c):
    sid = c.boot(networks=[{"uuid": net(c)}, {"port": port(c)}])
    for p in ports_of(c, sid):
        floating(c, p["id"])
    return sid


@kind
def floating_ips_of_two_addresses_of_one_port(c):
    pid = port(c, fixed_ips=[{"subnet_id": subnet(c)}] * 2)
    sid = c.boot(networks=[{"port": pid}])
    for ip in c.cloud.ports(sid)[0]["fixed_ips"]:
        body = {"floatingip": {"floating_network_id": net(c, "public"), "port_id": pid, "fixed_ip_address": ip["ip_address"]}}
        made = c.cloud.demo.do("POST", "network", "/floatingips", body)["floatingip"]
        c.later(c.cloud.admin.ask, "DELETE", "network", "/floatingips/" + made["id"])
    return sid


# --- volumes ------------------------------------------------------------------------------------
@kind
def two_volumes(c):
    sid = c.boot()
    for name in ("b", "a"):
        attach(c, sid, volume(c, name=c.name(name), description="of " + name, metadata={"k": name}))
    return sid


@kind
def volume_that_goes_with_the_server(c):
    sid = c.boot()
    attach(c, sid, volume(c), **({"delete_on_termination": True} if c.cloud.has("2.79") else {}))
    return sid


@kind
def volumes_with_tags(c):
    sid = c.boot()
    for n in range(2):
        attach(c, sid, volume(c), **volume_tag(c, "disk%d" % n))
    return sid


@kind
def volume_of_two_gigabytes(c):
    sid = c.boot()
    attach(c, sid, volume(c, size=2))
    return sid


@kind
def volume_made_from_an_image(c):
    sid = c.boot()
    attach(c, sid, volume(c, imageRef=c.cloud.id_of("image", "cirros")))
    return sid


# --- the server itself --------------------------------------------------------------------------
@kind
def locked(c):
    sid = c.boot()
    reason = {"locked_reason": "hands off: \u0436"} if c.cloud.has("2.73") else None
    c.cloud.demo.do("POST", "compute", "/servers/%s/action" % sid, {"lock": reason})
    return sid


@kind
def locked_and_stopped_with_a_volume(c):
    sid = a_stopped_one(c)
    attach(c, sid, volume(c))
    c.cloud.demo.do("POST", "compute", "/servers/%s/action" % sid, {"lock": None})
    return sid


def a_stopped_one(c):
    sid = c.boot()
    c.cloud.stop(sid)
    return sid


@kind
def stopped_with_both_kinds_of_ports(c):
    sid = c.boot(networks=[{"port": port(c)}, {"uuid": net(c, "backend")}])
    c.cloud.stop(sid)
    return sid


@kind
def many_tags(c):
    return c.boot(**({"tags": ["t%02d" % n for n in range(48)]} if c.cloud.has("2.52") else {}))


@kind
def much_metadata(c):
    return c.boot(metadata={"key %d:._-" % n: "v" * 255 for n in range(120)})


@kind
def long_name(c):
    return c.boot("n" * (255 - len(c.name(""))))


@kind
def name_with_blanks_and_quotes(c):
    return c.boot("a  b 'c' \"d\" %s \\ $HOME `e`")


@kind
def name_of_another_script(c):
    return c.boot("\u0441\u0435\u0440\u0432\u0435\u0440 \u4e2d\u6587 \u05d0")


@kind
def described(c):
    return c.boot(**({"description": "one, 'two' \u0436 " + "d" * 200} if c.cloud.has("2.19") else {}))


@kind
def empty_description(c):
    return c.boot(**({"description": None} if c.cloud.has("2.19") else {}))


@kind
def host_name_of_its_own(c):
    return c.boot(**({"hostname": c.word + "-guest"} if c.cloud.has("2.90") else {}))


@kind
def key_pair_and_config_drive(c):
    return c.boot(key_name="key", config_drive=True)


@kind
def manual_disk_config(c):
    return c.boot(**{"OS-DCF:diskConfig": "MANUAL"})


@kind
def access_addresses(c):
    return c.boot(accessIPv4="203.0.113.99", accessIPv6="2001:db8::99")


# --- a bit of everything ------------------------------------------------------------------------
@kind
def rich(c):
    more = {"tags": ["blue", "x:y"]} if c.cloud.has("2.52") else {}
    if c.cloud.has("2.19"):
        more["description"] = "rich"
    sid = c.boot(networks=[{"port": port(c, name="mine", tags=["p"])}, {"uuid": net(c, "backend")}], key_name="key",
                 config_drive=True, metadata={"a": "b"}, **more)
    for p in c.cloud.ports(sid):
        if p["name"] == "mine":
            floating(c, p["id"])
    for n in range(3):
        flag = {"delete_on_termination": n == 2} if c.cloud.has("2.79") else {}
        attach(c, sid, volume(c), **flag, **volume_tag(c, "disk%d" % n))
    return sid


@kind
def rich_and_stopped(c):
    sid = rich(c)
    c.cloud.stop(sid)
    return sid


def made(c, name):
    found = KINDS[name](c)
    sid, options = (found, ()) if isinstance(found, str) else (found[0], found[1:])
    c.cloud.quiet(sid, "ACTIVE", "SHUTOFF")
    return sid, options


def move(c, sid, options):
    return c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle, *options).expect(0).move()


def there(c, name):
    """Moved, compared, committed, compared again."""
    reader, (sid, options) = Reader(c), made(c, name)
    c.later(reader.close)
    before, data = reader.server(sid), c.data
    mine = move(c, sid, options)
    target = mine["target_server_id"]
    c.cloud.quiet(target, before["status"])
    now = reader.server(target)
    bad = differences(dict(before, **{"volumes in order": safe(before["volumes in order"])}),
                      dict(now, **{"volumes in order": safe(now["volumes in order"])}))
    assert not bad, "moved: " + "; ".join(bad)
    assert not [v for v in now["volumes in order"] if v[2]], "a volume would be deleted with the target before commit"
    assert not reader.ports_of(sid), "the source kept a port"
    assert c.backend.read_disk(target)[:len(data)] == data, "the disk's bytes differ"
    c.rezone("commit", mine["id"], "-y", "--settle", c.settle).expect(0)
    assert c.cloud.server(sid) is None
    after = reader.server(target)
    bad = differences(before, after, () if c.cloud.has("2.85") else ("volumes in order",))
    assert not bad, "committed: " + "; ".join(bad)
    remade_ports_go_too(c, target)


def back(c, name):
    """Moved, discarded: as it was."""
    reader, (sid, options) = Reader(c), made(c, name)
    c.later(reader.close)
    before, data = reader.server(sid), c.data
    mine = move(c, sid, options)
    done = c.rezone("discard", mine["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone" and not done["left"], done
    c.cloud.quiet(sid, before["status"])
    bad = differences(before, reader.server(sid))
    assert not bad, "discarded: " + "; ".join(bad)
    assert c.backend.read_disk(sid)[:len(data)] == data, "the disk's bytes differ"
    remade_ports_go_too(c, sid)


def both_ways(name):
    def moved(c):
        there(c, name)

    def discarded(c):
        back(c, name)
    for function, word in ((moved, "moved"), (discarded, "discarded")):
        function.__name__, function.__module__ = "%s_%s" % (name, word), __name__
        case()(function)


for _name in list(KINDS):
    both_ways(_name)
