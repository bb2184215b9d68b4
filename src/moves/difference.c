/* SPDX-License-Identifier: Apache-2.0 */
/* Two looks at a server, compared attribute by attribute. */
#include "moves/difference.h"

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

static bool same_value(const json_t *a, const json_t *b)
{
    return (value_is_empty(a) && value_is_empty(b)) || json_equal(a, b);
}

static enum compared_how how_of(bool same)
{
    return same ? COMPARED_EQUAL : COMPARED_DIFFERS;
}

/* One member of both: the row has the values, unless they are nobody's business. */
static void compare_value(const char *name, const json_t *a, const json_t *b, bool same,
                          bool hidden, struct vec *all)
{
    AUTO_FREE char *source = hidden ? value_hidden(a) : value_text(a);
    AUTO_FREE char *target = hidden ? value_hidden(b) : value_text(b);
    AUTO_FREE char *was = source ? xasprintf("'%.60s'", source) : xstrdup("none");
    AUTO_FREE char *is = target ? xasprintf("'%.60s'", target) : xstrdup("none");
    if (hidden)
        compared_add(all, name, source, target, how_of(same), "it is not the same");
    else
        compared_add(all, name, source, target, how_of(same), "%s became %s", was, is);
}

static void compare_row(const struct row *row, const json_t *was, const json_t *now,
                        struct vec *all)
{
    const json_t *a = json_object_get(was, row->key), *b = json_object_get(now, row->key);
    if ((row->flags & ROW_SHOWN) && (!a || !b))
        return;
    compare_value(row->name, a, b, same_value(a, b), row->flags & ROW_HIDDEN, all);
}

/* A row for each key of the two objects. */
static void compare_keys(const char *name, const json_t *was, const json_t *now,
                         struct vec *all)
{
    AUTO_JSON json_t *keys = json_object();
    const char *key;
    json_t *value;
    json_object_update(keys, (json_t *)was);
    json_object_update(keys, (json_t *)now);
    json_object_foreach(keys, key, value)
    {
        const json_t *a = json_object_get(was, key), *b = json_object_get(now, key);
        AUTO_FREE char *row = xasprintf("%s.%s", name, key);
        AUTO_FREE char *source = value_text(a);
        AUTO_FREE char *target = value_text(b);
        compared_add(all, row, source, target, how_of(same_value(a, b)), "key '%s'", key);
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

static void missing_in(const json_t *a, const json_t *b, const char *word,
                       struct strv *ret)
{
    size_t i;
    json_t *tag;
    json_array_foreach(a, i, tag)
    {
        const char *s = json_string_value(tag);
        if (!has_string(b, s))
            strv_take(ret, xasprintf("'%s' is %s", s ? s : "?", word));
    }
}

static void compare_tags(const json_t *was, const json_t *now, struct vec *all)
{
    AUTO_JSON json_t *a = mark_tags_without(was);
    AUTO_JSON json_t *b = mark_tags_without(now);
    struct strv differ = {0};
    missing_in(a, b, "missing", &differ);
    missing_in(b, a, "new", &differ);
    AUTO_FREE char *source = value_text(a);
    AUTO_FREE char *target = value_text(b);
    AUTO_FREE char *text = strv_join(&differ, ", ");
    compared_add(all, "tags", source, target, how_of(differ.len == 0), "%s", text);
    strv_clear(&differ);
}

/* The keys, each with a word where the other object's value is not this one. Gives, NULL
 * when there are none. */
static char *keys_text(const json_t *object, const json_t *other, const char *word)
{
    struct strv keys = {0};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        const json_t *theirs = json_object_get(other, key);
        bool differs = word && theirs && !json_equal(value, theirs);
        strv_take(&keys, xasprintf("%s%s", key, differs ? word : ""));
    }
    strv_sort(&keys);
    char *text = keys.len > 0 ? strv_join(&keys, ", ") : NULL;
    strv_clear(&keys);
    return text;
}

/* Keys only: values may be secrets. An empty value is a value here: a key that is there
 * is not a key that is missing. */
static void compare_metadata(const json_t *was, const json_t *now, struct vec *all)
{
    AUTO_JSON json_t *a = mark_metadata_without(was);
    AUTO_JSON json_t *b = mark_metadata_without(now);
    struct strv differ = {0};
    const char *key;
    json_t *value;
    json_object_foreach(a, key, value)
    {
        if (!json_equal(value, json_object_get(b, key)))
            strv_take(&differ, xasprintf("key '%s'", key));
    }
    json_object_foreach(b, key, value)
    {
        if (!json_object_get(a, key))
            strv_take(&differ, xasprintf("key '%s'", key));
    }
    AUTO_FREE char *source = keys_text(a, b, NULL);
    AUTO_FREE char *target = keys_text(b, a, " (another value)");
    AUTO_FREE char *text = strv_join(&differ, ", ");
    compared_add(all, "metadata", source, target, how_of(differ.len == 0), "%s", text);
    strv_clear(&differ);
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
    const char *other = jstr(jget(now, "image"), "id", NULL);
    if (when == WHEN_SAME_SERVER)
        compared_add(all, "image", image, other, how_of(text_eq(image, other)),
                     "the server was rebuilt");
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

/* A cosmetic row gives names and tags back: what it could not do is told under its name.
 * The name in DNS follows the host name, and is announced with it. */
static const char *name_of(const char *port_key)
{
    if (text_eq(port_key, "dns_name"))
        return "port-dns";
    bool cosmetic = text_eq(port_key, "name") || text_eq(port_key, "tags");
    return cosmetic ? "port-names" : "ports";
}

void port_attribute_differences(const json_t *was, const json_t *now, size_t number,
                                struct vec *all)
{
    const char *id = jstr(now, "id", "");
    for (size_t i = 0; i < sizeof(port_keys) / sizeof(*port_keys); i++) {
        const char *key = port_keys[i];
        const json_t *a = json_object_get(was, key), *b = json_object_get(now, key);
        AUTO_FREE char *name = xasprintf("%s.%zu.%s", name_of(key), number, key);
        AUTO_FREE char *source = value_text(a);
        AUTO_FREE char *target = value_text(b);
        compared_add(all, name, source, target, how_of(same_port_value(a, b)),
                     "%s of port %s", key, id);
    }
    /* Its sub-ports come and go with their own states: only whether there is a trunk. */
    bool had = !value_is_empty(json_object_get(was, "trunk_details"));
    bool has = !value_is_empty(json_object_get(now, "trunk_details"));
    AUTO_FREE char *name = xasprintf("ports.%zu.trunk", number);
    compared_add(all, name, had ? "yes" : NULL, has ? "yes" : NULL, how_of(had == has),
                 "trunk of port %s", id);
}

static void compare_port(const json_t *was, const json_t *now, size_t number,
                         struct vec *all)
{
    const char *a = jstr(was, "device_id", ""), *b = jstr(now, "device_id", "");
    port_attribute_differences(was, now, number, all);
    compared_add(all, "ports", a, b, how_of(text_eq(a, b)), "device_id of port %s",
                 jstr(was, "id", ""));
}

void port_differences(const json_t *was, const json_t *now, struct vec *all)
{
    size_t i;
    json_t *port;
    json_array_foreach(was, i, port)
    {
        const json_t *same = port_of(now, jstr(port, "id", ""));
        if (same)
            compare_port(port, same, i + 1, all);
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
