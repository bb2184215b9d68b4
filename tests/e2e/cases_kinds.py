# SPDX-License-Identifier: Apache-2.0
"""Kinds of servers, each moved and committed, and each discarded; an independent reader compares every attribute."""
import base64
import hashlib
import time

from cases_group import group, member
from cases_keep import attach, floating, net, of_volume, port, put_volume_away, remade_ports_go_too, volume, volume_tag, volumes
from cases_refuse import flavor
from cases_states import rest
from cases_user_data import WORDS, file_of, needs_sight
from cases_volumes import boot_from
from harness import Skip, case
from reader import Reader, copied, differences, safe

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
    if not c.cloud.has("2.9"):
        raise Skip("a lock that is not shown cannot be opened first")
    sid = c.boot()
    reason = {"locked_reason": "hands off: \u0436"} if c.cloud.has("2.73") else None
    c.cloud.demo.do("POST", "compute", "/servers/%s/action" % sid, {"lock": reason})
    return sid


@kind
def locked_and_stopped_with_a_volume(c):
    if not c.cloud.has("2.9"):
        raise Skip("a lock that is not shown cannot be opened first")
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


# --- states -------------------------------------------------------------------------------------
@kind
def paused(c):
    return rest(c, c.boot()), "--accept-loss", "memory"


@kind
def suspended_with_a_volume(c):
    sid = c.boot()
    attach(c, sid, volume(c))
    return rest(c, sid, "suspend"), "--accept-loss", "memory"


@kind
def ephemeral_and_swap(c):
    fid = flavor(c, swap=512, **{"OS-FLV-EXT-DATA:ephemeral": 1})
    return c.boot(flavorRef=fid), "--accept-loss", "ephemeral,swap"


# --- where it may run ---------------------------------------------------------------------------
@kind
def member_that_keeps_apart(c):
    gid = group(c, "anti-affinity")
    member(c, gid, "other")
    return member(c, gid)


@kind
def member_that_keeps_apart_if_it_can(c):
    gid = group(c, "soft-anti-affinity")
    member(c, gid, "other")
    return member(c, gid)


@kind
def bound_to_no_zone(c):
    if not c.cloud.has("2.104"):
        raise Skip("before 2.104 no server is let go from its zone again")
    return c.boot(availability_zone=None)


# --- what the network knows of it ---------------------------------------------------------------
def policy(c):
    """A QoS policy with a rule, that the administrator shares."""
    admin = c.cloud.admin
    made = admin.do("POST", "network", "/qos/policies", {"policy": {"name": c.name("qos"), "shared": True}})["policy"]
    c.later(admin.ask, "DELETE", "network", "/qos/policies/" + made["id"])
    rule = {"bandwidth_limit_rule": {"max_kbps": 8000, "max_burst_kbps": 800}}
    admin.do("POST", "network", "/qos/policies/%s/bandwidth_limit_rules" % made["id"], rule)
    return made["id"]


@kind
def port_with_a_qos_policy(c):
    pid = policy(c)
    return c.boot(networks=[{"port": port(c, qos_policy_id=pid)}])


@kind
def port_of_compute_with_a_qos_policy(c):
    pid, sid = policy(c), c.boot()
    c.cloud.demo.do("PUT", "network", "/ports/" + c.cloud.ports(sid)[0]["id"], {"port": {"qos_policy_id": pid}})
    return sid


def older(c, pid):
    """Let the second pass in which the port was made: in the same one no API tells which came first."""
    made = c.cloud.demo.do("GET", "network", "/ports/" + pid)["port"]["created_at"]
    c.wait("the clock's next second", lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > made)
    return pid


def put_trunk_away(c, tid, pid):
    """A trunk whose parent is bound stays: the server goes first."""
    found = c.cloud.admin.ask("GET", "network", "/ports/" + pid)
    if found.status == 200 and found.json["port"]["device_id"]:
        c.cloud.delete_server(found.json["port"]["device_id"])
    c.cloud.admin.ask("DELETE", "network", "/trunks/" + tid)


