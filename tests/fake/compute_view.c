/* SPDX-License-Identifier: Apache-2.0 */
/* How Nova shows a server, microversion by microversion. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

json_t *server_links(const struct request *rq, const char *id)
{
    return json_pack("[{s:s, s:s++}, {s:s, s:s++}]", "rel", "self", "href", rq->base,
                     "/compute/v2.1/servers/", id, "rel", "bookmark", "href", rq->base,
                     "/compute/servers/", id);
}

json_t *server_view_short(const struct request *rq, const struct server *s)
{
    return json_pack("{s:s, s:s, s:o}", "id", s->id, "name", s->name, "links",
                     server_links(rq, s->id));
}

static void add_ip(json_t *list, const char *address, const char *type, const char *mac)
{
    json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s?}", "version",
                                          strchr(address, ':') ? 6 : 4, "addr", address,
                                          "OS-EXT-IPS:type", type,
                                          "OS-EXT-IPS-MAC:mac_addr", mac));
}

json_t *server_addresses(const struct cloud *cl, const struct server *s)
{
    json_t *all = json_object();
    size_t i, k;
    json_t *nic, *ip, *fip;
    const char *id;
    /* Nova shows the fixed addresses of all NICs of a network first, then the floating
     * ones. */
    json_array_foreach(s->nics, i, nic)
    {
        const char *label = str_of(nic, "net");
        if (!json_object_get(all, label))
            json_object_set_new(all, label, json_array());
        json_array_foreach(json_object_get(nic, "fixed_ips"), k, ip)
            add_ip(json_object_get(all, label), str_of(ip, "ip_address"), "fixed",
                   str_of(nic, "mac"));
    }
    json_array_foreach(s->nics, i, nic)
    {
        const json_t *port = json_object_get(cl->ports, str_of(nic, "port_id"));
        if (!true_of(port, "_floating"))
            continue;
        json_object_foreach(cl->fips, id, fip)
        {
            if (text_eq(str_of(fip, "port_id"), str_of(nic, "port_id")))
                add_ip(json_object_get(all, str_of(nic, "net")),
                       str_of(fip, "floating_ip_address"), "floating",
                       str_of(nic, "mac"));
        }
    }
    return all;
}

json_t *server_group_names(const struct cloud *cl, const struct server *s)
{
    json_t *names = json_array(), *order = server_ports_sorted(s);
    size_t i, k;
    json_t *port_id, *id;
    json_array_foreach(order, i, port_id)
    {
        const json_t *port = json_object_get(cl->ports, json_string_value(port_id));
        if (!text_eq(str_of(port, "device_id"), s->id))
            continue;
        json_array_foreach(json_object_get(port, "security_groups"), k, id)
        {
            const json_t *sg = json_object_get(cl->sgs, json_string_value(id));
            if (sg)
                json_array_append_new(names,
                                      json_pack("{s:s}", "name", str_of(sg, "name")));
        }
    }
    json_decref(order);
    return names;
}

static json_t *flavor_view(const struct request *rq, const struct server *s)
{
    const json_t *f = s->flavor;
    if (rq->mv < 47)
        return json_pack("{s:s, s:[{s:s, s:s++}]}", "id", str_of(f, "id"), "links", "rel",
                         "bookmark", "href", rq->base, "/compute/flavors/",
                         str_of(f, "id"));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s, s:O}", "vcpus",
                     (json_int_t)int_of(f, "vcpus"), "ram", (json_int_t)int_of(f, "ram"),
                     "disk", (json_int_t)int_of(f, "disk"), "ephemeral",
                     (json_int_t)int_of(f, "ephemeral"), "swap",
                     (json_int_t)int_of(f, "swap"), "original_name", str_of(f, "name"),
                     "extra_specs", json_object_get(f, "extra_specs"));
}

/* Of all that a server remembers of its image, 2.98 shows what Nova itself gives a
 * meaning. */
static json_t *standard_properties(const struct server *s)
{
    static const char *const legacy[] = {
        "architecture", "owner_id", "auto_disk_config", "cache_in_nova",
        "vm_mode",      "bdm_v2",   "root_device_name", "hypervisor_type"};
    json_t *shown = json_object(), *value;
    const char *key;
    json_object_foreach(s->image_props, key, value)
    {
        bool known = text_starts(key, "hw_") || text_starts(key, "os_") ||
                     text_starts(key, "img_");
        for (size_t i = 0; i < sizeof(legacy) / sizeof(*legacy); i++)
            known = known || strcmp(legacy[i], key) == 0;
        if (known)
            json_object_set(shown, key, value);
    }
    return shown;
}

static json_t *image_view(const struct request *rq, const struct server *s)
{
    if (!s->image_ref || !*s->image_ref)
        return json_string("");
    json_t *view =
        json_pack("{s:s, s:[{s:s, s:s++}]}", "id", s->image_ref, "links", "rel",
                  "bookmark", "href", rq->base, "/compute/images/", s->image_ref);
    if (rq->mv >= 98) {
        json_object_set_new(view, "properties", standard_properties(s));
    }
    return view;
}

