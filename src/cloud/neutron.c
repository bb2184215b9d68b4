/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of Neutron. */
#include "cloud/neutron.h"

#include <stdio.h>

#include "base/text.h"
#include "cloud/json.h"
#include "cloud/path.h"

static void get(const struct session *s, struct request *r, struct text *path)
{
    session_request(s, r, SERVICE_NETWORK, "GET", text_str(path), 0);
    text_clear(path);
}

static void filtered(const struct session *s, struct request *r, const char *folder,
                     const char *key, const char *const *values, size_t n)
{
    struct text path = {0};
    text_add(&path, folder);
    query_add_each(&path, key, values, n);
    get(s, r, &path);
}

void neutron_ports_of(const struct session *s, struct request *r, const char *device_id)
{
    filtered(s, r, "/ports", "device_id", &device_id, 1);
}

void neutron_ports_by_name(const struct session *s, struct request *r, const char *name)
{
    filtered(s, r, "/ports", "name", &name, 1);
}

void neutron_ports(const struct session *s, struct request *r, const char *project,
                   const char *marker)
{
    struct text path = {0};
    text_add(&path, "/ports");
    query_add(&path, "project_id", project);
    if (marker)
        query_add(&path, "marker", marker);
    get(s, r, &path);
}

static void one_port(const struct session *s, struct request *r, const char *method,
                     const char *id)
{
    struct text path = {0};
    text_add(&path, "/ports");
    path_add(&path, id);
    session_request(s, r, SERVICE_NETWORK, method, text_str(&path), 0);
    text_clear(&path);
}

void neutron_port(const struct session *s, struct request *r, const char *id)
{
    one_port(s, r, "GET", id);
}

void neutron_port_delete(const struct session *s, struct request *r, const char *id)
{
    one_port(s, r, "DELETE", id);
}

void neutron_ports_count(const struct session *s, struct request *r, const char *project)
{
    struct text path = {0};
    text_add(&path, "/ports");
    query_add(&path, "project_id", project);
    query_add(&path, "fields", "id");
    get(s, r, &path);
}

void neutron_forwardings(const struct session *s, struct request *r, const char *project)
{
    struct text path = {0};
    text_add(&path, "/floatingips");
    query_add(&path, "project_id", project);
    query_add(&path, "fields", "id");
    query_add(&path, "fields", "floating_ip_address");
    query_add(&path, "fields", "port_id");
    query_add(&path, "fields", "router_id");
    query_add(&path, "fields", "port_forwardings");
    get(s, r, &path);
}

void neutron_floating_ips_of(const struct session *s, struct request *r,
                             const char *const *port_ids, size_t n)
{
    filtered(s, r, "/floatingips", "port_id", port_ids, n);
}

void neutron_networks(const struct session *s, struct request *r, const char *const *ids,
                      size_t n)
{
    filtered(s, r, "/networks", "id", ids, n);
}

void neutron_security_groups(const struct session *s, struct request *r,
                             const char *const *ids, size_t n)
{
    struct text path = {0};
    text_add(&path, "/security-groups");
    query_add_each(&path, "id", ids, n);
    query_add(&path, "fields", "id");
    query_add(&path, "fields", "name");
    get(s, r, &path);
}

void neutron_quota(const struct session *s, struct request *r, const char *project)
{
    struct text path = {0};
    text_add(&path, "/quotas");
    path_add(&path, project);
    get(s, r, &path);
}

static void one_of(const struct session *s, struct request *r, const char *method,
                   const char *folder, const char *id, const char *part)
{
    struct text path = {0};
    text_add(&path, folder);
    path_add(&path, id);
    if (part)
        text_add(&path, part);
    session_request(s, r, SERVICE_NETWORK, method, text_str(&path), 0);
    text_clear(&path);
}

static void if_match(struct request *r, long long revision)
{
    char value[64];
    snprintf(value, sizeof(value), "revision_number=%lld", revision);
    if (revision >= 0)
        request_header(r, "If-Match", value);
}

void neutron_port_create(const struct session *s, struct request *r, const json_t *port)
{
    session_request(s, r, SERVICE_NETWORK, "POST", "/ports", 0);
    request_json(r, jpair("port", json_deep_copy(port)));
}

void neutron_port_update(const struct session *s, struct request *r, const char *id,
                         const json_t *change, long long revision)
{
    one_port(s, r, "PUT", id);
    request_json(r, jpair("port", json_deep_copy(change)));
    if_match(r, revision);
}

void neutron_port_tags(const struct session *s, struct request *r, const char *id,
                       const json_t *tags)
{
    one_of(s, r, "PUT", "/ports", id, "/tags");
    request_json(r, jpair("tags", json_deep_copy(tags)));
}

void neutron_floating_ip(const struct session *s, struct request *r, const char *id)
{
    one_of(s, r, "GET", "/floatingips", id, NULL);
}

void neutron_forwardings_of(const struct session *s, struct request *r, const char *id)
{
    one_of(s, r, "GET", "/floatingips", id, "/port_forwardings");
}

void neutron_forwarding_create(const struct session *s, struct request *r, const char *id,
                               const json_t *forwarding)
{
    one_of(s, r, "POST", "/floatingips", id, "/port_forwardings");
    request_json(r, jpair("port_forwarding", json_deep_copy(forwarding)));
}

void neutron_floating_ip_update(const struct session *s, struct request *r,
                                const char *id, const char *port, const char *fixed_ip,
                                long long revision)
{
    json_t *change = jpair("port_id", jtext(port));
    one_of(s, r, "PUT", "/floatingips", id, NULL);
    if (fixed_ip)
        json_object_set_new(change, "fixed_ip_address", jtext(fixed_ip));
    request_json(r, jpair("floatingip", change));
    if_match(r, revision);
}
