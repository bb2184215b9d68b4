/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/clock: the real clocks go on, a test's clock obeys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void the_real_clocks_go_on(void **state)
{
    (void)state;
    assert_false(clock_is_test());
    double first = clock_mono(), now = first;
    while (now == first)
        now = clock_mono();
    assert_true(now > first);
    /* Between two looks at the system's clock, however long this process waits for its
     * turn. */
    double before = (double)time(NULL), wall = clock_wall(), after = (double)time(NULL);
    assert_true(wall >= before - 1);
    assert_true(wall <= after + 1);
}

static void a_test_owns_time(void **state)
{
    (void)state;
    clock_set_test(100, 2000);
    assert_true(clock_is_test());
    assert_float_equal(clock_mono(), 100, 0);
    clock_advance(2.5);
    assert_float_equal(clock_mono(), 102.5, 1e-9);
    assert_float_equal(clock_wall(), 2002.5, 1e-9);
    clock_jump_wall(-1000);
    assert_float_equal(clock_mono(), 102.5, 1e-9);
    assert_float_equal(clock_wall(), 1002.5, 1e-9);
    clock_set_real();
    assert_false(clock_is_test());
    assert_true(clock_wall() > 1e9);
}

/* In a build that can live faster: only when it is told to. */
static void a_second_is_a_second(void **state)
{
    (void)state;
    assert_float_equal(clock_real(2.5), 2.5, 0);
    clock_set_test(100, 2000);
    assert_float_equal(clock_real(2.5), 2.5, 0);
    clock_set_real();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_clocks_go_on),
        cmocka_unit_test(a_test_owns_time),
        cmocka_unit_test(a_second_is_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
