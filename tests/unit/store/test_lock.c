/* SPDX-License-Identifier: Apache-2.0 */
/* One writer per run: refused while its holder lives, free the instant it is dead. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

/* What happens between the open and the flock of the process under test, once. */
static void (*between)(const char *path);
static char *lock_path;

int __real_flock(int fd, int op);
int __wrap_flock(int fd, int op);

int __wrap_flock(int fd, int op)
{
    void (*now)(const char *path) = between;

    between = NULL;
    if (now)
        now(lock_path);
    return __real_flock(fd, op);
}

static int set_up(void **state)
{
    struct place *place;

    if (place_set_up(state) != 0)
        return -1;
    place = *state;
    lock_path = xasprintf("%s.run-%s.lock", place->db, RUN_1);
    return 0;
}

static int tear_down(void **state)
{
    between = NULL;
    xreplace(&lock_path, NULL);
    return place_tear_down(state);
}

#define LOCK_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

/* A child that takes the lock, says so, and then waits for a signal. */
static pid_t start_holder(const char *db)
{
    int ready[2];
    pid_t pid;
    char c;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store *s = store_open(db, false, NULL, NULL);

        if (!s || !run_lock_take(s, RUN_1, NULL) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

static void assert_refused(struct store *s, pid_t holder)
{
    char *pid = xasprintf("process %ld ", (long)holder);
    struct err err = {0};

    assert_null(run_lock_take(s, RUN_1, &err));
    assert_int_equal(err.code, ERR_LOCKED);
    assert_non_null(strstr(err.text, RUN_1));
    assert_non_null(strstr(err.text, pid));
    assert_int_equal(err_exit_status(err.code), 3);
    free(pid);
}

static void take_and_free(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);

    for (int i = 0; i < 3; i++) {
        struct run_lock *lock = run_lock_take(s, RUN_1, NULL);

        assert_non_null(lock);
        assert_int_equal(mode_of(lock_path), 0600);
        run_lock_free(lock);
        assert_false(exists(lock_path));
    }
    run_lock_free(NULL);
    store_close(s);
}

static void second_is_refused(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db), *other = must_open(place->db);
    struct run_lock *lock = run_lock_take(s, RUN_1, NULL), *second;

    assert_non_null(lock);
    assert_refused(other, getpid());
    assert_refused(s, getpid()); /* not even the same process twice */
    assert_true(exists(lock_path));
    second = run_lock_take(other, RUN_2, NULL);
    assert_non_null(second);
    run_lock_free(second);
    run_lock_free(lock);
    lock = run_lock_take(other, RUN_1, NULL);
    assert_non_null(lock);
    run_lock_free(lock);
    store_close(s);
    store_close(other);
}

