/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services: made ready before use, parked while they do not answer, lost when that lasts.
 * No move fails because a service is away; it only waits.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/engine_int.h"

#define PAUSE_FIRST_S 0.5
#define PAUSE_MAX_S   15.0
#define PATIENCE_UNBEGUN_S                                                               \
    20.0 /* nothing is changed yet: better told than waited for                          \
          */

void park_answered(struct engine *e, int service)
{
    struct service_state *s = &e->services[service];

    e->answered_once = true;
    if (s->announced)
        save_event(e, NULL, EVENT_SERVICE_BACK, e->o.services->name(service), NULL);
    s->announced = false;
    s->down_since = 0;
    s->failures = 0;
    err_clear(&s->err);
}

void park_pause(struct engine *e, int service, double seconds)
{
    double longest = e->o.patience_s > 0 ? e->o.patience_s : 300;
    double until = clock_mono() + (seconds < longest ? seconds : longest);

    if (until > e->services[service].not_before)
        e->services[service].not_before = until;
    /* Nobody looks meanwhile: no row's limit counts this time. */
    for (size_t i = 0; i < e->moves.len; i++) {
        struct move *m = e->moves.at[i];

        for (size_t k = 0; k < m->watch.n; k++)
            if (m->watch.at[k].kind->service == service)
                m->last_ok = 0;
    }
}

void park_failed(struct engine *e, int service, const struct reply *reply)
{
    struct service_state *s = &e->services[service];
    double pause = PAUSE_FIRST_S;

    for (int i = 0; i < s->failures && pause < PAUSE_MAX_S; i++)
        pause *= 2;
    if (pause > PAUSE_MAX_S)
        pause = PAUSE_MAX_S;
    if (reply->retry_after_s > pause)
        pause = reply->retry_after_s;
    s->failures++;
    if (s->down_since == 0)
        s->down_since = clock_mono();
    err_clear(&s->err);
    e->o.services->explain(e->o.world, service, reply, &s->err);
    park_pause(e, service, cadence_jitter(pause));
    /* One failure is an ordinary thing; a person hears of it when it lasts. */
    if (s->failures >= 2 && !s->announced) {
        AUTO_FREE char *text =
            xasprintf("%s: %s", e->o.services->name(service), s->err.text);

        save_event(e, NULL, EVENT_SERVICE_PARKED, text, s->err.request_id);
        s->announced = true;
    }
    log_debug("service %s: %s; pausing %.1f s", e->o.services->name(service), s->err.text,
              pause);
}

void park_throttled(struct engine *e, int service, const struct err *why)
{
    struct service_state *s = &e->services[service];

    if (s->throttled_since == 0)
        s->throttled_since = clock_mono();
    err_clear(&s->throttled);
    s->throttled = *why;
}

void park_takes_changes(struct engine *e, int service)
{
    e->services[service].throttled_since = 0;
    err_clear(&e->services[service].throttled);
}

bool park_is_down(const struct engine *e, int service)
{
    return e->services[service].down_since > 0;
}

/* A definite no to who we are: nothing gets better by asking again. */
static bool is_definite(const struct reply *reply)
{
    return reply->fate == REPLY_HTTP && reply->status >= 400 && reply->status < 500 &&
           !reply_is_later(reply);
}

static void prepared(void *ctx, const struct request *req, struct reply *reply)
{
    struct service_state *s = ctx;
    struct engine *e = s->engine;
    int service = s->number;
    struct err err = {0};

    (void)req;
    if (e->o.services->prepared(e->o.world, service, reply, &err)) {
        park_answered(e, service);
        return;
    }
    if (is_definite(reply) || err.code == ERR_TLS || !e->answered_once) {
        engine_lose(e, &err);
        return;
    }
    park_failed(e, service, reply);
}

bool park_ready(struct engine *e, int service)
{
    struct service_state *s = &e->services[service];
    struct request req = {0};
    struct err err = {0};

    if (e->lost || clock_mono() < s->not_before)
        return false;
    switch (e->o.services->prepare(e->o.world, service, &req, &err)) {
    case SERVICE_READY:
        return true;
    case SERVICE_WAIT:
        return false;
    case SERVICE_FAILED:
        engine_lose(e, &err);
        return false;
    case SERVICE_ASK:
        break;
    }
    s->engine = e;
    s->number = service;
    http_send(e->o.http, &req, prepared, s);
    return false;
}

void park_check_lost(struct engine *e)
{
    double patience = e->o.patience_s > 0 ? e->o.patience_s : 300;

    if (patience > PATIENCE_UNBEGUN_S && !engine_has_begun(e))
        patience = PATIENCE_UNBEGUN_S;
    for (int i = 0; i < e->o.services->n && !e->lost; i++) {
        const struct service_state *s = &e->services[i];

        if (s->down_since > 0 && clock_mono() - s->down_since > patience)
            engine_lose(e, &s->err);
        else if (s->throttled_since > 0 && clock_mono() - s->throttled_since > patience)
            engine_lose(e, &s->throttled);
    }
}

double park_due(const struct engine *e)
{
    double due = -1, now = clock_mono();

    for (int i = 0; i < e->o.services->n; i++) {
        double at = e->services[i].not_before;

        if (at > now && (due < 0 || at < due))
            due = at;
    }
    return due;
}
