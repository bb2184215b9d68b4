/* SPDX-License-Identifier: Apache-2.0 */
/* A limit of requests a second. */
#include "net/rate.h"

static double burst(const struct rate *r)
{
    return r->per_s > 1 ? r->per_s : 1;
}

static double tokens_at(const struct rate *r, double now)
{
    double tokens = r->tokens + (now > r->at ? now - r->at : 0) * r->per_s;
    return tokens < burst(r) ? tokens : burst(r);
}

void rate_init(struct rate *r, double per_s, double now)
{
    *r = (struct rate){.per_s = per_s > 0 ? per_s : 0, .at = now, .hold_until = now};
    r->tokens = burst(r);
}

double rate_wait(const struct rate *r, double now)
{
    double held = r->hold_until > now ? r->hold_until - now : 0;
    if (r->per_s <= 0)
        return held;
    /* Whoever waits exactly this long must not find 0.9999999 tokens. */
    const double nearly = 1 - 1e-6;
    double tokens = tokens_at(r, now);
    double wait = tokens >= nearly ? 0 : (1 - tokens) / r->per_s;
    return wait > held ? wait : held;
}

void rate_take(struct rate *r, double now)
{
    if (r->per_s <= 0)
        return;
    r->tokens = tokens_at(r, now) - 1;
    r->at = now;
}

void rate_hold(struct rate *r, double until)
{
    if (until > r->hold_until)
        r->hold_until = until;
}
