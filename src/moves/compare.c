/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that the target is the source. */
#include "moves/compare.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/difference.h"
#include "moves/image_props.h"
#include "moves/kinds.h"
#include "moves/losses.h"
#include "moves/nics.h"
#include "moves/ports.h"
#include "moves/steps.h"
#include "moves/volumes.h"
#include "moves/world.h"

#define SHOWS_NIC_TAGS 70

static bool needs_interfaces(struct move *m)
{
    return session_compute(session_of(m)) >= SHOWS_NIC_TAGS &&
           nics_have_tags(jget(move_capture(m), "nics"));
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
 * the source's were down too. */
static bool ports_are_up(struct move *m, const json_t *nics)
{
    const json_t *was = jget(move_capture(m), "nics");
    size_t i;
    json_t *nic;
    if (!captured_running(m) || json_array_size(was) != json_array_size(nics))
        return true;
    json_array_foreach(was, i, nic)
    {
        if (text_eq(jstr(nic, "status", NULL), "ACTIVE") &&
            !text_eq(jstr(json_array_get(nics, i), "status", NULL), "ACTIVE"))
            return false;
    }
    return true;
}

static void compare_nics(struct move *m, const json_t *nics, struct vec *all)
{
    const json_t *was = jget(move_capture(m), "nics");
    size_t i;
    json_t *nic;
    if (json_array_size(was) != json_array_size(nics)) {
        difference_add(all, "networks", "%zu NICs became %zu", json_array_size(was),
                       json_array_size(nics));
        return;
    }
    json_array_foreach(was, i, nic)
    {
        const json_t *copy = json_array_get(nics, i);
        const char *net = jstr(nic, "net_id", ""), *tag = jstr(nic, "device_tag", "");
        if (!text_eq(net, jstr(copy, "net_id", "")))
            difference_add(all, "networks", "NIC %zu is on network %s, not %s", i + 1,
                           jstr(copy, "net_id", ""), net);
        if (needs_interfaces(m) && !text_eq(tag, jstr(copy, "device_tag", "")))
            difference_add(all, "device-tags", "NIC %zu lacks its tag '%s'", i + 1, tag);
        if (json_array_size(jget(nic, "fixed_ips")) !=
            json_array_size(jget(copy, "fixed_ips")))
            difference_add(all, "fixed-ips", "NIC %zu has another number of addresses",
                           i + 1);
    }
}

/* Every NIC has the port that was meant for it, which is as the captured one was. */
static void compare_kept_ports(struct move *m, const json_t *nics, const json_t *ports,
                               struct vec *all)
{
    size_t i, k;
    json_t *nic, *port;
    json_array_foreach(nics, i, nic)
    {
        AUTO_FREE char *wanted = nic_port_now(m, i);
        const char *id = jstr(nic, "port_id", "");
        if (!text_eq(id, wanted))
            difference_add(all, "ports", "NIC %zu has port %s, not %s", i + 1, id,
                           wanted ? wanted : "(none)");
        json_array_foreach(ports, k, port)
        {
            if (!text_eq(jstr(port, "id", NULL), id))
                continue;
            port_attribute_differences(nic_port(m, i), port, all);
            if (text_eq(jstr(port, "binding:vif_type", NULL), "binding_failed"))
                difference_add(all, "port-binding", "port %s could not be bound", id);
        }
    }
}

/* What Nova made must have the groups of the source, and Neutron's protection. */
static void compare_ports(struct move *m, const json_t *ports, struct vec *all)
{
    AUTO_FREE char *wanted = set_text_of(jget(move_capture(m), "groups"));
    size_t i;
    json_t *port;
    json_array_foreach(ports, i, port)
    {
        AUTO_FREE char *groups = set_text_of(jget(port, "security_groups"));
        const char *id = jstr(port, "id", "");
        if (!text_eq(groups, wanted))
            difference_add(all, "security-groups", "port %s has others", id);
        if (!jbool(port, "port_security_enabled", true))
            difference_add(all, "port-security", "port %s has none", id);
        if (text_eq(jstr(port, "binding:vif_type", NULL), "binding_failed"))
            difference_add(all, "port-binding", "port %s could not be bound", id);
    }
}

static void compare_state(struct move *m, const json_t *server, struct vec *all)
{
    const char *status = jstr(server, "status", ""), *wanted = captured_status(m);
    if (!text_eq(status, wanted))
        difference_add(all, "power-state", "it is %s, not %s", status, wanted);
    const char *zone = jstr(server, "OS-EXT-AZ:availability_zone", "");
    if (!text_eq(zone, move_target_zone(m)))
        difference_add(all, "zone", "it is in '%s', not in '%s'", zone,
                       move_target_zone(m));
    const json_t *volumes = jget(server, "os-extended-volumes:volumes_attached");
    if (json_array_size(volumes) != json_array_size(jget(move_capture(m), "attachments")))
        difference_add(all, "volumes", "%zu are attached", json_array_size(volumes));
}

/* To which zone is another matter: whether to any. Shown from 2.96 on. */
static void compare_bond(struct move *m, const json_t *server, struct vec *all)
{
    const json_t *was = json_object_get(captured_server(m), "pinned_availability_zone");
    const json_t *now = json_object_get(server, "pinned_availability_zone");
    if (was && now && json_is_null(was) != json_is_null(now))
        difference_add(all, "pinned-zone", "it is bound to %s",
                       json_is_null(now) ? "no zone" : json_string_value(now));
}

static bool is_announced(struct move *m, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)move_announced(m), i, one)
    {
        if (text_eq(jstr(one, "name", NULL), name))
            return true;
    }
    return false;
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

