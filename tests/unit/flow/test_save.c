/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/save: nothing is sent or told that is not durable (laws 1, 2), and what
 * happens when the store cannot be written. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

/* How many commits a move takes when all is well. */
static int commits_of_a_move(void **state)
{
    struct toy *t = *state;
    int n;

    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    n = t->commits;
    assert_true(n > 20);
    assert_int_equal(toy_tear_down(state), 0);
    assert_int_equal(toy_set_up(state), 0);
    return n;
}

static void again(void **state, struct toy **t)
{
    assert_int_equal(toy_tear_down(state), 0);
    assert_int_equal(toy_set_up(state), 0);
    *t = *state;
}

/* ---- what each test of this folder checks, broken on purpose ---- */

static void a_turn_is_saved_before_it_is_told(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    t->fail_how = STORE_DEAD;
    t->fail_at = t->commits + 1;
    t->fail_n = 1;
    assert_int_equal(toy_go(t), ENGINE_STATE);
    assert_int_equal(toy_events(t, "move-"), 0);
    assert_int_equal(t->mutations, 0);
}

/* ---- a full disk ---- */

static void a_full_disk_for_a_moment_changes_nothing(void **state)
{
    struct toy *t = *state;
    int n = commits_of_a_move(state);

    for (int at = 3; at <= n; at++) {
        t = *state;
        toy_start(t, 1);
        t->fail_how = STORE_BUSY;
        t->fail_at = at;
        t->fail_n = 4;
        if (toy_go(t) != ENGINE_OVER)
            fail_msg("it did not go on after commit %d failed", at);
        toy_assert_state(t, 0, MOVE_MOVED);
        toy_assert_moved(t, "s1");
        again(state, &t);
    }
}

static int mutations_when_it_failed;

static void remember_when(struct toy *t, const struct event *event)
{
    if (event->type == EVENT_STORE_TROUBLE)
        mutations_when_it_failed = t->mutations;
}

static void a_full_disk_for_long_ends_the_command(void **state)
{
    struct toy *t = *state;
    int n = commits_of_a_move(state);

    for (int at = 3; at <= n; at++) {
        t = *state;
        t->on_event = remember_when;
        toy_start(t, 1);
        t->fail_how = STORE_BUSY;
        t->fail_at = at;
        t->fail_n = 100000;
        assert_int_equal(toy_go(t), ENGINE_STATE);
        assert_int_equal(toy_events(t, "store-trouble"), 1);
        assert_int_equal(t->mutations, mutations_when_it_failed);
        t->fail_n = 0;
        toy_resume(t);
        assert_int_equal(toy_go(t), ENGINE_OVER);
        toy_assert_state(t, 0, MOVE_MOVED);
        toy_assert_moved(t, "s1");
        again(state, &t);
    }
}

static void thirty_seconds_is_the_patience(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    t->fail_how = STORE_BUSY;
    t->fail_until = 1029;
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    again(state, &t);

    toy_start(t, 1);
    t->fail_how = STORE_BUSY;
    t->fail_until = 1033;
    assert_int_equal(toy_go(t), ENGINE_STATE);
    assert_true(clock_mono() > 1030 && clock_mono() < 1032);
    assert_int_equal(t->mutations, 0);
}

/* While nothing can be written, answers are still heard, and written later. */
static void fail_for_ten_seconds(struct toy *t)
{
    t->fail_how = STORE_BUSY;
    t->fail_until = clock_mono() + 10;
}

static void answers_are_heard_meanwhile(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /things/", FATE_OK);

    rule->hook = fail_for_ten_seconds;
    rule->delay_s = 5;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
}

/* An intent that could not be saved is not sent when there is space again: what allowed
 * it may not hold any more. Whichever commit it is that fails, somebody starts the source
 * before there is space. */
static void somebody_starts_it_meanwhile(struct toy *t, const struct event *event)
{
    if (event->type != EVENT_STORE_TROUBLE)
        return;
    t->fail_until = clock_mono() + 20;
    toy_late(t, 10, "POST", "/server/s1/on");
}

static bool needs_the_fence(const char *request)
{
    return text_starts(request, "POST /things/") ||
           text_starts(request, "POST /server/s1/part/") ||
           text_starts(request, "POST /server/s1/seal/");
}

