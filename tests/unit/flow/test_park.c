/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/park: services that are away for a while, or for good (law 9). */
#include <string.h>

#include "base/mem.h"
#include "toy.h"

static void go_moved(struct toy *t)
{
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
}

/* Every request that begins so fails in this time. */
static struct rule *outage(struct toy *t, const char *match, enum fate fate, double from,
                           double until)
{
    struct rule *rule = toy_rule(t, match, fate);

    rule->count = 0;
    rule->status = 503;
    rule->from = from;
    rule->until = until;
    return rule;
}

static void all_ways_of_being_away(void **state)
{
    static const enum fate ways[] = {FATE_STATUS, FATE_NOT_SENT, FATE_DROP};
    struct toy *t = *state;

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        outage(t, "GET /", ways[i], 1001, 1200);
        toy_start(t, 1);
        go_moved(t);
        assert_true(clock_mono() > 1200);
        assert_int_equal(toy_events(t, "move-state s1 undone"), 0);
        assert_true(toy_events(t, "service-parked") >= 1);
        assert_int_equal(toy_events(t, "service-back"), toy_events(t, "service-parked"));
        if (i + 1 < sizeof ways / sizeof ways[0]) {
            assert_int_equal(toy_tear_down(state), 0);
            assert_int_equal(toy_set_up(state), 0);
            t = *state;
        }
    }
}

/* Longer than the limit of the row that waits. */
static void the_limit_stands_still_meanwhile(void **state)
{
    struct toy *t = *state;

    t->options.patience_s = 5000;
    t->save_s = 1600; /* it waits still when the outage is over */
    outage(t, "GET /", FATE_STATUS, 1020, 2500);
    toy_start(t, 1);
    go_moved(t);
}

static void the_limit_stands_still_in_a_long_retry_after(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/off", FATE_STATUS);

    t->options.patience_s = 5000;
    rule->status = 429;
    rule->retry_after_s = 1000;
    toy_start(t, 1);
    go_moved(t);
    assert_true(clock_mono() > 2000);
}

/* ... also for the others, whose looks wait for the same service. */
static void a_pause_of_one_is_not_counted_to_another(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/label", FATE_STATUS);

    t->options.patience_s = 5000;
    rule->status = 429;
    rule->retry_after_s = 1000;
    toy_server_new(t, "s1")->on = false; /* so it comes to its last rows sooner */
    t->save_s = 5;
    t->build_s = 1;
    t->power_s = 60;
    t->options.parallel = 2;
    toy_start(t, 2);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_state(t, 1, MOVE_MOVED);
}

static void nobody_hurries_a_service_that_says_when(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /things/", FATE_STATUS);

    rule->status = 503;
    rule->retry_after_s = 90;
    toy_start(t, 1);
    go_moved(t);
    assert_true(toy_sent_at(t, "GET /things/", 1) - toy_sent_at(t, "GET /things/", 0) >=
                80);
}

/* 413 is a spent quota, or (with a time) a limit of requests: that one is no answer. */
static void a_read_that_may_come_later_comes_later(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /things/", FATE_STATUS);

    rule->status = 413;
    rule->retry_after_s = 20;
    toy_start(t, 1);
    go_moved(t);
    assert_true(toy_sent_at(t, "GET /things/", 1) - toy_sent_at(t, "GET /things/", 0) >=
                18);
}

static void a_cloud_that_stays_away_is_lost_and_resumable(void **state)
{
    struct toy *t = *state;

    outage(t, "GET /", FATE_NOT_SENT, 1010, 2000);
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_LOST);
    assert_true(clock_mono() >= 1310 && clock_mono() < 1340);
    toy_assert_state(t, 0, MOVE_RUNNING);
    clock_advance(1000);
    toy_resume(t);
    go_moved(t);
}

static void before_any_change_it_is_told_sooner(void **state)
{
    struct toy *t = *state;

    outage(t, "GET /", FATE_STATUS, 0, 5000);
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_LOST);
    assert_true(clock_mono() < 1040);
    toy_assert_state(t, 0, MOVE_PLANNED);
}

static void a_first_contact_that_fails_is_told_at_once(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    outage(t, "POST /token", FATE_NOT_SENT, 0, 5000);
    toy_start(t, 1);
    assert_int_equal(engine_go(t->engine, UNTIL_OVER, &err), ENGINE_LOST);
    assert_true(clock_mono() < 1001);
    assert_int_equal(err.code, ERR_CONNECT);
    assert_int_equal(t->mutations, 0);
}

static void a_token_that_cannot_be_had_later_is_waited_for(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /things/", FATE_STATUS);

    rule->status = 401;
    outage(t, "POST /token", FATE_NOT_SENT, 0, 1100)->skip = 1;
    toy_start(t, 1);
    go_moved(t);
    assert_true(clock_mono() > 1100);
}

static void a_password_that_changed_ends_the_run(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /things/", FATE_STATUS);
    struct err err = {0};

    rule->status = 401;
    rule = outage(t, "POST /token", FATE_STATUS, 0, 0);
    rule->skip = 1;
    rule->status = 401;
    toy_start(t, 1);
    assert_int_equal(engine_go(t->engine, UNTIL_OVER, &err), ENGINE_LOST);
    assert_int_equal(err.code, ERR_AUTH);
    toy_assert_state(t, 0, MOVE_RUNNING);
    assert_true(clock_mono() < 1010);
}

/* ---- law 12: what only one of them meets ---- */

static void a_read_that_fails_for_one_holds_only_that_one(void **state)
{
    struct toy *t = *state;

    t->options.parallel = 3;
    t->save_s = 500; /* the others go on using the service */
    toy_start(t, 3);
    AUTO_FREE char *bad = xasprintf("GET /things/%s", move_id(toy_move(t, 1)));
    outage(t, bad, FATE_STATUS, 0, 0)->status = 500;
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_state(t, 1, MOVE_HELD);
    toy_assert_state(t, 2, MOVE_MOVED);
}

/* While a service is away nothing is asked of it that changes something. */
static void nothing_is_asked_of_a_service_that_is_away(void **state)
{
    struct toy *t = *state;

    outage(t, "GET /server", FATE_STATUS, 1010, 1150);
    outage(t, "GET /thing", FATE_STATUS, 1010, 1150);
    toy_start(t, 4);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (size_t i = 0; i < t->log.len; i++)
        if (t->log_at[i] > 1012 && t->log_at[i] < 1150 && t->log.at[i][0] != 'G')
            fail_msg("%s at %.1f", t->log.at[i], t->log_at[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(all_ways_of_being_away),
        TOY_TEST(the_limit_stands_still_meanwhile),
        TOY_TEST(the_limit_stands_still_in_a_long_retry_after),
        TOY_TEST(a_pause_of_one_is_not_counted_to_another),
        TOY_TEST(nobody_hurries_a_service_that_says_when),
        TOY_TEST(a_read_that_may_come_later_comes_later),
        TOY_TEST(a_cloud_that_stays_away_is_lost_and_resumable),
        TOY_TEST(before_any_change_it_is_told_sooner),
        TOY_TEST(a_first_contact_that_fails_is_told_at_once),
        TOY_TEST(a_token_that_cannot_be_had_later_is_waited_for),
        TOY_TEST(a_password_that_changed_ends_the_run),
        TOY_TEST(a_read_that_fails_for_one_holds_only_that_one),
        TOY_TEST(nothing_is_asked_of_a_service_that_is_away),
    };

    return cmocka_run_group_tests_name("flow/park", tests, NULL, NULL);
}
