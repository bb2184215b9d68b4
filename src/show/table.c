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

void table_add(struct table *t, char *text)
{
    break_lines(text);
    strv_take(&t->cells, text);
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
