/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron's port forwardings of floating IPs. They lie in the floating IP's own document,
 * as `_forwardings`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

#define PLUGIN "floating-ip-port-forwarding"
#define RANGES "floating-ip-port-forwarding-port-ranges"
#define WORDS  "floating-ip-port-forwarding-description"
#define DETAIL "floating-ip-port-forwarding-detail"

struct range {
    int from, to; /* 0: not given */
};

static json_t *of_fip(const json_t *fip)
{
    return json_object_get(fip, "_forwardings");
}

static bool is_on(const struct cloud *cl, struct reply *rp)
{
    struct net_error e;
    if (net_extension(cl, PLUGIN))
        return true;
    net_fail(&e, 404, "HTTPNotFound", "The resource could not be found.");
    net_error_reply(rp, &e);
    return false;
}

/* "80:90", "80" or 80 under either of the two keys. */
static struct range range_of(const json_t *doc, const char *one, const char *many)
{
    const char *text = str_of(doc, many);
    struct range r = {(int)int_of(doc, one), (int)int_of(doc, one)};
    if (!text || sscanf(text, "%d:%d", &r.from, &r.to) == 2)
        return r;
    r.from = r.to = (int)strtol(text, NULL, 10);
    return r;
}

static struct range inside_of(const json_t *doc)
{
    return range_of(doc, "internal_port", "internal_port_range");
}

static struct range outside_of(const json_t *doc)
{
    return range_of(doc, "external_port", "external_port_range");
}

static bool meet(struct range a, struct range b)
{
    return a.from <= b.to && b.from <= a.to;
}

static bool bad_request(struct net_error *e, const char *text)
{
    return net_fail(e, 400, "BadRequest", "Bad port_forwarding request: %s.", text);
}

static bool collides(struct net_error *e, const char *key, struct range had,
                     struct range asked)
{
    char text[200];
    snprintf(text, sizeof(text),
             "There is a port collision with the %s. The following ranges collides: "
             "%d:%d and %d:%d",
             key, had.from, had.to, asked.from, asked.to);
    return bad_request(e, text);
}

static bool same_inside(const json_t *a, const json_t *b)
{
    return text_eq(str_of(a, "internal_port_id"), str_of(b, "internal_port_id")) &&
           text_eq(str_of(a, "protocol"), str_of(b, "protocol")) &&
           text_eq(str_of(a, "internal_ip_address"), str_of(b, "internal_ip_address")) &&
           meet(inside_of(a), inside_of(b));
}

/* Inside, all forwardings to the port count; outside, those of this floating IP. */
static bool is_free(const struct cloud *cl, const json_t *fip, const json_t *wanted,
                    struct net_error *e)
{
    const char *id, *own = str_of(wanted, "id");
    json_t *other, *one;
    size_t i;
    json_object_foreach(cl->fips, id, other)
    {
        json_array_foreach(of_fip(other), i, one)
        {
            if (text_eq(str_of(one, "id"), own))
                continue;
            if (same_inside(one, wanted))
                return collides(e, "internal_port_range", inside_of(one),
                                inside_of(wanted));
            if (other == fip &&
                text_eq(str_of(one, "protocol"), str_of(wanted, "protocol")) &&
                meet(outside_of(one), outside_of(wanted)))
                return collides(e, "external_port_range", outside_of(one),
                                outside_of(wanted));
        }
    }
    return true;
}

static bool has_address(const json_t *port, const char *ip)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(port, "fixed_ips"), i, one)
    {
        if (text_eq(str_of(one, "ip_address"), ip))
            return true;
    }
    return false;
}

/* The floating IP on this very port, or NULL. */
static json_t *bound_to(const struct cloud *cl, const char *port)
{
    const char *id;
    json_t *fip;
    json_object_foreach(cl->fips, id, fip)
    {
        if (text_eq(str_of(fip, "port_id"), port))
            return fip;
    }
    return NULL;
}

