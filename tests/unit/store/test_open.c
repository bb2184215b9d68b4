/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are opened, made, or refused without a byte of them being touched. */
#include "fixture.h"

#include <errno.h>
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

static void makes_private_folders_and_files(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct place *place = *state;
    char *outer = fsx_join(place->dir, "outer"), *inner = fsx_join(outer, "inner");
    char *db = fsx_join(inner, "state.db");
    mode_t was = umask(0);
    struct store *s = must_open(db);

    put_sample(s, RUN_1, MOVE_1, "server");
    (void)umask(was);
    assert_string_equal(store_path(s), db);
    assert_int_equal(mode_of(outer), 0700);
    assert_int_equal(mode_of(inner), 0700);
    for (size_t i = 0; i < 3; i++) {
        char *name = xasprintf("%s%s", db, ends[i]);

        assert_int_equal(mode_of(name), 0600);
        free(name);
    }
    store_close(s);
    assert_int_equal(files_in(inner), 1);
    free(outer);
    free(inner);
    free(db);
}

static void leaves_an_existing_folder(void **state)
{
    struct place *place = *state;

    assert_int_equal(chmod(place->dir, 0755), 0);
    store_close(must_open(place->db));
    assert_int_equal(mode_of(place->dir), 0755);
}

static void tightens_a_loose_file(void **state)
{
    struct place *place = *state;
    char *warning = NULL;
    struct store *s = store_open(place->db, false, &warning, NULL);

    assert_non_null(s);
    assert_null(warning);
    store_close(s);
    assert_int_equal(chmod(place->db, 0644), 0);

    s = store_open(place->db, true, &warning, NULL);
    assert_non_null(s);
    assert_non_null(strstr(warning, "0644"));
    assert_int_equal(mode_of(place->db), 0644);
    store_close(s);
    free(warning);

    warning = NULL;
    s = store_open(place->db, false, &warning, NULL);
    assert_non_null(s);
    assert_non_null(strstr(warning, "0644"));
    assert_int_equal(mode_of(place->db), 0600);
    store_close(s);
    free(warning);
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

static void reading_what_is_not_there(void **state)
{
    struct place *place = *state;
    char *far = fsx_join(place->dir, "no/such/folder/rezone.db");
    struct err err = {0};

    assert_null(store_open(far, true, NULL, &err));
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_non_null(strstr(err.text, "nothing has been recorded"));
    err_clear(&err);
    assert_null(store_open(place->db, true, NULL, &err));
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_int_equal(files_in(place->dir), 0);
    err_clear(&err);
    write_file(place->db, "");
    assert_null(store_open(place->db, true, NULL, &err));
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_int_equal(files_in(place->dir), 1);
    free(far);
}

static void fills_an_empty_file(void **state)
{
    struct place *place = *state;
    struct store *s;

    write_file(place->db, "");
    s = must_open(place->db);
    put_sample(s, RUN_1, MOVE_1, "server");
    store_close(s);
    assert_int_equal(files_in(place->dir), 1);
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

static void names_that_look_like_something_else(void **state)
{
    static const char *const names[] = {"file:x.db?mode=memory", "x?y#z.db", ":x:", "-x",
                                        "\xc3\xa4 b%20c.db"};
    struct place *place = *state;
    char *was = getcwd(NULL, 0);

    assert_int_equal(chdir(place->dir), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct store *s = must_open(names[i]);
        char *full = fsx_join(place->dir, names[i]);

        put_sample(s, RUN_1, MOVE_1, "server");
        store_close(s);
        assert_int_equal(mode_of(full), 0600);
        assert_int_equal(files_in(place->dir), (int)i + 1);
        free(full);
    }
    assert_int_equal(chdir(was), 0);
    free(was);
}

static void a_link_is_another_name(void **state)
{
    struct place *place = *state;
    char *link = fsx_join(place->dir, "link.db");
    struct store *s, *direct;
    struct run_lock *lock;
    struct err err = {0};

    assert_int_equal(symlink("rezone.db", link), 0);
    s = must_open(link);
    put_sample(s, RUN_1, MOVE_1, "server");
    direct = must_open(place->db);
    lock = run_lock_take(s, RUN_1, NULL);
    assert_non_null(lock);
    assert_null(run_lock_take(direct, RUN_1, &err));
    assert_int_equal(err.code, ERR_LOCKED);
    run_lock_free(lock);
    store_close(s);
    store_close(direct);
    free(link);
}

static void a_reader_does_not_write(void **state)
{
    struct place *place = *state;
    struct store *writer = must_open(place->db), *reader;
    struct vec rows = {0};
    struct err err = {0};

    reader = store_open(place->db, true, NULL, &err);
    assert_non_null(reader);
    assert_false(store_begin(reader, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(
        sqlite3_exec(handle_of(reader), "DELETE FROM runs", NULL, NULL, NULL),
        SQLITE_READONLY);
    put_sample(writer, RUN_1, MOVE_1, "server");
    assert_true(store_runs(reader, NULL, &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, run_row_free);
    store_close(reader);
    store_close(writer);
}

static void removed_while_in_use(void **state)
{
    struct place *place = *state;
    char *wal = xasprintf("%s-wal", place->db);
    char *aside = xasprintf("%s.old", place->db);

    for (int which = 0; which < 3; which++) {
        struct store *s = must_open(place->db);
        struct err err = {0};

        must_begin(s);
        must_commit(s);
        if (which == 0)
            assert_int_equal(unlink(place->db), 0);
        else if (which == 1)
            assert_int_equal(unlink(wal), 0);
        else
            assert_int_equal(rename(place->db, aside), 0);
        assert_false(store_begin(s, &err));
        assert_int_equal(err.code, ERR_STATE);
        assert_int_equal(store_trouble(s), STORE_DEAD);
        assert_false(store_begin(s, NULL));
        store_close(s);
        (void)unlink(place->db);
        (void)unlink(wal);
    }
    free(wal);
    free(aside);
}

/* All start at once on a file that is not there: one database, with the rows of all. */
static void many_make_it_at_once(void **state)
{
    struct place *place = *state;
    pid_t pids[6];
    int gate[2];
    struct store *s;
    struct vec rows = {0};

    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < 6; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            char c, *id = xasprintf("run-%d", i);
            struct run_row *row = sample_run(id);
            struct err err = {0};

            close(gate[1]);
            (void)!read(gate[0], &c, 1); /* until the parent closes the gate */
            s = store_open(place->db, false, NULL, &err);
            if (s && store_begin(s, &err) && store_put_run(s, row, &err) &&
                store_commit(s, &err))
                _exit(0);
            print_error("%s\n", err.text);
            _exit(1);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < 6; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    s = must_open(place->db);
    assert_true(store_runs(s, NULL, &rows, NULL));
    assert_int_equal(rows.len, 6);
    vec_clear(&rows, run_row_free);
    store_close(s);
    assert_int_equal(files_in(place->dir), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(makes_private_folders_and_files),
        PLACE_TEST(leaves_an_existing_folder),
        PLACE_TEST(tightens_a_loose_file),
        PLACE_TEST(refuses_what_is_no_database),
        PLACE_TEST(refuses_a_database_of_others),
        PLACE_TEST(refuses_a_newer_database),
        PLACE_TEST(sees_a_newer_version_in_the_wal),
        PLACE_TEST(reading_leaves_a_dead_ones_wal),
        PLACE_TEST(refuses_what_was_cut_short),
        PLACE_TEST(refuses_damaged_pages),
        PLACE_TEST(refuses_when_a_table_is_missing),
        PLACE_TEST(refuses_what_is_no_file),
        PLACE_TEST(reading_what_is_not_there),
        PLACE_TEST(fills_an_empty_file),
        PLACE_TEST(refuses_an_orphaned_wal),
        PLACE_TEST(refuses_a_network_file_system),
        PLACE_TEST(names_that_look_like_something_else),
        PLACE_TEST(a_link_is_another_name),
        PLACE_TEST(a_reader_does_not_write),
        PLACE_TEST(removed_while_in_use),
        PLACE_TEST(many_make_it_at_once),
    };
    int failed = cmocka_run_group_tests_name("store open", tests, NULL, NULL);

    free(asked_about);
    return failed;
}
