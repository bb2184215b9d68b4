/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron trunks: a server's port that carries other ports as VLANs. */
#include <string.h>

#include "network.h"

/* Lends the trunk whose parent, or one of whose sub-ports, the port is. */
static json_t *trunk_with(const struct cloud *cl, const char *port, bool parent)
{
    const char *id;
    json_t *trunk, *sub;
    size_t i;
    json_object_foreach(cl->trunks, id, trunk)
    {
        if (parent && text_eq(str_of(trunk, "port_id"), port))
            return trunk;
        json_array_foreach(json_object_get(trunk, "sub_ports"), i, sub)
        {
            if (!parent && text_eq(str_of(sub, "port_id"), port))
                return trunk;
        }
    }
    return NULL;
}

bool trunk_lets_go(const struct cloud *cl, const char *port, struct net_error *e)
{
    const json_t *of_parent = trunk_with(cl, port, true);
    const json_t *of_sub = trunk_with(cl, port, false);
    if (of_sub)
        return net_fail(e, 409, "PortInUseAsSubPort",
                        "Port %s is currently a subport for trunk %s.", port,
                        str_of(of_sub, "id"));
    return !of_parent || net_fail(e, 409, "PortInUseAsTrunkParent",
                                  "Port %s is currently a parent port for trunk %s.",
                                  port, str_of(of_parent, "id"));
}

json_t *trunk_details(const struct cloud *cl, const char *port)
{
    const json_t *trunk = trunk_with(cl, port, true);
    json_t *list, *sub;
    size_t i;
    if (!trunk)
        return NULL;
    list = json_array();
    json_array_foreach(json_object_get(trunk, "sub_ports"), i, sub)
    {
        json_t *one = json_copy(sub);
        const char *id = str_of(sub, "port_id");
        const json_t *its_port = id ? json_object_get(cl->ports, id) : NULL;
        json_object_set(one, "mac_address", json_object_get(its_port, "mac_address"));
        json_array_append_new(list, one);
    }
    return json_pack("{s:s, s:o}", "trunk_id", str_of(trunk, "id"), "sub_ports", list);
}

static const json_t *port_of(const struct cloud *cl, const struct request *rq,
                             const char *id, struct net_error *e)
{
    const json_t *port = id ? json_object_get(cl->ports, id) : NULL;
    if (port && net_visible(cl, rq, port))
        return port;
    net_fail(e, 404, "PortNotFound", "Port %s could not be found.", id ? id : "None");
    return NULL;
}

static bool parent_fits(const struct cloud *cl, const struct request *rq, const char *id,
                        struct net_error *e)
{
    const json_t *port = port_of(cl, rq, id, e);
    if (!port)
        return false;
    if (trunk_with(cl, id, false))
        return net_fail(e, 409, "TrunkPortInUse", "Port %s is in use by another trunk.",
                        id);
    /* As with Open vSwitch: no trunk is made of a port that is bound already. */
    return (!trunk_with(cl, id, true) && !*str_of(port, "binding:host_id")) ||
           net_fail(e, 409, "ParentPortInUse",
                    "Port %s is currently in use and is not eligible for use as a parent "
                    "port.",
                    id);
}

static bool sub_fits(const struct cloud *cl, const struct request *rq, const json_t *sub,
                     struct net_error *e)
{
    const char *id = str_of(sub, "port_id"), *type = str_of(sub, "segmentation_type");
    const json_t *port = port_of(cl, rq, id, e);
    if (!port)
        return false;
    if (!text_eq(type, "vlan"))
        return net_fail(e, 400, "InvalidInput",
                        "Invalid input for operation: Unknown segmentation_type '%s'.",
                        type ? type : "None");
    if (trunk_with(cl, id, false))
        return net_fail(e, 409, "TrunkPortInUse", "Port %s is in use by another trunk.",
                        id);
    if (trunk_with(cl, id, true))
        return net_fail(e, 409, "ParentPortInUse",
                        "Port %s is currently in use and is not eligible for use as a "
                        "parent port.",
                        id);
    return !*str_of(port, "device_id") ||
           net_fail(e, 409, "PortInUse",
                    "Unable to complete operation on port %s for network %s. Port "
                    "already has an attached device %s.",
                    id, str_of(port, "network_id"), str_of(port, "device_id"));
}

static void post_trunk(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *body = json_object_get(rq->json, "trunk");
    json_t *subs = json_object_get(body, "sub_ports"), *sub;
    const char *port = str_of(body, "port_id"), *name = str_of(body, "name");
    const char *project = rq->who.project->id;
    struct net_error e;
    char id[UUID_TEXT];
    size_t i;
    bool ok = parent_fits(cl, rq, port, &e);
    json_array_foreach(subs, i, sub) ok = ok && sub_fits(cl, rq, sub, &e);
    if (!ok) {
        net_error_reply(rp, &e);
        return;
    }
    uuid_make(id);
    json_t *trunk =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:[], s:i, s:o, s:o}",
                  "id", id, "port_id", port, "name", name ? name : "", "description", "",
                  "tenant_id", project, "project_id", project, "admin_state_up", 1,
                  "status", "DOWN", "sub_ports",
                  subs ? json_deep_copy(subs) : json_array(), "tags", "revision_number",
                  0, "created_at", cloud_now_json(cl), "updated_at", cloud_now_json(cl));
    json_object_set_new(cl->trunks, id, trunk);
    effect(cl, rq, "trunk_create", id, id);
    reply_json(rp, 201, json_pack("{s:o}", "trunk", net_view(cl, rq, trunk)));
}

static void delete_trunk(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *trunk = net_find(cl, rq, rp, cl->trunks, "Trunk");
    struct net_error e;
    if (!trunk)
        return;
    const char *host =
        str_of(json_object_get(cl->ports, str_of(trunk, "port_id")), "binding:host_id");
    if (host && *host) {
        net_fail(&e, 409, "TrunkInUse", "Trunk %s is currently in use.", rq->part[1]);
        net_error_reply(rp, &e);
        return;
    }
    effect(cl, rq, "trunk_delete", rq->part[1], rq->part[1]);
    json_object_del(cl->trunks, rq->part[1]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"POST", "trunks", post_trunk, 0, 0},
    {"DELETE", "trunks/*", delete_trunk, 0, 0},
};
const struct route_set network_trunk_routes = {routes, sizeof(routes) / sizeof(*routes)};