@kind
def parent_of_a_trunk(c):
    pid, subs = port(c, name="parent"), [port(c, "backend", name="sub"), port(c, "backend", port_security_enabled=False, security_groups=[])]
    body = {"port_id": pid, "name": c.name("trunk"),
            "sub_ports": [{"port_id": s, "segmentation_type": "vlan", "segmentation_id": 100 + n} for n, s in enumerate(subs)]}
    made = c.cloud.demo.do("POST", "network", "/trunks", {"trunk": body})["trunk"]
    c.later(put_trunk_away, c, made["id"], pid)
    return c.boot(networks=[{"port": older(c, pid)}, {"uuid": net(c, "backend")}])


@kind
def port_with_the_name_of_its_server(c):
    return c.boot("dns", networks=[{"port": port(c, dns_name=c.name("dns"))}, {"uuid": net(c)}])


@kind
def renamed(c):
    """Its host name is still the first one, and so are the names of its ports."""
    if not c.cloud.has("2.90"):
        raise Skip("below 2.90 the target's host name is made of its name")
    sid = c.boot("first", networks=[{"uuid": net(c)}, {"port": port(c)}])
    c.cloud.demo.do("PUT", "compute", "/servers/" + sid, {"server": {"name": c.name("second")}})
    return sid


# --- volumes that are copied --------------------------------------------------------------------
COPY = ("--volumes", "copy")


@kind
def copy_of_a_volume(c):
    sid = c.boot()
    attach(c, sid, volume(c, availability_zone="az1", description="a disk", metadata={"a": "b"}))
    return (sid,) + COPY


@kind
def copies_of_two_volumes_of_a_stopped_one(c):
    sid = c.boot(networks=[{"port": port(c)}])
    for n in range(2):
        flag = {"delete_on_termination": n == 1} if c.cloud.has("2.79") else {}
        attach(c, sid, volume(c, size=n + 1, availability_zone="az1"), **flag, **volume_tag(c, "disk%d" % n))
    c.cloud.stop(sid)
    return (sid,) + COPY


def boots_from_a_volume(c, data, **body):
    root = volume(c, imageRef=c.cloud.id_of("image", "cirros"), availability_zone="az1", name=c.name("root"))
    disks = [root] + [volume(c, availability_zone="az1", name=c.name("data-%d" % n)) for n in range(data)]
    return (boot_from(c, root, disks[1:], **body),) + COPY


@kind
def boots_from_a_volume_alone(c):
    return boots_from_a_volume(c, 0)


@kind
def boots_from_a_volume_beside_another(c):
    return boots_from_a_volume(c, 1, goes=True)


@kind
def boots_from_a_volume_beside_two(c):
    return boots_from_a_volume(c, 2, networks=[{"port": port(c)}])


# --- what its guest is told, and limits ---------------------------------------------------------
@kind
def user_data(c):
    needs_sight(c)
    sid = c.boot(user_data=base64.b64encode(WORDS).decode())
    return sid, "--user-data", file_of(c)


@kind
def as_much_metadata_as_there_is(c):
    """128 keys; without tags in the boot request the target's mark needs one of them."""
    return c.boot(metadata={"key %d:._-" % n: "v" * 255 for n in range(128 if c.cloud.has("2.52") else 127)})


@kind
def as_many_tags_as_there_are(c):
    return c.boot(**({"tags": ["t%02d" % n + "\u0436" * 57 for n in range(50)]} if c.cloud.has("2.52") else {}))


@kind
def name_without_a_letter_for_hosts(c):
    """Compute then calls the host after the server's id."""
    if not c.cloud.has("2.90"):
        raise Skip("below 2.90 the target's host name is made of its name, and of its id where that gives none")
    sid = c.boot("vm", name="\u0441\u0435\u0440\u0432\u0435\u0440", networks=[{"uuid": net(c)}, {"port": port(c)}])
    return sid


