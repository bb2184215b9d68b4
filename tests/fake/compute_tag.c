/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: tags of servers. */
#include <stdio.h>
#include <string.h>

#include "compute.h"
#include "schema.h"
#include "server.h"

enum { MAX_TAGS = 50, MAX_TAG = 60 };

static const char *const writable[] = {"active", "paused", "stopped", "suspended", NULL};

/* The tag of a path: a message of its own. */
static bool tag_fits(const char *tag, struct reply *rp)
{
    bool is_long = utf8_length(tag) > MAX_TAG;
    if (!is_long && !strpbrk(tag, ",/"))
        return true;
    nova_fault(
        rp, 400,
        "Tag '%s' is invalid. It must be a non empty string without characters '/' "
        "and ','. Validation error message: '%s' %s",
        tag, tag, is_long ? "is too long" : "does not match '^[^,/]*$'");
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
    add_sorted(s->tags, tag);
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
    static const struct key_rule rules[] = {{"tags", IS_ARRAY, 0, 0, 0, MAX_TAGS, true}};
    if (!keys_check(rq->json, "", rules, 1, rq->mv, rp))
        return;
    unique = json_array();
    json_array_foreach(asked, i, tag)
    {
        char where[24];
        snprintf(where, sizeof(where), "%zu", i);
        if (!tag_check(tag, where, rp)) {
            json_decref(unique);
            return;
        }
        add_sorted(unique, json_string_value(tag));
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
        nova_fault(rp, 404, "Instance %s has no tag '%s'", s->id, rq->part[3]);
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
