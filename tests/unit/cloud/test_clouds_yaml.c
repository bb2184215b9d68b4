/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/clouds_yaml: YAML to a tree of strings, within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_yaml.h"
#include "cloud/json.h"

static void becomes(const char *yaml, const char *json)
{
    struct err err = {0};
    AUTO_JSON json_t *tree = NULL;
    if (!clouds_yaml_parse(yaml, strlen(yaml), &tree, &err))
        fail_msg("%s", err.text);
    char *got = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(got, json);
    free(got);
}

static void refused(const char *yaml, size_t len, const char *text)
{
    struct err err = {0};
    json_t *tree = NULL;
    assert_false(clouds_yaml_parse(yaml, len, &tree, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, text);
    assert_null(tree);
}

static void scalars_are_strings(void **state)
{
    (void)state;
    becomes("a: 123\nb: 2.100\nc: yes\nd: '0123'\ne: \"x\\ty\"\nf: |\n  l1\n  l2\n",
            "{\"a\":\"123\",\"b\":\"2.100\",\"c\":\"yes\",\"d\":\"0123\",\"e\":\"x\\ty\","
            "\"f\":\"l1\\nl2\\n\"}");
    becomes("a:\nb: ~\nc: null\nd: 'null'\n",
            "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"null\"}");
    becomes("[a, {b: c}, [d]]", "[\"a\",{\"b\":\"c\"},[\"d\"]]");
    becomes("", "{}");
    becomes("# nothing but words\n", "{}");
    becomes("---\na: b\n...\n", "{\"a\":\"b\"}");
}

static void aliases_and_merges(void **state)
{
    (void)state;
    becomes("x: &a {u: 1, v: 2}\ny: *a\n",
            "{\"x\":{\"u\":\"1\",\"v\":\"2\"},\"y\":{\"u\":\"1\",\"v\":\"2\"}}");
    becomes("x: &a {u: 1, v: 2}\ny:\n  v: mine\n  <<: *a\n",
            "{\"x\":{\"u\":\"1\",\"v\":\"2\"},\"y\":{\"v\":\"mine\",\"u\":\"1\"}}");
    becomes("a: &a {u: 1}\nb: &b {u: 2, w: 3}\nc:\n  <<: [*a, *b]\n",
            "{\"a\":{\"u\":\"1\"},\"b\":{\"u\":\"2\",\"w\":\"3\"},"
            "\"c\":{\"u\":\"1\",\"w\":\"3\"}}");
    becomes("a: &x one\nb: &x two\nc: *x\n",
            "{\"a\":\"one\",\"b\":\"two\",\"c\":\"two\"}");
}

static void errors_name_the_line(void **state)
{
    (void)state;
    const char *s = "a: b\nc: [d\n";
    refused(s, strlen(s), "line 3: did not find expected ',' or ']'");
    s = "a: *nowhere\n";
    refused(s, strlen(s), "line 1: an alias without its anchor");
    s = "a: &a {b: *a}\n";
    refused(s, strlen(s), "line 1: an alias without its anchor");
    s = "a: b\n---\nc: d\n";
    refused(s, strlen(s), "line 2: a second document");
    s = "? [a]\n: b\n";
    refused(s, strlen(s), "line 1: a key that is no plain word");
    s = "a: b\nc: \"x\\0y\"\n";
    refused(s, strlen(s), "line 2: a NUL within a value");
    s = "a: b\n\"c\\0\": d\n";
    refused(s, strlen(s), "line 2: a key that is no text");
    refused("a: \xff\n", 5, "line 1: invalid leading UTF-8 octet");
}

static void depth_and_number_are_bounded(void **state)
{
    (void)state;
    struct text t = {0};
    for (int i = 0; i < 40; i++)
        text_add(&t, "[");
    refused(text_str(&t), t.len, "line 1: nested too deeply");
    text_reset(&t);
    /* Each line holds the one above it ten times: 10^9 values in a few hundred bytes. */
    text_add(&t, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        text_addf(&t, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            text_addf(&t, "%s*a%d", k ? ", " : "", i - 1);
        text_add(&t, "]\n");
    }
    refused(text_str(&t), t.len, "line 5: too many values");
    text_reset(&t);
    text_add(&t, "[");
    for (int i = 0; i < 100001; i++)
        text_add(&t, "x,");
    text_add(&t, "]");
    refused(text_str(&t), t.len, "line 1: too many values");
    text_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_strings),
        cmocka_unit_test(aliases_and_merges),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(depth_and_number_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
