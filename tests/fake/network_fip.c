/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron floating IPs. */
#include <string.h>

#include "network.h"

const char *net_router_between(const struct cloud *cl, const json_t *port,
                               const char *external)
{
    const char *id;
    json_t *router;
    json_object_foreach(cl->routers, id, router)
    {
        const json_t *gateway = json_object_get(router, "external_gateway_info");
        if (text_eq(str_of(gateway, "network_id"), external) &&
            has_text(json_object_get(router, "_networks"), str_of(port, "network_id")))
            return id;
    }
    return NULL;
}

static bool already_has(const struct cloud *cl, const char *port, const char *address,
                        const char *but)
{
    const char *id;
    json_t *fip;
    json_object_foreach(cl->fips, id, fip)
    {
        if (text_eq(str_of(fip, "port_id"), port) &&
            text_eq(str_of(fip, "fixed_ip_address"), address) && strcmp(id, but) != 0)
            return true;
    }
    return false;
}

static void let_go(json_t *fip)
{
    str_into(fip, "port_id", NULL);
    str_into(fip, "fixed_ip_address", NULL);
    if (json_array_size(json_object_get(fip, "_forwardings")) == 0)
        str_into(fip, "router_id", NULL);
    str_into(fip, "status", "DOWN");
}

static bool associate(struct cloud *cl, const struct request *rq, json_t *fip,
                      const char *port_id, const char *address, struct net_error *e)
{
    json_t *port = json_object_get(cl->ports, port_id);
    if (!port || !net_visible(cl, rq, port))
        return net_fail(e, 404, "PortNotFound", "Port %s could not be found.", port_id);
    const json_t *ips = json_object_get(port, "fixed_ips");
    size_t i, n_v4 = 0;
    json_t *ip;
    json_array_foreach(ips, i, ip)
    {
        const char *one = str_of(ip, "ip_address");
        n_v4 += one && !strchr(one, ':');
    }
    if (!address && n_v4 > 1)
        return net_fail(e, 400, "BadRequest",
                        "Bad floatingip request: Port %s has multiple fixed IPv4 "
                        "addresses.  Must provide a specific IPv4 address when assigning "
                        "a floating IP.",
                        port_id);
    if (!address)
        address = str_of(json_array_get(ips, 0), "ip_address");
    bool held = false;
    json_array_foreach(ips, i, ip) held =
        held || text_eq(str_of(ip, "ip_address"), address);
    if (!held)
        return net_fail(e, 400, "BadRequest",
                        "Bad floatingip request: Port %s does not have fixed ip %s.",
                        port_id, address ? address : "None");
    const char *router = net_router_between(cl, port, str_of(fip, "floating_network_id"));
    if (!router)
        return net_fail(
            e, 404, "ExternalGatewayForFloatingIPNotFound",
            "External network %s is not reachable from subnet %s.  Therefore, "
            "cannot associate Port %s with a Floating IP.",
            str_of(fip, "floating_network_id"),
            str_of(json_array_get(ips, 0), "subnet_id"), port_id);
    if (already_has(cl, port_id, address, str_of(fip, "id")))
        return net_fail(
            e, 409, "FloatingIPPortAlreadyAssociated",
            "Cannot associate floating IP %s (%s) with port %s using fixed IP "
            "%s, as that fixed IP already has a floating IP on external "
            "network %s.",
            str_of(fip, "floating_ip_address"), str_of(fip, "id"), port_id, address,
            str_of(fip, "floating_network_id"));
    str_into(fip, "port_id", port_id);
    str_into(fip, "fixed_ip_address", address);
    str_into(fip, "router_id", router);
    str_into(fip, "status", "ACTIVE");
    json_object_set_new(port, "_floating", json_true());
    return true;
}

static void get_fips(struct cloud *cl, struct request *rq, struct reply *rp)
{
    net_list(cl, rq, rp, cl->fips, "floatingips");
}

static void get_fip(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *fip = net_find(cl, rq, rp, cl->fips, "FloatingIP");
    if (fip)
        reply_json(rp, 200, json_pack("{s:o}", "floatingip", net_view(cl, rq, fip)));
}

