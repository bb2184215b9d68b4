/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/vec: order, removal, ownership. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/vec.h"

static void pointers_keep_their_order(void **state)
{
    (void)state;
    struct vec v = {0};
    int n[100];
    for (int i = 0; i < 100; i++)
        vec_add(&v, &n[i]);
    assert_int_equal(v.len, 100);
    assert_ptr_equal(vec_take(&v, 3), &n[3]);
    assert_ptr_equal(v.at[3], &n[4]);
    assert_true(vec_remove(&v, &n[99]));
    assert_false(vec_remove(&v, &n[99]));
    assert_int_equal(v.len, 98);
    assert_ptr_equal(v.at[97], &n[98]);
    vec_clear(&v, NULL);
    assert_int_equal(v.len, 0);
}

static int freed;

static void count_and_free(void *p)
{
    freed++;
    free(p);
}

static void clear_frees_each(void **state)
{
    (void)state;
    struct vec v = {0};
    for (int i = 0; i < 20; i++)
        vec_add(&v, xstrdup("x"));
    vec_clear(&v, count_and_free);
    assert_int_equal(freed, 20);
    vec_clear(&v, count_and_free);
    assert_int_equal(freed, 20);
}

static void strings_are_copied_and_end_with_null(void **state)
{
    (void)state;
    struct strv v = {0};
    char buffer[] = "b";
    for (int i = 0; i < 17; i++) {
        strv_add(&v, buffer);
        assert_null(v.at[v.len]);
    }
    buffer[0] = 'x';
    assert_string_equal(v.at[0], "b");
    strv_take(&v, xstrdup("a"));
    assert_true(strv_has(&v, "a"));
    assert_false(strv_has(&v, "c"));
    strv_sort(&v);
    assert_string_equal(v.at[0], "a");
    strv_remove(&v, "b");
    assert_int_equal(v.len, 1);
    assert_null(v.at[1]);
    strv_clear(&v);
    strv_sort(&v);
    strv_remove(&v, "x");
    assert_false(strv_has(&v, "x"));
}

static void splits_and_joins(void **state)
{
    (void)state;
    struct strv v = {0};
    strv_split(&v, " az2 ,az3,, \taz 4,", ',');
    assert_int_equal(v.len, 3);
    AUTO_FREE char *joined = strv_join(&v, "|");
    assert_string_equal(joined, "az2|az3|az 4");
    strv_split(&v, NULL, ',');
    strv_split(&v, "", ',');
    strv_split(&v, " , ", ',');
    assert_int_equal(v.len, 3);
    strv_clear(&v);
    AUTO_FREE char *empty = strv_join(&v, "|");
    assert_string_equal(empty, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_keep_their_order),
        cmocka_unit_test(clear_frees_each),
        cmocka_unit_test(strings_are_copied_and_end_with_null),
        cmocka_unit_test(splits_and_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
