/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: the actions of a server, also of a deleted one. */
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "server.h"

static json_t *time_of(const json_t *doc, const char *key)
{
    return iso_us_json(json_number_value(json_object_get(doc, key)));
}

static json_t *view(const struct request *rq, const json_t *action)
{
    json_t *doc = json_pack("{s:O, s:O, s:O, s:O, s:O, s:o, s:O}", "action",
                            json_object_get(action, "action"), "instance_uuid",
                            json_object_get(action, "instance_uuid"), "request_id",
                            json_object_get(action, "request_id"), "user_id",
                            json_object_get(action, "user_id"), "project_id",
                            json_object_get(action, "project_id"), "start_time",
                            time_of(action, "start"), "message",
                            json_object_get(action, "message"));
    if (rq->mv >= 58)
        json_object_set_new(doc, "updated_at", time_of(action, "updated"));
    return doc;
}

static json_t *event_view(const struct request *rq, const struct server *s,
                          const json_t *event)
{
    json_t *doc =
        json_pack("{s:O, s:o, s:o, s:O}", "event", json_object_get(event, "event"),
                  "start_time", time_of(event, "start"), "finish_time",
                  time_of(event, "finish"), "result", json_object_get(event, "result"));
    if (rq->who.admin)
        str_into(doc, "traceback", NULL);
    if (rq->mv >= 62) {
        json_object_set_new(doc, "hostId", server_host_id(s, str_of(event, "host")));
        if (rq->who.admin)
            json_object_set(doc, "host", json_object_get(event, "host"));
    }
    if (rq->mv >= 84 && rq->who.admin)
        json_object_set(doc, "details", json_object_get(event, "details"));
    return doc;
}

static struct server *find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    return rq->mv >= 21 ? server_find_any(cl, rq, rp) : server_find(cl, rq, rp);
}

static void get_actions(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = find(cl, rq, rp);
    const char *since_text = rq->mv >= 58 ? request_query(rq, "changes-since") : NULL;
    const char *limit_text = rq->mv >= 58 ? request_query(rq, "limit") : NULL;
    double since = 0;
    if (!s)
        return;
    if (since_text && !time_parse(since_text, &since)) {
        nova_fault(rp, 400, "Invalid input for query parameters changes-since.");
        return;
    }
    size_t limit = limit_text ? strtoul(limit_text, NULL, 10) : 1000;
    json_t *list = json_array();
    size_t i = json_array_size(s->actions);
    while (i-- > 0 && json_array_size(list) < limit) {
        const json_t *action = json_array_get(s->actions, i);
        if (json_number_value(json_object_get(action, "updated")) >= since)
            json_array_append_new(list, view(rq, action));
    }
    reply_json(rp, 200, json_pack("{s:o}", "instanceActions", list));
}

static void get_action(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = find(cl, rq, rp);
    size_t i, k;
    json_t *action, *event;
    if (!s)
        return;
    json_array_foreach(s->actions, i, action)
    {
        if (!text_eq(str_of(action, "request_id"), rq->part[3]))
            continue;
        json_t *doc = view(rq, action);
        if (rq->who.admin || rq->mv >= 51) {
            json_t *events = json_array();
            json_array_foreach(json_object_get(action, "events"), k, event)
                json_array_insert_new(events, 0, event_view(rq, s, event));
            json_object_set_new(doc, "events", events);
        }
        reply_json(rp, 200, json_pack("{s:o}", "instanceAction", doc));
        return;
    }
    nova_fault(rp, 404, "Action %s not found", rq->part[3]);
}

static const struct route routes[] = {
    {"GET", "servers/*/os-instance-actions", get_actions, 0, 0},
    {"GET", "servers/*/os-instance-actions/*", get_action, 0, 0},
};
const struct route_set compute_log_routes = {routes, sizeof(routes) / sizeof(*routes)};
