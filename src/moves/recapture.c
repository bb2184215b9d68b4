/* SPDX-License-Identifier: Apache-2.0 */
/* The second capture, behind the fence: what the first one saw must still be true. */
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/difference.h"
#include "moves/forwards.h"
#include "moves/kinds.h"
#include "moves/ports.h"
#include "moves/world.h"

static json_t *captured_port_ids(struct move *m)
{
    json_t *ids = json_array();
    size_t i;
    json_t *port;
    json_array_foreach(jget(move_capture(m), "ports"), i, port)
    {
        if (json_is_string(jget(port, "id")))
            json_array_append(ids, jget(port, "id"));
    }
    return ids;
}

void recapture_watch(struct move *m, struct watch *w)
{
    AUTO_JSON json_t *ids = captured_port_ids(m);
    watch_add(w, &kind_server, move_server_id(m));
    watch_add(w, &kind_attachments, move_server_id(m));
    watch_add(w, &kind_ports_of, move_server_id(m));
    watch_ids(w, &kind_floating_ips, ids);
    watch_add(w, &kind_forwardings, session_project_id(session_of(m)));
    forwards_watch_all(m, w, nic_count(m));
}

/* The order of NICs and what Nova itself believes of addresses; floating IPs are compared
 * by Neutron's word. */
static json_t *fixed_addresses(const json_t *server)
{
    json_t *plain = json_object();
    const char *label;
    json_t *entries, *entry;
    size_t i;
    json_object_foreach(jget(server, "addresses"), label, entries)
    {
        json_t *list = json_array();
        json_array_foreach(entries, i, entry)
        {
            if (text_eq(jstr(entry, "OS-EXT-IPS:type", "fixed"), "floating"))
                continue;
            AUTO_FREE char *one =
                xasprintf("%s %s", jstr(entry, "OS-EXT-IPS-MAC:mac_addr", ""),
                          jstr(entry, "addr", ""));
            json_array_append_new(list, json_string(one));
        }
        json_object_set_new(plain, label, list);
    }
    return plain;
}

static const json_t *captured_fip(struct move *m, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach(jget(move_capture(m), "forwarded"), i, one)
    {
        if (text_eq(jstr(one, "id", NULL), id))
            return one;
    }
    return NULL;
}

/* What began to forward meanwhile would be lost with its port; what is not any more would
 * be made again. */
static void compare_forwardings(struct move *m, const struct look *look, struct vec *all)
{
    const char *project = session_project_id(session_of(m));
    const json_t *floating = look_doc(look, &kind_forwardings, project);
    AUTO_JSON json_t *now = forwards_candidates(floating, jget(move_capture(m), "ports"));
    size_t i;
    json_t *one;
    json_array_foreach(now, i, one)
    {
        const json_t *was = captured_fip(m, jstr(one, "id", ""));
        if (!json_equal(jget(was, "says"), jget(one, "says")))
            difference_add(all, "port-forwardings", "not those of the plan (%s)",
                           jstr(one, "floating_ip_address", "?"));
    }
    for (i = 0; i < forward_count(m); i++) {
        const json_t *was = forward_at(m, i);
        const json_t *list =
            look_doc(look, &kind_forwardings_of, jstr(was, "floatingip_id", ""));
        AUTO_FREE char *text = forward_text(was);
        if (!forward_is_same(forward_find(list, was), was,
                             jstr(was, "internal_port_id", "")))
            difference_add(all, "port-forwardings", "%s is not there", text);
    }
}

static void compare_all(struct move *m, const json_t *server, const json_t *ports,
                        const json_t *attachments, const json_t *floating,
                        struct vec *all)
{
    const json_t *capture = move_capture(m);
    server_differences(captured_server(m), server, WHEN_SAME_SERVER, all);
    port_differences(jget(capture, "ports"), ports, all);
    member_differences(jget(capture, "attachments"), attachments, "volumeId", "volumes",
                       all);
    member_differences(jget(capture, "floating_ips"), floating, "floating_ip_address",
                       "floating-ips", all);
    AUTO_JSON json_t *was = fixed_addresses(captured_server(m));
    AUTO_JSON json_t *now = fixed_addresses(server);
    if (!json_equal(was, now))
        difference_add(all, "addresses", "not those of the plan");
}

static enum verdict judge(struct move *m, const struct vec *all)
{
    struct vec differ = {0};
    struct strv parts = {0};
    differences_of(all, &differ);
    for (size_t i = 0; i < differ.len; i++) {
        const struct difference *d = differ.at[i];
        strv_take(&parts, xasprintf("%s changed since the plan: %s", d->name, d->text));
    }
    AUTO_FREE char *text = strv_join(&parts, "; ");
    enum verdict verdict = parts.len > 0 ? FAIL : NEXT;
    if (verdict == FAIL)
        err_set(move_err(m), ERR_CONFLICT, "%s", text);
    vec_clear(&differ, difference_free);
    strv_clear(&parts);
    return verdict;
}

enum verdict recapture_seen(struct move *m, const struct look *look)
{
    const char *id = move_server_id(m);
    const struct sight *sight = look_at(look, &kind_server, id);
    if (sight && sight->state == SIGHT_GONE) {
        err_set(move_err(m), ERR_NOTFOUND, "the source is gone since the plan");
        return HOLD;
    }
    const json_t *server = look_doc(look, &kind_server, id);
    const json_t *ports = look_doc(look, &kind_ports_of, id);
    const json_t *attachments = look_doc(look, &kind_attachments, id);
    AUTO_JSON json_t *ids = captured_port_ids(m);
    json_t *floating;
    if (!server || !ports || !attachments ||
        text_eq(jstr(server, "status", NULL), "UNKNOWN"))
        return WAIT;
    if (*jstr(server, "OS-EXT-STS:task_state", ""))
        return WAIT;
    if (!look_ids(look, &kind_floating_ips, ids, &floating))
        return WAIT;
    struct vec all = {0};
    compare_all(m, server, ports, attachments, floating, &all);
    compare_forwardings(m, look, &all);
    json_decref(floating);
    enum verdict verdict = judge(m, &all);
    vec_clear(&all, compared_free);
    return verdict;
}
