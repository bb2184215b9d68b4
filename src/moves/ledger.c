/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of addresses: entries {port or floating_ip, address, off, on}. */
#include "moves/ledger.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "flow/move.h"
#include "moves/forwards.h"
#include "moves/ports.h"
#include "moves/world.h"

static json_t *entries_of(const struct move *m)
{
    const char *text = move_fact(m, FACT_ADDRESSES);
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;

    return list ? list : json_array();
}

static void save(struct move *m, const json_t *list)
{
    AUTO_FREE char *text = json_dumps(list, JSON_COMPACT);

    move_set_fact(m, FACT_ADDRESSES, text);
}

static const char *id_of(const json_t *entry)
{
    return jstr(entry, "port", jstr(entry, "floating_ip", ""));
}

static bool is_off(const json_t *entry)
{
    return !json_is_number(json_object_get(entry, "on"));
}

static bool has_open(const json_t *list, const char *id)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (is_off(one) && text_eq(id_of(one), id))
            return true;
    }
    return false;
}

static void add(json_t *list, const char *key, const char *id, const char *address,
                double at)
{
    json_t *entry;

    if (!*id || has_open(list, id))
        return;
    entry = jpair(key, jtext(id));
    json_object_set_new(entry, "address", jtext(address));
    json_object_set_new(entry, "off", json_real(at));
    json_object_set_new(entry, "on", json_null());
    json_array_append_new(list, entry);
}

static char *addresses_of(const json_t *port)
{
    struct strv ips = {0};
    size_t i;
    json_t *ip;
    char *text;

    json_array_foreach(jget(port, "fixed_ips"), i, ip)
        strv_add(&ips, jstr(ip, "ip_address", "?"));
    text = strv_join(&ips, ", ");
    strv_clear(&ips);
    return text;
}

void ledger_off(struct move *m, size_t nic, double at)
{
    AUTO_JSON json_t *list = entries_of(m);
    AUTO_FREE char *ips = addresses_of(nic_port(m, nic));
    size_t i;
    json_t *one;

    add(list, "port", nic_port_id(m, nic), ips, at);
    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        if (nic_of_port(m, jstr(one, "port_id", "")) == nic)
            add(list, "floating_ip", jstr(one, "id", ""),
                jstr(one, "floating_ip_address", "?"), at);
    }
    for (i = 0; i < forward_count(m); i++) {
        const json_t *forward = forward_at(m, i);

        if (forward_nic(m, forward) == nic)
            add(list, "floating_ip", jstr(forward, "floatingip_id", ""),
                jstr(forward, "floating_ip_address", "?"), at);
    }
    save(m, list);
}

void ledger_all_off(struct move *m, double at)
{
    for (size_t nic = 0; keeps_addresses(m) && nic < nic_count(m); nic++)
        ledger_off(m, nic, at);
}

void ledger_on(struct move *m, const char *id)
{
    AUTO_JSON json_t *list = entries_of(m);
    bool any = false;
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (!is_off(one) || (id && !text_eq(id_of(one), id)))
            continue;
        json_object_set_new(one, "on", json_real(clock_wall()));
        any = true;
    }
    if (any)
        save(m, list);
}
