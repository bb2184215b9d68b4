/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron QoS: an administrator's policies, which members put onto ports of theirs. */
#include <string.h>

#include "network.h"

enum { POLICY = 2 }; /* which part of the path names it: qos/policies/<id> */

static void refuse(struct reply *rp, int status, const char *type, const char *message)
{
    struct net_error e;
    net_fail(&e, status, type, "%s", message);
    net_error_reply(rp, &e);
}

static bool may_change(const struct request *rq, const char *rule, struct reply *rp)
{
    struct net_error e;
    if (rq->who.admin)
        return true;
    net_fail(&e, 403, "PolicyNotAuthorized", "(rule:%s) is disallowed by policy", rule);
    net_error_reply(rp, &e);
    return false;
}

/* Lends the policy named in the path, or NULL with a 404. */
static json_t *policy_of(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *policy = json_object_get(cl->qos, rq->part[POLICY]);
    struct net_error e;
    if (policy && net_visible(cl, rq, policy))
        return policy;
    net_fail(&e, 404, "QosPolicyNotFound", "QoS policy %s could not be found.",
             rq->part[POLICY]);
    net_error_reply(rp, &e);
    return NULL;
}

bool qos_policy_fits(struct cloud *cl, const struct request *rq, const json_t *body,
                     struct net_error *e)
{
    const char *id = str_of(body, "qos_policy_id");
    const json_t *policy = id ? json_object_get(cl->qos, id) : NULL;
    return !id || (policy && (!rq || net_visible(cl, rq, policy))) ||
           net_fail(e, 404, "QosPolicyNotFound", "QoS policy %s could not be found.", id);
}

static void get_policies(struct cloud *cl, struct request *rq, struct reply *rp)
{
    net_list(cl, rq, rp, cl->qos, "policies");
}

static void get_policy(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *policy = policy_of(cl, rq, rp);
    if (policy)
        reply_json(rp, 200, json_pack("{s:o}", "policy", net_view(cl, rq, policy)));
}

static void post_policy(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = json_object_get(rq->json, "policy");
    const char *name = str_of(body, "name"), *text = str_of(body, "description");
    const char *project = str_of(body, "project_id");
    char id[UUID_TEXT];
    if (!may_change(rq, "create_policy", rp))
        return;
    if (!name) {
        refuse(rp, 400, "HTTPBadRequest",
               "Failed to parse request. Required attribute 'name' not specified");
        return;
    }
    if (!project)
        project = rq->who.project->id;
    uuid_make(id);
    json_t *policy =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:[], s:[], s:i, s:o, s:o}", "id",
                  id, "name", name, "tenant_id", project, "project_id", project,
                  "description", text ? text : "", "shared", (int)true_of(body, "shared"),
                  "is_default", 0, "rules", "tags", "revision_number", 0, "created_at",
                  cloud_now_json(cl), "updated_at", cloud_now_json(cl));
    json_object_set_new(cl->qos, id, policy);
    effect(cl, rq, "qos_policy_create", id, id);
    reply_json(rp, 201, json_pack("{s:o}", "policy", net_view(cl, rq, policy)));
}

static void delete_policy(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *policy = policy_of(cl, rq, rp), *port;
    const char *id = rq->part[POLICY], *key;
    struct net_error e;
    if (!policy || !may_change(rq, "delete_policy", rp))
        return;
    json_object_foreach(cl->ports, key, port)
    {
        if (!text_eq(str_of(port, "qos_policy_id"), id))
            continue;
        net_fail(&e, 409, "QosPolicyInUse", "QoS Policy %s is used by port %s.", id, key);
        net_error_reply(rp, &e);
        return;
    }
    effect(cl, rq, "qos_policy_delete", id, id);
    json_object_del(cl->qos, id);
    reply_json(rp, 204, NULL);
}

static void post_bandwidth(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = json_object_get(rq->json, "bandwidth_limit_rule");
    const char *direction = str_of(body, "direction");
    json_t *policy = policy_of(cl, rq, rp);
    if (!policy || !may_change(rq, "create_policy_bandwidth_limit_rule", rp))
        return;
    if (!json_is_integer(json_object_get(body, "max_kbps"))) {
        refuse(rp, 400, "HTTPBadRequest",
               "Failed to parse request. Required attribute 'max_kbps' not specified");
        return;
    }
    json_t *rule = json_pack(
        "{s:o, s:s, s:I, s:I, s:s}", "id", uuid_json(), "qos_policy_id", rq->part[POLICY],
        "max_kbps", int_of(body, "max_kbps"), "max_burst_kbps",
        int_of(body, "max_burst_kbps"), "direction", direction ? direction : "egress");
    json_t *shown = json_copy(rule);
    str_into(rule, "type", "bandwidth_limit");
    json_array_append_new(json_object_get(policy, "rules"), rule);
    net_touch(cl, policy);
    effect(cl, rq, "qos_rule_create", rq->part[POLICY], rq->part[POLICY]);
    reply_json(rp, 201, json_pack("{s:o}", "bandwidth_limit_rule", shown));
}

static const struct route routes[] = {
    {"GET", "qos/policies", get_policies, 0, 0},
    {"POST", "qos/policies", post_policy, 0, 0},
    {"GET", "qos/policies/*", get_policy, 0, 0},
    {"DELETE", "qos/policies/*", delete_policy, 0, 0},
    {"POST", "qos/policies/*/bandwidth_limit_rules", post_bandwidth, 0, 0},
};
const struct route_set network_qos_routes = {routes, sizeof(routes) / sizeof(*routes)};
