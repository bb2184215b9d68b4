/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron's entrance, its errors, and lists with filters. */
#include "network.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identity.h"
#include "port.h"

bool net_fail(struct net_error *e, int status, const char *type, const char *fmt, ...)
{
    e->status = status;
    e->type = type;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof(e->message), fmt, ap);
    va_end(ap);
    return false;
}

void net_error_reply(struct reply *rp, const struct net_error *e)
{
    reply_json(rp, e->status,
               json_pack("{s:{s:s, s:s, s:s}}", "NeutronError", "type", e->type,
                         "message", e->message, "detail", ""));
}

void net_touch(struct cloud *cl, json_t *doc)
{
    json_object_set_new(doc, "revision_number",
                        json_integer(int_of(doc, "revision_number") + 1));
    json_object_set_new(doc, "updated_at", cloud_now_json(cl));
    if (json_object_get(doc, "mac_address"))
        port_index(cl, doc);
}

/* What a floating IP's port is now, not what it was when they met. */
static json_t *port_details(const struct cloud *cl, const json_t *fip)
{
    static const char *const keys[] = {"name",           "network_id", "mac_address",
                                       "admin_state_up", "status",     "device_id",
                                       "device_owner"};
    const char *id = str_of(fip, "port_id");
    const json_t *port = id ? json_object_get(cl->ports, id) : NULL;
    json_t *details = json_object();
    if (!port) {
        json_decref(details);
        return json_null();
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        json_object_set(details, keys[i], json_object_get(port, keys[i]));
    return details;
}

json_t *net_view(const struct cloud *cl, const struct request *rq, const json_t *doc)
{
    json_t *view = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        if (key[0] != '_')
            json_object_set(view, key, value);
    }
    if (json_object_get(doc, "floating_ip_address"))
        json_object_set_new(view, "port_details", port_details(cl, doc));
    if (json_object_get(doc, "floating_ip_address") &&
        net_extension(cl, "expose-port-forwarding-in-fip"))
        json_object_set_new(view, "port_forwardings", fip_forwardings(cl, doc));
    if (json_object_get(doc, "mac_address"))
        port_trim(cl, rq, view);
    return view;
}

bool net_visible(const struct cloud *cl, const struct request *rq, const json_t *doc)
{
    (void)cl;
    return rq->who.admin || true_of(doc, "shared") || true_of(doc, "router:external") ||
           text_eq(str_of(doc, "project_id"), rq->who.project->id);
}

bool net_if_match(const struct request *rq, const json_t *doc, struct reply *rp)
{
    const char *match = request_header(rq, "If-Match");
    long long revision;
    if (!match || sscanf(match, "revision_number=%lld", &revision) != 1 ||
        revision == int_of(doc, "revision_number"))
        return true;
    struct net_error e;
    net_fail(&e, 412, "RevisionNumberConstraintFailed",
             "Constrained to %lld, but current revision is %lld", revision,
             int_of(doc, "revision_number"));
    net_error_reply(rp, &e);
    return false;
}

json_t *net_find(struct cloud *cl, struct request *rq, struct reply *rp, json_t *docs,
                 const char *kind)
{
    json_t *doc = json_object_get(docs, rq->part[1]);
    if (doc && net_visible(cl, rq, doc))
        return doc;
    struct net_error e;
    char type[64];
    snprintf(type, sizeof(type), "%sNotFound", kind);
    net_fail(&e, 404, type, "%s %s could not be found.", kind, rq->part[1]);
    net_error_reply(rp, &e);
    return NULL;
}

static bool equals(const json_t *value, const char *wanted)
{
    char number[32];
    if (json_is_boolean(value))
        return text_is_true(wanted) == json_is_true(value);
    if (json_is_integer(value)) {
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
        return strcmp(number, wanted) == 0;
    }
    if (json_is_array(value))
        return has_text(value, wanted);
    if (json_is_null(value) || !value)
        return *wanted == '\0';
    return text_eq(json_string_value(value), wanted);
}

