/* SPDX-License-Identifier: Apache-2.0 */
/* The four formats of results; each has a writer for lists and one for single objects. */
#include "show/format.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "show/cell.h"
#include "show/table.h"

typedef void list_fn(FILE *out, const json_t *rows, const char *const *columns);
typedef void one_fn(FILE *out, const json_t *object, const char *const *columns);

static size_t count_columns(const char *const *columns)
{
    size_t n = 0;
    while (columns[n])
        n++;
    return n;
}

static void table_list(FILE *out, const json_t *rows, const char *const *columns)
{
    struct table t;
    table_init(&t, count_columns(columns));
    for (size_t i = 0; columns[i]; i++)
        table_add(&t, xstrdup(columns[i]));
    size_t n;
    const json_t *row;
    json_array_foreach(rows, n, row) for (size_t i = 0; columns[i]; i++)
        table_add(&t, cell_text(json_object_get(row, columns[i]), "\n"));
    table_write(&t, out);
    table_clear(&t);
}

static void table_one(FILE *out, const json_t *object, const char *const *columns)
{
    struct table t;
    table_init(&t, 2);
    table_add(&t, xstrdup("Field"));
    table_add(&t, xstrdup("Value"));
    for (size_t i = 0; columns[i]; i++) {
        table_add(&t, xstrdup(columns[i]));
        table_add(&t, cell_text(json_object_get(object, columns[i]), "\n"));
    }
    table_write(&t, out);
    table_clear(&t);
}

/* A copy with these keys only, each of them there; gives a new reference. */
static json_t *only_keys(const json_t *object, const char *const *columns)
{
    json_t *copy = json_object();
    for (size_t i = 0; columns[i]; i++) {
        json_t *value = json_object_get(object, columns[i]);
        json_object_set_new(copy, columns[i], value ? json_incref(value) : json_null());
    }
    return copy;
}

/* jansson takes DEL for an ordinary character. It stands in strings only. */
static int put_harmless(const char *bytes, size_t n, void *out)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == 0x7F)
            fputs("\\u007f", out);
        else
            fputc(bytes[i], out);
    return 0;
}

void format_json(FILE *out, const json_t *value, size_t flags)
{
    json_dump_callback(value, put_harmless, out,
                       flags | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
    fputc('\n', out);
}

static void json_write(FILE *out, const json_t *value)
{
    format_json(out, value, JSON_INDENT(2));
}

static void json_list_of(FILE *out, const json_t *rows, const char *const *columns)
{
    if (!columns) {
        json_write(out, rows);
        return;
    }
    json_t *copy = json_array();
    size_t n;
    const json_t *row;
    json_array_foreach(rows, n, row) json_array_append_new(copy, only_keys(row, columns));
    json_write(out, copy);
    json_decref(copy);
}

static void json_one_of(FILE *out, const json_t *object, const char *const *columns)
{
    if (!columns) {
        json_write(out, object);
        return;
    }
    json_t *copy = only_keys(object, columns);
    json_write(out, copy);
    json_decref(copy);
}

static void csv_text(FILE *out, const char *s)
{
    fputc('"', out);
    if (*s && strchr("=+-@", *s))
        fputc('\'', out);
    for (; *s; s++) {
        if (*s == '"')
            fputc('"', out);
        fputc(*s, out);
    }
    fputc('"', out);
}

static void csv_cell(FILE *out, const json_t *value)
{
    if (!value || json_is_null(value)) {
        fputs("\"\"", out);
        return;
    }
    AUTO_FREE char *cell = cell_text(value, "; ");
    if (json_is_number(value))
        fputs(cell, out);
    else
        csv_text(out, cell);
}

static void csv_list(FILE *out, const json_t *rows, const char *const *columns)
{
    for (size_t i = 0; columns[i]; i++) {
        fputs(i > 0 ? "," : "", out);
        csv_text(out, columns[i]);
    }
    fputc('\n', out);
    size_t n;
    const json_t *row;
    json_array_foreach(rows, n, row)
    {
        for (size_t i = 0; columns[i]; i++) {
            fputs(i > 0 ? "," : "", out);
            csv_cell(out, json_object_get(row, columns[i]));
        }
        fputc('\n', out);
    }
}

static void csv_one(FILE *out, const json_t *object, const char *const *columns)
{
    fputs("\"Field\",\"Value\"\n", out);
    for (size_t i = 0; columns[i]; i++) {
        csv_text(out, columns[i]);
        fputc(',', out);
        csv_cell(out, json_object_get(object, columns[i]));
        fputc('\n', out);
    }
}

static void value_list(FILE *out, const json_t *rows, const char *const *columns)
{
    size_t n;
    const json_t *row;
    json_array_foreach(rows, n, row)
    {
        for (size_t i = 0; columns[i]; i++) {
            AUTO_FREE char *cell = cell_text(json_object_get(row, columns[i]), "; ");
            fprintf(out, "%s%s", i > 0 ? " " : "", cell);
        }
        fputc('\n', out);
    }
}

static void value_one(FILE *out, const json_t *object, const char *const *columns)
{
    for (size_t i = 0; columns[i]; i++) {
        AUTO_FREE char *cell = cell_text(json_object_get(object, columns[i]), "; ");
        fprintf(out, "%s\n", cell);
    }
}

static const struct writer {
    const char *name;
    list_fn *list;
    one_fn *one;
} writers[] = {
    [FORMAT_TABLE] = {"table", table_list, table_one},
    [FORMAT_JSON] = {"json", json_list_of, json_one_of},
    [FORMAT_CSV] = {"csv", csv_list, csv_one},
    [FORMAT_VALUE] = {"value", value_list, value_one},
};

bool format_from(const char *name, enum format *ret)
{
    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (text_eq(name, writers[i].name)) {
            *ret = (enum format)i;
            return true;
        }
    }
    return false;
}

void format_list(FILE *out, enum format format, const json_t *rows,
                 const char *const *columns)
{
    writers[format].list(out, rows, columns);
}

void format_one(FILE *out, enum format format, const json_t *object,
                const char *const *columns)
{
    writers[format].one(out, object, columns);
}
