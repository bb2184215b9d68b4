/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of show/format: the four formats, and what strangers put into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "show/format.h"

static const char *const two[] = {"name", "size", NULL};

/* Formats rows (JSON) as a list; gives the text. */
static char *list(enum format format, const char *json, const char *const *columns)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *rows = json_loads(json, 0, NULL);
    assert_non_null(rows);
    format_list(out, format, rows, columns);
    json_decref(rows);
    fclose(out);
    return text;
}

static char *one(enum format format, const char *json, const char *const *columns)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *object = json_loads(json, 0, NULL);
    assert_non_null(object);
    format_one(out, format, object, columns);
    json_decref(object);
    fclose(out);
    return text;
}

static void expect_list(enum format format, const char *json, const char *const *columns,
                        const char *expected)
{
    AUTO_FREE char *text = list(format, json, columns);
    assert_string_equal(text, expected);
}

static void expect_one(enum format format, const char *json, const char *const *columns,
                       const char *expected)
{
    AUTO_FREE char *text = one(format, json, columns);
    assert_string_equal(text, expected);
}

static void names_are_known(void **state)
{
    (void)state;
    enum format format = FORMAT_TABLE;
    assert_true(format_from("json", &format));
    assert_int_equal(format, FORMAT_JSON);
    assert_true(format_from("csv", &format) && format == FORMAT_CSV);
    assert_true(format_from("value", &format) && format == FORMAT_VALUE);
    assert_true(format_from("table", &format) && format == FORMAT_TABLE);
    assert_false(format_from("yaml", &format));
    assert_false(format_from("", &format));
}

static void tables_have_boxes(void **state)
{
    (void)state;
    expect_list(FORMAT_TABLE, "[{\"name\": \"web\", \"size\": 10}, {\"name\": null}]",
                two,
                "+------+------+\n"
                "| name | size |\n"
                "+------+------+\n"
                "| web  | 10   |\n"
                "| None | None |\n"
                "+------+------+\n");
    expect_list(FORMAT_TABLE, "[]", two, "\n");
    expect_one(FORMAT_TABLE, "{\"size\": true}", two,
               "+-------+-------+\n"
               "| Field | Value |\n"
               "+-------+-------+\n"
               "| name  | None  |\n"
               "| size  | True  |\n"
               "+-------+-------+\n");
}

static void csv_quotes_texts_only(void **state)
{
    (void)state;
    expect_list(
        FORMAT_CSV,
        "[{\"name\": \"a \\\"b\\\", c\", \"size\": 1}, {\"name\": null, \"size\": 2.5}]",
        two, "\"name\",\"size\"\n\"a \"\"b\"\", c\",1\n\"\",2.5\n");
    expect_list(FORMAT_CSV, "[]", two, "\"name\",\"size\"\n");
    expect_one(FORMAT_CSV, "{\"name\": \"x\", \"size\": 3}", two,
               "\"Field\",\"Value\"\n\"name\",\"x\"\n\"size\",3\n");
}

static void csv_texts_are_no_formulas(void **state)
{
    (void)state;
    expect_list(
        FORMAT_CSV,
        "[{\"name\": \"=cmd|x\", \"size\": \"+1\"}, {\"name\": \"@a\", \"size\": \"-1\"},"
        " {\"name\": \"a=b\", \"size\": -1}]",
        two, "\"name\",\"size\"\n\"'=cmd|x\",\"'+1\"\n\"'@a\",\"'-1\"\n\"a=b\",-1\n");
}

static void values_are_bare(void **state)
{
    (void)state;
    expect_list(FORMAT_VALUE,
                "[{\"name\": \"web 1\", \"size\": null}, {\"name\": \"b\", \"size\": 3}]",
                two, "web 1 None\nb 3\n");
    expect_list(FORMAT_VALUE, "[]", two, "");
    expect_one(FORMAT_VALUE, "{\"name\": \"web 1\", \"size\": 3}", two, "web 1\n3\n");
}

static void json_has_all_keys_or_those_named(void **state)
{
    (void)state;
    static const char *const size[] = {"size", NULL};
    static const char *const missing[] = {"other", NULL};
    const char *rows = "[{\"name\": \"a\", \"size\": 1}]";
    expect_list(FORMAT_JSON, rows, NULL,
                "[\n  {\n    \"name\": \"a\",\n    \"size\": 1\n  }\n]\n");
    expect_list(FORMAT_JSON, rows, size, "[\n  {\n    \"size\": 1\n  }\n]\n");
    expect_list(FORMAT_JSON, rows, missing, "[\n  {\n    \"other\": null\n  }\n]\n");
    expect_list(FORMAT_JSON, "[]", NULL, "[]\n");
    expect_one(FORMAT_JSON, "{\"name\": \"a\", \"size\": 1}", size,
               "{\n  \"size\": 1\n}\n");
}

static void strangers_cannot_reach_the_terminal(void **state)
{
    (void)state;
    static const char *const name[] = {"name", NULL};
    const enum format all[] = {FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMAT_VALUE};
    /* Escape, newline, the C1 control CSI, a bidirectional override, DEL. */
    const char *rows = "[{\"name\": \"a\\u001b[2J\\nb\\u009bc\\u202ed\\u007f\"}]";
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        AUTO_FREE char *text = list(all[i], rows, name);
        assert_null(strchr(text, '\033'));
        assert_null(strstr(text, "\302\233"));
        assert_null(strstr(text, "\342\200\256"));
        assert_null(strchr(text, '\177'));
        assert_null(strstr(text, "J\nb"));
        assert_non_null(strstr(text, "[2J"));
    }
}

static void lists_stand_below_each_other(void **state)
{
    (void)state;
    static const char *const lost[] = {"lost", NULL};
    const char *rows = "[{\"lost\": [{\"name\": \"a\", \"text\": \"b\"}, {\"name\": "
                       "\"c\", \"text\": \"d\"}]}]";
    expect_list(FORMAT_TABLE, rows, lost,
                "+------+\n| lost |\n+------+\n| a: b |\n| c: d |\n+------+\n");
    expect_list(FORMAT_VALUE, rows, lost, "a: b; c: d\n");
    expect_list(FORMAT_VALUE, "[{\"lost\": [{\"x\": 1, \"y\": \"z\"}]}]", lost,
                "x=1, y=z\n");
    expect_list(FORMAT_VALUE, "[{\"lost\": []}]", lost, "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_known),
        cmocka_unit_test(tables_have_boxes),
        cmocka_unit_test(csv_quotes_texts_only),
        cmocka_unit_test(csv_texts_are_no_formulas),
        cmocka_unit_test(values_are_bare),
        cmocka_unit_test(json_has_all_keys_or_those_named),
        cmocka_unit_test(strangers_cannot_reach_the_terminal),
        cmocka_unit_test(lists_stand_below_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
