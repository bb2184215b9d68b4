/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/rate: the bucket, its debt, its pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "net/rate.h"

static void no_limit_never_waits(void **state)
{
    (void)state;
    struct rate r;
    rate_init(&r, 0, 100);
    for (int i = 0; i < 1000; i++)
        rate_take(&r, 100);
    assert_float_equal(rate_wait(&r, 100), 0, 0);
}

static void a_bucket_holds_a_second_and_fills(void **state)
{
    (void)state;
    struct rate r;
    rate_init(&r, 4, 100);
    for (int i = 0; i < 4; i++) {
        assert_float_equal(rate_wait(&r, 100), 0, 0);
        rate_take(&r, 100);
    }
    assert_float_equal(rate_wait(&r, 100), 0.25, 1e-9);
    assert_float_equal(rate_wait(&r, 100.25), 0, 0);
    assert_float_equal(rate_wait(&r, 100.125), 0.125, 1e-9);
    for (int i = 0; i < 4; i++)
        rate_take(&r, 1000);
    assert_float_equal(rate_wait(&r, 1000), 0.25, 1e-9);
}

static void over_time_the_rate_is_kept(void **state)
{
    (void)state;
    struct rate r;
    rate_init(&r, 3, 0);
    double now = 0;
    int sent = 0;
    while (now < 100) {
        double wait = rate_wait(&r, now);
        now += wait;
        assert_float_equal(rate_wait(&r, now), 0, 0);
        rate_take(&r, now);
        sent++;
    }
    assert_in_range(sent, 300, 304);
}

static void less_than_one_a_second(void **state)
{
    (void)state;
    struct rate r;
    rate_init(&r, 0.1, 0);
    assert_float_equal(rate_wait(&r, 0), 0, 0);
    rate_take(&r, 0);
    assert_float_equal(rate_wait(&r, 0), 10, 1e-9);
    rate_take(&r, 0);
    assert_float_equal(rate_wait(&r, 0), 20, 1e-9);
}

static void a_pause_holds_and_never_shrinks(void **state)
{
    (void)state;
    struct rate r;
    rate_init(&r, 0, 5);
    rate_hold(&r, 15);
    rate_hold(&r, 10);
    assert_float_equal(rate_wait(&r, 6), 9, 1e-9);
    assert_float_equal(rate_wait(&r, 15), 0, 0);
    rate_init(&r, 1, 5);
    rate_take(&r, 5);
    rate_hold(&r, 5.5);
    assert_float_equal(rate_wait(&r, 5), 1, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit_never_waits),
        cmocka_unit_test(a_bucket_holds_a_second_and_fills),
        cmocka_unit_test(over_time_the_rate_is_kept),
        cmocka_unit_test(less_than_one_a_second),
        cmocka_unit_test(a_pause_holds_and_never_shrinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
