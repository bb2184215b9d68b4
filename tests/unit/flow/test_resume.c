/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/resume: which command may do what in which state, and what is refused
 * (laws 11, 13). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

/* ---- a move in each state ---- */

static void hold_it(struct toy *t)
{
    toy_rule(t, "POST /server/s1/seal", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
}

static void interrupt(struct toy *t)
{
    t->interrupts = 1;
}

static void stop_at_the_way_back(struct toy *t)
{
    toy_rule(t, "POST /server/s1/unpart/0", FATE_OK)->hook = interrupt;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
}

static void stop_at(struct toy *t, double when)
{
    t->interrupt_at = when;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    toy_assert_state(t, 0, MOVE_RUNNING);
}

static void bring_to(struct toy *t, enum move_state state, enum walk walk)
{
    struct err err = {0};

    if (state == MOVE_HELD) {
        hold_it(t);
    } else {
        if (state == MOVE_SKIPPED)
            toy_server_new(t, "s1")->label = xstrdup("there already");
        if (state == MOVE_FAILED)
            toy_server_new(t, "s1")->claim = xstrdup("another move");
        if (state == MOVE_UNDONE || walk == WALK_BACK)
            toy_rule(t, "POST /server/s1/part/1", FATE_STATUS)->status = 403;
        toy_start(t, 1);
        if (state == MOVE_RUNNING && walk == WALK_FORWARD)
            stop_at(t, 1010);
        else if (state == MOVE_RUNNING && walk == WALK_BACK)
            stop_at_the_way_back(t);
        else if (state != MOVE_PLANNED)
            assert_int_equal(toy_go(t), ENGINE_OVER);
        if (state == MOVE_RUNNING && (walk == WALK_COMMIT || walk == WALK_DISCARD)) {
            toy_restart(t);
            toy_rule(t, "DELETE ", FATE_OK)->hook = interrupt;
            if (walk == WALK_COMMIT)
                assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
            else
                assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
            assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
        }
        if (state == MOVE_COMMITTED) {
            assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
            assert_int_equal(toy_go(t), ENGINE_OVER);
        }
    }
    toy_restart(t);
    toy_assert_state(t, 0, state);
    if (state == MOVE_RUNNING)
        assert_int_equal(move_walk(toy_move(t, 0)), walk);
}

typedef bool begin_fn(struct engine *e, struct move *m, struct err *err);
static begin_fn *const begins[] = {engine_resume, engine_commit, engine_discard};
static const char *const commands[] = {"resume", "commit", "discard"};

#define REFUSED MOVE_STATE_MAX

static const struct row {
    enum move_state from;
    enum walk walk;
    enum move_state ends[3]; /* of resume, commit, discard */
} table[] = {
    {MOVE_PLANNED, WALK_FORWARD, {MOVE_MOVED, REFUSED, MOVE_SKIPPED}},
    {MOVE_RUNNING, WALK_FORWARD, {MOVE_MOVED, REFUSED, MOVE_UNDONE}},
    {MOVE_RUNNING, WALK_BACK, {MOVE_UNDONE, REFUSED, MOVE_UNDONE}},
    {MOVE_RUNNING, WALK_DISCARD, {MOVE_UNDONE, REFUSED, MOVE_UNDONE}},
    {MOVE_RUNNING, WALK_COMMIT, {MOVE_COMMITTED, MOVE_COMMITTED, REFUSED}},
    {MOVE_MOVED, WALK_FORWARD, {REFUSED, MOVE_COMMITTED, MOVE_UNDONE}},
    {MOVE_HELD, WALK_FORWARD, {MOVE_MOVED, REFUSED, MOVE_UNDONE}},
    {MOVE_COMMITTED, WALK_COMMIT, {REFUSED, REFUSED, REFUSED}},
    {MOVE_UNDONE, WALK_BACK, {REFUSED, REFUSED, REFUSED}},
    {MOVE_SKIPPED, WALK_FORWARD, {REFUSED, REFUSED, REFUSED}},
    {MOVE_FAILED, WALK_FORWARD, {REFUSED, REFUSED, REFUSED}},
};

static void check(struct toy *t, const struct row *row, int command)
{
    enum move_state end = row->ends[command];
    struct err err = {0};
    bool begun;
    int sent;

    bring_to(t, row->from, row->walk);
    sent = t->mutations;
    begun = begins[command](t->engine, toy_move(t, 0), &err);
    if (begun == (end == REFUSED))
        fail_msg("%s of %s %s: %s", commands[command], move_state_name(row->from),
                 walk_name(row->walk), begun ? "was not refused" : err.text);
    if (end == REFUSED) {
        assert_int_equal(err.code, ERR_REFUSED);
        assert_non_null(strstr(err.text, move_state_name(row->from)));
        assert_int_equal(t->mutations, sent);
        toy_assert_state(t, 0, row->from);
        return;
    }
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, end);
    if (end == MOVE_MOVED)
        toy_assert_moved(t, "s1");
    if (end == MOVE_UNDONE)
        toy_assert_undone(t, "s1");
    if (end == MOVE_SKIPPED)
        assert_int_equal(t->mutations, 0);
}

static void each_command_in_each_state(void **state)
{
    struct toy *t = *state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int command = 0; command < 3; command++) {
            check(t, &table[i], command);
            assert_int_equal(toy_tear_down(state), 0);
            assert_int_equal(toy_set_up(state), 0);
            t = *state;
        }
}

