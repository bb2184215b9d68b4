# SPDX-License-Identifier: Apache-2.0
"""The configuration files of the services of one region."""
import os

from .base import DB_PORT, DIST, LAB, MC_PORT, MQ_PORT, OFFSET, PORTS, ZONES, write

KEYSTONE_URL = "http://127.0.0.1:%d/v3" % PORTS["keystone"]
SERVICE_USER = {"auth_url": KEYSTONE_URL, "auth_type": "password", "username": "service", "password": "service",
                "project_name": "service", "user_domain_id": "default", "project_domain_id": "default"}


def ini(path, sections):
    """Write an oslo.config file; a value of None leaves the option out."""
    text = ""
    for section, options in sections.items():
        text += "[%s]\n" % section
        text += "".join("%s = %s\n" % (k, str(v).lower() if isinstance(v, bool) else v)
                        for k, v in options.items() if v is not None)
    write(path, text)


def db(name):
    return {"connection": "mysql+pymysql://os:os@127.0.0.1:%d/%s?charset=utf8" % (DB_PORT, name)}


def bus(region):
    return "rabbit://guest:guest@127.0.0.1:%d/%s" % (MQ_PORT, region)


def ports(region):
    return {k: v + OFFSET[region] for k, v in PORTS.items()}


def authtoken():
    return dict(SERVICE_USER, www_authenticate_uri=KEYSTONE_URL, memcached_servers="127.0.0.1:%d" % MC_PORT)


def client(region):
    return dict(SERVICE_USER, region_name=region, endpoint_type="public", valid_interfaces="public")


LOCKS = {"lock_path": LAB + "/lock"}
QUIET = {"use_stderr": True, "debug": False}
SHARE = DIST + "/usr/share"


def glance(region, etc):
    images = "%s/images/%s" % (LAB, region)
    for suffix in ("", "-staging", "-tasks"):
        os.makedirs(images + suffix, exist_ok=True)
    ini(etc + "/glance.conf", {
        "DEFAULT": dict(QUIET, bind_host="127.0.0.1", bind_port=ports(region)["glance"], workers=1,
                        enabled_backends="file:file", node_staging_uri="file://%s-staging" % images,
                        enabled_import_methods="[glance-direct,web-download,copy-image]", show_image_direct_url=False),
        "database": db("glance" + region),
        "paste_deploy": {"flavor": "keystone", "config_file": SHARE + "/glance-common/glance-api-paste.ini"},
        "glance_store": {"default_backend": "file"},
        "file": {"filesystem_store_datadir": images},
        "os_glance_staging_store": {"filesystem_store_datadir": images + "-staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": images + "-tasks"},
        "oslo_concurrency": LOCKS, "keystone_authtoken": authtoken()})
    with open(etc + "/glance.conf") as f:
        write(etc + "/glance/glance-api.conf", f.read())


def placement(region, etc):
    ini(etc + "/placement/placement.conf", {
        "DEFAULT": {}, "placement_database": db("placement" + region), "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": authtoken()})


def nova(region, etc):
    ini(etc + "/nova.conf", {
        "DEFAULT": dict(QUIET, transport_url=bus(region), osapi_compute_listen="127.0.0.1",
                        osapi_compute_listen_port=ports(region)["nova"], osapi_compute_workers=2, my_ip="127.0.0.1",
                        state_path=LAB + "/nova", force_config_drive=False, compute_driver="cloudlab.FileDriver",
                        vif_plugging_is_fatal=False, vif_plugging_timeout=0, allow_resize_to_same_host=False,
                        sync_power_state_interval=-1, rpc_response_timeout=180, long_rpc_timeout=300,
                        max_concurrent_builds=0, max_concurrent_snapshots=0, instances_path=LAB + "/disks",
                        enabled_apis="osapi_compute"),
        "wsgi": {"api_paste_config": SHARE + "/nova-common/api-paste.ini"},
        "database": db("nova" + region), "api_database": db("nova_api" + region),
        "oslo_concurrency": LOCKS, "api": {"auth_strategy": "keystone"}, "vnc": {"enabled": False},
        "conductor": {"workers": 1}, "scheduler": {"workers": 1, "discover_hosts_in_cells_interval": 20},
        "filter_scheduler": {"host_subset_size": 1},
        "quota": {"instances": 20000, "cores": 40000, "ram": 51200000},
        "cinder": dict(client(region), os_region_name=region, cross_az_attach=True,
                       catalog_info="volumev3::publicURL", http_retries=2),
        "oslo_messaging_notifications": {"driver": "noop"},
        "glance": {"region_name": region, "valid_interfaces": "public"},
        "keystone_authtoken": authtoken(), "placement": client(region), "neutron": client(region),
        "service_user": dict(client(region), send_service_user_token=True)})
    for hosts in ZONES[region].values():
        for host in hosts:
            os.makedirs("%s/compute/%s" % (LAB, host), exist_ok=True)
            ini("%s/host-%s.conf" % (etc, host), {"DEFAULT": {"host": host, "state_path": "%s/compute/%s" % (LAB, host)}})


