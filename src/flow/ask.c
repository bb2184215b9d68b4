/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks: the intent is chosen and saved, then the one request leaves, then its answer is
 * sorted: accepted, definitely refused, or no answer at all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

#define REFUSALS_MAX  3
#define BACKOFF_MAX_S 30.0

static bool services_ready(struct engine *e, const struct move *m)
{
    bool ready = true;

    for (size_t i = 0; i < m->watch.n; i++) {
        int service = m->watch.at[i].kind->service;

        if (!park_ready(e, service) || park_is_down(e, service))
            ready = false;
    }
    return ready;
}

static int attempts(const struct move *m, const struct step *step)
{
    int n = 0;

    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(m->walk)) == 0 &&
            strcmp(ask->step, step->id) == 0 && ask->item == m->item && ask->attempt >= n)
            n = ask->attempt + 1;
    }
    return n;
}

static void set_phase(struct move *m, const char *phase)
{
    xreplace(&m->open->phase, phase);
    move_dirty_ask(m, m->open);
}

void ask_choose(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    struct request req = {0};
    struct err err = {0};
    struct ask_row *ask;
    double wait = 0;

    if (e->stopping || e->lost || e->state_dead || e->store_failing_since > 0)
        return;
    /* What allowed this ask may have grown old while it waited for room or for a service;
     * that a service is back, only a look can tell. */
    if (clock_mono() - m->last_ok > (step->every_s > 1 ? step->every_s : 1)) {
        m->doing = DO_LOOK;
        m->looks = 1;
        return;
    }
    if (!services_ready(e, m))
        return;
    if (!step->ask(m, &req, &err)) {
        request_clear(&req);
        err_clear(&m->err);
        m->err = err;
        cursor_apply(e, m, HOLD);
        return;
    }
    if (!http_has_room(e->o.http, req.service, &wait)) {
        request_clear(&req);
        m->due = clock_mono() + (wait > 0 ? wait : 0.05);
        return;
    }
    ask = ask_row_new();
    ask->move_id = xstrdup(m->row->id);
    ask->walk = xstrdup(walk_name(m->walk));
    ask->step = xstrdup(step->id);
    ask->item = m->item;
    ask->attempt = attempts(m, step);
    ask->phase = xstrdup("asked");
    ask->intent_at = clock_wall();
    vec_add(&m->asks, ask);
    m->open = ask;
    m->lost = false;
    m->absent_since = 0;
    m->pending = req;
    m->doing = DO_ASKING;
    move_dirty_ask(m, ask);
    save_event(e, m, EVENT_MOVE_ASKED, step->label, NULL);
    crash_point("before intent");
}

static bool is_definite_no(int status)
{
    return status == 400 || status == 403 || status == 404 || status == 405 ||
           status == 406 || status == 409 || status == 413 || status == 415 ||
           status == 429;
}

/* Back to looking: nobody knows whether the request was acted on. */
static void unanswered(struct engine *e, struct move *m, const struct reply *reply)
{
    double pause = 1;
    struct err err = {0};

    for (int i = 1; i < m->open->attempt + 1 && pause < BACKOFF_MAX_S; i++)
        pause *= 2;
    e->o.services->explain(e->o.world, m->pending.service, reply, &err);
    m->lost = true;
    m->lost_at = clock_mono();
    m->doing = DO_PAUSE;
    m->due = clock_mono() + (reply->fate == REPLY_HTTP ? pause : 0.1);
    m->looks = 1;
    err_clear(&m->ask_err);
    m->ask_err = err;
    move_note(m, "%s: no usable answer (%s); looking what became of it",
              cursor_judged_step(m)->id, err.text);
    save_event(e, m, EVENT_MOVE_RETRY, err.text, err.request_id);
}

/* It certainly was not done, and asking again later is right. */
static void not_taken(struct engine *e, struct move *m, double pause)
{
    set_phase(m, "refused");
    m->open = NULL;
    m->doing = DO_PAUSE;
    m->due = clock_mono() + pause;
    m->looks = 1;
    move_note(m, "%s: not taken; trying again in %.1f s", cursor_judged_step(m)->id,
              pause);
    save_event(e, m, EVENT_MOVE_RETRY, cursor_judged_step(m)->label, NULL);
}

static int refusals(const struct move *m, const struct step *step)
{
    int n = 0;

    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];

        n += strcmp(ask->walk, walk_name(m->walk)) == 0 &&
             strcmp(ask->step, step->id) == 0 && ask->item == m->item &&
             strcmp(ask->phase, "refused") == 0 && ask->status != 0 &&
             ask->status != 429 && ask->status != 413;
    }
    return n;
}

/* The newest ask of this row and item that nobody answered, or NULL. */
static struct ask_row *unanswered_ask(const struct move *m, const struct step *step)
{
    struct ask_row *found = NULL;

    for (size_t i = 0; i < m->asks.len; i++) {
        struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(m->walk)) == 0 &&
            strcmp(ask->step, step->id) == 0 && ask->item == m->item &&
            strcmp(ask->phase, "asked") == 0)
            found = ask;
    }
    return found;
}