static enum verdict judge(struct move *m, const struct vec *all)
{
    struct strv names = {0}, parts = {0};
    move_forget_losses(m);
    losses_tell(m);
    for (size_t i = 0; i < all->len; i++) {
        const struct difference *d = all->at[i];
        if (is_announced(m, d->name))
            continue;
        move_lose(m, d->name, "%s", d->text);
        if (is_accepted(m, d->name))
            continue;
        strv_add(&names, d->name);
        strv_take(&parts, xasprintf("%s (%s)", d->name, d->text));
    }
    enum verdict verdict = NEXT;
    if (names.len > 0) {
        AUTO_FREE char *accept = strv_join(&names, ",");
        AUTO_FREE char *text = strv_join(&parts, "; ");
        err_set(
            move_err(m), ERR_CONFLICT,
            "the target differs from the source, which was not announced: %s; 'rezone "
            "resume %s --accept %s' takes that, 'rezone discard %s' goes back",
            text, move_id(m), accept, move_id(m));
        verdict = HOLD;
    }
    strv_clear(&names);
    strv_clear(&parts);
    return verdict;
}

static enum verdict compare(struct move *m, const struct look *look, const json_t *server,
                            const json_t *ports, const json_t *interfaces,
                            const json_t *attachments)
{
    const char *unknown;
    AUTO_JSON json_t *nics = nics_of(server, ports, interfaces, &unknown);
    if (unknown) /* a person gave the source's; Nova takes what it is asked for in order
                  */
        nics_put_like(nics, jget(move_capture(m), "nics"), keeps_addresses(m));
    if (!ports_are_up(m, nics))
        return WAIT;
    struct vec all = {0};
    server_differences(captured_server(m), server, WHEN_COPY, &all);
    compare_state(m, server, &all);
    compare_bond(m, server, &all);
    image_props_differences(m, server, look, &all);
    compare_nics(m, nics, &all);
    volume_differences(m, attachments, &all);
    if (keeps_addresses(m))
        compare_kept_ports(m, nics, ports, &all);
    else
        compare_ports(m, ports, &all);
    enum verdict verdict = judge(m, &all);
    vec_clear(&all, difference_free);
    return verdict;
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
    const json_t *server = look_doc(look, &kind_server, target);
    const json_t *ports = look_doc(look, &kind_ports_of, target);
    const json_t *interfaces = look_doc(look, &kind_interfaces, target);
    const json_t *attachments = look_doc(look, &kind_attachments_if_there, target);
    if (!server || !ports || !image_props_are_seen(m, look) ||
        (needs_interfaces(m) && !interfaces) || (volume_count(m) > 0 && !attachments))
        return WAIT;
    enum verdict ready = is_ready(m, server);
    return ready == NEXT ? compare(m, look, server, ports, interfaces, attachments)
                         : ready;
}
