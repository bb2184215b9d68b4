/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/state_path: which of the option, the variables and the home folder wins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/state_path.h"

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void expect(const char *option, const char *named, const char *state,
                   const char *home, const char *expected)
{
    struct err err = {0};
    set("REZONE_STATE", named);
    set("XDG_STATE_HOME", state);
    set("HOME", home);
    AUTO_FREE char *path = state_path(option, &err);
    if (expected) {
        assert_string_equal(path, expected);
        assert_false(err_is_set(&err));
    } else {
        assert_null(path);
        assert_int_equal(err.code, ERR_STATE);
    }
}

static void the_nearest_word_wins(void **state)
{
    (void)state;
    expect("o.db", "/n.db", "/state", "/home", "o.db");
    expect(NULL, "/n.db", "/state", "/home", "/n.db");
    expect(NULL, "~/n.db", "/state", "/home", "/home/n.db");
    expect(NULL, NULL, "/state", "/home", "/state/rezone/rezone.db");
    expect(NULL, "", "", "/home", "/home/.local/state/rezone/rezone.db");
    expect(NULL, NULL, "relative", "/home", "/home/.local/state/rezone/rezone.db");
}

static void without_a_home_it_must_be_named(void **state)
{
    (void)state;
    expect(NULL, NULL, NULL, NULL, NULL);
    expect(NULL, NULL, NULL, "", NULL);
    expect("o.db", NULL, NULL, NULL, "o.db");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_wins),
        cmocka_unit_test(without_a_home_it_must_be_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
