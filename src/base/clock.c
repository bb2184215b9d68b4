/* SPDX-License-Identifier: Apache-2.0 */
/* Time: the real clocks, or a test's own. */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"

static struct {
    bool on;
    double mono, wall;
} test_clock;

static double now_of(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#ifdef REZONE_CRASH_POINTS
static double rate(void)
{
    static double known;

    if (known <= 0) {
        const char *set = getenv("REZONE_CLOCK_RATE");

        known = set ? strtod(set, NULL) : 1;
        if (!(known >= 1))
            bug("REZONE_CLOCK_RATE=%s: not a number from 1 up", set);
    }
    return known;
}

/* Faster from the first question on, not from the boot of the machine. */
static double mono_now(void)
{
    static double began;
    double now = now_of(CLOCK_BOOTTIME);

    if (began <= 0)
        began = now;
    return began + (now - began) * rate();
}

static double jump(void)
{
    const char *path = getenv("REZONE_CLOCK_JUMP");
    FILE *f = path ? fopen(path, "re") : NULL;
    char line[64];
    double seconds = 0;

    if (f && fgets(line, sizeof(line), f))
        seconds = strtod(line, NULL);
    if (f)
        fclose(f);
    return seconds;
}
#else
static double rate(void)
{
    return 1;
}

static double mono_now(void)
{
    return now_of(CLOCK_BOOTTIME);
}

static double jump(void)
{
    return 0;
}
#endif

double clock_mono(void)
{
    return test_clock.on ? test_clock.mono : mono_now();
}

double clock_wall(void)
{
    return test_clock.on ? test_clock.wall : now_of(CLOCK_REALTIME) + jump();
}

double clock_real(double seconds)
{
    return test_clock.on ? seconds : seconds / rate();
}

void clock_set_test(double mono, double wall)
{
    test_clock.on = true;
    test_clock.mono = mono;
    test_clock.wall = wall;
}

void clock_advance(double seconds)
{
    if (!test_clock.on || seconds < 0)
        bug("clock_advance by %g s without a test's clock, or backwards", seconds);
    test_clock.mono += seconds;
    test_clock.wall += seconds;
}

void clock_jump_wall(double seconds)
{
    if (!test_clock.on)
        bug("clock_jump_wall without a test's clock");
    test_clock.wall += seconds;
}

void clock_set_real(void)
{
    test_clock.on = false;
}

bool clock_is_test(void)
{
    return test_clock.on;
}