static void what_waited_for_space_is_looked_at_again(void **state)
{
    struct toy *t = *state;
    int n = commits_of_a_move(state), started = 0;

    for (int at = 3; at <= n; at++) {
        t = *state;
        t->on_event = somebody_starts_it_meanwhile;
        toy_start(t, 1);
        t->fail_how = STORE_BUSY;
        t->fail_at = at;
        t->fail_n = 1;
        assert_int_equal(toy_go(t), ENGINE_OVER);
        started += toy_effects(t, "on", "s1");
        for (size_t i = 0; i < t->log.len; i++)
            if (toy_effects(t, "on", "s1") && needs_the_fence(t->log.at[i]) &&
                t->log_at[i] >= t->fail_until)
                fail_msg("commit %d failed, the source was started, and then: %s", at,
                         t->log.at[i]);
        t->both_ran = 0; /* that was somebody */
        again(state, &t);
    }
    assert_true(started > 10);
}

static void a_held_back_ask_is_not_sent_after_an_interrupt(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/part/0", FATE_OK)->hook = fail_for_ten_seconds;
    toy_start(t, 1);
    t->interrupt_at = 1027;
    t->save_s = 20;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_int_equal(toy_requests(t, "POST /server/s1/part/"), 1);
    assert_true(toy_sent_at(t, "POST /server/s1/part/0", 0) < 1027);
    assert_true(toy_sent_at(t, "POST /server/s1/part/0", 0) + 10 > 1027);
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
}

static void the_end_of_a_run_is_saved_before_it_is_told(void **state)
{
    struct toy *t = *state;
    struct vec runs = {0};
    struct err err = {0};

    toy_start(t, 2);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    assert_true(store_runs(t->reader, t->run_id, &runs, &err));
    assert_string_equal(((struct run_row *)runs.at[0])->state, "over");
    vec_clear(&runs, run_row_free);
}

/* ---- a broken disk ---- */

static void a_broken_disk_ends_the_command_at_once(void **state)
{
    struct toy *t = *state;
    int n = commits_of_a_move(state);

    for (int at = 3; at <= n; at++) {
        int sent;

        t = *state;
        t->on_event = remember_when;
        toy_start(t, 1);
        t->fail_how = STORE_DEAD;
        t->fail_at = at;
        t->fail_n = 1; /* it would work again: but this process does not believe it */
        assert_int_equal(toy_go(t), ENGINE_STATE);
        sent = t->mutations;
        assert_true(clock_mono() - t->failed_at < 0.2); /* the answer of what was sent */
        assert_int_equal(toy_events(t, "store-trouble"), 0);
        t->fail_at = 0;
        toy_resume(t);
        assert_int_equal(toy_go(t), ENGINE_OVER);
        assert_true(t->mutations >= sent);
        toy_assert_state(t, 0, MOVE_MOVED);
        toy_assert_moved(t, "s1");
        again(state, &t);
    }
}

/* ---- what is in the store, and what is not ---- */

static void polls_are_not_written_down(void **state)
{
    struct toy *t = *state;
    int before;

    toy_start(t, 1);
    t->save_s = 500;
    t->interrupt_at = 1100;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    before = t->commits;
    toy_resume(t);
    t->interrupt_at = 1400;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_int_equal(move_state(toy_move(t, 0)), MOVE_RUNNING);
    /* 300 s of looking every 5 s: only the limit's clock is saved, now and then. */
    assert_true(t->commits - before < 40);
    assert_true(toy_requests(t, "GET /thing/t1") > 50);
}

static void a_capture_is_written_once_and_read_again(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    t->interrupt_at = 1010;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    toy_resume(t);
    assert_true(toy_str_is(move_capture(toy_move(t, 0)), "name", "name-s1"));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    assert_true(toy_str_is(move_capture(toy_move(t, 0)), "power", "on"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(a_turn_is_saved_before_it_is_told),
        TOY_TEST(a_full_disk_for_a_moment_changes_nothing),
        TOY_TEST(a_full_disk_for_long_ends_the_command),
        TOY_TEST(thirty_seconds_is_the_patience),
        TOY_TEST(answers_are_heard_meanwhile),
        TOY_TEST(what_waited_for_space_is_looked_at_again),
        TOY_TEST(a_held_back_ask_is_not_sent_after_an_interrupt),
        TOY_TEST(the_end_of_a_run_is_saved_before_it_is_told),
        TOY_TEST(a_broken_disk_ends_the_command_at_once),
        TOY_TEST(polls_are_not_written_down),
        TOY_TEST(a_capture_is_written_once_and_read_again),
    };

    return cmocka_run_group_tests_name("flow/save", tests, NULL, NULL);
}
