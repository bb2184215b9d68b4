/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of row goes in and comes out the same, whatever is in it. */
#include "fixture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void assert_text(const char *a, const char *b)
{
    if (!text_eq(a, b))
        fail_msg("'%s' is not '%s'", a ? a : "(null)", b ? b : "(null)");
}

/* Compared by the columns' own table, so that a new column is compared too. */
static void assert_same_row(const struct row_kind *kind, const void *a, const void *b)
{
    for (size_t i = 0; i < kind->count; i++) {
        const char *one = (const char *)a + kind->fields[i].at;
        const char *two = (const char *)b + kind->fields[i].at;

        switch (kind->fields[i].type) {
        case FIELD_TEXT:
            assert_text(*(char *const *)one, *(char *const *)two);
            break;
        case FIELD_REAL:
            assert_true(*(const double *)one == *(const double *)two);
            break;
        case FIELD_INT:
            assert_int_equal(*(const int *)one, *(const int *)two);
            break;
        case FIELD_LONG:
            assert_true(*(const long long *)one == *(const long long *)two);
            break;
        }
    }
}

/* A member that has no column would come back empty: the tables must cover the structs.
 */
static void every_member_has_a_column(void **state)
{
    const struct row_kind *kinds[] = {&run_kind, &move_kind, &ask_kind, &fact_kind,
                                      &journal_kind};
    (void)state;

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t covered = 0, at = 0;

        for (size_t i = 0; i < kinds[k]->count; i++) {
            enum field_type type = kinds[k]->fields[i].type;
            size_t size = type == FIELD_INT ? sizeof(int) : sizeof(double);

            assert_true(kinds[k]->fields[i].at >= at);
            assert_true(kinds[k]->fields[i].at - at < sizeof(double));
            at = kinds[k]->fields[i].at + size;
            covered += size;
        }
        assert_true(covered <= kinds[k]->size);
        assert_true(kinds[k]->size - at < sizeof(double));
    }
}

static void run_round_trip(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct run_row *row = sample_run(RUN_1);
    struct vec rows = {0};

    must_begin(s);
    assert_true(store_put_run(s, row, NULL));
    must_commit(s);
    assert_true(store_runs(s, NULL, &rows, NULL));
    assert_int_equal(rows.len, 1);
    assert_same_row(&run_kind, rows.at[0], row);
    vec_clear(&rows, run_row_free);

    xreplace(&row->state, "over");
    xreplace(&row->options, NULL);
    must_begin(s);
    assert_true(store_put_run(s, row, NULL));
    must_commit(s);
    assert_true(store_runs(s, "1111", &rows, NULL));
    assert_int_equal(rows.len, 1);
    assert_same_row(&run_kind, rows.at[0], row);
    vec_clear(&rows, run_row_free);
    run_row_free(row);
    store_close(s);
}

static void assert_move_is(struct store *s, const struct move_row *row)
{
    struct vec rows = {0};

    assert_true(store_moves(s, NULL, row->id, &rows, NULL));
    assert_int_equal(rows.len, 1);
    assert_same_row(&move_kind, rows.at[0], row);
    vec_clear(&rows, move_row_free);
}

static void put_move(struct store *s, const struct move_row *row)
{
    struct err err = {0};

    must_begin(s);
    if (!store_put_move(s, row, &err))
        fail_msg("%s", err.text);
    must_commit(s);
}

static void move_round_trip(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = sample_move(MOVE_1, RUN_1, "server");

    put_sample(s, RUN_1, MOVE_1, "server");
    assert_move_is(s, row);

    /* The path that leaves the indexes alone, then the one that does not. */
    xreplace(&row->step, "fence");
    xreplace(&row->error, NULL);
    row->spent_s = -0.5;
    put_move(s, row);
    assert_move_is(s, row);
    xreplace(&row->state, "held");
    put_move(s, row);
    assert_move_is(s, row);
    row->version = INT_MAX;
    put_move(s, row);
    assert_move_is(s, row);
    move_row_free(row);
    store_close(s);
}

