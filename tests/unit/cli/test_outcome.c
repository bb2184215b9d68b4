/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/outcome: every state of every command, and every sum of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/outcome.h"

static void every_state_of_a_move_has_its_outcome(void **state)
{
    (void)state;
    static const enum outcome expected[MOVE_STATE_MAX] = {
        [MOVE_PLANNED] = OUTCOME_OPEN,   [MOVE_RUNNING] = OUTCOME_OPEN,
        [MOVE_MOVED] = OUTCOME_DONE,     [MOVE_HELD] = OUTCOME_BAD,
        [MOVE_COMMITTED] = OUTCOME_DONE, [MOVE_UNDONE] = OUTCOME_BAD,
        [MOVE_SKIPPED] = OUTCOME_DONE,   [MOVE_FAILED] = OUTCOME_REFUSED};
    for (int s = 0; s < MOVE_STATE_MAX; s++)
        assert_int_equal(outcome_of_move((enum move_state)s), expected[s]);
}

static void commit_and_discard_want_their_own_end(void **state)
{
    (void)state;
    assert_int_equal(outcome_of_commit(MOVE_COMMITTED), OUTCOME_DONE);
    assert_int_equal(outcome_of_commit(MOVE_RUNNING), OUTCOME_OPEN);
    assert_int_equal(outcome_of_commit(MOVE_MOVED), OUTCOME_OPEN);
    assert_int_equal(outcome_of_commit(MOVE_HELD), OUTCOME_BAD);
    assert_int_equal(outcome_of_discard(MOVE_UNDONE), OUTCOME_DONE);
    assert_int_equal(outcome_of_discard(MOVE_SKIPPED), OUTCOME_DONE);
    assert_int_equal(outcome_of_discard(MOVE_RUNNING), OUTCOME_OPEN);
    assert_int_equal(outcome_of_discard(MOVE_HELD), OUTCOME_BAD);
}

static void resume_wants_what_was_wanted_before(void **state)
{
    (void)state;
    assert_int_equal(outcome_of_resume(MOVE_RUNNING, WALK_DISCARD, MOVE_UNDONE),
                     OUTCOME_DONE);
    assert_int_equal(outcome_of_resume(MOVE_RUNNING, WALK_BACK, MOVE_UNDONE),
                     OUTCOME_BAD);
    assert_int_equal(outcome_of_resume(MOVE_RUNNING, WALK_FORWARD, MOVE_UNDONE),
                     OUTCOME_BAD);
    assert_int_equal(outcome_of_resume(MOVE_RUNNING, WALK_FORWARD, MOVE_MOVED),
                     OUTCOME_DONE);
    assert_int_equal(outcome_of_resume(MOVE_RUNNING, WALK_COMMIT, MOVE_COMMITTED),
                     OUTCOME_DONE);
    assert_int_equal(outcome_of_resume(MOVE_HELD, WALK_FORWARD, MOVE_HELD), OUTCOME_BAD);
    assert_int_equal(outcome_of_resume(MOVE_PLANNED, WALK_MAX, MOVE_FAILED),
                     OUTCOME_REFUSED);
    assert_int_equal(outcome_of_resume(MOVE_UNDONE, WALK_BACK, MOVE_UNDONE),
                     OUTCOME_DONE);
    assert_int_equal(outcome_of_resume(MOVE_FAILED, WALK_FORWARD, MOVE_FAILED),
                     OUTCOME_DONE);
    assert_int_equal(outcome_of_resume(MOVE_MOVED, WALK_FORWARD, MOVE_MOVED),
                     OUTCOME_DONE);
}

static int exit_of(size_t done, size_t refused, size_t bad, size_t open,
                   enum engine_end end)
{
    const struct tally tally = {.n = {[OUTCOME_DONE] = done,
                                      [OUTCOME_REFUSED] = refused,
                                      [OUTCOME_BAD] = bad,
                                      [OUTCOME_OPEN] = open}};
    return tally_exit(&tally, end);
}

static void one_kind_alone(void **state)
{
    (void)state;
    assert_int_equal(exit_of(0, 0, 0, 0, ENGINE_OVER), 0);
    assert_int_equal(exit_of(2, 0, 0, 0, ENGINE_OVER), 0);
    assert_int_equal(exit_of(0, 2, 0, 0, ENGINE_OVER), 3);
    assert_int_equal(exit_of(0, 0, 2, 0, ENGINE_OVER), 2);
    assert_int_equal(exit_of(0, 0, 0, 2, ENGINE_INTERRUPTED), 4);
    assert_int_equal(exit_of(0, 0, 0, 2, ENGINE_LOST), 4);
    assert_int_equal(exit_of(1, 0, 0, 0, ENGINE_STATE), 6);
}

static void several_kinds_are_6_4_2(void **state)
{
    (void)state;
    assert_int_equal(exit_of(1, 1, 0, 0, ENGINE_OVER), 2);
    assert_int_equal(exit_of(0, 1, 1, 0, ENGINE_OVER), 2);
    assert_int_equal(exit_of(1, 1, 1, 1, ENGINE_INTERRUPTED), 4);
    assert_int_equal(exit_of(1, 1, 1, 1, ENGINE_STATE), 6);
    /* ^C that came when all was over already changes nothing. */
    assert_int_equal(exit_of(1, 0, 0, 0, ENGINE_INTERRUPTED), 0);
    assert_int_equal(exit_of(1, 0, 1, 0, ENGINE_INTERRUPTED), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_of_a_move_has_its_outcome),
        cmocka_unit_test(commit_and_discard_want_their_own_end),
        cmocka_unit_test(resume_wants_what_was_wanted_before),
        cmocka_unit_test(one_kind_alone),
        cmocka_unit_test(several_kinds_are_6_4_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
