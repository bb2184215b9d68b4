/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Full disks, I/O errors and power cuts at every write of a script, one after the other,
 * until a run of the script meets none.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "faulty_vfs.h"

#define TURNS 4

/* A turn writes its number as the move's step, one ask and one line of the journal. */
static bool write_turn(struct store *s, int turn, struct err *err)
{
    struct move_row *move = sample_move(MOVE_1, RUN_1, "server");
    struct ask_row *ask = sample_ask(MOVE_1, turn, 1);
    char *step = xasprintf("%d", turn);
    char *blob = xcalloc(9001, 1);
    bool ok;

    memset(blob, 'f', 9000); /* some turns take more than a page */
    xreplace(&move->step, step);
    xreplace(&move->state, turn % 2 ? "held" : "running");
    ok = store_begin(s, err) && store_put_move(s, move, err) &&
         store_put_ask(s, ask, err) && store_put_fact(s, MOVE_1, step, blob, err) &&
         store_put_journal(s, MOVE_1, turn, step, err) && store_commit(s, err);
    free(step);
    free(blob);
    move_row_free(move);
    ask_row_free(ask);
    return ok;
}

/* The number of the last turn that is there; fails when half of one is. */
static int turns_in(const char *db)
{
    struct store *s = must_open(db);
    struct vec moves = {0}, asks = {0}, journal = {0}, facts = {0};
    unsigned long long step = 0;

    assert_true(store_moves(s, NULL, MOVE_1, &moves, NULL));
    assert_true(store_asks(s, MOVE_1, &asks, NULL));
    assert_true(store_facts(s, MOVE_1, &facts, NULL));
    assert_true(store_journal(s, MOVE_1, &journal, NULL));
    assert_int_equal(moves.len, 1);
    if (strcmp(((struct move_row *)moves.at[0])->step, "stop") != 0)
        assert_true(text_to_u64(((struct move_row *)moves.at[0])->step, TURNS, &step));
    assert_int_equal(asks.len, step);
    assert_int_equal(facts.len, step);
    assert_int_equal(journal.len, step);
    vec_clear(&moves, move_row_free);
    vec_clear(&asks, ask_row_free);
    vec_clear(&facts, fact_row_free);
    vec_clear(&journal, journal_row_free);
    store_close(s);
    return (int)step;
}

/* A database with one move, copied from one that was made before: the syncs of making
 * one for each start would take minutes. */
static struct image fresh;

static void start_anew(const struct place *place)
{
    char *wal = xasprintf("%s-wal", place->db), *shm = xasprintf("%s-shm", place->db);

    (void)remove(place->db);
    (void)remove(wal);
    (void)remove(shm);
    free(wal);
    free(shm);
    image_write(place->db, &fresh);
}

static int set_up(void **state)
{
    struct place *place;
    struct store *s;

    if (place_set_up(state) != 0)
        return -1;
    place = *state;
    s = must_open(place->db);
    put_sample(s, RUN_1, MOVE_1, "server");
    store_close(s);
    fresh = image_read(place->db);
    faulty_install();
    return 0;
}

static int tear_down(void **state)
{
    faulty_remove();
    image_clear(&fresh);
    return place_tear_down(state);
}

#define FAULT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Checkpoints after nearly every turn: their writes have to be met as well. */
static struct store *open_checkpointing(const char *db)
{
    struct store *s = store_open(db, false, NULL, NULL);

    if (s)
        must_exec(handle_of(s), "PRAGMA wal_autocheckpoint = 4");
    return s;
}

/* Runs the script as an engine would that stops at the first failure. Returns the number
 * of turns of which commit said that they are there. */
static int run_until_failure(const struct place *place, enum store_trouble *ret)
{
    struct store *s = open_checkpointing(place->db);
    int turn = 0;

    *ret = STORE_FINE;
    if (!s)
        return 0;
    while (turn < TURNS) {
        struct err err = {0};

        if (!write_turn(s, turn + 1, &err)) {
            assert_int_equal(err.code, ERR_STATE);
            break;
        }
        turn++;
    }
    *ret = store_trouble(s);
    if (*ret == STORE_DEAD) {
        assert_false(write_turn(s, turn + 1, NULL));
        assert_false(store_begin(s, NULL));
    }
    store_close(s);
    return turn;
}

/* A turn that was said to be there is there; the one that failed may be. */
static void assert_turns(const struct place *place, int committed,
                         enum store_trouble trouble)
{
    int found = turns_in(place->db);

    assert_true(found == committed || (trouble == STORE_DEAD && found == committed + 1));
}

static void power_goes_anywhere(void **state)
{
    struct place *place = *state;
    int cuts = 0;

    for (unsigned seed = 1; seed <= 3; seed++) {
        struct fault fault = {.power = true, .seed = seed};
        bool met = true;

        for (fault.at = 1; met; fault.at++) {
            enum store_trouble trouble;
            int committed;

            start_anew(place);
            faulty_arm(&fault);
            committed = run_until_failure(place, &trouble);
            met = faulty_met();
            faulty_arm(NULL);
            assert_turns(place, committed, trouble);
            if (!met)
                assert_int_equal(committed, TURNS);
            cuts += met;
        }
    }
    assert_true(cuts > 3 * 3 * TURNS); /* more than commits: checkpoints were met too */
}

