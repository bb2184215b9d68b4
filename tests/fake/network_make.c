/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and subnets that come and go: made at the start, and by users. */
#include <string.h>

#include "network.h"

json_t *network_make(struct cloud *cl, const char *project, const char *name,
                     bool external, bool shared)
{
    char id[UUID_TEXT];
    uuid_make(id);
    json_object_set_new(
        cl->networks, id,
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:s, s:[], s:b, s:b, s:[], s:[], s:n, "
                  "s:n, s:n, s:s, s:b, s:n, s:[], s:o, s:o, s:i}",
                  "id", id, "name", name, "tenant_id", project, "project_id", project,
                  "admin_state_up", 1, "mtu", 1450, "status", "ACTIVE", "subnets",
                  "shared", (int)shared, "router:external", (int)external,
                  "availability_zone_hints", "availability_zones", "ipv4_address_scope",
                  "ipv6_address_scope", "vlan_transparent", "description", "",
                  "port_security_enabled", 1, "qos_policy_id", "tags", "created_at",
                  cloud_now_json(cl), "updated_at", cloud_now_json(cl), "revision_number",
                  2));
    json_t *network = json_object_get(cl->networks, id);
    json_object_set_new(network, "l2_adjacency", json_true());
    json_object_set_new(network, "dns_domain", json_string(""));
    return network;
}

json_t *subnet_make(struct cloud *cl, const char *project, json_t *network,
                    const char *cidr, const char *gateway, bool dhcp)
{
    char id[UUID_TEXT];
    uuid_make(id);
    json_object_set_new(
        cl->subnets, id,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:i, s:n, s:b, s:n, s:n, s:s?, s:s, s:[], s:[], "
            "s:[], s:s, s:[], s:o, s:o, s:i}",
            "id", id, "name", "", "tenant_id", project, "project_id", project,
            "network_id", str_of(network, "id"), "ip_version", 4, "subnetpool_id",
            "enable_dhcp", (int)dhcp, "ipv6_ra_mode", "ipv6_address_mode", "gateway_ip",
            gateway, "cidr", cidr, "allocation_pools", "host_routes", "dns_nameservers",
            "description", "", "tags", "created_at", cloud_now_json(cl), "updated_at",
            cloud_now_json(cl), "revision_number", 0));
    json_t *subnet = json_object_get(cl->subnets, id);
    json_object_set_new(subnet, "segment_id", json_null());
    json_array_append_new(json_object_get(network, "subnets"), json_string(id));
    return subnet;
}

/* The object in the body, or NULL with a 400. */
static const json_t *body_of(struct request *rq, struct reply *rp, const char *name)
{
    struct net_error e = {400, "HTTPBadRequest", "Resource body required"};
    const json_t *body = json_object_get(rq->json, name);
    if (json_is_object(body))
        return body;
    net_error_reply(rp, &e);
    return NULL;
}

/* What concerns other projects is an administrator's. */
static bool may_make(const struct request *rq, const json_t *body, struct reply *rp)
{
    struct net_error e = {403, "PolicyNotAuthorized",
                          "(rule:create_network) is disallowed by policy"};
    if (rq->who.admin || (!true_of(body, "shared") && !true_of(body, "router:external")))
        return true;
    net_error_reply(rp, &e);
    return false;
}

static void post_network(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = body_of(rq, rp, "network");
    if (!body)
        return;
    const char *name = str_of(body, "name");
    if (!may_make(rq, body, rp))
        return;
    json_t *network =
        network_make(cl, rq->who.project->id, name ? name : "",
                     true_of(body, "router:external"), true_of(body, "shared"));
    effect(cl, rq, "network_create", str_of(network, "id"), "network");
    reply_json(rp, 201, json_pack("{s:o}", "network", net_view(cl, rq, network)));
}

/* IPv4 with a mask, and what Neutron says of the loopback network. */
static bool check_subnet(const json_t *body, bool dhcp, struct net_error *e)
{
    const char *cidr = str_of(body, "cidr");
    if (!cidr || !strchr(cidr, '/') || strchr(cidr, ':'))
        return net_fail(
            e, 400, "HTTPBadRequest",
            "Invalid input for cidr. Reason: this fake cloud takes IPv4 only.");
    if (dhcp && strncmp(cidr, "127.", 4) == 0)
        return net_fail(e, 400, "InvalidInput",
                        "Invalid input for operation: Loopback IP subnet is not "
                        "supported if enable_dhcp is True.");
    return true;
}

static void post_subnet(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    const json_t *body = body_of(rq, rp, "subnet");
    if (!body)
        return;
    const char *wanted = str_of(body, "network_id");
    json_t *network = json_object_get(cl->networks, wanted ? wanted : "");
    bool dhcp = !json_is_false(json_object_get(body, "enable_dhcp"));
    if (!network) {
        net_fail(&e, 404, "NetworkNotFound", "Network %s could not be found.",
                 wanted ? wanted : "");
        net_error_reply(rp, &e);
        return;
    }
    if (!check_subnet(body, dhcp, &e)) {
        net_error_reply(rp, &e);
        return;
    }
    json_t *subnet = subnet_make(cl, rq->who.project->id, network, str_of(body, "cidr"),
                                 str_of(body, "gateway_ip"), dhcp);
    effect(cl, rq, "subnet_create", str_of(subnet, "id"), "subnet");
    reply_json(rp, 201, json_pack("{s:o}", "subnet", net_view(cl, rq, subnet)));
}

static bool in_use(const struct cloud *cl, const char *network)
{
    const char *id;
    json_t *port;
    json_object_foreach(cl->ports, id, port)
    {
        if (text_eq(str_of(port, "network_id"), network))
            return true;
    }
    return false;
}

static void delete_network(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *network = net_find(cl, rq, rp, cl->networks, "Network");
    size_t i;
    json_t *subnet;
    if (!network)
        return;
    if (!rq->who.admin && !text_eq(str_of(network, "project_id"), rq->who.project->id)) {
        struct net_error e = {403, "PolicyNotAuthorized",
                              "(rule:delete_network) is disallowed by policy"};
        net_error_reply(rp, &e);
        return;
    }
    if (in_use(cl, rq->part[1])) {
        struct net_error e;
        net_fail(
            &e, 409, "NetworkInUse",
            "Unable to complete operation on network %s. There are one or more ports "
            "still in use on the network.",
            rq->part[1]);
        net_error_reply(rp, &e);
        return;
    }
    json_array_foreach(json_object_get(network, "subnets"), i, subnet)
        json_object_del(cl->subnets, json_string_value(subnet));
    json_object_del(cl->networks, rq->part[1]);
    effect(cl, rq, "network_delete", rq->part[1], rq->part[1]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"POST", "networks", post_network, 0, 0},
    {"DELETE", "networks/*", delete_network, 0, 0},
    {"POST", "subnets", post_subnet, 0, 0},
};
const struct route_set network_make_routes = {routes, sizeof(routes) / sizeof(*routes)};
