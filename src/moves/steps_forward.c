/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of port forwardings: what went with a port that Nova deleted is made again on
 * the one made instead; and what rows of ports need of them on the way back and at
 * commit.
 *
 * They come before the floating IPs: Neutron makes no forwarding to a port that has a
 * floating IP of its own (409), but puts a floating IP onto a port with forwardings. They
 * stay on a port whatever server it is on, so that a discard has only those to make again
 * that somebody took away.
 */
#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/neutron.h"
#include "moves/forwards.h"
#include "moves/kinds.h"
#include "moves/ledger.h"
#include "moves/ports.h"
#include "moves/steps.h"

static const struct sight *sight_of(const struct look *look, const json_t *captured)
{
    return look_at(look, &kind_forwardings_of, jstr(captured, "floatingip_id", ""));
}

/* The port that this forwarding goes to by now. Gives. */
static char *forward_home(struct move *m, const json_t *captured)
{
    return nic_port_now(m, forward_nic(m, captured));
}

void forwards_watch(struct move *m, struct watch *w)
{
    const json_t *one = forward_at(m, (size_t)move_item(m));

    if (keeps_addresses(m) && one)
        watch_add(w, &kind_forwardings_of, jstr(one, "floatingip_id", ""));
}

enum verdict forwards_seen(struct move *m, const struct look *look)
{
    const json_t *one = forward_at(m, (size_t)move_item(m)), *now;
    const struct sight *sight;
    AUTO_FREE char *home = NULL, *text = NULL, *is = NULL;

    move_set_quiet(m, true);
    if (!keeps_addresses(m) || !one)
        return NEXT;
    sight = sight_of(look, one);
    if (!sight || sight->state == SIGHT_NONE)
        return RETRY;
    text = forward_text(one);
    if (sight->state != SIGHT_HERE) {
        err_set(move_err(m), ERR_CONFLICT,
                "the port forwardings of the floating IP %s are not shown any more (%d), "
                "among them %s",
                jstr(one, "floating_ip_address", "?"), sight->status, text);
        return FAIL;
    }
    home = forward_home(m, one);
    now = forward_find(sight->doc, one);
    if (!now)
        return ABSENT;
    if (forward_is_same(now, one, home))
        return AGAIN;
    is = forward_text_of(one, now);
    err_set(
        move_err(m), ERR_CONFLICT,
        "somebody made another port forwarding in place of %s meanwhile: %s (port %s)",
        text, is, jstr(now, "internal_port_id", "?"));
    return FAIL;
}

static void fill(struct move *m, struct request *r, const json_t *captured,
                 const char *port_id)
{
    AUTO_JSON json_t *body = forward_made_again(captured, port_id);

    neutron_forwarding_create(session_of(m), r, jstr(captured, "floatingip_id", ""),
                              body);
}

bool forwards_ask(struct move *m, struct request *r, struct err *err)
{
    const json_t *one = forward_at(m, (size_t)move_item(m));
    AUTO_FREE char *home = forward_home(m, one);

    if (!home)
        return err_set(err, ERR_INTERNAL, "no port for the port forwarding");
    fill(m, r, one, home);
    return true;
}

/* A second one is 400 ("already exists", "collision"), one in the way of which is a
 * floating IP 409: a look tells whose it is. */
enum verdict forwards_heard(struct move *m, const struct reply *reply)
{
    AUTO_FREE char *text = NULL;

    if (reply_is_accepted(reply))
        return AGAIN;
    text = forward_text(forward_at(m, (size_t)move_item(m)));
    err_wrap(move_err(m), "the port forwarding %s cannot be made again", text);
    return reply->status == 400 || reply->status == 404 || reply->status == 409 ? RETRY
                                                                                : FAIL;
}

/* ---- on the way back ---- */

void forward_note_refused(struct move *m, const char *number)
{
    const char *before = move_fact(m, FACT_FORWARDS);
    AUTO_FREE char *all =
        xasprintf("%s%s%s", before ? before : "", before ? "," : "", number);

    move_set_fact(m, FACT_FORWARDS, all);
}

static bool was_refused(struct move *m, size_t i)
{
    const char *all = move_fact(m, FACT_FORWARDS);
    AUTO_FREE char *number = xasprintf("%zu", i);
    struct strv numbers = {0};
    bool was;

    strv_split(&numbers, all ? all : "", ',');
    was = strv_has(&numbers, number);
    strv_clear(&numbers);
    return was;
}

bool forward_to_give(struct move *m, const struct look *look, size_t nic,
                     const char *port_id, bool has_float, size_t *ret)
{
    for (size_t i = 0; i < forward_count(m); i++) {
        const json_t *one = forward_at(m, i), *now;
        const struct sight *sight = sight_of(look, one);
        AUTO_FREE char *text = forward_text(one), *is = NULL;

        if (forward_nic(m, one) != nic)
            continue;
        now = sight && sight->state == SIGHT_HERE ? forward_find(sight->doc, one) : NULL;
        if (forward_is_same(now, one, port_id))
            continue;
        if (now) {
            is = forward_text_of(one, now);
            move_leave(m, text, "somebody made another port forwarding in its place: %s",
                       is);
        } else if (!sight || sight->state != SIGHT_HERE) {
            move_leave(m, text, "the port forwardings of the floating IP are not shown");
        } else if (has_float) {
            move_leave(m, text,
                       "the port forwarding is gone, and cannot be made again while port "
                       "%s has a floating IP of its own",
                       port_id);
        } else if (was_refused(m, i)) {
            move_leave(m, text,
                       "network refused to make the port forwarding again; the journal "
                       "has its words (rezone show %s)",
                       move_id(m));
        } else {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool forward_give_ask(struct move *m, struct request *r, size_t i, const char *port_id,
                      struct err *err)
{
    const json_t *one = forward_at(m, i);

    if (!one)
        return err_set(err, ERR_INTERNAL, "no port forwarding to give back");
    fill(m, r, one, port_id);
    return true;
}

void forwards_note_on(struct move *m, const struct look *look, size_t nic,
                      const char *port_id)
{
    for (size_t i = 0; i < forward_count(m); i++) {
        const json_t *one = forward_at(m, i);
        const struct sight *sight = sight_of(look, one);
        const json_t *list = sight && sight->state == SIGHT_HERE ? sight->doc : NULL;

        if (forward_nic(m, one) == nic &&
            forward_is_same(forward_find(list, one), one, port_id))
            ledger_on(m, jstr(one, "floatingip_id", ""));
    }
}

/* ---- at commit ---- */

/* They hang on the target's ports, which are there: that the source went has not changed
 * them, and a person who has need not put them back for a commit. */
void forwards_tell_changes(struct move *m, const struct look *look)
{
    for (size_t i = 0; i < forward_count(m); i++) {
        const json_t *one = forward_at(m, i);
        const struct sight *sight = sight_of(look, one);
        const json_t *list = sight && sight->state == SIGHT_HERE ? sight->doc : NULL;
        AUTO_FREE char *home = forward_home(m, one);
        AUTO_FREE char *text = forward_text(one);

        if (!forward_is_same(forward_find(list, one), one, home))
            move_leave(m, text,
                       "this port forwarding was taken away or changed by somebody after "
                       "the move");
    }
}