/* Until a commit has asked for something, everything can still go back. */
static void a_commit_that_has_asked_for_nothing_can_be_discarded(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_restart(t);
    toy_server(t, "s1")->on = true; /* somebody started it: the commit looks, and holds */
    assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_HELD);
    toy_server(t, "s1")->on = false;
    t->both_ran = 0; /* that was somebody */
    toy_restart(t);
    assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    toy_assert_undone(t, "s1");
}

/* ---- law 11 ---- */

static void a_run_has_one_writer(void **state)
{
    struct toy *t = *state;
    struct engine_options o;
    struct engine *second;
    struct err err = {0};

    toy_start(t, 1);
    o = t->options;
    o.loop = t->loop;
    o.http = t->http;
    o.store = toy_store_open(t);
    o.world = t;
    o.services = &toy_service_rows;
    o.strategies = toy_strategies;
    second = engine_new(&o);
    assert_false(engine_take_run(second, t->run_id, &err));
    assert_int_equal(err.code, ERR_LOCKED);
    assert_non_null(strstr(err.text, t->run_id));
    engine_free(second);
    store_close(o.store);
    /* The first goes on as if nothing had been. */
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
}

static void a_dead_writer_has_let_go(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    toy_die(t);
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
}

static void a_server_has_one_open_move(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_start(t, 2);
    assert_null(engine_add(t->engine, &toy_strategy, "s2", NULL, "zone-c", &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.text, move_id(toy_move(t, 1))));
    assert_int_equal(engine_n_moves(t->engine), 2);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 1, MOVE_MOVED);
}

static void a_server_whose_move_is_over_can_move_again(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_rule(t, "POST /server/s1/part/1", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_UNDONE);
    assert_non_null(engine_add(t->engine, &toy_strategy, "s1", NULL, "zone-c", &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 1, MOVE_MOVED);
}

/* ---- law 13: what this binary cannot continue ---- */

static struct move_row *stored_row(struct toy *t)
{
    struct vec rows = {0};
    struct err err = {0};

    assert_true(store_moves(t->store, t->run_id, NULL, &rows, &err));
    assert_int_equal(rows.len, 1);
    struct move_row *row = vec_take(&rows, 0);
    vec_clear(&rows, NULL);
    return row;
}

static void refuse(struct toy *t, struct move_row *row, const char *what)
{
    struct err err = {0};
    struct move_row *kept;

    assert_null(engine_restore(t->engine, row, &err));
    assert_int_equal(err.code, ERR_STATE);
    if (!strstr(err.text, what))
        fail_msg("the reason does not say %s: %s", what, err.text);
    kept = stored_row(t);
    assert_string_equal(kept->state, "running");
    move_row_free(kept);
}

static void what_it_does_not_know_is_refused_and_left(void **state)
{
    struct toy *t = *state;
    struct err err = {0};
    struct move_row *row;
    int before;

    toy_start(t, 1);
    t->interrupt_at = 1010;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    before = t->commits;
    toy_die(t);
    t->dead = false;
    t->interrupts = 0;
    t->interrupt_at = 0;
    toy_engine(t);
    assert_true(engine_take_run(t->engine, t->run_id, &err));
    row = stored_row(t);

    row->version = 7;
    refuse(t, row, "version 7");
    row->version = 1;
    xreplace(&row->strategy, "teleport");
    refuse(t, row, "teleport");
    xreplace(&row->strategy, "toy");
    xreplace(&row->step, "dance");
    refuse(t, row, "dance");
    xreplace(&row->step, "make");
    xreplace(&row->walk, "sideways");
    refuse(t, row, "sideways");
    xreplace(&row->walk, "forward");
    xreplace(&row->state, "odd");
    refuse(t, row, "odd");
    assert_int_equal(engine_n_moves(t->engine), 0);
    assert_int_equal(t->commits, before);

    xreplace(&row->state, "running");
    assert_non_null(engine_restore(t->engine, row, &err));
    move_row_free(row);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
}

static void a_run_that_is_not_there_is_refused(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_engine(t);
    assert_false(
        engine_take_run(t->engine, "11111111-2222-4333-8444-555555555555", &err));
    assert_int_equal(err.code, ERR_NOTFOUND);
}

/* Restoring asks the cloud nothing. */
static void restoring_needs_no_network(void **state)
{
    struct toy *t = *state;
    size_t before;

    toy_start(t, 3);
    t->interrupt_at = 1010;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    before = t->log.len;
    toy_restart(t);
    assert_int_equal(t->log.len, before);
    assert_int_equal(engine_n_moves(t->engine), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(each_command_in_each_state),
        TOY_TEST(a_commit_that_has_asked_for_nothing_can_be_discarded),
        TOY_TEST(a_run_has_one_writer),
        TOY_TEST(a_dead_writer_has_let_go),
        TOY_TEST(a_server_has_one_open_move),
        TOY_TEST(a_server_whose_move_is_over_can_move_again),
        TOY_TEST(what_it_does_not_know_is_refused_and_left),
        TOY_TEST(a_run_that_is_not_there_is_refused),
        TOY_TEST(restoring_needs_no_network),
    };

    return cmocka_run_group_tests_name("flow/resume", tests, NULL, NULL);
}
