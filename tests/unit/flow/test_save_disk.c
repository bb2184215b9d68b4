/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine on a bad disk: at each write, truncation and sync of a move, of its way
 * back, its discard and its commit, the disk is full, breaks or loses its power, until a
 * run meets none. Then a new process on a healthy disk ends the move, and nothing
 * happened twice.
 *
 * The file system keeps what is not synced away from the second connection that looks for
 * the intent of each request (toy_net.c): an intent found is one that a power cut leaves.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../store/faulty_vfs.h"
#include "base/mem.h"
#include "toy.h"

/* So that the writes of checkpoints are met as well. */
#define PAGES_TO_CHECKPOINT 24

enum story { STORY_FORWARD, STORY_BACK, STORY_DISCARD, STORY_COMMIT, STORY_MAX };
static const char *const stories[] = {"forward", "back", "discard", "commit"};

/*
 * Every point takes minutes: REZONE_EVERY_POINT=1 tries them all, else each of the kinds
 * of faults tries some, not the same.
 */
static int stride = 13;
static int offset;

static int set_up(void **state)
{
    if (toy_set_up(state) != 0)
        return -1;
    ((struct toy *)*state)->checkpoint_pages = PAGES_TO_CHECKPOINT;
    faulty_install();
    return 0;
}

static int tear_down(void **state)
{
    int broken = toy_tear_down(state);

    faulty_remove();
    return broken;
}

static void anew(void **state, struct toy **t)
{
    assert_int_equal(tear_down(state), 0);
    assert_int_equal(set_up(state), 0);
    *t = *state;
}

#define DISK_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Brings the world, on a healthy disk, to the place where the story begins. */
static void begin(struct toy *t, enum story story)
{
    struct err err = {0};

    t->save_s = t->build_s = 3;
    if (story == STORY_BACK) {
        struct rule *rule = toy_rule(t, "POST /server/s1/part/2", FATE_STATUS);

        rule->status = 403;
        rule->count = 0;
    }
    toy_start(t, 1);
    if (story != STORY_DISCARD && story != STORY_COMMIT)
        return;
    assert_int_equal(toy_go(t), ENGINE_OVER);
    toy_assert_state(t, 0, MOVE_MOVED);
    toy_restart(t);
    if (story == STORY_DISCARD)
        assert_true(engine_discard(t->engine, toy_move(t, 0), &err));
    else
        assert_true(engine_commit(t->engine, toy_move(t, 0), &err));
}

/* What a dead process leaves to a person's command is repeated by that person. */
static void go_on(struct toy *t, enum story story)
{
    struct err err = {0};
    struct move *m;

    toy_restart(t);
    m = toy_move(t, 0);
    if (story == STORY_DISCARD && move_state(m) == MOVE_MOVED)
        assert_true(engine_discard(t->engine, m, &err));
    else if (story == STORY_COMMIT && move_state(m) == MOVE_MOVED)
        assert_true(engine_commit(t->engine, m, &err));
    else if (move_state(m) <= MOVE_RUNNING)
        assert_true(engine_resume(t->engine, m, &err));
}

static void check_end(struct toy *t, enum story story, const char *fault)
{
    static const enum move_state ends[] = {MOVE_MOVED, MOVE_UNDONE, MOVE_UNDONE,
                                           MOVE_COMMITTED};

    if (move_state(toy_move(t, 0)) != ends[story]) {
        AUTO_FREE char *why = toy_held(t, 0);

        fail_msg("%s, %s: ended %s (%s)", stories[story], fault,
                 move_state_name(move_state(toy_move(t, 0))), why);
    }
    toy_assert_state(t, 0, ends[story]);
    if (story == STORY_FORWARD) {
        toy_assert_moved(t, "s1");
    } else if (story != STORY_COMMIT) {
        toy_assert_undone(t, "s1");
    } else {
        assert_int_equal(toy_effects(t, "delete", "s1"), 1);
        assert_int_equal(toy_things(t, "s1", true), 1);
        assert_int_equal(toy_things(t, "s1", false), 0);
        assert_int_equal(toy_effects(t, "make target", "s1"), 1);
    }
}

/* The machine starts again: memory is gone, and the index of the WAL was memory. */
static void start_machine(struct toy *t)
{
    AUTO_FREE char *shm = xasprintf("%s-shm", t->db);

    toy_die(t);
    faulty_arm(NULL);
    (void)unlink(shm);
}

struct tally {
    int points, ended, went_on;
};

/* One story with one fault; true: it was met. */
static bool tell(struct toy *t, enum story story, const struct fault *fault,
                 struct tally *tally)
{
    AUTO_FREE char *name =
        xasprintf("%s %d (%ld times%s) at operation %ld, seed %u",
                  fault->power ? "power cut" : "failure", fault->code, fault->times,
                  fault->torn ? ", torn" : "", fault->at, fault->seed);
    enum engine_end end;
    bool met;

