/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody gave to the target since the move.
 *
 * Kept ports are known by their ids. Those that Nova made for a target with new addresses
 * are not: of each network as many as the source had are the move's, the oldest ones.
 */
#include "moves/added.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/world.h"

void added_watch(struct move *m, struct watch *w)
{
    if (!move_target_id(m))
        return;
    watch_add(w, &kind_ports_of, move_target_id(m));
    watch_add(w, &kind_forwardings, session_project_id(session_of(m)));
}

/* In the book of NICs, captured, or under the name that the move gives to its ports. */
static bool is_of_a_nic(struct move *m, const json_t *port)
{
    const char *id = jstr(port, "id", "");

    for (size_t nic = 0; nic < nic_count(m); nic++) {
        AUTO_FREE char *now = nic_port_now(m, nic);
        char mark[MARK_SIZE];

        mark_port_name(move_id(m), nic, mark);
        if (text_eq(now, id) || text_eq(nic_port_id(m, nic), id) ||
            text_eq(jstr(port, "name", NULL), mark))
            return true;
    }
    return false;
}

static bool is_on_the_network_of(const json_t *one, const json_t *other)
{
    return text_eq(jstr(one, "network_id", NULL), jstr(other, "network_id", ""));
}

static bool came_before(const json_t *one, const json_t *other)
{
    int order = strcmp(jstr(one, "created_at", ""), jstr(other, "created_at", ""));

    return order < 0 ||
           (order == 0 && strcmp(jstr(one, "id", ""), jstr(other, "id", "")) < 0);
}

/* Of the target's ports on its network, is it one more than the source had there? */
static bool is_one_more(struct move *m, const json_t *ports, const json_t *port)
{
    size_t i, had = 0, before = 0;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "ports"), i, one) had +=
        is_on_the_network_of(one, port);
    json_array_foreach(ports, i, one) before +=
        is_on_the_network_of(one, port) && came_before(one, port);
    return before >= had;
}

static void add_ports(struct move *m, const json_t *ports, struct strv *found)
{
    size_t i;
    json_t *port;

    json_array_foreach(ports, i, port)
    {
        bool ours =
            keeps_addresses(m) ? is_of_a_nic(m, port) : !is_one_more(m, ports, port);

        if (!ours)
            strv_take(found, xasprintf("port %s", jstr(port, "id", "?")));
    }
}

static bool has_id(const json_t *list, const char *id)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (text_eq(jstr(one, "id", NULL), id))
            return true;
    }
    return false;
}

static void add_floats(struct move *m, const json_t *ports, const json_t *floats,
                       struct strv *found)
{
    const json_t *captured = jget(move_capture(m), "floating_ips");
    size_t i;
    json_t *one;

    json_array_foreach(floats, i, one)
    {
        if (has_id(ports, jstr(one, "port_id", "")) &&
            !has_id(captured, jstr(one, "id", "")))
            strv_take(found,
                      xasprintf("floating IP %s", jstr(one, "floating_ip_address", "?")));
    }
}

bool added_seen(struct move *m, const struct look *look, char **ret_list)
{
    const char *target = move_target_id(m);
    const json_t *ports;
    const struct sight *floats;
    struct strv found = {0};

    *ret_list = NULL;
    if (!target)
        return true;
    ports = look_doc(look, &kind_ports_of, target);
    floats = look_at(look, &kind_forwardings, session_project_id(session_of(m)));
    if (!ports || !floats || floats->state == SIGHT_NONE)
        return false;
    add_ports(m, ports, &found);
    if (floats->state == SIGHT_HERE) /* a cloud may have no routers */
        add_floats(m, ports, floats->doc, &found);
    if (found.len > 0)
        *ret_list = strv_join(&found, ", ");
    strv_clear(&found);
    return true;
}
