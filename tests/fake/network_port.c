/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron's API of ports. */
#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "port.h"

static const char *const keys_of_post[] = {"network_id",
                                           "name",
                                           "description",
                                           "admin_state_up",
                                           "mac_address",
                                           "fixed_ips",
                                           "security_groups",
                                           "port_security_enabled",
                                           "device_id",
                                           "device_owner",
                                           "allowed_address_pairs",
                                           "extra_dhcp_opts",
                                           "binding:vnic_type",
                                           "dns_name",
                                           "dns_domain",
                                           "tags",
                                           "binding:host_id",
                                           "binding:profile",
                                           "qos_policy_id",
                                           "project_id",
                                           "tenant_id",
                                           "numa_affinity_policy",
                                           "propagate_uplink_status",
                                           "device_profile",
                                           "ip_allocation"};

/* Keys that come with an extension that not every cloud has. */
static const struct {
    const char *key, *alias;
} extended[] = {{"dns_name", "dns-integration"},
                {"dns_assignment", "dns-integration"},
                {"dns_domain", "dns-domain-ports"},
                {"qos_policy_id", "qos"},
                {"qos_network_policy_id", "qos"},
                {"resource_request", "port-resource-request"},
                {"ip_allocation", "ip_allocation"},
                {"propagate_uplink_status", "uplink-status-propagation"},
                {"trunk_details", "trunk-details"}};

static bool key_is_off(const struct cloud *cl, const char *key)
{
    for (size_t i = 0; i < sizeof(extended) / sizeof(*extended); i++) {
        if (strcmp(extended[i].key, key) == 0)
            return !net_extension(cl, extended[i].alias);
    }
    return false;
}

bool port_keys_known(const struct cloud *cl, const json_t *body, struct net_error *e)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)body, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < sizeof(keys_of_post) / sizeof(*keys_of_post); i++)
            known = known || strcmp(keys_of_post[i], key) == 0;
        if (!known || key_is_off(cl, key))
            return net_fail(e, 400, "HTTPBadRequest", "Unrecognized attribute(s) '%s'",
                            key);
    }
    return true;
}

/* Gives "host-10-0-0-5". */
static char *host_of_address(const char *address)
{
    char *host = text_new("host-%s", address);
    for (char *p = host; *p; p++) {
        if (*p == '.' || *p == ':')
            *p = '-';
    }
    return host;
}

/* What its addresses are called in the cloud's own domain. */
static json_t *dns_assignment(const json_t *port)
{
    const char *name = str_of(port, "dns_name");
    json_t *list = json_array(), *ip;
    size_t i;
    json_array_foreach(json_object_get(port, "fixed_ips"), i, ip)
    {
        const char *address = str_of(ip, "ip_address");
        char *host = name && *name ? xstrdup(name) : host_of_address(address);
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "hostname", host,
                                              "ip_address", address, "fqdn",
                                              json_sprintf("%s.example.org.", host)));
        free(host);
    }
    return list;
}

void port_trim(const struct cloud *cl, const struct request *rq, json_t *view)
{
    static const char *const of_admins[] = {"binding:host_id", "binding:profile",
                                            "binding:vif_details", "binding:vif_type"};
    json_t *trunk = trunk_details(cl, str_of(view, "id"));
    bool bound = *str_of(view, "device_id") != '\0';
    if (trunk)
        json_object_set_new(view, "trunk_details", trunk);
    json_object_set_new(view, "dns_assignment", dns_assignment(view));
    str_into(view, "binding:vif_type", bound ? "ovs" : "unbound");
    json_object_set_new(view, "binding:vif_details",
                        bound ? json_pack("{s:b}", "port_filter", 1) : json_object());
    for (size_t i = 0; i < sizeof(of_admins) / sizeof(*of_admins); i++) {
        if (!rq->who.admin)
            json_object_del(view, of_admins[i]);
    }
    for (size_t i = 0; i < sizeof(extended) / sizeof(*extended); i++) {
        if (!net_extension(cl, extended[i].alias))
            json_object_del(view, extended[i].key);
    }
}

/* Looking for one id or one device must not cost a walk over ten thousand. */
static bool ask_index(const struct cloud *cl, const struct request *rq, json_t *some)
{
    bool asked = false;
    const char *device = request_query(rq, "device_id"), *id;
    json_t *on;
    for (size_t i = 0; i < rq->query.n; i++) {
        const struct pair *p = &rq->query.v[i];
        if (strcmp(p->key, "id") != 0)
            continue;
        asked = true;
        if (json_object_get(cl->ports, p->value))
            json_object_set(some, p->value, json_object_get(cl->ports, p->value));
    }
    if (asked || !device || !*device || cl->in_past)
        return asked;
    for (size_t i = 0; i < rq->query.n; i++) {
        const struct pair *p = &rq->query.v[i];
        if (strcmp(p->key, "device_id") != 0)
            continue;
        json_object_foreach(json_object_get(cl->by_device, p->value), id, on)
            json_object_set(some, id, json_object_get(cl->ports, id));
    }
    return true;
}

static void get_ports(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *some = json_object();
    bool asked = ask_index(cl, rq, some);
    net_list(cl, rq, rp, asked ? some : cl->ports, "ports");
    json_decref(some);
}

