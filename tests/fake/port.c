/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: how they are checked, made, bound, freed and deleted. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "network.h"
#include "port.h"
#include "server.h"

static json_t *blank(struct cloud *cl, const char *id, const char *project,
                     const char *network)
{
    json_t *port = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:[], s:[], s:[], s:[], "
        "s:b, s:s, s:[], s:i, s:o, s:o}",
        "id", id, "name", "", "network_id", network, "tenant_id", project, "project_id",
        project, "mac_address", "", "admin_state_up", 1, "status", "DOWN", "device_id",
        "", "device_owner", "", "description", "", "fixed_ips", "allowed_address_pairs",
        "extra_dhcp_opts", "security_groups", "port_security_enabled", 1,
        "binding:vnic_type", "normal", "tags", "revision_number", 1, "created_at",
        cloud_now_json(cl), "updated_at", cloud_now_json(cl));
    json_object_set_new(port, "binding:host_id", json_string(""));
    json_object_set_new(port, "binding:profile", json_object());
    json_object_set_new(port, "qos_policy_id", json_null());
    json_object_set_new(port, "qos_network_policy_id", json_null());
    json_object_set_new(port, "resource_request", json_null());
    json_object_set_new(port, "ip_allocation", json_string("immediate"));
    json_object_set_new(port, "dns_name", json_string(""));
    json_object_set_new(port, "dns_domain", json_string(""));
    json_object_set_new(port, "dns_assignment", json_array());
    json_object_set_new(port, "propagate_uplink_status", json_false());
    return port;
}

/* A plain member may choose addresses on his own networks only, and change no MAC
 * anywhere. */
bool port_policy_fits(struct cloud *cl, const struct request *rq, const json_t *network,
                      const json_t *body, bool update, struct net_error *e)
{
    (void)cl;
    if (!rq || rq->who.admin)
        return true;
    static const char *const of_owners[] = {"mac_address", "port_security_enabled",
                                            "allowed_address_pairs"};
    bool owner = text_eq(str_of(network, "project_id"), rq->who.project->id);
    const char *wrong = NULL;
    size_t i;
    json_t *ip;
    if (!update && !owner && !true_of(network, "shared"))
        return net_fail(e, 403, "HTTPForbidden",
                        "Tenant %s not allowed to create port on this network",
                        rq->who.project->id);
    json_array_foreach(json_object_get(body, "fixed_ips"), i, ip)
    {
        if (json_object_get(ip, "ip_address") && !owner)
            wrong = "fixed_ips";
    }
    for (i = 0; i < sizeof(of_owners) / sizeof(*of_owners); i++) {
        if (json_object_get(body, of_owners[i]) && !owner)
            wrong = of_owners[i];
    }
    if (update && json_object_get(body, "mac_address"))
        wrong = "mac_address";
    if (json_object_get(body, "binding:profile"))
        wrong = "binding:profile";
    if (json_object_get(body, "binding:host_id"))
        wrong = "binding:host_id";
    if (!wrong)
        return true;
    const char *verb = update ? "update" : "create";
    return net_fail(e, 403, "PolicyNotAuthorized",
                    "(rule:%s_port and rule:%s_port:%s) is disallowed by policy", verb,
                    verb, wrong);
}

static const char *default_group(const struct cloud *cl, const char *project)
{
    const char *id;
    json_t *sg;
    json_object_foreach(cl->sgs, id, sg)
    {
        if (text_eq(str_of(sg, "name"), "default") &&
            text_eq(str_of(sg, "project_id"), project))
            return id;
    }
    return NULL;
}

bool port_groups_known(const struct cloud *cl, const json_t *groups, struct net_error *e)
{
    size_t i;
    json_t *id;
    json_array_foreach(groups, i, id)
    {
        if (!json_object_get(cl->sgs, json_string_value(id)))
            return net_fail(e, 404, "SecurityGroupNotFound",
                            "Security group %s does not exist", json_string_value(id));
    }
    return true;
}

/* Takes the asked addresses; without any, one of the network's first subnet. */
bool port_take_ips(struct cloud *cl, const char *network, const char *port,
                   const json_t *asked, json_t **ret, struct net_error *e)
{
    json_t *ips = json_array(), *ip, *want;
    size_t i;
    bool ok = true;
    if (!asked || json_is_null(asked)) {
        ok = ip_take(cl, network, NULL, NULL, port, &ip, e) &&
             json_array_append_new(ips, ip) == 0;
        if (!ok && strcmp(e->type, "InvalidInput") == 0)
            ok = true; /* a network without subnets gives a port without addresses */
    }
    json_array_foreach(asked, i, want)
    {
        ok = ok &&
             ip_take(cl, network, str_of(want, "subnet_id"), str_of(want, "ip_address"),
                     port, &ip, e) &&
             json_array_append_new(ips, ip) == 0;
    }
    if (!ok) {
        ip_release(cl, ips);
        json_decref(ips);
        return false;
    }
    *ret = ips;
    return true;
}