/* 56 hex digits that differ by host and project, as Nova's SHA-224 does. */
json_t *server_host_id(const struct server *s, const char *host)
{
    char out[57] = "";
    if (!host || !*host)
        return json_string("");
    uint64_t h = 1469598103934665603ULL;
    for (int round = 0; round < 4; round++) {
        const char *texts[] = {s->project_id, host};
        for (int i = 0; i < 2; i++) {
            for (const char *p = texts[i]; *p; p++)
                h = (h ^ (unsigned char)*p) * 1099511628211ULL;
        }
        snprintf(out + 14 * round, sizeof(out) - 14 * (size_t)round, "%014llx",
                 (unsigned long long)(h >> 8));
    }
    return json_string(out);
}

static void add_admin(const struct request *rq, const struct server *s, json_t *view)
{
    char name[32];
    snprintf(name, sizeof(name), "instance-%08lx", s->number);
    const char *host = *s->host ? s->host : NULL;
    str_into(view, "OS-EXT-SRV-ATTR:host", host);
    str_into(view, "OS-EXT-SRV-ATTR:instance_name", name);
    str_into(view, "OS-EXT-SRV-ATTR:hypervisor_hostname", host);
    if (rq->mv < 3)
        return;
    str_into(view, "OS-EXT-SRV-ATTR:reservation_id", s->reservation);
    json_object_set_new(view, "OS-EXT-SRV-ATTR:launch_index", json_integer(0));
    str_into(view, "OS-EXT-SRV-ATTR:hostname", s->hostname);
    str_into(view, "OS-EXT-SRV-ATTR:kernel_id", "");
    str_into(view, "OS-EXT-SRV-ATTR:ramdisk_id", "");
    str_into(view, "OS-EXT-SRV-ATTR:root_device_name", s->root_device);
    str_into(view, "OS-EXT-SRV-ATTR:user_data", s->user_data);
}

static void add_volumes(const struct request *rq, const struct server *s, json_t *view)
{
    json_t *list = json_array();
    size_t i;
    json_t *volume;
    json_array_foreach(s->volumes, i, volume)
    {
        json_t *doc = json_pack("{s:s}", "id", str_of(volume, "volume_id"));
        if (rq->mv >= 3)
            json_object_set_new(doc, "delete_on_termination",
                                json_boolean(true_of(volume, "delete_on_termination")));
        json_array_append_new(list, doc);
    }
    json_object_set_new(view, "os-extended-volumes:volumes_attached", list);
}

/* What came with a microversion, in the order of the numbers. */
static void add_by_version(const struct request *rq, const struct server *s, json_t *view,
                           bool single)
{
    if (rq->mv >= 9)
        json_object_set_new(view, "locked", json_boolean(s->locked_by != NULL));
    if (rq->mv >= 16 && rq->who.admin)
        str_into(view, "host_status", *s->host ? "UP" : "");
    if (rq->mv >= 19)
        str_into(view, "description", s->description);
    if (rq->mv >= 26)
        json_object_set_new(view, "tags", json_copy(s->tags));
    if (rq->mv >= 63)
        json_object_set_new(view, "trusted_image_certificates",
                            s->trusted ? json_copy(s->trusted) : json_null());
    if (rq->mv >= 71 && single)
        json_object_set_new(view, "server_groups", json_copy(s->groups));
    if (rq->mv >= 73)
        str_into(view, "locked_reason", s->locked_reason);
    if (rq->mv >= 90 && !rq->who.admin)
        str_into(view, "OS-EXT-SRV-ATTR:hostname", s->hostname);
    if (rq->mv >= 96)
        str_into(view, "pinned_availability_zone", s->pinned_zone);
    if (rq->mv >= 100)
        json_object_set_new(view, "scheduler_hints", json_copy(s->hints));
}

static void add_states(const struct cloud *cl, const struct request *rq,
                       const struct server *s, json_t *view)
{
    const char *status = server_status(s);
    if (s->fault && (strcmp(status, "ERROR") == 0 || strcmp(status, "DELETED") == 0)) {
        json_t *fault = json_copy(s->fault);
        if (!rq->who.admin && int_of(fault, "code") == 500)
            json_object_del(fault, "details");
        json_object_set_new(view, "fault", fault);
    }
    static const char *const with_progress[] = {"ACTIVE", "BUILD",         "REBUILD",
                                                "RESIZE", "VERIFY_RESIZE", "MIGRATING"};
    for (size_t i = 0; i < sizeof(with_progress) / sizeof(*with_progress); i++) {
        if (strcmp(with_progress[i], status) == 0)
            json_object_set_new(view, "progress", json_integer(s->progress));
    }
    str_into(view, "OS-EXT-AZ:availability_zone", s->zone);
    str_into(view, "config_drive", s->config_drive);
    str_into(view, "key_name", s->key_name);
    json_object_set_new(view, "OS-SRV-USG:launched_at", iso_us_json(s->launched_at));
    json_object_set_new(view, "OS-SRV-USG:terminated_at", iso_us_json(s->terminated_at));
    json_t *groups = server_group_names(cl, s);
    if (json_array_size(groups))
        json_object_set(view, "security_groups", groups);
    json_decref(groups);
    if (rq->who.admin)
        add_admin(rq, s, view);
    str_into(view, "OS-EXT-STS:task_state", s->task_state);
    str_into(view, "OS-EXT-STS:vm_state", s->vm_state);
    json_object_set_new(view, "OS-EXT-STS:power_state", json_integer(s->power_state));
}

