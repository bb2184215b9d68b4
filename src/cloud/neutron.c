/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of Neutron. */
#include "cloud/neutron.h"

#include "base/text.h"
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
