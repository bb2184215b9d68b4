/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/resolve: ids and their beginnings, of runs and of moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/resolve.h"
#include "rows.h"

/* How many moves an id names; 0: refused with that code and these words. */
static size_t names(const char *id, enum err_code code, const char *words)
{
    struct store *s = store_with_three();
    struct vec rows = {0};
    struct err err = {0};
    bool ok = resolve_id(s, id, &rows, &err);
    size_t n = rows.len;
    assert_int_equal(ok, code == ERR_NONE);
    assert_int_equal(err.code, code);
    if (!ok)
        assert_non_null(strstr(err.text, words));
    vec_clear(&rows, move_row_free);
    store_close(s);
    return n;
}

static void a_move_by_its_id_or_the_beginning(void **state)
{
    (void)state;
    assert_int_equal(names(MOVE_1, ERR_NONE, NULL), 1);
    assert_int_equal(names("aaa", ERR_NONE, NULL), 1);
    assert_int_equal(names("AAA", ERR_NONE, NULL), 1);
    assert_int_equal(names("c", ERR_NONE, NULL), 1);
}

static void a_run_stands_for_its_moves(void **state)
{
    (void)state;
    assert_int_equal(names(RUN_1, ERR_NONE, NULL), 2);
    assert_int_equal(names("11", ERR_NONE, NULL), 2);
    assert_int_equal(names("12", ERR_NONE, NULL), 1);
}

static void several_candidates_are_listed(void **state)
{
    (void)state;
    assert_int_equal(names("aa", ERR_AMBIGUOUS, MOVE_2), 0);
    assert_int_equal(names("1", ERR_AMBIGUOUS, RUN_2), 0);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    assert_int_equal(names("d", ERR_NOTFOUND, "'d'"), 0);
    assert_int_equal(names("", ERR_NOTFOUND, "no run"), 0);
    assert_int_equal(names("%", ERR_NOTFOUND, "'%'"), 0);
    assert_int_equal(names("_", ERR_NOTFOUND, "'_'"), 0);
    assert_int_equal(names(MOVE_1 "0", ERR_NOTFOUND, MOVE_1), 0);
}

static void count_errors(void *ctx, const struct err *err)
{
    assert_true(err_is_set(err));
    ++*(int *)ctx;
}

static void a_move_named_twice_is_one(void **state)
{
    (void)state;
    struct store *s = store_with_three();
    struct strv ids = {0};
    struct vec rows = {0};
    int errors = 0;
    strv_split(&ids, "11 aaa " MOVE_2 " c", ' ');
    assert_true(resolve_ids(s, &ids, &rows, count_errors, &errors));
    assert_int_equal(rows.len, 3);
    vec_clear(&rows, move_row_free);
    strv_split(&ids, "x y", ' ');
    assert_false(resolve_ids(s, &ids, &rows, count_errors, &errors));
    assert_int_equal(errors, 2);
    vec_clear(&rows, move_row_free);
    strv_clear(&ids);
    store_close(s);
}

static void without_ids_all_are_meant(void **state)
{
    (void)state;
    struct store *s = store_with_three();
    struct strv ids = {0};
    struct vec rows = {0};
    int errors = 0;
    assert_true(resolve_ids(s, &ids, &rows, count_errors, &errors));
    assert_int_equal(rows.len, 3);
    vec_clear(&rows, move_row_free);
    /* No database is an empty one. */
    assert_true(resolve_ids(NULL, &ids, &rows, count_errors, &errors));
    assert_int_equal(rows.len, 0);
    strv_add(&ids, "aaa");
    assert_false(resolve_ids(NULL, &ids, &rows, count_errors, &errors));
    assert_int_equal(errors, 1);
    strv_clear(&ids);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_by_its_id_or_the_beginning),
        cmocka_unit_test(a_run_stands_for_its_moves),
        cmocka_unit_test(several_candidates_are_listed),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(a_move_named_twice_is_one),
        cmocka_unit_test(without_ids_all_are_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