json_t *server_view(const struct cloud *cl, const struct request *rq,
                    const struct server *s, bool single)
{
    bool building = strcmp(s->vm_state, "building") == 0;
    json_t *view = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:o, "
        "s:s}",
        "id", s->id, "name", s->name, "status", server_status(s), "tenant_id",
        s->project_id, "user_id", s->user_id, "metadata", json_copy(s->metadata),
        "hostId", server_host_id(s, s->host), "image", image_view(rq, s), "flavor",
        flavor_view(rq, s), "created", iso_json(s->created), "updated",
        iso_json(s->updated), "addresses",
        building ? json_object() : server_addresses(cl, s), "accessIPv4",
        s->access4 ? s->access4 : "", "accessIPv6", s->access6 ? s->access6 : "", "links",
        server_links(rq, s->id), "OS-DCF:diskConfig", s->disk_config);
    add_states(cl, rq, s, view);
    add_volumes(rq, s, view);
    add_by_version(rq, s, view, single);
    return view;
}

json_t *server_view_unknown(const struct request *rq, const struct server *s, bool detail,
                            bool single)
{
    json_t *view = json_pack("{s:s, s:s, s:o}", "id", s->id, "status", "UNKNOWN", "links",
                             server_links(rq, s->id));
    if (!detail)
        return view;
    str_into(view, "tenant_id", s->project_id);
    json_object_set_new(view, "created", iso_json(s->created));
    if (!single)
        return view;
    json_object_set_new(view, "image", image_view(rq, s));
    json_object_set_new(view, "flavor", flavor_view(rq, s));
    str_into(view, "OS-EXT-AZ:availability_zone",
             s->pinned_zone ? s->pinned_zone : "UNKNOWN");
    json_object_set_new(view, "OS-EXT-STS:power_state", json_integer(0));
    str_into(view, "user_id", s->user_id);
    if (rq->mv >= 71)
        json_object_set_new(view, "server_groups", json_copy(s->groups));
    return view;
}

json_t *server_state(const struct cloud *cl, const struct server *s)
{
    json_t *doc = json_pack(
        "{s:s, s:s, s:s, s:s, s:s?, s:s, s:i, s:s, s:s, s:s, s:b, s:i}", "id", s->id,
        "name", s->name, "status", server_status(s), "vm_state", s->vm_state,
        "task_state", s->task_state, "host", s->host, "power_state", s->power_state,
        "zone", s->zone, "project_id", s->project_id, "user_id", s->user_id, "deleted",
        (int)s->deleted, "cell", s->cell);
    str_into(doc, "image", s->image_ref);
    str_into(doc, "locked_by", s->locked_by);
    str_into(doc, "locked_reason", s->locked_reason);
    str_into(doc, "hostname", s->hostname);
    str_into(doc, "description", s->description);
    str_into(doc, "key_name", s->key_name);
    str_into(doc, "user_data", s->user_data);
    str_into(doc, "config_drive", s->config_drive);
    str_into(doc, "pinned_zone", s->pinned_zone);
    str_into(doc, "flavor", str_of(s->flavor, "name"));
    json_object_set_new(doc, "tags", json_copy(s->tags));
    json_object_set_new(doc, "metadata", json_copy(s->metadata));
    json_object_set_new(doc, "nics", json_deep_copy(s->nics));
    json_object_set_new(doc, "volumes", json_deep_copy(s->volumes));
    json_object_set_new(doc, "groups", json_copy(s->groups));
    json_object_set_new(doc, "scheduler_hints", json_copy(s->hints));
    json_object_set_new(doc, "addresses", server_addresses(cl, s));
    json_object_set_new(doc, "security_groups", server_group_names(cl, s));
    json_object_set_new(doc, "image_properties", json_copy(s->image_props));
    json_object_set_new(doc, "disk_size", json_integer((json_int_t)s->disk_size));
    json_object_set_new(doc, "fault", s->fault ? json_copy(s->fault) : json_null());
    json_object_set_new(doc, "created", iso_json(s->created));
    return doc;
}