static void end(pid_t pid, int signal)
{
    int status;

    assert_int_equal(kill(pid, signal), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void a_killed_holder_is_gone_at_once(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    pid_t holder = start_holder(place->db);
    struct run_lock *lock;

    assert_refused(s, holder);
    end(holder, SIGKILL);
    assert_true(exists(lock_path)); /* what it left does not count */
    lock = run_lock_take(s, RUN_1, NULL);
    assert_non_null(lock);
    assert_refused(s, getpid());
    run_lock_free(lock);
    store_close(s);
}

static void a_stopped_holder_still_holds(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    pid_t holder = start_holder(place->db);
    int status;

    assert_int_equal(kill(holder, SIGSTOP), 0);
    assert_int_equal(waitpid(holder, &status, WUNTRACED), holder);
    assert_true(WIFSTOPPED(status));
    assert_refused(s, holder);
    end(holder, SIGKILL);
    store_close(s);
}

static void closing_the_store_keeps_the_lock(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db), *other = must_open(place->db);
    struct run_lock *lock = run_lock_take(s, RUN_1, NULL);

    store_close(s);
    assert_refused(other, getpid());
    run_lock_free(lock);
    assert_false(exists(lock_path));
    store_close(other);
}

static void holder_leaves(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

/* The file was opened, then its holder removed it: the lock has to be on the next one. */
static void file_removed_before_the_lock(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db), *other = must_open(place->db);
    struct run_lock *lock;

    between = holder_leaves;
    lock = run_lock_take(s, RUN_1, NULL);
    assert_null(between);
    assert_non_null(lock);
    assert_true(exists(lock_path));
    assert_refused(other, getpid());
    run_lock_free(lock);
    store_close(s);
    store_close(other);
}

static int usurper = -1;

static void another_is_faster(const char *path)
{
    assert_int_equal(unlink(path), 0);
    usurper = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(usurper >= 0);
    assert_int_equal(__real_flock(usurper, LOCK_EX | LOCK_NB), 0);
}

static void file_replaced_before_the_lock(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct err err = {0};

    between = another_is_faster;
    assert_null(run_lock_take(s, RUN_1, &err));
    assert_int_equal(err.code, ERR_LOCKED);
    assert_non_null(strstr(err.text, "another process")); /* it has not signed yet */
    close(usurper);
    store_close(s);
}

static struct store *faster_one;

static void another_makes_it(const char *path)
{
    *strstr(lock_path, ".run-") = '\0'; /* the database itself is what is locked here */
    faster_one = must_open(path);
    put_sample(faster_one, RUN_1, MOVE_1, "server");
}

/* The database was missing, and is whole, open and written to when our turn has come. */
static void database_made_while_we_waited(void **state)
{
    struct place *place = *state;
    struct vec rows = {0};
    struct store *s;

    between = another_makes_it;
    s = must_open(place->db);
    assert_null(between);
    assert_true(store_runs(s, NULL, &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, run_row_free);
    store_close(faster_one);
    store_close(s);
}

/* Somebody removes the file of a living holder: the holder writes no more. */
static void a_lost_lock_ends_writing(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db), *other = must_open(place->db);
    struct run_lock *lock = run_lock_take(s, RUN_1, NULL), *theirs;
    struct err err = {0};

    put_sample(s, RUN_1, MOVE_1, "server");
    assert_int_equal(unlink(lock_path), 0);
    theirs = run_lock_take(other, RUN_1, NULL);
    assert_non_null(theirs);
    assert_false(store_begin(s, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, lock_path));
    assert_int_equal(store_trouble(s), STORE_DEAD);
    must_begin(other);
    must_commit(other);
    run_lock_free(lock); /* and does not take the other's file away */
    assert_true(exists(lock_path));
    run_lock_free(theirs);
    store_close(s);
    store_close(other);
}

/* Somebody who may write in the folder must not make us write elsewhere. */
static void a_link_in_its_place_is_refused(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    char *victim = fsx_join(place->dir, "victim");
    char *lock = xasprintf("%s.run-%s.lock", place->db, RUN_1);
    struct image bytes = {(unsigned char *)victim, strlen(victim)};
    struct err err = {0};

    image_write(victim, &bytes);
    assert_int_equal(symlink(victim, lock), 0);
    assert_null(run_lock_take(s, RUN_1, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, lock));
    assert_same_bytes(victim, &bytes);
    store_close(s);
    free(victim);
    free(lock);
}

static void ids_do_not_become_paths(void **state)
{
    static const char *const ids[] = {"", "../x", "a/b", "a.b", "\xc3\xa4", " "};
    struct place *place = *state;
    struct store *s = must_open(place->db);

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        assert_null(run_lock_take(s, ids[i], NULL));
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOCK_TEST(take_and_free),
        LOCK_TEST(second_is_refused),
        LOCK_TEST(a_killed_holder_is_gone_at_once),
        LOCK_TEST(a_stopped_holder_still_holds),
        LOCK_TEST(closing_the_store_keeps_the_lock),
        LOCK_TEST(file_removed_before_the_lock),
        LOCK_TEST(file_replaced_before_the_lock),
        LOCK_TEST(database_made_while_we_waited),
        LOCK_TEST(a_lost_lock_ends_writing),
        LOCK_TEST(a_link_in_its_place_is_refused),
        LOCK_TEST(ids_do_not_become_paths),
    };

    return cmocka_run_group_tests_name("store lock", tests, NULL, NULL);
}
