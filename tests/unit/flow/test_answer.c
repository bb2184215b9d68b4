/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/ask: which answers end an ask and which do not, the token, the rate, and
 * what is not asked for at all (laws 3, 4, 5). */
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

static void fresh(void **state, struct toy **t)
{
    assert_int_equal(toy_tear_down(state), 0);
    assert_int_equal(toy_set_up(state), 0);
    *t = *state;
}

static int images(const struct toy *t)
{
    return toy_requests(t, IMAGE) - toy_requests(t, "POST /things/target");
}

/* ---- law 5: answers ---- */

static void lose_the_image(struct toy *t)
{
    ((struct toy_thing *)t->things.at[0])->gone = true;
}

static void no_trace_after_an_answer_is_a_failure(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "GET /thing/t1", FATE_OK)->hook = lose_the_image;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    toy_assert_undone(t, "s1");
    assert_int_equal(images(t), 1);
    assert_true(toy_journal_has(t, 0, "did not do it"));
}

static void a_definite_no_is_a_failure(void **state)
{
    static const int all[] = {400, 403, 404, 405, 406, 413, 415};
    struct toy *t = *state;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        toy_rule(t, IMAGE, FATE_STATUS)->status = all[i];
        toy_start(t, 1);
        assert_int_equal(toy_go(t), ENGINE_OVER);
        toy_assert_state(t, 0, MOVE_UNDONE);
        toy_assert_undone(t, "s1");
        assert_int_equal(toy_requests(t, IMAGE), 1);
        if (i + 1 < sizeof all / sizeof all[0]) {
            fresh(state, &t);
        }
    }
}

static void somebody_stops_it(struct toy *t)
{
    toy_server(t, "s1")->on = false;
}

static void a_conflict_is_looked_at(void **state)
{
    struct toy *t = *state;

    toy_rule(t, OFF, FATE_OK)->hook = somebody_stops_it;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, OFF), 1);
    assert_int_equal(toy_effects(t, "off", "s1"), 0);
}

/* What stands in the way of a second ask may be the first one, which nobody answered. */
static void a_conflict_of_a_second_ask_is_a_look(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    toy_rule(t, IMAGE, FATE_LATE)->late_s = 75;
    rule = toy_rule(t, IMAGE, FATE_STATUS);
    rule->skip = 1;
    rule->status = 409;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, IMAGE),
                     3); /* two for the image, one for the target */
}

static void a_precondition_that_failed_is_a_look(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/seal", FATE_STATUS)->status = 412;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, "POST /server/s1/seal"), 2);
}

static void what_never_left_is_asked_again_without_settling(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, IMAGE, FATE_NOT_SENT);

    rule->count = 4; /* and as often as it takes */
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, IMAGE), 6);
    assert_true(toy_sent_at(t, IMAGE, 1) - toy_sent_at(t, IMAGE, 0) < 5);
}

/* A connection that fails, or too many requests, is not a refusal: it does not count when
 * one comes. */
static void what_was_not_taken_is_no_refusal(void **state)
{
    static const enum fate fates[] = {FATE_NOT_SENT, FATE_STATUS};
    struct toy *t = *state;

    for (size_t i = 0; i < 2; i++) {
        struct rule *rule = toy_rule(t, OFF, fates[i]);

        rule->count = 3;
        rule->status = 429;
        rule = toy_rule(t, OFF, FATE_STATUS);
        rule->skip = 3;
        rule->status = 409;
        toy_start(t, 1);
        go_moved(t);
        assert_int_equal(toy_requests(t, OFF), 5);
        if (i == 0) {
            fresh(state, &t);
        }
    }
}

/* ---- law 3: the token, the rate ---- */

static void a_refused_token_is_renewed_once_for_all_reads(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /server/", FATE_STATUS);

    rule->status = 401;
    rule->count = 4;
    t->options.parallel = 4;
    toy_start(t, 4);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < 4; i++)
        toy_assert_state(t, i, MOVE_MOVED);
    assert_int_equal(t->tokens, 2);
}

static void a_refused_change_goes_back_to_looking(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, IMAGE, FATE_ACTED_STATUS);

    rule->status = 401; /* a service behind may say so, half-way */
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(t->tokens, 2);
    assert_int_equal(toy_requests(t, IMAGE), 2);
}

/* A 401 may come from a service behind, half-way: what it began may still arrive. */
static void a_refused_change_settles_like_an_unanswered_one(void **state)
{
    static const int all[] = {401, 503};
    struct toy *t = *state;

    for (size_t i = 0; i < 2; i++) {
        struct rule *rule = toy_rule(t, IMAGE, FATE_LATE_STATUS);

        rule->status = all[i];
        rule->late_s = 40;
        toy_start(t, 1);
        go_moved(t);
        assert_int_equal(toy_requests(t, IMAGE), 2);
        if (i == 0) {
            fresh(state, &t);
        }
    }
}

static void a_fresh_token_that_is_refused_ends_the_run(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /things/", FATE_STATUS);

    rule->status = 401;
    rule->count = 0;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_LOST);
    toy_assert_state(t, 0, MOVE_RUNNING);
    assert_true(t->tokens < 5);
    rule->until = 1;
    toy_resume(t);
    go_moved(t);
}

static void too_many_requests_is_a_pause_and_not_counted(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, IMAGE, FATE_STATUS);

    rule->status = 429;
    rule->retry_after_s = 20;
    rule->count = 6;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, IMAGE), 8);
    for (int i = 0; i < 6; i++)
        assert_true(toy_sent_at(t, IMAGE, i + 1) - toy_sent_at(t, IMAGE, i) >= 20);
}