static bool fixed_ip_fits(const json_t *doc, const char *wanted)
{
    size_t i, n = strcspn(wanted, "=");
    json_t *ip;
    json_array_foreach(json_object_get(doc, "fixed_ips"), i, ip)
    {
        if (wanted[n] != '=')
            return false;
        if (strncmp(wanted, "ip_address_substr=", 18) == 0 &&
            strstr(str_of(ip, "ip_address"), wanted + n + 1))
            return true;
        char *key = xstrndup(wanted, n);
        bool same = text_eq(str_of(ip, key), wanted + n + 1);
        free(key);
        if (same)
            return true;
    }
    return false;
}

/* "a,b": all of them (tags), or any of them (tags-any). */
static bool tags_fit(const json_t *doc, const char *list, bool any)
{
    const json_t *tags = json_object_get(doc, "tags");
    while (*list) {
        size_t n = strcspn(list, ",");
        char *tag = xstrndup(list, n);
        bool has = has_text(tags, tag);
        free(tag);
        if (has == any)
            return any;
        list += n + (list[n] == ',');
    }
    return !any;
}

static bool key_fits(const struct request *rq, const json_t *doc, const char *key)
{
    bool any = false;
    for (size_t i = 0; i < rq->query.n; i++) {
        const struct pair *p = &rq->query.v[i];
        if (strcmp(p->key, key) != 0)
            continue;
        if (strcmp(key, "fixed_ips") == 0)
            any = any || fixed_ip_fits(doc, p->value);
        else if (strcmp(key, "tags") == 0 || strcmp(key, "tags-any") == 0)
            any = any || tags_fit(doc, p->value, key[4] != '\0');
        else
            any = any || equals(json_object_get(doc, key), p->value);
    }
    return any;
}

static bool is_filter(const json_t *doc, const char *key)
{
    static const char *const not_filters[] = {"fields",       "limit",    "marker",
                                              "page_reverse", "sort_key", "sort_dir"};
    for (size_t i = 0; i < sizeof(not_filters) / sizeof(*not_filters); i++) {
        if (strcmp(not_filters[i], key) == 0)
            return false;
    }
    return strcmp(key, "tags-any") == 0 || json_object_get(doc, key) != NULL;
}

bool net_passes(const struct request *rq, const json_t *doc)
{
    for (size_t i = 0; i < rq->query.n; i++) {
        const char *key = strcmp(rq->query.v[i].key, "tenant_id") == 0
                              ? "project_id"
                              : rq->query.v[i].key;
        if (is_filter(doc, key) && !key_fits(rq, doc, rq->query.v[i].key))
            return false;
    }
    return true;
}

static json_t *trimmed(const struct cloud *cl, const struct request *rq,
                       const json_t *doc)
{
    json_t *view = net_view(cl, rq, doc), *less = json_object();
    for (size_t i = 0; i < rq->query.n; i++) {
        json_t *value = json_object_get(view, rq->query.v[i].value);
        if (strcmp(rq->query.v[i].key, "fields") == 0 && value)
            json_object_set(less, rq->query.v[i].value, value);
    }
    if (!request_query(rq, "fields"))
        json_object_update(less, view);
    json_decref(view);
    return less;
}

/* Gives "a=b&c=d&" of the query, without the marker. */
static char *query_text(const struct request *rq)
{
    char *query = xstrdup("");
    for (size_t i = 0; i < rq->query.n; i++) {
        if (strcmp(rq->query.v[i].key, "marker") == 0)
            continue;
        char *value = url_encode(rq->query.v[i].value);
        char *more = text_new("%s%s=%s&", query, rq->query.v[i].key, value);
        free(value);
        free(query);
        query = more;
    }
    return query;
}

