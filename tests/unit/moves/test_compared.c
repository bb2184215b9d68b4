/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/compared: one row for each attribute, and what is read from the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/compared.h"

static const char *verdict(const json_t *rows, const char *name)
{
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (text_eq(jstr(row, "name", NULL), name))
            return jstr(row, "verdict", NULL);
    }
    return NULL;
}

static void some_rows(struct vec *all)
{
    compared_add(all, "name", "web1", "web1", COMPARED_EQUAL, NULL);
    compared_add(all, "new-uuid", "a", "b", COMPARED_MEANT, NULL);
    compared_add(all, "key-pair", "mine", NULL, COMPARED_DIFFERS, "it is gone");
    compared_add(all, "ports.1", "p", "p", COMPARED_EQUAL, NULL);
    compared_add(all, "ports.1.mac_address", "fa", "fa", COMPARED_EQUAL, NULL);
    compared_add(all, "ports.2.mac_address", "fb", "fc", COMPARED_DIFFERS, "mac of p2");
    compared_add(all, "tags", NULL, NULL, COMPARED_EQUAL, NULL);
}

static void a_row_has_a_verdict(void **state)
{
    (void)state;
    struct vec all = {0};
    some_rows(&all);
    AUTO_JSON json_t *none = json_array();
    AUTO_JSON json_t *announced = parse("[{'name': 'key-pair', 'text': 'x'}]");
    AUTO_JSON json_t *rows = compared_json(&all, none);
    AUTO_JSON json_t *told = compared_json(&all, announced);
    assert_string_equal(verdict(rows, "name"), "equal");
    assert_string_equal(verdict(rows, "new-uuid"), "changed");
    assert_string_equal(verdict(rows, "key-pair"), "lost");
    assert_string_equal(verdict(told, "key-pair"), "changed");
    assert_string_equal(verdict(told, "ports.2.mac_address"), "lost");
    assert_null(verdict(rows, "tags")); /* what neither of the two has */
    assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "target")));
    vec_clear(&all, compared_free);
}

static void what_differs_is_told_by_its_stable_name(void **state)
{
    (void)state;
    struct vec all = {0}, differ = {0};
    some_rows(&all);
    difference_add(&all, "ports", "a third is there");
    differences_of(&all, &differ);
    assert_int_equal(differ.len, 2);
    assert_string_equal(((struct difference *)differ.at[1])->name, "ports");
    assert_string_equal(((struct difference *)differ.at[1])->text,
                        "mac of p2, a third is there");
    vec_clear(&differ, difference_free);
    vec_clear(&all, compared_free);
}

static void what_is_kept_is_told_by_item(void **state)
{
    (void)state;
    struct vec all = {0};
    some_rows(&all);
    compared_add(&all, "flavor.ram", "512", "512", COMPARED_EQUAL, NULL);
    compared_add(&all, "flavor.vcpus", "1", "1", COMPARED_EQUAL, NULL);
    AUTO_JSON json_t *announced = parse("[{'name': 'name', 'text': 'x'}]");
    AUTO_JSON json_t *kept = compared_kept(&all, announced);
    AUTO_JSON json_t *wanted = parse("[{'name': 'ports.1', 'text': 'p, mac_address fa'},"
                                     " {'name': 'flavor', 'text': 'ram 512, vcpus 1'}]");
    assert_int_equal(json_equal(kept, wanted), 1);
    vec_clear(&all, compared_free);
}

static void values_are_short_and_harmless(void **state)
{
    (void)state;
    struct vec all = {0};
    AUTO_JSON json_t *value =
        parse("[{'subnet_id': 's', 'ip_address': '10.0.0.7'}, {'ip_address': '10.0.0.5'},"
              " {'opt_name': 'mtu', 'opt_value': '1400'}, 7]");
    AUTO_JSON json_t *none = parse("[]");
    AUTO_JSON json_t *secret = parse("'c2VjcmV0'");
    AUTO_FREE char *text = value_text(value);
    AUTO_FREE char *hidden = value_hidden(secret);
    assert_string_equal(text, "10.0.0.5, 10.0.0.7, 7, mtu=1400");
    assert_null(value_text(none));
    assert_null(value_hidden(none));
    assert_null(strstr(hidden, "c2VjcmV0"));
    AUTO_FREE char *longest = xcalloc(1, 5001);
    memset(longest, 'x', 5000);
    compared_add(&all, "name", "a\x1b[2J", longest, COMPARED_DIFFERS, "%s", longest);
    const struct compared *row = all.at[0];
    assert_null(strchr(row->source, 0x1b));
    assert_true(strlen(row->target) < 300 && strlen(row->text) < 300);
    vec_clear(&all, compared_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_a_verdict),
        cmocka_unit_test(what_differs_is_told_by_its_stable_name),
        cmocka_unit_test(what_is_kept_is_told_by_item),
        cmocka_unit_test(values_are_short_and_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
