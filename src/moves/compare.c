/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that the target is the source. */
#include "moves/compare.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/difference.h"
#include "moves/forwards.h"
#include "moves/image_props.h"
#include "moves/kinds.h"
#include "moves/losses.h"
#include "moves/nics.h"
#include "moves/ports.h"
#include "moves/steps.h"
#include "moves/volumes.h"
#include "moves/world.h"

#define SHOWS_NIC_TAGS 70

/* What is compared with the capture: the target, or, for a plan, the source itself, which
 * tells what a proof will look at. */
struct other {
    struct move *m;
    bool plan;
    const json_t *server, *ports, *attachments, *floats;
    const json_t *nics;
    const struct look *look; /* NULL for a plan */
};

static bool needs_interfaces(struct move *m)
{
    return session_compute(session_of(m)) >= SHOWS_NIC_TAGS &&
           nics_have_tags(jget(move_capture(m), "nics"));
}

static bool needs_floats(struct move *m)
{
    return keeps_addresses(m) &&
           json_array_size(jget(move_capture(m), "floating_ips")) > 0;
}

/* The ports that the NICs have by now. Gives an array. */
static json_t *ports_now(struct move *m)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < nic_count(m); i++) {
        AUTO_FREE char *id = nic_port_now(m, i);
        if (id)
            json_array_append_new(ids, jtext(id));
    }
    return ids;
}

void verify_watch(struct move *m, struct watch *w)
{
    const char *target = move_target_id(m);
    if (!target)
        return;
    watch_add(w, &kind_server, target);
    watch_add(w, &kind_ports_of, target);
    if (needs_interfaces(m))
        watch_add(w, &kind_interfaces, target);
    if (volume_count(m) > 0)
        watch_add(w, &kind_attachments_if_there, target);
    if (needs_floats(m)) {
        AUTO_JSON json_t *ids = ports_now(m);
        watch_ids(w, &kind_floating_ips, ids);
    }
    if (keeps_addresses(m))
        forwards_watch_all(m, w, nic_count(m));
    image_props_watch(m, w);
}

/* What a target must show before it can be compared; NEXT when it does. */
static enum verdict is_ready(struct move *m, const json_t *server)
{
    const char *status = jstr(server, "status", "");
    if (text_eq(status, "ERROR")) {
        err_set(move_err(m), ERR_SERVICE, "the target %s is in error: %s",
                move_target_id(m),
                jstr(jget(server, "fault"), "message", "compute tells no reason"));
        return HOLD;
    }
    if (*jstr(server, "OS-EXT-STS:task_state", "") || text_eq(status, "BUILD") ||
        text_eq(status, "UNKNOWN"))
        return WAIT;
    if (json_object_size(jget(server, "addresses")) == 0 &&
        json_array_size(jget(move_capture(m), "nics")) > 0)
        return WAIT;
    return NEXT;
}

/* A port that was up under the running source has to come up again. Where no agent tells,
 * the source's were down too; and under a target that somebody stopped, they are not
 * waited for. */
static bool ports_are_up(struct move *m, const json_t *server, const json_t *nics)
{
    const json_t *was = jget(move_capture(m), "nics");
    size_t i;
    json_t *nic;
    if (!captured_running(m) || !text_eq(jstr(server, "status", NULL), "ACTIVE") ||
        json_array_size(was) != json_array_size(nics))
        return true;
    json_array_foreach(was, i, nic)
    {
        const json_t *copy = json_array_get(nics, i);
        const char *now = jstr(copy, "status", "unknown");
        if (text_eq(jstr(nic, "status", NULL), "ACTIVE") && !text_eq(now, "ACTIVE"))
            return err_set(move_err(m), ERR_TIMEOUT,
                           "port %s of the target is %s, and the source's was ACTIVE",
                           jstr(copy, "port_id", "?"), now);
    }
    return true;
}

static enum compared_how how_of(bool same)
{
    return same ? COMPARED_EQUAL : COMPARED_DIFFERS;
}

/* Text that says "none" by being empty. */
static const char *or_null(const char *s)
{
    return s && *s ? s : NULL;
}

