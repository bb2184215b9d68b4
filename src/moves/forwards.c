/* SPDX-License-Identifier: Apache-2.0 */
/* Port forwardings: documents. */
#include "moves/forwards.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "flow/move.h"
#include "moves/kinds.h"
#include "moves/ports.h"

struct range {
    int from, to; /* 0: not shown */
};

/* Shown as one port, as "from:to", or as both. */
static struct range range_of(const json_t *doc, const char *one, const char *many)
{
    const char *text = jstr(doc, many, NULL);
    struct range r = {(int)jint(doc, one, 0), (int)jint(doc, one, 0)};

    if (r.from == 0 && text && sscanf(text, "%d:%d", &r.from, &r.to) == 1)
        r.to = r.from;
    return r;
}

static struct range outside(const json_t *doc)
{
    return range_of(doc, "external_port", "external_port_range");
}

static struct range inside(const json_t *doc)
{
    return range_of(doc, "internal_port", "internal_port_range");
}

static bool same_range(struct range a, struct range b)
{
    return a.from == b.from && a.to == b.to;
}

static char *range_text(struct range r)
{
    return r.from == r.to ? xasprintf("%d", r.from) : xasprintf("%d:%d", r.from, r.to);
}

char *forward_text_of(const json_t *captured, const json_t *now)
{
    AUTO_FREE char *from = range_text(outside(now));
    AUTO_FREE char *to = range_text(inside(now));

    return xasprintf("%s %s %s to %s %s", jstr(captured, "floating_ip_address", "?"),
                     jstr(now, "protocol", "?"), from,
                     jstr(now, "internal_ip_address", "?"), to);
}

char *forward_text(const json_t *captured)
{
    return forward_text_of(captured, captured);
}

/* ---- which floating IPs forward to it ---- */

static bool has_address(const json_t *ports, const char *ip)
{
    size_t i, k;
    json_t *port, *fixed;

    json_array_foreach(ports, i, port)
    {
        json_array_foreach(jget(port, "fixed_ips"), k, fixed)
        {
            if (text_eq(jstr(fixed, "ip_address", NULL), ip))
                return true;
        }
    }
    return false;
}

static json_t *sorted(struct strv *texts)
{
    json_t *list = json_array();

    strv_sort(texts);
    for (size_t i = 0; i < texts->len; i++)
        json_array_append_new(list, jtext(texts->at[i]));
    strv_clear(texts);
    return list;
}

/* NULL: it forwards nothing to these ports. Gives. */
static json_t *candidate(const json_t *floating, const json_t *ports)
{
    const json_t *shown = json_object_get(floating, "port_forwardings");
    struct strv says = {0}, ips = {0};
    size_t i;
    json_t *one, *found;

    json_array_foreach(shown, i, one)
    {
        const char *ip = jstr(one, "internal_ip_address", "");

        if (!has_address(ports, ip))
            continue;
        strv_take(&says, forward_text_of(floating, one));
        if (!strv_has(&ips, ip))
            strv_add(&ips, ip);
    }
    /* Neutron gives a floating IP a router without a port for nothing else. */
    if (json_is_array(shown)
            ? says.len == 0
            : *jstr(floating, "port_id", "") || !*jstr(floating, "router_id", ""))
        return NULL;
    found = jpair("id", jtext(jstr(floating, "id", "")));
    json_object_set_new(found, "floating_ip_address",
                        jtext(jstr(floating, "floating_ip_address", "?")));
    json_object_set_new(found, "ips", sorted(&ips));
    json_object_set_new(found, "says", sorted(&says));
    return found;
}

/* Neutron lists in no order. */
static void put_in_order(json_t *list, json_t *one)
{
    size_t at = 0;

    while (at < json_array_size(list) &&
           strcmp(jstr(json_array_get(list, at), "id", ""), jstr(one, "id", "")) < 0)
        at++;
    json_array_insert_new(list, at, one);
}

json_t *forwards_candidates(const json_t *floating, const json_t *ports)
{
    json_t *list = json_array(), *one;
    size_t i;

    json_array_foreach(floating, i, one)
    {
        json_t *found = candidate(one, ports);

        if (found)
            put_in_order(list, found);
    }
    return list;
}

json_t *forward_captured(const json_t *candidate, const json_t *forwarding,
                         const json_t *ports)
{
    size_t i;
    json_t *port, *copy;

    json_array_foreach(ports, i, port)
    {
        if (!text_eq(jstr(port, "id", NULL), jstr(forwarding, "internal_port_id", "")))
            continue;
        copy = json_deep_copy(forwarding);
        json_object_set_new(copy, "floatingip_id", jtext(jstr(candidate, "id", "")));
        json_object_set_new(copy, "floating_ip_address",
                            jtext(jstr(candidate, "floating_ip_address", "?")));
        return copy;
    }
    return NULL;
}

/* ---- those of the capture ---- */

static const json_t *captured_all(struct move *m)
{
    return jget(move_capture(m), "forwardings");
}

size_t forward_count(struct move *m)
{
    return json_array_size(captured_all(m));
}

const json_t *forward_at(struct move *m, size_t i)
{
    return json_array_get(captured_all(m), i);
}

size_t forward_nic(struct move *m, const json_t *captured)
{
    return nic_of_port(m, jstr(captured, "internal_port_id", ""));
}

const json_t *forward_find(const json_t *forwardings, const json_t *captured)
{
    struct range wanted = outside(captured);
    size_t i;
    json_t *one;

    json_array_foreach(forwardings, i, one)
    {
        struct range r = outside(one);

        if (text_eq(jstr(one, "protocol", NULL), jstr(captured, "protocol", "")) &&
            r.from <= wanted.to && wanted.from <= r.to)
            return one;
    }
    return NULL;
}

bool forward_is_same(const json_t *now, const json_t *captured, const char *port_id)
{
    return text_eq(jstr(now, "internal_port_id", NULL), port_id) &&
           text_eq(jstr(now, "internal_ip_address", NULL),
                   jstr(captured, "internal_ip_address", "")) &&
           same_range(outside(now), outside(captured)) &&
           same_range(inside(now), inside(captured)) &&
           text_eq(jstr(now, "description", ""), jstr(captured, "description", ""));
}

static void put_ports(json_t *body, const char *one, const char *many, struct range r,
                      bool as_range)
{
    char text[32];

    snprintf(text, sizeof text, "%d:%d", r.from, r.to);
    if (as_range)
        json_object_set_new(body, many, json_string(text));
    else
        json_object_set_new(body, one, json_integer(r.from));
}

json_t *forward_made_again(const json_t *captured, const char *port_id)
{
    json_t *body = jpair("protocol", jtext(jstr(captured, "protocol", "")));
    struct range in = inside(captured), out = outside(captured);
    bool ranges = in.from != in.to || out.from != out.to;
    const char *description = jstr(captured, "description", "");

    json_object_set_new(body, "internal_port_id", jtext(port_id));
    json_object_set_new(body, "internal_ip_address",
                        jtext(jstr(captured, "internal_ip_address", "")));
    put_ports(body, "internal_port", "internal_port_range", in, ranges);
    put_ports(body, "external_port", "external_port_range", out, ranges);
    if (*description)
        json_object_set_new(body, "description", jtext(description));
    return body;
}

void forwards_watch_all(struct move *m, struct watch *w, size_t nic)
{
    for (size_t i = 0; i < forward_count(m); i++) {
        const json_t *one = forward_at(m, i);

        if (nic >= nic_count(m) || forward_nic(m, one) == nic)
            watch_add(w, &kind_forwardings_of, jstr(one, "floatingip_id", ""));
    }
}
