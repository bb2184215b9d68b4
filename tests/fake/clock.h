/* SPDX-License-Identifier: Apache-2.0 */
/* The fake's own clock and the timers that hang on it: cloud jobs, delayed requests. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void timer_fn(void *ctx);

struct timer {
    double at;
    uint64_t seq; /* equal times fire in the order in which they were set */
    timer_fn *fire;
    timer_fn *drop; /* called instead of fire when the clock is cleared; may be NULL */
    void *ctx;
};

struct clock {
    bool manual;
    double skew; /* seconds ahead of the machine */
    double manual_now;
    uint64_t seq;
    struct timer *heap;
    size_t n, cap;
};

/* A manual clock starts at the machine's time (plus skew) and moves by clock_advance()
 * only. */
void clock_init(struct clock *c, bool manual, double skew);
void clock_clear(struct clock *c);
/* Seconds since 1970. */
double clock_now(const struct clock *c);
/* Calls fire(ctx) `after` seconds from now; ctx is given to fire or drop. */
void clock_after(struct clock *c, double after, timer_fn *fire, timer_fn *drop,
                 void *ctx);
/* Moves a manual clock forward and fires what falls due, each at its own time. */
void clock_advance(struct clock *c, double seconds);
/* Puts the calendar forward or back, as a person or a time service does: nothing that
 * waits falls due earlier or later for it. */
void clock_jump(struct clock *c, double seconds);
/* Fires what is due. */
void clock_run(struct clock *c);
/* Milliseconds until the next timer, -1 when there is none to wait for. */
int clock_timeout_ms(const struct clock *c);

enum { TIME_TEXT = 40 };
/* 2026-11-20T09:47:00Z */
void time_iso(double t, char out[TIME_TEXT]);
/* 2026-11-20T09:47:00.123456 */
void time_iso_us(double t, char out[TIME_TEXT]);
/* The form of the HTTP Date header. */
void time_http(double t, char out[TIME_TEXT]);
/* Reads ISO 8601 with optional fraction and zone; false when it is no time. */
bool time_parse(const char *s, double *ret_t);

#endif
