/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/watch: what a look may testify, and how few requests looking costs (law
 * 6). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

static void go_all_moved(struct toy *t, int n)
{
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *id = xasprintf("s%d", i + 1);

        toy_assert_state(t, i, MOVE_MOVED);
        toy_assert_moved(t, id);
    }
}

/* ---- a table whose moves all look at one list ---- */

static void pool_watch(struct move *m, struct watch *w)
{
    (void)m;
    watch_add(w, &toy_kind_things, "pool");
}

static enum verdict pool_seen(struct move *m, const struct look *look)
{
    size_t i;
    json_t *thing;

    move_set_quiet(m, true);
    json_array_foreach(look_doc(look, &toy_kind_things, "pool"), i, thing)
    {
        if (toy_str_is(thing, "server", move_server_id(m)))
            return NEXT;
    }
    return ABSENT;
}

static bool pool_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/things/pool/image/%s", move_server_id(m));
    return true;
}

static enum verdict first_seen(struct move *m, const struct look *look)
{
    return toy_source(m, look) ? NEXT : RETRY;
}

static const struct step pool_rows[] = {
    {.id = "first",
     .label = "looking",
     .watch = toy_watch_source,
     .seen = first_seen,
     .class = CLASS_LOOK,
     .every_s = 5,
     .limit_s = 600,
     .at_limit = FAIL},
    {.id = "pool",
     .label = "making one of a pool",
     .watch = pool_watch,
     .seen = pool_seen,
     .ask = pool_ask,
     .class = CLASS_MARKED,
     .flags = STEP_CHANGES,
     .first_s = 0.1,
     .every_s = 5,
     .limit_s = 600,
     .settle_s = 60,
     .at_limit = FAIL},
};
static const struct strategy pool = {.name = "pool",
                                     .version = 1,
                                     .summary = "many moves look at one list",
                                     .steps = pool_rows,
                                     .n_steps = 2};

/* s2 asks at 1000.15 and is answered at 1000.20; s1's look at the pool, sent at 1000.17,
 * saw it empty and comes back ten seconds later. s2, which looks at 1000.30, shares it.
 */
static void old_news_does_not_testify(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    toy_rule(t, "GET /server/s1", FATE_OK)->delay_s = 0.07;
    rule = toy_rule(t, "GET /things/pool", FATE_OK);
    rule->skip = 1;
    rule->delay_s = 10;
    rule = toy_rule(t, "POST /things/pool/image/s2", FATE_ASYNC);
    rule->late_s = 0.04;
    toy_start_with(t, &pool, 2);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_state(t, 1, MOVE_MOVED);
    assert_int_equal(toy_effects(t, "make image", "s2"), 1);
    /* The story above did happen: one look was shared and had to be taken again. */
    assert_true(toy_sent_at(t, "GET /things/pool", 1) > 1000.16);
    assert_true(toy_sent_at(t, "GET /things/pool", 1) < 1000.19);
    assert_true(toy_sent_at(t, "GET /things/pool", 2) > 1010);
}

/* ---- lists ---- */

static void silence_of_a_list_is_not_absence(void **state)
{
    struct toy *t = *state;

    t->hide = true; /* a cell is down: lists leave its servers out, without a word */
    t->power_s = 120;
    t->options.parallel = 3;
    toy_start(t, 3);
    go_all_moved(t, 3);
    assert_true(toy_requests(t, "GET /servers/") > 0);
}

static void gone_in_a_list_is_confirmed_alone(void **state)
{
    struct toy *t = *state;

    t->lie = true;
    t->power_s = 20;
    t->options.parallel = 3;
    toy_start(t, 3);
    go_all_moved(t, 3);
    assert_true(toy_requests(t, "GET /servers/") > 0);
}

static void delete_s2(struct toy *t)
{
    toy_server(t, "s2")->deleted = true;
    toy_server(t, "s2")->changed = clock_wall();
}

static void what_is_gone_is_noticed(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /servers/", FATE_OK);
    AUTO_FREE char *why = NULL;

    rule->hook = delete_s2;
    t->power_s = 60;
    t->options.parallel = 3;
    toy_start(t, 3);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_assert_state(t, 1, MOVE_HELD);
    toy_assert_state(t, 2, MOVE_MOVED);
    why = toy_held(t, 1);
    assert_non_null(strstr(why, "the source is gone"));
}

/* A list that is refused or broken does not keep those whose own GET is answered. */
static void a_list_that_fails_is_not_needed(void **state)
{
    static const int all[] = {400, 403, 500, 503};
    struct toy *t = *state;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct rule *rule = toy_rule(t, "GET /servers/", FATE_STATUS);

        rule->status = all[i];
        rule->count = 0;
        t->power_s = 100;
        t->options.parallel = 5;
        toy_start(t, 5);
        go_all_moved(t, 5);
        assert_true(rule->met > 0);
        assert_true(clock_mono() < 1300);
        if (i + 1 < sizeof all / sizeof all[0]) {
            assert_int_equal(toy_tear_down(state), 0);
            assert_int_equal(toy_set_up(state), 0);
            t = *state;
        }
    }
}

static int gets_between(const struct toy *t, double from, double to)
{
    int n = 0;

    for (size_t i = 0; i < t->log.len; i++)
        n += text_starts(t->log.at[i], "GET /server") && t->log_at[i] >= from &&
             t->log_at[i] < to;
    return n;
}

static int polls_of(void **state, int n)
{
    struct toy *t = *state;
    int polls;

    t->power_s = 400;
    t->options.parallel = n;
    toy_start(t, n);
    t->interrupt_at = 1300;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    polls = gets_between(t, 1050, 1300);
    assert_int_equal(toy_tear_down(state), 0);
    assert_int_equal(toy_set_up(state), 0);
    return polls;
}

