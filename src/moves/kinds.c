/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of things that rows look at: one row each, from key to request, from body to
 * doc. */
#include "moves/kinds.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/cinder.h"
#include "cloud/glance.h"
#include "cloud/json.h"
#include "cloud/neutron.h"
#include "cloud/nova.h"
#include "moves/marks.h"
#include "moves/probe.h"
#include "moves/world.h"

#define IMAGES_AT_ONCE 50 /* of id=in:, so that the URL stays short */

static const struct session *session_in(void *world)
{
    return ((const struct world *)world)->session;
}

/* A builder that needs the key only. */
#define ONE(function)                                                                    \
    static void one_##function(void *world, const char *key, const char *page,           \
                               struct request *r)                                        \
    {                                                                                    \
        (void)page;                                                                      \
        function(session_in(world), r, key);                                             \
    }
/* A builder of pages. */
#define PAGES(function)                                                                  \
    static void one_##function(void *world, const char *key, const char *page,           \
                               struct request *r)                                        \
    {                                                                                    \
        function(session_in(world), r, key, page);                                       \
    }
/* A builder that needs no key. */
#define ALONE(function)                                                                  \
    static void one_##function(void *world, const char *key, const char *page,           \
                               struct request *r)                                        \
    {                                                                                    \
        (void)key;                                                                       \
        (void)page;                                                                      \
        function(session_in(world), r);                                                  \
    }
#define BODY(name, path)                                                                 \
    static json_t *name(const json_t *body)                                              \
    {                                                                                    \
        return jget(body, path);                                                         \
    }
#define UNWRAP(name, path)                                                               \
    static json_t *name(json_t *body)                                                    \
    {                                                                                    \
        return jget(body, path);                                                         \
    }

ONE(nova_server)
ONE(nova_server_at_246)
PAGES(nova_servers_by_tag)
PAGES(nova_servers_by_name)
ALONE(nova_servers_brief)
ONE(nova_interfaces)
ONE(nova_attachments)
ONE(nova_security_groups)
ONE(nova_server_group)
ONE(nova_shares)
ONE(nova_actions)
ONE(nova_flavor)
ONE(nova_flavor_extra_specs)
ONE(nova_keypair)
ALONE(nova_limits)
ALONE(nova_zones)
ALONE(nova_server_groups)
ONE(glance_image)
PAGES(glance_images_by_name)
ONE(neutron_ports_of)
ONE(neutron_port)
ONE(neutron_ports_by_name)
ONE(neutron_floating_ip)
ONE(neutron_ports_count)
ONE(neutron_forwardings)
ONE(neutron_forwardings_of)
ONE(cinder_volume)
ALONE(cinder_zones)
ALONE(cinder_limits)
ONE(neutron_quota)

BODY(items_servers, "servers")
BODY(items_interfaces, "interfaceAttachments")
BODY(items_attachments, "volumeAttachments")
BODY(items_groups, "security_groups")
BODY(items_actions, "instanceActions")
BODY(items_zones, "availabilityZoneInfo")
BODY(items_server_groups, "server_groups")
BODY(items_shares, "shares")
BODY(items_images, "images")
BODY(items_ports, "ports")
BODY(items_floating_ips, "floatingips")
BODY(items_forwardings, "port_forwardings")
BODY(items_networks, "networks")
BODY(items_volumes, "volumes")
UNWRAP(the_group, "server_group")
UNWRAP(the_action, "instanceAction")
UNWRAP(the_flavor, "flavor")
UNWRAP(the_specs, "extra_specs")
UNWRAP(the_keypair, "keypair")
UNWRAP(the_limits, "limits/absolute")
UNWRAP(the_usage, "usage")
UNWRAP(the_quota, "quota")

static void one_action(void *world, const char *key, const char *page, struct request *r)
{
    const char *slash = strchr(key, '/');
    AUTO_FREE char *server = xstrndup(key, slash ? (size_t)(slash - key) : strlen(key));
    (void)page;
    nova_action_detail(session_in(world), r, server, slash ? slash + 1 : "");
}

static void one_servers_all(void *world, const char *key, const char *page,
                            struct request *r)
{
    (void)key;
    nova_servers_changed(session_in(world), r, NULL, page);
}

