/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that die, and two of them on one file. */
#include "fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

enum death { BEFORE_COMMIT, AFTER_COMMIT };

/* In a child that dies by SIGKILL: one committed move, then a change of it. */
static void die_at(const char *db, enum death death)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        struct store *s = store_open(db, false, NULL, NULL);
        struct run_row *run = sample_run(RUN_1);
        struct move_row *move = sample_move(MOVE_1, RUN_1, "server");
        bool ok = s && store_begin(s, NULL) && store_put_run(s, run, NULL) &&
                  store_put_move(s, move, NULL) && store_commit(s, NULL);

        xreplace(&move->state, "moved");
        ok = ok && store_begin(s, NULL) && store_put_move(s, move, NULL) &&
             store_put_capture(s, MOVE_1, "{}", NULL);
        if (ok && death == AFTER_COMMIT)
            ok = store_commit(s, NULL);
        if (ok)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void assert_left(const char *db, const char *state, bool captured)
{
    struct store *s = must_open(db);
    struct vec rows = {0};
    char *json = NULL;

    assert_true(store_moves(s, NULL, NULL, &rows, NULL));
    assert_int_equal(rows.len, 1);
    assert_string_equal(((struct move_row *)rows.at[0])->state, state);
    assert_true(store_capture(s, MOVE_1, &json, NULL));
    assert_int_equal(json != NULL, captured);
    free(json);
    vec_clear(&rows, move_row_free);
    store_close(s);
}

static void killed_after_commit(void **state)
{
    struct place *place = *state;
    char *seen;

    die_at(place->db, AFTER_COMMIT);
    seen = state_of(place->db, MOVE_1); /* a reader comes first */
    assert_string_equal(seen, "moved");
    free(seen);
    assert_left(place->db, "moved", true);
}

static void killed_before_commit(void **state)
{
    struct place *place = *state;

    die_at(place->db, BEFORE_COMMIT);
    assert_left(place->db, "running", false);
}

struct writer {
    pid_t pid;
    int go, done; /* pipes: a byte in go makes it commit; end of done is its end */
};

/* A child that holds the write lock with an uncommitted change until it is told. */
static struct writer start_writer(const char *db)
{
    struct writer w;
    int go[2], done[2];
    char c;

    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(done), 0);
    w.pid = fork();
    assert_true(w.pid >= 0);
    if (w.pid == 0) {
        struct store *s = store_open(db, false, NULL, NULL);
        struct move_row *move = sample_move(MOVE_1, RUN_1, "server");

        xreplace(&move->state, "held");
        _exit(s && store_begin(s, NULL) && store_put_move(s, move, NULL) &&
                      write(done[1], "x", 1) == 1 && read(go[0], &c, 1) == 1 &&
                      store_commit(s, NULL)
                  ? 0
                  : 1);
    }
    close(go[0]);
    close(done[1]);
    assert_int_equal(read(done[0], &c, 1), 1);
    w.go = go[1];
    w.done = done[0];
    return w;
}

static void end_writer(struct writer *w, bool commit)
{
    int status;

    if (commit)
        assert_int_equal(write(w->go, "x", 1), 1);
    else
        assert_int_equal(kill(w->pid, SIGKILL), 0);
    assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
    if (commit)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(w->go);
    close(w->done);
}

static void two_writers(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct writer w;
    struct err err = {0};
    char *seen;

    put_sample(s, RUN_1, MOVE_1, "server");
    for (int commit = 0; commit < 2; commit++) {
        w = start_writer(place->db);
        (void)sqlite3_busy_timeout(handle_of(s), 0);
        err_clear(&err);
        assert_false(store_begin(s, &err));
        assert_int_equal(err.code, ERR_STATE);
        assert_int_equal(store_trouble(s), STORE_BUSY);
        assert_false(store_put_journal(s, MOVE_1, 1, "no", NULL));
        /* A reader does not wait, and sees what was committed. */
        seen = state_of(place->db, MOVE_1);
        assert_string_equal(seen, "running");
        free(seen);
        end_writer(&w, commit);
        must_begin(s);
        assert_true(store_put_journal(s, MOVE_1, 1, "yes", NULL));
        must_commit(s);
        assert_int_equal(store_trouble(s), STORE_FINE);
        seen = state_of(place->db, MOVE_1);
        assert_string_equal(seen, commit ? "held" : "running");
        free(seen);
    }
    store_close(s);
}

/* Two processes take the same server: exactly one gets it. */
static void two_take_one_server(void **state)
{
    struct place *place = *state;
    pid_t pids[4];
    int gate[2], won = 0;

    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            char c, *id = xasprintf("mine-%d", i);
            struct store *s = store_open(place->db, false, NULL, NULL);
            struct run_row *run = sample_run(id);
            struct move_row *move = sample_move(id, id, "server");
            struct err err = {0};

            close(gate[1]);
            (void)!read(gate[0], &c, 1);
            if (!s || !store_begin(s, NULL) || !store_put_run(s, run, NULL))
                _exit(9);
            if (store_put_move(s, move, &err))
                _exit(store_commit(s, NULL) ? 0 : 9);
            _exit(err.code == ERR_CONFLICT && store_commit(s, NULL) ? 1 : 9);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < 4; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 1);
        won += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(won, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(killed_after_commit),
        PLACE_TEST(killed_before_commit),
        PLACE_TEST(two_writers),
        PLACE_TEST(two_take_one_server),
    };

    return cmocka_run_group_tests_name("store crash", tests, NULL, NULL);
}
