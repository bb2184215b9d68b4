/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/hostname against what Nova's sanitize_hostname gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "moves/hostname.h"

static void derives(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int max;
        const char *hostname;
    } rows[] = {
        {"web1", 93, "web1"},
        {"Web_1 b", 93, "web-1-b"},
        {"web.example.org", 93, "web-example-org"},
        {"web.example.org", 87, "web.example.org"},
        {"-web-.", 93, "web"},
        {"we'b\"$(c)", 93, "webc"},
        {"\xD1\x81\xD0\xB5\xD1\x80", 93, ""},
        {"\xC3\x84pfel\xC2\xA9", 93, "\xC3\xA4pfel"},
        {"x", 93, "x"},
        {"", 93, ""},
        /* 64 letters are cut to 63, and what is dropped later makes no room. */
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 93,
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"!!aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabb", 93,
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_FREE char *hostname = hostname_derived(rows[i].name, rows[i].max);
        assert_string_equal(hostname, rows[i].hostname);
    }
}

static void sends(void **state)
{
    (void)state;
    assert_true(hostname_can_be_sent("web1", 90));
    assert_false(hostname_can_be_sent("web1", 89));
    assert_false(hostname_can_be_sent("x", 93));
    assert_true(hostname_can_be_sent("x", 94));
    assert_false(hostname_can_be_sent("web.example", 93));
    assert_true(hostname_can_be_sent("web.example", 94));
    assert_false(hostname_can_be_sent("web_1", 93));
    assert_false(hostname_can_be_sent("-web", 93));
    assert_false(hostname_can_be_sent("web-", 93));
    assert_true(hostname_can_be_sent("we--b", 93));
    assert_false(hostname_can_be_sent("", 94));
    assert_false(hostname_can_be_sent(NULL, 94));
    assert_false(hostname_can_be_sent("w\xC3\xA4", 94));
    assert_false(hostname_can_be_sent(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 93));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives),
        cmocka_unit_test(sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