void ask_withdraw(struct engine *e, struct move *m)
{
    struct ask_row *ask = m->open;

    for (size_t i = e->events.len; i-- > 0;) {
        struct queued_event *event = e->events.at[i];

        if (event->move == m && event->type == EVENT_MOVE_ASKED)
            save_free_event(vec_take(&e->events, i));
    }
    request_clear(&m->pending);
    vec_remove(&m->asks, ask);
    vec_remove(&m->dirty_asks, ask);
    ask_row_free(ask);
    m->open = unanswered_ask(m, cursor_judged_step(m));
    m->lost = m->open != NULL;
    m->doing = DO_LOOK;
    m->looks = 1;
}

static void refused(struct engine *e, struct move *m, const struct reply *reply)
{
    const struct step *step = cursor_judged_step(m);
    enum verdict v = FAIL;
    bool again = m->open->attempt > 0 && reply->status == 409;

    err_clear(&m->err);
    e->o.services->explain(e->o.world, m->pending.service, reply, &m->err);
    move_note(m, "%s: refused: %s", step->id, m->err.text);
    if (reply->status == 429 || (reply->status == 413 && reply->retry_after_s > 0)) {
        double pause = reply->retry_after_s > 0 ? reply->retry_after_s : 1;

        park_throttled(e, m->pending.service, &m->err);
        park_pause(e, m->pending.service, pause);
        not_taken(e, m, pause);
        return;
    }
    park_takes_changes(e, m->pending.service);
    if (again) { /* an earlier one of ours may be what stands in the way: a look tells */
        set_phase(m, "refused");
        m->open = unanswered_ask(m, step); /* and it must settle anew */
        m->lost = m->open != NULL;
        m->doing = DO_PAUSE;
        m->due = clock_mono() + 0.5;
        m->looks = 1;
        if (refusals(m, step) >= REFUSALS_MAX)
            cursor_apply(e, m, FAIL);
        return;
    }
    if (step->heard)
        v = step->heard(m, reply);
    else if (reply->status == 404 && step->class == CLASS_GOAL)
        v = ABSENT;
    else if (reply->status == 409)
        v = RETRY;
    set_phase(m, "refused");
    m->open = NULL;
    if ((v == ABSENT || v == RETRY || v == WAIT) && refusals(m, step) < REFUSALS_MAX) {
        m->doing = DO_PAUSE;
        m->due = clock_mono() + (v == RETRY ? 1.0 : 0.0);
        m->looks = 1;
        return;
    }
    cursor_apply(e, m, v == ABSENT || v == RETRY || v == WAIT ? FAIL : v);
}

static void accepted(struct engine *e, struct move *m, const struct reply *reply)
{
    const struct step *step = cursor_judged_step(m);
    enum verdict v = WAIT;

    m->open->heard_at = clock_wall();
    set_phase(m, "heard");
    m->lost = false;
    m->came_at = clock_mono();
    m->interval = 0;
    m->ahead_done = false;
    if (step->heard)
        v = step->heard(m, reply);
    if (v == ABSENT)
        v = WAIT;
    if (v != WAIT) {
        cursor_apply(e, m, v);
        return;
    }
    m->doing = DO_PAUSE;
    m->due = clock_mono() + cadence_first(e, step);
    m->looks = 1;
}

static void answered(void *ctx, const struct request *req, struct reply *reply)
{
    struct move *m = ctx;
    struct engine *e = m->engine;

    crash_point("before answer");
    e->asking--;
    m->pending.service = req->service;
    m->open->status = reply->status;
    if (reply->request_id[0])
        xreplace(&m->open->request_id, reply->request_id);
    move_dirty_ask(m, m->open);
    watch_floor(e, m, http_seq(e->o.http));
    m->answered_seq = http_seq(e->o.http);
    if (reply->fate == REPLY_NOT_SENT) {
        park_failed(e, req->service, reply);
        not_taken(e, m, 1);
        return;
    }
    if (reply->fate == REPLY_HTTP && reply->status == 401) {
        struct err err = {0};

        if (!e->o.services->token_refused(e->o.world, m->token_generation, &err))
            engine_lose(e, &err);
        unanswered(e, m, reply);
        return;
    }
    if (reply->fate == REPLY_HTTP && reply->status >= 200 && reply->status < 300) {
        park_answered(e, req->service);
        park_takes_changes(e, req->service);
        accepted(e, m, reply);
        return;
    }
    if (reply->fate == REPLY_HTTP && is_definite_no(reply->status)) {
        park_answered(e, req->service);
        refused(e, m, reply);
        return;
    }
    if (reply->fate != REPLY_HTTP || reply->status >= 500)
        park_failed(e, req->service, reply);
    unanswered(e, m, reply);
}

void ask_send(struct engine *e, struct move *m)
{
    struct request req = request_steal(&m->pending);

    m->pending.service = req.service;
    m->token_generation = e->o.services->generation(e->o.world);
    watch_floor(e, m, http_seq(e->o.http));
    e->asking++;
    log_debug("%s: %s: sending, attempt %d", move_info(m), m->open->step,
              m->open->attempt);
    crash_point("before send");
    http_send(e->o.http, &req, answered, m);
    http_push(e->o.http);
    crash_point("after send");
}
