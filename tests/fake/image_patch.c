/* SPDX-License-Identifier: Apache-2.0 */
/* Glance: PATCH by JSON pointers, and tags. */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "pytext.h"

static bool is_one_of(const char *const *list, const char *key)
{
    for (; *list; list++) {
        if (strcmp(*list, key) == 0)
            return true;
    }
    return false;
}

static bool key_may_change(const char *key, struct reply *rp)
{
    static const char *const fixed[] = {
        "created_at",   "updated_at",   "status",        "checksum", "size",
        "virtual_size", "direct_url",   "self",          "file",     "schema",
        "id",           "os_hash_algo", "os_hash_value", NULL};
    static const char *const reserved[] = {"location", "deleted", "deleted_at", NULL};
    if (is_one_of(fixed, key)) {
        glance_error(rp, 403, "Attribute '%s' is read-only.", key);
        return false;
    }
    if (is_one_of(reserved, key) || text_starts(key, "os_glance")) {
        glance_error(rp, 403, "Attribute '%s' is reserved.", key);
        return false;
    }
    return true;
}

static bool value_may_be(const char *key, const json_t *value, struct reply *rp)
{
    bool ok;
    if (strcmp(key, "tags") == 0)
        ok = json_is_array(value);
    else if (strcmp(key, "protected") == 0 || strcmp(key, "os_hidden") == 0)
        ok = json_is_boolean(value);
    else if (strcmp(key, "min_disk") == 0 || strcmp(key, "min_ram") == 0)
        ok = json_is_integer(value);
    else
        ok = json_is_string(value) || (image_is_base_key(key) && json_is_null(value));
    if (!ok) {
        char *shown = py_repr(value);
        glance_error(
            rp, 400,
            "Provided object does not match schema 'image': %s is not of type "
            "'string'  Failed validating 'type' in schema['additionalProperties']:  "
            "   {'type': 'string'}  On instance['%s']:     %s",
            shown, key, shown);
        free(shown);
    }
    return ok;
}

static char *decode_pointer(const char *path)
{
    char *out = xstrdup(path + 1), *to = out;
    for (const char *p = path + 1; *p; p++) {
        if (p[0] == '~' && (p[1] == '0' || p[1] == '1'))
            *to++ = *++p == '1' ? '/' : '~';
        else
            *to++ = *p;
    }
    *to = '\0';
    return out;
}

static const char conflict[] =
    "There was a conflict when trying to complete your request.";

static bool apply(json_t *doc, const char *op, const char *key, json_t *value,
                  struct reply *rp)
{
    bool there = json_object_get(doc, key) != NULL;
    if (!key_may_change(key, rp))
        return false;
    if (strcmp(op, "remove") == 0) {
        if (image_is_base_key(key))
            glance_detail(rp, 403, "Access was denied to this resource.",
                          "Property %s may not be removed.", key);
        else if (!there)
            glance_detail(rp, 409, conflict, "Property %s does not exist.", key);
        else
            return json_object_del(doc, key) == 0;
        return false;
    }
    if (!value) {
        glance_error(rp, 400, "Operation \"%s\" requires a member named \"value\".", op);
        return false;
    }
    if (!value_may_be(key, value, rp))
        return false;
    if (strcmp(op, "replace") == 0 && !there) {
        glance_detail(rp, 409, conflict, "Property %s does not exist.", key);
        return false;
    }
    json_object_set_new(doc, key, json_deep_copy(value));
    return true;
}

static bool change_fits(const json_t *change, struct reply *rp)
{
    const char *op = str_of(change, "op"), *path = str_of(change, "path");
    static const char *const ops[] = {"add", "replace", "remove", NULL};
    if (!op || !is_one_of(ops, op)) {
        glance_error(
            rp, 400,
            "Invalid operation: `%s`. It must be one of the following: add, remove, "
            "replace.",
            op ? op : "");
        return false;
    }
    if (!path || path[0] != '/') {
        glance_error(rp, 400, "Pointer `%s` does not start with \"/\".",
                     path ? path : "");
        return false;
    }
    if (strchr(path + 1, '/')) {
        glance_error(rp, 400, "Invalid JSON pointer for this resource: '%s'",
                     path ? path : "");
        return false;
    }
    return true;
}

static bool content_type_fits(const struct request *rq, struct reply *rp)
{
    const char *type = request_header(rq, "Content-Type");
    if (type && text_starts(type, "application/openstack-images-v2.1-json-patch"))
        return true;
    glance_error(rp, 415, "The request media type %s is not supported by this server.",
                 type ? type : "None");
    reply_header(rp, "Accept-Patch",
                 "application/openstack-images-v2.1-json-patch, "
                 "application/openstack-images-v2.0-json-patch");
    return false;
}

static size_t extra_properties(const json_t *doc)
{
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value) n +=
        key[0] != '_' && !image_is_base_key(key);
    return n;
}

static bool may_write(const struct request *rq, const struct image *im, struct reply *rp)
{
    if (rq->who.admin || text_eq(str_of(im->doc, "owner"), rq->who.project->id))
        return true;
    glance_error(rp, 403, "You are not authorized to complete modify_image action.");
    return false;
}

static void patch_image(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    size_t i;
    json_t *change;
    if (!im || !content_type_fits(rq, rp) || !may_write(rq, im, rp))
        return;
    if (!json_is_array(rq->json)) {
        glance_error(rp, 400, "Request body must be a JSON array of operation objects.");
        return;
    }
    /* All or nothing: the changes go into a copy first. */
    json_t *doc = json_deep_copy(im->doc);
    json_array_foreach(rq->json, i, change)
    {
        if (!change_fits(change, rp)) {
            json_decref(doc);
            return;
        }
        char *key = decode_pointer(str_of(change, "path"));
        bool ok =
            apply(doc, str_of(change, "op"), key, json_object_get(change, "value"), rp);
        free(key);
        if (!ok) {
            json_decref(doc);
            return;
        }
    }
    if (extra_properties(doc) > 128) {
        glance_error(rp, 413,
                     "The limit has been exceeded on the number of allowed image "
                     "properties. Attempted: %zu, Maximum: 128",
                     extra_properties(doc));
        json_decref(doc);
        return;
    }
    bool changed = !json_equal(doc, im->doc);
    json_decref(im->doc);
    im->doc = doc;
    image_touch(cl, im);
    if (changed)
        effect(cl, rq, "image_patch", image_mark(im), im->id);
    reply_json(rp, 200, image_view(im));
}

static void put_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    if (!im || !may_write(rq, im, rp))
        return;
    if (!has_text(json_object_get(im->doc, "tags"), rq->part[3])) {
        json_array_append_new(json_object_get(im->doc, "tags"), json_string(rq->part[3]));
        effect(cl, rq, "image_tag_add", image_mark(im), im->id);
    }
    reply_json(rp, 204, NULL);
}

static void delete_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    if (!im || !may_write(rq, im, rp))
        return;
    if (!drop_text(json_object_get(im->doc, "tags"), rq->part[3])) {
        glance_error(rp, 404, "The resource could not be found.");
        return;
    }
    effect(cl, rq, "image_tag_remove", image_mark(im), im->id);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"PATCH", "images/*", patch_image, 0, 0},
    {"PUT", "images/*/tags/*", put_tag, 0, 0},
    {"DELETE", "images/*/tags/*", delete_tag, 0, 0},
};
const struct route_set image_patch_routes = {routes, sizeof(routes) / sizeof(*routes)};