static void compare_nic(struct move *m, size_t number, const json_t *nic,
                        const json_t *copy, struct vec *all)
{
    const char *net = jstr(nic, "net_id", ""), *other = jstr(copy, "net_id", "");
    const char *tag = jstr(nic, "device_tag", ""), *has = jstr(copy, "device_tag", "");
    size_t had_ips = json_array_size(jget(nic, "fixed_ips"));
    size_t ips = json_array_size(jget(copy, "fixed_ips"));
    AUTO_FREE char *networks = xasprintf("networks.%zu", number);
    AUTO_FREE char *tags = xasprintf("device-tags.%zu", number);
    AUTO_FREE char *addresses = xasprintf("fixed-ips.%zu", number);
    AUTO_FREE char *was = xasprintf("%zu", had_ips);
    AUTO_FREE char *now = xasprintf("%zu", ips);
    compared_add(all, networks, net, other, how_of(text_eq(net, other)),
                 "NIC %zu is on network %s, not %s", number, other, net);
    if (needs_interfaces(m))
        compared_add(all, tags, or_null(tag), or_null(has), how_of(text_eq(tag, has)),
                     "NIC %zu lacks its tag '%s'", number, tag);
    if (!keeps_addresses(m)) /* else the addresses themselves are compared */
        compared_add(all, addresses, was, now, how_of(had_ips == ips),
                     "NIC %zu has another number of addresses", number);
}

static void compare_nics(const struct other *o, struct vec *all)
{
    const json_t *was = jget(move_capture(o->m), "nics");
    size_t n = json_array_size(was), has = json_array_size(o->nics), i;
    json_t *nic;
    if (n != has) {
        difference_add(all, "networks", "%zu NICs became %zu", n, has);
        return;
    }
    json_array_foreach(was, i, nic)
        compare_nic(o->m, i + 1, nic, json_array_get(o->nics, i), all);
}

/* Hosts bind ports in ways of their own; only that it could not be bound counts. */
static void compare_binding(const json_t *port, struct vec *all)
{
    if (text_eq(jstr(port, "binding:vif_type", NULL), "binding_failed"))
        difference_add(all, "port-binding", "port %s could not be bound",
                       jstr(port, "id", ""));
}

/* Has the NIC the port that was meant for it, itself or the one made instead? */
static void compare_port_id(const struct other *o, size_t nic, const char *id,
                            struct vec *all)
{
    const char *was = nic_port_id(o->m, nic);
    AUTO_FREE char *now = nic_port_now(o->m, nic);
    const char *wanted = o->plan ? was : now;
    AUTO_FREE char *name = xasprintf("ports.%zu", nic + 1);
    enum compared_how how = !text_eq(id, wanted) ? COMPARED_DIFFERS
                            : text_eq(id, was)   ? COMPARED_EQUAL
                                                 : COMPARED_MEANT;
    compared_add(all, name, was, id, how, "NIC %zu has port %s, not %s", nic + 1, id,
                 wanted ? wanted : "(none)");
}

/* Every NIC has the port that was meant for it, which is as the captured one was. */
static void compare_kept_ports(const struct other *o, struct vec *all)
{
    size_t i, k;
    json_t *nic, *port;
    json_array_foreach(o->nics, i, nic)
    {
        const char *id = jstr(nic, "port_id", "");
        compare_port_id(o, i, id, all);
        json_array_foreach(o->ports, k, port)
        {
            if (!text_eq(jstr(port, "id", NULL), id))
                continue;
            port_attribute_differences(nic_port(o->m, i), port, i + 1, all);
            compare_binding(port, all);
        }
    }
}

static const json_t *float_of(const json_t *floats, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach(floats, i, one)
    {
        if (text_eq(jstr(one, "id", NULL), id))
            return one;
    }
    return NULL;
}

/* "203.0.113.7 to 10.0.0.5". Gives; NULL: it is nowhere. */
static char *float_text(const json_t *one)
{
    return one ? xasprintf("%s to %s", jstr(one, "floating_ip_address", "?"),
                           jstr(one, "fixed_ip_address", "nothing"))
               : NULL;
}

