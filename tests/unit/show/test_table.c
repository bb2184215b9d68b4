/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of show/table: widths of wide characters, cells of several lines, long cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "show/table.h"

static char *drawn(size_t n_columns, const char *const *cells)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct table t;
    table_init(&t, n_columns);
    for (; *cells; cells++)
        table_add(&t, xstrdup(*cells));
    table_write(&t, out);
    table_clear(&t);
    fclose(out);
    return text;
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    const char *const cells[] = {"n", "\346\227\245\346\234\254", "abc", NULL};
    AUTO_FREE char *text = drawn(1, cells);
    assert_string_equal(text, "+------+\n| n    |\n+------+\n"
                              "| \346\227\245\346\234\254 |\n| abc  |\n+------+\n");
}

static void lines_of_a_cell_stand_below_each_other(void **state)
{
    (void)state;
    const char *const cells[] = {"a", "b", "1\n22\n", "x", NULL};
    AUTO_FREE char *text = drawn(2, cells);
    assert_string_equal(text, "+----+---+\n| a  | b |\n+----+---+\n"
                              "| 1  | x |\n| 22 |   |\n|    |   |\n+----+---+\n");
}

static void long_cells_are_broken_at_blanks(void **state)
{
    (void)state;
    const char *sentence =
        "the quota of this project has room for no more than three further "
        "servers of this flavor";
    const char *const cells[] = {"error", sentence, NULL};
    AUTO_FREE char *text = drawn(1, cells);
    size_t lines = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        *end = '\0';
        assert_true(text_columns(line) <= TABLE_CELL_COLUMNS + 4);
    }
    assert_int_equal(lines, 6);
    const char *const word[] = {
        "h",
        "0123456789012345678901234567890123456789012345678901234567"
        "890123456789012345678901234567890123456789",
        NULL};
    AUTO_FREE char *whole = drawn(1, word);
    assert_non_null(strstr(whole, word[1]));
}

static void a_header_alone_is_an_empty_line(void **state)
{
    (void)state;
    const char *const cells[] = {"a", "b", NULL};
    AUTO_FREE char *text = drawn(2, cells);
    assert_string_equal(text, "\n");
}

/* With limits of their own no line is longer, whatever is in it. */
static void columns_with_limits_break_words(void **state)
{
    (void)state;
    static const size_t limits[] = {4, 10};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct table t;
    table_init(&t, 2);
    t.at_most = limits;
    table_add(&t, xstrdup("n"));
    table_add(&t, xstrdup("v"));
    table_add(&t, xstrdup("abcdefghij"));
    table_add(&t, xstrdup("one two three\nfour"));
    table_add(&t, xstrdup("\346\227\245\346\234\254\346\227\245"));
    table_add(&t, xstrdup("a  b"));
    table_write(&t, out);
    table_clear(&t);
    fclose(out);
    AUTO_FREE char *drawn_text = text;
    assert_string_equal(drawn_text, "+------+---------+\n"
                                    "| n    | v       |\n"
                                    "+------+---------+\n"
                                    "| abcd | one two |\n"
                                    "| efgh | three   |\n"
                                    "| ij   | four    |\n"
                                    "| \346\227\245\346\234\254 | a b     |\n"
                                    "| \346\227\245   |         |\n"
                                    "+------+---------+\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(lines_of_a_cell_stand_below_each_other),
        cmocka_unit_test(long_cells_are_broken_at_blanks),
        cmocka_unit_test(columns_with_limits_break_words),
        cmocka_unit_test(a_header_alone_is_an_empty_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
