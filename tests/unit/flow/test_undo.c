/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the way back: what nobody answered settles before it is undone, every walk
 * ends in a sweep, and rubbish does not stop one (law 7). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

#define IMAGE  "POST /things/"
#define TARGET 1 /* the second POST of a thing makes the target */

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

/* ---- law 7: undo settles first ---- */

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

static void somebody_stops_it(struct toy *t)
{
    toy_late(t, 0.01, "POST", "/server/s1/off");
}

/* Somebody else stopped the source: ours is taken for done, and still on its way. What it
 * undoes when it comes is put right before the move is called undone. */
static void a_toggle_that_comes_after_its_opposite(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/off", FATE_LATE);

    t->power_s = 0.2;
    rule->late_s = 25;
    rule->hook = somebody_stops_it;
    toy_rule(t, "POST /server/s1/lock", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    assert_int_equal(toy_requests(t, "POST /server/s1/off"), 1);
    assert_int_equal(toy_effects(t, "off", "s1"), 2);
    clock_advance(100);
    toy_tick(t);
    assert_true(toy_server(t, "s1")->on);
    assert_true(toy_journal_has(t, 0, "looking once more"));
}

static void the_calendar_jumps(struct toy *t)
{
    (void)t;
    clock_jump_wall(3600);
}

/* Forward it is the last row that fences for good; and the calendar proves nothing. */
static void a_move_with_a_toggle_unanswered_looks_once_more(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/lock", FATE_LOST);
    toy_rule(t, IMAGE, FATE_OK)->hook = the_calendar_jumps;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
    assert_true(toy_journal_has(t, 0, "looking once more"));
    assert_true(clock_mono() >= toy_sent_at(t, "POST /server/s1/lock", 0) + 30);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(a_late_target_is_found_before_the_source_gets_power),
        TOY_TEST(an_unanswered_create_settles_before_its_undo),
        TOY_TEST(an_undo_settles_although_nothing_comes),
        TOY_TEST(an_undo_that_cannot_look_is_held),
        TOY_TEST(a_toggle_settles_before_its_opposite),
        TOY_TEST(the_same_toggle_unanswered_to_the_end),
        TOY_TEST(a_toggle_that_comes_after_its_opposite),
        TOY_TEST(a_move_with_a_toggle_unanswered_looks_once_more),
        TOY_TEST(every_walk_ends_in_a_sweep),
        TOY_TEST(the_way_back_ends_in_a_sweep_too),
        TOY_TEST(litter_is_named_and_left),
        TOY_TEST(an_undo_that_is_refused_is_held_not_failed),
    };

    return cmocka_run_group_tests_name("flow/undo", tests, NULL, NULL);
}
