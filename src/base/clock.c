/* SPDX-License-Identifier: Apache-2.0 */
/* Time: the real clocks, or a test's own. */
#include "base/clock.h"

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

double clock_mono(void)
{
    return test_clock.on ? test_clock.mono : now_of(CLOCK_BOOTTIME);
}

double clock_wall(void)
{
    return test_clock.on ? test_clock.wall : now_of(CLOCK_REALTIME);
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
