/* SPDX-License-Identifier: Apache-2.0 */
/* Two looks at a server, compared attribute by attribute. */
#include "moves/difference.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/marks.h"

enum row_flags {
    ROW_HIDDEN = 1, /* the value is nobody's business: only that it differs */
    ROW_SHOWN = 2   /* compared only where both looks show it */
};

/* A member of the server whose value must be the same. */
struct row {
    const char *name, *key;
    unsigned when, flags;
};

#define ALWAYS (WHEN_SAME_SERVER | WHEN_COPY)

static const struct row rows[] = {
    {"name", "name", ALWAYS, 0},
    {"description", "description", ALWAYS, ROW_SHOWN},
    {"hostname", "OS-EXT-SRV-ATTR:hostname", ALWAYS, ROW_SHOWN},
    {"key-pair", "key_name", ALWAYS, 0},
    {"config-drive", "config_drive", ALWAYS, 0},
    {"disk-config", "OS-DCF:diskConfig", ALWAYS, ROW_SHOWN},
    {"access-ip", "accessIPv4", ALWAYS, 0},
    {"access-ip", "accessIPv6", ALWAYS, 0},
    {"user-data", "OS-EXT-SRV-ATTR:user_data", ALWAYS, ROW_HIDDEN | ROW_SHOWN},
    {"trusted-certificates", "trusted_image_certificates", ALWAYS, ROW_SHOWN},
    {"server-groups", "server_groups", ALWAYS, ROW_SHOWN},
    {"scheduler-hints", "scheduler_hints", ALWAYS, ROW_SHOWN},
    {"project", "tenant_id", ALWAYS, 0},
    {"user-id", "user_id", ALWAYS, 0},
    {"zone", "OS-EXT-AZ:availability_zone", WHEN_SAME_SERVER, 0},
};

void difference_free(void *p)
{
    struct difference *d = p;
    if (!d)
        return;
    xreplace(&d->name, NULL);
    xreplace(&d->text, NULL);
    mem_auto_free(&d);
}

void difference_add(struct vec *all, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *raw = xvasprintf(fmt, ap);
    va_end(ap);
    AUTO_FREE char *text = text_printable(raw, 200);
    for (size_t i = 0; i < all->len; i++) {
        struct difference *d = all->at[i];
        if (text_eq(d->name, name)) {
            AUTO_FREE char *both = xasprintf("%s, %s", d->text, text);
            xreplace(&d->text, both);
            return;
        }
    }
    struct difference *d = xcalloc(1, sizeof(*d));
    d->name = xstrdup(name);
    d->text = xsteal(&text);
    vec_add(all, d);
}

/* null, "", {} and [] all say that there is none. */
static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static bool same_value(const json_t *a, const json_t *b)
{
    return (is_empty(a) && is_empty(b)) || json_equal(a, b);
}

static char *shown(const json_t *value)
{
    if (is_empty(value))
        return xstrdup("none");
    if (json_is_string(value)) {
        AUTO_FREE char *text = text_printable(json_string_value(value), 60);
        return xasprintf("'%s'", text);
    }
    AUTO_FREE char *raw = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    return text_printable(raw ? raw : "?", 60);
}

static void compare_row(const struct row *row, const json_t *was, const json_t *now,
                        struct vec *all)
{
    const json_t *a = json_object_get(was, row->key), *b = json_object_get(now, row->key);
    if (((row->flags & ROW_SHOWN) && (!a || !b)) || same_value(a, b))
        return;
    if (row->flags & ROW_HIDDEN) {
        difference_add(all, row->name, "it is not the same");
        return;
    }
    AUTO_FREE char *before = shown(a);
    AUTO_FREE char *after = shown(b);
    difference_add(all, row->name, "%s became %s", before, after);
}

/* Names the keys that differ between two objects. */
static void compare_keys(const char *name, const json_t *was, const json_t *now,
                         struct vec *all)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)was, key, value)
    {
        if (!same_value(value, json_object_get(now, key)))
            difference_add(all, name, "key '%s'", key);
    }
    json_object_foreach((json_t *)now, key, value)
    {
        if (!json_object_get(was, key) && !is_empty(value))
            difference_add(all, name, "key '%s'", key);
    }
}

/* Links carry the address that was asked. */
static void compare_flavor(const json_t *was, const json_t *now, struct vec *all)
{
    AUTO_JSON json_t *a = json_copy(jget(was, "flavor"));
    AUTO_JSON json_t *b = json_copy(jget(now, "flavor"));
    json_object_del(a, "links");
    json_object_del(b, "links");
    compare_keys("flavor", a, b, all);
}

static bool has_string(const json_t *array, const char *s)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (text_eq(json_string_value(item), s))
            return true;
    }
    return false;
}

