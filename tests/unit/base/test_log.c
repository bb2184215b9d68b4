/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/log: nothing that is secret reaches the sink, in any of its forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

static struct text seen;

static void keep(void *ctx, const char *line)
{
    struct text *t = ctx;
    text_addf(t, "%s|", line);
}

static int close_all(void **state)
{
    (void)state;
    log_close();
    text_clear(&seen);
    return 0;
}

static void redacts(const char *in, const char *expected)
{
    AUTO_FREE char *out = log_redact(in);
    assert_string_equal(out, expected);
}

static void goes_to_the_sink_only_while_it_is_on(void **state)
{
    (void)state;
    assert_false(log_is_on());
    log_debug("lost %d", 1);
    log_open(keep, &seen);
    assert_true(log_is_on());
    log_debug("kept %d", 2);
    log_open(NULL, NULL);
    log_debug("lost %d", 3);
    assert_string_equal(text_str(&seen), "kept 2|");
}

static void an_entry_is_one_harmless_line(void **state)
{
    (void)state;
    log_open(keep, &seen);
    log_debug("one\ntwo\x1b[2J");
    assert_string_equal(text_str(&seen), "one\\x0Atwo\\x1B[2J|");
}

static void a_secret_becomes_its_hash(void **state)
{
    (void)state;
    log_secret("s3cret-token");
    log_open(keep, &seen);
    log_debug("X-Auth-Token: %s, twice %s", "s3cret-token", "s3cret-token");
    assert_null(strstr(text_str(&seen), "s3cret"));
    char hex[13];
    text_hash_hex("s3cret-token", hex, sizeof(hex));
    AUTO_FREE char *expected =
        xasprintf("X-Auth-Token: {SHA256}%s, twice {SHA256}%s|", hex, hex);
    assert_string_equal(text_str(&seen), expected);
}

static void a_secret_is_found_in_other_spellings(void **state)
{
    (void)state;
    const char *secret = "p\"a/s\\w\n\xc3\xa9\xf0\x9f\x99\x82 x";
    log_secret(secret);
    char hex[13];
    text_hash_hex(secret, hex, sizeof(hex));
    AUTO_FREE char *shown = xasprintf("<{SHA256}%s>", hex);
    redacts("<p\"a/s\\w\n\xc3\xa9\xf0\x9f\x99\x82 x>", shown);
    redacts("<p\\\"a/s\\\\w\\n\xc3\xa9\xf0\x9f\x99\x82 x>", shown);
    redacts("<p\\\"a/s\\\\w\\n\\u00e9\\ud83d\\ude42 x>", shown);
    redacts("<p%22a%2Fs%5Cw%0A%C3%A9%F0%9F%99%82%20x>", shown);
    redacts("<p%22a/s%5Cw%0A%C3%A9%F0%9F%99%82%20x>", shown);
}

/* The base64 of "", "u", "us" and "us:" before the secret, and "!!!" behind it. */
static void a_secret_is_found_in_codes(void **state)
{
    (void)state;
    const char *secret = "kan/arie~\xc3\xa9+ 7?>";
    static const char *const codes[][3] = {
        {"a2FuL2FyaWV+w6krIDc/Pi", "", "EhIQ=="},
        {"thbi9hcmllfsOpKyA3Pz4h", "dW", "ISE="},
        {"rYW4vYXJpZX7DqSsgNz8+I", "dXN", "SEh"},
        {"a2FuL2FyaWV+w6krIDc/Pi", "dXM6", "EhIQ=="},
    };
    log_secret(secret);
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        AUTO_FREE char *code = xasprintf("%s%s%s", codes[i][1], codes[i][0], codes[i][2]);
        AUTO_FREE char *out = log_redact(code);
        assert_non_null(strstr(out, "{SHA256}"));
        /* Less than three letters of the secret are left at either end. */
        assert_in_range(strlen(out), strlen("{SHA256}") + 12,
                        strlen("{SHA256}") + 12 + 4 + 8);
    }
    AUTO_FREE char *small = log_redact("a2FuL2FyaWV-w6krIDc_Pi");
    assert_true(text_starts(small, "{SHA256}"));
    char hex[13];
    text_hash_hex(secret, hex, sizeof(hex));
    AUTO_FREE char *shown = xasprintf("<{SHA256}%s>", hex);
    redacts("<6b616e2f617269657ec3a92b20373f3e>", shown);
    redacts("<6B616E2F617269657EC3A92B20373F3E>", shown);
    redacts("<kan%2farie~%c3%a9%2b+7%3f%3e>", shown);
    redacts("<kan/arie~%C3%A9%2B%207%3F%3E>", shown);
}

static void codes_of_short_secrets_are_not_searched(void **state)
{
    (void)state;
    log_secret("secret7");
    redacts("c2VjcmV0Nw== 73656372657437", "c2VjcmV0Nw== 73656372657437");
}

static void the_longer_secret_wins(void **state)
{
    (void)state;
    log_secret("abcd");
    log_secret("abcdefgh");
    char small[13], big[13];
    text_hash_hex("abcd", small, sizeof(small));
    text_hash_hex("abcdefgh", big, sizeof(big));
    AUTO_FREE char *expected = xasprintf("{SHA256}%s {SHA256}%sx", big, small);
    redacts("abcdefgh abcdx", expected);
}

static void short_secrets_are_not_searched(void **state)
{
    (void)state;
    log_secret("abc");
    log_secret("");
    log_secret(NULL);
    redacts("abc is a word", "abc is a word");
    redacts(NULL, "");
}

static void close_forgets(void **state)
{
    (void)state;
    log_secret("forget-me");
    log_open(keep, &seen);
    log_close();
    assert_false(log_is_on());
    redacts("forget-me", "forget-me");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(goes_to_the_sink_only_while_it_is_on, close_all),
        cmocka_unit_test_teardown(an_entry_is_one_harmless_line, close_all),
        cmocka_unit_test_teardown(a_secret_becomes_its_hash, close_all),
        cmocka_unit_test_teardown(a_secret_is_found_in_other_spellings, close_all),
        cmocka_unit_test_teardown(a_secret_is_found_in_codes, close_all),
        cmocka_unit_test_teardown(codes_of_short_secrets_are_not_searched, close_all),
        cmocka_unit_test_teardown(the_longer_secret_wins, close_all),
        cmocka_unit_test_teardown(short_secrets_are_not_searched, close_all),
        cmocka_unit_test_teardown(close_forgets, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
