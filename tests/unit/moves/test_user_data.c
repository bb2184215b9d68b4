/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/user_data: whose the target gets, and that it is in no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/preflight.h"
#include "moves/user_data.h"

#define OURS "c2VjcmV0"

/* shown: JSON of the server's own, NULL: it is not shown. */
static struct scene *scene_with(const char *shown, const char *given)
{
    struct scene *s = scene_new(93);
    if (shown)
        set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", shown);
    if (given)
        json_object_set_new(s->m->options, OPTION_USER_DATA, json_string(given));
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

static void boots_with(const char *shown, const char *given, const char *expected)
{
    struct scene *s = scene_with(shown, given);
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), NEXT);
    const char *got = user_data_of_target(s->m);
    if (expected)
        assert_string_equal(got, expected);
    else
        assert_null(got);
    assert_int_equal(announced(s->m, "user-data") != NULL, shown == NULL);
    if (given && announced(s->m, "user-data"))
        assert_null(strstr(announced(s->m, "user-data"), given));
    scene_free(s);
}

static void the_servers_own_or_the_files(void **state)
{
    (void)state;
    boots_with("'eA=='", NULL, "eA==");
    boots_with("null", NULL, NULL);
    boots_with(NULL, NULL, NULL);
    boots_with(NULL, OURS, OURS);
    boots_with("'" OURS "'", OURS, OURS);
    boots_with("'c2Vj\\ncmV0\\n'", OURS, "c2Vj\ncmV0\n");
}

static void refused(const char *shown, const char *word)
{
    struct scene *s = scene_with(shown, OURS);
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), FAIL);
    if (!strstr(s->m->err.text, word))
        fail_msg("'%s' lacks '%s'", s->m->err.text, word);
    assert_null(strstr(s->m->err.text, OURS));
    assert_null(strstr(s->m->err.text, "eA=="));
    scene_free(s);
}

static void two_that_differ_are_refused(void **state)
{
    (void)state;
    refused("'eA=='", "the cloud shows its user_data, and --user-data gives another");
    refused("null", "that it has no user_data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_servers_own_or_the_files),
        cmocka_unit_test(two_that_differ_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
