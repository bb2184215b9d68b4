/* SPDX-License-Identifier: Apache-2.0 */
/* The fake's own clock and its timers, a binary heap by time. */
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem.h"

static double machine_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void clock_init(struct clock *c, bool manual, double skew)
{
    *c = (struct clock){
        .manual = manual, .skew = skew, .manual_now = machine_now() + skew};
}

void clock_clear(struct clock *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->heap[i].drop)
            c->heap[i].drop(c->heap[i].ctx);
    }
    free(c->heap);
    *c = (struct clock){0};
}

double clock_now(const struct clock *c)
{
    return c->manual ? c->manual_now : machine_now() + c->skew;
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void swap(struct timer *a, struct timer *b)
{
    struct timer t = *a;
    *a = *b;
    *b = t;
}

void clock_after(struct clock *c, double after, timer_fn *fire, timer_fn *drop, void *ctx)
{
    if (c->n == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->heap = xrealloc(c->heap, c->cap * sizeof(*c->heap));
    }
    double at = clock_now(c) + (after > 0 ? after : 0);
    size_t i = c->n++;
    c->heap[i] = (struct timer){at, c->seq++, fire, drop, ctx};
    while (i > 0 && before(&c->heap[i], &c->heap[(i - 1) / 2])) {
        swap(&c->heap[i], &c->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static struct timer pop(struct clock *c)
{
    struct timer top = c->heap[0];
    c->heap[0] = c->heap[--c->n];
    for (size_t i = 0;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < c->n && before(&c->heap[left], &c->heap[least]))
            least = left;
        if (right < c->n && before(&c->heap[right], &c->heap[least]))
            least = right;
        if (least == i)
            return top;
        swap(&c->heap[i], &c->heap[least]);
        i = least;
    }
}

void clock_run(struct clock *c)
{
    double now = clock_now(c);
    while (c->n > 0 && c->heap[0].at <= now) {
        struct timer t = pop(c);
        t.fire(t.ctx);
    }
}

void clock_advance(struct clock *c, double seconds)
{
    double end = c->manual_now + seconds;
    while (c->n > 0 && c->heap[0].at <= end) {
        struct timer t = pop(c);
        if (t.at > c->manual_now)
            c->manual_now = t.at;
        t.fire(t.ctx);
    }
    c->manual_now = end;
}

void clock_jump(struct clock *c, double seconds)
{
    c->skew += seconds;
    c->manual_now += seconds;
    for (size_t i = 0; i < c->n; i++)
        c->heap[i].at += seconds;
}

int clock_timeout_ms(const struct clock *c)
{
    if (c->n == 0)
        return -1;
    double left = c->heap[0].at - clock_now(c);
    if (left <= 0)
        return 0;
    if (c->manual)
        return -1;
    return left > 3600 ? 3600 * 1000 : (int)(left * 1000) + 1;
}

static void split(double t, struct tm *tm, int *ret_us)
{
    time_t seconds = (time_t)t;
    *ret_us = (int)((t - (double)seconds) * 1e6);
    gmtime_r(&seconds, tm);
}

void time_iso(double t, char out[TIME_TEXT])
{
    struct tm tm;
    int us;
    split(t, &tm, &us);
    strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void time_iso_us(double t, char out[TIME_TEXT])
{
    struct tm tm;
    int us;
    split(t, &tm, &us);
    size_t n = strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, TIME_TEXT - n, ".%06d", us);
}

void time_http(double t, char out[TIME_TEXT])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    int us;
    split(t, &tm, &us);
    snprintf(out, TIME_TEXT, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[tm.tm_wday],
             (unsigned)tm.tm_mday % 100, months[tm.tm_mon],
             (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
             (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

bool time_parse(const char *s, double *ret_t)
{
    struct tm tm = {0};
    const char *rest = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        rest = strptime(s, "%Y-%m-%d %H:%M:%S", &tm);
    if (!rest)
        return false;
    double fraction = 0, zone = 0;
    if (*rest == '.') {
        char *end;
        fraction = strtod(rest, &end);
        rest = end;
    }
    if (*rest == '+' || *rest == '-' || *rest == ' ') {
        int hours = 0, minutes = 0;
        if (sscanf(rest + 1, "%2d:%2d", &hours, &minutes) < 1)
            return false;
        zone = (*rest == '-' ? -1 : 1) * (hours * 3600.0 + minutes * 60.0);
    } else if (*rest != '\0' && strcmp(rest, "Z") != 0) {
        return false;
    }
    *ret_t = (double)timegm(&tm) + fraction - zone;
    return true;
}