static void move_with_nothing_known(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = move_row_new();

    put_sample(s, RUN_1, MOVE_1, "server");
    row->id = xstrdup(MOVE_2);
    row->run_id = xstrdup(RUN_1);
    row->cloud = xstrdup("");
    row->server_id = xstrdup("other");
    row->state = xstrdup("planned");
    put_move(s, row);
    assert_move_is(s, row);
    move_row_free(row);
    store_close(s);
}

static void bytes_of_strangers(void **state)
{
    /* Cut and overlong UTF-8, a surrogate, lone continuation bytes, controls, a BOM. */
    static const char *const names[] = {"",          "\xff\xfe",     "\xc3",
                                        "\xe2\x82",  "\xc0\x80",     "\xed\xa0\x80",
                                        "\x80x",     "\xef\xbb\xbf", "\x01\x1b[31m\x7f",
                                        "a%s?1'\"[]"};
    struct place *place = *state;
    struct store *s = must_open(place->db);

    put_sample(s, RUN_1, MOVE_1, "server");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *id = xasprintf("m%zu", i);
        struct move_row *row = sample_move(id, RUN_1, names[i]);

        xreplace(&row->server_name, names[i]);
        put_move(s, row);
        assert_move_is(s, row);
        xreplace(&row->state, "undone");
        put_move(s, row);
        move_row_free(row);
        free(id);
    }
    store_close(s);
}

