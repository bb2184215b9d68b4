/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/json: the wrong shape gives the default, never a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cloud/json.h"

static void reads_what_is_there(void **state)
{
    (void)state;
    AUTO_JSON json_t *j = json_loads(
        "{\"s\": \"x\", \"i\": 7, \"t\": true, \"f\": false, \"o\": {\"p\": {\"q\": 1}}}",
        0, NULL);
    assert_non_null(j);
    assert_string_equal(jstr(j, "s", "d"), "x");
    assert_int_equal(jint(j, "i", -1), 7);
    assert_true(jbool(j, "t", false));
    assert_false(jbool(j, "f", true));
    assert_int_equal(json_integer_value(jget(j, "o/p/q")), 1);
    assert_ptr_equal(jget(j, "o"), json_object_get(j, "o"));
}

static void gives_the_default_for_all_else(void **state)
{
    (void)state;
    AUTO_JSON json_t *j = json_loads(
        "{\"s\": 1, \"i\": \"7\", \"r\": 1.5, \"t\": 1, \"n\": null, \"a\": [1]}", 0,
        NULL);
    const json_t *const objects[] = {j, json_object_get(j, "a"), json_object_get(j, "n"),
                                     NULL};
    for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
        assert_string_equal(jstr(objects[i], "s", "d"), "d");
        assert_string_equal(jstr(objects[i], "n", "d"), "d");
        assert_int_equal(jint(objects[i], "i", -1), -1);
        assert_int_equal(jint(objects[i], "r", -1), -1);
        assert_true(jbool(objects[i], "t", true));
        assert_false(jbool(objects[i], "n", false));
        assert_null(jget(objects[i], "s/x"));
        assert_null(jget(objects[i], ""));
        assert_null(jget(objects[i], "//"));
    }
    assert_null(jstr(j, "missing", NULL));
}

static void writes_any_bytes(void **state)
{
    (void)state;
    AUTO_JSON json_t *good = jtext("caf\xc3\xa9");
    AUTO_JSON json_t *bad = jtext("a\xff");
    AUTO_JSON json_t *none = jtext(NULL);
    assert_string_equal(json_string_value(good), "caf\xc3\xa9");
    assert_string_equal(json_string_value(bad), "a\\xFF");
    assert_string_equal(json_string_value(none), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(gives_the_default_for_all_else),
        cmocka_unit_test(writes_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