static void get_port(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *port = net_find(cl, rq, rp, cl->ports, "Port");
    if (port)
        reply_json(rp, 200, json_pack("{s:o}", "port", net_view(cl, rq, port)));
}

static void post_port(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e = {400, "HTTPBadRequest", "Resource body required"};
    const json_t *many = json_object_get(rq->json, "ports");
    const json_t *body = json_object_get(rq->json, "port"), *item;
    const char *project = body ? str_of(body, "project_id") : NULL;
    if (!project || !rq->who.admin)
        project = rq->who.project->id;
    if (!json_is_object(body) && !json_is_array(many)) {
        net_error_reply(rp, &e);
        return;
    }
    json_t *made = json_array(), *port = NULL;
    size_t i;
    if (body) {
        port = port_create(cl, rq, project, body, &e);
        if (port)
            json_array_append_new(made, net_view(cl, rq, port));
    }
    json_array_foreach(many, i, item)
    {
        port = port_create(cl, rq, project, item, &e);
        if (!port)
            break;
        json_array_append_new(made, net_view(cl, rq, port));
    }
    if (!port)
        net_error_reply(rp, &e);
    else if (body)
        reply_json(rp, 201, json_pack("{s:O}", "port", json_array_get(made, 0)));
    else
        reply_json(rp, 201, json_pack("{s:O}", "ports", made));
    json_decref(made);
}

static bool change_ips(struct cloud *cl, json_t *port, const json_t *asked,
                       struct net_error *e)
{
    json_t *old = json_incref(json_object_get(port, "fixed_ips")), *ips;
    const char *network = str_of(port, "network_id");
    ip_release(cl, old);
    bool ok = port_take_ips(cl, network, str_of(port, "id"), asked, &ips, e);
    if (!ok) {
        struct net_error ignored;
        port_take_ips(cl, network, str_of(port, "id"), old, &ips, &ignored);
    }
    json_object_set_new(port, "fixed_ips", ips);
    json_decref(old);
    return ok;
}

static bool change_mac(struct cloud *cl, json_t *port, const char *mac,
                       struct net_error *e)
{
    const char *network = str_of(port, "network_id");
    if (text_eq(mac, str_of(port, "mac_address")))
        return true;
    if (*str_of(port, "device_id"))
        return net_fail(e, 409, "PortBound",
                        "Unable to complete operation on port %s, port is already bound, "
                        "port type: ovs, old_mac %s, new_mac %s.",
                        str_of(port, "id"), str_of(port, "mac_address"), mac);
    if (!mac_take(cl, network, mac, str_of(port, "id"), e))
        return false;
    mac_release(cl, network, str_of(port, "mac_address"));
    str_into(port, "mac_address", mac);
    return true;
}

static void put_port(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    const json_t *body = json_object_get(rq->json, "port");
    json_t *port = net_find(cl, rq, rp, cl->ports, "Port");
    if (!port || !net_if_match(rq, port, rp))
        return;
    const json_t *ips = json_object_get(body, "fixed_ips");
    const json_t *groups = json_object_get(body, "security_groups");
    const char *mac = str_of(body, "mac_address");
    const json_t *network = json_object_get(cl->networks, str_of(port, "network_id"));
    json_t *trial = json_copy(port);
    port_copy_keys(trial, body);
    if (groups)
        json_object_set(trial, "security_groups", (json_t *)groups);
    bool ok = port_keys_known(cl, body, &e) &&
              port_policy_fits(cl, rq, network, body, true, &e) &&
              qos_policy_fits(cl, rq, body, &e) && port_groups_known(cl, groups, &e) &&
              port_security_fits(trial, &e) && (!mac || change_mac(cl, port, mac, &e)) &&
              (!ips || change_ips(cl, port, ips, &e));
    json_decref(trial);
    if (!ok) {
        net_error_reply(rp, &e);
        return;
    }
    port_copy_keys(port, body);
    if (groups)
        json_object_set_new(port, "security_groups", json_copy((json_t *)groups));
    if (json_object_get(body, "device_id") && !*str_of(port, "device_id"))
        str_into(port, "status", "DOWN");
    net_touch(cl, port);
    effect(cl, rq, "port_update", str_of(port, "id"), str_of(port, "id"));
    reply_json(rp, 200, json_pack("{s:o}", "port", net_view(cl, rq, port)));
}

static void delete_port(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    json_t *port = net_find(cl, rq, rp, cl->ports, "Port");
    if (!port || !net_if_match(rq, port, rp))
        return;
    if (!trunk_lets_go(cl, rq->part[1], &e)) {
        net_error_reply(rp, &e);
        return;
    }
    const char *owner = str_of(port, "device_owner");
    if (text_starts(owner, "network:router")) {
        net_fail(
            &e, 409, "ServicePortInUse",
            "Port %s cannot be deleted directly via the port API: has device owner %s.",
            rq->part[1], owner);
        net_error_reply(rp, &e);
        return;
    }
    effect(cl, rq, "port_delete", rq->part[1], rq->part[1]);
    port_delete(cl, rq->part[1]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "ports", get_ports, 0, 0},        {"GET", "ports/*", get_port, 0, 0},
    {"POST", "ports", post_port, 0, 0},       {"PUT", "ports/*", put_port, 0, 0},
    {"DELETE", "ports/*", delete_port, 0, 0},
};
const struct route_set network_port_routes = {routes, sizeof(routes) / sizeof(*routes)};