def neutron(region, etc):
    unlimited = {"quota_" + k: -1 for k in ("port", "network", "subnet", "security_group", "floatingip")}
    ini(etc + "/neutron.conf", {
        "DEFAULT": dict(QUIET, bind_host="127.0.0.1", bind_port=ports(region)["neutron"], api_workers=1, rpc_workers=1,
                        rpc_state_report_workers=0, core_plugin="ml2", service_plugins="router,trunk,qos,port_forwarding",
                        transport_url=bus(region), notify_nova_on_port_status_changes=False,
                        notify_nova_on_port_data_changes=False, auth_strategy="keystone", state_path=LAB + "/neutron",
                        api_paste_config=SHARE + "/neutron-common/api-paste.ini", allow_overlapping_ips=True,
                        dns_domain="example.org."),  # with its default Neutron forgets the names of ports
        "database": dict(db("neutron" + region), max_pool_size=20), "oslo_concurrency": LOCKS, "quotas": unlimited,
        "ml2": {"type_drivers": "flat,vlan,local,vxlan", "tenant_network_types": "vxlan",
                "mechanism_drivers": "cloudlab", "extension_drivers": "port_security,qos,dns_domain_ports"},
        "ml2_type_vxlan": {"vni_ranges": "1:10000"}, "ml2_type_flat": {"flat_networks": "*"},
        "keystone_authtoken": authtoken()})
    # Neutron reads every file of this folder as policy; without the folder it logs an error at each request
    write(etc + "/neutron-policy.d/.keep", "")


def cinder(region, etc):
    zones = list(ZONES[region])
    sections = {
        "DEFAULT": dict(QUIET, osapi_volume_listen="127.0.0.1", osapi_volume_listen_port=ports(region)["cinder"],
                        osapi_volume_workers=1, transport_url=bus(region), auth_strategy="keystone",
                        state_path=LAB + "/cinder", api_paste_config=SHARE + "/cinder-common/api-paste.ini",
                        enabled_backends=",".join(zones), default_volume_type="__DEFAULT__",
                        allow_availability_zone_fallback=False,
                        glance_api_servers="http://127.0.0.1:%d" % ports(region)["glance"],
                        quota_volumes=-1, quota_gigabytes=-1, quota_snapshots=-1,
                        rootwrap_config=DIST + "/etc/cinder/rootwrap.conf",
                        resource_query_filters_file=DIST + "/etc/cinder/resource_filters.json",
                        storage_availability_zone=zones[0], default_availability_zone=zones[0]),
        "database": db("cinder" + region), "oslo_concurrency": LOCKS, "keystone_authtoken": authtoken()}
    for zone in zones:
        sections[zone] = {"volume_driver": "cloudlab_drivers.volume.FileVolumeDriver",
                          "volume_backend_name": "files-" + zone, "backend_availability_zone": zone}
    for helper in ("cinder_sys_admin", "privsep_osbrick"):  # already root: no sudo, no rootwrap
        sections[helper] = {"helper_command": "privsep-helper --config-file %s/cinder.conf" % etc}
    ini(etc + "/cinder.conf", sections)


def keystone():
    etc = LAB + "/etc/keystone"
    for keys in ("fernet", "credential"):
        os.makedirs("%s/%s" % (etc, keys), exist_ok=True)
    ini(etc + "/keystone.conf", {
        "DEFAULT": {"use_stderr": True}, "database": db("keystone"),
        "token": {"provider": "fernet", "expiration": 14400},
        "fernet_tokens": {"key_repository": etc + "/fernet"}, "credential": {"key_repository": etc + "/credential"},
        "fernet_receipts": {"key_repository": etc + "/fernet"},
        "cache": {"enabled": True, "backend": "dogpile.cache.memcached", "memcache_servers": "127.0.0.1:%d" % MC_PORT}})


def configure(region):
    etc = "%s/etc/%s" % (LAB, region)
    for part in (glance, placement, nova, neutron, cinder):
        part(region, etc)


def clouds_yaml(regions):
    text = "clouds:\n"
    for name in ("admin", "demo", "demo2"):
        text += ("  %s:\n    auth:\n      auth_url: %s\n      username: %s\n      password: %s\n"
                 "      project_name: %s\n      user_domain_id: default\n      project_domain_id: default\n"
                 "    regions: [%s]\n    identity_api_version: 3\n"
                 % (name, KEYSTONE_URL, name, name, name, ", ".join(regions)))
    write(LAB + "/clouds.yaml", text)
    os.chmod(LAB + "/clouds.yaml", 0o600)
