/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that keep their addresses: documents and the book of which NIC has which. */
#include "moves/ports.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/difference.h"
#include "moves/marks.h"
#include "moves/steps.h"

bool keeps_addresses(const struct move *m)
{
    return !text_eq(option_of(m, "addresses"), "new");
}

size_t nic_count(struct move *m)
{
    return json_array_size(jget(move_capture(m), "nics"));
}

const json_t *nic_at(struct move *m, size_t nic)
{
    return json_array_get(jget(move_capture(m), "nics"), nic);
}

const char *nic_port_id(struct move *m, size_t nic)
{
    return jstr(nic_at(m, nic), "port_id", "");
}

const json_t *nic_port(struct move *m, size_t nic)
{
    const char *id = nic_port_id(m, nic);
    size_t i;
    json_t *port;

    json_array_foreach(jget(move_capture(m), "ports"), i, port)
    {
        if (text_eq(jstr(port, "id", NULL), id))
            return port;
    }
    return NULL;
}

size_t nic_of_port(struct move *m, const char *port_id)
{
    size_t n = nic_count(m), nic = 0;

    while (nic < n && !text_eq(nic_port_id(m, nic), port_id))
        nic++;
    return nic;
}

/* ---- the book: a JSON array of ids, null where none is known ---- */

static json_t *book_of(const struct move *m)
{
    const char *text = move_fact(m, FACT_PORTS);
    json_t *book = text ? json_loads(text, 0, NULL) : NULL;

    return book ? book : json_array();
}

char *nic_port_now(struct move *m, size_t nic)
{
    AUTO_JSON json_t *book = book_of(m);

    return xstrdup(json_string_value(json_array_get(book, nic)));
}

void nic_set_port_now(struct move *m, size_t nic, const char *port_id)
{
    AUTO_JSON json_t *book = book_of(m);
    AUTO_FREE char *text = NULL;

    while (json_array_size(book) <= nic)
        json_array_append_new(book, json_null());
    json_array_set_new(book, nic, port_id ? json_string(port_id) : json_null());
    text = json_dumps(book, JSON_COMPACT);
    move_set_fact(m, FACT_PORTS, text);
}

bool ports_are_known(struct move *m)
{
    bool all = true;

    for (size_t nic = 0; keeps_addresses(m) && nic < nic_count(m); nic++) {
        AUTO_FREE char *id = nic_port_now(m, nic);

        all = all && id;
    }
    return all;
}

/* ---- documents ---- */

bool port_is_older(const json_t *port, const json_t *server)
{
    const char *made = jstr(port, "created_at", ""), *since = jstr(server, "created", "");

    /* Both are ISO times in UTC: they compare as text. A tie proves nothing. */
    return *made && *since && strcmp(made, since) < 0;
}

static bool is_worth_sending(const json_t *value)
{
    return value && !json_is_null(value) &&
           !(json_is_string(value) && json_string_length(value) == 0) &&
           !(json_is_array(value) && json_array_size(value) == 0);
}

static json_t *addresses_of(const json_t *port)
{
    json_t *list = json_array();
    size_t i;
    json_t *ip;

    json_array_foreach(jget(port, "fixed_ips"), i, ip)
    {
        json_t *one = jpair("subnet_id", jtext(jstr(ip, "subnet_id", "")));

        json_object_set_new(one, "ip_address", jtext(jstr(ip, "ip_address", "")));
        json_array_append_new(list, one);
    }
    return list;
}

static const json_t *network_of(struct move *m, const char *id)
{
    size_t i;
    json_t *network;

    json_array_foreach(jget(move_capture(m), "networks"), i, network)
    {
        if (text_eq(jstr(network, "id", NULL), id))
            return network;
    }
    return NULL;
}

json_t *port_made_again(struct move *m, size_t nic)
{
    /* Members whose absence means their default: sent only when they are not that. A
     * dns_name is Nova's: it gives each port the host name of the server that gets it,
     * and boots with none that has another, in upper case too. */
    static const char *const carried[] = {
        "description", "allowed_address_pairs", "extra_dhcp_opts", "qos_policy_id",
        "dns_domain",
    };
    const json_t *port = nic_port(m, nic);
    const char *network_id = jstr(port, "network_id", "");
    bool safe = jbool(port, "port_security_enabled", true);
    bool usual = jbool(network_of(m, network_id), "port_security_enabled", true);
    const char *vnic = jstr(port, "binding:vnic_type", "normal");
    const json_t *groups = json_object_get(port, "security_groups");
    json_t *body = jpair("network_id", jtext(network_id));
    char mark[MARK_SIZE];

    mark_port_name(move_id(m), nic, mark);
    json_object_set_new(body, "name", jtext(mark));
    json_object_set_new(body, "mac_address", jtext(jstr(port, "mac_address", "")));
    json_object_set_new(body, "fixed_ips", addresses_of(port));
    json_object_set_new(body, "admin_state_up",
                        json_boolean(jbool(port, "admin_state_up", true)));
    /* Left out, the project's default group would come. */
    json_object_set_new(body, "security_groups",
                        safe && groups ? json_deep_copy(groups) : json_array());
    if (safe != usual)
        json_object_set_new(body, "port_security_enabled", json_boolean(safe));
    if (strcmp(vnic, "normal") != 0)
        json_object_set_new(body, "binding:vnic_type", jtext(vnic));
    if (jbool(port, "propagate_uplink_status", false))
        json_object_set_new(body, "propagate_uplink_status", json_true());
    for (size_t i = 0; i < sizeof(carried) / sizeof(*carried); i++) {
        json_t *value = json_object_get(port, carried[i]);

        if (is_worth_sending(value))
            json_object_set_new(body, carried[i], json_deep_copy(value));
    }
    return body;
}

const char *port_lacks(const json_t *captured, const json_t *now)
{
    AUTO_FREE char *was = set_text_of(jget(captured, "tags"));
    AUTO_FREE char *is = set_text_of(jget(now, "tags"));

    if (!text_eq(jstr(captured, "name", ""), jstr(now, "name", "")))
        return "name";
    return text_eq(was, is) ? NULL : "tags";
}

json_t *port_own_name(const json_t *captured)
{
    return jpair("name", jtext(jstr(captured, "name", "")));
}

long long revision_of(const json_t *doc)
{
    return jint(doc, "revision_number", -1);
}
