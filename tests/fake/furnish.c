/* SPDX-License-Identifier: Apache-2.0 */
/* What a fresh cloud holds: as an operator would have made it for a plain member, demo.
 */
#include "furnish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "network.h"
#include "server.h"

/* Keystone's ids are UUIDs without dashes. */
static void hex_make(char out[UUID_TEXT])
{
    char uuid[UUID_TEXT], *to = out;
    uuid_make(uuid);
    for (const char *p = uuid; *p; p++) {
        if (*p != '-')
            *to++ = *p;
    }
    *to = '\0';
}

static struct user *add_user(struct cloud *cl, const char *name)
{
    struct project *p = xcalloc(1, sizeof(*p));
    hex_make(p->id);
    p->name = xstrdup(name);
    table_put(&cl->projects, p->id, p);
    struct user *u = xcalloc(1, sizeof(*u));
    hex_make(u->id);
    u->name = xstrdup(name);
    u->password = xstrdup(name);
    u->project = p;
    u->admin = strcmp(name, "admin") == 0;
    table_put(&cl->users, u->id, u);
    return u;
}

static void add_group(struct cloud *cl, const char *project, const char *name)
{
    char id[UUID_TEXT];
    uuid_make(id);
    json_object_set_new(
        cl->sgs, id,
        json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:[], s:[], s:i, s:o, s:o, s:b}", "id",
                  id, "name", name, "stateful", 1, "tenant_id", project, "project_id",
                  project, "description",
                  strcmp(name, "default") ? "" : "Default security group",
                  "security_group_rules", "tags", "revision_number", 1, "created_at",
                  cloud_now_json(cl), "updated_at", cloud_now_json(cl), "shared", 0));
}

static void add_hosts(struct cloud *cl)
{
    static const char *const names[] = {"az1-1", "az1-2", "az2-1", "az2-2"};
    for (int i = 0; i < 4; i++) {
        char zone[4];
        snprintf(zone, sizeof(zone), "%.3s", names[i]);
        json_object_set_new(cl->hosts, names[i],
                            json_pack("{s:s, s:i, s:i, s:o, s:o}", "zone", zone, "cell",
                                      i / 2 + 1, "number", i + 1, "service", uuid_json(),
                                      "hypervisor", uuid_json()));
        if (i % 2)
            json_array_append_new(
                cl->aggregates,
                json_pack("{s:i, s:o, s:s, s:s, s:[s, s], s:{s:s}, s:o, s:n, s:n, s:b}",
                          "id", i / 2 + 1, "uuid", uuid_json(), "name", zone,
                          "availability_zone", zone, "hosts", names[i - 1], names[i],
                          "metadata", "availability_zone", zone, "created_at",
                          iso_us_json(cloud_now(cl)), "updated_at", "deleted_at",
                          "deleted", 0));
    }
}

static void add_flavor(struct cloud *cl, const char *name, int vcpus, int ram, int disk)
{
    char id[UUID_TEXT];
    uuid_make(id);
    json_object_set_new(
        cl->flavors, id,
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:f, s:b, s:b, s:n, s:{}}", "id",
                  id, "name", name, "vcpus", vcpus, "ram", ram, "disk", disk, "ephemeral",
                  0, "swap", 0, "rxtx_factor", 1.0, "public", 1, "disabled", 0,
                  "description", "extra_specs"));
}

static const char *add_network(struct cloud *cl, const char *project, const char *name,
                               const char *cidr, bool external)
{
    char *gateway = text_new("%.*s.1", (int)(strrchr(cidr, '.') - cidr), cidr);
    json_t *network = network_make(cl, project, name, external, false);
    subnet_make(cl, project, network, cidr, gateway, !external);
    free(gateway);
    return str_of(network, "id");
}

