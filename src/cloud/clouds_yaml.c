/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text to a tree of JSON objects, arrays and strings, within hard bounds. */
#include "cloud/clouds_yaml.h"

#include <limits.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"

enum { NODES_MAX = 100000, DEPTH_MAX = 32 };

struct tree {
    yaml_parser_t parser;
    json_t
        *anchors; /* name to finished node: an alias within its own anchor is unknown */
    size_t nodes;
    struct err *err;
};

static bool value(struct tree *t, const yaml_event_t *event, int depth, json_t **ret);

static bool refuse(struct tree *t, const yaml_mark_t *at, const char *what)
{
    AUTO_FREE char *printable = text_printable(what, 200);
    return err_set(t->err, ERR_CONFIG, "line %zu: %s", at->line + 1, printable);
}

static bool next(struct tree *t, yaml_event_t *event)
{
    if (yaml_parser_parse(&t->parser, event))
        return true;
    const char *problem = t->parser.problem;
    return refuse(t, &t->parser.problem_mark, problem ? problem : "not readable as YAML");
}

static bool count(struct tree *t, const yaml_mark_t *at, int depth)
{
    if (depth > DEPTH_MAX)
        return refuse(t, at, "nested too deeply");
    if (++t->nodes > NODES_MAX)
        return refuse(t, at, "too many values");
    return true;
}

/* A copy of its own for every alias: merging one place never changes another, and the sum
 * of all copies is bounded (an alias of aliases of aliases grows without bound). */
static json_t *copy(struct tree *t, const yaml_mark_t *at, json_t *node, int depth)
{
    if (!count(t, at, depth))
        return NULL;
    if (json_is_object(node)) {
        const char *key;
        json_t *member, *ret = json_object();
        json_object_foreach(node, key, member)
        {
            json_t *one = copy(t, at, member, depth + 1);
            if (!one || json_object_set_new(ret, key, one) < 0) {
                json_decref(ret);
                return NULL;
            }
        }
        return ret;
    }
    if (!json_is_array(node))
        return json_copy(node);
    json_t *ret = json_array();
    for (size_t i = 0; i < json_array_size(node); i++) {
        json_t *one = copy(t, at, json_array_get(node, i), depth + 1);
        if (!one || json_array_append_new(ret, one) < 0) {
            json_decref(ret);
            return NULL;
        }
    }
    return ret;
}

static bool alias(struct tree *t, const yaml_event_t *event, int depth, json_t **ret)
{
    const char *name = (const char *)event->data.alias.anchor;
    json_t *node = json_object_get(t->anchors, name);
    if (!node)
        return refuse(t, &event->start_mark, "an alias without its anchor");
    *ret = copy(t, &event->start_mark, node, depth);
    return *ret != NULL;
}

