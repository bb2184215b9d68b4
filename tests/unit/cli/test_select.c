/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/select: which servers a selection means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/select.h"

static const char server[] =
    "{\"id\": \"1\", \"name\": \"web-1\", \"status\": \"ACTIVE\","
    "\"tags\": [\"blue\", \"tier:1\"], \"metadata\": {\"role\": \"web\", \"e\": \"\"},"
    "\"flavor\": {\"original_name\": \"m1.tiny\"},"
    "\"OS-EXT-SRV-ATTR:host\": \"compute1\"}";

/* options: "name=web-*" and so on, ended by NULL. */
static bool matches(const char *const *options)
{
    struct call call;
    struct err err = {0};
    call_init(&call, &cmd_plan);
    assert_false(select_given(&call));
    for (; *options; options++) {
        const char *equals = strchr(*options, '=');
        char name[32];
        snprintf(name, sizeof(name), "%.*s", (int)(equals - *options), *options);
        assert_true(
            option_set(&call.own, option_find(&call.own, name), equals + 1, &err));
        assert_true(select_given(&call));
    }
    json_t *doc = json_loads(server, 0, NULL);
    bool answer = select_matches(&call, doc);
    json_decref(doc);
    call_clear(&call);
    return answer;
}

static void each_condition(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "name=web-1",     "name=web-*",        "name=*",      "tag=blue",
        "tag=tier:1",     "metadata=role=web", "metadata=e=", "status=active",
        "flavor=m1.tiny", "host=compute1"};
    static const char *const no[] = {"name=web",         "name=WEB-*",  "tag=blu",
                                     "metadata=role=we", "metadata=x=", "status=SHUTOFF",
                                     "flavor=m1",        "host=compute"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(matches((const char *const[]){yes[i], NULL}));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(matches((const char *const[]){no[i], NULL}));
}

static void all_of_them_must_hold(void **state)
{
    (void)state;
    assert_true(matches((const char *const[]){NULL}));
    assert_true(
        matches((const char *const[]){"name=web-*", "tag=blue", "tag=tier:1", NULL}));
    assert_false(
        matches((const char *const[]){"name=web-*", "tag=blue", "tag=red", NULL}));
    assert_false(matches((const char *const[]){"name=db-*", "tag=blue", NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition),
        cmocka_unit_test(all_of_them_must_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
