/* SPDX-License-Identifier: Apache-2.0 */
/* POST /servers: networks and ports, security groups, volumes. */
#include "create.h"

#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "network.h"
#include "schema.h"
#include "server.h"
#include "volume.h"

bool port_fits(struct cloud *cl, const struct request *rq, const char *id,
               const char *hostname, struct reply *rp)
{
    const json_t *port = json_object_get(cl->ports, id);
    if (!port || !net_visible(cl, rq, port)) {
        nova_fault(rp, 400, "Port id %s could not be found.", id);
        return false;
    }
    if (!text_eq(str_of(port, "project_id"), rq->who.project->id)) {
        nova_fault(rp, 400, "Port %s not usable for instance.", id);
        return false;
    }
    if (*str_of(port, "device_id")) {
        nova_fault(rp, 409, "Port %s is still in use.", id);
        return false;
    }
    const char *allocation = str_of(port, "ip_allocation");
    if (json_array_size(json_object_get(port, "fixed_ips")) == 0 &&
        text_eq(allocation, "immediate")) {
        nova_fault(rp, 400, "Port %s requires a FixedIP in order to be used.", id);
        return false;
    }
    const char *dns = str_of(port, "dns_name");
    if (dns && *dns && hostname && strcmp(dns, hostname) != 0) {
        nova_fault(
            rp, 400,
            "Port %s not usable for instance. Value %s assigned to dns_name attribute "
            "does not match instance's hostname %s",
            id, dns, hostname);
        return false;
    }
    return true;
}

static bool add_network(struct create *c, const char *id, const json_t *item)
{
    const json_t *net = json_object_get(c->cl->networks, id);
    if (!net || !net_visible(c->cl, c->rq, net)) {
        nova_fault(c->rp, 400, "Network %s could not be found.", id);
        return false;
    }
    bool own = text_eq(str_of(net, "project_id"), c->rq->who.project->id);
    if (true_of(net, "router:external") && !own && !c->rq->who.admin) {
        nova_fault(c->rp, 403,
                   "It is not allowed to create an interface on external network %s", id);
        return false;
    }
    if (!json_array_size(json_object_get(net, "subnets"))) {
        nova_fault(c->rp, 400,
                   "Network %s requires a subnet in order to boot instances on.", id);
        return false;
    }
    json_t *entry = json_pack("{s:s}", "uuid", id);
    const char *ip = str_of(item, "fixed_ip");
    if (ip)
        str_into(entry, "fixed_ip", ip);
    json_array_append_new(c->networks, entry);
    return true;
}

static bool ip_is_free(struct create *c, const char *network, const char *ip)
{
    const char *id;
    json_t *port, *item;
    size_t i;
    json_object_foreach(c->cl->ports, id, port)
    {
        if (!text_eq(str_of(port, "network_id"), network))
            continue;
        json_array_foreach(json_object_get(port, "fixed_ips"), i, item)
        {
            if (text_eq(str_of(item, "ip_address"), ip)) {
                nova_fault(c->rp, 400,
                           "Fixed IP address %s is already in use on instance %s.", ip,
                           str_of(port, "device_id"));
                return false;
            }
        }
    }
    return true;
}

/* Without a word about networks: the project's only network, or 409 when there are
 * several. */
static bool add_auto(struct create *c)
{
    const char *id, *found = NULL;
    json_t *net;
    size_t n = 0;
    json_object_foreach(c->cl->networks, id, net)
    {
        bool own = text_eq(str_of(net, "project_id"), c->rq->who.project->id);
        if ((own || true_of(net, "shared")) && !true_of(net, "router:external")) {
            found = id;
            n++;
        }
    }
    if (n > 1) {
        nova_fault(
            c->rp, 409,
            "Multiple possible networks found, use a Network ID to be more specific.");
        return false;
    }
    return n == 0 || add_network(c, found, NULL);
}

static bool add_item(struct create *c, const json_t *item)
{
    const char *port = str_of(item, "port"), *uuid = str_of(item, "uuid");
    const char *ip = str_of(item, "fixed_ip"), *tag = str_of(item, "tag");
    if (!port && !uuid) {
        nova_fault(c->rp, 400, "Bad network format: missing 'uuid'");
        return false;
    }
    if (port) {
        size_t i;
        json_t *other;
        json_array_foreach(c->networks, i, other)
        {
            if (text_eq(str_of(other, "port"), port)) {
                nova_fault(c->rp, 400,
                           "Port ID '%s' was specified twice: you cannot attach a port "
                           "multiple times.",
                           port);
                return false;
            }
        }
        if (!port_fits(c->cl, c->rq, port, c->hostname, c->rp))
            return false;
        json_array_append_new(c->networks, json_pack("{s:s}", "port", port));
    } else {
        if (!add_network(c, uuid, item) || (ip && !ip_is_free(c, uuid, ip)))
            return false;
    }
    if (tag)
        str_into(json_array_get(c->networks, json_array_size(c->networks) - 1), "tag",
                 tag);
    return true;
}

bool create_find_networks(struct create *c)
{
    const json_t *asked = json_object_get(c->body, "networks");
    const char *word = json_string_value(asked);
    size_t i;
    json_t *item;
    if (text_eq(word, "none"))
        return true;
    if (word || !json_array_size(asked))
        return add_auto(c);
    json_array_foreach(asked, i, item)
    {
        if (!add_item(c, item))
            return false;
    }
    return true;
}

