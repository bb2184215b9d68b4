/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/kind_keys: lists of ids in as many keys as they need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"

static json_t *ids(size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list,
                              json_sprintf("11111111-aaaa-4aaa-8aaa-%012d", (int)i));
    return list;
}

static void splits(void **state)
{
    (void)state;
    AUTO_JSON json_t *nine = ids(9);
    struct watch w = {0};
    watch_ids(&w, &kind_networks, nine);
    assert_int_equal(w.n, 3); /* four of 36 characters fit */
    size_t n = 0;
    for (size_t i = 0; i < w.n; i++) {
        assert_ptr_equal(w.at[i].kind, &kind_networks);
        struct strv parts = {0};
        strv_split(&parts, w.at[i].key, ',');
        for (size_t k = 0; k < parts.len; k++, n++)
            assert_string_equal(parts.at[k], json_string_value(json_array_get(nine, n)));
        strv_clear(&parts);
    }
    assert_int_equal(n, 9);
}

static void joins(void **state)
{
    (void)state;
    AUTO_JSON json_t *five = ids(5);
    AUTO_JSON json_t *one = parse("[{'id': 'a'}]");
    AUTO_JSON json_t *two = parse("[{'id': 'b'}, {'id': 'c'}]");
    struct watch w = {0};
    struct sight sights[2] = {{.state = SIGHT_HERE, .doc = one},
                              {.state = SIGHT_HERE, .doc = two}};
    struct look look = {.at = {&sights[0], &sights[1]}, .n = 2};
    json_t *all = NULL;
    watch_ids(&w, &kind_networks, five);
    assert_int_equal(w.n, 2);
    sights[0].subject = w.at[0];
    sights[1].subject = w.at[1];
    assert_true(look_ids(&look, &kind_networks, five, &all));
    assert_int_equal(json_array_size(all), 3);
    json_decref(all);
    all = NULL;
    sights[1].state = SIGHT_NONE;
    assert_false(look_ids(&look, &kind_networks, five, &all));
    assert_null(all);
}

static void takes_none_and_nonsense(void **state)
{
    (void)state;
    struct watch w = {0};
    struct look look = {0};
    json_t *all = NULL;
    AUTO_JSON json_t *odd = parse("[7, null, '']");
    char name[200];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    json_array_append_new(odd, json_string(name));
    watch_ids(&w, &kind_networks, NULL);
    watch_ids(&w, &kind_networks, odd);
    assert_int_equal(w.n, 0);
    assert_true(look_ids(&look, &kind_networks, odd, &all));
    assert_int_equal(json_array_size(all), 0);
    json_decref(all);
}

static void fits(void **state)
{
    (void)state;
    char key[161];
    memset(key, 'x', 160);
    key[160] = '\0';
    assert_false(key_fits(key));
    key[159] = '\0';
    assert_true(key_fits(key));
    assert_true(key_fits(""));
    assert_false(key_fits(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),
        cmocka_unit_test(joins),
        cmocka_unit_test(takes_none_and_nonsense),
        cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
