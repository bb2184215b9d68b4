/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/cursor: the walks, the point of no return, limits (laws 8, 9). The way
 * back is in test_undo.c. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

#define IMAGE  "POST /things/"
#define TARGET 1 /* the second POST of a thing makes the target */

static void go_moved(struct toy *t)
{
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
}

static void go_undone(struct toy *t)
{
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    toy_assert_undone(t, "s1");
}

static struct rule *target_rule(struct toy *t, enum fate fate)
{
    struct rule *rule = toy_rule(t, IMAGE, fate);

    rule->skip = TARGET;
    return rule;
}

/* ---- the walks when all is well ---- */

static void a_move_goes_through_its_table(void **state)
{
    static const char *const order[] = {"claim/", "off",    "lock/",  "part/0",
                                        "part/1", "part/2", "label/", "seal/"};
    struct toy *t = *state;
    double at = 0;

    toy_start(t, 1);
    go_moved(t);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        AUTO_FREE char *match = xasprintf("POST /server/s1/%s", order[i]);

        assert_int_equal(toy_requests(t, match), 1);
        assert_true(toy_sent_at(t, match, 0) > at);
        at = toy_sent_at(t, match, 0);
    }
    assert_string_equal(move_target_id(toy_move(t, 0)), "t2");
}

static void commit_deletes_the_source_and_the_image(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_start(t, 1);
    go_moved(t);
    assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_COMMITTED);
    assert_true(toy_server(t, "s1")->deleted);
    assert_int_equal(toy_effects(t, "delete", "s1"), 1);
    assert_int_equal(toy_things(t, "s1", true), 1);
    assert_int_equal(toy_things(t, "s1", false), 0);
}

static void a_failure_walks_back(void **state)
{
    struct toy *t = *state;

    target_rule(t, FATE_STATUS)->status = 403;
    toy_start(t, 1);
    go_undone(t);
    assert_int_equal(toy_effects(t, "on", "s1"), 1);
    assert_int_equal(toy_effects(t, "drop image", "s1"), 1);
    assert_true(toy_sent_at(t, "DELETE /thing/t1", 0) <
                toy_sent_at(t, "POST /server/s1/unlock", 0));
    assert_true(toy_sent_at(t, "POST /server/s1/unlock", 0) <
                toy_sent_at(t, "POST /server/s1/on", 0));
    assert_true(toy_sent_at(t, "POST /server/s1/on", 0) <
                toy_sent_at(t, "POST /server/s1/unclaim", 0));
}

static void what_was_never_asked_for_is_not_undone(void **state)
{
    struct toy *t = *state;

    toy_server_new(t, "s1")->on = false; /* stopped by its owner: stays stopped */
    target_rule(t, FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    assert_int_equal(toy_requests(t, "POST /server/s1/on"), 0);
    assert_false(toy_server(t, "s1")->on);
}

static void a_row_of_items_is_undone_item_by_item(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/part/2", FATE_STATUS);

    rule->status = 403;
    toy_start(t, 1);
    go_undone(t);
    assert_int_equal(toy_effects(t, "part 0", "s1"), 1);
    assert_int_equal(toy_effects(t, "unpart 0", "s1"), 1);
    assert_int_equal(toy_effects(t, "unpart 1", "s1"), 1);
    assert_int_equal(toy_requests(t, "POST /server/s1/unpart/2"), 0);
}

static void before_any_change_there_is_nothing_to_undo(void **state)
{
    struct toy *t = *state;

    toy_server_new(t, "s1")->claim = xstrdup("another move");
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_FAILED);
    assert_int_equal(t->mutations, 0);
}

static void a_server_that_is_there_already_is_skipped(void **state)
{
    struct toy *t = *state;

    toy_server_new(t, "s1")->label = xstrdup("there already");
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_SKIPPED);
    assert_int_equal(t->mutations, 0);
}

/* ---- law 8: no return ---- */

static void a_failure_after_the_target_served_is_held(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/seal", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_things(t, "s1", true), 1);
    assert_int_equal(toy_requests(t, "DELETE "), 0);
    toy_resume(t);
    go_moved(t);
}

