/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text: growing, the maximum, and percent-encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"

static void grows(void **state)
{
    (void)state;
    struct text t = {0};
    assert_string_equal(text_str(&t), "");
    assert_true(text_add(&t, "a"));
    assert_true(text_add(&t, NULL));
    assert_true(text_add_c(&t, 'b'));
    assert_true(text_add_n(&t, "cde", 2));
    assert_true(text_addf(&t, "-%d", 42));
    assert_string_equal(text_str(&t), "abcd-42");
    for (int i = 0; i < 10000; i++)
        assert_true(text_add(&t, "0123456789"));
    assert_int_equal(t.len, 100007);
    assert_int_equal(strlen(t.s), 100007);
    text_reset(&t);
    assert_string_equal(text_str(&t), "");
    assert_true(text_addf(&t, "%s%01000d", "x", 0));
    assert_int_equal(t.len, 1001);
    text_clear(&t);
    assert_null(t.s);
}

static void stops_at_its_maximum_and_adds_nothing_then(void **state)
{
    (void)state;
    struct text t;
    text_init(&t, 5);
    assert_true(text_add(&t, "abc"));
    assert_false(text_add(&t, "def"));
    assert_string_equal(text_str(&t), "abc");
    assert_false(text_addf(&t, "%d", 123));
    assert_false(text_add_url(&t, "/"));
    assert_false(text_add_url(&t, "x/y"));
    assert_string_equal(text_str(&t), "abc");
    assert_true(text_add(&t, "de"));
    assert_false(text_add_c(&t, 'f'));
    assert_string_equal(text_str(&t), "abcde");
    text_clear(&t);
    assert_int_equal(t.max, 5);
    struct text unset = {0};
    char *huge = xcalloc(TEXT_MAX_DEFAULT + 1, 1);
    assert_false(text_add_n(&unset, huge, TEXT_MAX_DEFAULT + 1));
    assert_true(text_add_n(&unset, huge, TEXT_MAX_DEFAULT));
    text_clear(&unset);
    free(huge);
}

static void encodes_one_part_of_a_url(void **state)
{
    (void)state;
    struct text t = {0};
    text_add(&t, "/v2/x?name=");
    assert_true(text_add_url(&t, "a b&c=d/e?#%+~-._Zz09\xc3\xa9"));
    assert_string_equal(text_str(&t),
                        "/v2/x?name=a%20b%26c%3Dd%2Fe%3F%23%25%2B~-._Zz09%C3%A9");
    assert_true(text_add_url(&t, NULL));
    text_clear(&t);
}

static void gives_its_content(void **state)
{
    (void)state;
    struct text t = {0};
    AUTO_FREE char *empty = text_steal(&t);
    assert_string_equal(empty, "");
    text_add(&t, "full");
    AUTO_FREE char *full = text_steal(&t);
    assert_string_equal(full, "full");
    assert_int_equal(t.len, 0);
    assert_true(text_add(&t, "again"));
    assert_string_equal(text_str(&t), "again");
    text_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows),
        cmocka_unit_test(stops_at_its_maximum_and_adds_nothing_then),
        cmocka_unit_test(encodes_one_part_of_a_url),
        cmocka_unit_test(gives_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