static const char *const keys[] = {"protocol", "internal_port_id", "internal_ip_address",
                                   "internal_port", "external_port",
                                   /* with an extension each */
                                   "internal_port_range", "external_port_range",
                                   "description"};

static bool key_is_known(const struct cloud *cl, const char *key)
{
    bool known = strcmp(key, "project_id") == 0 || strcmp(key, "tenant_id") == 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        known = known || strcmp(keys[i], key) == 0;
    if (strstr(key, "_range"))
        return known && net_extension(cl, RANGES);
    return known && (strcmp(key, "description") != 0 || net_extension(cl, WORDS));
}

static bool keys_fit(const struct cloud *cl, const json_t *body, bool all,
                     struct net_error *e)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)body, key, value)
    {
        if (!key_is_known(cl, key))
            return net_fail(e, 400, "HTTPBadRequest", "Unrecognized attribute(s) '%s'",
                            key);
    }
    for (size_t i = 0; all && i < (net_extension(cl, RANGES) ? 3 : 5); i++) {
        if (!json_object_get(body, keys[i]))
            return net_fail(e, 400, "HTTPBadRequest",
                            "Failed to parse request. Required attribute '%s' not "
                            "specified",
                            keys[i]);
    }
    return true;
}

/* As Neutron keeps it: a start and an end of each, shown as one port where they are. */
static void put_range(const struct cloud *cl, json_t *doc, const char *one,
                      const char *many, struct range r)
{
    char text[32];
    snprintf(text, sizeof(text), "%d:%d", r.from, r.to);
    json_object_del(doc, one);
    json_object_del(doc, many);
    if (r.from == r.to)
        json_object_set_new(doc, one, json_integer(r.from));
    if (net_extension(cl, RANGES))
        str_into(doc, many, text);
}

/* What the body asks for, over what there is (NULL: nothing yet). Gives. */
static json_t *merged(const struct cloud *cl, const json_t *old, const json_t *body)
{
    json_t *doc = old ? json_deep_copy(old) : json_object();
    struct range in, out;
    if (json_object_get(body, "internal_port") ||
        json_object_get(body, "internal_port_range"))
        json_object_del(doc, "internal_port_range");
    if (json_object_get(body, "external_port") ||
        json_object_get(body, "external_port_range"))
        json_object_del(doc, "external_port_range");
    json_object_update(doc, (json_t *)body);
    json_object_del(doc, "project_id");
    json_object_del(doc, "tenant_id");
    in = inside_of(doc);
    out = outside_of(doc);
    put_range(cl, doc, "internal_port", "internal_port_range", in);
    put_range(cl, doc, "external_port", "external_port_range", out);
    if (net_extension(cl, WORDS) && !str_of(doc, "description"))
        str_into(doc, "description", "");
    return doc;
}

static bool ranges_fit(const json_t *doc, struct net_error *e)
{
    struct range in = inside_of(doc), out = outside_of(doc);
    if (in.from < 1 || out.from < 1 || in.to > 65535 || out.to > 65535)
        return bad_request(e, "Invalid port value, the port value must be a value "
                              "between 1 and 65535");
    if (in.to > in.from && in.to - in.from != out.to - out.from)
        return bad_request(e, "Invalid ranges of internal and/or external ports. The "
                              "relation between internal and external ports must be N-N "
                              "or 1-N");
    return true;
}

