/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/move, move_json and names: what rows note of a move, kept and shown. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

/* ---- what is noted survives ---- */

static void facts_survive_and_can_be_removed(void **state)
{
    struct toy *t = *state;
    struct move *m;

    toy_start(t, 1);
    m = toy_move(t, 0);
    assert_null(move_fact(m, "colour"));
    move_set_fact(m, "colour", "blue");
    move_set_fact(m, "gone", "soon");
    assert_string_equal(move_fact(m, "colour"), "blue");
    t->interrupt_at = 1010;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    move_set_fact(m, "gone", NULL);
    assert_null(move_fact(m, "gone"));
    t->interrupts = 0;
    t->interrupt_at = 1020;
    toy_restart(t);
    m = toy_move(t, 0);
    assert_string_equal(move_fact(m, "colour"), "blue");
    assert_string_equal(move_fact(m, "gone"), "soon"); /* that removal was never saved */
    move_set_fact(m, "gone", NULL);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_restart(t);
    assert_null(move_fact(toy_move(t, 0), "gone"));
}

static void a_capture_is_taken_once(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    move_set_capture(toy_move(t, 0), json_pack("{s:i}", "n", 1));
    assert_int_equal(
        json_integer_value(json_object_get(move_capture(toy_move(t, 0)), "n")), 1);
}

static const json_t *at(const json_t *list, size_t i)
{
    return json_array_get(list, i);
}

static void the_same_name_replaces_what_was_told(void **state)
{
    struct toy *t = *state;
    struct move *m;

    toy_start(t, 1);
    m = toy_move(t, 0);
    move_announce(m, "password", "a new %s", "one");
    move_announce(m, "uuid", "new");
    move_announce(m, "password", "another %s", "one");
    move_lose(m, "tags", "two of them");
    move_leave(m, "image", "403\x1b[31m"); /* a stranger's words go to terminals */
    assert_int_equal(json_array_size(move_announced(m)), 2);
    assert_true(toy_str_is(at(move_announced(m), 0), "text", "another one"));
    assert_true(toy_str_is(at(move_lost(m), 0), "name", "tags"));
    assert_null(strchr(toy_str(at(move_left(m), 0), "text"), '\x1b'));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_restart(t);
    m = toy_move(t, 0);
    assert_int_equal(json_array_size(move_announced(m)), 2);
    assert_int_equal(json_array_size(move_lost(m)), 1);
    assert_int_equal(json_array_size(move_left(m)), 1);
}

static void the_target_and_who_serves_survive(void **state)
{
    struct toy *t = *state;

    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_restart(t);
    assert_string_equal(move_target_id(toy_move(t, 0)), "t2");
    assert_string_equal(move_server_name(toy_move(t, 0)), "name-s1");
    assert_string_equal(move_source_zone(toy_move(t, 0)), "zone-a");
    assert_string_equal(move_target_zone(toy_move(t, 0)), "zone-b");
    assert_true(toy_str_is(move_options(toy_move(t, 0)), "to", "zone-b"));
}

static void the_journal_tells_the_story(void **state)
{
    struct toy *t = *state;

    toy_rule(t, "POST /things/", FATE_LOST);
    toy_rule(t, "POST /server/s1/part/1", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    assert_true(toy_journal_has(t, 0, "make: no usable answer"));
    assert_true(toy_journal_has(t, 0, "parts: refused"));
    assert_true(toy_journal_has(t, 0, "walking back from parts"));
    assert_true(toy_journal_has(t, 0, "back: done"));
}

/* ---- the JSON object ---- */

static const char *const keys[] = {
    "id",          "run_id",      "server_id", "server_name", "target_server_id",
    "source_zone", "target_zone", "strategy",  "state",       "walk",
    "step",        "serving",     "error",     "held_reason", "next",
    "kept",        "announced",   "lost",      "left",        "compare",
    "downtime_s",  "addresses",   "started",   "finished"};
#define KEYS (sizeof keys / sizeof keys[0])

static void check_keys(const json_t *j)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!json_object_get(j, keys[i]))
            fail_msg("no key %s", keys[i]);
    assert_int_equal(json_object_size(j), KEYS);
}

static struct move_row *row_of(struct toy *t)
{
    struct vec rows = {0};
    struct err err = {0};
    struct move_row *row;

