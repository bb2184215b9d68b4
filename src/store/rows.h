/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the store described as data: which member of which struct is which column.
 * From these tables come the SQL text, the binding of values, the reading of columns and
 * the freeing of rows, so that a column is added in one place (and in a migration).
 * For the inside of store/ only.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stddef.h>

enum field_type { FIELD_TEXT, FIELD_REAL, FIELD_INT, FIELD_LONG };

/* KEY: part of the primary key. FIXED: never changes once it is there, a put that says
 * otherwise fails. INDEXED: changes, and is part of an index, so that an update which
 * names it costs a second page; see SAME in sqlite_stmt.c. */
enum field_flag { FIELD_KEY = 1, FIELD_FIXED = 2, FIELD_INDEXED = 4 };

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t at; /* offset of the member */
};

struct row_kind {
    const char *table;
    size_t size; /* of the struct */
    const struct field *fields;
    size_t count;
};

extern const struct row_kind run_kind;
extern const struct row_kind move_kind;
extern const struct row_kind ask_kind;
extern const struct row_kind fact_kind;
extern const struct row_kind journal_kind;

void row_free(const struct row_kind *kind, void *row); /* NULL row is allowed */

#endif
