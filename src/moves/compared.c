/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a comparison: added one by one, read as differences, promises and verdicts. */
#include "moves/compared.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"

#define VALUE_CHARS 200 /* of each side: a table is read, and kept, for every move */

static char *printable(const char *s)
{
    return s ? text_printable(s, VALUE_CHARS) : NULL;
}

static void add(struct vec *all, const char *name, const char *source, const char *target,
                enum compared_how how, char *text)
{
    struct compared *c = xcalloc(1, sizeof(*c));
    c->name = text_printable(name, 80);
    c->source = printable(source);
    c->target = printable(target);
    c->how = how;
    c->text = text;
    vec_add(all, c);
}

void compared_add(struct vec *all, const char *name, const char *source,
                  const char *target, enum compared_how how, const char *fmt, ...)
{
    AUTO_FREE char *raw = NULL;
    if (how == COMPARED_EQUAL && !source && !target)
        return;
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        raw = xvasprintf(fmt, ap);
        va_end(ap);
    }
    add(all, name, source, target, how, printable(raw ? raw : "it is not the same"));
}

void difference_add(struct vec *all, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *raw = xvasprintf(fmt, ap);
    va_end(ap);
    add(all, name, NULL, NULL, COMPARED_DIFFERS, printable(raw));
}

void compared_free(void *p)
{
    struct compared *c = p;
    if (!c)
        return;
    xreplace(&c->name, NULL);
    xreplace(&c->source, NULL);
    xreplace(&c->target, NULL);
    xreplace(&c->text, NULL);
    mem_auto_free(&c);
}

void difference_free(void *p)
{
    struct difference *d = p;
    if (!d)
        return;
    xreplace(&d->name, NULL);
    xreplace(&d->text, NULL);
    mem_auto_free(&d);
}

char *stable_name(const char *name)
{
    return xstrndup(name, strcspn(name, "."));
}

/* "ports.1" of "ports.1.mac_address", "flavor" of "flavor.ram". Gives. */
static char *item_name(const char *name)
{
    size_t n = strcspn(name, ".");
    size_t digits = name[n] ? strspn(name + n + 1, "0123456789") : 0;
    return xstrndup(name, digits > 0 ? n + 1 + digits : n);
}

static struct difference *find(const struct vec *all, const char *name)
{
    for (size_t i = 0; i < all->len; i++) {
        struct difference *d = all->at[i];
        if (text_eq(d->name, name))
            return d;
    }
    return NULL;
}

/* Adds one, or puts the text behind that of the same name. */
static void tell(struct vec *all, const char *name, const char *text)
{
    struct difference *d = find(all, name);
    if (d) {
        AUTO_FREE char *both = xasprintf("%s, %s", d->text, text);
        xreplace(&d->text, both);
        return;
    }
    d = xcalloc(1, sizeof(*d));
    d->name = xstrdup(name);
    d->text = xstrdup(text);
    vec_add(all, d);
}

void differences_of(const struct vec *all, struct vec *ret)
{
    for (size_t i = 0; i < all->len; i++) {
        const struct compared *c = all->at[i];
        AUTO_FREE char *name = stable_name(c->name);
        if (c->how == COMPARED_DIFFERS)
            tell(ret, name, c->text);
    }
}

/* ---- values ---- */

bool value_is_empty(const json_t *value)
{
    return !value || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* One value without looking into arrays. Gives. */
static char *plain_text(const json_t *value)
{
    const char *ip = jstr(value, "ip_address", NULL);
    const char *option = jstr(value, "opt_name", NULL);
    if (json_is_string(value))
        return xstrdup(json_string_value(value));
    if (option)
        return xasprintf("%s=%s", option, jstr(value, "opt_value", ""));
    if (ip)
        return xstrdup(ip);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    return text ? text : xstrdup("?");
}

char *value_text(const json_t *value)
{
    struct strv parts = {0};
    size_t i;
    json_t *item;
    if (value_is_empty(value))
        return NULL;
    if (!json_is_array(value))
        return plain_text(value);
    json_array_foreach(value, i, item) strv_take(&parts, plain_text(item));
    strv_sort(&parts);
    char *text = strv_join(&parts, ", ");
    strv_clear(&parts);
    return text;
}

char *value_hidden(const json_t *value)
{
    return value_is_empty(value) ? NULL : xstrdup("(not shown)");
}

/* ---- what users see ---- */

bool is_named_in(const json_t *array, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(array, i, one)
    {
        if (text_eq(jstr(one, "name", NULL), name))
            return true;
    }
    return false;
}

static const char *verdict_of(const struct compared *c, const json_t *announced)
{
    AUTO_FREE char *name = stable_name(c->name);
    if (c->how == COMPARED_EQUAL)
        return "equal";
    return c->how == COMPARED_MEANT || is_named_in(announced, name) ? "changed" : "lost";
}

static json_t *text_or_null(const char *s)
{
    return s ? jtext(s) : json_null();
}

json_t *compared_json(const struct vec *all, const json_t *announced)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < all->len; i++) {
        const struct compared *c = all->at[i];
        json_t *row = jpair("name", jtext(c->name));
        json_object_set_new(row, "source", text_or_null(c->source));
        json_object_set_new(row, "target", text_or_null(c->target));
        json_object_set_new(row, "verdict", json_string(verdict_of(c, announced)));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* "mac_address fa:16:...", or the value alone where the row is the item. Gives. */
static char *kept_text(const struct compared *c, const char *item)
{
    const char *member = c->name + strlen(item);
    if (*member == '.')
        return xasprintf("%s %s", member + 1, c->source ? c->source : "");
    return xstrdup(c->source ? c->source : "");
}

json_t *compared_kept(const struct vec *all, const json_t *announced)
{
    struct vec items = {0};
    json_t *kept = json_array();
    for (size_t i = 0; i < all->len; i++) {
        const struct compared *c = all->at[i];
        AUTO_FREE char *name = stable_name(c->name);
        if (c->how != COMPARED_EQUAL || is_named_in(announced, name))
            continue;
        AUTO_FREE char *item = item_name(c->name);
        AUTO_FREE char *text = kept_text(c, item);
        tell(&items, item, text);
    }
    for (size_t i = 0; i < items.len; i++) {
        const struct difference *d = items.at[i];
        json_t *one = jpair("name", jtext(d->name));
        json_object_set_new(one, "text", jtext(d->text));
        json_array_append_new(kept, one);
    }
    vec_clear(&items, difference_free);
    return kept;
}