static void compare_tags(const json_t *was, const json_t *now, struct vec *all)
{
    AUTO_JSON json_t *a = mark_tags_without(was);
    AUTO_JSON json_t *b = mark_tags_without(now);
    size_t i;
    json_t *tag;
    json_array_foreach(a, i, tag)
    {
        if (!has_string(b, json_string_value(tag)))
            difference_add(all, "tags", "'%s' is missing", json_string_value(tag));
    }
    json_array_foreach(b, i, tag)
    {
        if (!has_string(a, json_string_value(tag)))
            difference_add(all, "tags", "'%s' is new", json_string_value(tag));
    }
}

/* An empty value is a value here: a key that is there is not a key that is missing. */
static void compare_metadata(const json_t *was, const json_t *now, struct vec *all)
{
    AUTO_JSON json_t *a = mark_metadata_without(was);
    AUTO_JSON json_t *b = mark_metadata_without(now);
    const char *key;
    json_t *value;
    json_object_foreach(a, key, value)
    {
        if (!json_equal(value, json_object_get(b, key)))
            difference_add(all, "metadata", "key '%s'", key);
    }
    json_object_foreach(b, key, value)
    {
        if (!json_object_get(a, key))
            difference_add(all, "metadata", "key '%s'", key);
    }
}

void server_differences(const json_t *was, const json_t *now, enum difference_when when,
                        struct vec *all)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].when & when)
            compare_row(&rows[i], was, now, all);
    }
    compare_flavor(was, now, all);
    compare_metadata(was, now, all);
    if (jget(was, "tags") && jget(now, "tags"))
        compare_tags(was, now, all);
    const char *image = jstr(jget(was, "image"), "id", NULL);
    if (when == WHEN_SAME_SERVER && !text_eq(image, jstr(jget(now, "image"), "id", NULL)))
        difference_add(all, "image", "the server was rebuilt");
}

char *set_text_of(const json_t *array)
{
    struct strv items = {0};
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item) strv_take(
        &items, json_dumps(item, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS));
    strv_sort(&items);
    char *text = strv_join(&items, "\n");
    strv_clear(&items);
    return text;
}

/* Members of a port that are lists without an order. */
static bool same_port_value(const json_t *a, const json_t *b)
{
    if (!json_is_array(a) || !json_is_array(b))
        return same_value(a, b);
    AUTO_FREE char *one = set_text_of(a);
    AUTO_FREE char *other = set_text_of(b);
    return text_eq(one, other);
}

static const char *const port_keys[] = {
    "network_id",
    "mac_address",
    "fixed_ips",
    "security_groups",
    "allowed_address_pairs",
    "extra_dhcp_opts",
    "qos_policy_id",
    "port_security_enabled",
    "binding:vnic_type",
    "admin_state_up",
    "dns_name",
    "dns_domain",
    "name",
    "description",
    "tags",
};

static const json_t *port_of(const json_t *ports, const char *id)
{
    size_t i;
    json_t *port;
    json_array_foreach(ports, i, port)
    {
        if (text_eq(jstr(port, "id", NULL), id))
            return port;
    }
    return NULL;
}

void port_attribute_differences(const json_t *was, const json_t *now, struct vec *all)
{
    const char *id = jstr(now, "id", "");
    for (size_t i = 0; i < sizeof(port_keys) / sizeof(*port_keys); i++) {
        if (!same_port_value(json_object_get(was, port_keys[i]),
                             json_object_get(now, port_keys[i])))
            difference_add(all, "ports", "%s of port %s", port_keys[i], id);
    }
    /* Its sub-ports come and go with their own states: only whether there is a trunk. */
    if (is_empty(json_object_get(was, "trunk_details")) !=
        is_empty(json_object_get(now, "trunk_details")))
        difference_add(all, "ports", "trunk of port %s", id);
}

static void compare_port(const json_t *was, const json_t *now, struct vec *all)
{
    port_attribute_differences(was, now, all);
    if (!text_eq(jstr(was, "device_id", ""), jstr(now, "device_id", "")))
        difference_add(all, "ports", "device_id of port %s", jstr(was, "id", ""));
}

void port_differences(const json_t *was, const json_t *now, struct vec *all)
{
    size_t i;
    json_t *port;
    json_array_foreach(was, i, port)
    {
        const json_t *same = port_of(now, jstr(port, "id", ""));
        if (same)
            compare_port(port, same, all);
    }
    member_differences(was, now, "id", "ports", all);
}

static bool has_member(const json_t *array, const char *key, const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (text_eq(jstr(item, key, NULL), value))
            return true;
    }
    return false;
}

void member_differences(const json_t *was, const json_t *now, const char *key,
                        const char *name, struct vec *all)
{
    size_t i;
    json_t *item;
    json_array_foreach(was, i, item)
    {
        if (!has_member(now, key, jstr(item, key, "")))
            difference_add(all, name, "%s is gone", jstr(item, key, ""));
    }
    json_array_foreach(now, i, item)
    {
        if (!has_member(was, key, jstr(item, key, "")))
            difference_add(all, name, "%s is new", jstr(item, key, ""));
    }
}
