/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/engine: the gate, the limits of how many, interrupts, reads for commands
 * (laws 4, 12, 13). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

/* ---- the gate ---- */

static enum engine_end go_to_gate(struct toy *t)
{
    struct err err = {0};

    return engine_go(t->engine, UNTIL_GATE, &err);
}

static void the_gate_is_before_the_first_change(void **state)
{
    struct toy *t = *state;

    toy_start(t, 3);
    assert_int_equal(go_to_gate(t), ENGINE_OVER);
    for (int i = 0; i < 3; i++) {
        assert_true(engine_at_gate(t->engine, toy_move(t, i)));
        toy_assert_state(t, i, MOVE_PLANNED);
        assert_non_null(move_capture(toy_move(t, i)));
    }
    assert_int_equal(t->mutations, 0);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < 3; i++)
        toy_assert_state(t, i, MOVE_MOVED);
}

static void a_declined_move_is_skipped(void **state)
{
    struct toy *t = *state;

    toy_start(t, 2);
    assert_int_equal(go_to_gate(t), ENGINE_OVER);
    engine_decline(t->engine, toy_move(t, 0), "declined");
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_SKIPPED);
    toy_assert_state(t, 1, MOVE_MOVED);
    assert_int_equal(toy_requests(t, "POST /server/s1"), 0);
}

/* Somebody thought about the prompt for an hour: what allows the first change is looked
 * at again. */
static void after_the_gate_it_looks_again(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    assert_int_equal(go_to_gate(t), ENGINE_OVER);
    clock_advance(3600);
    toy_server(t, "s1")->claim = xstrdup("another move");
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_FAILED);
    assert_int_equal(t->mutations, 0);
}

/* ---- how many ---- */

static int most_under_way;

static void count_under_way(struct toy *t, const struct event *event)
{
    int n = 0;

    (void)event;
    for (size_t i = 0; i < engine_n_moves(t->engine); i++)
        n += move_state(engine_move(t->engine, i)) == MOVE_RUNNING;
    if (n > most_under_way)
        most_under_way = n;
}

static void so_many_are_under_way_and_not_more(void **state)
{
    struct toy *t = *state;

    for (int parallel = 1; parallel <= 5; parallel += 2) {
        most_under_way = 0;
        t->on_event = count_under_way;
        t->options.parallel = parallel;
        toy_start(t, 9);
        assert_int_equal(toy_go(t), ENGINE_OVER);
        for (int i = 0; i < 9; i++)
            toy_assert_state(t, i, MOVE_MOVED);
        assert_int_equal(most_under_way, parallel);
        assert_int_equal(toy_tear_down(state), 0);
        assert_int_equal(toy_set_up(state), 0);
        t = *state;
    }
}

static void so_many_into_one_zone(void **state)
{
    struct toy *t = *state;

    most_under_way = 0;
    t->on_event = count_under_way;
    t->options.parallel = 5;
    t->options.per_zone = 2;
    toy_start(t, 6);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < 6; i++)
        toy_assert_state(t, i, MOVE_MOVED);
    assert_int_equal(most_under_way, 2);
}

/* Two hosts, one move of each at a time: never two of the same. */
static void so_many_from_one_host(void **state)
{
    struct toy *t = *state;

    most_under_way = 0;
    t->on_event = count_under_way;
    t->hosts = 2;
    t->options.parallel = 5;
    t->options.per_host = 1;
    toy_start(t, 6);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < 6; i++)
        toy_assert_state(t, i, MOVE_MOVED);
    assert_int_equal(most_under_way, 2);
}

/* How many sources were being changed at once: between first and last request. */
static int most_at_once(const struct toy *t, size_t from, int n)
{
    int most = 0;

    for (size_t at = from; at < t->log.len; at++) {
        int now = 0;

        for (int i = 1; i <= n; i++) {
            AUTO_FREE char *of = xasprintf("/server/s%d", i);
            bool before = false, after = false;

            for (size_t k = from; k < t->log.len; k++) {
                bool its = strstr(t->log.at[k], of) && t->log.at[k][0] != 'G';

                before = before || (its && k <= at);
                after = after || (its && k >= at);
            }
            now += before && after;
        }
        most = now > most ? now : most;
    }
    return most;
}

static void the_way_back_keeps_to_it_too(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    size_t from;

    t->options.parallel = 2;
    toy_start(t, 8);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_restart(t);
    from = t->log.len;
    for (int i = 0; i < 8; i++)
        assert_true(engine_discard(t->engine, toy_move(t, i), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < 8; i++)
        toy_assert_state(t, i, MOVE_UNDONE);
    assert_int_equal(most_at_once(t, from, 8), 2);
}

/* ---- law 12 ---- */

static void one_failure_touches_no_other(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    toy_rule(t, "POST /server/s2/lock", FATE_STATUS)->status = 403;
    toy_rule(t, "POST /server/s3/seal", FATE_STATUS)->status = 403;
    rule = toy_rule(t, "POST /server/s4/off", FATE_DROP);
    rule->count = 0;
    t->options.parallel = 5;
    toy_start(t, 5);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
    toy_assert_state(t, 1, MOVE_UNDONE);
    toy_assert_undone(t, "s2");
    toy_assert_state(t, 2, MOVE_HELD);
    toy_assert_state(t, 3, MOVE_HELD);
    toy_assert_state(t, 4, MOVE_MOVED);
    toy_assert_moved(t, "s5");
}

/* ---- interrupts ---- */

static void an_interrupt_waits_for_answers_and_sends_nothing(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/lock", FATE_OK);
    int sent;

    rule->delay_s = 20;
    t->interrupt_at = 1005;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_true(clock_mono() >= toy_sent_at(t, "POST /server/s1/lock", 0) + 20);
    sent = t->mutations;
    assert_true(text_starts(t->log.at[t->log.len - 1], "POST /server/s1/lock"));
    assert_int_equal(toy_events(t, "interrupted"), 1);
    toy_assert_state(t, 0, MOVE_RUNNING);

    /* The answer was heard, and saved: the next life does not ask again. */
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    assert_int_equal(toy_requests(t, "POST /server/s1/lock"), 1);
    assert_true(t->mutations > sent);
    toy_assert_moved(t, "s1");
}

static void once(struct toy *t)
{
    t->interrupts = 1;
}

/* The answer that would allow the first change comes together with the interrupt. */
static void an_interrupt_is_faster_than_a_change(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "GET /server/s1", FATE_OK)->hook = once;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_int_equal(t->mutations, 0);
}