static bool port_fits(const struct cloud *cl, const struct request *rq, const json_t *fip,
                      const json_t *doc, struct net_error *e)
{
    const char *id = str_of(doc, "internal_port_id"),
               *ip = str_of(doc, "internal_ip_address");
    const json_t *port = json_object_get(cl->ports, id ? id : ""), *bound;
    char text[300];
    if (!port || !net_visible(cl, rq, port))
        return net_fail(e, 404, "PortNotFound", "Port %s could not be found.",
                        id ? id : "None");
    bound = bound_to(cl, id);
    if (bound)
        return net_fail(e, 409, "PortHasBindingFloatingIP",
                        "Cannot create port forwarding to floating IP %s (%s) with port "
                        "%s using fixed IP %s, as that port already has a binding "
                        "floating IP.",
                        str_of(bound, "floating_ip_address"), str_of(bound, "id"), id,
                        ip);
    if (str_of(fip, "port_id"))
        return net_fail(
            e, 409, "FloatingIPPortAlreadyAssociated",
            "Cannot associate floating IP %s (%s) with port %s using fixed IP "
            "%s, as that fixed IP already has a floating IP on external "
            "network %s.",
            str_of(fip, "floating_ip_address"), str_of(fip, "id"), id, ip,
            str_of(fip, "floating_network_id"));
    if (!has_address(port, ip)) {
        snprintf(text, sizeof(text),
                 "Requested internal IP address %s is not suitable for internal neutron "
                 "port %s, as its fixed_ips are []",
                 ip, id);
        return bad_request(e, text);
    }
    if (!net_router_between(cl, port, str_of(fip, "floating_network_id"))) {
        snprintf(text, sizeof(text),
                 "External network %s is not reachable from subnet. Cannot set Port "
                 "forwarding for port %s with Floating IP %s",
                 str_of(fip, "floating_network_id"), id, str_of(fip, "id"));
        return bad_request(e, text);
    }
    return true;
}

/* A router's, as long as it forwards something. */
static void set_router(struct cloud *cl, json_t *fip)
{
    const json_t *first = json_array_get(of_fip(fip), 0);
    const json_t *port =
        first ? json_object_get(cl->ports, str_of(first, "internal_port_id")) : NULL;
    const char *router =
        port ? net_router_between(cl, port, str_of(fip, "floating_network_id")) : NULL;
    if (!str_of(fip, "port_id"))
        str_into(fip, "router_id", router);
    net_touch(cl, fip);
}

void forwardings_of_port_go(struct cloud *cl, const char *port)
{
    const char *id;
    json_t *fip;
    json_object_foreach(cl->fips, id, fip)
    {
        json_t *list = of_fip(fip);
        size_t had = json_array_size(list);
        for (size_t i = had; i-- > 0;) {
            if (text_eq(str_of(json_array_get(list, i), "internal_port_id"), port))
                json_array_remove(list, i);
        }
        if (json_array_size(list) < had)
            set_router(cl, fip);
    }
}

bool fip_is_forwarding(const json_t *fip, struct net_error *e)
{
    if (json_array_size(of_fip(fip)) == 0)
        return false;
    net_fail(e, 409, "FipInUseByPortForwarding",
             "Floating IP %s in use by Port Forwarding resources.", str_of(fip, "id"));
    return true;
}

json_t *fip_forwardings(const struct cloud *cl, const json_t *fip)
{
    json_t *list = json_array(), *one;
    size_t i;
    json_array_foreach(of_fip(fip), i, one)
    {
        json_t *less = json_object();
        for (size_t k = 0; k < 5; k++) {
            if (json_object_get(one, keys[k]) &&
                (strcmp(keys[k], "internal_port_id") != 0 || net_extension(cl, DETAIL)))
                json_object_set(less, keys[k], json_object_get(one, keys[k]));
        }
        if (net_extension(cl, DETAIL))
            json_object_set(less, "id", json_object_get(one, "id"));
        json_array_append_new(list, less);
    }
    return list;
}

static json_t *the_fip(struct cloud *cl, struct request *rq, struct reply *rp)
{
    return is_on(cl, rp) ? net_find(cl, rq, rp, cl->fips, "FloatingIP") : NULL;
}

/* Its place in the list, or the list's length with a 404. */
static size_t the_place(const json_t *fip, const struct request *rq, struct reply *rp)
{
    struct net_error e;
    size_t i, n = json_array_size(of_fip(fip));
    for (i = 0; i < n; i++) {
        if (text_eq(str_of(json_array_get(of_fip(fip), i), "id"), rq->part[3]))
            return i;
    }
    net_fail(&e, 404, "PortForwardingNotFound", "Port Forwarding %s could not be found.",
             rq->part[3]);
    net_error_reply(rp, &e);
    return n;
}

