/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a source whose guest rests: paused or suspended.
 *
 * Nova stops only what is ACTIVE, takes ports and volumes off neither a suspended server
 * nor a rescued one, and no snapshot holds memory: so the guest is woken and stopped in
 * order, which writes out what it has not written yet. The target, and on the way back
 * the source, is put to rest again.
 */
#include <string.h>

#include "base/text.h"
#include "cloud/error.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/steps.h"

enum verdict wake_seen(struct move *m, const struct look *look)
{
    const char *rest = captured_rest(m);
    json_t *doc;
    enum verdict there;

    if (!rest)
        return NEXT;
    there = source_there(m, look, &doc);
    if (there != NEXT)
        return there;
    if (server_is_busy(doc))
        return WAIT;
    move_set_quiet(m, true);
    if (server_is(doc, rest))
        return ABSENT;
    if (server_is(doc, "ACTIVE") || server_is(doc, "SHUTOFF"))
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT,
            "the source was %s and is %s: somebody works on it", rest,
            jstr(doc, "status", "?"));
    return FAIL;
}

bool wake_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    if (text_eq(captured_rest(m), "PAUSED"))
        nova_unpause(session_of(m), r, move_server_id(m));
    else
        nova_resume(session_of(m), r, move_server_id(m));
    return true;
}

/* 409: a task of somebody, or it is awake already: the look tells. */
enum verdict wake_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_accepted(reply))
        return WAIT;
    return reply->status == 409 ? RETRY : FAIL;
}

void rest_request(const struct session *s, struct request *r, const char *id,
                  const char *status)
{
    if (text_eq(status, "PAUSED"))
        nova_pause(s, r, id);
    else if (text_eq(status, "SUSPENDED"))
        nova_suspend(s, r, id);
    else
        nova_stop(s, r, id);
}

/* ---- the way back ---- */

static enum verdict rest_seen(struct move *m, const struct look *look)
{
    const char *rest = captured_rest(m);
    json_t *doc;
    enum verdict there;

    if (!rest)
        return NEXT;
    there = source_back_there(m, look, &doc);
    if (there != NEXT || !doc)
        return there;
    if (server_is_busy(doc))
        return WAIT;
    move_set_quiet(m, true);
    if (server_is(doc, rest)) {
        move_set_serving(m, SERVING_NONE);
        return NEXT;
    }
    if (server_is(doc, "ACTIVE"))
        return ABSENT;
    err_set(move_err(m), ERR_CONFLICT, "the source is %s and cannot be made %s again",
            jstr(doc, "status", "?"), rest);
    return HOLD;
}

static bool rest_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    rest_request(session_of(m), r, move_server_id(m), captured_rest(m));
    return true;
}

const struct step undo_wake = {
    .id = "rest",
    .label = "pausing or suspending the source as it was",
    .watch = watch_source,
    .seen = rest_seen,
    .ask = rest_ask,
    .class = CLASS_GOAL,
    .flags = STEP_TOGGLE,
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 600,
    .at_limit = HOLD,
};
