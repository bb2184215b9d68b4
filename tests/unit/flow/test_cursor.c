/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/cursor: the walks, limits, undo and settling (laws 5, 7, 8, 9). */
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

/* ---- law 7: undo settles first ---- */

static void somebody_opens_the_fence(struct toy *t)
{
    xreplace(&toy_server(t, "s1")->lock, NULL);
}

static void a_late_target_is_found_before_the_source_gets_power(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    target_rule(t, FATE_LATE)->late_s = 80;
    /* Asked again after 60 s, and definitely refused then: the walk turns back. */
    rule = toy_rule(t, IMAGE, FATE_STATUS);
    rule->skip = TARGET + 1;
    rule->status = 403;
    toy_start(t, 1);
    go_undone(t);
    assert_int_equal(toy_effects(t, "make target", "s1"), 1);
    assert_int_equal(toy_effects(t, "drop target", "s1"), 1);
    assert_true(toy_sent_at(t, "DELETE /thing/t2", 0) <
                toy_sent_at(t, "POST /server/s1/on", 0));
}

static void an_unanswered_create_settles_before_its_undo(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    target_rule(t, FATE_LATE)->late_s = 55;
    toy_start(t, 1);
    t->interrupt_at = 1060; /* between the request and its effect */
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    toy_restart(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    go_undone(t);
    assert_int_equal(toy_effects(t, "drop target", "s1"), 1);
}

static void an_undo_settles_although_nothing_comes(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    double asked;

    target_rule(t, FATE_DROP);
    toy_start(t, 1);
    t->interrupt_at = 1060;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    asked = toy_sent_at(t, IMAGE, TARGET);
    assert_true(asked < 1060);
    toy_restart(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    go_undone(t);
    /* Looks of this life only: from 1060, not from the request. */
    assert_true(toy_sent_at(t, "POST /server/s1/unpart/0", 0) >= 1060 + 60);
}

/* When nobody can look, nothing is settled: it must not go on to give power back. */
static void an_undo_that_cannot_look_is_held(void **state)
{
    struct toy *t = *state;
    struct rule *rule;
    struct err err = {0};

    target_rule(t, FATE_LATE)->late_s = 60;
    rule = toy_rule(t, "GET /server/s1", FATE_STATUS);
    rule->status = 403;
    rule->from = 1060;
    toy_start(t, 1);
    t->interrupt_at = 1060;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    toy_restart(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_requests(t, "POST /server/s1/unpart"), 0);
    toy_resume(t);
    go_undone(t);
    assert_int_equal(toy_effects(t, "drop target", "s1"), 1);
}

/* A stop whose answer was lost, asked again and done, may still be on its way: the start
 * must come after it. */
static void a_toggle_settles_before_its_opposite(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    t->power_s = 0.2;
    toy_rule(t, "POST /server/s1/off", FATE_LATE)->late_s = 25;
    rule = toy_rule(t, "POST /server/s1/lock", FATE_STATUS);
    rule->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    clock_advance(100);
    toy_tick(t);
    toy_assert_undone(t, "s1");
}

static void the_same_toggle_unanswered_to_the_end(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_rule(t, "POST /server/s1/off", FATE_LATE)->late_s = 25;
    toy_start(t, 1);
    t->interrupt_at = 1000.4;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_int_equal(toy_requests(t, "POST /server/s1/off"), 1);
    toy_restart(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    clock_advance(100);
    toy_tick(t);
    toy_assert_undone(t, "s1");
}

static void a_late_twin(struct toy *t)
{
    const struct toy_thing *first = t->things.at[0];

    toy_thing_new(t, first->mark, "s1", false);
}

static void every_walk_ends_in_a_sweep(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/seal", FATE_OK)->hook = a_late_twin;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    assert_int_equal(toy_things(t, "s1", false), 1);
    assert_int_equal(toy_requests(t, "DELETE /thing/t3"), 1);
}

static void the_way_back_ends_in_a_sweep_too(void **state)
{
    struct toy *t = *state;

    target_rule(t, FATE_STATUS)->status = 403;
    toy_rule(t, "POST /server/s1/unclaim", FATE_OK)->hook = a_late_twin;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    assert_int_equal(toy_things(t, "s1", false), 0);
}

/* ---- law 7: rubbish does not stop a walk ---- */

static void litter_is_named_and_left(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "DELETE /thing/t1", FATE_STATUS);
    const json_t *left;

    rule->status = 403;
    rule->count = 0;
    target_rule(t, FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    assert_true(toy_server(t, "s1")->on);
    left = move_left(toy_move(t, 0));
    assert_true(json_array_size(left) >= 1);
    assert_true(toy_str_is(json_array_get(left, 0), "name", "unmake"));
}

static void an_undo_that_is_refused_is_held_not_failed(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/unlock", FATE_STATUS);

    rule->status = 403;
    target_rule(t, FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_false(toy_server(t, "s1")->on);
    toy_resume(t);
    go_undone(t);
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
        TOY_TEST(a_late_target_is_found_before_the_source_gets_power),
        TOY_TEST(an_unanswered_create_settles_before_its_undo),
        TOY_TEST(an_undo_settles_although_nothing_comes),
        TOY_TEST(an_undo_that_cannot_look_is_held),
        TOY_TEST(a_toggle_settles_before_its_opposite),
        TOY_TEST(the_same_toggle_unanswered_to_the_end),
        TOY_TEST(every_walk_ends_in_a_sweep),
        TOY_TEST(the_way_back_ends_in_a_sweep_too),
        TOY_TEST(litter_is_named_and_left),
        TOY_TEST(an_undo_that_is_refused_is_held_not_failed),
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