static void an_interrupt_does_not_wait_for_the_cloud(void **state)
{
    struct toy *t = *state;

    t->save_s = 3000;
    t->interrupt_at = 1050;
    toy_start(t, 4);
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_true(clock_mono() < 1052);
}

static void twice(struct toy *t)
{
    t->interrupts = 2;
}

static void a_second_interrupt_leaves_at_once(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "POST /server/s1/lock", FATE_OK);

    rule->delay_s = 50;
    rule->hook = twice;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_true(clock_mono() < toy_sent_at(t, "POST /server/s1/lock", 0) + 1);
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_moved(t, "s1");
}

static void nothing_begins_after_an_interrupt(void **state)
{
    struct toy *t = *state;

    t->interrupts = 1;
    toy_start(t, 3);
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    assert_int_equal(t->log.len, 0);
    toy_assert_state(t, 0, MOVE_PLANNED);
}

/* ---- law 13: the clock ---- */

static void the_calendar_may_jump(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /things/", FATE_DROP);
    toy_start(t, 1);
    t->interrupt_at = 1010;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    clock_jump_wall(-90000);
    toy_resume(t);
    t->interrupt_at = clock_mono() + 20;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    clock_jump_wall(400000);
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
    /* Settled by looks, not by the calendar. */
    assert_true(toy_sent_at(t, "POST /things/", 1) > 1030 + 60);
}

/* ---- engine_read ---- */

static void build_read(void *world, void *ctx, struct request *r)
{
    (void)world;
    request_init(r, "GET", ctx);
    r->service = TOY_SERVERS;
}

static bool read_it(struct toy *t, char *url, json_t **body, struct err *err)
{
    return engine_read(t->engine, TOY_SERVERS, build_read, url, body, err);
}

static void a_command_can_read(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    json_t *body = NULL;

    toy_server_new(t, "s1");
    toy_engine(t);
    assert_true(read_it(t, "/server/s1", &body, &err));
    assert_true(toy_str_is(json_object_get(body, "server"), "id", "s1"));
    json_decref(body);
    assert_int_equal(t->tokens, 1);
}

static void a_read_that_is_refused_says_so(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    json_t *body = NULL;

    toy_engine(t);
    assert_false(read_it(t, "/server/none", &body, &err));
    assert_null(body);
    assert_non_null(strstr(err.text, "404"));
}

static void a_read_renews_the_token_once(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    json_t *body = NULL;
    struct rule *rule = toy_rule(t, "GET /server/s1", FATE_STATUS);

    rule->status = 401;
    toy_server_new(t, "s1");
    toy_engine(t);
    assert_true(read_it(t, "/server/s1", &body, &err));
    json_decref(body);
    assert_int_equal(t->tokens, 2);
    rule->count = 0;
    assert_false(read_it(t, "/server/s1", &body, &err));
    assert_int_equal(toy_requests(t, "GET /server/s1"), 4);
}

static void a_read_without_a_cloud_ends(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    json_t *body = NULL;
    struct rule *rule = toy_rule(t, "POST /token", FATE_NOT_SENT);

    rule->count = 0;
    toy_engine(t);
    assert_false(read_it(t, "/server/s1", &body, &err));
    assert_int_equal(err.code, ERR_CONNECT);
    assert_true(clock_mono() < 1001);
}

static void a_read_can_be_interrupted(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    json_t *body = NULL;

    toy_rule(t, "GET /server/s1", FATE_OK)->delay_s = 30;
    toy_server_new(t, "s1");
    t->interrupt_at = 1002;
    toy_engine(t);
    assert_false(read_it(t, "/server/s1", &body, &err));
    assert_int_equal(err.code, ERR_INTERRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(the_gate_is_before_the_first_change),
        TOY_TEST(a_declined_move_is_skipped),
        TOY_TEST(after_the_gate_it_looks_again),
        TOY_TEST(so_many_are_under_way_and_not_more),
        TOY_TEST(so_many_into_one_zone),
        TOY_TEST(so_many_from_one_host),
        TOY_TEST(the_way_back_keeps_to_it_too),
        TOY_TEST(one_failure_touches_no_other),
        TOY_TEST(an_interrupt_waits_for_answers_and_sends_nothing),
        TOY_TEST(an_interrupt_is_faster_than_a_change),
        TOY_TEST(an_interrupt_does_not_wait_for_the_cloud),
        TOY_TEST(a_second_interrupt_leaves_at_once),
        TOY_TEST(nothing_begins_after_an_interrupt),
        TOY_TEST(the_calendar_may_jump),
        TOY_TEST(a_command_can_read),
        TOY_TEST(a_read_that_is_refused_says_so),
        TOY_TEST(a_read_renews_the_token_once),
        TOY_TEST(a_read_without_a_cloud_ends),
        TOY_TEST(a_read_can_be_interrupted),
    };

    return cmocka_run_group_tests_name("flow/engine", tests, NULL, NULL);
}