    assert_true(store_moves(t->reader, NULL, move_id(toy_move(t, 0)), &rows, &err));
    assert_int_equal(rows.len, 1);
    row = vec_take(&rows, 0);
    vec_clear(&rows, NULL);
    return row;
}

/* All keys always; and what another process reads from the store says the same. */
static void check_json(struct toy *t, const char *state, const char *next)
{
    json_t *live = move_json(toy_move(t, 0)), *stored;
    struct move_row *row = row_of(t);

    check_keys(live);
    assert_true(toy_str_is(live, "state", state));
    if (!next)
        assert_true(json_is_null(json_object_get(live, "next")));
    else if (!text_starts(toy_str(live, "next"), next))
        fail_msg("next of %s is '%s', not '%s ...'", state, toy_str(live, "next"), next);
    assert_true(move_stored_json(t->reader, row, &stored, NULL));
    check_keys(stored);
    assert_int_equal(json_equal(live, stored), 1);
    json_decref(stored);
    json_decref(live);
    move_row_free(row);
}

static void addresses_say_for_how_long(void **state)
{
    struct toy *t = *state;
    json_t *j, *list;
    char text[200];

    toy_start(t, 1);
    snprintf(text, sizeof text,
             "[{\"port\": \"p\", \"off\": 100.0, \"on\": 103.5},"
             " {\"port\": \"q\", \"off\": %f, \"on\": null}]",
             clock_wall() - 60);
    move_set_fact(toy_move(t, 0), FACT_ADDRESSES, text);
    j = move_json(toy_move(t, 0));
    list = json_object_get(j, "addresses");
    assert_int_equal(json_array_size(list), 2);
    assert_true(toy_str_is(json_array_get(list, 0), "port", "p"));
    assert_true(
        text_starts(toy_str(json_array_get(list, 0), "off"), "1970-01-01T00:01:40"));
    assert_true(
        text_starts(toy_str(json_array_get(list, 0), "on"), "1970-01-01T00:01:43.5"));
    assert_true(json_real_value(json_object_get(json_array_get(list, 0), "without_s")) ==
                3.5);
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "on")));
    assert_true(json_real_value(json_object_get(json_array_get(list, 1), "without_s")) >=
                59);
    json_decref(j);
}

static void the_object_has_all_keys_in_all_states(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    toy_rule(t, "POST /server/s1/seal", FATE_STATUS)->status = 403;
    toy_start(t, 1);
    check_json(t, "planned", "rezone resume ");
    t->interrupt_at = 1010;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    check_json(t, "running", "rezone resume ");
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    check_json(t, "held", "rezone resume ");
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    check_json(t, "moved", "rezone commit ");
    assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
    assert_int_equal(toy_go(t), ENGINE_OVER);
    check_json(t, "committed", NULL);
}

/* ---- words ---- */

static void words_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int i = 0; i < MOVE_STATE_MAX; i++) {
        enum move_state s;

        assert_true(move_state_from(move_state_name((enum move_state)i), &s));
        assert_int_equal(s, i);
        assert_false(move_state_from("odd", &s));
        assert_false(move_state_from(NULL, &s));
    }
    for (int i = 0; i < WALK_MAX; i++) {
        enum walk w;

        assert_true(walk_from(walk_name((enum walk)i), &w));
        assert_int_equal(w, i);
        assert_false(walk_from("", &w));
    }
    for (int i = 0; i < SERVING_MAX; i++) {
        enum serving s;

        assert_true(serving_from(serving_name((enum serving)i), &s));
        assert_int_equal(s, i);
    }
    for (int i = 0; i < EVENT_TYPE_MAX; i++)
        assert_non_null(event_type_name((enum event_type)i));
    for (int i = 0; i < VERDICT_MAX; i++)
        assert_string_not_equal(verdict_name((enum verdict)i), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(facts_survive_and_can_be_removed),
        TOY_TEST(a_capture_is_taken_once),
        TOY_TEST(the_same_name_replaces_what_was_told),
        TOY_TEST(the_target_and_who_serves_survive),
        TOY_TEST(the_journal_tells_the_story),
        TOY_TEST(addresses_say_for_how_long),
        TOY_TEST(the_object_has_all_keys_in_all_states),
        cmocka_unit_test(words_are_read_as_they_are_written),
    };

    return cmocka_run_group_tests_name("flow/move", tests, NULL, NULL);
}