/* Glance's own limits, where it keeps any (Xena). */
static void one_image_usage(void *world, const char *key, const char *page,
                            struct request *r)
{
    (void)key;
    (void)page;
    session_request(session_in(world), r, SERVICE_IMAGE, "GET", "/info/usage",
                    COMPUTE_KNOWN);
}

/* By their metadata, which only our own have. */
static void one_volumes_marked(void *world, const char *key, const char *page,
                               struct request *r)
{
    cinder_volumes_with(session_in(world), r, MARK_PROPERTY, key, page);
}

/* "<move id> <n>": the images that n volumes are copied by. */
static void one_uploads(void *world, const char *key, const char *page, struct request *r)
{
    const char *blank = strchr(key, ' ');
    AUTO_FREE char *id = xstrndup(key, blank ? (size_t)(blank - key) : strlen(key));
    unsigned long long n = 0;
    struct strv names = {0};
    char name[MARK_SIZE];
    (void)text_to_u64(blank ? blank + 1 : "0", IMAGES_AT_ONCE, &n);
    for (size_t i = 0; i < n; i++) {
        mark_upload_name(id, i, name);
        strv_add(&names, name);
    }
    glance_images_by_names(session_in(world), r, (const char *const *)names.at, names.len,
                           page);
    strv_clear(&names);
}

static void one_floating_ips(void *world, const char *key, const char *page,
                             struct request *r)
{
    struct strv ids = {0};
    (void)page;
    strv_split(&ids, key, ',');
    neutron_floating_ips_of(session_in(world), r, (const char *const *)ids.at, ids.len);
    strv_clear(&ids);
}

static void one_networks(void *world, const char *key, const char *page,
                         struct request *r)
{
    struct strv ids = {0};
    (void)page;
    strv_split(&ids, key, ',');
    neutron_networks(session_in(world), r, (const char *const *)ids.at, ids.len);
    strv_clear(&ids);
}

/* All that changed since; which of them were asked for, the engine picks by id. */
static void many_servers(void *world, const char *const *keys, size_t n, double since,
                         const char *page, struct request *r)
{
    char iso[32];
    (void)keys;
    (void)n;
    if (since > 0)
        clock_iso(since, iso);
    nova_servers_changed(session_in(world), r, since > 0 ? iso : NULL, page);
}

/* More than one URL holds get a GET of their own: a list is never proof of absence. */
static void many_images(void *world, const char *const *keys, size_t n, double since,
                        const char *page, struct request *r)
{
    (void)since;
    (void)page;
    glance_images_by_ids(session_in(world), r, keys,
                         n < IMAGES_AT_ONCE ? n : IMAGES_AT_ONCE);
}

static const char *id_of(const json_t *item)
{
    return jstr(item, "id", NULL);
}

/* Lists of changes show deleted servers too. */
static bool says_deleted(const json_t *server)
{
    return text_eq(jstr(server, "status", NULL), "DELETED");
}

/* The address in the link may be another host's behind a proxy: only that there is one
 * counts, the marker is the last item's id. */
static char *next_servers(const json_t *body)
{
    size_t i;
    json_t *link;
    json_array_foreach(jget(body, "servers_links"), i, link)
    {
        const json_t *servers = jget(body, "servers");
        size_t n = json_array_size(servers);
        if (n > 0 && text_eq(jstr(link, "rel", NULL), "next"))
            return xstrdup(id_of(json_array_get(servers, n - 1)));
    }
    return NULL;
}

static char *next_volumes(const json_t *body)
{
    const json_t *volumes = jget(body, "volumes");
    size_t i, n = json_array_size(volumes);
    json_t *link;
    json_array_foreach(jget(body, "volumes_links"), i, link)
    {
        if (n > 0 && text_eq(jstr(link, "rel", NULL), "next"))
            return xstrdup(id_of(json_array_get(volumes, n - 1)));
    }
    return NULL;
}

/* Glance gives a relative path: its marker is an id, so that nothing needs decoding. */
static char *next_images(const json_t *body)
{
    static const char marker[] = "marker=";
    const char *next = jstr(body, "next", "");
    const char *query = strchr(next, '?');
    while (query) {
        query++;
        if (text_starts(query, marker)) {
            query += sizeof(marker) - 1;
            return xstrndup(query, strcspn(query, "&#"));
        }
        query = strchr(query, '&');
    }
    return NULL;
}

