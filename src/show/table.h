/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box of text: a header and rows, with columns as wide as their widest line. Cells are
 * broken at blanks, so that a sentence does not make a table that no terminal can show.
 */
#ifndef SHOW_TABLE_H
#define SHOW_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "base/vec.h"

#define TABLE_CELL_COLUMNS 60 /* lines of cells are broken beyond that */

struct table {
    size_t n_columns;
    /* One for each column, lent: lines are no longer than that, words are broken where
     * they must. NULL: TABLE_CELL_COLUMNS, and no word is broken. */
    const size_t *at_most;
    struct strv cells; /* row by row; the first row is the header */
};

void table_init(struct table *t, size_t n_columns);
void table_clear(struct table *t);
/* Takes text; lines in it are shown below each other. */
void table_add(struct table *t, char *text);
/* Nothing but an empty line when there is only the header. */
void table_write(const struct table *t, FILE *out);

#endif
