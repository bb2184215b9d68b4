/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: lists of servers, with filters, pages, deleted ones and cells that do not answer.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "server.h"

struct look {
    struct cloud *cl;
    const struct request *rq;
    bool all_tenants, deleted, has_since, has_before, has_name, has_ip;
    double since, before;
    regex_t name, ip;
    bool name_ok, ip_ok;
};

static bool status_known(const char *status)
{
    static const char *const names[] = {
        "ACTIVE",  "BUILD",         "SHUTOFF",   "VERIFY_RESIZE",
        "PAUSED",  "SUSPENDED",     "RESCUE",    "ERROR",
        "DELETED", "SOFT_DELETED",  "SHELVED",   "SHELVED_OFFLOADED",
        "REBOOT",  "HARD_REBOOT",   "MIGRATING", "RESIZE",
        "REBUILD", "REVERT_RESIZE", "PASSWORD",  "UNKNOWN"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcasecmp(names[i], status) == 0)
            return true;
    }
    return false;
}

static bool status_fits(const struct request *rq, struct reply *rp)
{
    for (size_t i = 0; i < rq->query.n; i++) {
        if (strcmp(rq->query.v[i].key, "status") == 0 &&
            !status_known(rq->query.v[i].value) && rq->mv >= 38) {
            nova_fault(rp, 400, "Invalid status value");
            return false;
        }
    }
    return true;
}

static bool look_init(struct look *l, struct cloud *cl, const struct request *rq,
                      struct reply *rp, bool detail)
{
    *l = (struct look){.cl = cl, .rq = rq};
    const char *all = request_query(rq, "all_tenants"), *since, *before, *name, *ip;
    l->all_tenants = all && (*all == '\0' || text_is_true(all));
    if (l->all_tenants &&
        !nova_admin(rq, rp,
                    detail ? "os_compute_api:servers:detail:get_all_tenants"
                           : "os_compute_api:servers:index:get_all_tenants"))
        return false;
    const char *deleted = request_query(rq, "deleted"),
               *status = request_query(rq, "status");
    l->deleted = rq->who.admin && (text_is_true(deleted) ||
                                   (status && strcasecmp(status, "DELETED") == 0));
    if (status && strcasecmp(status, "DELETED") == 0 && !rq->who.admin) {
        nova_fault(rp, 403, "Only administrators may list deleted instances");
        return false;
    }
    since = request_query(rq, "changes-since");
    before = rq->mv >= 66 ? request_query(rq, "changes-before") : NULL;
    l->has_since = since != NULL;
    l->has_before = before != NULL;
    if ((since && !time_parse(since, &l->since)) ||
        (before && !time_parse(before, &l->before))) {
        nova_fault(rp, 400,
                   "Invalid input for query parameters %s. Value: %s. '%s' is not a "
                   "'date-time'",
                   since ? "changes-since" : "changes-before", since ? since : before,
                   since ? since : before);
        return false;
    }
    name = request_query(rq, "name");
    ip = request_query(rq, "ip");
    l->has_name = name != NULL;
    l->has_ip = ip != NULL;
    l->name_ok =
        name && regcomp(&l->name, name, REG_EXTENDED | REG_NOSUB | REG_ICASE) == 0;
    l->ip_ok = ip && regcomp(&l->ip, ip, REG_EXTENDED | REG_NOSUB) == 0;
    return true;
}

static void look_clear(struct look *l)
{
    if (l->name_ok)
        regfree(&l->name);
    if (l->ip_ok)
        regfree(&l->ip);
}

static size_t tags_in(const json_t *tags, const char *list, size_t *ret_n)
{
    size_t hits = 0;
    *ret_n = 0;
    while (*list) {
        size_t n = strcspn(list, ",");
        char *tag = xstrndup(list, n);
        hits += has_text(tags, tag);
        free(tag);
        ++*ret_n;
        list += n + (list[n] == ',');
    }
    return hits;
}

static bool tags_pass(const struct look *l, const struct server *s)
{
    static const char *const keys[] = {"tags", "tags-any", "not-tags", "not-tags-any"};
    for (size_t i = 0; i < 4 && l->rq->mv >= 26; i++) {
        const char *list = request_query(l->rq, keys[i]);
        size_t n, hits;
        if (!list)
            continue;
        hits = tags_in(s->tags, list, &n);
        bool all = hits == n, any = hits > 0;
        if ((i == 0 && !all) || (i == 1 && !any) || (i == 2 && all) || (i == 3 && any))
            return false;
    }
    return true;
}

static bool ip_passes(const struct look *l, const struct server *s)
{
    size_t i, k;
    json_t *nic, *ip;
    if (!l->has_ip)
        return true;
    json_array_foreach(s->nics, i, nic)
    {
        json_array_foreach(json_object_get(nic, "fixed_ips"), k, ip)
        {
            const char *address = str_of(ip, "ip_address");
            if (l->ip_ok && regexec(&l->ip, address, 0, NULL, 0) == 0)
                return true;
        }
    }
    return false;
}

/* Filters that compare one value; members have most of them from 2.83 on. */
static bool value_passes(const struct look *l, const struct server *s)
{
    const struct {
        const char *key, *value;
        int since;
        bool admin;
    } tests[] = {
        {"host", s->host, 0, true},
        {"node", s->host, 0, true},
        {"availability_zone", s->zone, 83, true},
        {"task_state", s->task_state ? s->task_state : "", 83, true},
        {"vm_state", s->vm_state, 83, true},
        {"key_name", s->key_name, 83, true},
        {"user_id", s->user_id, 83, true},
        {"project_id", s->project_id, 0, true},
        {"image", s->image_ref ? s->image_ref : "", 0, false},
        {"flavor", str_of(s->flavor, "id"), 0, false},
        {"uuid", s->id, 0, true},
        {"reservation_id", s->reservation, 0, false},
        {"hostname", s->hostname, 83, true},
        {"description", s->description, 83, true},
    };
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        const char *wanted = request_query(l->rq, tests[i].key);
        bool allowed = l->rq->who.admin || !tests[i].admin ||
                       (tests[i].since && l->rq->mv >= tests[i].since);
        if (wanted && allowed && !text_eq(wanted, tests[i].value))
            return false;
    }
    const char *locked = l->rq->mv >= 73 ? request_query(l->rq, "locked") : NULL;
    return !locked || text_is_true(locked) == (s->locked_by != NULL);
}

