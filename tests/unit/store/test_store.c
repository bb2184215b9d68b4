/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: all or nothing, one open move for each server, and what a write costs. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

static void commit_keeps_rollback_drops(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = sample_move(MOVE_1, RUN_1, "server");
    struct vec rows = {0};
    char *kept;

    put_sample(s, RUN_1, MOVE_1, "server");
    xreplace(&row->state, "held");
    must_begin(s);
    assert_true(store_put_move(s, row, NULL));
    assert_true(store_put_journal(s, MOVE_1, 1, "held", NULL));
    /* The writer sees its own rows; nobody else does. */
    assert_true(store_journal(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, journal_row_free);
    kept = state_of(place->db, MOVE_1);
    assert_string_equal(kept, "running");
    free(kept);
    store_rollback(s);
    assert_true(store_journal(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 0);
    kept = state_of(place->db, MOVE_1);
    assert_string_equal(kept, "running");
    free(kept);
    move_row_free(row);
    store_close(s);
}

static void close_drops_what_is_open(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct run_row *row = sample_run(RUN_1);
    struct vec rows = {0};

    must_begin(s);
    assert_true(store_put_run(s, row, NULL));
    store_close(s);
    s = must_open(place->db);
    assert_true(store_runs(s, NULL, &rows, NULL));
    assert_int_equal(rows.len, 0);
    run_row_free(row);
    store_close(s);
}

static void writes_need_a_transaction(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct run_row *row = sample_run(RUN_1);
    struct err err = {0};

    assert_false(store_put_run(s, row, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_false(store_commit(s, NULL));
    must_begin(s);
    assert_false(store_begin(s, NULL));
    assert_true(store_put_run(s, row, NULL));
    must_commit(s);
    assert_false(store_commit(s, NULL));
    run_row_free(row);
    store_close(s);
}

/* One bad statement: nothing before it is kept, and nothing after it is written. */
static void broken_transaction_keeps_nothing(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct run_row *run = sample_run(RUN_2);
    struct err err = {0};
    struct vec rows = {0};

    put_sample(s, RUN_1, MOVE_1, "server");
    must_begin(s);
    assert_true(store_put_run(s, run, NULL));
    assert_false(store_put_fact(s, "no such move", "name", "value", &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(store_trouble(s), STORE_FINE);
    assert_true(sqlite3_get_autocommit(handle_of(s)));
    err_clear(&err);
    assert_false(store_put_journal(s, MOVE_1, 1, "too late", &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_false(store_put_run(s, run, NULL));
    assert_false(store_commit(s, NULL));
    assert_true(store_runs(s, NULL, &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, run_row_free);
    assert_true(store_journal(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 0);

    must_begin(s);
    assert_true(store_put_run(s, run, NULL));
    must_commit(s);
    run_row_free(run);
    store_close(s);
}

static void misspelled_state_is_refused(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = sample_move(MOVE_1, RUN_1, "server");
    char *kept;

    put_sample(s, RUN_1, MOVE_1, "server");
    xreplace(&row->state, "runing");
    must_begin(s);
    assert_false(store_put_move(s, row, NULL));
    store_rollback(s);
    kept = state_of(place->db, MOVE_1);
    assert_string_equal(kept, "running");
    free(kept);
    move_row_free(row);
    store_close(s);
}

static void assert_second_is_refused(struct store *s, const struct move_row *row)
{
    struct err err = {0};

    assert_false(store_put_move(s, row, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.text, MOVE_1));
    assert_non_null(strstr(err.text, RUN_1));
}

static void one_open_move_for_a_server(void **state)
{
    static const char *const open_states[] = {"planned", "running", "moved", "held"};
    static const char *const over[] = {"committed", "undone", "skipped", "failed"};
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *first = sample_move(MOVE_1, RUN_1, "server");
    struct move_row *second = sample_move(MOVE_2, RUN_2, "server");
    struct move_row *found = NULL;
    struct run_row *run = sample_run(RUN_2);

    put_sample(s, RUN_1, MOVE_1, "server");
    for (size_t i = 0; i < 4; i++) {
        xreplace(&first->state, open_states[i]);
        xreplace(&second->state, open_states[3 - i]);
        must_begin(s);
        assert_true(store_put_run(s, run, NULL));
        assert_true(store_put_move(s, first, NULL));
        assert_second_is_refused(s, second);
        /* The rest of the turn goes on. */
        assert_true(store_put_journal(s, MOVE_1, 1, open_states[i], NULL));
        must_commit(s);
        assert_true(store_open_move(s, CLOUD, "server", &found, NULL));
        assert_string_equal(found->id, MOVE_1);
        assert_string_equal(found->state, open_states[i]);
        move_row_free(found);
    }
    for (size_t i = 0; i < 4; i++) {
        xreplace(&first->state, over[i]);
        xreplace(&second->state, "running");
        must_begin(s);
        assert_true(store_put_move(s, first, NULL));
        assert_true(store_put_move(s, second, NULL));
        /* Nor can the first one be opened again by an update. */
        xreplace(&first->state, "running");
        assert_int_equal(store_put_move(s, first, NULL), false);
        xreplace(&second->state, over[i]);
        assert_true(store_put_move(s, second, NULL));
        must_commit(s);
        assert_true(store_open_move(s, CLOUD, "server", &found, NULL));
        assert_null(found);
    }
    run_row_free(run);
    move_row_free(first);
    move_row_free(second);
    store_close(s);
}

static void same_server_id_in_another_cloud(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = sample_move(MOVE_2, RUN_1, "server");
    struct move_row *found = NULL;

    put_sample(s, RUN_1, MOVE_1, "server");
    xreplace(&row->cloud, "elsewhere");
    must_begin(s);
    assert_true(store_put_move(s, row, NULL));
    must_commit(s);
    assert_true(store_open_move(s, "elsewhere", "server", &found, NULL));
    assert_string_equal(found->id, MOVE_2);
    move_row_free(found);
    move_row_free(row);
    store_close(s);
}

static void change_is_seen(void **state)
{
    struct place *place = *state;
    struct store *a = must_open(place->db), *b = must_open(place->db);
    long long was;

    was = store_change(a);
    assert_true(store_change(a) == was);
    put_sample(b, RUN_1, MOVE_1, "server");
    assert_true(store_change(a) != was); /* by another connection */
    was = store_change(a);
    put_sample(a, RUN_2, MOVE_2, "server-2");
    assert_true(store_change(a) != was); /* by itself */
    was = store_change(a);
    must_begin(a);
    must_commit(a);
    must_begin(a);
    assert_true(store_put_journal(a, MOVE_1, 1, "dropped", NULL));
    store_rollback(a);
    assert_true(store_change(a) == was);
    store_close(a);
    store_close(b);
}

static long long wal_frames(const struct place *place)
{
    char *wal = xasprintf("%s-wal", place->db);
    struct stat st;

    assert_int_equal(stat(wal, &st), 0);
    free(wal);
    return st.st_size == 0 ? 0 : (st.st_size - 32) / (4096 + 24);
}

/* A step change beside a 90 KB capture and thousands of other moves: one page, not 23. */
static void step_change_is_cheap(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct move_row *row = sample_move(MOVE_1, RUN_1, "server");
    char *json = xcalloc(90001, 1);

    memset(json, 'u', 90000);
    put_sample(s, RUN_1, MOVE_1, "server");
    must_begin(s);
    assert_true(store_put_capture(s, MOVE_1, json, NULL));
    for (int i = 0; i < 2000; i++) {
        char *id = xasprintf("c%d", i);
        struct move_row *other = sample_move(id, RUN_1, id);

        assert_true(store_put_move(s, other, NULL));
        move_row_free(other);
        free(id);
    }
    must_commit(s);
    must_exec(handle_of(s), "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(wal_frames(place), 0);
    xreplace(&row->step, "fence");
    must_begin(s);
    assert_true(store_put_move(s, row, NULL));
    must_commit(s);
    assert_int_equal(wal_frames(place), 1);

    must_exec(handle_of(s), "PRAGMA wal_checkpoint(TRUNCATE)");
    xreplace(&row->state, "moved");
    must_begin(s);
    assert_true(store_put_move(s, row, NULL));
    must_commit(s);
    assert_in_range(wal_frames(place), 1, 2); /* the row and the index of open moves */
    free(json);
    move_row_free(row);
    store_close(s);
}

static void durable_settings(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    sqlite3_stmt *stmt = NULL;
    static const struct {
        const char *sql, *value;
    } wanted[] = {{"PRAGMA journal_mode", "wal"},
                  {"PRAGMA synchronous", "2"},
                  {"PRAGMA foreign_keys", "1"},
                  {"PRAGMA busy_timeout", "2000"},
                  {"PRAGMA application_id", "1381649989"},
                  {"PRAGMA user_version", "1"}};

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(sqlite3_prepare_v2(handle_of(s), wanted[i].sql, -1, &stmt, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        assert_string_equal(sqlite3_column_text(stmt, 0), wanted[i].value);
        sqlite3_finalize(stmt);
    }
    store_close(s);
}

static void memory_store_works_alike(void **state)
{
    struct store *s = must_open(":memory:");
    struct run_lock *one, *two;
    struct move_row *found = NULL;
    (void)state;

    assert_string_equal(store_path(s), ":memory:");
    put_sample(s, RUN_1, MOVE_1, "server");
    assert_true(store_open_move(s, CLOUD, "server", &found, NULL));
    assert_string_equal(found->id, MOVE_1);
    move_row_free(found);
    one = run_lock_take(s, RUN_1, NULL);
    two = run_lock_take(s, RUN_1, NULL);
    assert_non_null(one);
    assert_non_null(two);
    run_lock_free(one);
    store_close(s);
    run_lock_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(commit_keeps_rollback_drops),
        PLACE_TEST(close_drops_what_is_open),
        PLACE_TEST(writes_need_a_transaction),
        PLACE_TEST(broken_transaction_keeps_nothing),
        PLACE_TEST(misspelled_state_is_refused),
        PLACE_TEST(one_open_move_for_a_server),
        PLACE_TEST(same_server_id_in_another_cloud),
        PLACE_TEST(change_is_seen),
        PLACE_TEST(step_change_is_cheap),
        PLACE_TEST(durable_settings),
        cmocka_unit_test(memory_store_works_alike),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