/* o->floats are those of the target's ports: one that is not there has gone elsewhere. */
static void compare_floats(const struct other *o, struct vec *all)
{
    size_t i;
    json_t *one;
    json_array_foreach(jget(move_capture(o->m), "floating_ips"), i, one)
    {
        AUTO_FREE char *name = xasprintf("floating-ips.%zu", i + 1);
        AUTO_FREE char *was = float_text(one);
        AUTO_FREE char *now = float_text(float_of(o->floats, jstr(one, "id", "")));
        compared_add(all, name, was, now, how_of(text_eq(was, now)), "%s is not there",
                     was);
    }
}

/* To the port that its NIC has by now. A plan looks at what the capture has itself. */
static void compare_forwardings(const struct other *o, struct vec *all)
{
    for (size_t i = 0; i < forward_count(o->m); i++) {
        const json_t *one = forward_at(o->m, i), *now = one;
        AUTO_FREE char *name = xasprintf("port-forwardings.%zu", i + 1);
        AUTO_FREE char *home = o->plan ? xstrdup(jstr(one, "internal_port_id", ""))
                                       : nic_port_now(o->m, forward_nic(o->m, one));
        AUTO_FREE char *was = forward_text(one), *is = NULL;
        if (!o->plan)
            now = forward_find(
                look_doc(o->look, &kind_forwardings_of, jstr(one, "floatingip_id", "")),
                one);
        is = now ? forward_text_of(one, now) : NULL;
        compared_add(all, name, was, is, how_of(forward_is_same(now, one, home)),
                     "%s is %s", was,
                     is ? "of another port or has changed" : "not there");
    }
}

/* What Nova made must have the groups of the source, and Neutron's protection. */
static void compare_new_ports(const struct other *o, struct vec *all)
{
    const json_t *groups = jget(move_capture(o->m), "groups");
    AUTO_FREE char *wanted = set_text_of(groups);
    AUTO_FREE char *source = value_text(groups);
    size_t i;
    json_t *port;
    json_array_foreach(o->ports, i, port)
    {
        const char *id = jstr(port, "id", "");
        bool safe = jbool(port, "port_security_enabled", true);
        AUTO_FREE char *has = set_text_of(jget(port, "security_groups"));
        AUTO_FREE char *target = value_text(jget(port, "security_groups"));
        AUTO_FREE char *name = xasprintf("security-groups.%zu", i + 1);
        AUTO_FREE char *security = xasprintf("port-security.%zu", i + 1);
        compared_add(all, name, source, target, how_of(text_eq(has, wanted)),
                     "port %s has others", id);
        if (jget(port, "port_security_enabled"))
            compared_add(all, security, "true", safe ? "true" : "false", how_of(safe),
                         "port %s has none", id);
        compare_binding(port, all);
    }
}

/* With new addresses: told, so that both are at hand where something names the old. */
static void tell_addresses(const struct other *o, struct vec *all)
{
    size_t i;
    json_t *nic;
    json_array_foreach(jget(move_capture(o->m), "nics"), i, nic)
    {
        const json_t *copy = json_array_get(o->nics, i);
        AUTO_FREE char *was = value_text(jget(nic, "fixed_ips"));
        AUTO_FREE char *now = value_text(jget(copy, "fixed_ips"));
        AUTO_FREE char *name = xasprintf("addresses.%zu", i + 1);
        AUTO_FREE char *source = xasprintf("%s %s", jstr(nic, "mac", ""), was ? was : "");
        AUTO_FREE char *target =
            xasprintf("%s %s", jstr(copy, "mac", ""), now ? now : "");
        compared_add(all, name, source, target, COMPARED_MEANT, NULL);
    }
}

