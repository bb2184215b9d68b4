/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text as characters: no byte of a stranger reaches a terminal unharmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"

static void shows(const char *in, size_t max, const char *expected)
{
    AUTO_FREE char *out = text_printable(in, max);
    assert_string_equal(out, expected);
}

static void plain_text_stays(void **state)
{
    (void)state;
    shows("web-01", 99, "web-01");
    shows("Grüße 東京 🙂", 99, "Grüße 東京 🙂");
    shows("", 99, "");
    shows(NULL, 99, "");
}

static void what_harms_a_terminal_is_spelt(void **state)
{
    (void)state;
    shows("\x1b[2J", 99, "\\x1B[2J");
    shows("a\r\n\tb\x7f", 99, "a\\x0D\\x0A\\x09b\\x7F");
    shows("\xc2\x9b\x31m", 99, "\\u{9B}1m");
    shows("\xe2\x80\xae"
          "cod.exe",
          99, "\\u{202E}cod.exe");
    shows("\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf", 99, "\\u{2066}\\u{200B}\\u{FEFF}");
    shows("\xe2\x80\xa8", 99, "\\u{2028}");
}

static void invalid_utf8_is_spelt(void **state)
{
    (void)state;
    shows("a\x80z", 99, "a\\x80z");
    shows("\xc0\xaf", 99, "\\xC0\\xAF");
    shows("\xe0\x80\xaf", 99, "\\xE0\\x80\\xAF");
    shows("\xed\xa0\x80", 99, "\\xED\\xA0\\x80");
    shows("\xf4\x90\x80\x80", 99, "\\xF4\\x90\\x80\\x80");
    shows("\xf8\x88\x80\x80\x80", 99, "\\xF8\\x88\\x80\\x80\\x80");
    shows("cut \xe6\x9d", 99, "cut \\xE6\\x9D");
}

static void long_text_is_cut_after_whole_characters(void **state)
{
    (void)state;
    shows("abcdef", 6, "abcdef");
    shows("abcdef", 5, "abcde...");
    shows("東京都", 2, "東京...");
    shows("ab\x1b", 4, "ab...");
    shows("abc", 0, "...");
}

static void every_byte_pair_becomes_harmless(void **state)
{
    (void)state;
    for (int a = 1; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            char in[3] = {(char)a, (char)b, '\0'};
            AUTO_FREE char *out = text_printable(in, SIZE_MAX);
            for (const unsigned char *p = (unsigned char *)out; *p; p++)
                assert_true(*p >= 0x20 && *p != 0x7F);
            AUTO_FREE char *again = text_printable(out, SIZE_MAX);
            assert_string_equal(again, out);
        }
}

static void columns(void **state)
{
    (void)state;
    assert_int_equal(text_columns("abc"), 3);
    assert_int_equal(text_columns("é"), 1);
    assert_int_equal(text_columns("e\xcc\x81"), 1);
    assert_int_equal(text_columns("東京"), 4);
    assert_int_equal(text_columns("한글"), 4);
    assert_int_equal(text_columns("ｱ"), 1);
    assert_int_equal(text_columns("Ａ"), 2);
    assert_int_equal(text_columns("🙂"), 2);
    assert_int_equal(text_columns("\xe2\x80\x8d"), 0);
    assert_int_equal(text_columns("a\xff"), 2);
    assert_int_equal(text_columns("→✓"), 2);
    assert_int_equal(text_columns(NULL), 0);
}

static void prefix_and_count(void **state)
{
    (void)state;
    assert_int_equal(text_chars("東京é"), 3);
    assert_int_equal(text_chars(NULL), 0);
    assert_int_equal(text_prefix("東京é", 2), 6);
    assert_int_equal(text_prefix("東京é", 99), 8);
    assert_int_equal(text_prefix("abc", 0), 0);
    assert_int_equal(text_prefix("\xe6x", 1), 1);
    assert_int_equal(text_prefix(NULL, 5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(what_harms_a_terminal_is_spelt),
        cmocka_unit_test(invalid_utf8_is_spelt),
        cmocka_unit_test(long_text_is_cut_after_whole_characters),
        cmocka_unit_test(every_byte_pair_becomes_harmless),
        cmocka_unit_test(columns),
        cmocka_unit_test(prefix_and_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
