/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of flow/change: one change outside any walk keeps laws 2, 3 and 5 too. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

#define OFF  "POST /server/s1/off"
#define WHAT "clean: deleting something"

static void build_off(void *world, void *ctx, struct request *r)
{
    (void)world;
    (void)ctx;
    request_init(r, "POST", "/server/s1/off");
    r->service = TOY_SERVERS;
}

static int lines(struct toy *t, const char *begin)
{
    struct vec rows = {0};
    struct err err = {0};
    int n = 0;

    assert_true(store_journal(t->reader, NULL, &rows, &err));
    for (size_t i = 0; i < rows.len; i++)
        n += text_starts(((struct journal_row *)rows.at[i])->what, begin);
    vec_clear(&rows, journal_row_free);
    return n;
}

/* Runs at the request, before the cloud acts: the line is on disk by now. The toy's own
 * check knows of asks of walks only, and counts this request as one without. */
static void intent_is_saved(struct toy *t)
{
    assert_int_equal(lines(t, WHAT), 1);
}

static struct rule *start(struct toy *t, enum fate fate)
{
    struct rule *rule = toy_rule(t, OFF, fate);

    rule->hook = intent_is_saved;
    toy_server_new(t, "s1")->on = true;
    toy_engine(t);
    return rule;
}

static enum change_end change(struct toy *t, struct err *err)
{
    const struct change c = {.service = TOY_SERVERS, .build = build_off, .what = WHAT};

    return engine_change(t->engine, &c, err);
}

/* Sent so often, and each time with the intent that intent_is_saved() saw. */
static void was_sent(struct toy *t, int n)
{
    assert_int_equal(toy_requests(t, OFF), n);
    assert_int_equal(t->unintended, n);
    t->unintended = 0;
}

static void its_intent_is_on_disk_before_it_is_sent(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    start(t, FATE_OK);
    assert_int_equal(change(t, &err), CHANGE_TAKEN);
    assert_false(err_is_set(&err));
    was_sent(t, 1);
    assert_int_equal(toy_effects(t, "off", "s1"), 1);
    assert_int_equal(lines(t, WHAT ": accepted"), 1);
}

static void without_an_intent_nothing_is_sent(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    start(t, FATE_OK);
    t->fail_at = t->commits + 1;
    t->fail_n = 1;
    t->fail_how = STORE_DEAD;
    assert_int_equal(change(t, &err), CHANGE_NOT_SENT);
    assert_int_equal(err.code, ERR_STATE);
    was_sent(t, 0);
}

static void a_refusal_has_the_services_words(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    start(t, FATE_STATUS)->status = 403;
    assert_int_equal(change(t, &err), CHANGE_REFUSED);
    assert_non_null(strstr(err.text, "403"));
    was_sent(t, 1);
    assert_int_equal(lines(t, WHAT ": refused"), 1);
}

static void no_answer_is_not_asked_again(void **state)
{
    struct toy *t = *state;
    static const struct {
        enum fate fate;
        int status, effects;
    } cases[] = {{FATE_LOST, 0, 1},           {FATE_DROP, 0, 0},
                 {FATE_STATUS, 500, 0},       {FATE_STATUS, 503, 0},
                 {FATE_ACTED_STATUS, 504, 1}, {FATE_STATUS, 401, 0},
                 {FATE_STATUS, 412, 0}};
    struct rule *rule = start(t, FATE_OK);
    int effects = 0;

    rule->count = 0;
    rule->hook = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {0};

        rule->fate = cases[i].fate;
        rule->status = cases[i].status;
        toy_server(t, "s1")->on = true;
        toy_server(t, "s1")->task = NULL;
        assert_int_equal(change(t, &err), CHANGE_UNANSWERED);
        assert_true(err_is_set(&err));
        assert_int_equal(toy_requests(t, OFF), i + 1);
        effects += cases[i].effects;
        assert_int_equal(toy_effects(t, "off", "s1"), effects);
    }
    t->unintended = 0;
}

static void a_connection_that_is_refused_sent_nothing(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    start(t, FATE_NOT_SENT);
    assert_int_equal(change(t, &err), CHANGE_NOT_SENT);
    assert_int_equal(err.code, ERR_CONNECT);
    t->unintended = 0;
    assert_int_equal(toy_effects(t, "off", "s1"), 0);
}

static void an_interrupt_keeps_it_from_being_sent(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    start(t, FATE_OK);
    t->interrupts = 1;
    assert_int_equal(change(t, &err), CHANGE_NOT_SENT);
    assert_int_equal(err.code, ERR_INTERRUPT);
    was_sent(t, 0);
    assert_int_equal(lines(t, WHAT), 0);
}

/* The answer to what was sent is waited for; only the second ^C leaves it. */
static void one_interrupt_waits_for_the_answer(void **state)
{
    struct toy *t = *state;
    struct err err = {0};

    start(t, FATE_OK)->delay_s = 20;
    t->interrupt_at = clock_mono() + 5;
    assert_int_equal(change(t, &err), CHANGE_TAKEN);
    was_sent(t, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(its_intent_is_on_disk_before_it_is_sent),
        TOY_TEST(without_an_intent_nothing_is_sent),
        TOY_TEST(a_refusal_has_the_services_words),
        TOY_TEST(no_answer_is_not_asked_again),
        TOY_TEST(a_connection_that_is_refused_sent_nothing),
        TOY_TEST(an_interrupt_keeps_it_from_being_sent),
        TOY_TEST(one_interrupt_waits_for_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
