/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text_words: words as a shell would see them, and nothing expanded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text_words.h"

static void takes(const char *s, const char *joined, size_t n)
{
    struct strv words = {0};
    struct err err = {0};
    assert_true(text_words(s, &words, &err));
    AUTO_FREE char *all = strv_join(&words, "|");
    assert_string_equal(all, joined);
    assert_int_equal(words.len, n);
    strv_clear(&words);
}

static void words_end_at_blanks(void **state)
{
    (void)state;
    takes("", "", 0);
    takes(" \t\n ", "", 0);
    takes("  a b\tc\n", "a|b|c", 3);
}

static void quotes_and_backslashes_hold_together(void **state)
{
    (void)state;
    takes("sh -c 'a  \"b\" \\c'", "sh|-c|a  \"b\" \\c", 3);
    takes("a\" b \"c", "a b c", 1);
    takes("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d", 1);
    takes("a\\ b \\'c", "a b|'c", 2);
    takes("'' \"\"", "|", 2);
    takes("a\\", "a\\", 1);
}

static void nothing_is_expanded(void **state)
{
    (void)state;
    takes("echo $HOME `id` * > x | y", "echo|$HOME|`id`|*|>|x|||y", 8);
}

static void a_quote_must_be_closed(void **state)
{
    (void)state;
    static const char *const bad[] = {"'", "a 'b", "\"", "\"a\\\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct strv words = {0};
        struct err err = {0};
        assert_false(text_words(bad[i], &words, &err));
        assert_int_equal(err.code, ERR_USAGE);
        strv_clear(&words);
    }
}

static void a_quoted_word_is_one_word(void **state)
{
    (void)state;
    static const char *const words[] = {"plain", "two words", "it's", "$HOME `x` \\",
                                        "''"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        struct text line = {0};
        struct strv found = {0};
        struct err err = {0};
        text_add_quoted(&line, words[i]);
        assert_true(text_words(text_str(&line), &found, &err));
        assert_int_equal(found.len, 1);
        assert_string_equal(found.at[0], words[i]);
        strv_clear(&found);
        text_clear(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_at_blanks),
        cmocka_unit_test(quotes_and_backslashes_hold_together),
        cmocka_unit_test(nothing_is_expanded),
        cmocka_unit_test(a_quote_must_be_closed),
        cmocka_unit_test(a_quoted_word_is_one_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
