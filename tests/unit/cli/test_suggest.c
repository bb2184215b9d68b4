/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/suggest: near words are found, far ones are not guessed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/suggest.h"

static struct strv words;

static void expect(const char *typed, const char *meant)
{
    const char *found = suggest(typed, &words);
    if (!meant)
        assert_null(found);
    else
        assert_string_equal(found ? found : "(none)", meant);
}

static void near_words_are_found(void **state)
{
    (void)state;
    expect("mvoe", "move");
    expect("commmit", "commit");
    expect("statsu", "status");
    expect("disc", "discard");
    expect("MOVE", NULL);
}

static void far_words_are_not(void **state)
{
    (void)state;
    expect("server", NULL);
    expect("", NULL);
    expect("x", NULL);
    char *huge = calloc(1, 100001);
    memset(huge, 'm', 100000);
    expect(huge, NULL);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_words_are_found),
        cmocka_unit_test(far_words_are_not),
    };
    strv_split(&words, "check plan move resume status show commit discard", ' ');
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    strv_clear(&words);
    return failed;
}