static bool status_passes(const struct look *l, const struct server *s)
{
    bool any = true;
    for (size_t i = 0; i < l->rq->query.n; i++) {
        if (strcmp(l->rq->query.v[i].key, "status") != 0)
            continue;
        if (strcasecmp(l->rq->query.v[i].value, server_status(s)) == 0)
            return true;
        any = false;
    }
    return any;
}

static bool passes(const struct look *l, const struct server *s)
{
    bool own = strcmp(s->project_id, l->rq->who.project->id) == 0;
    if (!own && !l->all_tenants)
        return false;
    /* Before a host is found the server is a build request, which no time filters out. */
    bool request = strcmp(s->vm_state, "building") == 0 && !*s->host;
    if (l->has_since && !request && s->updated < l->since && s->created < l->since)
        return false;
    if (!l->has_since && s->deleted != l->deleted)
        return false;
    if (l->has_before && s->updated > l->before)
        return false;
    if (l->has_name && (!l->name_ok || regexec(&l->name, s->name, 0, NULL, 0) != 0))
        return false;
    return status_passes(l, s) && tags_pass(l, s) && ip_passes(l, s) &&
           value_passes(l, s);
}

/* With a filter or a page there is no partial record: the cell's servers are just not
 * there. */
static bool shows_unknown(const struct request *rq)
{
    for (size_t i = 0; i < rq->query.n; i++) {
        const char *key = rq->query.v[i].key;
        if (strcmp(key, "all_tenants") != 0 && strcmp(key, "project_id") != 0 &&
            strcmp(key, "tenant_id") != 0)
            return false;
    }
    return rq->mv >= 69;
}

static json_t *links(const struct request *rq, const char *last)
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
    json_t *doc =
        json_pack("[{s:s, s:o}]", "rel", "next", "href",
                  json_sprintf("%s%s?%smarker=%s", rq->base, rq->path, query, last));
    free(query);
    return doc;
}

static long limit_of(const struct cloud *cl, const struct request *rq, struct reply *rp)
{
    const char *text = request_query(rq, "limit");
    char *end;
    if (!text)
        return cl->page_max;
    long n = strtol(text, &end, 10);
    if (*end || n < 0) {
        nova_fault(rp, 400,
                   "Invalid input for query parameters limit. Value: %s. '%s' does "
                   "not match '^[0-9]*$'",
                   text, text);
        return -1;
    }
    return n > cl->page_max ? cl->page_max : n;
}

static void add_unknown(const struct look *l, json_t *list, bool detail)
{
    for (struct row *r = l->cl->servers.newest; r; r = r->older) {
        const struct server *s = r->data;
        if (s->cell == l->rq->down_cell && passes(l, s))
            json_array_append_new(list, server_view_unknown(l->rq, s, detail, false));
    }
}

static void list_from(struct look *l, struct row *r, long limit, bool detail,
                      struct reply *rp)
{
    const struct request *rq = l->rq;
    json_t *list = json_array();
    const char *last = NULL;
    if (rq->down_cell && shows_unknown(rq))
        add_unknown(l, list, detail);
    for (; r && json_array_size(list) < (size_t)limit; r = r->older) {
        const struct server *s = r->data;
        if (s->cell == rq->down_cell || !passes(l, s))
            continue;
        json_array_append_new(list, detail ? server_view(l->cl, rq, s, false)
                                           : server_view_short(rq, s));
        last = s->id;
    }
    json_t *body = json_pack("{s:o}", "servers", list);
    if (last && limit > 0 && json_array_size(list) == (size_t)limit)
        json_object_set_new(body, "servers_links", links(rq, last));
    reply_json(rp, 200, body);
}

static void get_list(struct cloud *cl, struct request *rq, struct reply *rp, bool detail)
{
    struct look l;
    long limit = limit_of(cl, rq, rp);
    const char *marker = request_query(rq, "marker");
    if (limit < 0 || !status_fits(rq, rp) || !look_init(&l, cl, rq, rp, detail))
        return;
    struct row *r = cl->servers.newest;
    if (marker) {
        r = table_row(&cl->servers, marker);
        const struct server *s = r ? r->data : NULL;
        bool usable =
            s && s->cell != rq->down_cell &&
            (l.all_tenants || strcmp(s->project_id, rq->who.project->id) == 0) &&
            (!s->deleted || l.has_since || l.deleted);
        if (!usable) {
            nova_fault(rp, 400, "marker [%s] not found", marker);
            look_clear(&l);
            return;
        }
        r = r->older;
    }
    list_from(&l, r, limit, detail, rp);
    look_clear(&l);
}

static void get_servers(struct cloud *cl, struct request *rq, struct reply *rp)
{
    get_list(cl, rq, rp, false);
}

static void get_detail(struct cloud *cl, struct request *rq, struct reply *rp)
{
    get_list(cl, rq, rp, true);
}

static const struct route routes[] = {
    {"GET", "servers", get_servers, 0, 0},
    {"GET", "servers/detail", get_detail, 0, 0},
};
const struct route_set compute_list_routes = {routes, sizeof(routes) / sizeof(*routes)};
