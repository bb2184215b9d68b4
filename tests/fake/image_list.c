/* SPDX-License-Identifier: Apache-2.0 */
/* Glance: lists with filters and pages, single images, creation, deletion. */
#include <stdlib.h>
#include <string.h>

#include "image.h"

static bool in_list(const char *list, const char *value)
{
    while (*list) {
        bool quoted = *list == '"';
        const char *begin = list + quoted;
        size_t n = strcspn(begin, quoted ? "\"" : ",");
        if (value && strlen(value) == n && memcmp(value, begin, n) == 0)
            return true;
        list = begin + n + quoted;
        list += *list == ',';
    }
    return false;
}

static bool time_fits(const char *value, const char *wanted)
{
    static const char *const ops[] = {"gte", "gt", "lte", "lt", "eq", "neq"};
    double have = 0, want = 0;
    const char *colon = strchr(wanted, ':');
    const char *op = "eq", *text = wanted;
    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
        if (colon && strlen(ops[i]) == (size_t)(colon - wanted) &&
            strncmp(ops[i], wanted, strlen(ops[i])) == 0) {
            op = ops[i];
            text = colon + 1;
        }
    }
    if (!time_parse(value, &have) || !time_parse(text, &want))
        return false;
    if (op[0] == 'n')
        return have < want || have > want;
    if (op[0] == 'e')
        return !(have < want) && !(have > want);
    bool equal_too = op[2] == 'e';
    bool greater = op[0] == 'g';
    return (greater ? have > want : have < want) ||
           (equal_too && !(have < want) && !(have > want));
}

static bool value_fits(const json_t *value, const char *key, const char *wanted)
{
    if (strcmp(key, "created_at") == 0 || strcmp(key, "updated_at") == 0)
        return time_fits(json_string_value(value), wanted);
    if (json_is_boolean(value))
        return text_is_true(wanted) == json_is_true(value);
    if (json_is_integer(value))
        return json_integer_value(value) == strtoll(wanted, NULL, 10);
    static const char *const with_ops[] = {"name", "id", "status", "container_format",
                                           "disk_format"};
    for (size_t i = 0; i < sizeof(with_ops) / sizeof(*with_ops); i++) {
        if (strcmp(with_ops[i], key) == 0 && text_starts(wanted, "in:"))
            return in_list(wanted + 3, json_string_value(value));
        if (strcmp(with_ops[i], key) == 0 && text_starts(wanted, "eq:"))
            return text_eq(json_string_value(value), wanted + 3);
    }
    return text_eq(json_string_value(value), wanted);
}

static bool visible_in_list(const struct request *rq, const struct image *im)
{
    const char *asked = request_query(rq, "visibility");
    const char *visibility = str_of(im->doc, "visibility");
    bool own = text_eq(str_of(im->doc, "owner"), rq->who.project->id);
    bool member = has_text(json_object_get(im->doc, "_accepted"), rq->who.project->id);
    if (asked && strcmp(asked, "all") != 0 && !text_eq(asked, visibility))
        return false;
    if (text_eq(visibility, "community") && !asked && !own)
        return false;
    return own || member || rq->who.admin || text_eq(visibility, "public") ||
           text_eq(visibility, "community");
}

static bool passes(const struct request *rq, const struct image *im)
{
    static const char *const not_filters[] = {"limit",     "marker",       "sort",
                                              "sort_key",  "sort_dir",     "visibility",
                                              "os_hidden", "member_status"};
    bool hidden = text_is_true(request_query(rq, "os_hidden"));
    if (true_of(im->doc, "os_hidden") != hidden || !visible_in_list(rq, im))
        return false;
    for (size_t i = 0; i < rq->query.n; i++) {
        const char *key = rq->query.v[i].key, *value = rq->query.v[i].value;
        bool skip = false;
        for (size_t k = 0; k < sizeof(not_filters) / sizeof(*not_filters); k++)
            skip = skip || strcmp(not_filters[k], key) == 0;
        if (skip)
            continue;
        bool fits = strcmp(key, "tag") == 0
                        ? has_text(json_object_get(im->doc, "tags"), value)
                        : value_fits(json_object_get(im->doc, key), key, value);
        if (!fits)
            return false;
    }
    return true;
}

/* "op:value" with an operator that Glance does not know is refused, so that a name with a
 * colon is no filter. */
static bool filters_fit(const struct request *rq, struct reply *rp)
{
    static const char *const keys[] = {"name", "id", "status", "container_format",
                                       "disk_format"};
    static const char *const sorts[] = {"name",        "status",    "container_format",
                                        "disk_format", "size",      "id",
                                        "created_at",  "updated_at"};
    static const char *const seen[] = {"public", "private", "shared", "community", "all"};
    const char *sort = request_query(rq, "sort"), *see = request_query(rq, "visibility");
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        const char *value = request_query(rq, keys[i]);
        const char *colon = value ? strchr(value, ':') : NULL;
        if (!colon || text_starts(value, "in:") || text_starts(value, "eq:"))
            continue;
        glance_error(rp, 400, "Unable to filter by unknown operator '%.*s'.",
                     (int)(colon - value), value);
        return false;
    }
    bool sort_fits = !sort, see_fits = !see;
    for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++)
        sort_fits = sort_fits ||
                    (text_starts(sort, sorts[i]) && strchr(",:", sort[strlen(sorts[i])]));
    for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
        see_fits = see_fits || strcmp(see, seen[i]) == 0;
    if (!sort_fits)
        glance_error(
            rp, 400,
            "Invalid sort key: %.*s. It must be one of the following: name, status, "
            "container_format, disk_format, size, id, created_at, updated_at.",
            (int)strcspn(sort, ":,"), sort);
    else if (!see_fits)
        glance_error(rp, 400, "Invalid visibility value: %s", see);
    return sort_fits && see_fits;
}

