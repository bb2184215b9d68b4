/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/path: no name of a stranger makes another request of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cloud/path.h"

static void parts_stay_parts(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"web1", "/web1"},
        {"a/b", "/a%2Fb"},
        {"a?b#c", "/a%3Fb%23c"},
        {"rezone:1", "/rezone%3A1"},
        {"", "/-"},
        {"..", "/-"},
        {".", "/-"},
        {"...", "/..."},
        {"a\r\nX: y", "/a%0D%0AX%3A%20y"},
        {"caf\xc3\xa9", "/caf%C3%A9"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct text t = {0};
        path_add(&t, rows[i][0]);
        assert_string_equal(text_str(&t), rows[i][1]);
        text_clear(&t);
    }
    struct text t = {0};
    path_add(&t, NULL);
    assert_string_equal(text_str(&t), "/-");
    text_clear(&t);
}

static void filters_are_never_empty(void **state)
{
    (void)state;
    static const char *const ids[] = {"a", "b&c"};
    struct text t = {0};
    text_add(&t, "/ports");
    query_add(&t, "name", "x=y");
    query_add(&t, "tag", "");
    query_add_each(&t, "id", ids, 2);
    query_add_each(&t, "port_id", NULL, 0);
    assert_string_equal(text_str(&t), "/ports?name=x%3Dy&tag=-&id=a&id=b%26c&port_id=-");
    text_clear(&t);
}

static void a_body_is_json(void **state)
{
    (void)state;
    struct request r;
    request_init(&r, "POST", "http://h");
    request_json(&r, json_pack("{s:[n]}", "a"));
    assert_string_equal(r.body, "{\"a\":[null]}");
    assert_int_equal(r.body_len, 12);
    request_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_stay_parts),
        cmocka_unit_test(filters_are_never_empty),
        cmocka_unit_test(a_body_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