static void add_links(const struct request *rq, json_t *doc, const char *plural,
                      const char *first, const char *last)
{
    char *key = text_new("%s_links", plural), *query = query_text(rq);
    json_object_set_new(
        doc, key,
        json_pack("[{s:s, s:o}, {s:s, s:o}]", "rel", "next", "href",
                  json_sprintf("%s%s?%smarker=%s", rq->base, rq->path, query, last),
                  "rel", "previous", "href",
                  json_sprintf("%s%s?%smarker=%s&page_reverse=True", rq->base, rq->path,
                               query, first)));
    free(query);
    free(key);
}

void net_list(struct cloud *cl, struct request *rq, struct reply *rp, const json_t *docs,
              const char *plural)
{
    const char *marker = request_query(rq, "marker"), *limit = request_query(rq, "limit");
    long max = limit ? strtol(limit, NULL, 10) : 0;
    bool begun = !marker, more = false;
    json_t *list = json_array(), *doc;
    const char *id, *first = NULL, *last = "";
    json_object_foreach((json_t *)docs, id, doc)
    {
        if (!begun) {
            begun = strcmp(id, marker) == 0;
            continue;
        }
        if (!net_visible(cl, rq, doc) || !net_passes(rq, doc))
            continue;
        json_array_append_new(list, trimmed(cl, rq, doc));
        first = first ? first : id;
        last = id;
        /* A full page always names a next one. */
        if (max > 0 && json_array_size(list) == (size_t)max) {
            more = true;
            break;
        }
    }
    if (!begun) {
        struct net_error e;
        char kind[32], type[48];
        snprintf(kind, sizeof(kind), "%c%.*s", plural[0] - 'a' + 'A',
                 (int)strlen(plural) - 2, plural + 1);
        snprintf(type, sizeof(type), "%sNotFound", kind);
        net_fail(&e, 404, type, "%s %s could not be found.", kind, marker);
        net_error_reply(rp, &e);
        json_decref(list);
        return;
    }
    json_t *body = json_pack("{s:o}", plural, list);
    if (more)
        add_links(rq, body, plural, first, last);
    reply_json(rp, 200, body);
}

static json_t *version_doc(const struct request *rq)
{
    return json_pack("{s:s, s:s, s:[{s:s, s:s+}]}", "id", "v2.0", "status", "CURRENT",
                     "links", "rel", "self", "href", rq->base, "/network/v2.0/");
}

static void serve_v2(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const struct route_set sets[] = {network_port_routes,    network_fip_routes,
                                     network_forward_routes, network_group_routes,
                                     network_make_routes,    network_qos_routes,
                                     network_trunk_routes,   network_misc_routes};
    struct net_error e;
    if (!identity_token(cl, rq, rp))
        return;
    if (!rq->who.project) {
        net_fail(&e, 403, "PolicyNotAuthorized", "disallowed by policy");
        net_error_reply(rp, &e);
        return;
    }
    request_split(rq, 2);
    if (rq->n_parts > 0) { /* old clients write /ports.json */
        char *last = rq->part[rq->n_parts - 1];
        char *dot = strstr(last, ".json");
        if (dot && dot[5] == '\0')
            *dot = '\0';
    }
    enum route_found found =
        route_serve_sets(sets, sizeof(sets) / sizeof(*sets), cl, rq, rp);
    if (found == ROUTE_DONE)
        return;
    net_fail(&e, found == ROUTE_NO_PATH ? 404 : 405, "HTTPNotFound",
             "The resource could not be found.");
    net_error_reply(rp, &e);
}

void network_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    request_split(rq, 1);
    if (rq->n_parts == 0)
        reply_json(rp, 200, json_pack("{s:[o]}", "versions", version_doc(rq)));
    else if (strcmp(rq->part[0], "v2.0") == 0)
        serve_v2(cl, rq, rp);
    else
        reply_text(rp, 404, "text/plain", "404 Not Found");
    reply_header(rp, "X-Openstack-Request-Id", "%s", rq->id);
}
