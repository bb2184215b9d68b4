/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a table as a box of +, - and |. */
#include "show/table.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void table_init(struct table *t, size_t n_columns)
{
    *t = (struct table){.n_columns = n_columns};
}

void table_clear(struct table *t)
{
    strv_clear(&t->cells);
}

static size_t line_columns(const char *line, size_t len)
{
    AUTO_FREE char *copy = xstrndup(line, len);
    return text_columns(copy);
}

/* Blanks become newlines where the line would be too long otherwise. */
static void break_lines(char *text)
{
    char *line = text, *blank = NULL;
    for (char *p = text; *p; p++) {
        if (*p == '\n') {
            line = p + 1;
            blank = NULL;
            continue;
        }
        if (*p == ' ')
            blank = p;
        /* Counted where a word ends: nowhere else can the line be known to be too long.
         */
        bool word_ends = p[1] == ' ' || p[1] == '\n' || p[1] == '\0';
        if (!word_ends || !blank ||
            line_columns(line, (size_t)(p + 1 - line)) <= TABLE_CELL_COLUMNS)
            continue;
        *blank = '\n';
        line = blank + 1;
        blank = NULL;
    }
}

/* Bytes of the longest beginning of s, of `len` bytes, that takes at most `max` columns;
 * one character at least. */
static size_t fitting(const char *s, size_t len, size_t max)
{
    size_t fits = text_prefix(s, 1);
    while (fits < len) {
        size_t next = fits + text_prefix(s + fits, 1);
        if (next > len || line_columns(s, next) > max)
            break;
        fits = next;
    }
    return fits;
}

/* Adds a word, on a new line where it does not fit, in pieces where no line has room. */
static void add_word(struct text *out, size_t *used, const char *word, size_t len,
                     size_t max)
{
    size_t columns = line_columns(word, len);
    if (*used > 0 && *used + 1 + columns > max) {
        text_add_c(out, '\n');
        *used = 0;
    }
    if (*used > 0) {
        text_add_c(out, ' ');
        ++*used;
    }
    while (columns > max) {
        size_t n = fitting(word, len, max);
        text_add_n(out, word, n);
        text_add_c(out, '\n');
        word += n;
        len -= n;
        columns = line_columns(word, len);
    }
    text_add_n(out, word, len);
    *used += columns;
}

/* Gives the text in lines of at most so many columns. */
static char *folded(const char *text, size_t max)
{
    struct text out = {0};
    size_t used = 0;
    while (*text) {
        size_t len = strcspn(text, " \n");
        if (len > 0)
            add_word(&out, &used, text, len, max);
        text += len;
        if (*text == '\n') {
            text_add_c(&out, '\n');
            used = 0;
        }
        text += *text != '\0';
    }
    return text_steal(&out);
}

void table_add(struct table *t, char *text)
{
    if (!t->at_most) {
        break_lines(text);
        strv_take(&t->cells, text);
        return;
    }
    AUTO_FREE char *whole = text;
    strv_take(&t->cells, folded(whole, t->at_most[t->cells.len % t->n_columns]));
}

/* The line of that number in a cell; lends its start, *ret_len bytes; "" behind the last.
 */
static const char *cell_line(const char *cell, size_t number, size_t *ret_len)
{
    while (number > 0) {
        cell += strcspn(cell, "\n");
        if (*cell == '\0')
            break;
        cell++;
        number--;
    }
    *ret_len = strcspn(cell, "\n");
    return cell;
}

static size_t cell_lines(const char *cell)
{
    size_t n = 1;
    for (; *cell; cell++)
        n += *cell == '\n';
    return n;
}

static size_t *column_widths(const struct table *t)
{
    size_t *widths = xcalloc(t->n_columns, sizeof(*widths));
    for (size_t i = 0; i < t->cells.len; i++) {
        size_t *width = &widths[i % t->n_columns];
        for (size_t k = 0; k < cell_lines(t->cells.at[i]); k++) {
            size_t len;
            const char *line = cell_line(t->cells.at[i], k, &len);
            size_t columns = line_columns(line, len);
            *width = columns > *width ? columns : *width;
        }
    }
    return widths;
}

static void fill(FILE *out, char c, size_t n)
{
    while (n-- > 0)
        fputc(c, out);
}

static void write_rule(const size_t *widths, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        fputc('+', out);
        fill(out, '-', widths[i] + 2);
    }
    fputs("+\n", out);
}

static void write_row(char *const *cells, const size_t *widths, size_t n, FILE *out)
{
    size_t height = 1;
    for (size_t i = 0; i < n; i++) {
        size_t lines = cell_lines(cells[i]);
        height = lines > height ? lines : height;
    }
    for (size_t k = 0; k < height; k++) {
        for (size_t i = 0; i < n; i++) {
            size_t len = 0;
            const char *line =
                k < cell_lines(cells[i]) ? cell_line(cells[i], k, &len) : "";
            fprintf(out, "| %.*s", (int)len, line);
            fill(out, ' ', widths[i] - line_columns(line, len) + 1);
        }
        fputs("|\n", out);
    }
}

void table_write(const struct table *t, FILE *out)
{
    size_t rows = t->cells.len / t->n_columns;
    if (rows < 2) {
        fputc('\n', out);
        return;
    }
    AUTO_FREE size_t *widths = column_widths(t);
    write_rule(widths, t->n_columns, out);
    for (size_t i = 0; i < rows; i++) {
        write_row(t->cells.at + i * t->n_columns, widths, t->n_columns, out);
        if (i == 0)
            write_rule(widths, t->n_columns, out);
    }
    write_rule(widths, t->n_columns, out);
}
