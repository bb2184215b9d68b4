/* SPDX-License-Identifier: Apache-2.0 */
/* One change that belongs to no walk: its intent on disk, one request, its answer sorted.
 */
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/engine_int.h"

struct sent {
    struct engine *engine;
    int generation;
    bool done;
    enum change_end end;
    struct err err;
};

/* As law 5 has it for walks, but for this: nobody asks a second time here, so that what
 * might be no answer (401, 408, 412) may be called none. */
static bool is_definite_no(int status)
{
    return status >= 400 && status < 500 && status != 401 && status != 408 &&
           status != 412;
}

static void answered(void *ctx, const struct request *req, struct reply *reply)
{
    struct sent *s = ctx;
    struct engine *e = s->engine;
    int service = req->service;

    crash_point("before answer");
    s->done = true;
    s->end = CHANGE_UNANSWERED;
    if (reply->fate == REPLY_HTTP && reply->status >= 200 && reply->status < 300) {
        park_answered(e, service);
        s->end = CHANGE_TAKEN;
        return;
    }
    e->o.services->explain(e->o.world, service, reply, &s->err);
    if (reply->fate == REPLY_NOT_SENT) {
        park_failed(e, service, reply);
        s->end = CHANGE_NOT_SENT;
    } else if (reply->fate == REPLY_HTTP && is_definite_no(reply->status)) {
        park_answered(e, service);
        if (reply->status == 429)
            park_pause(e, service, reply->retry_after_s > 0 ? reply->retry_after_s : 1);
        s->end = CHANGE_REFUSED;
    } else if (reply->fate == REPLY_HTTP && reply->status == 401) {
        (void)e->o.services->token_refused(e->o.world, s->generation, NULL);
    } else {
        park_failed(e, service, reply);
    }
}

/* Before the intent: the service, a free slot, and nobody who wants us to end. */
static bool may_send(struct engine *e, int service, struct err *err)
{
    double wait = 0;

    while (!park_ready(e, service) || !http_has_room(e->o.http, service, &wait)) {
        park_check_lost(e);
        if (e->lost) {
            *err = e->err;
            return false;
        }
        if (loop_interrupts(e->o.loop) > 0)
            break;
        if (!engine_wait(e, err))
            return false;
    }
    if (loop_interrupts(e->o.loop) > 0)
        return err_set(err, ERR_INTERRUPT, "interrupted");
    return true;
}

static bool note(struct engine *e, const char *move_id, const char *what, struct err *err)
{
    struct store *s = e->o.store;

    if (store_begin(s, err) && store_put_journal(s, move_id, clock_wall(), what, err)) {
        crash_point("before commit");
        if (store_commit(s, err)) {
            crash_point("after commit");
            return true;
        }
    }
    store_rollback(s);
    return false;
}

static const char *words(enum change_end end)
{
    switch (end) {
    case CHANGE_TAKEN:
        return "accepted";
    case CHANGE_REFUSED:
        return "refused";
    case CHANGE_NOT_SENT:
        return "not sent";
    case CHANGE_UNANSWERED:
        break;
    }
    return "no usable answer";
}

enum change_end engine_change(struct engine *e, const struct change *change,
                              struct err *err)
{
    struct sent sent = {.engine = e, .end = CHANGE_UNANSWERED};
    struct request req = {0};

    if (!may_send(e, change->service, err))
        return CHANGE_NOT_SENT;
    crash_point("before intent");
    if (!note(e, change->move_id, change->what, err))
        return CHANGE_NOT_SENT;
    change->build(e->o.world, change->ctx, &req);
    sent.generation = e->o.services->generation(e->o.world);
    log_debug("%s: sending", change->what);
    crash_point("before send");
    http_send(e->o.http, &req, answered, &sent);
    http_push(e->o.http);
    crash_point("after send");
    /* What was sent is waited for; only a second ^C leaves it, and then nothing is
     * drained any more: the process ends. */
    while (!sent.done && loop_interrupts(e->o.loop) < 2)
        if (!engine_wait(e, err))
            return CHANGE_UNANSWERED;
    if (!sent.done) {
        err_set(err, ERR_INTERRUPT, "interrupted");
        return CHANGE_UNANSWERED;
    }
    /* The answer is no proof and the look is: a line that cannot be saved costs nothing.
     */
    AUTO_FREE char *line = xasprintf("%s: %s%s%s", change->what, words(sent.end),
                                     *sent.err.text ? ": " : "", sent.err.text);
    (void)note(e, change->move_id, line, NULL);
    if (sent.end != CHANGE_TAKEN)
        *err = sent.err;
    return sent.end;
}