static void compare_state(const struct other *o, struct vec *all)
{
    const char *status = jstr(o->server, "status", ""), *wanted = captured_status(o->m);
    compared_add(all, "power-state", wanted, status, how_of(text_eq(status, wanted)),
                 "it is %s, not %s", status, wanted);
    const char *zone = jstr(o->server, "OS-EXT-AZ:availability_zone", "");
    const char *to = move_target_zone(o->m);
    compared_add(all, "zone", move_source_zone(o->m), zone,
                 text_eq(zone, to) ? COMPARED_MEANT : COMPARED_DIFFERS,
                 "it is in '%s', not in '%s'", zone, to);
    size_t n = json_array_size(jget(move_capture(o->m), "attachments"));
    size_t has = json_array_size(jget(o->server, "os-extended-volumes:volumes_attached"));
    AUTO_FREE char *was = n > 0 ? xasprintf("%zu attached", n) : NULL;
    AUTO_FREE char *now = has > 0 ? xasprintf("%zu attached", has) : NULL;
    compared_add(all, "volumes", was, now, how_of(n == has), "%zu are attached", has);
}

/* It is another server, which runs from the snapshot. */
static void compare_identity(const struct other *o, struct vec *all)
{
    const char *snapshot = move_fact(o->m, FACT_IMAGE);
    const char *image = jstr(jget(o->server, "image"), "id", NULL);
    if (o->plan)
        return;
    compared_add(all, "new-uuid", move_server_id(o->m), move_target_id(o->m),
                 COMPARED_MEANT, NULL);
    if (snapshot && image)
        compared_add(all, "image", jstr(jget(captured_server(o->m), "image"), "id", NULL),
                     image, text_eq(image, snapshot) ? COMPARED_MEANT : COMPARED_DIFFERS,
                     "it runs from image %s, not from the snapshot %s", image, snapshot);
}

/* To which zone is another matter: whether to any. Shown from 2.96 on. */
static void compare_bond(const struct other *o, struct vec *all)
{
    const json_t *was =
        json_object_get(captured_server(o->m), "pinned_availability_zone");
    const json_t *now = json_object_get(o->server, "pinned_availability_zone");
    if (!was || !now)
        return;
    bool bound = !json_is_null(was), is = !json_is_null(now);
    compared_add(all, "pinned-zone", bound ? "bound to its zone" : "bound to no zone",
                 is ? "bound to its zone" : "bound to no zone", how_of(bound == is),
                 "it is bound to %s", is ? json_string_value(now) : "no zone");
}

static void compare_all(const struct other *o, struct vec *all)
{
    compare_identity(o, all);
    server_differences(captured_server(o->m), o->server, WHEN_COPY, all);
    image_props_differences(o->m, o->server, o->look, all);
    compare_state(o, all);
    compare_bond(o, all);
    compare_nics(o, all);
    volume_differences(o->m, o->attachments, all);
    if (!keeps_addresses(o->m)) {
        tell_addresses(o, all);
        compare_new_ports(o, all);
        return;
    }
    compare_kept_ports(o, all);
    if (needs_floats(o->m))
        compare_floats(o, all);
    compare_forwardings(o, all);
}

/* As facts, because a fact is written once and not with each change of the move's row.
 * Takes the list, gives its text. */