static void get_all(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *fip = the_fip(cl, rq, rp);
    if (fip)
        reply_json(rp, 200,
                   json_pack("{s:o}", "port_forwardings",
                             of_fip(fip) ? json_deep_copy(of_fip(fip)) : json_array()));
}

static void get_one(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *fip = the_fip(cl, rq, rp);
    size_t at = fip ? the_place(fip, rq, rp) : 0;
    if (fip && at < json_array_size(of_fip(fip)))
        reply_json(
            rp, 200,
            json_pack("{s:O}", "port_forwarding", json_array_get(of_fip(fip), at)));
}

/* By what nobody else can have: a second one like it would show. */
static void made(struct cloud *cl, struct request *rq, const json_t *fip,
                 const json_t *doc)
{
    char *key = text_new("%s %s %d", str_of(fip, "id"), str_of(doc, "protocol"),
                         outside_of(doc).from);
    effect(cl, rq, "forwarding_create", key, str_of(doc, "id"));
    free(key);
}

static void post(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    json_t *fip = the_fip(cl, rq, rp);
    const json_t *body = json_object_get(rq->json, "port_forwarding");
    char id[UUID_TEXT];
    if (!fip)
        return;
    json_t *doc = merged(cl, NULL, body);
    bool ok = keys_fit(cl, body, true, &e) && ranges_fit(doc, &e) &&
              is_free(cl, fip, doc, &e) && port_fits(cl, rq, fip, doc, &e);
    if (!ok) {
        json_decref(doc);
        net_error_reply(rp, &e);
        return;
    }
    uuid_make(id);
    str_into(doc, "id", id);
    if (!of_fip(fip))
        json_object_set_new(fip, "_forwardings", json_array());
    json_array_append_new(of_fip(fip), doc);
    set_router(cl, fip);
    made(cl, rq, fip, doc);
    reply_json(rp, 201, json_pack("{s:O}", "port_forwarding", doc));
}

static void put(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct net_error e;
    json_t *fip = the_fip(cl, rq, rp);
    const json_t *body = json_object_get(rq->json, "port_forwarding");
    size_t at = fip ? the_place(fip, rq, rp) : 0;
    if (!fip || at >= json_array_size(of_fip(fip)))
        return;
    json_t *doc = merged(cl, json_array_get(of_fip(fip), at), body);
    bool ok = keys_fit(cl, body, false, &e) && ranges_fit(doc, &e) &&
              is_free(cl, fip, doc, &e) && port_fits(cl, rq, fip, doc, &e);
    if (!ok) {
        json_decref(doc);
        net_error_reply(rp, &e);
        return;
    }
    json_array_set_new(of_fip(fip), at, doc);
    effect(cl, rq, "forwarding_update", rq->part[3], rq->part[3]);
    reply_json(rp, 200, json_pack("{s:O}", "port_forwarding", doc));
}

static void delete_one(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *fip = the_fip(cl, rq, rp);
    size_t at = fip ? the_place(fip, rq, rp) : 0;
    if (!fip || at >= json_array_size(of_fip(fip)))
        return;
    json_array_remove(of_fip(fip), at);
    set_router(cl, fip);
    effect(cl, rq, "forwarding_delete", rq->part[3], rq->part[3]);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "floatingips/*/port_forwardings", get_all, 0, 0},
    {"GET", "floatingips/*/port_forwardings/*", get_one, 0, 0},
    {"POST", "floatingips/*/port_forwardings", post, 0, 0},
    {"PUT", "floatingips/*/port_forwardings/*", put, 0, 0},
    {"DELETE", "floatingips/*/port_forwardings/*", delete_one, 0, 0},
};
const struct route_set network_forward_routes = {routes,
                                                 sizeof(routes) / sizeof(*routes)};
