/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results on standard output: rows as table, JSON, CSV or bare values, in the manner of
 * the openstack client (strings quoted in CSV, values separated by one space, "None" for
 * what is not known).
 *
 * Whatever strangers named is made harmless: text passes through text_printable(), JSON
 * is ASCII only, and a CSV text that a spreadsheet would take for a formula (it begins
 * with = + - @) gets an apostrophe before it.
 */
#ifndef SHOW_FORMAT_H
#define SHOW_FORMAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMAT_VALUE };

/* "table", "json", "csv", "value"; false for other words. */
bool format_from(const char *name, enum format *ret);

/*
 * Writes an array of objects. columns: keys, ended by NULL; with JSON they are the keys
 * that are left in each object, NULL: all. No rows: an empty line as table, "[]" as JSON,
 * the header as CSV.
 */
void format_list(FILE *out, enum format format, const json_t *rows,
                 const char *const *columns);
/* One JSON value and a line end, in ASCII without control characters. flags: of jansson.
 */
void format_json(FILE *out, const json_t *value, size_t flags);
/* Writes one object: as table and CSV a row for each column (Field, Value), as value a
 * line for each, as JSON the object. columns as above. */
void format_one(FILE *out, enum format format, const json_t *object,
                const char *const *columns);

#endif