static void add_networks(struct cloud *cl, const struct user *admin,
                         const struct user *demo)
{
    const char *public_id =
        add_network(cl, admin->project->id, "public", "203.0.113.0/24", true);
    const char *private_id =
        add_network(cl, demo->project->id, "private", "10.10.0.0/16", false);
    const char *backend_id =
        add_network(cl, demo->project->id, "backend", "10.11.0.0/16", false);
    char id[UUID_TEXT];
    uuid_make(id);
    json_object_set_new(
        cl->routers, id,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:b, s:s, s:{s:s, s:b}, s:[s, s], s:[], s:[], s:[], "
            "s:s, s:i}",
            "id", id, "name", "r", "tenant_id", demo->project->id, "project_id",
            demo->project->id, "admin_state_up", 1, "status", "ACTIVE",
            "external_gateway_info", "network_id", public_id, "enable_snat", 1,
            "_networks", private_id, backend_id, "routes", "tags",
            "availability_zone_hints", "description", "", "revision_number", 4));
}

static void add_quotas(struct cloud *cl)
{
    json_object_set_new(
        cl->quotas, "default",
        json_pack(
            "{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, "
            "s:i, s:i, s:i, s:i, s:i, s:i}",
            "instances", 20000, "cores", 40000, "ram", 51200000, "metadata_items", 128,
            "key_pairs", 100, "server_groups", 10, "server_group_members", 10,
            "injected_files", 5, "injected_file_content_bytes", 10240,
            "injected_file_path_bytes", 255, "port", -1, "network", -1, "subnet", -1,
            "floatingip", -1, "security_group", -1, "volumes", -1, "gigabytes", -1,
            "snapshots", -1, "router", 10, "rbac_policy", 10));
    json_t *usual = json_object_get(cl->quotas, "default");
    json_object_set_new(usual, "subnetpool", json_integer(-1));
    json_object_set_new(usual, "security_group_rule", json_integer(100));
}

static void add_extensions(struct cloud *cl)
{
    static const char *const on[] = {"address-group",
                                     "address-scope",
                                     "agent",
                                     "allowed-address-pairs",
                                     "availability_zone",
                                     "binding",
                                     "default-subnetpools",
                                     "dns-integration",
                                     "dns-domain-ports",
                                     "expose-port-forwarding-in-fip",
                                     "external-net",
                                     "extra_dhcp_opt",
                                     "extraroute",
                                     "fip-port-details",
                                     "floating-ip-port-forwarding",
                                     "floating-ip-port-forwarding-description",
                                     "floating-ip-port-forwarding-detail",
                                     "floating-ip-port-forwarding-port-ranges",
                                     "ip_allocation",
                                     "ip-substring-filtering",
                                     "net-mtu",
                                     "network_availability_zone",
                                     "pagination",
                                     "port-resource-request",
                                     "port-security",
                                     "port-security-groups-filtering",
                                     "project-id",
                                     "provider",
                                     "qos",
                                     "quota_details",
                                     "quotas",
                                     "rbac-policies",
                                     "revision-if-match",
                                     "router",
                                     "security-group",
                                     "sorting",
                                     "standard-attr-description",
                                     "standard-attr-revisions",
                                     "standard-attr-tag",
                                     "standard-attr-timestamp",
                                     "stateful-security-group",
                                     "subnet_allocation",
                                     "trunk",
                                     "trunk-details",
                                     "uplink-status-propagation"};
    for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++)
        json_object_set_new(cl->extensions, on[i], json_true());
    json_object_set_new(cl->extensions, "tag-ports-during-bulk-creation", json_false());
}

static void add_image(struct cloud *cl, const struct user *admin)
{
    enum { SIZE = 1 << 20 };
    char *bytes = xcalloc(SIZE, 1);
    random_bytes(bytes, SIZE);
    struct image *im = image_new(cl, "cirros", admin->project->id, NULL);
    str_into(im->doc, "visibility", "public");
    str_into(im->doc, "disk_format", "raw");
    str_into(im->doc, "container_format", "bare");
    /* The openstack client leaves these on what it uploads. */
    str_into(im->doc, "owner_specified.openstack.md5", "");
    str_into(im->doc, "owner_specified.openstack.object", "images/cirros");
    str_into(im->doc, "owner_specified.openstack.sha256", "");
    image_fill(cl, im, bytes, SIZE);
}