static char *page_path(const struct request *rq, const char *marker)
{
    char *path = xstrdup("/v2/images?");
    for (size_t i = 0; i < rq->query.n; i++) {
        if (strcmp(rq->query.v[i].key, "marker") == 0)
            continue;
        char *value = url_encode(rq->query.v[i].value);
        char *more = text_new("%s%s=%s&", path, rq->query.v[i].key, value);
        free(value);
        free(path);
        path = more;
    }
    if (marker) {
        char *more = text_new("%smarker=%s&", path, marker);
        free(path);
        path = more;
    }
    path[strlen(path) - 1] = '\0';
    return path;
}

static long limit_of(const struct request *rq, struct reply *rp)
{
    const char *text = request_query(rq, "limit");
    char *end;
    if (!text)
        return 25;
    long n = strtol(text, &end, 10);
    if (*end || n < 0) {
        glance_error(rp, 400, "limit param must be %s", *end ? "an integer" : "positive");
        return -1;
    }
    return n > 1000 ? 1000 : n;
}

static void get_images(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *marker = request_query(rq, "marker");
    long limit = limit_of(rq, rp);
    if (limit < 0 || !filters_fit(rq, rp))
        return;
    if (request_query(rq, "changes-since")) {
        glance_error(rp, 400,
                     "The \"changes-since\" filter is no longer available on v2.");
        return;
    }
    struct row *r = cl->images.newest;
    if (marker) {
        r = table_row(&cl->images, marker);
        if (!r) {
            glance_error(rp, 400, "No image found with ID %s", marker);
            return;
        }
        r = r->older;
    }
    json_t *list = json_array();
    const char *last = NULL;
    for (; r && json_array_size(list) < (size_t)limit; r = r->older) {
        const struct image *im = r->data;
        if (!passes(rq, im))
            continue;
        json_array_append_new(list, image_view(im));
        last = im->id;
    }
    json_t *body =
        json_pack("{s:o, s:s}", "images", list, "schema", "/v2/schemas/images");
    char *first = page_path(rq, NULL);
    str_into(body, "first", first);
    free(first);
    if (last && json_array_size(list) == (size_t)limit) {
        char *next = page_path(rq, last);
        str_into(body, "next", next);
        free(next);
    }
    reply_json(rp, 200, body);
}

static void get_image(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    if (im)
        reply_json(rp, 200, image_view(im));
}

/* A user's name for an image: 255 characters, none of four bytes. */
static bool name_fits(const char *name, struct reply *rp)
{
    size_t n = 0;
    bool wide = false;
    for (const char *p = name ? name : ""; *p; p++) {
        n += ((unsigned char)*p & 0xc0) != 0x80;
        wide = wide || (unsigned char)*p >= 0xf0;
    }
    if (n <= 255 && !wide)
        return true;
    glance_error(rp, 400, "Provided object does not match schema 'image': '%s' is %s",
                 name, wide ? "not valid" : "too long");
    return false;
}

static void post_image(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *id = str_of(rq->json, "id"), *key;
    json_t *value;
    if (!json_is_object(rq->json)) {
        glance_error(rp, 400, "Malformed JSON in request body.");
        return;
    }
    if (id && !text_is_uuid(id)) {
        glance_error(rp, 400, "Invalid image id format");
        return;
    }
    if (id && table_get(&cl->images, id)) {
        glance_error(rp, 409, "Image ID %s already exists!", id);
        return;
    }
    if (!name_fits(str_of(rq->json, "name"), rp))
        return;
    json_object_foreach(rq->json, key, value)
    {
        if (!image_is_base_key(key) && !json_is_string(value)) {
            glance_error(
                rp, 400,
                "Provided object does not match schema 'image': %s is not of type "
                "'string'",
                key);
            return;
        }
    }
    struct image *im = image_new(cl, str_of(rq->json, "name"), rq->who.project->id, id);
    str_into(im->doc, "visibility", "shared");
    json_object_foreach(rq->json, key, value)
        json_object_set_new(im->doc, key, json_deep_copy(value));
    effect(cl, rq, "image_create", image_mark(im), im->id);
    reply_json(rp, 201, image_view(im));
    reply_header(rp, "Location", "%s/image/v2/images/%s", rq->base, im->id);
    reply_header(rp, "OpenStack-image-import-methods", "glance-direct,web-download");
}

static void delete_image(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct image *im = image_find(cl, rq, rp);
    if (!im) {
        glance_error(rp, 404, "Failed to find image %s to delete", rq->part[1]);
        return;
    }
    bool own = text_eq(str_of(im->doc, "owner"), rq->who.project->id);
    if (!own && !rq->who.admin) {
        glance_error(rp, 403, "You do not own this image");
        return;
    }
    if (true_of(im->doc, "protected")) {
        glance_error(rp, 403, "Image %s is protected and cannot be deleted.", im->id);
        return;
    }
    effect(cl, rq, "image_delete", image_mark(im), im->id);
    image_delete(cl, im);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "images", get_images, 0, 0},
    {"POST", "images", post_image, 0, 0},
    {"GET", "images/*", get_image, 0, 0},
    {"DELETE", "images/*", delete_image, 0, 0},
};
const struct route_set image_list_routes = {routes, sizeof(routes) / sizeof(*routes)};
