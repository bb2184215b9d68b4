/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/option: values are checked by the type of their row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cli/option.h"

static const struct option_row rows[] = {
    {"flag", 'g', NULL, OPTION_FLAG, NULL, "0.1.0", "h"},
    {"text", 0, "TEXT", OPTION_TEXT, NULL, "0.1.0", "h"},
    {"count", 0, "N", OPTION_COUNT, "4", "0.1.0", "h"},
    {"time", 0, "SECONDS", OPTION_SECONDS, NULL, "0.1.0", "h"},
    {"choice", 0, "keep|new", OPTION_CHOICE, NULL, "0.1.0", "h"},
    {"choices", 0, "red|green|blue", OPTION_CHOICES, NULL, "0.1.0", "h"},
    {"limit", 0, "STEP=SECONDS", OPTION_STEP_SECONDS, NULL, "0.1.0", "h"},
    {"pair", 0, "KEY=VALUE", OPTION_PAIR, NULL, "0.1.0", "h"},
    {0},
};

static bool takes(const char *name, const char *arg)
{
    struct option_values values;
    struct err err = {0};
    option_values_init(&values, rows);
    size_t row = option_find(&values, name);
    assert_true(row < values.n);
    bool ok = option_set(&values, row, arg, &err);
    assert_int_equal(values.given[row].len, ok ? 1 : 0);
    if (!ok) {
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, name));
        assert_non_null(strstr(err.text, arg));
    }
    option_values_clear(&values);
    return ok;
}

static void values_fit_their_type(void **state)
{
    (void)state;
    assert_true(takes("flag", NULL));
    assert_true(takes("text", ""));
    assert_true(takes("count", "1"));
    assert_true(takes("count", "10000"));
    assert_true(takes("time", "0"));
    assert_true(takes("time", "1.5"));
    assert_true(takes("choice", "keep"));
    assert_true(takes("choices", "red"));
    assert_true(takes("choices", "blue,red"));
    assert_true(takes("limit", "snapshot=7200"));
    assert_true(takes("pair", "role="));
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    assert_false(takes("count", "0"));
    assert_false(takes("count", "-1"));
    assert_false(takes("count", "10001"));
    assert_false(takes("count", "4x"));
    assert_false(takes("count", "99999999999999999999999"));
    assert_false(takes("time", "-1"));
    assert_false(takes("time", "nan"));
    assert_false(takes("choice", "keep|new"));
    assert_false(takes("choice", "other"));
    assert_false(takes("choices", ""));
    assert_false(takes("choices", "pink"));
    assert_false(takes("choices", "red|green"));
    assert_false(takes("limit", "snapshot"));
    assert_false(takes("limit", "=3"));
    assert_false(takes("limit", "snapshot=soon"));
    assert_false(takes("pair", "role"));
    assert_false(takes("pair", "=x"));
}

static void unknown_names_are_not_found(void **state)
{
    (void)state;
    struct option_values values;
    option_values_init(&values, rows);
    assert_int_equal(values.n, 8);
    assert_int_equal(option_find(&values, "fla"), 8);
    option_values_clear(&values);
    option_values_init(&values, NULL);
    assert_int_equal(option_find(&values, "flag"), values.n);
    option_values_clear(&values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_fit_their_type),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(unknown_names_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