/* A move belongs to one run and one server for ever. */
static void identity_is_fixed(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = sample_move(MOVE_1, RUN_1, "other server");
    struct err err = {0};

    put_sample(s, RUN_1, MOVE_1, "server");
    must_begin(s);
    assert_false(store_put_move(s, row, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    store_rollback(s);
    xreplace(&row->server_id, "server");
    assert_move_is(s, row);
    move_row_free(row);
    store_close(s);
}

static void ask_round_trip(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct ask_row *first = sample_ask(MOVE_1, 7, 1);
    struct ask_row *second = sample_ask(MOVE_1, 0, 2);
    struct vec rows = {0};

    put_sample(s, RUN_1, MOVE_1, "server");
    must_begin(s);
    assert_true(store_put_ask(s, first, NULL));
    xreplace(&second->request_id, NULL);
    xreplace(&second->new_id, NULL);
    second->heard_at = second->done_at = 0;
    second->status = 0;
    assert_true(store_put_ask(s, second, NULL));
    must_commit(s);
    must_begin(s);
    xreplace(&first->phase, "done");
    first->status = 503;
    assert_true(store_put_ask(s, first, NULL));
    must_commit(s);

    /* In the order of intent: an answer does not move a row to the end. */
    assert_true(store_asks(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 2);
    assert_same_row(&ask_kind, rows.at[0], first);
    assert_same_row(&ask_kind, rows.at[1], second);
    vec_clear(&rows, ask_row_free);
    assert_true(store_asks(s, MOVE_2, &rows, NULL));
    assert_int_equal(rows.len, 0);
    vec_clear(&rows, ask_row_free);
    ask_row_free(first);
    ask_row_free(second);
    store_close(s);
}

static void facts_come_and_go(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct vec rows = {0};

    put_sample(s, RUN_1, MOVE_1, "server");
    must_begin(s);
    assert_true(store_put_fact(s, MOVE_1, "port", "p", NULL));
    assert_true(store_put_fact(s, MOVE_1, "image", "i", NULL));
    assert_true(store_put_fact(s, MOVE_1, "gone", "g", NULL));
    assert_true(store_put_fact(s, MOVE_1, "image", "", NULL));
    assert_true(store_put_fact(s, MOVE_1, "gone", NULL, NULL));
    assert_true(store_put_fact(s, MOVE_1, "never there", NULL, NULL));
    must_commit(s);
    assert_true(store_facts(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 2);
    assert_string_equal(((struct fact_row *)rows.at[0])->name, "image");
    assert_string_equal(((struct fact_row *)rows.at[0])->value, "");
    assert_string_equal(((struct fact_row *)rows.at[1])->name, "port");
    assert_string_equal(((struct fact_row *)rows.at[1])->value, "p");
    vec_clear(&rows, fact_row_free);
    store_close(s);
}

static void journal_keeps_its_order(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct vec rows = {0};
    struct journal_row *one, *two;

    put_sample(s, RUN_1, MOVE_1, "server");
    must_begin(s);
    assert_true(store_put_journal(s, MOVE_1, 20.5, "later on the clock, first", NULL));
    assert_true(store_put_journal(s, NULL, 15, "of no move", NULL));
    assert_true(store_put_journal(s, MOVE_1, 10, "earlier on the clock, second", NULL));
    must_commit(s);
    assert_true(store_journal(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 2);
    one = rows.at[0];
    two = rows.at[1];
    assert_true(one->seq < two->seq);
    assert_string_equal(one->move_id, MOVE_1);
    assert_string_equal(one->what, "later on the clock, first");
    assert_true(one->at == 20.5 && two->at == 10);
    vec_clear(&rows, journal_row_free);
    assert_true(store_journal(s, NULL, &rows, NULL));
    assert_int_equal(rows.len, 1);
    one = rows.at[0];
    assert_null(one->move_id);
    assert_string_equal(one->what, "of no move");
    vec_clear(&rows, journal_row_free);
    store_close(s);
}

static void capture_is_written_once(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct err err = {0};
    char *json = xcalloc(200001, 1);
    char *back = NULL;

    memset(json, 'u', 200000);
    put_sample(s, RUN_1, MOVE_1, "server");
    assert_true(store_capture(s, MOVE_1, &back, NULL));
    assert_null(back);
    must_begin(s);
    assert_true(store_put_capture(s, MOVE_1, json, NULL));
    must_commit(s);
    must_begin(s);
    assert_false(store_put_capture(s, MOVE_1, "{}", &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_false(store_commit(s, NULL));
    assert_true(store_capture(s, MOVE_1, &back, NULL));
    assert_string_equal(back, json);
    free(back);
    free(json);
    store_close(s);
}

static void prefixes_and_order(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *early = sample_move("abc1", RUN_2, "early");
    struct vec rows = {0};

    put_sample(s, RUN_1, MOVE_1, "server-1");
    put_sample(s, RUN_2, MOVE_2, "server-2");
    early->created = 5;
    put_move(s, early);
    move_row_free(early);

    assert_true(store_moves(s, NULL, NULL, &rows, NULL));
    assert_int_equal(rows.len, 3);
    assert_string_equal(((struct move_row *)rows.at[0])->id, "abc1");
    assert_string_equal(((struct move_row *)rows.at[1])->id, MOVE_1);
    assert_string_equal(((struct move_row *)rows.at[2])->id, MOVE_2);
    /* Readers add to what is there. */
    assert_true(store_moves(s, NULL, "a", &rows, NULL));
    assert_int_equal(rows.len, 5);
    vec_clear(&rows, move_row_free);
    assert_true(store_moves(s, RUN_2, NULL, &rows, NULL));
    assert_int_equal(rows.len, 2);
    vec_clear(&rows, move_row_free);
    assert_true(store_moves(s, RUN_2, "bb", &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, move_row_free);
    /* What a user types is no pattern. */
    assert_true(store_moves(s, NULL, "%", &rows, NULL));
    assert_true(store_moves(s, NULL, "*", &rows, NULL));
    assert_true(store_moves(s, NULL, "' OR 1 --", &rows, NULL));
    assert_int_equal(rows.len, 0);
    assert_true(store_runs(s, "2", &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, run_row_free);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_has_a_column),
        PLACE_TEST(run_round_trip),
        PLACE_TEST(move_round_trip),
        PLACE_TEST(move_with_nothing_known),
        PLACE_TEST(bytes_of_strangers),
        PLACE_TEST(identity_is_fixed),
        PLACE_TEST(ask_round_trip),
        PLACE_TEST(facts_come_and_go),
        PLACE_TEST(journal_keeps_its_order),
        PLACE_TEST(capture_is_written_once),
        PLACE_TEST(prefixes_and_order),
    };

    return cmocka_run_group_tests_name("store rows", tests, NULL, NULL);
}
