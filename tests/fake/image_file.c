/* SPDX-License-Identifier: Apache-2.0 */
/* Glance: image data, members, schemas and what clients ask about stores. */
#include <stdlib.h>
#include <string.h>

#include "image.h"

static void get_file(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    if (!im)
        return;
    if (!im->bytes) {
        reply_json(rp, 204, NULL);
        return;
    }
    reply_json(rp, 200, NULL);
    rp->text = xcalloc(im->size + 1, 1);
    memcpy(rp->text, im->bytes, im->size);
    rp->size = im->size;
    rp->type = "application/octet-stream";
    if (str_of(im->doc, "checksum"))
        reply_header(rp, "Content-MD5", "%s", str_of(im->doc, "checksum"));
}

static void put_file(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    const char *type = request_header(rq, "Content-Type");
    if (!im)
        return;
    if (!text_eq(type, "application/octet-stream")) {
        glance_error(rp, 415, "Unsupported Media Type");
        return;
    }
    if (!text_eq(str_of(im->doc, "status"), "queued")) {
        glance_error(rp, 409, "Image status transition from %s to saving is not allowed",
                     str_of(im->doc, "status"));
        return;
    }
    if (!str_of(im->doc, "disk_format") || !str_of(im->doc, "container_format")) {
        glance_error(
            rp, 400,
            "Properties disk_format, container_format must be set prior to saving "
            "data.");
        return;
    }
    char *bytes = xcalloc(rq->size + 1, 1);
    if (rq->size)
        memcpy(bytes, rq->body, rq->size);
    image_fill(cl, im, bytes, rq->size);
    effect(cl, rq, "image_upload", image_mark(im), im->id);
    reply_json(rp, 204, NULL);
}

static void get_members(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    if (!im)
        return;
    json_t *list = json_array(), *member;
    size_t i;
    json_array_foreach(json_object_get(im->doc, "_members"), i, member)
        json_array_append_new(list, json_pack("{s:O, s:s, s:s, s:s}", "member_id", member,
                                              "image_id", im->id, "status", "pending",
                                              "schema", "/v2/schemas/member"));
    reply_json(rp, 200,
               json_pack("{s:o, s:s}", "members", list, "schema", "/v2/schemas/members"));
}

static void get_schema(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    static const char *const keys[] = {"id",          "name",         "status",
                                       "visibility",  "checksum",     "owner",
                                       "size",        "virtual_size", "container_format",
                                       "disk_format", "created_at",   "updated_at",
                                       "tags",        "min_ram",      "min_disk",
                                       "protected",   "self",         "file",
                                       "schema",      "os_hash_algo", "os_hash_value",
                                       "os_hidden"};
    json_t *properties = json_object();
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        json_object_set_new(properties, keys[i], json_object());
    reply_json(rp, 200,
               json_pack("{s:s, s:o, s:{s:s}}", "name", rq->part[1], "properties",
                         properties, "additionalProperties", "type", "string"));
}

static void get_import(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    (void)rq;
    reply_json(rp, 200,
               json_pack("{s:{s:s, s:s, s:[s, s, s]}}", "import-methods", "description",
                         "Import methods available.", "type", "array", "value",
                         "glance-direct", "web-download", "copy-image"));
}

static void get_stores(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    (void)rq;
    reply_json(rp, 200,
               json_pack("{s:[{s:s, s:s}]}", "stores", "id", "file", "default", "true"));
}

static const struct route routes[] = {
    {"GET", "images/*/file", get_file, 0, 0},
    {"PUT", "images/*/file", put_file, 0, 0},
    {"GET", "images/*/members", get_members, 0, 0},
    {"GET", "schemas/*", get_schema, 0, 0},
    {"GET", "info/import", get_import, 0, 0},
    {"GET", "info/stores", get_stores, 0, 0},
};
const struct route_set image_file_routes = {routes, sizeof(routes) / sizeof(*routes)};
