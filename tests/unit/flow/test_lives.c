/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crash loop in small: the process dies at every commit and at every request that
 * changes something, in four ways, and another one goes on; then nothing happened twice
 * and the move ended where it was going (laws 2, 5, 7, 10).
 */
#include <string.h>

#include "base/mem.h"
#include "toy.h"

enum story { STORY_FORWARD, STORY_BACK, STORY_DISCARD, STORY_COMMIT, STORY_MAX };
static const char *const stories[] = {"forward", "back", "discard", "commit"};

/* Brings the world to the place where the story begins. */
static void begin(struct toy *t, enum story story)
{
    struct err err = {0};

    t->save_s = 3;
    t->build_s = 3;
    if (story == STORY_BACK) {
        struct rule *rule = toy_rule(t, "POST /server/s1/part/2", FATE_STATUS);

        rule->status = 403;
        rule->count = 0;
    }
    toy_start(t, 1);
    if (story != STORY_DISCARD && story != STORY_COMMIT)
        return;
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_restart(t);
    if (story == STORY_DISCARD)
        assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    else
        assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
}

static void check_end(struct toy *t, enum story story, const char *death)
{
    static const enum move_state ends[] = {MOVE_MOVED, MOVE_UNDONE, MOVE_UNDONE,
                                           MOVE_COMMITTED};

    if (move_state(toy_move(t, 0)) != ends[story]) {
        AUTO_FREE char *why = toy_held(t, 0);

        fail_msg("%s, %s: ended %s (%s)", stories[story], death,
                 move_state_name(move_state(toy_move(t, 0))), why);
    }
    toy_assert_state(t, 0, ends[story]);
    clock_advance(1000); /* whatever is still on its way has arrived then */
    toy_tick(t);
    if (story == STORY_FORWARD)
        toy_assert_moved(t, "s1");
    else if (story != STORY_COMMIT)
        toy_assert_undone(t, "s1");
    else {
        assert_int_equal(toy_effects(t, "delete", "s1"), 1);
        assert_int_equal(toy_things(t, "s1", true), 1);
        assert_int_equal(toy_things(t, "s1", false), 0);
        assert_int_equal(toy_effects(t, "make target", "s1"), 1);
    }
}

/* What a dead process leaves to a person's command is repeated by that person. */
static void go_on(struct toy *t, enum story story)
{
    struct move *m;
    struct err err = {0};

    toy_restart(t);
    m = toy_move(t, 0);
    if (story == STORY_DISCARD && move_state(m) == MOVE_MOVED)
        assert_true(engine_discard(t->engine, m, &err));
    else if (story == STORY_COMMIT && move_state(m) == MOVE_MOVED)
        assert_true(engine_commit(t->engine, m, &err));
    else if (move_state(m) <= MOVE_RUNNING)
        assert_true(engine_resume(t->engine, m, &err));
}

/* Lives until it meets its death or the end; true: it died. */
static bool live(struct toy *t)
{
    enum engine_end end = toy_go(t);

    if (!t->dead && end != ENGINE_OVER)
        fail_msg("it neither died nor ended: %d", (int)end);
    return t->dead;
}

static void fresh(void **state, struct toy **t)
{
    assert_int_equal(toy_tear_down(state), 0);
    assert_int_equal(toy_set_up(state), 0);
    *t = *state;
}

/* ---- death at a request ---- */

static bool die_at_request(struct toy *t, enum story story, int n, enum fate how,
                           double late_s)
{
    AUTO_FREE char *death =
        xasprintf("died at request %d in way %d (%.0f s late)", n, (int)how, late_s);
    bool died;

    begin(t, story);
    t->die_at = t->mutations + n;
    t->die_how = how;
    t->die_late_s = late_s;
    died = live(t);
    if (died) {
        go_on(t, story);
        assert_false(live(t));
    }
    check_end(t, story, death);
    return died;
}

static void all_requests(void **state, enum fate how, double late_s)
{
    struct toy *t = *state;

    for (int story = 0; story < STORY_MAX; story++) {
        int n = 1;

        while (die_at_request(t, (enum story)story, n, how, late_s)) {
            n++;
            fresh(state, &t);
        }
        assert_true(n > (story == STORY_COMMIT ? 2 : 8));
        fresh(state, &t);
    }
}

static void a_request_that_never_arrives(void **state)
{
    all_requests(state, FATE_DROP, 0);
}

static void a_request_acted_on_whose_answer_is_lost(void **state)
{
    all_requests(state, FATE_LOST, 0);
}

