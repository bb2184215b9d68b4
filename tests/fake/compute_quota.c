/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: limits and quotas. */
#include <string.h>

#include "compute.h"
#include "server.h"

struct used {
    long long instances, cores, ram, groups;
};

static struct used count(const struct cloud *cl, const char *project)
{
    struct used u = {0};
    const char *id;
    json_t *group;
    for (struct row *r = cl->servers.oldest; r; r = r->newer) {
        const struct server *s = r->data;
        if (s->deleted || strcmp(s->project_id, project) != 0)
            continue;
        u.instances++;
        u.cores += s->vcpus;
        u.ram += s->ram;
    }
    json_object_foreach(cl->groups, id, group) u.groups +=
        text_eq(str_of(group, "project_id"), project);
    return u;
}

static void get_limits(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *project = rq->who.project->id;
    const char *asked = request_query(rq, "tenant_id");
    if (asked && strcmp(asked, project) != 0) {
        if (!nova_admin(rq, rp, "os_compute_api:limits:other_project"))
            return;
        project = asked;
    }
    struct used u = count(cl, project);
    const struct {
        const char *key;
        long long value;
    } rows[] = {
        {"maxTotalInstances", quota_of(cl, project, "instances")},
        {"maxTotalCores", quota_of(cl, project, "cores")},
        {"maxTotalRAMSize", quota_of(cl, project, "ram")},
        {"maxServerMeta", quota_of(cl, project, "metadata_items")},
        {"maxTotalKeypairs", quota_of(cl, project, "key_pairs")},
        {"maxServerGroups", quota_of(cl, project, "server_groups")},
        {"maxServerGroupMembers", quota_of(cl, project, "server_group_members")},
        {"totalInstancesUsed", u.instances},
        {"totalCoresUsed", u.cores},
        {"totalRAMUsed", u.ram},
        {"totalServerGroupsUsed", u.groups},
    };
    json_t *absolute = json_object();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        json_object_set_new(absolute, rows[i].key, json_integer(rows[i].value));
    if (rq->mv < 39)
        json_object_set_new(absolute, "maxImageMeta", json_integer(128));
    if (rq->mv < 57) {
        json_object_set_new(absolute, "maxPersonality", json_integer(5));
        json_object_set_new(absolute, "maxPersonalitySize", json_integer(10240));
    }
    reply_json(rp, 200,
               json_pack("{s:{s:[], s:o}}", "limits", "rate", "absolute", absolute));
}

static void get_quota(struct cloud *cl, struct request *rq, struct reply *rp)
{
    static const char *const names[] = {
        "instances",           "cores",     "ram",
        "metadata_items",      "key_pairs", "server_groups",
        "server_group_members"};
    const char *project = rq->part[1];
    bool detail = rq->n_parts == 3 && strcmp(rq->part[2], "detail") == 0;
    if (strcmp(project, rq->who.project->id) != 0 &&
        !nova_admin(rq, rp, "os_compute_api:os-quota-sets:show"))
        return;
    struct used u = count(cl, project);
    const long long used[] = {u.instances, u.cores, u.ram, 0, 0, u.groups, 0};
    json_t *doc = json_pack("{s:s}", "id", project);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json_t *limit = json_integer(quota_of(cl, project, names[i]));
        json_object_set_new(doc, names[i],
                            detail
                                ? json_pack("{s:o, s:I, s:i}", "limit", limit, "in_use",
                                            (json_int_t)used[i], "reserved", 0)
                                : limit);
    }
    reply_json(rp, 200, json_pack("{s:o}", "quota_set", doc));
}

static void put_quota(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "quota_set");
    if (!body || !nova_admin(rq, rp, "os_compute_api:os-quota-sets:update"))
        return;
    json_object_del(body, "force");
    if (!json_object_get(cl->quotas, rq->part[1]))
        json_object_set_new(cl->quotas, rq->part[1], json_object());
    json_object_update(json_object_get(cl->quotas, rq->part[1]), body);
    rq->n_parts = 2;
    get_quota(cl, rq, rp);
}

static const struct route routes[] = {
    {"GET", "limits", get_limits, 0, 0},
    {"GET", "os-quota-sets/*", get_quota, 0, 0},
    {"PUT", "os-quota-sets/*", put_quota, 0, 0},
    {"GET", "os-quota-sets/*/detail", get_quota, 0, 0},
    {"GET", "os-quota-sets/*/defaults", get_quota, 0, 0},
};
const struct route_set compute_quota_routes = {routes, sizeof(routes) / sizeof(*routes)};