static bool is_null(const char *s, size_t n, yaml_scalar_style_t style)
{
    if (style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    return n == 0 || text_eq(s, "~") || text_eq(s, "null") || text_eq(s, "Null") ||
           text_eq(s, "NULL");
}

static bool scalar(struct tree *t, const yaml_event_t *event, json_t **ret)
{
    const char *s = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;
    if (memchr(s, '\0', n))
        return refuse(t, &event->start_mark, "a NUL within a value");
    *ret = is_null(s, n, event->data.scalar.style) ? json_null() : json_stringn(s, n);
    return *ret ? true : refuse(t, &event->start_mark, "a value that is not UTF-8");
}

static bool sequence(struct tree *t, int depth, json_t **ret)
{
    AUTO_JSON json_t *list = json_array();
    for (;;) {
        yaml_event_t event;
        if (!next(t, &event))
            return false;
        json_t *one = NULL;
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        bool good = end || value(t, &event, depth + 1, &one);
        yaml_event_delete(&event);
        if (!good)
            return false;
        if (end)
            break;
        json_array_append_new(list, one);
    }
    *ret = json_incref(list);
    return true;
}

/* `<<: *base` or `<<: [*one, *two]`: members that are there already win. */
static void merge(json_t *map, json_t *from)
{
    if (json_is_object(from))
        json_object_update_missing(map, from);
    for (size_t i = 0; i < json_array_size(from); i++) {
        json_t *one = json_array_get(from, i);
        if (json_is_object(one))
            json_object_update_missing(map, one);
    }
}

static bool member(struct tree *t, const yaml_event_t *key, int depth, json_t *map,
                   json_t *merges)
{
    if (key->type != YAML_SCALAR_EVENT)
        return refuse(t, &key->start_mark, "a key that is no plain word");
    const char *name = (const char *)key->data.scalar.value;
    AUTO_JSON json_t *checked = json_stringn(name, key->data.scalar.length);
    if (!checked || memchr(name, '\0', key->data.scalar.length))
        return refuse(t, &key->start_mark, "a key that is no text");
    yaml_event_t event;
    json_t *one = NULL;
    if (!next(t, &event))
        return false;
    bool good = value(t, &event, depth + 1, &one);
    yaml_event_delete(&event);
    if (!good)
        return false;
    bool merging =
        text_eq(name, "<<") && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (merging)
        json_array_append_new(merges, one);
    else
        json_object_set_new(map, name, one);
    return true;
}

static bool mapping(struct tree *t, int depth, json_t **ret)
{
    AUTO_JSON json_t *map = json_object();
    AUTO_JSON json_t *merges = json_array();
    for (;;) {
        yaml_event_t event;
        if (!next(t, &event))
            return false;
        bool end = event.type == YAML_MAPPING_END_EVENT;
        bool good = end || member(t, &event, depth, map, merges);
        yaml_event_delete(&event);
        if (!good)
            return false;
        if (end)
            break;
    }
    for (size_t i = 0; i < json_array_size(merges); i++)
        merge(map, json_array_get(merges, i));
    *ret = json_incref(map);
    return true;
}

static const char *anchor_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (const char *)event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return (const char *)event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return (const char *)event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

static bool value(struct tree *t, const yaml_event_t *event, int depth, json_t **ret)
{
    if (event->type == YAML_ALIAS_EVENT)
        return alias(t, event, depth, ret);
    if (!count(t, &event->start_mark, depth))
        return false;
    bool good;
    if (event->type == YAML_SCALAR_EVENT)
        good = scalar(t, event, ret);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        good = sequence(t, depth, ret);
    else if (event->type == YAML_MAPPING_START_EVENT)
        good = mapping(t, depth, ret);
    else
        return refuse(t, &event->start_mark, "a value is missing");
    const char *anchor = anchor_of(event);
    if (good && anchor)
        json_object_set(t->anchors, anchor, *ret);
    return good;
}

/* One document; an empty file is an empty mapping. */
static bool document(struct tree *t, json_t **ret)
{
    bool done = false;
    AUTO_JSON json_t *root = NULL;
    while (!done) {
        yaml_event_t event;
        if (!next(t, &event))
            return false;
        bool good = true;
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (root)
                good = refuse(t, &event.start_mark, "a second document");
            break;
        case YAML_STREAM_END_EVENT:
            done = true;
            break;
        default:
            good = value(t, &event, 1, &root);
        }
        yaml_event_delete(&event);
        if (!good)
            return false;
    }
    *ret = root ? json_incref(root) : json_object();
    return true;
}

bool clouds_yaml_parse(const char *text, size_t len, json_t **ret, struct err *err)
{
    struct err own = {0};
    struct tree t = {.err = err ? err : &own};
    if (!yaml_parser_initialize(&t.parser))
        return err_set(err, ERR_INTERNAL, "libyaml cannot be started");
    yaml_parser_set_input_string(&t.parser, (const unsigned char *)text, len);
    t.anchors = json_object();
    bool good = document(&t, ret);
    json_decref(t.anchors);
    yaml_parser_delete(&t.parser);
    return good;
}