/* 250 s of waiting with every_s 5: fifty looks are enough, for one or for fifty moves. */
static void looking_costs_by_the_tick_not_by_the_move(void **state)
{
    int one = polls_of(state, 1), fifty = polls_of(state, 50);

    assert_true(one >= 40 && one <= 60);
    if (fifty > 3 * one)
        fail_msg("one move costs %d requests, fifty cost %d", one, fifty);
}

static void moves_that_look_at_one_thing_share_a_read(void **state)
{
    struct toy *t = *state;

    t->options.parallel = 20;
    toy_start_with(t, &pool, 20);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    for (int i = 0; i < 20; i++)
        toy_assert_state(t, i, MOVE_MOVED);
    assert_true(toy_requests(t, "GET /things/pool") < 10);
}

/* ---- pages ---- */

static void two_more(struct toy *t)
{
    const struct toy_thing *first = t->things.at[0];

    toy_thing_new(t, first->mark, "s1", false);
    toy_thing_new(t, first->mark, "s1", false);
}

static void all_pages_are_read(void **state)
{
    struct toy *t = *state;

    t->page = 1;
    toy_rule(t, "POST /server/s1/seal", FATE_OK)->hook = two_more;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    assert_int_equal(toy_things(t, "s1", false), 1);
    assert_int_equal(toy_things(t, "s1", true), 1);
}

static void a_page_that_went_begins_again(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    t->page = 1;
    toy_rule(t, "POST /server/s1/seal", FATE_OK)->hook = two_more;
    toy_start(t, 1);
    AUTO_FREE char *second =
        xasprintf("GET /things/%s:image/t1", move_id(toy_move(t, 0)));
    rule = toy_rule(t, second, FATE_STATUS);
    rule->status = 400;
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    assert_true(rule->met > 1);
    assert_int_equal(toy_things(t, "s1", false), 1);
}

static void one_more(struct toy *t)
{
    if (t->things.len > 0)
        toy_thing_new(t, ((const struct toy_thing *)t->things.at[0])->mark, "s1", false);
}

/* What is cut short proves no absence: a list without end is no answer. */
static void a_list_without_end_is_none(void **state)
{
    struct toy *t = *state;
    struct rule *rule;

    t->page = 1;
    toy_rule(t, "POST /server/s1/seal", FATE_OK)->hook = two_more;
    rule = toy_rule(t, "GET /things/", FATE_OK);
    rule->hook = one_more;
    rule->count = 0;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    AUTO_FREE char *why = toy_held(t, 0);
    assert_non_null(strstr(why, "does not end its list"));
}

/* ---- refusals of reads ---- */

static void what_may_not_be_seen_is_told_when_it_is_optional(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /extra/", FATE_STATUS);

    rule->status = 403;
    rule->count = 0;
    toy_rule(t, "POST /things/", FATE_LOST); /* only then it is looked at */
    toy_start(t, 1);
    go_all_moved(t, 1);
    assert_true(rule->met > 0);
}

/* Whatever a guest answers, or whether it answers at all: it is asked once a look, is
 * judged, and says nothing of any service. */
static void guests_are_no_service(void **state)
{
    struct toy *t = *state;
    static const int statuses[] = {401, 404, 500, 503};
    const int n = sizeof(statuses) / sizeof(*statuses);

    toy_told = 0;
    for (int i = 0; i < n; i++) {
        struct rule *rule = toy_rule(t, "GET /guest/", FATE_STATUS);

        rule->skip = i;
        rule->status = statuses[i];
    }
    struct rule *silent = toy_rule(t, "GET /guest/", FATE_NOT_SENT);
    silent->skip = n;
    silent->count = 0;
    toy_rule(t, "POST /things/", FATE_DROP); /* only then it is looked at, for a while */
    toy_start(t, 1);
    go_all_moved(t, 1);
    assert_true(toy_told > n);
    assert_int_equal(toy_events(t, "service-parked"), 0);
    assert_int_equal(t->tokens, 1);
}

static void what_may_not_be_seen_holds_a_move_under_way(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /things/", FATE_STATUS);

    rule->status = 403;
    rule->count = 0;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    rule->until = 1;
    toy_resume(t);
    go_all_moved(t, 1);
}

static void what_may_not_be_seen_before_any_change_fails(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "GET /server/s1", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_FAILED);
    assert_int_equal(t->mutations, 0);
}

static void rubbish_is_not_judged(void **state)
{
    struct toy *t = *state;
    struct rule *rule = toy_rule(t, "GET /thing", FATE_STATUS);

    rule->status = 200; /* an object that is none of what was asked for */
    rule->count = 3;
    toy_start(t, 1);
    go_all_moved(t, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(old_news_does_not_testify),
        TOY_TEST(silence_of_a_list_is_not_absence),
        TOY_TEST(gone_in_a_list_is_confirmed_alone),
        TOY_TEST(what_is_gone_is_noticed),
        TOY_TEST(a_list_that_fails_is_not_needed),
        TOY_TEST(looking_costs_by_the_tick_not_by_the_move),
        TOY_TEST(moves_that_look_at_one_thing_share_a_read),
        TOY_TEST(a_list_without_end_is_none),
        TOY_TEST(all_pages_are_read),
        TOY_TEST(a_page_that_went_begins_again),
        TOY_TEST(what_may_not_be_seen_is_told_when_it_is_optional),
        TOY_TEST(guests_are_no_service),
        TOY_TEST(what_may_not_be_seen_holds_a_move_under_way),
        TOY_TEST(what_may_not_be_seen_before_any_change_fails),
        TOY_TEST(rubbish_is_not_judged),
    };

    return cmocka_run_group_tests_name("flow/watch", tests, NULL, NULL);
}
