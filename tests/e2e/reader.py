# SPDX-License-Identifier: Apache-2.0
"""What a server is, as openstacksdk reads it: a reader that shares no line with rezone, nor with the rest of these tests."""
from harness import Skip

try:
    import openstack
except ImportError:
    openstack = None

PORT = ("mac_address", "network_id", "security_group_ids", "allowed_address_pairs", "is_port_security_enabled", "name",
        "description", "tags", "is_admin_state_up", "binding_vnic_type", "extra_dhcp_opts", "qos_policy_id", "dns_name",
        "dns_domain", "dns_assignment", "propagate_uplink_status")
SERVER = ("name", "status", "vm_state", "power_state", "metadata", "tags", "description", "key_name", "has_config_drive",
          "disk_config", "is_locked", "locked_reason", "project_id", "user_id", "access_ipv4", "access_ipv6",
          "trusted_image_certificates", "scheduler_hints")


def plain(value):
    """A value without order where there is none, and without the SDK's wrapping."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in sorted(value.items()) if k not in ("location", "id")}
    if isinstance(value, (list, tuple, set)):
        return sorted((plain(v) for v in value), key=repr)
    return value


class Reader:
    def __init__(self, c):
        if openstack is None:
            raise Skip("needs Debian's python3-openstacksdk")
        config = openstack.config.OpenStackConfig(config_files=[c.backend.clouds_yaml], load_envvars=False)
        self.sdk, self.admin = (openstack.connection.Connection(config=config.get_one(name)) for name in ("demo", "admin"))

    def close(self):
        self.sdk.close()
        self.admin.close()

    def server(self, sid):
        """{attribute: value} of all that a move must keep; marks of moves are left out."""
        s = self.sdk.compute.get_server(sid)
        found = {key: plain(getattr(s, key, None)) for key in SERVER}
        found["tags"] = [t for t in found["tags"] or [] if not t.startswith("rezone:")]
        found["metadata"] = {k: v for k, v in (found["metadata"] or {}).items() if k != "rezone"}
        found["flavor"] = {key: s.flavor[key] for key in ("original_name", "ram", "vcpus", "disk", "ephemeral", "swap", "extra_specs")
                           if s.flavor.get(key) is not None}
        found["NICs in order"] = [
            (label, [(a["addr"], a["OS-EXT-IPS-MAC:mac_addr"]) for a in entries if a["OS-EXT-IPS:type"] == "fixed"])
            for label, entries in s.addresses.items()]
        found.update(self.network(sid))
        found["volumes in order"] = [(a.volume_id, a.tag, a.delete_on_termination)
                                     for a in self.sdk.compute.volume_attachments(s)]
        found["volumes"] = [self.volume(v) for v, _, _ in found["volumes in order"]]
        found["groups"] = sorted((g.name, g.policy, plain(g.policies), plain(g.rules))
                                 for g in self.sdk.compute.server_groups() if sid in g.member_ids)
        shown = self.admin.compute.get_server(sid)
        found["user data"], found["host name"] = shown.user_data, shown.hostname
        return found

    def network(self, sid):
        ports = list(self.sdk.network.ports(device_id=sid))
        macs = {p.id: p.mac_address for p in ports}
        floats = [f for f in self.sdk.network.ips(project_id=self.sdk.current_project_id) if f.port_id in macs]
        return {"ports": {p.mac_address: dict({key: plain(getattr(p, key, None)) for key in PORT},
                                              fixed_ips=sorted((i["subnet_id"], i["ip_address"]) for i in p.fixed_ips))
                          for p in ports},
                "QoS policies": {p.mac_address: self.policy(p.qos_policy_id) for p in ports if p.qos_policy_id},
                "trunks": {p.mac_address: self.trunk(p) for p in ports if p.trunk_details},
                "device tags": sorted((macs.get(i.port_id), getattr(i, "tag", None))
                                      for i in self.sdk.compute.server_interfaces(sid)),
                "floating IPs": sorted((f.floating_ip_address, macs[f.port_id], f.fixed_ip_address) for f in floats)}

    def policy(self, pid):
        p = self.sdk.network.get_qos_policy(pid)
        return {"name": p.name, "description": p.description, "rules": plain(p.rules)}

    def trunk(self, port):
        """What a port carries: the trunk itself, and where its sub-ports are plugged in."""
        t = self.sdk.network.get_trunk(port.trunk_details["trunk_id"])
        assert t.port_id == port.id, "trunk %s is another port's" % t.id
        subs = {s["port_id"]: (s["segmentation_type"], s["segmentation_id"]) for s in t.sub_ports}
        macs = {p.id: (p.mac_address, plain(p.fixed_ips)) for p in self.sdk.network.ports(project_id=self.sdk.current_project_id)}
        return {"id": t.id, "name": t.name, "description": t.description, "up": t.is_admin_state_up, "tags": plain(t.tags),
                "sub-ports": sorted((segment, macs[pid]) for pid, segment in subs.items())}

    def volume(self, vid):
        v = self.sdk.block_storage.get_volume(vid)
        return {"id": vid, "name": v.name, "size": v.size, "type": v.volume_type, "metadata": plain(v.metadata),
                "bootable": v.is_bootable, "zone": v.availability_zone, "description": v.description,
                "encrypted": v.is_encrypted, "of image": plain(v.volume_image_metadata)}

    def ports_of(self, sid):
        return list(self.sdk.network.ports(device_id=sid))


def differences(before, after, but=()):
    """What is not as it was, in words."""
    return ["%s was %r and is %r" % (key, before[key], after[key])
            for key in before if key not in but and before[key] != after[key]]


def safe(found):
    """As before, but for what commit sets again: no volume is deleted with the server."""
    return dict(found, **{"volumes in order": [(vid, tag, False) for vid, tag, _ in found["volumes in order"]]})


def copied(found):
    """What a copy of each volume has too: all but its id, its zone, and which image it was made from."""
    own = ("id", "zone", "of image")
    return dict(found, **{"volumes in order": [(tag, goes) for _, tag, goes in found["volumes in order"]],
                          "volumes": [{k: v for k, v in one.items() if k not in own} for one in found["volumes"]]})

