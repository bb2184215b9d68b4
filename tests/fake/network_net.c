/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron's networks and subnets: made, and deleted when no port is left on them. */
#include <string.h>

#include "identity.h"
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

json_t *subnet_make(struct cloud *cl, json_t *network, const char *cidr, bool dhcp)
{
    const char *project = str_of(network, "project_id");
    char id[UUID_TEXT];
    uuid_make(id);
    char *gateway = text_new("%.*s.1", (int)(strrchr(cidr, '.') - cidr), cidr);
    json_object_set_new(
        cl->subnets, id,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:i, s:n, s:b, s:n, s:n, s:s, s:s, s:[], s:[], "
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
    free(gateway);
    return subnet;
}

static void refuse(struct reply *rp, int status, const char *type, const char *text)
{
    struct net_error e;
    net_fail(&e, status, type, "%s", text);
    net_error_reply(rp, &e);
}

static void post_network(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = json_object_get(rq->json, "network");
    const char *name = str_of(body, "name");
    bool shared = true_of(body, "shared"), external = true_of(body, "router:external");
    if (!body) {
        refuse(rp, 400, "HTTPBadRequest", "Resource body required");
    } else if ((shared || external) && !rq->who.admin) {
        refuse(rp, 403, "PolicyNotAuthorized",
               "(rule:create_network) is disallowed by policy");
    } else {
        json_t *network =
            network_make(cl, rq->who.project->id, name ? name : "", external, shared);
        effect(cl, rq, "network", str_of(network, "id"), str_of(network, "id"));
        reply_json(rp, 201, json_pack("{s:o}", "network", net_view(cl, rq, network)));
    }
}

static void post_subnet(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = json_object_get(rq->json, "subnet");
    const char *id = str_of(body, "network_id"), *cidr = str_of(body, "cidr");
    json_t *network = id ? json_object_get(cl->networks, id) : NULL;
    if (!network || !net_visible(cl, rq, network)) {
        refuse(rp, 404, "NetworkNotFound", "Network could not be found.");
    } else if (!cidr || !strchr(cidr, '.') || !strchr(cidr, '/')) {
        refuse(rp, 400, "BadRequest", "Bad subnets request: a subnetpool or cidr.");
    } else {
        json_t *subnet = subnet_make(
            cl, network, cidr, !json_is_false(json_object_get(body, "enable_dhcp")));
        reply_json(rp, 201, json_pack("{s:o}", "subnet", net_view(cl, rq, subnet)));
    }
}

static bool has_ports(const struct cloud *cl, const char *network)
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
        refuse(rp, 403, "PolicyNotAuthorized",
               "(rule:delete_network) is disallowed by policy");
        return;
    }
    if (has_ports(cl, rq->part[1])) {
        refuse(
            rp, 409, "NetworkInUse",
            "Unable to complete operation on network. There are one or more ports still "
            "in use on the network.");
        return;
    }
    json_array_foreach(json_object_get(network, "subnets"), i, subnet)
        json_object_del(cl->subnets, json_string_value(subnet));
    json_object_del(cl->networks, rq->part[1]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"POST", "networks", post_network, 0, 0},
    {"POST", "subnets", post_subnet, 0, 0},
    {"DELETE", "networks/*", delete_network, 0, 0},
};
const struct route_set network_net_routes = {routes, sizeof(routes) / sizeof(*routes)};