void furnish(struct cloud *cl)
{
    struct user *admin = add_user(cl, "admin"), *demo = add_user(cl, "demo");
    struct user *demo2 = add_user(cl, "demo2");
    add_hosts(cl);
    add_flavor(cl, "m1.tiny", 1, 512, 1);
    add_flavor(cl, "m1.small", 1, 2048, 20);
    add_flavor(cl, "m1.large", 4, 8192, 80);
    add_networks(cl, admin, demo);
    add_group(cl, admin->project->id, "default");
    add_group(cl, demo->project->id, "default");
    add_group(cl, demo->project->id, "web");
    add_group(cl, demo2->project->id, "default");
    add_quotas(cl);
    add_extensions(cl);
    add_image(cl, admin);
    json_object_set_new(
        cl->keypairs, demo->id,
        json_pack(
            "{s:{s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:b, s:n, s:n}}", "key", "name",
            "key", "type", "ssh", "public_key",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFake "
            "demo",
            "fingerprint", "3b:2a:18:17:5c:0c:11:6f:5a:2e:01:99:5d:6e:1a:20", "user_id",
            demo->id, "created_at", iso_us_json(cloud_now(cl)), "id", 1, "deleted", 0,
            "deleted_at", "updated_at"));
    json_object_set_new(cl->app_creds, "appcred-demo",
                        json_pack("{s:s, s:s, s:s}", "name", "appcred", "secret",
                                  "appcred-secret", "user", "demo"));
}

static json_t *named(json_t *docs, const char *name)
{
    const char *id;
    json_t *doc;
    json_object_foreach(docs, id, doc)
    {
        if (text_eq(str_of(doc, "name"), name))
            return doc;
    }
    return NULL;
}

void furnish_servers(struct cloud *cl, size_t n)
{
    const struct user *demo = cloud_user(cl, "demo");
    json_t *flavor = named(cl->flavors, "m1.tiny"), *net = named(cl->networks, "private");
    struct image *im = cl->images.oldest->data;
    json_t *body = json_pack("{s:s}", "network_id", str_of(net, "id"));
    for (size_t i = 0; i < n; i++) {
        struct server *s = server_new();
        struct net_error e;
        s->name = text_new("vm-%05zu", i + 1);
        text_set(&s->hostname, s->name);
        text_set(&s->project_id, demo->project->id);
        text_set(&s->user_id, demo->id);
        text_set(&s->boot_roles, "member,reader");
        text_set(&s->owner_user, demo->name);
        text_set(&s->owner_project, demo->project->name);
        text_set(&s->image_ref, im->id);
        text_set(&s->pinned_zone, "az1");
        text_set(&s->root_device, "/dev/vda");
        s->reservation = text_new("r-%08zx", i);
        server_set_flavor(s, json_deep_copy(flavor));
        s->vm_state = "active";
        s->task_state = NULL;
        s->power_state = 1;
        s->launched = true;
        server_set_host(cl, s, i % 2 ? "az1-2" : "az1-1");
        /* Ten thousand copies of a real disk would be ten gigabytes. */
        server_set_disk(s, im->bytes, 64);
        server_add(cl, s);
        s->launched_at = s->created;
        json_t *port = port_create(cl, NULL, demo->project->id, body, &e);
        if (!port)
            continue;
        port_bind(cl, port, s);
        json_array_append_new(s->nics,
                              json_pack("{s:O, s:O, s:O, s:O, s:O, s:b}", "port_id",
                                        json_object_get(port, "id"), "net_id",
                                        json_object_get(net, "id"), "net",
                                        json_object_get(net, "name"), "mac",
                                        json_object_get(port, "mac_address"), "fixed_ips",
                                        json_object_get(port, "fixed_ips"), "made", 1));
        str_into(cl->vifs, str_of(port, "id"), s->id);
    }
    json_decref(body);
    json_object_clear(cl->effects);
    json_array_clear(cl->effect_log);
}
