/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: how it is made, its modes and names, and that it stays in its place. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

static const struct image nothing;

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

static void warns_of_a_folder_open_to_others(void **state)
{
    static const struct {
        mode_t mode;
        bool warned;
    } folders[] = {{0755, false}, {0775, true}, {0777, true}, {01777, false}};
    struct place *place = *state;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char *warning = NULL;
        struct store *s;

        assert_int_equal(chmod(place->dir, folders[i].mode), 0);
        s = store_open(place->db, false, &warning, NULL);
        assert_non_null(s);
        assert_int_equal(warning != NULL, folders[i].warned);
        if (warning)
            assert_non_null(strstr(warning, place->dir));
        assert_int_equal(mode_of(place->dir), folders[i].mode);
        store_close(s);
        free(warning);
    }
}

/* Only root can own a file and not the folder it lies in. */
static void warns_of_a_folder_of_somebody_else(void **state)
{
    struct place *place = *state;
    char *warning = NULL;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(place->dir, 65534, 65534), 0);
    store_close(store_open(place->db, false, &warning, NULL));
    assert_non_null(warning);
    assert_non_null(strstr(warning, "is not yours"));
    free(warning);
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
    image_write(place->db, &nothing);
    assert_null(store_open(place->db, true, NULL, &err));
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_int_equal(files_in(place->dir), 1);
    free(far);
}

static void fills_an_empty_file(void **state)
{
    struct place *place = *state;
    struct store *s;

    image_write(place->db, &nothing);
    s = must_open(place->db);
    put_sample(s, RUN_1, MOVE_1, "server");
    store_close(s);
    assert_int_equal(files_in(place->dir), 1);
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
        PLACE_TEST(warns_of_a_folder_open_to_others),
        PLACE_TEST(warns_of_a_folder_of_somebody_else),
        PLACE_TEST(reading_what_is_not_there),
        PLACE_TEST(fills_an_empty_file),
        PLACE_TEST(names_that_look_like_something_else),
        PLACE_TEST(a_link_is_another_name),
        PLACE_TEST(a_reader_does_not_write),
        PLACE_TEST(removed_while_in_use),
        PLACE_TEST(many_make_it_at_once),
    };

    return cmocka_run_group_tests_name("store file", tests, NULL, NULL);
}
