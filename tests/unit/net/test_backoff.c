/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/backoff: how long, and which failures of a read deserve another try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "net/backoff.h"

static void pauses_grow_to_a_limit(void **state)
{
    (void)state;
    assert_float_equal(backoff_delay(1, 0), 0.25, 1e-9);
    assert_float_equal(backoff_delay(1, 1), 0.5, 1e-9);
    assert_float_equal(backoff_delay(3, 1), 2, 1e-9);
    assert_float_equal(backoff_delay(7, 1), 30, 1e-9);
    assert_float_equal(backoff_delay(1000000000, 1), 30, 1e-9);
    assert_float_equal(backoff_delay(1000000000, 0), 15, 1e-9);
    double least = 1, most = 0;
    for (int i = 0; i < 1000; i++) {
        double unit = backoff_random();
        assert_true(unit >= 0 && unit < 1);
        least = unit < least ? unit : least;
        most = unit > most ? unit : most;
    }
    assert_true(most - least > 0.5);
}

static bool again(int status, enum err_code code, double after, int tries, double *ret_s)
{
    struct reply r = {.fate = status ? REPLY_HTTP : REPLY_UNKNOWN,
                      .status = status,
                      .retry_after_s = after};
    if (code != ERR_NONE)
        err_set(&r.err, code, "x");
    return backoff_read(&r, tries, 0.5, ret_s);
}

static void passing_trouble_is_tried_again(void **state)
{
    (void)state;
    double s = -1;
    static const int passing[] = {408, 429, 500, 502, 503, 504};
    for (int i = 0; i < 6; i++) {
        assert_true(again(passing[i], ERR_NONE, -1, 1, &s));
        assert_float_equal(s, 0.375, 1e-9);
    }
    assert_true(again(503, ERR_NONE, -1, 9, &s));
    assert_false(again(500, ERR_NONE, -1, 2, &s));
    assert_true(again(0, ERR_CONNECT, -1, 2, &s));
    assert_float_equal(s, 0.75, 1e-9);
    assert_true(again(0, ERR_TIMEOUT, -1, 1, &s));
    assert_true(again(200, ERR_CONNECT, -1, 1, &s));
}

static void an_answer_is_not(void **state)
{
    (void)state;
    double s = 42;
    static const int answers[] = {200, 202, 204, 300, 302, 400, 401, 403, 404, 409, 501};
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        assert_false(again(answers[i], ERR_NONE, 1, 1, &s));
    assert_false(again(413, ERR_NONE, -1, 1, &s)); /* a quota: no time helps */
    assert_false(again(413, ERR_NONE, 0, 1, &s));
    assert_false(again(0, ERR_TLS, -1, 1, &s));
    assert_false(again(200, ERR_PROTOCOL, -1, 1, &s));
    assert_false(again(503, ERR_PROTOCOL, -1, 1, &s));
    assert_float_equal(s, 42, 0);
}

static void retry_after_is_honoured_up_to_a_limit(void **state)
{
    (void)state;
    double s = -1;
    assert_true(again(429, ERR_NONE, 7, 1, &s));
    assert_true(s >= 7 && s < 7.2);
    assert_true(again(413, ERR_NONE, 7, 1, &s));
    assert_true(s >= 7 && s < 7.2);
    assert_true(again(503, ERR_NONE, 60, 1, &s));
    assert_true(s >= 60 && s < 60.2);
    assert_false(again(503, ERR_NONE, 60.5, 1, &s));
    assert_true(again(503, ERR_NONE, 0, 1, &s));
    assert_true(s > 0 && s < 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_to_a_limit),
        cmocka_unit_test(passing_trouble_is_tried_again),
        cmocka_unit_test(an_answer_is_not),
        cmocka_unit_test(retry_after_is_honoured_up_to_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
