/* SPDX-License-Identifier: Apache-2.0 */
/* Glance v2's entrance, and the life of an image. */
#include "image.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "identity.h"
#include "page.h"

void glance_error(struct reply *rp, int status, const char *fmt, ...)
{
    char *message = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&message, fmt, ap) < 0)
        abort();
    va_end(ap);
    page_set(rp, status, message, "");
    free(message);
}

void glance_detail(struct reply *rp, int status, const char *explanation, const char *fmt,
                   ...)
{
    char *detail = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&detail, fmt, ap) < 0)
        abort();
    va_end(ap);
    page_set(rp, status, explanation, detail);
    free(detail);
}

static const char *const base_keys[] = {
    "id",           "name",          "status",     "visibility",   "protected",
    "checksum",     "owner",         "size",       "virtual_size", "container_format",
    "disk_format",  "created_at",    "updated_at", "tags",         "direct_url",
    "min_ram",      "min_disk",      "self",       "file",         "schema",
    "os_hash_algo", "os_hash_value", "os_hidden",  "locations",    "stores"};

bool image_is_base_key(const char *key)
{
    for (size_t i = 0; i < sizeof(base_keys) / sizeof(*base_keys); i++) {
        if (strcmp(base_keys[i], key) == 0)
            return true;
    }
    return false;
}

const char *image_mark(const struct image *im)
{
    const char *name = str_of(im->doc, "name");
    return name && *name ? name : im->id;
}

struct image *image_new(struct cloud *cl, const char *name, const char *owner,
                        const char *id)
{
    struct image *im = xcalloc(1, sizeof(*im));
    if (id)
        snprintf(im->id, sizeof(im->id), "%s", id);
    else
        uuid_make(im->id);
    im->doc =
        json_pack("{s:s, s:s?, s:s, s:s, s:b, s:n, s:s?, s:n, s:n, s:n, s:n, s:o, s:o, "
                  "s:[], s:i, s:i, s:n, s:n, s:b}",
                  "id", im->id, "name", name, "status", "queued", "visibility", "private",
                  "protected", 0, "checksum", "owner", owner, "size", "virtual_size",
                  "container_format", "disk_format", "created_at", cloud_now_json(cl),
                  "updated_at", cloud_now_json(cl), "tags", "min_ram", 0, "min_disk", 0,
                  "os_hash_algo", "os_hash_value", "os_hidden", 0);
    table_put(&cl->images, im->id, im);
    return im;
}

void image_touch(struct cloud *cl, struct image *im)
{
    json_object_set_new(im->doc, "updated_at", cloud_now_json(cl));
}

void image_fill(struct cloud *cl, struct image *im, char *bytes, size_t size)
{
    char md5[33], sha512[129];
    free(im->bytes);
    im->bytes = bytes;
    im->size = size;
    digest_md5(bytes, size, md5);
    digest_sha512(bytes, size, sha512);
    str_into(im->doc, "checksum", md5);
    str_into(im->doc, "os_hash_algo", "sha512");
    str_into(im->doc, "os_hash_value", sha512);
    json_object_set_new(im->doc, "size", json_integer((json_int_t)size));
    if (size && !json_is_integer(json_object_get(im->doc, "virtual_size")))
        json_object_set_new(im->doc, "virtual_size", json_integer((json_int_t)size));
    str_into(im->doc, "stores", "file");
    str_into(im->doc, "status", "active");
    image_touch(cl, im);
}

void image_delete(struct cloud *cl, struct image *im)
{
    table_take(&cl->images, im->id);
    json_decref(im->doc);
    free(im->bytes);
    free(im);
}

struct image *image_get(const struct cloud *cl, const char *id, const char *project,
                        bool admin)
{
    struct image *im = table_get(&cl->images, id);
    if (!im)
        return NULL;
    const char *visibility = str_of(im->doc, "visibility");
    bool open = text_eq(visibility, "public") || text_eq(visibility, "community");
    bool member = text_eq(visibility, "shared") &&
                  has_text(json_object_get(im->doc, "_members"), project);
    return open || member || admin || text_eq(str_of(im->doc, "owner"), project) ? im
                                                                                 : NULL;
}

struct image *image_find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_get(cl, rq->part[1], rq->who.project->id, rq->who.admin);
    if (!im)
        glance_error(rp, 404, "No image found with ID %s", rq->part[1]);
    return im;
}

json_t *image_view(const struct image *im)
{
    json_t *view = json_object(), *value;
    const char *key;
    json_object_foreach(im->doc, key, value)
    {
        if (key[0] != '_')
            json_object_set(view, key, value);
    }
    json_object_set_new(view, "self", json_sprintf("/v2/images/%s", im->id));
    json_object_set_new(view, "file", json_sprintf("/v2/images/%s/file", im->id));
    str_into(view, "schema", "/v2/schemas/image");
    return view;
}

static json_t *version_docs(const struct request *rq)
{
    static const char *const ids[] = {"v2.16", "v2.15", "v2.13", "v2.12", "v2.11",
                                      "v2.10", "v2.9",  "v2.7",  "v2.6",  "v2.5",
                                      "v2.4",  "v2.3",  "v2.2",  "v2.1",  "v2.0"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:[{s:s, s:s+}]}", "id", ids[i],
                                        "status", i ? "SUPPORTED" : "CURRENT", "links",
                                        "rel", "self", "href", rq->base, "/image/v2/"));
    return json_pack("{s:o}", "versions", list);
}

static void serve_v2(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const struct route_set sets[] = {image_list_routes, image_patch_routes,
                                     image_file_routes};
    if (!identity_token(cl, rq, rp)) {
        glance_error(rp, 401,
                     "This server could not verify that you are authorized to access the "
                     "document you requested. Either you supplied the wrong credentials "
                     "(e.g., bad password), or your browser does not understand how to "
                     "supply the credentials required.");
        return;
    }
    if (!rq->who.project) {
        glance_error(rp, 403, "You are not authorized to complete this action.");
        return;
    }
    request_split(rq, 2);
    enum route_found found =
        route_serve_sets(sets, sizeof(sets) / sizeof(*sets), cl, rq, rp);
    if (found == ROUTE_NO_PATH)
        glance_error(rp, 404, "The resource could not be found.");
    else if (found == ROUTE_NO_METHOD)
        glance_error(rp, 405, "The method %s is not allowed for this resource.",
                     rq->method);
}

void image_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    request_split(rq, 1);
    if (rq->n_parts == 0)
        reply_json(rp, 300, version_docs(rq));
    else if (strcmp(rq->part[0], "versions") == 0)
        reply_json(rp, 200, version_docs(rq));
    else if (strcmp(rq->part[0], "v2") == 0)
        serve_v2(cl, rq, rp);
    else
        glance_error(rp, 404, "The resource could not be found.");
    page_finish(rq, rp);
    reply_header(rp, "X-Openstack-Request-Id", "%s", rq->id);
}
