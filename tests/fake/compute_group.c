/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: server groups. */
#include <string.h>

#include "compute.h"
#include "schema.h"
#include "server.h"

/* Members that were deleted are not shown. */
static json_t *members_of(const struct cloud *cl, const json_t *group)
{
    json_t *list = json_array(), *id;
    size_t i;
    json_array_foreach(json_object_get(group, "members"), i, id)
    {
        const struct server *s = table_get(&cl->servers, json_string_value(id));
        if (s && !s->deleted)
            json_array_append(list, id);
    }
    return list;
}

static json_t *view(const struct cloud *cl, const struct request *rq, const json_t *group)
{
    json_t *doc =
        json_pack("{s:O, s:O, s:o}", "id", json_object_get(group, "id"), "name",
                  json_object_get(group, "name"), "members", members_of(cl, group));
    if (rq->mv >= 64) {
        json_object_set(doc, "policy", json_object_get(group, "policy"));
        json_object_set(doc, "rules", json_object_get(group, "rules"));
    } else {
        json_object_set_new(doc, "policies",
                            json_pack("[O]", json_object_get(group, "policy")));
        json_object_set_new(doc, "metadata", json_object());
    }
    if (rq->mv >= 13) {
        json_object_set(doc, "project_id", json_object_get(group, "project_id"));
        json_object_set(doc, "user_id", json_object_get(group, "user_id"));
    }
    return doc;
}

static void get_groups(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *list = json_array(), *group;
    const char *id;
    bool all = rq->who.admin && request_query(rq, "all_projects");
    json_object_foreach(cl->groups, id, group)
    {
        if (all || text_eq(str_of(group, "project_id"), rq->who.project->id))
            json_array_append_new(list, view(cl, rq, group));
    }
    reply_json(rp, 200, json_pack("{s:o}", "server_groups", list));
}

static json_t *find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *group = json_object_get(cl->groups, rq->part[1]);
    if (group &&
        (rq->who.admin || text_eq(str_of(group, "project_id"), rq->who.project->id)))
        return group;
    nova_fault(rp, 404, "Instance group %s could not be found.", rq->part[1]);
    return NULL;
}

static void get_group(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *group = find(cl, rq, rp);
    if (group)
        reply_json(rp, 200, json_pack("{s:o}", "server_group", view(cl, rq, group)));
}

static void post_group(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "server_group");
    if (!body)
        return;
    const char *policy =
        rq->mv >= 64
            ? str_of(body, "policy")
            : json_string_value(json_array_get(json_object_get(body, "policies"), 0));
    if (!policy || !str_of(body, "name")) {
        schema_complain(rp, "server_group", body,
                        policy         ? "'name' is a required property"
                        : rq->mv >= 64 ? "'policy' is a required property"
                                       : "'policies' is a required property");
        return;
    }
    char id[UUID_TEXT];
    uuid_make(id);
    const json_t *asked = json_object_get(body, "rules");
    json_t *group = json_pack(
        "{s:s, s:s, s:s, s:o, s:[], s:s, s:s}", "id", id, "name", str_of(body, "name"),
        "policy", policy, "rules", asked ? json_deep_copy(asked) : json_object(),
        "members", "project_id", rq->who.project->id, "user_id", rq->who.user->id);
    json_object_set_new(cl->groups, id, group);
    effect(cl, rq, "server_group_create", id, id);
    reply_json(rp, 200, json_pack("{s:o}", "server_group", view(cl, rq, group)));
}

static void delete_group(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!find(cl, rq, rp))
        return;
    for (struct row *r = cl->servers.oldest; r; r = r->newer)
        drop_text(((struct server *)r->data)->groups, rq->part[1]);
    json_object_del(cl->groups, rq->part[1]);
    effect(cl, rq, "server_group_delete", rq->part[1], rq->part[1]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "os-server-groups", get_groups, 0, 0},
    {"POST", "os-server-groups", post_group, 0, 0},
    {"GET", "os-server-groups/*", get_group, 0, 0},
    {"DELETE", "os-server-groups/*", delete_group, 0, 0},
};
const struct route_set compute_group_routes = {routes, sizeof(routes) / sizeof(*routes)};
