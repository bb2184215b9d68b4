/* SPDX-License-Identifier: Apache-2.0 */
/* NICs in the order of the guest, put together from what three lists say. */
#include "moves/nics.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "cloud/json.h"

static const char *mac_of(const json_t *entry)
{
    return jstr(entry, "OS-EXT-IPS-MAC:mac_addr", "");
}

static bool port_has_ip(const json_t *port, const char *ip)
{
    size_t i;
    json_t *fixed;
    json_array_foreach(jget(port, "fixed_ips"), i, fixed)
    {
        if (text_eq(jstr(fixed, "ip_address", NULL), ip))
            return true;
    }
    return false;
}

/* A MAC is unique within its network only: the address decides between two. */
static const json_t *port_of_entry(const json_t *ports, const json_t *entry)
{
    const json_t *found = NULL;
    size_t i;
    json_t *port;
    json_array_foreach(ports, i, port)
    {
        if (strcasecmp(jstr(port, "mac_address", "?"), mac_of(entry)) != 0)
            continue;
        if (port_has_ip(port, jstr(entry, "addr", "")))
            return port;
        if (!found)
            found = port;
    }
    return found;
}

static bool has_port(const json_t *nics, const char *id)
{
    size_t i;
    json_t *nic;
    json_array_foreach(nics, i, nic)
    {
        if (text_eq(jstr(nic, "port_id", NULL), id))
            return true;
    }
    return false;
}

static json_t *tag_of(const json_t *interfaces, const char *port_id)
{
    size_t i;
    json_t *interface;
    json_array_foreach(interfaces, i, interface)
    {
        if (text_eq(jstr(interface, "port_id", NULL), port_id))
            return jget(interface, "tag");
    }
    return NULL;
}

/* false: it was there already (one NIC has several addresses). */
static bool add_nic(json_t *nics, const json_t *port, const json_t *interfaces)
{
    const char *id = jstr(port, "id", "");
    if (has_port(nics, id))
        return false;
    json_t *nic = json_object(), *ips = jget(port, "fixed_ips");
    json_object_set_new(nic, "port_id", json_string(id));
    json_object_set_new(nic, "net_id", json_string(jstr(port, "network_id", "")));
    json_object_set_new(nic, "mac", json_string(jstr(port, "mac_address", "")));
    json_object_set_new(nic, "fixed_ips", ips ? json_deep_copy(ips) : json_array());
    json_object_set_new(nic, "status", json_string(jstr(port, "status", "")));
    json_t *tag = tag_of(interfaces, id);
    if (json_is_string(tag) && *json_string_value(tag))
        json_object_set(nic, "device_tag", tag);
    json_array_append_new(nics, nic);
    return true;
}

/* The NICs of one network; gives their number. */
static size_t add_network(json_t *nics, const json_t *entries, const json_t *ports,
                          const json_t *interfaces, bool *ret_strange)
{
    size_t n = 0, i;
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        if (text_eq(jstr(entry, "OS-EXT-IPS:type", "fixed"), "floating"))
            continue;
        const json_t *port = port_of_entry(ports, entry);
        if (!port)
            *ret_strange = true;
        else
            n += add_nic(nics, port, interfaces);
    }
    return n;
}

json_t *nics_of(const json_t *server, const json_t *ports, const json_t *interfaces,
                const char **ret_unknown)
{
    json_t *nics = json_array();
    const char *label, *crowded = NULL;
    json_t *entries;
    size_t networks = 0;
    bool strange = false;
    json_object_foreach(jget(server, "addresses"), label, entries)
    {
        size_t n = add_network(nics, entries, ports, interfaces, &strange);
        networks += n > 0;
        if (n > 1)
            crowded = label;
    }
    size_t placed = json_array_size(nics), i;
    json_t *port;
    json_array_foreach(ports, i, port) add_nic(nics, port, interfaces);
    *ret_unknown = NULL;
    if (crowded && networks > 1)
        *ret_unknown = crowded;
    else if (strange || (placed < json_array_size(nics) && json_array_size(nics) > 1))
        *ret_unknown = "?";
    return nics;
}

