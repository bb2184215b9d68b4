/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/ask: what becomes of a request that changes something (laws 2, 3, 4, 5).
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

#define IMAGE "POST /things/"
#define OFF   "POST /server/s1/off"

static void go_moved(struct toy *t)
{
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_moved(t, "s1");
}

static struct ask_row *newest(struct toy *t, const char *step, struct vec *rows)
{
    struct ask_row *found = NULL;
    struct err err = {0};

    assert_true(store_asks(t->reader, move_id(toy_move(t, 0)), rows, &err));
    for (size_t i = 0; i < rows->len; i++)
        if (text_eq(((struct ask_row *)rows->at[i])->step, step))
            found = rows->at[i];
    assert_non_null(found);
    return found;
}

/* ---- law 2: phases ---- */

static void look_at_heard(struct toy *t)
{
    struct vec rows = {0};
    const struct ask_row *ask = newest(t, "make", &rows);

    assert_string_equal(ask->phase, "heard");
    assert_string_equal(ask->new_id, "t1");
    assert_true(text_starts(ask->request_id, "req-"));
    assert_int_equal(ask->status, 202);
    vec_clear(&rows, ask_row_free);
}

static void an_ask_is_asked_heard_and_done(void **state)
{
    struct toy *t = *state;
    struct vec rows = {0};
    const struct ask_row *ask;

    toy_rule(t, "GET /thing/t1", FATE_OK)->hook = look_at_heard;
    toy_start(t, 1);
    go_moved(t);
    ask = newest(t, "make", &rows);
    assert_string_equal(ask->phase, "done");
    assert_string_equal(ask->walk, "forward");
    assert_int_equal(ask->attempt, 0);
    assert_true(ask->intent_at > 0 && ask->heard_at >= ask->intent_at &&
                ask->done_at >= ask->heard_at);
    vec_clear(&rows, ask_row_free);
}

/* ---- law 5: no answer ---- */

static void a_lost_answer_is_looked_for(void **state)
{
    struct toy *t = *state;

    toy_rule(t, OFF, FATE_LOST);
    toy_rule(t, IMAGE, FATE_LOST);
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, OFF), 1);
    assert_int_equal(toy_requests(t, IMAGE), 2); /* one image, one target */
}

static void a_goal_that_never_arrived_is_asked_again_at_once(void **state)
{
    struct toy *t = *state;

    toy_rule(t, OFF, FATE_DROP);
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, OFF), 2);
    assert_true(toy_sent_at(t, OFF, 1) - toy_sent_at(t, OFF, 0) < 5);
}

static void a_create_is_asked_again_after_settling(void **state)
{
    struct toy *t = *state;
    double waited;

    toy_rule(t, IMAGE, FATE_DROP);
    toy_start(t, 1);
    go_moved(t);
    waited = toy_sent_at(t, IMAGE, 1) - toy_sent_at(t, IMAGE, 0);
    assert_true(waited >= 60);
    assert_true(waited < 70);
}

static void settling_is_as_long_as_the_user_says(void **state)
{
    struct toy *t = *state;
    double waited;

    t->options.settle_s = 200;
    toy_rule(t, IMAGE, FATE_DROP);
    toy_rule(t, OFF, FATE_DROP);
    toy_start(t, 1);
    go_moved(t);
    waited = toy_sent_at(t, IMAGE, 1) - toy_sent_at(t, IMAGE, 0);
    assert_true(waited >= 200 && waited < 210);
    /* What needs no settling still needs none. */
    assert_true(toy_sent_at(t, OFF, 1) - toy_sent_at(t, OFF, 0) < 5);
}

static void a_create_that_arrives_late_is_not_asked_again(void **state)
{
    struct toy *t = *state;

    toy_rule(t, IMAGE, FATE_LATE)->late_s = 50;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, IMAGE), 2);
}

/* Looks that could not be taken prove nothing: their time does not settle anything. */
static void settling_counts_looks_not_time(void **state)
{
    struct toy *t = *state;
    struct rule *out = toy_rule(t, "GET /things/", FATE_STATUS);

    out->status = 503;
    out->count = 0;
    out->from = 1030;
    out->until = 1110;
    toy_rule(t, IMAGE, FATE_LATE)->late_s = 115;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, IMAGE), 2);
}

static void three_asks_then_a_person(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, IMAGE, FATE_DROP);
    AUTO_FREE char *why = NULL;

    rule->count = 0;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_requests(t, IMAGE), 3);
    why = toy_held(t, 0);
    assert_non_null(strstr(why, "asked 3 times without an answer"));

    /* Who resumes it has looked: it may ask three times more, after settling. */
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_requests(t, IMAGE), 6);
    rule->count = 1;
    toy_resume(t);
    go_moved(t);
}

static void a_goal_is_not_asked_for_ever_either(void **state)
{
    struct toy *t = *state;

    toy_rule(t, OFF, FATE_DROP)->count = 0;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_requests(t, OFF), 3);
}

static void an_error_of_the_server_is_no_answer(void **state)
{
    static const int all[] = {500, 502, 503, 504, 302, 418};
    struct toy *t = *state;
    struct rule *rule;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        rule = toy_rule(t, IMAGE, FATE_ACTED_STATUS);
        rule->status = all[i];
        toy_start(t, 1);
        go_moved(t);
        assert_int_equal(toy_requests(t, IMAGE), 2);
        if (i + 1 < sizeof all / sizeof all[0]) {
            assert_int_equal(toy_tear_down(state), 0);
            assert_int_equal(toy_set_up(state), 0);
            t = *state;
        }
    }
}

static void a_cut_answer_is_heard_without_an_id(void **state)
{
    struct toy *t = *state;
    struct vec rows = {0};

    toy_rule(t, IMAGE, FATE_CUT);
    toy_start(t, 1);
    go_moved(t);
    assert_null(newest(t, "make", &rows)->new_id);
    assert_int_equal(((struct ask_row *)newest(t, "make", &rows))->status, 202);
    assert_int_equal(toy_requests(t, IMAGE), 2);
    vec_clear(&rows, ask_row_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(an_ask_is_asked_heard_and_done),
        TOY_TEST(a_lost_answer_is_looked_for),
        TOY_TEST(a_goal_that_never_arrived_is_asked_again_at_once),
        TOY_TEST(a_create_is_asked_again_after_settling),
        TOY_TEST(settling_is_as_long_as_the_user_says),
        TOY_TEST(a_create_that_arrives_late_is_not_asked_again),
        TOY_TEST(settling_counts_looks_not_time),
        TOY_TEST(three_asks_then_a_person),
        TOY_TEST(a_goal_is_not_asked_for_ever_either),
        TOY_TEST(an_error_of_the_server_is_no_answer),
        TOY_TEST(a_cut_answer_is_heard_without_an_id),
    };

    return cmocka_run_group_tests_name("flow/ask", tests, NULL, NULL);
}
