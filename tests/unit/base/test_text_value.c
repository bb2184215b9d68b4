/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text as a value: comparisons, numbers, hashes, UUIDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <limits.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void compares(void **state)
{
    (void)state;
    assert_true(text_eq("a", "a"));
    assert_false(text_eq("a", "b"));
    assert_true(text_eq(NULL, NULL));
    assert_false(text_eq(NULL, ""));
    assert_false(text_eq("", NULL));
    assert_true(text_starts("rezone:x", "rezone:"));
    assert_false(text_starts("rez", "rezone:"));
    assert_false(text_starts(NULL, "x"));
    assert_true(text_ends("clouds.yaml", ".yaml"));
    assert_false(text_ends("yaml", ".yaml"));
    assert_true(text_ends("x", ""));
}

static void whole_numbers(void **state)
{
    (void)state;
    unsigned long long n = 7;
    static const char *const bad[] = {"",    " 1",  "1 ",  "+1",  "-1",
                                      "0x1", "1.0", "1e3", "abc", "18446744073709551616"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(text_to_u64(bad[i], ULLONG_MAX, &n));
    assert_false(text_to_u64(NULL, 10, &n));
    assert_false(text_to_u64("11", 10, &n));
    assert_false(text_to_u64("9", 8, &n));
    assert_false(text_to_u64("100", 10, &n));
    assert_int_equal(n, 7);
    assert_true(text_to_u64("10", 10, &n));
    assert_int_equal(n, 10);
    assert_true(text_to_u64("0", 0, &n));
    assert_int_equal(n, 0);
    assert_true(text_to_u64("0005", 5, &n));
    assert_int_equal(n, 5);
    assert_true(text_to_u64("18446744073709551615", ULLONG_MAX, &n));
    assert_true(n == ULLONG_MAX);
}

static void seconds(void **state)
{
    (void)state;
    double s = -1;
    static const char *const bad[] = {
        "",   "-1",   "nan",  "inf", "1e3", "1,5",  "1.",
        ".5", "1.5s", "0x10", " 1",  "1 ",  "1.-5", "9999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(text_to_seconds(bad[i], &s));
    assert_false(text_to_seconds(NULL, &s));
    assert_true(s < 0);
    assert_true(text_to_seconds("1.5", &s));
    assert_float_equal(s, 1.5, 1e-9);
    assert_true(text_to_seconds("0", &s));
    assert_float_equal(s, 0, 0);
    assert_true(text_to_seconds("3600.125", &s));
    assert_float_equal(s, 3600.125, 1e-6);
}

static void hashes(void **state)
{
    (void)state;
    char hex[65], some[13];
    text_hash_hex("abc", hex, sizeof(hex));
    assert_string_equal(
        hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    text_hash_hex("abc", some, sizeof(some));
    assert_string_equal(some, "ba7816bf8f01");
    text_hash_hex(NULL, some, sizeof(some));
    assert_string_equal(some, "e3b0c44298fc");
}

static void uuids(void **state)
{
    (void)state;
    assert_true(text_is_uuid("0af7651c-d3ad-4f0b-8b0e-00112233AAff"));
    assert_false(text_is_uuid("0af7651c-d3ad-4f0b-8b0e-00112233aaf"));
    assert_false(text_is_uuid("0af7651c-d3ad-4f0b-8b0e-00112233aaff0"));
    assert_false(text_is_uuid("0af7651cxd3ad-4f0b-8b0e-00112233aaff"));
    assert_false(text_is_uuid("gaf7651c-d3ad-4f0b-8b0e-00112233aaff"));
    assert_false(text_is_uuid(NULL));
    char one[37], two[37];
    text_new_uuid(one);
    text_new_uuid(two);
    assert_true(text_is_uuid(one));
    assert_string_not_equal(one, two);
    assert_int_equal(strspn(one, "0123456789abcdef-"), 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares), cmocka_unit_test(whole_numbers),
        cmocka_unit_test(seconds),  cmocka_unit_test(hashes),
        cmocka_unit_test(uuids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
