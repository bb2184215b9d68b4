/* SPDX-License-Identifier: Apache-2.0 */
/* An older database becomes the present one in one step, or stays what it was. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "store/schema.h"

/* Made up: two tables, then a column, then a table built anew. */
static const struct migration steps[] = {
    {"tables", "CREATE TABLE a (x); CREATE TABLE b (y); INSERT INTO a VALUES (1)"},
    {"a column", "ALTER TABLE a ADD COLUMN z; UPDATE a SET z = x + 1"},
    {"b anew",
     "DROP TABLE b; CREATE TABLE b (y NOT NULL); INSERT INTO b SELECT z FROM a"},
};

static sqlite3 *raw(const char *path)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static int number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int n;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    n = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return n;
}

static void from_every_version(void **state)
{
    (void)state;
    for (int from = 0; from <= 3; from++) {
        sqlite3 *db = raw(":memory:");
        const struct schema older = {steps, from}, present = {steps, 3};
        const char *what = NULL;

        assert_int_equal(schema_migrate(db, &older, &what), SQLITE_OK);
        assert_int_equal(number(db, "PRAGMA user_version"), from);
        assert_int_equal(schema_migrate(db, &present, &what), SQLITE_OK);
        assert_int_equal(number(db, "PRAGMA user_version"), 3);
        assert_int_equal(number(db, "PRAGMA application_id"), SCHEMA_APPLICATION_ID);
        assert_int_equal(number(db, "SELECT y FROM b"), 2);
        assert_true(sqlite3_get_autocommit(db));
        sqlite3_close(db);
    }
}

static void a_failure_changes_nothing(void **state)
{
    static const struct migration broken[] = {
        {"tables", "CREATE TABLE a (x)"},
        {"half", "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1)"},
        {"never", "CREATE TABLE c (x)"},
    };
    const struct schema first = {broken, 1}, all = {broken, 3};
    sqlite3 *db = raw(":memory:");
    const char *what = NULL;
    (void)state;

    assert_int_equal(schema_migrate(db, &first, &what), SQLITE_OK);
    assert_int_equal(schema_migrate(db, &all, &what), SQLITE_ERROR);
    assert_string_equal(what, "half");
    assert_true(sqlite3_get_autocommit(db));
    assert_int_equal(number(db, "PRAGMA user_version"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM a"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_master"), 1);
    sqlite3_close(db);
}

static void a_newer_one_stays(void **state)
{
    const struct schema newer = {steps, 3}, mine = {steps, 2};
    sqlite3 *db = raw(":memory:");
    const char *what = NULL;
    int version = 0;
    (void)state;

    assert_int_equal(schema_migrate(db, &newer, &what), SQLITE_OK);
    assert_int_equal(schema_migrate(db, &mine, &what), SQLITE_OK);
    assert_int_equal(schema_version(db, &version), SQLITE_OK);
    assert_int_equal(version, 3);
    must_exec(db, "PRAGMA user_version = -4");
    assert_int_equal(schema_migrate(db, &mine, &what), SQLITE_CORRUPT);
    sqlite3_close(db);
}

/* A file of ours from before the first version. */
static void make_old(const struct place *place, const char *more)
{
    sqlite3 *db = raw(place->db);

    must_exec(db, "PRAGMA application_id = 1381649989; PRAGMA journal_mode = WAL");
    must_exec(db, more);
    sqlite3_close(db);
}

static void opening_brings_it_up_to_date(void **state)
{
    struct place *place = *state;
    struct image before;
    struct err err = {0};
    struct store *s;

    make_old(place, "");
    before = image_read(place->db);
    assert_null(store_open(place->db, true, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "older"));
    assert_same_bytes(place->db, &before);
    image_clear(&before);

    s = must_open(place->db);
    assert_int_equal(number(handle_of(s), "PRAGMA user_version"), 1);
    put_sample(s, RUN_1, MOVE_1, "server");
    store_close(s);
}

/* Nobody may be at work on a run while its tables change. */
static void a_run_at_work_forbids_it(void **state)
{
    struct place *place = *state;
    struct store *other = must_open(place->db);
    struct run_lock *lock = run_lock_take(other, RUN_1, NULL);
    struct image before;
    struct err err = {0};
    sqlite3 *db;

    assert_non_null(lock);
    put_sample(other, RUN_1, MOVE_1, "server");
    must_exec(handle_of(other), "PRAGMA user_version = 0");
    store_close(other);
    before = image_read(place->db);
    assert_null(store_open(place->db, false, NULL, &err));
    assert_int_equal(err.code, ERR_LOCKED);
    assert_non_null(strstr(err.text, RUN_1));
    assert_same_bytes(place->db, &before);
    image_clear(&before);
    run_lock_free(lock);

    /* Nobody holds it now; but its tables are there already, so the step itself fails. */
    err_clear(&err);
    assert_null(store_open(place->db, false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    db = raw(place->db);
    assert_int_equal(number(db, "PRAGMA user_version"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM moves"), 1);
    sqlite3_close(db);
    assert_int_equal(files_in(place->dir), 1);
}

/*
 * A released version is never changed: a database made by it is out there. This is what
 * version 1 made; a new column belongs into a migration of its own and a line below.
 */
static void version_1_is_as_released(void **state)
{
    static const char *const columns[][2] = {
        {"runs", "id,created,command,cloud,options,state"},
        {"moves",
         "id,run_id,cloud,server_id,server_name,target_server_id,source_zone,target_zone,"
         "strategy,version,state,walk,step,serving,error,held_reason,announced,lost,left,"
         "spent_s,created,started,finished,down_at,up_at"},
        {"captures", "move_id,json"},
        {"facts", "move_id,name,value"},
        {"asks", "move_id,walk,step,item,attempt,phase,intent_at,heard_at,done_at,"
                 "request_id,new_id,status"},
        {"journal", "seq,move_id,at,what"},
    };
    const struct schema version_1 = {store_schema.migrations, 1};
    sqlite3 *db = raw(":memory:");
    const char *what = NULL;
    sqlite3_stmt *stmt = NULL;
    (void)state;

    assert_int_equal(schema_migrate(db, &version_1, &what), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT group_concat(name) FROM "
                                        "pragma_table_info(?1)",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        sqlite3_bind_text(stmt, 1, columns[i][0], -1, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        assert_string_equal(sqlite3_column_text(stmt, 0), columns[i][1]);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_every_version), cmocka_unit_test(a_failure_changes_nothing),
        cmocka_unit_test(a_newer_one_stays),  PLACE_TEST(opening_brings_it_up_to_date),
        PLACE_TEST(a_run_at_work_forbids_it), cmocka_unit_test(version_1_is_as_released),
    };

    return cmocka_run_group_tests_name("store schema", tests, NULL, NULL);
}