static void io_errors_anywhere(void **state)
{
    static const int codes[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_CORRUPT,
                                SQLITE_READONLY};
    struct place *place = *state;
    int dead = 0;

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fault fault = {.code = codes[i], .times = i % 2 == 0};
        bool met = true;

        for (fault.at = 1; met; fault.at++) {
            enum store_trouble trouble;
            int committed;

            start_anew(place);
            faulty_arm(&fault);
            committed = run_until_failure(place, &trouble);
            met = faulty_met();
            faulty_arm(NULL);
            assert_true(trouble == STORE_DEAD || committed == TURNS);
            assert_turns(place, committed, trouble);
            dead += trouble == STORE_DEAD;
        }
    }
    assert_true(dead > 4 * TURNS);
}

/* Full for three writes: the turn is written again and again, and is there once. */
static void full_disk_anywhere(void **state)
{
    struct place *place = *state;
    int full = 0;
    bool met = true;

    for (struct fault fault = {.at = 1, .code = SQLITE_FULL}; met; fault.at++) {
        struct store *s;
        int turn = 0;

        start_anew(place);
        s = open_checkpointing(place->db);
        assert_non_null(s);
        faulty_arm(&fault);
        while (turn < TURNS) {
            struct err err = {0};

            if (write_turn(s, turn + 1, &err)) {
                turn++;
                assert_int_equal(store_trouble(s), STORE_FINE);
                continue;
            }
            assert_int_equal(err.code, ERR_STATE);
            assert_int_equal(store_trouble(s), STORE_BUSY);
            assert_true(sqlite3_get_autocommit(handle_of(s)));
            assert_false(write_turn(s, turn + 1, NULL)); /* it is full still */
            assert_int_equal(store_trouble(s), STORE_BUSY);
            full++;
            faulty_arm(NULL); /* somebody made room */
        }
        met = faulty_met() || full > 0;
        full = 0;
        store_close(s);
        faulty_arm(NULL);
        assert_int_equal(turns_in(place->db), TURNS);
        if (!met)
            assert_true(fault.at > 3 * TURNS);
    }
}

/* SQLite itself runs into its limit in the middle of a statement, and rolls back alone.
 */
static void full_in_the_middle(void **state)
{
    struct place *place = *state;
    struct store *s = must_open(place->db);
    struct err err = {0};
    struct vec rows = {0};
    char *big = xcalloc(1000001, 1), *back = NULL;

    memset(big, 'b', 1000000);
    must_exec(handle_of(s), "PRAGMA max_page_count = 40");
    must_begin(s);
    assert_true(store_put_journal(s, MOVE_1, 1, "before", NULL));
    assert_false(store_put_capture(s, MOVE_1, big, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "no space"));
    assert_int_equal(store_trouble(s), STORE_BUSY);
    assert_true(sqlite3_get_autocommit(handle_of(s)));
    assert_false(store_put_journal(s, MOVE_1, 1, "after", NULL));
    assert_false(store_commit(s, NULL));
    assert_true(store_journal(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 0);

    must_exec(handle_of(s), "PRAGMA max_page_count = 100000");
    must_begin(s);
    assert_true(store_put_journal(s, MOVE_1, 1, "before", NULL));
    assert_true(store_put_capture(s, MOVE_1, big, NULL));
    must_commit(s);
    assert_int_equal(store_trouble(s), STORE_FINE);
    assert_true(store_capture(s, MOVE_1, &back, NULL));
    assert_string_equal(back, big);
    assert_true(store_journal(s, MOVE_1, &rows, NULL));
    assert_int_equal(rows.len, 1);
    vec_clear(&rows, journal_row_free);
    free(big);
    free(back);
    store_close(s);
}

/* A new database: made whole or not at all, and the next try makes it. */
static void making_fails_anywhere(void **state)
{
    struct place *place = *state;
    bool met = true;
    int failed = 0;

    for (struct fault fault = {.at = 1, .code = SQLITE_FULL}; met; fault.at++) {
        struct err err = {0};
        struct store *s;

        (void)remove(place->db);
        faulty_arm(&fault);
        s = store_open(place->db, false, NULL, &err);
        met = faulty_met();
        if (!s) {
            assert_int_equal(err.code, ERR_STATE);
            failed++;
        }
        store_close(s);
        faulty_arm(NULL);
        assert_int_equal(files_in(place->dir), 1);
        store_close(must_open(place->db));
    }
    assert_true(failed > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_TEST(power_goes_anywhere),   FAULT_TEST(io_errors_anywhere),
        FAULT_TEST(full_disk_anywhere),    FAULT_TEST(full_in_the_middle),
        FAULT_TEST(making_fails_anywhere),
    };

    return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