/* Reads are answered all the while: nothing but the changes is refused. */
static void too_many_requests_without_end_ends_the_run(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, OFF, FATE_STATUS);

    rule->status = 429;
    rule->count = 0;
    t->options.patience_s = 300;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_LOST);
    assert_true(clock_mono() >= toy_sent_at(t, OFF, 0) + 300);
    assert_true(clock_mono() < toy_sent_at(t, OFF, 0) + 400);
    toy_assert_state(t, 0, MOVE_RUNNING);
    rule->until = 1;
    toy_resume(t);
    go_moved(t);
}

/* Another's change was taken meanwhile: the service works, and this one waits. */
static void a_service_that_takes_changes_is_not_given_up(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, OFF, FATE_STATUS);

    rule->status = 429;
    rule->count = 0;
    rule->until = 1800;
    t->options.patience_s = 500;
    toy_rule(t, "POST /server/s2/off", FATE_LATE_STATUS)->status = 503;
    toy_start(t, 2);
    rule = toy_rule(t, "POST /server/s2/lock", FATE_STATUS);
    rule->status = 429;
    rule->retry_after_s = 450;
    rule->count = 1;
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_state(t, 1, MOVE_MOVED);
}

/* ---- a replica that lags ---- */

static void what_was_accepted_may_show_a_little_later(void **state)
{
    struct toy *t = *state;

    t->lag_s = 1.5;
    toy_rule(t, IMAGE, FATE_CUT);
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_effects(t, "make image", "s1"), 1);
}

/* ---- BLIND ---- */

static void what_leaves_no_evidence_is_asked_once(void **state)
{
    struct toy *t = *state;

    toy_start_with(t, &toy_blind, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    assert_int_equal(toy_effects(t, "knock", "s1"), 1);
}

static void without_evidence_and_answer_a_person_decides(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/knock", FATE_LOST);
    toy_start_with(t, &toy_blind, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_effects(t, "knock", "s1"), 1);

    /* Resumed, it still does not ask again: it cannot know. */
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_effects(t, "knock", "s1"), 1);
}

/* ---- law 4: look first ---- */

static void what_somebody_did_already_is_not_asked_for(void **state)
{
    struct toy *t = *state;
    struct toy_server *s = toy_server_new(t, "s1");

    s->on = false;
    s->parts[1] = 1;
    toy_start(t, 1);
    go_moved(t);
    assert_int_equal(toy_requests(t, OFF), 0);
    assert_int_equal(toy_requests(t, "POST /server/s1/part/1"), 0);
    assert_int_equal(toy_requests(t, "POST /server/s1/part/"), 2);
}

static void somebody_starts_it(struct toy *t)
{
    toy_server(t, "s1")->on = true;
}

/* What happens once the source is locked holds the move before its image. */
static void held_by(struct toy *t, void (*happens)(struct toy *), const char *words)
{
    AUTO_FREE char *why = NULL;

    toy_rule(t, "POST /server/s1/lock", FATE_OK)->hook = happens;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    why = toy_held(t, 0);
    assert_non_null(strstr(why, words));
    assert_int_equal(toy_requests(t, IMAGE), 0);
}

static void a_broken_guard_is_held(void **state)
{
    held_by(*state, somebody_starts_it, "somebody started the source");
}

static void rival_comes(struct toy *t)
{
    toy_server(t, "s1")->rival_until = clock_mono() + 86400;
}

static void rival_comes_and_goes(struct toy *t)
{
    toy_server(t, "s1")->rival_until = clock_mono() + 20;
}

static void a_rival_who_goes_again_holds_nothing(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/lock", FATE_OK)->hook = rival_comes_and_goes;
    toy_start(t, 1);
    go_moved(t);
}

static void a_rival_who_stays_holds(void **state)
{
    held_by(*state, rival_comes, "a rival has claimed it");
}

static void the_room_comes_late(struct toy *t)
{
    t->room_at = clock_mono() + 100;
    toy_late(t, 50, "POST", "/server/s1/on");
}

/* The look that allows an ask must not have grown old while the ask waited for room. */
static void a_guard_is_judged_on_a_fresh_look(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /server/s1/lock", FATE_OK)->hook = the_room_comes_late;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    assert_int_equal(toy_requests(t, IMAGE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(no_trace_after_an_answer_is_a_failure),
        TOY_TEST(a_definite_no_is_a_failure),
        TOY_TEST(a_conflict_is_looked_at),
        TOY_TEST(a_conflict_of_a_second_ask_is_a_look),
        TOY_TEST(a_precondition_that_failed_is_a_look),
        TOY_TEST(what_never_left_is_asked_again_without_settling),
        TOY_TEST(what_was_not_taken_is_no_refusal),
        TOY_TEST(a_refused_token_is_renewed_once_for_all_reads),
        TOY_TEST(a_refused_change_goes_back_to_looking),
        TOY_TEST(a_refused_change_settles_like_an_unanswered_one),
        TOY_TEST(a_fresh_token_that_is_refused_ends_the_run),
        TOY_TEST(too_many_requests_is_a_pause_and_not_counted),
        TOY_TEST(too_many_requests_without_end_ends_the_run),
        TOY_TEST(a_service_that_takes_changes_is_not_given_up),
        TOY_TEST(what_was_accepted_may_show_a_little_later),
        TOY_TEST(what_leaves_no_evidence_is_asked_once),
        TOY_TEST(without_evidence_and_answer_a_person_decides),
        TOY_TEST(what_somebody_did_already_is_not_asked_for),
        TOY_TEST(a_broken_guard_is_held),
        TOY_TEST(a_rival_who_goes_again_holds_nothing),
        TOY_TEST(a_rival_who_stays_holds),
        TOY_TEST(a_guard_is_judged_on_a_fresh_look),
    };

    return cmocka_run_group_tests_name("flow/answer", tests, NULL, NULL);
}
