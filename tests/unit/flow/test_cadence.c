/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/cadence: when a row is looked at, and what a run learns. */
#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

/* When the source was looked at (alone) after its stop was answered, seconds later. */
static int looks_after(const struct toy *t, const char *server, double *ret, int max)
{
    AUTO_FREE char *off = xasprintf("POST /server/%s/off", server);
    AUTO_FREE char *look = xasprintf("GET /server/%s", server);
    AUTO_FREE char *next = xasprintf("POST /server/%s/lock", server);
    double from = toy_sent_at(t, off, 0) + t->latency, to = toy_sent_at(t, next, 0);
    int n = 0;

    for (size_t i = 0; i < t->log.len && n < max; i++)
        if (text_eq(t->log.at[i], look) && t->log_at[i] > from && t->log_at[i] < to)
            ret[n++] = t->log_at[i] - from;
    return n;
}

static void pauses_grow_up_to_every_s(void **state)
{
    struct toy *t = *state;
    double at[200], pause, longest = 0;
    int n;

    t->power_s = 100;
    toy_start(t, 1);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    n = looks_after(t, "s1", at, 200);
    assert_true(n > 15 && n < 60);
    assert_true(at[0] >= 0.1 && at[0] < 0.12); /* first_s */
    for (int i = 1; i < n; i++) {
        pause = at[i] - at[i - 1] - t->latency;
        /* ten per cent either way of a growing pause, and of every_s in the end */
        assert_true(pause <= 5.5 + 0.01);
        assert_true(pause >= longest * 0.7);
        longest = pause > longest ? pause : longest;
    }
    assert_true(longest >= 4.5);
}

/* Three that took 30 s: the fourth is looked at just before, not from the beginning. */
static void a_run_learns_how_long_a_row_takes(void **state)
{
    struct toy *t = *state;
    double at[200];
    int first;

    t->power_s = 30;
    t->options.parallel = 1;
    toy_start(t, 5);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    first = looks_after(t, "s1", at, 200);
    assert_true(at[0] < 1);
    assert_true(looks_after(t, "s5", at, 200) < first);
    assert_true(at[0] > 20 && at[0] < 30);
}

/* What a row learned is of requests that were answered here and now: a life that only
 * found the end of it knows nothing of how long it took. */
static void what_an_earlier_life_began_teaches_nothing(void **state)
{
    struct toy *t = *state;
    double at[200];

    t->power_s = 30;
    t->options.parallel = 4;
    toy_start(t, 9);
    t->interrupt_at = 1025;
    assert_int_equal(toy_go(t), ENGINE_INTERRUPTED);
    clock_advance(100); /* the four are off long since when the next life looks */
    toy_resume(t);
    assert_int_equal(toy_go(t), ENGINE_OVER);
    assert_true(looks_after(t, "s9", at, 200) > 0);
    assert_true(at[0] > 20 && at[0] < 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(pauses_grow_up_to_every_s),
        TOY_TEST(a_run_learns_how_long_a_row_takes),
        TOY_TEST(what_an_earlier_life_began_teaches_nothing),
    };

    return cmocka_run_group_tests_name("flow/cadence", tests, NULL, NULL);
}
