/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron security groups. */
#include <string.h>

#include "network.h"

static void post_group(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = json_object_get(rq->json, "security_group");
    const char *name = str_of(body, "name"), *text = str_of(body, "description");
    struct net_error e;
    if (!name || strcmp(name, "default") == 0) {
        if (name)
            net_fail(&e, 409, "SecurityGroupDefaultAlreadyExists",
                     "Default security group already exists.");
        else
            net_fail(&e, 400, "HTTPBadRequest",
                     "Failed to parse request. Required attribute 'name' not specified");
        net_error_reply(rp, &e);
        return;
    }
    char id[UUID_TEXT];
    uuid_make(id);
    json_t *sg =
        json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:[], s:[], s:i, s:o, s:o, s:b}", "id",
                  id, "name", name, "stateful", 1, "tenant_id", rq->who.project->id,
                  "project_id", rq->who.project->id, "description", text ? text : "",
                  "security_group_rules", "tags", "revision_number", 1, "created_at",
                  cloud_now_json(cl), "updated_at", cloud_now_json(cl), "shared", 0);
    json_object_set_new(cl->sgs, id, sg);
    effect(cl, rq, "security_group_create", id, id);
    reply_json(rp, 201, json_pack("{s:o}", "security_group", net_view(cl, rq, sg)));
}

static void delete_group(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *sg = net_find(cl, rq, rp, cl->sgs, "SecurityGroup"), *port;
    const char *id;
    if (!sg)
        return;
    json_object_foreach(cl->ports, id, port)
    {
        if (has_text(json_object_get(port, "security_groups"), rq->part[1])) {
            struct net_error e;
            net_fail(&e, 409, "SecurityGroupInUse", "Security Group %s in use.",
                     rq->part[1]);
            net_error_reply(rp, &e);
            return;
        }
    }
    effect(cl, rq, "security_group_delete", rq->part[1], rq->part[1]);
    json_object_del(cl->sgs, rq->part[1]);
    reply_json(rp, 204, NULL);
}

static void get_groups(struct cloud *cl, struct request *rq, struct reply *rp)
{
    net_list(cl, rq, rp, cl->sgs, "security_groups");
}

static void get_rules(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    (void)rq;
    reply_json(rp, 200, json_pack("{s:[]}", "security_group_rules"));
}

static const struct route routes[] = {
    {"GET", "security-groups", get_groups, 0, 0},
    {"POST", "security-groups", post_group, 0, 0},
    {"DELETE", "security-groups/*", delete_group, 0, 0},
    {"GET", "security-group-rules", get_rules, 0, 0},
};
const struct route_set network_group_routes = {routes, sizeof(routes) / sizeof(*routes)};