static json_t *blank(struct cloud *cl, const struct request *rq, const char *id,
                     const char *network, const char *address)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:n, s:n, s:n, s:s, s:s, s:s, s:[], s:i, s:o, "
                     "s:o, s:n, s:s, s:s, s:n}",
                     "id", id, "tenant_id", rq->who.project->id, "floating_ip_address",
                     address, "floating_network_id", network, "router_id", "port_id",
                     "fixed_ip_address", "status", "DOWN", "project_id",
                     rq->who.project->id, "description", "", "tags", "revision_number", 0,
                     "created_at", cloud_now_json(cl), "updated_at", cloud_now_json(cl),
                     "port_details", "dns_name", "", "dns_domain", "", "qos_policy_id");
}

static bool make(struct cloud *cl, struct request *rq, const json_t *body, json_t **ret,
                 struct net_error *e)
{
    const char *network = str_of(body, "floating_network_id");
    const char *asked = str_of(body, "floating_ip_address");
    const char *port = str_of(body, "port_id");
    const json_t *net = json_object_get(cl->networks, network ? network : "");
    char id[UUID_TEXT];
    json_t *ip;
    if (!net)
        return net_fail(e, 404, "NetworkNotFound", "Network %s could not be found.",
                        network ? network : "None");
    if (!true_of(net, "router:external"))
        return net_fail(e, 400, "BadRequest",
                        "Bad floatingip request: Network %s is not a valid external "
                        "network.",
                        network);
    if (asked && !rq->who.admin)
        return net_fail(e, 403, "PolicyNotAuthorized",
                        "(rule:create_floatingip and "
                        "rule:create_floatingip:floating_ip_address) is disallowed by "
                        "policy");
    uuid_make(id);
    if (!ip_take(cl, network, NULL, asked, id, &ip, e))
        return false;
    json_t *fip = blank(cl, rq, id, network, str_of(ip, "ip_address"));
    json_object_set(fip, "_ip", ip);
    if (str_of(body, "description"))
        str_into(fip, "description", str_of(body, "description"));
    if (port && !associate(cl, rq, fip, port, str_of(body, "fixed_ip_address"), e)) {
        json_t *ips = json_pack("[o]", ip);
        ip_release(cl, ips);
        json_decref(ips);
        json_decref(fip);
        return false;
    }
    json_decref(ip);
    json_object_set_new(cl->fips, id, fip);
    effect(cl, rq, "fip_create", id, id);
    *ret = fip;
    return true;
}

static void post_fip(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    json_t *fip = NULL;
    if (!make(cl, rq, json_object_get(rq->json, "floatingip"), &fip, &e))
        net_error_reply(rp, &e);
    else
        reply_json(rp, 201, json_pack("{s:o}", "floatingip", net_view(cl, rq, fip)));
}

static void put_fip(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    json_t *fip = net_find(cl, rq, rp, cl->fips, "FloatingIP");
    const json_t *body = json_object_get(rq->json, "floatingip");
    if (!fip || !net_if_match(rq, fip, rp))
        return;
    const json_t *port = json_object_get(body, "port_id");
    json_t *trial = json_deep_copy(fip);
    if (json_is_string(port)) {
        if (fip_is_forwarding(fip, &e) ||
            !associate(cl, rq, trial, json_string_value(port),
                       str_of(body, "fixed_ip_address"), &e)) {
            json_decref(trial);
            net_error_reply(rp, &e);
            return;
        }
    } else if (port) {
        let_go(trial);
    }
    if (str_of(body, "description"))
        str_into(trial, "description", str_of(body, "description"));
    json_object_update(fip, trial);
    json_decref(trial);
    net_touch(cl, fip);
    effect(cl, rq, "fip_update", rq->part[1], rq->part[1]);
    reply_json(rp, 200, json_pack("{s:o}", "floatingip", net_view(cl, rq, fip)));
}

static void delete_fip(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *fip = net_find(cl, rq, rp, cl->fips, "FloatingIP");
    if (!fip || !net_if_match(rq, fip, rp))
        return;
    struct net_error e;
    if (fip_is_forwarding(fip, &e)) {
        net_error_reply(rp, &e);
        return;
    }
    json_t *ips = json_pack("[O]", json_object_get(fip, "_ip"));
    ip_release(cl, ips);
    json_decref(ips);
    effect(cl, rq, "fip_delete", rq->part[1], rq->part[1]);
    json_object_del(cl->fips, rq->part[1]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "floatingips", get_fips, 0, 0},
    {"GET", "floatingips/*", get_fip, 0, 0},
    {"POST", "floatingips", post_fip, 0, 0},
    {"PUT", "floatingips/*", put_fip, 0, 0},
    {"DELETE", "floatingips/*", delete_fip, 0, 0},
};
const struct route_set network_fip_routes = {routes, sizeof(routes) / sizeof(*routes)};
