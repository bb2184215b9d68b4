/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values as the texts of cells. */
#include "show/cell.h"

#include "base/mem.h"
#include "base/text.h"

#define CELL_MAX_CHARS 4000

static void add_value(struct text *t, const json_t *value, const char *between);

static void add_printable(struct text *t, const char *s)
{
    AUTO_FREE char *safe = text_printable(s, CELL_MAX_CHARS);
    text_add(t, safe);
}

static void add_array(struct text *t, const json_t *array, const char *between)
{
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item)
    {
        if (i > 0)
            text_add(t, between);
        add_value(t, item, between);
    }
}

static void add_object(struct text *t, json_t *object)
{
    const json_t *name = json_object_get(object, "name");
    const json_t *words = json_object_get(object, "text");
    if (json_is_string(name) && json_is_string(words)) {
        add_printable(t, json_string_value(name));
        text_add(t, ": ");
        add_printable(t, json_string_value(words));
        return;
    }
    const char *key;
    json_t *member;
    bool first = true;
    json_object_foreach(object, key, member)
    {
        if (!first)
            text_add(t, ", ");
        first = false;
        add_printable(t, key);
        text_add_c(t, '=');
        add_value(t, member, ", ");
    }
}

static void add_value(struct text *t, const json_t *value, const char *between)
{
    if (!value || json_is_null(value))
        text_add(t, "None");
    else if (json_is_string(value))
        add_printable(t, json_string_value(value));
    else if (json_is_integer(value))
        text_addf(t, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        text_addf(t, "%.1f", json_real_value(value));
    else if (json_is_boolean(value))
        text_add(t, json_is_true(value) ? "True" : "False");
    else if (json_is_array(value))
        add_array(t, value, between);
    else
        add_object(t, (json_t *)value);
}

char *cell_text(const json_t *value, const char *between)
{
    struct text t = {0};
    add_value(&t, value, between);
    return text_steal(&t);
}
