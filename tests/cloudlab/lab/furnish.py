# SPDX-License-Identifier: Apache-2.0
"""What an operator and a user would have made: accounts, catalog, zones, flavors, an image, networks."""
import os
import sys
import time

import openstack

from .base import LAB, OFFSET, PORTS, ZONES, run, tail
from .config import KEYSTONE_URL, clouds_yaml
from .services import module

URLS = {"image": ("glance", "http://127.0.0.1:%d"), "compute": ("nova", "http://127.0.0.1:%d/v2.1"),
        "network": ("neutron", "http://127.0.0.1:%d"), "volumev3": ("cinder", "http://127.0.0.1:%d/v3/%%(project_id)s"),
        "placement": ("placement", "http://127.0.0.1:%d")}
INTERFACES = ("public", "internal", "admin")


def accounts(regions):
    """Projects and users demo and demo2 (plain members), the services' user, and the catalog."""
    admin = openstack.connect(auth_url=KEYSTONE_URL, username="admin", password="admin", project_name="admin",
                              user_domain_id="default", project_domain_id="default", region_name=regions[0])
    identity = admin.identity
    for region in regions[1:]:
        identity.create_region(id=region)
    projects = {n: identity.create_project(name=n, domain_id="default") for n in ("service", "demo", "demo2")}
    if not any(r.name == "service" for r in identity.roles()):
        identity.create_role(name="service")  # older Keystones lack it, and Cinder then refuses Nova's detach
    roles = {r.name: r for r in identity.roles()}
    for name in ("service", "demo", "demo2"):
        user = identity.create_user(name=name, password=name, domain_id="default")
        for role in (["admin", "service"] if name == "service" else ["member"]):
            if role in roles:
                identity.assign_project_role_to_user(projects[name], user, roles[role])
    for kind, (name, url) in URLS.items():
        service = identity.create_service(name=name, type=kind)
        for region in regions:
            for interface in INTERFACES:
                identity.create_endpoint(service_id=service.id, interface=interface, region_id=region,
                                         url=url % (PORTS[name] + OFFSET[region]))
    service = next(identity.services(type="identity"))
    for region in regions[1:]:
        for interface in INTERFACES:
            identity.create_endpoint(service_id=service.id, interface=interface, region_id=region, url=KEYSTONE_URL + "/")
    clouds_yaml(regions)


def connect(name, region):
    os.environ["OS_CLIENT_CONFIG_FILE"] = LAB + "/clouds.yaml"
    return openstack.connect(cloud=name, region_name=region)


def zones(region, seconds=240):
    """Wait for the compute hosts, then make an aggregate a zone."""
    admin = connect("admin", region)
    hosts = {h for hs in ZONES[region].values() for h in hs}
    end = time.time() + seconds
    while True:
        up = {s.host for s in admin.compute.services() if s.binary == "nova-compute" and s.state == "up"}
        # a host that joins an aggregate before Placement knows it is left out of the zone, and only a log line says so
        known = {p["name"] for p in admin.placement.get("/resource_providers").json()["resource_providers"]}
        if up & known >= hosts:
            break
        if time.time() > end:
            host = sorted(hosts - (up & known))[0]
            sys.exit("cloudlab: compute host %s does not come up\n%s" % (host, tail("%s-compute-%s" % (region.lower(), host))))
        time.sleep(0.5)
    run(module("nova.cmd.manage:main", "--config-file", "%s/etc/%s/nova.conf" % (LAB, region), "cell_v2", "discover_hosts"))
    for zone, members in ZONES[region].items():
        aggregate = admin.compute.create_aggregate(name=zone, availability_zone=zone)
        for host in members:
            admin.compute.add_host_to_aggregate(aggregate, host)


def furniture(region):
    admin, demo = connect("admin", region), connect("demo", region)
    for name, vcpus, ram, disk in (("m1.tiny", 1, 512, 1), ("m1.small", 1, 2048, 20), ("m1.large", 4, 8192, 80)):
        admin.compute.create_flavor(name=name, vcpus=vcpus, ram=ram, disk=disk)
    with open(LAB + "/cirros.raw", "wb") as f:
        f.write(os.urandom(1 << 20))
    admin.create_image("cirros", filename=LAB + "/cirros.raw", disk_format="raw", container_format="bare",
                       visibility="public", wait=True)
    public = admin.network.create_network(name="public", **{"router:external": True, "provider:network_type": "flat",
                                                            "provider:physical_network": "ext"})
    admin.network.create_subnet(network_id=public.id, ip_version=4, cidr="203.0.113.0/24", enable_dhcp=False)
    router = demo.network.create_router(name="r", external_gateway_info={"network_id": public.id})
    for i, name in enumerate(("private", "backend")):
        net = demo.network.create_network(name=name)
        sub = demo.network.create_subnet(network_id=net.id, ip_version=4, cidr="10.%d.0.0/16" % (10 + i))
        demo.network.add_interface_to_router(router, subnet_id=sub.id)
    demo.network.create_security_group(name="web")
    demo.compute.create_keypair(name="key")
