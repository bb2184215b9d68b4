/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/difference: what counts as different, and how it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/difference.h"

/* What differs in these rows; lends until the next call, which needs them cleared. */
static struct vec differ;

static size_t differing(const struct vec *all)
{
    vec_clear(&differ, difference_free);
    differences_of(all, &differ);
    return differ.len;
}

static const struct difference *find(const char *name)
{
    for (size_t i = 0; i < differ.len; i++) {
        const struct difference *d = differ.at[i];
        if (text_eq(d->name, name))
            return d;
    }
    return NULL;
}

static void done(struct vec *all)
{
    vec_clear(all, compared_free);
    vec_clear(&differ, difference_free);
}

static void one_name_is_told_once(void **state)
{
    (void)state;
    struct vec all = {0};
    difference_add(&all, "tags", "'%s' is new", "a\x1b[2J");
    difference_add(&all, "name", "x");
    difference_add(&all, "tags.2", "'b' is new");
    assert_int_equal(differing(&all), 2);
    const struct difference *tags = find("tags");
    assert_non_null(strstr(tags->text, "'b' is new"));
    assert_non_null(strstr(tags->text, "'a"));
    assert_null(strchr(tags->text, 0x1b));
    done(&all);
}

/* Different releases write none in different ways. */
static void none_is_none(void **state)
{
    (void)state;
    struct vec all = {0};
    AUTO_JSON json_t *was =
        parse("{'description': null, 'config_drive': '', 'flavor': {},"
              "'trusted_image_certificates': null, 'accessIPv4': ''}");
    AUTO_JSON json_t *now =
        parse("{'description': '', 'config_drive': null, 'flavor': {},"
              "'trusted_image_certificates': [], 'metadata': {}}");
    server_differences(was, now, WHEN_COPY, &all);
    assert_int_equal(differing(&all), 0);
    done(&all);
}

/* Where one look does not show a member, nothing is known of it. */
static void what_is_not_shown_is_not_compared(void **state)
{
    (void)state;
    struct vec all = {0};
    AUTO_JSON json_t *was =
        parse("{'OS-EXT-SRV-ATTR:hostname': 'a', 'description': 'b'}");
    AUTO_JSON json_t *now = parse("{'tags': ['x']}");
    server_differences(was, now, WHEN_COPY, &all);
    assert_int_equal(differing(&all), 0);
    done(&all);
}

static void zone_and_image_belong_to_the_same_server(void **state)
{
    (void)state;
    struct vec all = {0};
    AUTO_JSON json_t *was =
        parse("{'OS-EXT-AZ:availability_zone': 'az1', 'image': {'id': 'a'}}");
    AUTO_JSON json_t *now =
        parse("{'OS-EXT-AZ:availability_zone': 'az2', 'image': {'id': 'b'}}");
    server_differences(was, now, WHEN_COPY, &all);
    assert_int_equal(differing(&all), 0);
    server_differences(was, now, WHEN_SAME_SERVER, &all);
    assert_int_equal(differing(&all), 2);
    assert_non_null(find("zone"));
    assert_non_null(find("image"));
    done(&all);
}

static void sets_have_no_order(void **state)
{
    (void)state;
    AUTO_JSON json_t *one = parse("[{'a': 1, 'b': 2}, 'x', 7]");
    AUTO_JSON json_t *two = parse("['x', 7, {'b': 2, 'a': 1}]");
    AUTO_JSON json_t *three = parse("['x', 7, 7, {'b': 2, 'a': 1}]");
    AUTO_FREE char *a = set_text_of(one);
    AUTO_FREE char *b = set_text_of(two);
    AUTO_FREE char *c = set_text_of(three);
    AUTO_FREE char *none = set_text_of(NULL);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_string_equal(none, "");
}

static void members_come_and_go(void **state)
{
    (void)state;
    struct vec all = {0};
    AUTO_JSON json_t *was = parse("[{'id': 'a'}, {'id': 'b'}]");
    AUTO_JSON json_t *now = parse("[{'id': 'b'}, {'id': 'c'}]");
    member_differences(was, now, "id", "things", &all);
    assert_int_equal(differing(&all), 1);
    assert_string_equal(find("things")->text, "a is gone, c is new");
    done(&all);
}

/* Bindings, states and revisions change by themselves. */
static void ports_are_compared_by_what_users_set(void **state)
{
    (void)state;
    struct vec all = {0};
    AUTO_JSON json_t *was = parse("[{'id': 'p', 'status': 'ACTIVE', 'revision_number': 1,"
                                  "'binding:vif_type': 'ovs', 'updated_at': 'x',"
                                  "'security_groups': ['a', 'b']}]");
    AUTO_JSON json_t *now = parse("[{'id': 'p', 'status': 'DOWN', 'revision_number': 2,"
                                  "'binding:vif_type': 'unbound', 'updated_at': 'y',"
                                  "'security_groups': ['b', 'a']}]");
    port_differences(was, now, &all);
    assert_int_equal(differing(&all), 0);
    set(json_array_get(now, 0), "security_groups", "['b']");
    port_differences(was, now, &all);
    assert_int_equal(differing(&all), 1);
    assert_string_equal(find("ports")->text, "security_groups of port p");
    done(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_is_told_once),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(what_is_not_shown_is_not_compared),
        cmocka_unit_test(zone_and_image_belong_to_the_same_server),
        cmocka_unit_test(sets_have_no_order),
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(ports_are_compared_by_what_users_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
