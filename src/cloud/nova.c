/* SPDX-License-Identifier: Apache-2.0 */
/* What is read from Nova, and what its replies say beside the body. */
#include "cloud/nova.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/path.h"

#define PAGE "1000" /* Nova trims it to its own [api]max_limit without a word */

static void get(const struct session *s, struct request *r, struct text *path, int cap)
{
    session_request(s, r, SERVICE_COMPUTE, "GET", text_str(path), cap);
    text_clear(path);
}

/* GET /<folder>/<id>[/<rest>] */
static void get_one(const struct session *s, struct request *r, const char *folder,
                    const char *id, const char *rest, int cap)
{
    struct text path = {0};
    text_add(&path, folder);
    path_add(&path, id);
    if (rest)
        text_add(&path, rest);
    get(s, r, &path, cap);
}

static void get_page(const struct session *s, struct request *r, struct text *path,
                     const char *marker)
{
    query_add(path, "limit", PAGE);
    if (marker)
        query_add(path, "marker", marker);
    get(s, r, path, COMPUTE_KNOWN);
}

void nova_server(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, NULL, COMPUTE_KNOWN);
}

void nova_server_at_246(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, NULL, 46);
}

void nova_servers_by_tag(const struct session *s, struct request *r, const char *tag,
                         const char *marker)
{
    struct text path = {0};
    text_add(&path, "/servers/detail");
    query_add(&path, "tags", tag);
    get_page(s, r, &path, marker);
}

/* Nova gives the expression to its database, and the databases agree on little more than
 * "." and the anchors (MySQL: backslash and "|" are mangled on the way). */
void nova_servers_by_name(const struct session *s, struct request *r, const char *name,
                          const char *marker)
{
    struct text path = {0};
    AUTO_FREE char *pattern = xasprintf("^%s$", name);
    size_t last = strlen(pattern) - 1;
    for (size_t i = 1; i < last; i++)
        if (strchr("\\^$.|?*+()[]{}", pattern[i]))
            pattern[i] = '.';
    text_add(&path, "/servers/detail");
    query_add(&path, "name", pattern);
    get_page(s, r, &path, marker);
}

void nova_servers_changed(const struct session *s, struct request *r,
                          const char *since_iso, const char *marker)
{
    struct text path = {0};
    text_add(&path, "/servers/detail");
    if (since_iso)
        query_add(&path, "changes-since", since_iso);
    get_page(s, r, &path, marker);
}

/* Any filter, limit or marker makes Nova leave out the servers of a cell that is down. */
void nova_servers_brief(const struct session *s, struct request *r)
{
    session_request(s, r, SERVICE_COMPUTE, "GET", "/servers", COMPUTE_KNOWN);
}

void nova_interfaces(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, "/os-interface", COMPUTE_KNOWN);
}

void nova_attachments(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, "/os-volume_attachments", COMPUTE_KNOWN);
}

void nova_security_groups(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, "/os-security-groups", COMPUTE_KNOWN);
}

void nova_shares(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, "/shares", COMPUTE_KNOWN);
}

void nova_actions(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/servers", id, "/os-instance-actions", COMPUTE_KNOWN);
}

void nova_action_detail(const struct session *s, struct request *r, const char *id,
                        const char *request_id)
{
    struct text path = {0};
    text_add(&path, "/servers");
    path_add(&path, id);
    text_add(&path, "/os-instance-actions");
    path_add(&path, request_id);
    get(s, r, &path, COMPUTE_KNOWN);
}

void nova_flavor(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/flavors", id, NULL, COMPUTE_KNOWN);
}

void nova_flavor_extra_specs(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/flavors", id, "/os-extra_specs", COMPUTE_KNOWN);
}

/* is_public=None lets an administrator see private flavors too; from others it changes
 * nothing (they see what they have access to). */
void nova_flavors(const struct session *s, struct request *r, const char *marker)
{
    struct text path = {0};
    text_add(&path, "/flavors/detail");
    query_add(&path, "is_public", "None");
    get_page(s, r, &path, marker);
}

void nova_keypair(const struct session *s, struct request *r, const char *name)
{
    get_one(s, r, "/os-keypairs", name, NULL, COMPUTE_KNOWN);
}

void nova_limits(const struct session *s, struct request *r)
{
    session_request(s, r, SERVICE_COMPUTE, "GET", "/limits", COMPUTE_KNOWN);
}

void nova_zones(const struct session *s, struct request *r)
{
    session_request(s, r, SERVICE_COMPUTE, "GET", "/os-availability-zone", COMPUTE_KNOWN);
}

void nova_server_groups(const struct session *s, struct request *r)
{
    session_request(s, r, SERVICE_COMPUTE, "GET", "/os-server-groups", COMPUTE_KNOWN);
}

void nova_server_group(const struct session *s, struct request *r, const char *id)
{
    get_one(s, r, "/os-server-groups", id, NULL, COMPUTE_KNOWN);
}

static char *if_uuid(const char *s, size_t n)
{
    AUTO_FREE char *id = xstrndup(s, n);
    return text_is_uuid(id) ? xsteal(&id) : NULL;
}

char *nova_created_image_id(const struct reply *reply)
{
    if (reply->fate != REPLY_HTTP || reply->status < 200 || reply->status > 299)
        return NULL;
    json_t *body = reply->body ? json_loadb(reply->body, reply->body_len, 0, NULL) : NULL;
    const char *said = jstr(body, "image_id", "");
    char *id = if_uuid(said, strlen(said));
    json_decref(body);
    const char *location = reply_header(reply, "Location");
    if (id || !location)
        return id;
    size_t end = strcspn(location, "?# \t");
    while (end && location[end - 1] == '/')
        end--;
    size_t from = end;
    while (from && location[from - 1] != '/')
        from--;
    return if_uuid(location + from, end - from);
}

const char *nova_request_id(const struct reply *reply)
{
    const char *id = reply_header(reply, "X-Compute-Request-Id");
    return id && *id ? id : reply->request_id;
}
