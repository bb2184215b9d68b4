/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row that asks the target itself: item 0 finds its address, then one item for each
 * probe. Not reached within the deadline, the move is held: the target is up, so that
 * only a person's discard goes back.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/compare.h"
#include "moves/kinds.h"
#include "moves/ports.h"
#include "moves/probe.h"
#include "moves/refusal.h"
#include "moves/steps.h"

#define PROBE "probe" /* in announced[], lost[] and for --accept */

static const char *key_of(struct move *m, char out[64])
{
    snprintf(out, 64, "%s/%d", move_id(m), move_item(m));
    return out;
}

static void put_request(struct move *m, const char *key)
{
    struct probe probe;
    struct request r = {0};
    const char *text = probe_text(m, (size_t)move_item(m) - 1);
    double left = probe_deadline_s(m) - move_spent(m);
    const struct probed of = {
        .address = move_fact(m, FACT_ADDRESS) ? move_fact(m, FACT_ADDRESS) : "",
        .server_id = move_server_id(m),
        .target_id = move_target_id(m),
        .limit_s = left > 1 ? left : 1,
    };
    if (!text || !probe_parse(text, &probe, NULL))
        return;
    probe_request(&probe, &of, &r);
    probe_put(world_of(m), key, &r);
}

void probe_watch(struct move *m, struct watch *w)
{
    char key[64];
    if (!probes_apply(m) || is_accepted(m, PROBE) || !move_target_id(m))
        return;
    if (move_item(m) == 0) {
        watch_add(w, &kind_server, move_target_id(m));
        return;
    }
    put_request(m, key_of(m, key));
    watch_add(w, &kind_probe, key);
}

/* The first address of that type, of the older kind before the newer one. Lends. */
static const char *address_of(const json_t *server, const char *type)
{
    const char *found = NULL, *label;
    json_t *entries, *entry;
    size_t i;
    json_object_foreach(jget(server, "addresses"), label, entries)
    {
        json_array_foreach(entries, i, entry)
        {
            const char *addr = jstr(entry, "addr", "");
            if (!text_eq(jstr(entry, "OS-EXT-IPS:type", "fixed"), type) || !*addr)
                continue;
            if (!found || (strchr(found, ':') && !strchr(addr, ':')))
                found = addr;
        }
    }
    return found;
}

/* A floating IP before a fixed one: that is where the world comes from. Those that
 * followed are known, whether Nova has heard of it by now or not. Lends; NULL: none. */
static const char *best_address(struct move *m, const json_t *server)
{
    const json_t *first = json_array_get(jget(move_capture(m), "floating_ips"), 0);
    const char *kept = jstr(first, "floating_ip_address", NULL);
    if (kept && keeps_addresses(m))
        return kept;
    const char *floating = address_of(server, "floating");
    return floating ? floating : address_of(server, "fixed");
}

static enum verdict find_address(struct move *m, const struct look *look)
{
    const struct sight *sight = look_at(look, &kind_server, move_target_id(m));
    if (sight && sight->state == SIGHT_GONE) {
        err_set(move_err(m), ERR_NOTFOUND, "the target %s is gone", move_target_id(m));
        return HOLD;
    }
    const json_t *server = look_doc(look, &kind_server, move_target_id(m));
    if (!server)
        return RETRY;
    move_set_fact(m, FACT_ADDRESS, best_address(m, server));
    return AGAIN;
}

static enum verdict hold(struct move *m, const char *text, const char *why)
{
    const char *address = move_fact(m, FACT_ADDRESS);
    AUTO_FREE char *what = text_printable(text, 80);
    move_lose(m, PROBE, "%s of %s is not reached: %s", what, address ? address : "?",
              why);
    err_set(move_err(m), ERR_CONFLICT,
            "%s of %s is not reached within %.0f s: %s; the target runs and is as the "
            "source was; 'rezone resume %s' tries again, 'rezone resume %s --accept "
            "probe' does without, 'rezone discard %s' goes back",
            what, address ? address : "?", probe_deadline_s(m), why, move_id(m),
            move_id(m), move_id(m));
    return HOLD;
}

static enum verdict judge(struct move *m, const json_t *told)
{
    const char *text = probe_text(m, (size_t)move_item(m) - 1);
    const char *why = jstr(told, "why", "no answer");
    bool over = move_spent(m) >= probe_deadline_s(m);
    if (jbool(told, "reached", false)) {
        char key[64];
        probe_drop(world_of(m), key_of(m, key));
        move_forget_loss(m, PROBE);
        return (size_t)move_item(m) < probe_count(m) ? AGAIN : NEXT;
    }
    bool command = text_starts(text, "cmd:");
    if (over || jbool(told, "cannot_run", false) ||
        (command && jbool(told, "late", false)))
        return hold(m, text ? text : "?", why);
    err_set(move_err(m), ERR_TIMEOUT, "%s", why);
    return WAIT;
}

enum verdict probe_seen(struct move *m, const struct look *look)
{
    char key[64];
    if (!probes_apply(m) || is_accepted(m, PROBE))
        return NEXT;
    if (!move_target_id(m)) {
        err_set(move_err(m), ERR_NOTFOUND, "the target is not known");
        return HOLD;
    }
    if (move_item(m) == 0)
        return find_address(m, look);
    const json_t *told = look_doc(look, &kind_probe, key_of(m, key));
    return told ? judge(m, told) : RETRY;
}

void announce_probes(struct move *m)
{
    if (probe_count(m) > 0 && !probes_apply(m))
        move_announce(m, PROBE, "it does not run: the target is not asked for an answer");
}

void refuse_probes(struct refusal *r)
{
    struct move *m = r->move;
    bool deaf = json_array_size(jget(r->capture, "nics")) == 0;
    for (size_t i = 0; i < probe_count(m) && deaf && probes_apply(m); i++) {
        if (text_starts(probe_text(m, i), "cmd:"))
            continue;
        refusal_add(
            r, ERR_REFUSED,
            "it has no NIC, so that --probe %s cannot reach it: leave that out, or "
            "use cmd:",
            probe_text(m, i));
    }
}
