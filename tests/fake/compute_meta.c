/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: metadata of servers. */
#include <string.h>

#include "compute.h"
#include "schema.h"
#include "server.h"

static const char *const writable[] = {"active", "paused", "stopped", "suspended", NULL};

static struct server *to_write(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    return s && server_unlocked(s, rq, rp) &&
                   server_in_state(s, writable, true, "update_metadata", rp)
               ? s
               : NULL;
}

static void get_metadata(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    if (s)
        reply_json(rp, 200, json_pack("{s:o}", "metadata", json_copy(s->metadata)));
}

static bool room_for(struct cloud *cl, const struct server *s, const json_t *all,
                     struct reply *rp)
{
    long long limit = quota_of(cl, s->project_id, "metadata_items");
    if (limit < 0 || (long long)json_object_size(all) <= limit)
        return true;
    nova_fault(rp, 403, "Maximum number of metadata items exceeds %lld", limit);
    return false;
}

/* POST adds to what is there, PUT replaces it. */
static void set_all(struct cloud *cl, struct request *rq, struct reply *rp, bool replace)
{
    json_t *asked = nova_body(rq, rp, "metadata");
    struct server *s = asked ? to_write(cl, rq, rp) : NULL;
    if (!s || !metadata_check(asked, rp))
        return;
    json_t *all = replace ? json_object() : json_copy(s->metadata);
    json_object_update(all, asked);
    if (!room_for(cl, s, all, rp)) {
        json_decref(all);
        return;
    }
    if (!json_equal(all, s->metadata))
        effect(cl, rq, "metadata_set", s->id, s->id);
    json_decref(s->metadata);
    s->metadata = all;
    server_touch(cl, s);
    reply_json(rp, 200, json_pack("{s:o}", "metadata", json_copy(all)));
}

static void post_metadata(struct cloud *cl, struct request *rq, struct reply *rp)
{
    set_all(cl, rq, rp, false);
}

static void put_metadata(struct cloud *cl, struct request *rq, struct reply *rp)
{
    set_all(cl, rq, rp, true);
}

static void get_item(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *value = s ? json_object_get(s->metadata, rq->part[3]) : NULL;
    if (value)
        reply_json(rp, 200, json_pack("{s:{s:O}}", "meta", rq->part[3], value));
    else if (s)
        nova_fault(rp, 404, "Metadata item was not found");
}

static void put_item(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *asked = nova_body(rq, rp, "meta");
    struct server *s = asked ? to_write(cl, rq, rp) : NULL;
    if (!s || !metadata_check(asked, rp))
        return;
    json_t *value = json_object_get(asked, rq->part[3]);
    if (!value || json_object_size(asked) != 1) {
        nova_fault(rp, 400, "Request body and URI mismatch");
        return;
    }
    json_t *all = json_copy(s->metadata);
    json_object_set(all, rq->part[3], value);
    if (room_for(cl, s, all, rp)) {
        if (!json_equal(all, s->metadata))
            effect(cl, rq, "metadata_set", s->id, s->id);
        json_object_update(s->metadata, all);
        server_touch(cl, s);
        reply_json(rp, 200, json_pack("{s:O}", "meta", asked));
    }
    json_decref(all);
}

static void delete_item(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = to_write(cl, rq, rp);
    if (!s)
        return;
    if (json_object_del(s->metadata, rq->part[3]) != 0) {
        nova_fault(rp, 404, "Metadata item was not found");
        return;
    }
    effect(cl, rq, "metadata_set", s->id, s->id);
    server_touch(cl, s);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "servers/*/metadata", get_metadata, 0, 0},
    {"POST", "servers/*/metadata", post_metadata, 0, 0},
    {"PUT", "servers/*/metadata", put_metadata, 0, 0},
    {"GET", "servers/*/metadata/*", get_item, 0, 0},
    {"PUT", "servers/*/metadata/*", put_item, 0, 0},
    {"DELETE", "servers/*/metadata/*", delete_item, 0, 0},
};
const struct route_set compute_meta_routes = {routes, sizeof(routes) / sizeof(*routes)};