    begin(t, story);
    t->failed_at = 0;
    faulty_arm(fault);
    end = toy_go(t);
    met = faulty_met();
    if (end == ENGINE_STATE) {
        if (!met || t->failed_at <= 0)
            fail_msg("%s, %s: it ended without having met a fault", stories[story], name);
        if (t->mutations != t->failed_after)
            fail_msg("%s, %s: %d requests after the store had failed", stories[story],
                     name, t->mutations - t->failed_after);
        start_machine(t);
        go_on(t, story);
        end = toy_go(t);
        tally->ended++;
    } else {
        /* The writes of a checkpoint may fail: what is in the WAL is safe without. */
        if (end != ENGINE_OVER)
            fail_msg("%s, %s: engine_go said %d", stories[story], name, (int)end);
        tally->went_on += met;
        if (met)
            start_machine(t);
        faulty_arm(NULL);
        if (met)
            go_on(t, story);
    }
    assert_int_equal(end, ENGINE_OVER);
    check_end(t, story, name);
    tally->points += met;
    return met;
}

/* All stories, the fault at the first operation, the second, ... until none meets it. */
static struct tally tell_all(void **state, const struct fault *like)
{
    struct tally tally = {0};
    struct toy *t = *state;

    for (int story = 0; story < STORY_MAX; story++) {
        struct fault fault = *like;
        int before = tally.points;

        fault.at = 1 + offset++ % stride;
        for (; tell(t, (enum story)story, &fault, &tally); fault.at += stride)
            anew(state, &t);
        anew(state, &t);
        /* A write and a sync for each intent and each answer, and more. */
        assert_true((tally.points - before) * stride > (story == STORY_COMMIT ? 30 : 80));
    }
    print_message("%d points: %d ended the command, %d did not\n", tally.points,
                  tally.ended, tally.went_on);
    return tally;
}

static void a_full_disk_that_gets_room_again(void **state)
{
    const struct fault fault = {.code = SQLITE_FULL, .times = 7};
    const struct fault torn = {.code = SQLITE_FULL, .times = 7, .torn = true};
    struct tally tally = tell_all(state, &fault);

    assert_int_equal(tally.ended, 0);
    tally = tell_all(state, &torn);
    assert_int_equal(tally.ended, 0);
}

static void a_full_disk_that_stays_full(void **state)
{
    const struct fault fault = {.code = SQLITE_FULL};
    struct tally tally = tell_all(state, &fault);

    assert_true(tally.ended > tally.points / 2);
}

static void a_disk_that_fails_once(void **state)
{
    static const int codes[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_READONLY};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fault fault = {.code = codes[i], .times = 1, .torn = i == 0};
        struct tally tally = tell_all(state, &fault);

        assert_true(tally.ended > tally.points / 2);
    }
}

static void a_disk_that_is_broken(void **state)
{
    static const int codes[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_READONLY,
                                SQLITE_CORRUPT};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fault fault = {.code = codes[i], .torn = i == 0};
        struct tally tally = tell_all(state, &fault);

        assert_true(tally.ended > tally.points / 2);
    }
}

static void a_power_cut(void **state)
{
    for (unsigned seed = 1; seed <= 4; seed++) {
        struct fault fault = {.power = true, .seed = seed};
        struct tally tally = tell_all(state, &fault);

        assert_true(tally.ended > tally.points / 2);
    }
}

/* Power that goes again while the next process resumes, and again. */
static void a_power_cut_in_each_life(void **state)
{
    struct toy *t = *state;
    int cuts = 0;

    for (int story = 0; story < STORY_MAX; story++) {
        for (unsigned seed = 1; seed <= (stride > 1 ? 2 : 12); seed++) {
            struct fault fault = {.power = true, .seed = seed};
            unsigned dice = seed * 7919u;

            begin(t, (enum story)story);
            for (int lives = 0; lives < 8; lives++) {
                dice = dice * 1103515245u + 12345u;
                fault.at = 1 + (long)((dice >> 16) % 40);
                t->failed_at = 0;
                faulty_arm(&fault);
                if (toy_go(t) == ENGINE_STATE)
                    assert_int_equal(t->mutations, t->failed_after);
                cuts += faulty_met();
                start_machine(t);
                go_on(t, (enum story)story);
            }
            assert_int_equal(toy_go(t), ENGINE_OVER);
            check_end(t, (enum story)story, "power cuts in each life");
            anew(state, &t);
        }
    }
    assert_true(cuts > (stride > 1 ? 20 : 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(a_full_disk_that_gets_room_again),
        DISK_TEST(a_full_disk_that_stays_full),
        DISK_TEST(a_disk_that_fails_once),
        DISK_TEST(a_disk_that_is_broken),
        DISK_TEST(a_power_cut),
        DISK_TEST(a_power_cut_in_each_life),
    };

    if (getenv("REZONE_EVERY_POINT"))
        stride = 1;
    return cmocka_run_group_tests_name("flow/save_disk", tests, NULL, NULL);
}
