/* SPDX-License-Identifier: Apache-2.0 */
/* How our marks are spelled, and how they are recognised. */
#include "moves/marks.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"

#define NAME_MAX_CHARS 255
#define UUID_CHARS     36

void mark_source_tag(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s:source", move_id);
}

void mark_target_tag(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s:target", move_id);
}

void mark_source_value(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "%s:source", move_id);
}

void mark_target_value(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "%s:target", move_id);
}

void mark_image_name(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone-%s", move_id);
}

void mark_image_tag(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s:image", move_id);
}

void mark_port_name(const char *move_id, size_t nic, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s:%zu", move_id, nic);
}

void mark_volume_name(const char *move_id, size_t n, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s:%zu", move_id, n);
}

void mark_clone_name(const char *move_id, size_t n, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s:%zu:clone", move_id, n);
}

void mark_upload_name(const char *move_id, size_t n, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone-%s-%zu", move_id, n);
}

void mark_lock_reason(const char *move_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s", move_id);
}

void mark_sealed_reason(const char *move_id, const char *target_id, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "rezone:%s moved to %s", move_id, target_id);
}

char *mark_sealed_name(const char *name, const char *move_id)
{
    AUTO_FREE char *end = xasprintf("-moved-%.8s", move_id);
    size_t kept = text_prefix(name, NAME_MAX_CHARS - strlen(end));
    return xasprintf("%.*s%s", (int)kept, name, end);
}

/* Splits "<uuid>:<role>"; lends the role, or NULL when s is nothing of the kind. */
static const char *role_of(const char *s, char id[UUID_CHARS + 1])
{
    if (!s || strlen(s) <= UUID_CHARS || s[UUID_CHARS] != ':')
        return NULL;
    memcpy(id, s, UUID_CHARS);
    id[UUID_CHARS] = '\0';
    return text_is_uuid(id) ? s + UUID_CHARS + 1 : NULL;
}

static const char *role_of_tag(const char *tag, char id[UUID_CHARS + 1])
{
    return tag && text_starts(tag, "rezone:") ? role_of(tag + strlen("rezone:"), id)
                                              : NULL;
}

static bool is_role(const char *role)
{
    return role && (strcmp(role, "source") == 0 || strcmp(role, "target") == 0 ||
                    strcmp(role, "image") == 0);
}

bool mark_is_tag(const char *tag)
{
    char id[UUID_CHARS + 1];
    return is_role(role_of_tag(tag, id));
}

bool mark_is_metadata(const char *key, const char *value)
{
    char id[UUID_CHARS + 1];
    return text_eq(key, MARK_PROPERTY) && is_role(role_of(value, id));
}

static bool array_has(const json_t *array, const char *s)
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

bool mark_server_is_target(const json_t *server, const char *move_id)
{
    char tag[MARK_SIZE], value[MARK_SIZE];
    mark_target_tag(move_id, tag);
    mark_target_value(move_id, value);
    return array_has(json_object_get(server, "tags"), tag) ||
           text_eq(jstr(jget(server, "metadata"), MARK_PROPERTY, NULL), value);
}

bool mark_server_is_source(const json_t *server, const char *move_id)
{
    char tag[MARK_SIZE], value[MARK_SIZE];
    mark_source_tag(move_id, tag);
    mark_source_value(move_id, value);
    return array_has(json_object_get(server, "tags"), tag) ||
           text_eq(jstr(jget(server, "metadata"), MARK_PROPERTY, NULL), value);
}

/* The id of a move that is not ours and gave the server this role. Gives. */
static char *other_of_role(const json_t *server, const char *move_id, const char *wanted)
{
    char id[UUID_CHARS + 1];
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(server, "tags"), i, tag)
    {
        const char *role = role_of_tag(json_string_value(tag), id);
        if (text_eq(role, wanted) && !text_eq(id, move_id))
            return xstrdup(id);
    }
    const char *role = role_of(jstr(jget(server, "metadata"), MARK_PROPERTY, NULL), id);
    return text_eq(role, wanted) && !text_eq(id, move_id) ? xstrdup(id) : NULL;
}

char *mark_other_claim(const json_t *server, const char *move_id)
{
    return other_of_role(server, move_id, "source");
}

char *mark_other_target(const json_t *server, const char *move_id)
{
    return other_of_role(server, move_id, "target");
}

bool mark_image_is_ours(const json_t *image, const char *move_id, const char *source_id)
{
    char name[MARK_SIZE], tag[MARK_SIZE];
    mark_image_name(move_id, name);
    mark_image_tag(move_id, tag);
    bool marked = text_eq(jstr(image, MARK_PROPERTY, NULL), move_id) ||
                  array_has(json_object_get(image, "tags"), tag);
    return marked && text_eq(jstr(image, "name", NULL), name) && source_id &&
           text_eq(jstr(image, "instance_uuid", NULL), source_id);
}

/* "<before><move id><sep><digits>"; lends what is behind it, or NULL. */
static const char *behind_number(const char *name, const char *before,
                                 const char *move_id, char sep)
{
    size_t n;
    if (!name || !text_starts(name, before))
        return NULL;
    name += strlen(before);
    if (!text_starts(name, move_id) || name[strlen(move_id)] != sep)
        return NULL;
    name += strlen(move_id) + 1;
    n = strspn(name, "0123456789");
    return n > 0 ? name + n : NULL;
}

bool mark_volume_is_ours(const json_t *volume, const char *move_id)
{
    const char *rest = behind_number(jstr(volume, "name", NULL), "rezone:", move_id, ':');
    return rest && (*rest == '\0' || strcmp(rest, ":clone") == 0) &&
           text_eq(jstr(jget(volume, "metadata"), MARK_PROPERTY, NULL), move_id);
}

bool mark_upload_is_ours(const json_t *image, const char *move_id)
{
    const char *rest = behind_number(jstr(image, "name", NULL), "rezone-", move_id, '-');
    return rest && *rest == '\0' && !json_object_get(image, "instance_uuid");
}

json_t *mark_tags_without(const json_t *server)
{
    json_t *own = json_array();
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(server, "tags"), i, tag)
    {
        if (!mark_is_tag(json_string_value(tag)))
            json_array_append(own, tag);
    }
    return own;
}

json_t *mark_metadata_without(const json_t *server)
{
    json_t *own = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(server, "metadata"), key, value)
    {
        if (!mark_is_metadata(key, json_string_value(value)))
            json_object_set(own, key, value);
    }
    return own;
}

static enum mark_way way(int compute, int since, const json_t *server)
{
    if (compute < since)
        return MARK_METADATA;
    json_t *own = mark_tags_without(server);
    size_t n = json_array_size(own);
    json_decref(own);
    return n < TAGS_MAX ? MARK_TAG : MARK_METADATA;
}

enum mark_way mark_way_source(int compute, const json_t *server)
{
    return way(compute, 26, server);
}

enum mark_way mark_way_target(int compute, const json_t *server)
{
    return way(compute, 52, server);
}
