/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the walks when all is well: forward, back, commit, discard, and their ends. */
#include <string.h>

#include "base/mem.h"
#include "toy.h"

static void a_move_goes_through_its_table(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
    assert_int_equal(toy_effects(t, "off", "s1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(a_move_goes_through_its_table),
    };

    return cmocka_run_group_tests_name("flow/walk", tests, NULL, NULL);
}