static void a_failure_of_the_target_itself_walks_back(void **state)
{
    struct toy *t = *state;

    t->broken_build = true;
    toy_start(t, 1);
    go_undone(t);
    assert_int_equal(toy_effects(t, "drop target", "s1"), 1);
}

static void discard_goes_back_over_it(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_start(t, 1);
    go_moved(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    go_undone(t);
    assert_true(toy_sent_at(t, "DELETE /thing/t2", 0) <
                toy_sent_at(t, "POST /server/s1/on", 0));
}

static void discard_of_a_held_one_goes_back_too(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_rule(t, "POST /server/s1/seal", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_restart(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    go_undone(t);
}

static void what_is_cosmetic_is_announced(void **state)
{
    struct toy *t = *state;
    const json_t *told;

    toy_rule(t, "POST /server/s1/label", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    go_moved(t);
    told = move_announced(toy_move(t, 0));
    assert_int_equal(json_array_size(told), 1);
    assert_true(toy_str_is(json_array_get(told, 0), "name", "label"));
}

static void somebody_opens_the_fence(struct toy *t)
{
    xreplace(&toy_server(t, "s1")->lock, NULL);
}

static void the_fence_stays_watched_to_the_end(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/label", FATE_OK)->hook = somebody_opens_the_fence;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_requests(t, "POST /server/s1/seal"), 0);
}

static void a_commit_that_is_refused_is_held(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_start(t, 1);
    go_moved(t);
    toy_rule(t, "DELETE /server/s1", FATE_STATUS)->status = 403;
    assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    toy_restart(t);
    assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_COMMITTED);
}

/* ---- law 9: what a limit means ---- */

static void a_limit_under_a_task_is_held(void **state)
{
    struct toy *t = *state;
    AUTO_FREE char *why = NULL;

    t->stuck = true;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    why = toy_held(t, 0);
    assert_non_null(strstr(why, "still under way"));
    assert_true(clock_mono() >= 1600 && clock_mono() < 1650);
    t->stuck = false;
    toy_resume(t);
    go_moved(t);
}

static void a_quiet_limit_walks_back(void **state)
{
    struct toy *t = *state;

    t->asleep = true;
    toy_start(t, 1);
    go_undone(t);
    assert_true(toy_sent_at(t, "DELETE /thing/t1", 0) > 1600);
    assert_true(toy_sent_at(t, "DELETE /thing/t1", 0) < 1630);
}

static void the_limit_is_summed_over_lives(void **state)
{
    struct toy *t = *state;

    t->stuck = true;
    toy_start(t, 1);
    t->interrupt_at = 1400;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    clock_advance(5000); /* nobody looked meanwhile: not counted */
    toy_resume(t);
    toy_assert_state(t, 0, MOVE_RUNNING);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_true(clock_mono() > 1600 + 5000 - 20 && clock_mono() < 1600 + 5000 + 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(a_move_goes_through_its_table),
        TOY_TEST(commit_deletes_the_source_and_the_image),
        TOY_TEST(a_failure_walks_back),
        TOY_TEST(what_was_never_asked_for_is_not_undone),
        TOY_TEST(a_row_of_items_is_undone_item_by_item),
        TOY_TEST(before_any_change_there_is_nothing_to_undo),
        TOY_TEST(a_server_that_is_there_already_is_skipped),
        TOY_TEST(a_failure_after_the_target_served_is_held),
        TOY_TEST(a_failure_of_the_target_itself_walks_back),
        TOY_TEST(discard_goes_back_over_it),
        TOY_TEST(discard_of_a_held_one_goes_back_too),
        TOY_TEST(what_is_cosmetic_is_announced),
        TOY_TEST(the_fence_stays_watched_to_the_end),
        TOY_TEST(a_commit_that_is_refused_is_held),
        TOY_TEST(a_limit_under_a_task_is_held),
        TOY_TEST(a_quiet_limit_walks_back),
        TOY_TEST(the_limit_is_summed_over_lives),
    };

    return cmocka_run_group_tests_name("flow/cursor", tests, NULL, NULL);
}