static json_t *nic_with_port(const json_t *nics, const char *port_id)
{
    size_t i;
    json_t *nic;
    json_array_foreach(nics, i, nic)
    {
        if (strcasecmp(jstr(nic, "port_id", ""), port_id) == 0)
            return nic;
    }
    return NULL;
}

bool nics_put_in_order(json_t *nics, const char *order)
{
    struct strv ids = {0};
    AUTO_JSON json_t *sorted = json_array();
    strv_split(&ids, order ? order : "", ',');
    for (size_t i = 0; i < ids.len; i++) {
        json_t *nic = nic_with_port(nics, ids.at[i]);
        if (nic && !nic_with_port(sorted, ids.at[i]))
            json_array_append(sorted, nic);
    }
    strv_clear(&ids);
    if (json_array_size(sorted) < json_array_size(nics))
        return false;
    json_array_clear(nics);
    json_array_extend(nics, sorted);
    return true;
}

static char *fault_text(struct strv *lacks, struct strv *strange)
{
    AUTO_FREE char *missing = strv_join(lacks, ", ");
    AUTO_FREE char *none = strv_join(strange, ", ");

    if (strange->len == 0)
        return xasprintf("it lacks %s", missing);
    return xasprintf("%s is none of them%s%s", none,
                     lacks->len > 0 ? ", and it lacks " : "", missing);
}

char *nics_order_fault(const json_t *nics, const char *order, bool several)
{
    struct strv ids = {0}, lacks = {0}, strange = {0};
    size_t i;
    json_t *nic;
    char *text = NULL;
    strv_split(&ids, order, ',');
    for (i = 0; i < ids.len; i++)
        if (!nic_with_port((json_t *)nics, ids.at[i]))
            strv_add(&strange, ids.at[i]);
    json_array_foreach(nics, i, nic)
    {
        const char *id = jstr(nic, "port_id", "");
        bool named = false;
        for (size_t k = 0; k < ids.len; k++)
            named = named || strcasecmp(ids.at[k], id) == 0;
        if (!named)
            strv_add(&lacks, id);
    }
    if (several && lacks.len == json_array_size(nics)) /* it is for others only */
        strv_clear(&lacks);
    if (several)
        strv_clear(&strange);
    if (lacks.len > 0 || strange.len > 0)
        text = fault_text(&lacks, &strange);
    strv_clear(&ids);
    strv_clear(&lacks);
    strv_clear(&strange);
    return text;
}

/* Takes the first that stands for this one out of nics. Gives, or NULL. */
static json_t *take_like(json_t *nics, const json_t *model, bool by_mac)
{
    size_t i;
    json_t *nic;
    json_array_foreach(nics, i, nic)
    {
        if (!text_eq(jstr(nic, "net_id", NULL), jstr(model, "net_id", "")) ||
            (by_mac && strcasecmp(jstr(nic, "mac", ""), jstr(model, "mac", "")) != 0))
            continue;
        json_incref(nic);
        json_array_remove(nics, i);
        return nic;
    }
    return NULL;
}

void nics_put_like(json_t *nics, const json_t *model, bool by_mac)
{
    AUTO_JSON json_t *sorted = json_array();
    size_t i;
    json_t *one;
    json_array_foreach(model, i, one)
    {
        json_t *nic = take_like(nics, one, by_mac);
        if (nic)
            json_array_append_new(sorted, nic);
    }
    json_array_extend(sorted, nics);
    json_array_clear(nics);
    json_array_extend(nics, sorted);
}

bool nics_have_tags(const json_t *nics)
{
    size_t i;
    json_t *nic;
    json_array_foreach(nics, i, nic)
    {
        if (jget(nic, "device_tag"))
            return true;
    }
    return false;
}
