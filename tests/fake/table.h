/* SPDX-License-Identifier: Apache-2.0 */
/* A table of rows by id that remembers the order in which they came. */
#ifndef FAKE_TABLE_H
#define FAKE_TABLE_H

#include <stddef.h>

struct row {
    char *id;
    void *data;
    struct row *older, *newer; /* order of insertion */
    struct row *chain;
};

struct table {
    struct row **slots;
    size_t n_slots, n;
    struct row *oldest, *newest;
};

void table_init(struct table *t);
/* Frees the table; data is given to free_data, which may be NULL. */
void table_clear(struct table *t, void (*free_data)(void *));
/* Adds a row; the id is copied, data is lent. An id that is there already gets the new
 * data. */
void table_put(struct table *t, const char *id, void *data);
/* Lends the data, NULL when there is none. */
void *table_get(const struct table *t, const char *id);
struct row *table_row(const struct table *t, const char *id);
/* Takes the row out and gives its data, NULL when there was none. */
void *table_take(struct table *t, const char *id);

#endif