static char *list_text(json_t *list)
{
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

void plan_kept(struct move *m)
{
    const json_t *capture = move_capture(m);
    const struct other self = {
        .m = m,
        .plan = true,
        .server = captured_server(m),
        .ports = jget(capture, "ports"),
        .attachments = jget(capture, "attachments"),
        .floats = jget(capture, "floating_ips"),
        .nics = jget(capture, "nics"),
    };
    struct vec all = {0};
    compare_all(&self, &all);
    AUTO_FREE char *kept = list_text(compared_kept(&all, move_announced(m)));
    move_set_fact(m, FACT_KEPT, kept);
    vec_clear(&all, compared_free);
}

/* What a person takes is remembered: the row may be looked at again after a crash. */
bool is_accepted(struct move *m, const char *name)
{
    struct strv names = {0};
    strv_split(&names, move_fact(m, FACT_ACCEPTED) ? move_fact(m, FACT_ACCEPTED) : "",
               ',');
    bool accepted = strv_has(&names, name);
    if (!accepted && strv_has(&world_of(m)->accept, name)) {
        strv_add(&names, name);
        AUTO_FREE char *joined = strv_join(&names, ",");
        move_set_fact(m, FACT_ACCEPTED, joined);
        accepted = true;
    }
    strv_clear(&names);
    return accepted;
}

static enum verdict hold_on(struct move *m, const struct strv *names,
                            const struct strv *parts)
{
    AUTO_FREE char *accept = strv_join(names, ",");
    AUTO_FREE char *text = strv_join(parts, "; ");
    err_set(move_err(m), ERR_CONFLICT,
            "the target differs from the source, which was not announced: %s; 'rezone "
            "resume %s --accept %s' takes that, 'rezone discard %s' goes back",
            text, move_id(m), accept, move_id(m));
    return HOLD;
}

static enum verdict judge(struct move *m, const struct vec *all)
{
    struct strv names = {0}, parts = {0};
    struct vec differ = {0};
    AUTO_FREE char *rows = list_text(compared_json(all, move_announced(m)));
    move_set_fact(m, FACT_COMPARE, rows);
    move_forget_losses(m);
    losses_tell(m);
    differences_of(all, &differ);
    for (size_t i = 0; i < differ.len; i++) {
        const struct difference *d = differ.at[i];
        if (is_named_in(move_announced(m), d->name))
            continue;
        move_lose(m, d->name, "%s", d->text);
        if (is_accepted(m, d->name))
            continue;
        strv_add(&names, d->name);
        strv_take(&parts, xasprintf("%s (%s)", d->name, d->text));
    }
    enum verdict verdict = names.len > 0 ? hold_on(m, &names, &parts) : NEXT;
    vec_clear(&differ, difference_free);
    strv_clear(&names);
    strv_clear(&parts);
    return verdict;
}

static enum verdict compare(struct other *o, const json_t *interfaces)
{
    const char *unknown;
    AUTO_JSON json_t *nics = nics_of(o->server, o->ports, interfaces, &unknown);
    if (unknown) /* a person gave the source's; Nova takes what it is asked for in order
                  */
        nics_put_like(nics, jget(move_capture(o->m), "nics"), keeps_addresses(o->m));
    if (!ports_are_up(o->m, o->server, nics))
        return WAIT;
    o->nics = nics;
    struct vec all = {0};
    compare_all(o, &all);
    enum verdict verdict = judge(o->m, &all);
    vec_clear(&all, compared_free);
    return verdict;
}

/* NULL: the look lacks some. Gives. */
static json_t *floats_of(struct move *m, const struct look *look)
{
    AUTO_JSON json_t *ids = ports_now(m);
    json_t *floats;
    if (!needs_floats(m))
        return json_array();
    return look_ids(look, &kind_floating_ips, ids, &floats) ? floats : NULL;
}

enum verdict verify_seen(struct move *m, const struct look *look)
{
    const char *target = move_target_id(m);
    if (!target) {
        err_set(move_err(m), ERR_NOTFOUND, "the target is not known");
        return HOLD;
    }
    const struct sight *sight = look_at(look, &kind_server, target);
    if (sight && sight->state == SIGHT_GONE) {
        err_set(move_err(m), ERR_NOTFOUND, "the target %s is gone", target);
        return HOLD;
    }
    const json_t *interfaces = look_doc(look, &kind_interfaces, target);
    AUTO_JSON json_t *floats = floats_of(m, look);
    struct other other = {
        .m = m,
        .server = look_doc(look, &kind_server, target),
        .ports = look_doc(look, &kind_ports_of, target),
        .attachments = look_doc(look, &kind_attachments_if_there, target),
        .floats = floats,
        .look = look,
    };
    if (!other.server || !other.ports || !floats ||
        (needs_interfaces(m) && !interfaces) ||
        (volume_count(m) > 0 && !other.attachments) || !image_props_are_seen(m, look))
        return WAIT;
    enum verdict ready = is_ready(m, other.server);
    return ready == NEXT ? compare(&other, interfaces) : ready;
}
