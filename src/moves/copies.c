/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of volumes: the book of which volume has which, and documents. */
#include "moves/copies.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/image_props.h"
#include "moves/steps.h"
#include "moves/volumes.h"

bool copies_all_volumes(const struct move *m)
{
    return text_eq(option_of(m, "volumes"), "copy");
}

bool copies_volume(struct move *m, size_t n)
{
    return n < volume_count(m) && (copies_all_volumes(m) || n == volume_root(m));
}

bool copies_volumes(struct move *m)
{
    return copies_all_volumes(m) || is_volume_booted(m);
}

/* ---- zones ---- */

static const char *own_zone(struct move *m, size_t n)
{
    return jstr(volume_captured(m, n), "availability_zone", "");
}

const char *copy_zone(struct move *m, size_t n)
{
    const char *zone = move_fact(m, FACT_COPY_ZONE);

    return zone && volume_captured(m, n) ? zone : own_zone(m, n);
}

bool copy_changes_zone(struct move *m, size_t n)
{
    return !text_eq(copy_zone(m, n), own_zone(m, n));
}

/* ---- the book: a JSON array of {part: id} ---- */

static const char *const parts[] = {
    [COPY_CLONE] = "clone", [COPY_UPLOAD] = "upload", [COPY_MADE] = "made"};

static json_t *book_of(const struct move *m)
{
    const char *text = move_fact(m, FACT_COPIES);
    json_t *book = text ? json_loads(text, 0, NULL) : NULL;

    return book ? book : json_array();
}

char *copy_id(const struct move *m, size_t n, enum copy_part part)
{
    AUTO_JSON json_t *book = book_of(m);

    return xstrdup(jstr(json_array_get(book, n), parts[part], NULL));
}

void copy_set_id(struct move *m, size_t n, enum copy_part part, const char *id)
{
    AUTO_JSON json_t *book = book_of(m);
    AUTO_FREE char *text = NULL;

    while (json_array_size(book) <= n)
        json_array_append_new(book, json_object());
    if (id)
        json_object_set_new(json_array_get(book, n), parts[part], json_string(id));
    else
        json_object_del(json_array_get(book, n), parts[part]);
    text = json_dumps(book, JSON_COMPACT);
    move_set_fact(m, FACT_COPIES, text);
}

bool copy_is_known(const struct move *m, const char *volume_id)
{
    AUTO_JSON json_t *book = book_of(m);
    size_t i;
    json_t *one;

    json_array_foreach(book, i, one)
    {
        if (text_eq(jstr(one, parts[COPY_MADE], NULL), volume_id))
            return true;
    }
    return false;
}

void copy_mark(const struct move *m, size_t n, enum copy_part part, char out[MARK_SIZE])
{
    if (part == COPY_CLONE)
        mark_clone_name(move_id(m), n, out);
    else if (part == COPY_UPLOAD)
        mark_upload_name(move_id(m), n, out);
    else
        mark_volume_name(move_id(m), n, out);
}

void copy_uploads_key(struct move *m, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "%s %zu", move_id(m), volume_count(m));
}

/* ---- documents ---- */

/* The user's own: Cinder may show two flags of its own among them (api_utils.py,
 * _visible_admin_metadata_keys), which would stay for ever as a user's. */
static json_t *metadata_of(const json_t *captured)
{
    const json_t *metadata = jget(captured, "metadata");
    json_t *own = json_is_object(metadata) ? json_deep_copy(metadata) : json_object();

    json_object_del(own, "attached_mode");
    json_object_del(own, "readonly");
    return own;
}

/* All that both ways of making one have: marked by its name and its metadata, so that a
 * volume is ours only if both agree. */
static json_t *marked_body(struct move *m, size_t n, enum copy_part part)
{
    const json_t *captured = volume_captured(m, n);
    json_t *body = json_object(), *metadata = metadata_of(captured);
    const char *type = jstr(captured, "volume_type", "");
    char name[MARK_SIZE];

    copy_mark(m, n, part, name);
    json_object_set_new(body, "name", jtext(name));
    json_object_set_new(body, "size", json_integer(jint(captured, "size", 0)));
    if (*jstr(captured, "description", ""))
        json_object_set_new(body, "description",
                            jtext(jstr(captured, "description", "")));
    if (*type)
        json_object_set_new(body, "volume_type", jtext(type));
    json_object_set_new(metadata, MARK_PROPERTY, jtext(move_id(m)));
    json_object_set_new(metadata, MARK_ORIGIN, jtext(volume_id_at(m, n)));
    json_object_set_new(body, "metadata", metadata);
    return body;
}