# --- there and back -----------------------------------------------------------------------------
def fill(c, sid):
    """Random bytes on the root disk and on every volume, at several places and to the end."""
    if c.cloud.server(sid)["image"]:
        c.data = c.backend.scatter(3 << 20)
        c.backend.write_disk(sid, c.data)
    for vid in volumes(c, sid)[0]:
        c.backend.scatter_volume(vid, of_volume(c, vid)["size"])


def digest(c, sid):
    """sha256 of the root disk, unless that is a volume, and of each volume in order."""
    root = [hashlib.sha256(c.backend.read_disk(sid)).hexdigest()] if c.cloud.server(sid)["image"] else []
    return root + [c.backend.volume_digest(vid) for vid in volumes(c, sid)[0]]


def made(c, name):
    found = KINDS[name](c)
    sid, options = (found, ()) if isinstance(found, str) else (found[0], found[1:])
    c.cloud.quiet(sid, "ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED")
    fill(c, sid)
    return sid, options


def move(c, sid, options):
    zone = "az1" if c.cloud.server(sid)["OS-EXT-AZ:availability_zone"] == "az2" else "az2"
    done = c.rezone("move", sid, "--to", zone, "-y", "-f", "json", "--settle", c.settle, *options).expect(0).move()
    c.own(done["target_server_id"])
    return done


def same(when, before, after, bytes_before, bytes_after, but=()):
    bad = differences(before, after, but)
    assert not bad, "%s: %s" % (when, "; ".join(bad))
    assert bytes_after == bytes_before and bytes_before, "%s: the disks hold other bytes: %s, %s" % (when, bytes_before, bytes_after)


def stay(c, name, vids, before):
    """Old volumes that were copied and are not deleted with their server: as they were, and free."""
    for vid, was in zip(vids, before):
        assert of_volume(c, vid)["status"] == "available", name
        assert c.backend.volume_digest(vid) == was, "%s: an old volume holds other bytes" % name


def there(c, name):
    """Moved, compared, committed, compared again."""
    reader, (sid, options) = Reader(c), made(c, name)
    c.later(reader.close)
    view = copied if "copy" in options else dict
    before, data, old = reader.server(sid), digest(c, sid), volumes(c, sid)[0]
    mine = move(c, sid, options)
    target = mine["target_server_id"]
    new = volumes(c, target)[0]
    for vid in new if "copy" in options else ():
        c.later(put_volume_away, c, vid)
    c.cloud.quiet(target, before["status"])
    now = reader.server(target)
    same("moved", view(safe(before)), view(safe(now)), data, digest(c, target))
    assert not [v for v in now["volumes in order"] if v[2]], "a volume would be deleted with the target before commit"
    assert (not set(new) & set(old)) if "copy" in options else new == old
    assert not reader.ports_of(sid), "the source kept a port"
    c.rezone("commit", mine["id"], "-y", "--settle", c.settle).expect(0)
    assert c.cloud.server(sid) is None
    same("committed", view(before), view(reader.server(target)), data, digest(c, target),
         () if c.cloud.has("2.85") else ("volumes in order",))
    going = getattr(c, "goes", ())
    kept = [n for n, v in enumerate(before["volumes in order"]) if "copy" in options and not v[2] and v[0] not in going]
    stay(c, name, [old[n] for n in kept], [data[len(data) - len(old) + n] for n in kept])
    remade_ports_go_too(c, target)


def back(c, name):
    """Moved, discarded: as it was."""
    reader, (sid, options) = Reader(c), made(c, name)
    c.later(reader.close)
    before, data = reader.server(sid), digest(c, sid)
    mine = move(c, sid, options)
    done = c.rezone("discard", mine["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone" and not done["left"], done
    c.cloud.quiet(sid, before["status"])
    same("discarded", before, reader.server(sid), data, digest(c, sid))
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
