/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: tags and metadata of servers. */
#include <string.h>

#include "compute.h"
#include "schema.h"
#include "server.h"

enum { MAX_TAGS = 50, MAX_TAG = 60 };

static const char *const writable[] = {"active", "paused", "stopped", "suspended", NULL};

static bool tag_fits(const char *tag, struct reply *rp)
{
    if (tag && *tag && utf8_length(tag) <= MAX_TAG && !strpbrk(tag, ",/"))
        return true;
    if (!tag)
        nova_fault(rp, 400, "Invalid input for field/attribute tags. A tag is a string.");
    else
        nova_fault(
            rp, 400,
            "Tag '%s' is invalid. It must be a non empty string without characters "
            "'/' and ','. Validation error message: '%s' is too %s",
            tag, tag, *tag ? "long" : "short");
    return false;
}

static void get_tags(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    if (s)
        reply_json(rp, 200, json_pack("{s:o}", "tags", json_copy(s->tags)));
}

static void get_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    if (!s)
        return;
    if (has_text(s->tags, rq->part[3]))
        reply_json(rp, 204, NULL);
    else
        nova_fault(rp, 404, "Server %s has no tag '%s'", s->id, rq->part[3]);
}

static struct server *to_write(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    return s && server_in_state(s, writable, true, "update_tags", rp) ? s : NULL;
}

static void put_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = to_write(cl, rq, rp);
    const char *tag = rq->part[3];
    if (!s || !tag_fits(tag, rp))
        return;
    if (has_text(s->tags, tag)) {
        reply_json(rp, 204, NULL);
        return;
    }
    if (json_array_size(s->tags) >= MAX_TAGS) {
        nova_fault(rp, 400, "The number of tags exceeded the per-server limit %d",
                   MAX_TAGS);
        return;
    }
    json_array_append_new(s->tags, json_string(tag));
    effect(cl, rq, "tag_add", tag, s->id);
    reply_json(rp, 201, NULL);
    reply_header(rp, "Location", "%s/compute/v2.1/servers/%s/tags/%s", rq->base, s->id,
                 tag);
}

static void put_tags(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = to_write(cl, rq, rp);
    json_t *asked = json_object_get(rq->json, "tags"), *tag, *unique = NULL;
    size_t i;
    if (!s)
        return;
    if (!json_is_array(asked) || json_array_size(asked) > MAX_TAGS) {
        nova_fault(rp, 400, "Invalid input for field/attribute tags. It %s",
                   json_is_array(asked) ? "is too long" : "is a required property");
        return;
    }
    unique = json_array();
    json_array_foreach(asked, i, tag)
    {
        if (!tag_fits(json_string_value(tag), rp)) {
            json_decref(unique);
            return;
        }
        if (!has_text(unique, json_string_value(tag)))
            json_array_append(unique, tag);
    }
    if (!json_equal(unique, s->tags))
        effect(cl, rq, "tags_set", s->id, s->id);
    json_decref(s->tags);
    s->tags = unique;
    reply_json(rp, 200, json_pack("{s:o}", "tags", json_copy(s->tags)));
}

static void delete_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = to_write(cl, rq, rp);
    if (!s)
        return;
    if (!drop_text(s->tags, rq->part[3])) {
        nova_fault(rp, 404, "Server %s has no tag '%s'", s->id, rq->part[3]);
        return;
    }
    effect(cl, rq, "tag_remove", rq->part[3], s->id);
    reply_json(rp, 204, NULL);
}

static void delete_tags(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = to_write(cl, rq, rp);
    if (!s)
        return;
    json_array_clear(s->tags);
    effect(cl, rq, "tags_set", s->id, s->id);
    reply_json(rp, 204, NULL);
}

static const struct route tag_routes[] = {
    {"GET", "servers/*/tags", get_tags, 26, 0},
    {"PUT", "servers/*/tags", put_tags, 26, 0},
    {"DELETE", "servers/*/tags", delete_tags, 26, 0},
    {"GET", "servers/*/tags/*", get_tag, 26, 0},
    {"PUT", "servers/*/tags/*", put_tag, 26, 0},
    {"DELETE", "servers/*/tags/*", delete_tag, 26, 0},
};
const struct route_set compute_tag_routes = {tag_routes,
                                             sizeof(tag_routes) / sizeof(*tag_routes)};