bool create_find_groups(struct create *c)
{
    size_t i;
    json_t *item, *sg;
    const char *id;
    json_array_foreach(json_object_get(c->body, "security_groups"), i, item)
    {
        const char *name = str_of(item, "name"), *found = NULL;
        size_t hits = 0;
        if (!name)
            continue;
        json_object_foreach(c->cl->sgs, id, sg)
        {
            if (!text_eq(str_of(sg, "project_id"), c->rq->who.project->id))
                continue;
            if (strcmp(id, name) == 0 || text_eq(str_of(sg, "name"), name)) {
                found = id;
                hits++;
            }
        }
        if (hits == 0) {
            nova_fault(c->rp, 400, "Unable to find security_group with name or id '%s'",
                       name);
            return false;
        }
        if (hits > 1) {
            nova_fault(
                c->rp, 409,
                "Multiple security groups found matching '%s'. Use an ID to be more "
                "specific.",
                name);
            return false;
        }
        if (!has_text(c->groups, found))
            json_array_append_new(c->groups, json_string(found));
    }
    return true;
}

static bool volume_fits(struct create *c, const char *id)
{
    const json_t *volume = volume_get(c->cl, c->rq, id);
    if (!volume) {
        nova_fault(c->rp, 400,
                   "Block Device Mapping is Invalid: failed to get volume %s.", id);
        return false;
    }
    if (!text_eq(str_of(volume, "status"), "available")) {
        nova_fault(c->rp, 400,
                   "Invalid volume: Volume %s status must be one of available, "
                   "in-use or reserved but the current status is %s.",
                   id, str_of(volume, "status"));
        return false;
    }
    return true;
}

static bool add_bdm(struct create *c, const json_t *item)
{
    const char *source = str_of(item, "source_type");
    const char *id = str_of(item, "uuid");
    if (!id)
        id = str_of(item, "volume_id") ? str_of(item, "volume_id")
                                       : str_of(item, "snapshot_id");
    if (!source)
        source = str_of(item, "volume_id") ? "volume" : "snapshot";
    const json_t *index = json_object_get(item, "boot_index");
    const char *index_text = json_string_value(index);
    long long boot_index = json_is_integer(index) ? json_integer_value(index)
                           : index_text           ? strtoll(index_text, NULL, 10)
                                                  : -1;
    bool local = text_eq(str_of(item, "destination_type"), "local");
    c->has_root = c->has_root || boot_index == 0;
    if (boot_index == 0 && !local)
        c->volume_backed = true;
    if (local && strcmp(source, "image") == 0)
        return true; /* the root disk from the image, spelled out */
    if (strcmp(source, "volume") == 0 && (!id || !volume_fits(c, id ? id : "")))
        return false;
    if (strcmp(source, "snapshot") == 0 &&
        (!id || !json_object_get(c->cl->snapshots, id))) {
        nova_fault(c->rp, 400,
                   "Block Device Mapping is Invalid: failed to get snapshot %s.",
                   id ? id : "");
        return false;
    }
    json_array_append_new(
        c->bdms,
        json_pack("{s:s, s:s?, s:I, s:b, s:s?, s:I}", "source", source, "id", id,
                  "boot_index", (json_int_t)boot_index, "delete_on_termination",
                  (int)json_says_true(json_object_get(item, "delete_on_termination")),
                  "tag", str_of(item, "tag"), "size",
                  (json_int_t)(json_is_integer(json_object_get(item, "volume_size"))
                                   ? int_of(item, "volume_size")
                                   : 1)));
    return true;
}

/* An image of a volume-booted server carries the volumes' snapshots as a JSON text. */
static bool add_image_bdms(struct create *c)
{
    const char *text = c->image ? str_of(c->image->doc, "block_device_mapping") : NULL;
    json_t *list = text ? json_loads(text, 0, NULL) : NULL, *item;
    size_t i;
    bool ok = true;
    if (list)
        c->volume_backed = true;
    json_array_foreach(list, i, item) ok = ok && add_bdm(c, item);
    json_decref(list);
    return ok;
}

/* What Nova checks where its cross_az_attach is false. */
static bool zones_fit(struct create *c)
{
    const char *zone = NULL;
    size_t i;
    json_t *bdm;
    json_array_foreach(c->bdms, i, bdm)
    {
        const json_t *volume = text_eq(str_of(bdm, "source"), "volume")
                                   ? json_object_get(c->cl->volumes, str_of(bdm, "id"))
                                   : NULL;
        const char *its = str_of(volume, "availability_zone");
        if (!volume || !c->cl->volumes_stay)
            continue;
        if (zone && !text_eq(zone, its)) {
            nova_fault(
                c->rp, 400,
                "The availability zone between the server and its attached volumes "
                "do not match: Volumes are in different availability zones: %s,%s.",
                zone, its);
            return false;
        }
        zone = its;
    }
    if (!zone || !c->zone || text_eq(zone, c->zone))
        return true;
    nova_fault(
        c->rp, 400,
        "The availability zone between the server and its attached volumes do not "
        "match: Server and volumes are not in the same availability zone. Server is "
        "in: %s. Volumes are in: %s.",
        c->zone, zone);
    return false;
}

bool create_find_volumes(struct create *c)
{
    size_t i;
    json_t *item;
    if (!add_image_bdms(c))
        return false;
    json_array_foreach(json_object_get(c->body, "block_device_mapping_v2"), i, item)
    {
        if (!add_bdm(c, item))
            return false;
    }
    /* Once anything is mapped, the root disk has to be mapped too, also one of the image.
     */
    if ((!c->image && !c->volume_backed) ||
        (json_array_size(json_object_get(c->body, "block_device_mapping_v2")) > 0 &&
         !c->has_root)) {
        nova_fault(c->rp, 400,
                   "Block Device Mapping is Invalid: Boot sequence for the instance and "
                   "image/block device mapping combination is not valid.");
        return false;
    }
    return zones_fit(c);
}