/* Without a zone Cinder puts a clone where its origin is; naming that could be refused
 * where a type is bound to zones. */
json_t *copy_by_cloning(struct move *m, size_t n)
{
    json_t *body = marked_body(m, n, copy_changes_zone(m, n) ? COPY_CLONE : COPY_MADE);

    json_object_set_new(body, "source_volid", jtext(volume_id_at(m, n)));
    return jpair("volume", body);
}

json_t *copy_from_image(struct move *m, size_t n, const char *image_id)
{
    json_t *body = marked_body(m, n, COPY_MADE);

    json_object_set_new(body, "imageRef", jtext(image_id));
    json_object_set_new(body, "availability_zone", jtext(copy_zone(m, n)));
    return jpair("volume", body);
}

json_t *copy_own_name(const json_t *captured)
{
    static const char *const texts[] = {"name", "description"};
    json_t *body = jpair("metadata", metadata_of(captured));

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const char *text = jstr(captured, texts[i], NULL);

        json_object_set_new(body, texts[i], text ? jtext(text) : json_null());
    }
    return jpair("volume", body);
}

const char *copy_lacks(const json_t *captured, const json_t *now)
{
    AUTO_JSON json_t *was = metadata_of(captured), *is = metadata_of(now);

    if (!text_eq(jstr(captured, "name", ""), jstr(now, "name", "")) ||
        !text_eq(jstr(captured, "description", ""), jstr(now, "description", "")) ||
        !json_equal(was, is))
        return "name";
    return text_eq(jstr(captured, "bootable", ""), jstr(now, "bootable", ""))
               ? NULL
               : "bootable";
}

/* The first property of its image that a copy lacks, or has otherwise: what a server that
 * boots from it is made of. NULL: none. */
static const char *property_lacked(const json_t *was, const json_t *now)
{
    const char *key;
    json_t *value;

    json_object_foreach(jget(was, "volume_image_metadata"), key, value)
    {
        if (image_prop_counts(key) &&
            !json_equal(value, json_object_get(jget(now, "volume_image_metadata"), key)))
            return key;
    }
    return NULL;
}

bool copy_is_whole(struct move *m, size_t n, const json_t *now, struct err *err)
{
    const json_t *was = volume_captured(m, n);
    const char *id = jstr(now, "id", "");

    if (jint(now, "size", 0) != jint(was, "size", 0))
        return err_set(err, ERR_SERVICE,
                       "the copy %s of volume %s has %lld GB instead of %lld", id,
                       volume_id_at(m, n), jint(now, "size", 0), jint(was, "size", 0));
    if (jbool(now, "encrypted", false) != jbool(was, "encrypted", false))
        return err_set(err, ERR_SERVICE, "the copy %s of volume %s is%s encrypted", id,
                       volume_id_at(m, n), jbool(now, "encrypted", false) ? "" : " not");
    if (*jstr(was, "volume_type", "") && /* some releases had volumes of no type */
        !text_eq(jstr(now, "volume_type", ""), jstr(was, "volume_type", "")))
        return err_set(err, ERR_SERVICE, "the copy %s of volume %s is of type '%s'", id,
                       volume_id_at(m, n), jstr(now, "volume_type", ""));
    if (!text_eq(jstr(now, "availability_zone", ""), copy_zone(m, n)))
        return err_set(err, ERR_SERVICE,
                       "Cinder put the copy %s of volume %s into zone '%s', not '%s'", id,
                       volume_id_at(m, n), jstr(now, "availability_zone", ""),
                       copy_zone(m, n));
    if (property_lacked(was, now))
        return err_set(err, ERR_SERVICE,
                       "the copy %s of volume %s lacks its property %s, or has another",
                       id, volume_id_at(m, n), property_lacked(was, now));
    return true;
}