/* Neutron knows no case of names. */
static void dns_into(json_t *port, const char *name)
{
    char *low = xstrdup(name);
    for (char *p = low; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    str_into(port, "dns_name", low);
    free(low);
}

void port_copy_keys(json_t *port, const json_t *body)
{
    static const char *const plain[] = {"name",
                                        "description",
                                        "admin_state_up",
                                        "device_id",
                                        "device_owner",
                                        "port_security_enabled",
                                        "dns_name",
                                        "dns_domain",
                                        "allowed_address_pairs",
                                        "tags",
                                        "binding:vnic_type",
                                        "binding:host_id",
                                        "qos_policy_id",
                                        "numa_affinity_policy",
                                        "propagate_uplink_status",
                                        "extra_dhcp_opts",
                                        "binding:profile"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
        json_t *value = json_object_get(body, plain[i]);
        if (value)
            json_object_set_new(port, plain[i], json_deep_copy(value));
    }
    if (str_of(body, "dns_name"))
        dns_into(port, str_of(body, "dns_name"));
    size_t i;
    json_t *pair;
    json_array_foreach(json_object_get(port, "allowed_address_pairs"), i, pair)
    {
        if (!json_object_get(pair, "mac_address"))
            json_object_set(pair, "mac_address", json_object_get(port, "mac_address"));
    }
}

bool port_security_fits(const json_t *port, struct net_error *e)
{
    if (json_is_true(json_object_get(port, "port_security_enabled")))
        return true;
    if (json_array_size(json_object_get(port, "security_groups")))
        return net_fail(
            e, 409, "PortSecurityAndIPRequiredForSecurityGroups",
            "Port security must be enabled and port must have an IP address in "
            "order to use security groups.");
    if (json_array_size(json_object_get(port, "allowed_address_pairs")))
        return net_fail(e, 409, "AddressPairAndPortSecurityRequired",
                        "Port Security must be enabled in order to have allowed address "
                        "pairs on a port.");
    return true;
}

static bool quota_fits(const struct cloud *cl, const char *project, struct net_error *e)
{
    long long limit = quota_of(cl, project, "port"), n = 0;
    const char *id;
    json_t *port;
    if (limit < 0)
        return true;
    json_object_foreach(cl->ports, id, port) n +=
        text_eq(str_of(port, "project_id"), project);
    return n < limit ||
           net_fail(e, 409, "OverQuota", "Quota exceeded for resources: ['port'].");
}

static bool may_be_made(struct cloud *cl, struct request *rq, const char *project,
                        const json_t *body, struct net_error *e)
{
    const char *net_id = str_of(body, "network_id");
    const json_t *network = json_object_get(cl->networks, net_id ? net_id : "");
    if (!port_keys_known(cl, body, e))
        return false;
    if (!net_id)
        return net_fail(e, 400, "HTTPBadRequest",
                        "Failed to parse request. Required attribute 'network_id' not "
                        "specified");
    if (!network || (rq && !net_visible(cl, rq, network)))
        return net_fail(e, 404, "NetworkNotFound", "Network %s could not be found.",
                        net_id);
    return port_policy_fits(cl, rq, network, body, false, e) &&
           qos_policy_fits(cl, rq, body, e) &&
           port_groups_known(cl, json_object_get(body, "security_groups"), e) &&
           quota_fits(cl, project, e);
}

static void fill(struct cloud *cl, json_t *port, const json_t *body)
{
    const json_t *groups = json_object_get(body, "security_groups");
    const char *usual = default_group(cl, str_of(port, "project_id"));
    port_copy_keys(port, body);
    /* Without the extension Neutron takes tags in a POST and forgets them. */
    if (!net_extension(cl, "tag-ports-during-bulk-creation"))
        json_object_set_new(port, "tags", json_array());
    if (groups && !json_is_null(groups))
        json_object_set_new(port, "security_groups", json_copy((json_t *)groups));
    else if (usual && json_is_true(json_object_get(port, "port_security_enabled")))
        json_array_append_new(json_object_get(port, "security_groups"),
                              json_string(usual));
}

json_t *port_create(struct cloud *cl, struct request *rq, const char *project,
                    const json_t *body, struct net_error *e)
{
    const char *net_id = str_of(body, "network_id"), *mac = str_of(body, "mac_address");
    char id[UUID_TEXT], made[18];
    json_t *ips;
    if (!may_be_made(cl, rq, project, body, e))
        return NULL;
    uuid_make(id);
    if (!mac) {
        mac_make(cl, net_id, made);
        mac = made;
    }
    if (!port_take_ips(cl, net_id, id, json_object_get(body, "fixed_ips"), &ips, e))
        return NULL;
    if (!mac_take(cl, net_id, mac, id, e)) {
        ip_release(cl, ips);
        json_decref(ips);
        return NULL;
    }
    json_t *port = blank(cl, id, project, net_id);
    str_into(port, "mac_address", mac);
    json_object_set_new(port, "fixed_ips", ips);
    fill(cl, port, body);
    if (!port_security_fits(port, e)) {
        ip_release(cl, ips);
        mac_release(cl, net_id, mac);
        json_decref(port);
        return NULL;
    }
    json_object_set_new(cl->ports, id, port);
    port_index(cl, port);
    effect(cl, rq, "port_create", *str_of(port, "name") ? str_of(port, "name") : id, id);
    return port;
}

void port_index(struct cloud *cl, json_t *port)
{
    const char *was = str_of(port, "_device"), *now = str_of(port, "device_id");
    const char *id = str_of(port, "id");
    if (text_eq(was, now))
        return;
    if (was && *was) {
        json_t *ports = json_object_get(cl->by_device, was);
        json_object_del(ports, id);
        if (!json_object_size(ports))
            json_object_del(cl->by_device, was);
    }
    if (now && *now) {
        if (!json_object_get(cl->by_device, now))
            json_object_set_new(cl->by_device, now, json_object());
        json_object_set_new(json_object_get(cl->by_device, now), id, json_true());
    }
    str_into(port, "_device", now);
}

/* Nova names a port after its server, and takes the name off when it lets go, whoever
 * gave it. */
static void dns_of_nova(const struct cloud *cl, json_t *port, const char *name)
{
    if (net_extension(cl, "dns-integration"))
        dns_into(port, name);
}

static const char *status_under(const struct server *s)
{
    return text_eq(s->vm_state, "stopped") || text_eq(s->vm_state, "suspended")
               ? "DOWN"
               : "ACTIVE";
}

void ports_follow_power(struct cloud *cl, const struct server *s)
{
    const char *id, *status = status_under(s);
    json_t *port;
    json_object_foreach(cl->ports, id, port)
    {
        if (!text_eq(str_of(port, "device_id"), s->id) ||
            text_eq(str_of(port, "status"), status))
            continue;
        str_into(port, "status", status);
        net_touch(cl, port);
    }
}

void port_bind(struct cloud *cl, json_t *port, const struct server *s)
{
    dns_of_nova(cl, port, s->hostname);
    char *owner = text_new("compute:%s", s->zone);
    str_into(port, "device_id", s->id);
    str_into(port, "device_owner", owner);
    str_into(port, "binding:host_id", s->host);
    /* Nova's PUT is one revision; the status that follows is another. */
    net_touch(cl, port);
    str_into(port, "status", status_under(s));
    free(owner);
    net_touch(cl, port);
}

void port_unbind(struct cloud *cl, json_t *port)
{
    dns_of_nova(cl, port, "");
    str_into(port, "device_id", "");
    str_into(port, "device_owner", "");
    str_into(port, "binding:host_id", "");
    str_into(port, "status", "DOWN");
    net_touch(cl, port);
}

void port_delete(struct cloud *cl, const char *id)
{
    json_t *port = json_object_get(cl->ports, id), *fip;
    const char *key;
    if (!port)
        return;
    json_object_foreach(cl->fips, key, fip)
    {
        if (text_eq(str_of(fip, "port_id"), id)) {
            str_into(fip, "port_id", NULL);
            str_into(fip, "fixed_ip_address", NULL);
            str_into(fip, "router_id", NULL);
            str_into(fip, "status", "DOWN");
            net_touch(cl, fip);
        }
    }
    forwardings_of_port_go(cl, id);
    ip_release(cl, json_object_get(port, "fixed_ips"));
    mac_release(cl, str_of(port, "network_id"), str_of(port, "mac_address"));
    str_into(port, "device_id", "");
    port_index(cl, port);
    json_object_del(cl->ports, id);
}
