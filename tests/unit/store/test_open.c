/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are refused, without a byte of them being touched. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

static bool network;
static char *asked_about;

bool __wrap_fsx_is_network(const char *path, bool *ret, struct err *err);

bool __wrap_fsx_is_network(const char *path, bool *ret, struct err *err)
{
    (void)err;
    xreplace(&asked_about, path);
    *ret = network;
    return true;
}

/* The file is refused, with this word in the text, and left alone, both ways. */
static void assert_refused(const struct place *place, const char *word)
{
    struct image before = image_read(place->db);
    int files = files_in(place->dir);
    unsigned mode = mode_of(place->db);

    for (int read_only = 0; read_only < 2; read_only++) {
        struct err err = {0};
        char *warning = NULL;

        assert_null(store_open(place->db, read_only, &warning, &err));
        assert_int_equal(err.code, ERR_STATE);
        if (!strstr(err.text, word))
            fail_msg("no '%s' in: %s", word, err.text);
        assert_non_null(strstr(err.text, place->db));
        assert_null(warning);
        assert_same_bytes(place->db, &before);
        assert_int_equal(mode_of(place->db), mode);
        assert_int_equal(files_in(place->dir), files);
    }
    image_clear(&before);
}

static void write_file(const char *path, const char *text)
{
    struct image image = {(unsigned char *)(uintptr_t)text, strlen(text)};

    image_write(path, &image);
}

static void refuses_what_is_no_database(void **state)
{
    struct place *place = *state;

    write_file(place->db, "x");
    assert_refused(place, "not a state database");
    write_file(place->db, "{\"compute001\": [\"vm-a\"]}\n");
    assert_refused(place, "not a state database");
    write_file(place->db, "SQLite format 3");
    assert_refused(place, "not a state database");
}

static void with_raw(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    must_exec(db, sql);
    sqlite3_close(db);
}

static void refuses_a_database_of_others(void **state)
{
    struct place *place = *state;

    with_raw(place->db, "CREATE TABLE runs (id)");
    assert_refused(place, "another program");
    with_raw(place->db, "PRAGMA application_id = 77; PRAGMA journal_mode = WAL");
    assert_int_equal(chmod(place->db, 0640), 0);
    assert_refused(place, "application id 77");
}

static void refuses_a_newer_database(void **state)
{
    struct place *place = *state;

    store_close(must_open(place->db));
    with_raw(place->db, "PRAGMA user_version = 2");
    assert_refused(place, "newer");
    with_raw(place->db, "PRAGMA user_version = -1");
    assert_refused(place, "damaged");
}

static void copy(const char *from, const char *to)
{
    struct image image = image_read(from);

    image_write(to, &image);
    image_clear(&image);
}

/* What a killed process leaves: the news is in the WAL only. The state goes to `to`. */
static void copy_as_killed(struct store *s, const char *to)
{
    char *wal = xasprintf("%s-wal", store_path(s)), *to_wal = xasprintf("%s-wal", to);

    copy(store_path(s), to);
    copy(wal, to_wal);
    free(wal);
    free(to_wal);
}

static void sees_a_newer_version_in_the_wal(void **state)
{
    struct place *place = *state;
    char *first = fsx_join(place->dir, "first.db");
    char *wal = xasprintf("%s-wal", place->db);
    struct store *s = must_open(first);
    struct image db, log;
    struct err err = {0};

    must_exec(handle_of(s), "PRAGMA user_version = 9");
    copy_as_killed(s, place->db);
    store_close(s);
    db = image_read(place->db);
    log = image_read(wal);
    assert_null(store_open(place->db, false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "newer"));
    assert_same_bytes(place->db, &db);
    assert_same_bytes(wal, &log);
    image_clear(&db);
    image_clear(&log);
    free(first);
    free(wal);
}

static void reading_leaves_a_dead_ones_wal(void **state)
{
    struct place *place = *state;
    char *first = fsx_join(place->dir, "first.db");
    char *wal = xasprintf("%s-wal", place->db);
    struct store *s = must_open(first);
    struct image db, log;
    char *found;

    put_sample(s, RUN_1, MOVE_1, "server");
    copy_as_killed(s, place->db);
    store_close(s);
    db = image_read(place->db);
    log = image_read(wal);
    found = state_of(place->db, MOVE_1);
    assert_string_equal(found, "running");
    assert_same_bytes(place->db, &db);
    assert_same_bytes(wal, &log);
    image_clear(&db);
    image_clear(&log);
    free(found);
    free(first);
    free(wal);
}

