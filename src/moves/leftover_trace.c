/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the moves whose marks things bear: by tag, metadata, lock reason, and name. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/leftover.h"
#include "moves/marks.h"
#include "moves/steps.h"

#define UUID_CHARS 36

/* "<prefix><uuid><rest>": copies the id and lends the rest; NULL: nothing of the kind. */
static const char *id_behind(const char *s, const char *prefix, char id[UUID_CHARS + 1])
{
    if (!s || !text_starts(s, prefix) || strlen(s) < strlen(prefix) + UUID_CHARS)
        return NULL;
    s += strlen(prefix);
    memcpy(id, s, UUID_CHARS);
    id[UUID_CHARS] = '\0';
    return text_is_uuid(id) ? s + UUID_CHARS : NULL;
}

static void add(json_t *traces, const char *id, const char *what, json_t *doc)
{
    json_t *trace = json_object_get(traces, id), *list;
    size_t n;
    if (!trace) {
        trace = json_object();
        json_object_set_new(traces, id, trace);
    }
    list = json_object_get(trace, what);
    if (!list) {
        list = json_array();
        json_object_set_new(trace, what, list);
    }
    /* A server with both tag and metadata is one. */
    n = json_array_size(list);
    if (n == 0 || json_array_get(list, n - 1) != doc)
        json_array_append(list, doc);
}

static void add_role(json_t *traces, const char *id, const char *role, json_t *server)
{
    if (text_eq(role, ":source"))
        add(traces, id, "claimed", server);
    else if (text_eq(role, ":target"))
        add(traces, id, "targets", server);
}

static void trace_server(json_t *traces, json_t *server)
{
    char id[UUID_CHARS + 1];
    size_t i;
    json_t *tag;
    const char *rest;
    json_array_foreach(json_object_get(server, "tags"), i, tag)
    {
        rest = id_behind(json_string_value(tag), "rezone:", id);
        if (rest)
            add_role(traces, id, rest, server);
    }
    rest = id_behind(jstr(jget(server, "metadata"), MARK_PROPERTY, NULL), "", id);
    if (rest)
        add_role(traces, id, rest, server);
    rest = id_behind(server_lock_reason(server), "rezone:", id);
    if (rest && server_is_locked(server) && (*rest == '\0' || *rest == ' '))
        add(traces, id, "fenced", server);
}

/* The name and a mark have to agree, and it must say of which server it is: properties
 * are inherited by a user's own images of the target. */
static void trace_image(json_t *traces, json_t *image)
{
    char id[UUID_CHARS + 1];
    bool named = id_behind(jstr(image, "name", NULL), "rezone-", id);
    const char *source = jstr(image, "instance_uuid", NULL);
    if (named && source && mark_image_is_ours(image, id, source))
        add(traces, id, "images", image);
    else if (named && mark_upload_is_ours(image, id))
        add(traces, id, "uploads", image);
}

/* "rezone:<move id>:<n>", and of a volume that copies were made from "...:clone" */
static void trace_named(json_t *traces, const char *what, json_t *doc)
{
    char id[UUID_CHARS + 1];
    const char *rest = id_behind(jstr(doc, "name", NULL), "rezone:", id);
    size_t digits = rest && *rest == ':' ? strspn(rest + 1, "0123456789") : 0;
    if (digits > 0 && (rest[1 + digits] == '\0' || text_eq(rest + 1 + digits, ":clone")))
        add(traces, id, what, doc);
}

json_t *traces_of(const struct inventory *inv)
{
    json_t *traces = json_object(), *doc;
    size_t i;
    json_array_foreach(inv->servers, i, doc) trace_server(traces, doc);
    json_array_foreach(inv->images, i, doc) trace_image(traces, doc);
    json_array_foreach(inv->ports, i, doc) trace_named(traces, "ports", doc);
    json_array_foreach(inv->volumes, i, doc) trace_named(traces, "volumes", doc);
    return traces;
}

static void add_id(struct strv *ids, const char *id)
{
    if (id && *id && !strv_has(ids, id))
        strv_add(ids, id);
}

static void add_ids(struct strv *ids, const json_t *trace, const char *what,
                    const char *key)
{
    size_t i;
    json_t *doc;
    json_array_foreach(json_object_get(trace, what), i, doc)
        add_id(ids, jstr(doc, key, NULL));
}

void leftover_ids(const json_t *trace, const struct known_move *known,
                  struct inventory_ids *ret)
{
    size_t i;
    json_t *volume;
    add_ids(&ret->servers, trace, "claimed", "id");
    add_ids(&ret->servers, trace, "fenced", "id");
    add_ids(&ret->servers, trace, "targets", "id");
    add_ids(&ret->servers, trace, "images", "instance_uuid");
    add_id(&ret->servers, known->source_id);
    add_id(&ret->servers, known->target_id);
    add_ids(&ret->images, trace, "images", "id");
    add_ids(&ret->images, trace, "uploads", "id");
    add_ids(&ret->ports, trace, "ports", "id");
    add_ids(&ret->volumes, trace, "volumes", "id");
    json_array_foreach(json_object_get(trace, "volumes"), i, volume)
        add_id(&ret->volumes, jstr(jget(volume, "metadata"), MARK_ORIGIN, NULL));
}