static void a_request_that_arrives_in_the_next_life(void **state)
{
    all_requests(state, FATE_LATE, 0.3);
}

static void a_request_that_arrives_much_later(void **state)
{
    all_requests(state, FATE_LATE, 20);
}

/* ---- death at a commit ---- */

static bool die_at_commit(struct toy *t, enum story story, int n, bool after)
{
    AUTO_FREE char *death = xasprintf("died %s commit %d", after ? "after" : "before", n);
    bool died;

    begin(t, story);
    t->die_at_commit = t->commits + n;
    t->die_after = after;
    died = live(t);
    if (died) {
        go_on(t, story);
        assert_false(live(t));
    }
    check_end(t, story, death);
    return died;
}

static void all_commits(void **state, bool after)
{
    struct toy *t = *state;

    for (int story = 0; story < STORY_MAX; story++) {
        int n = 1;

        while (die_at_commit(t, (enum story)story, n, after)) {
            n++;
            fresh(state, &t);
        }
        assert_true(n > 4);
        fresh(state, &t);
    }
}

static void death_before_each_commit(void **state)
{
    all_commits(state, false);
}

static void death_after_each_commit(void **state)
{
    all_commits(state, true);
}

/* ---- death again and again ---- */

static void death_at_every_single_request(void **state)
{
    static const enum fate ways[] = {FATE_DROP, FATE_LOST, FATE_LATE};
    struct toy *t = *state;

    for (size_t way = 0; way < 3; way++) {
        int lives = 0;

        begin(t, STORY_FORWARD);
        t->die_at = t->mutations + 1;
        t->die_how = ways[way];
        t->die_late_s = 10;
        while (live(t)) {
            lives++;
            go_on(t, STORY_FORWARD);
            /* Every life but each third dies at its second request: dying always at the
             * first would never get anywhere where requests never arrive. */
            t->die_at = t->mutations + (lives % 3 ? 2 : 1);
            t->die_how = ways[way];
            assert_true(lives < 60);
        }
        assert_true(lives > 4);
        check_end(t, STORY_FORWARD, "died all the time");
        fresh(state, &t);
    }
}

static bool die_among_three(struct toy *t, int n)
{
    bool died;

    t->save_s = t->build_s = 3;
    t->options.parallel = 3;
    toy_start(t, 3);
    t->die_at = n;
    t->die_how = n % 2 ? FATE_LOST : FATE_LATE;
    t->die_late_s = 5;
    died = live(t);
    if (died) {
        toy_resume(t);
        assert_false(live(t));
    }
    for (int i = 0; i < 3; i++) {
        AUTO_FREE char *id = xasprintf("s%d", i + 1);

        toy_assert_state(t, i, MOVE_MOVED);
        toy_assert_moved(t, id);
    }
    return died;
}

static void death_among_three(void **state)
{
    struct toy *t = *state;
    int n = 1;

    while (die_among_three(t, n)) {
        n++;
        fresh(state, &t);
    }
    assert_true(n > 25);
}

static void a_second_life_that_dies_while_settling(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    begin(t, STORY_FORWARD);
    t->die_at = 8; /* claim off lock make part part part, and the target */
    t->die_how = FATE_LATE;
    t->die_late_s = 100;
    assert_true(live(t));
    assert_int_equal(toy_requests(t, "POST /things/"), 2);
    for (int i = 0; i < 3; i++) { /* no life is long enough to settle */
        toy_resume(t);
        t->interrupt_at = clock_mono() + 30;
        assert_int_equal(engine_go(t->engine, UNTIL_OVER, &err), ENGINE_INTERRUPTED);
    }
    assert_int_equal(toy_requests(t, "POST /things/"), 2);
    toy_resume(t);
    assert_false(live(t));
    check_end(t, STORY_FORWARD, "settled in no life");
    assert_int_equal(toy_requests(t, "POST /things/"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(a_request_that_never_arrives),
        TOY_TEST(a_request_acted_on_whose_answer_is_lost),
        TOY_TEST(a_request_that_arrives_in_the_next_life),
        TOY_TEST(a_request_that_arrives_much_later),
        TOY_TEST(death_before_each_commit),
        TOY_TEST(death_after_each_commit),
        TOY_TEST(death_at_every_single_request),
        TOY_TEST(death_among_three),
        TOY_TEST(a_second_life_that_dies_while_settling),
    };

    return cmocka_run_group_tests_name("flow/lives", tests, NULL, NULL);
}