/* In a child that is nobody where we are root, whom no mode would stop. */
static void assert_nobody_reads(const char *db)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        struct err err = {0};
        struct vec rows = {0};
        struct store *s;

        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(9);
        (void)unsetenv("TMPDIR"); /* may be root's alone */
        s = store_open(db, true, NULL, &err);
        if (!s || !store_moves(s, NULL, MOVE_1, &rows, &err) || rows.len != 1)
            print_error("%s\n", err.text);
        store_close(s);
        _exit(rows.len == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A backup on a read-only disk: SQLite alone would want to write an index beside it. */
static void reads_where_nothing_may_be_written(void **state)
{
    struct place *place = *state;
    char *first = fsx_join(place->dir, "first.db");
    char *wal = xasprintf("%s-wal", place->db);
    struct store *s = must_open(first);
    struct image db, log;

    put_sample(s, RUN_1, MOVE_1, "server");
    copy_as_killed(s, place->db);
    store_close(s);
    db = image_read(place->db);
    log = image_read(wal);
    assert_int_equal(chmod(place->db, 0444), 0);
    assert_int_equal(chmod(wal, 0444), 0);
    assert_int_equal(chmod(first, 0444), 0);
    assert_int_equal(chmod(place->dir, 0555), 0);
    assert_nobody_reads(place->db); /* what a killed process left */
    assert_nobody_reads(first);     /* what one that ended left */
    assert_same_bytes(place->db, &db);
    assert_same_bytes(wal, &log);
    assert_int_equal(files_in(place->dir), 3);
    assert_int_equal(chmod(place->dir, 0700), 0);
    image_clear(&db);
    image_clear(&log);
    free(first);
    free(wal);
}

static void refuses_what_was_cut_short(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct image whole, part;

    put_sample(s, RUN_1, MOVE_1, "server");
    store_close(s);
    whole = image_read(place->db);
    assert_true(whole.n > 8192);
    part = whole;
    for (part.n = 1; part.n < whole.n; part.n += part.n < 4096 ? 97 : 1999) {
        image_write(place->db, &part);
        assert_refused(place,
                       part.n < 100 ? "not a state database" : "its end is missing");
    }
    part.n = whole.n - 1;
    image_write(place->db, &part);
    assert_refused(place, "its end is missing");
    part.n = whole.n - 4096;
    image_write(place->db, &part);
    assert_refused(place, "its end is missing");
    image_clear(&whole);
}

/* Rubbish over any page is seen before anything is written. */
static void refuses_damaged_pages(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct image whole;

    put_sample(s, RUN_1, MOVE_1, "server");
    store_close(s);
    whole = image_read(place->db);
    for (size_t page = 0; page < whole.n / 4096; page++) {
        size_t from = page == 0 ? 100 : page * 4096;
        unsigned char *kept = xcalloc(64, 1);

        memcpy(kept, whole.bytes + from, 64);
        memset(whole.bytes + from, 0x5a, 64);
        image_write(place->db, &whole);
        assert_refused(place, "damaged");
        memcpy(whole.bytes + from, kept, 64);
        free(kept);
    }
    image_clear(&whole);
}

static void refuses_when_a_table_is_missing(void **state)
{
    struct place *place = *state;

    store_close(must_open(place->db));
    with_raw(place->db, "ALTER TABLE moves RENAME COLUMN held_reason TO hold_reason");
    assert_refused(place, "held_reason");
    with_raw(place->db, "DROP TABLE asks");
    assert_refused(place, "not whole");
}

static void refuses_what_is_no_file(void **state)
{
    struct place *place = *state;
    struct err err = {0};

    assert_null(store_open(place->dir, false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    err_clear(&err);
    assert_null(store_open("", false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    err_clear(&err);
    assert_int_equal(mkfifo(place->db, 0600), 0);
    assert_null(store_open(place->db, false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
}

/* A WAL without its database would be played into the new one: by any of its names. */
static void refuses_an_orphaned_wal(void **state)
{
    struct place *place = *state;
    char *wal = xasprintf("%s-wal", place->db);
    char *link = fsx_join(place->dir, "link.db");
    struct err err = {0};

    write_file(wal, "frames");
    assert_null(store_open(place->db, false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "-wal"));
    assert_int_equal(files_in(place->dir), 1);
    write_file(place->db, "");
    assert_refused(place, "gone or empty");
    assert_int_equal(symlink("rezone.db", link), 0);
    err_clear(&err);
    assert_null(store_open(link, false, NULL, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "gone or empty"));
    free(link);
    free(wal);
}

static void refuses_a_network_file_system(void **state)
{
    struct place *place = *state;
    char *far = fsx_join(place->dir, "new/folder/rezone.db");
    struct err err = {0};

    store_close(must_open(place->db));
    network = true;
    assert_refused(place, "network file system");
    assert_null(store_open(far, false, NULL, &err));
    network = false;
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "network file system"));
    assert_string_equal(asked_about, place->dir);
    assert_int_equal(files_in(place->dir), 1);
    xreplace(&asked_about, NULL);
    free(far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(refuses_what_is_no_database),
        PLACE_TEST(refuses_a_database_of_others),
        PLACE_TEST(refuses_a_newer_database),
        PLACE_TEST(sees_a_newer_version_in_the_wal),
        PLACE_TEST(reading_leaves_a_dead_ones_wal),
        PLACE_TEST(reads_where_nothing_may_be_written),
        PLACE_TEST(refuses_what_was_cut_short),
        PLACE_TEST(refuses_damaged_pages),
        PLACE_TEST(refuses_when_a_table_is_missing),
        PLACE_TEST(refuses_what_is_no_file),
        PLACE_TEST(refuses_an_orphaned_wal),
        PLACE_TEST(refuses_a_network_file_system),
    };
    int failed = cmocka_run_group_tests_name("store open", tests, NULL, NULL);

    free(asked_about);
    return failed;
}