/* What has no id is no document of a server, an image, a port, a floating IP or a volume,
 * whatever wrapped it: its members' absence would be taken for a testimony. */
static json_t *with_id(json_t *doc)
{
    return *jstr(doc, "id", "") ? doc : NULL;
}

static json_t *the_server(json_t *body)
{
    return with_id(jget(body, "server"));
}

static json_t *the_image(json_t *body)
{
    return with_id(body);
}

static json_t *the_port(json_t *body)
{
    return with_id(jget(body, "port"));
}

static json_t *the_floating_ip(json_t *body)
{
    return with_id(jget(body, "floatingip"));
}

static json_t *the_volume(json_t *body)
{
    return with_id(jget(body, "volume"));
}

#define COMPUTE_KIND(text) .name = (text), .service = SERVICE_COMPUTE
#define IMAGE_KIND(text)   .name = (text), .service = SERVICE_IMAGE
#define NETWORK_KIND(text) .name = (text), .service = SERVICE_NETWORK

const struct kind kind_server = {
    COMPUTE_KIND("server"), .one = one_nova_server,      .unwrap = the_server,
    .many = many_servers,   .many_items = items_servers, .many_next = next_servers,
    .many_by_change = true, .says_gone = says_deleted,   .id_of = id_of,
    .gone_in_json = true,
};
const struct kind kind_server_246 = {
    COMPUTE_KIND("server at 2.46"),
    .one = one_nova_server_at_246,
    .unwrap = the_server,
};
const struct kind kind_servers_by_tag = {
    COMPUTE_KIND("servers by tag"),
    .one = one_nova_servers_by_tag,
    .items = items_servers,
    .next_page = next_servers,
};
const struct kind kind_servers_by_name = {
    COMPUTE_KIND("servers by name"),
    .one = one_nova_servers_by_name,
    .items = items_servers,
    .next_page = next_servers,
};
const struct kind kind_servers_all = {
    COMPUTE_KIND("all servers"),
    .one = one_servers_all,
    .items = items_servers,
    .next_page = next_servers,
};
/* Rows of a cell that is down come first, so that the first page tells. */
const struct kind kind_servers_brief = {
    COMPUTE_KIND("list of servers"),
    .one = one_nova_servers_brief,
    .items = items_servers,
};
const struct kind kind_interfaces = {
    COMPUTE_KIND("interfaces"),
    .one = one_nova_interfaces,
    .items = items_interfaces,
};
const struct kind kind_attachments = {
    COMPUTE_KIND("volume attachments"),
    .one = one_nova_attachments,
    .items = items_attachments,
};
const struct kind kind_attachments_if_there = {
    COMPUTE_KIND("volume attachments of a server that may be gone"),
    .one = one_nova_attachments,
    .items = items_attachments,
    .optional = true,
};
const struct kind kind_groups_of = {
    COMPUTE_KIND("security groups of a server"),
    .one = one_nova_security_groups,
    .items = items_groups,
};
/* Newest first; older pages are of no interest. */
const struct kind kind_actions = {
    COMPUTE_KIND("instance actions"),
    .one = one_nova_actions,
    .items = items_actions,
};
const struct kind kind_action = {
    COMPUTE_KIND("instance action"),
    .one = one_action,
    .unwrap = the_action,
};
const struct kind kind_flavor = {
    COMPUTE_KIND("flavor"),
    .one = one_nova_flavor,
    .unwrap = the_flavor,
    .optional = true,
};
const struct kind kind_flavor_specs = {
    COMPUTE_KIND("extra specs"),
    .one = one_nova_flavor_extra_specs,
    .unwrap = the_specs,
    .optional = true,
};
const struct kind kind_keypair = {
    COMPUTE_KIND("key pair"),
    .one = one_nova_keypair,
    .unwrap = the_keypair,
    .optional = true,
};
const struct kind kind_limits = {
    COMPUTE_KIND("limits"),
    .one = one_nova_limits,
    .unwrap = the_limits,
};
const struct kind kind_zones = {
    COMPUTE_KIND("availability zones"),
    .one = one_nova_zones,
    .items = items_zones,
};
const struct kind kind_server_groups = {
    COMPUTE_KIND("server groups"),
    .one = one_nova_server_groups,
    .items = items_server_groups,
    .optional = true,
};
const struct kind kind_server_group = {
    COMPUTE_KIND("server group"),
    .one = one_nova_server_group,
    .unwrap = the_group,
    .optional = true,
};
const struct kind kind_shares = {
    COMPUTE_KIND("shares"),
    .one = one_nova_shares,
    .items = items_shares,
    .optional = true,
};
const struct kind kind_image = {
    IMAGE_KIND("image"),        .one = one_glance_image,  .many = many_images,
    .many_items = items_images, .many_next = next_images, .id_of = id_of,
    .unwrap = the_image,        .optional = true,
};
const struct kind kind_images_by_name = {
    IMAGE_KIND("images by name"),
    .one = one_glance_images_by_name,
    .items = items_images,
    .next_page = next_images,
};
const struct kind kind_image_usage = {
    IMAGE_KIND("image usage"),
    .one = one_image_usage,
    .unwrap = the_usage,
    .optional = true,
};
const struct kind kind_ports_of = {
    NETWORK_KIND("ports of a server"),
    .one = one_neutron_ports_of,
    .items = items_ports,
};
const struct kind kind_port = {
    NETWORK_KIND("port"),
    .one = one_neutron_port,
    .unwrap = the_port,
    .gone_in_json = true,
};
const struct kind kind_ports_by_name = {
    NETWORK_KIND("ports by name"),
    .one = one_neutron_ports_by_name,
    .items = items_ports,
};
const struct kind kind_floating_ip = {
    NETWORK_KIND("floating IP"),
    .one = one_neutron_floating_ip,
    .unwrap = the_floating_ip,
    .gone_in_json = true,
};
const struct kind kind_floating_ips = {
    NETWORK_KIND("floating IPs"),
    .one = one_floating_ips,
    .items = items_floating_ips,
};
const struct kind kind_networks = {
    NETWORK_KIND("networks"),
    .one = one_networks,
    .items = items_networks,
};
const struct kind kind_volume = {
    .name = "volume",
    .service = SERVICE_VOLUME,
    .one = one_cinder_volume,
    .unwrap = the_volume,
    .gone_in_json = true,
};
const struct kind kind_forwardings = {
    NETWORK_KIND("port forwardings"),
    .one = one_neutron_forwardings,
    .items = items_floating_ips,
    .optional = true,
};
const struct kind kind_forwardings_of = {
    NETWORK_KIND("port forwardings of a floating IP"),
    .one = one_neutron_forwardings_of,
    .items = items_forwardings,
    .optional = true,
};
const struct kind kind_volumes_marked = {
    .name = "volumes by mark",
    .service = SERVICE_VOLUME,
    .one = one_volumes_marked,
    .items = items_volumes,
    .next_page = next_volumes,
};
const struct kind kind_volume_zones = {
    .name = "zones of volumes",
    .service = SERVICE_VOLUME,
    .one = one_cinder_zones,
    .items = items_zones,
};
const struct kind kind_volume_limits = {
    .name = "limits of volumes",
    .service = SERVICE_VOLUME,
    .one = one_cinder_limits,
    .unwrap = the_limits,
};
const struct kind kind_uploads = {
    IMAGE_KIND("images of volumes"),
    .one = one_uploads,
    .items = items_images,
    .next_page = next_images,
};
const struct kind kind_ports_count = {
    NETWORK_KIND("ports"),
    .one = one_neutron_ports_count,
    .items = items_ports,
};
const struct kind kind_network_quota = {
    NETWORK_KIND("network quota"),
    .one = one_neutron_quota,
    .unwrap = the_quota,
    .optional = true,
};

static void one_probe(void *world, const char *key, const char *page, struct request *r)
{
    (void)page;
    probe_fill(world, key, r);
}

const struct kind kind_probe = {
    .name = "probe",
    .service = SERVICE_PROBE,
    .one = one_probe,
    .told = probe_told,
};
