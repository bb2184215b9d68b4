/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/clock as text: what is parsed, what is refused, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static void iso_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        double wall;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-01-02T03:04:05Z", 1767323045},
        {"2026-01-02T03:04:05", 1767323045},
        {"2026-01-02 03:04:05", 1767323045},
        {"2026-01-02T03:04:05.250000", 1767323045.25},
        {"2026-01-02T03:04:05.678Z", 1767323045.678},
        {"2026-01-02T03:04:05+00:00", 1767323045},
        {"2026-01-02T04:04:05+01:00", 1767323045},
        {"2026-01-01T21:34:05-0530", 1767323045},
        {"2024-02-29T00:00:00Z", 1709164800},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double wall = -1;
        if (!clock_parse_iso(rows[i].s, &wall))
            fail_msg("refused: %s", rows[i].s);
        if (fabs(wall - rows[i].wall) > 1e-4)
            fail_msg("%s became %f", rows[i].s, wall);
    }
}

static void what_is_not_iso_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "now",
        "2026-01-02",
        "2026-01-02T03:04",
        "2026-13-02T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-00-10T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-02T24:04:05Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05Zx",
        "2026-01-02T03:04:05+1",
        "2026-01-02T03:04:05+01:",
        "2026-01-02T03:04:05+01:0x",
        "2026-01-02T03:04:05+01:60",
        "0000-01-02T03:04:05Z",
        "26-01-02T03:04:05Z",
    };
    double wall = 42;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (clock_parse_iso(bad[i], &wall))
            fail_msg("taken: %s", bad[i]);
    assert_false(clock_parse_iso(NULL, &wall));
    assert_float_equal(wall, 42, 0);
}

static void http_dates(void **state)
{
    (void)state;
    double wall = 42;
    assert_true(clock_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &wall));
    assert_float_equal(wall, 784111777, 0);
    assert_true(clock_parse_http("Fri, 31 Dec 2027 23:59:59 GMT", &wall));
    assert_float_equal(wall, 1830297599, 0);
    wall = 42;
    static const char *const bad[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT",
        "unM, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 N v 1994 08:49:37 GMT",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (clock_parse_http(bad[i], &wall))
            fail_msg("taken: %s", bad[i]);
    assert_false(clock_parse_http(NULL, &wall));
    assert_float_equal(wall, 42, 0);
}

static void iso_is_written(void **state)
{
    (void)state;
    char out[32];
    clock_iso(1767323045.678, out);
    assert_string_equal(out, "2026-01-02T03:04:05.678Z");
    clock_iso(1767323045.9999, out);
    assert_string_equal(out, "2026-01-02T03:04:06.000Z");
    clock_iso(0, out);
    assert_string_equal(out, "1970-01-01T00:00:00.000Z");
    clock_iso(NAN, out);
    assert_string_equal(out, "1970-01-01T00:00:00.000Z");
    clock_iso(1e300, out);
    assert_string_equal(out, "9999-12-31T23:59:59.000Z");
    double back;
    clock_iso(1234567890.125, out);
    assert_true(clock_parse_iso(out, &back));
    assert_float_equal(back, 1234567890.125, 1e-4);
}

static void spans(void **state)
{
    (void)state;
    static const struct {
        double s;
        const char *words;
    } rows[] = {{0, "0 s"},
                {-5, "0 s"},
                {3, "3 s"},
                {3.4, "3 s"},
                {59.6, "1 min"},
                {250, "4 min 10 s"},
                {7380, "2 h 3 min"},
                {7200, "2 h"},
                {90000, "1 d 1 h"},
                {NAN, "0 s"},
                {3599.4, "59 min 59 s"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[32];
        clock_span(rows[i].s, out);
        assert_string_equal(out, rows[i].words);
    }
    char out[32];
    clock_span(INFINITY, out);
    assert_in_range(strlen(out), 3, 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_is_read), cmocka_unit_test(what_is_not_iso_is_refused),
        cmocka_unit_test(http_dates),  cmocka_unit_test(iso_is_written),
        cmocka_unit_test(spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
