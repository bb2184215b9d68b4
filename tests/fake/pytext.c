/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values as Python prints them. */
#include "pytext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static void print_text(FILE *out, const char *s)
{
    /* Python prefers single quotes, and takes double ones when that spares an escape. */
    char quote = strchr(s, '\'') && !strchr(s, '"') ? '"' : '\'';
    fputc(quote, out);
    for (; *s; s++) {
        if (*s == quote || *s == '\\')
            fprintf(out, "\\%c", *s);
        else if (*s == '\n')
            fputs("\\n", out);
        else if (*s == '\t')
            fputs("\\t", out);
        else
            fputc(*s, out);
    }
    fputc(quote, out);
}

static void print_value(FILE *out, const json_t *value)
{
    const char *key, *between = "";
    json_t *item;
    size_t i;
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        fputc('{', out);
        json_object_foreach((json_t *)value, key, item)
        {
            fputs(between, out);
            between = ", ";
            print_text(out, key);
            fputs(": ", out);
            print_value(out, item);
        }
        fputc('}', out);
        return;
    case JSON_ARRAY:
        fputc('[', out);
        json_array_foreach(value, i, item)
        {
            fputs(between, out);
            between = ", ";
            print_value(out, item);
        }
        fputc(']', out);
        return;
    case JSON_STRING:
        print_text(out, json_string_value(value));
        return;
    case JSON_INTEGER:
        fprintf(out, "%lld", (long long)json_integer_value(value));
        return;
    case JSON_REAL:
        fprintf(out, "%g", json_real_value(value));
        return;
    case JSON_TRUE:
        fputs("True", out);
        return;
    case JSON_FALSE:
        fputs("False", out);
        return;
    default:
        fputs("None", out);
    }
}

char *py_repr(const json_t *value)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    print_value(out, value);
    fclose(out);
    return text;
}

char *py_str(const json_t *value)
{
    return json_is_string(value) ? xstrdup(json_string_value(value)) : py_repr(value);
}
