/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: one server shown, changed, deleted. */
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "schema.h"
#include "server.h"

static void get_server(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = table_get(&cl->servers, rq->part[1]);
    if (s && !s->deleted && rq->down_cell == s->cell && rq->mv >= 69 &&
        (rq->who.admin || strcmp(s->project_id, rq->who.project->id) == 0)) {
        reply_json(rp, 200,
                   json_pack("{s:o}", "server", server_view_unknown(rq, s, true, true)));
        return;
    }
    s = server_find(cl, rq, rp);
    if (s)
        reply_json(rp, 200, json_pack("{s:o}", "server", server_view(cl, rq, s, true)));
}

static const struct key_rule put_rules[] = {
    {"name", IS_NAME, 0, 0, 1, 255, false},
    {"description", IS_STRING | IS_NULL, 19, 0, 0, 255, false},
    {"hostname", IS_STRING, 90, 0, 2, 255, false},
    {"OS-DCF:diskConfig", IS_STRING, 0, 0, 0, 0, false},
    {"accessIPv4", IS_STRING, 0, 0, 0, 0, false},
    {"accessIPv6", IS_STRING, 0, 0, 0, 0, false},
    {"pinned_availability_zone", IS_STRING | IS_NULL, 104, 0, 0, 255, false},
};

/* From 2.104 on: null unpins; a name pins, to the zone where the server is and no other;
 * the same again is fine. */
static bool pin(struct server *s, const json_t *zone, struct reply *rp)
{
    const char *name = json_string_value(zone);
    if (!zone || text_eq(name, s->pinned_zone))
        return true;
    if (name && s->pinned_zone) {
        nova_fault(
            rp, 409,
            "Cannot change pinned availability zone directly. Unpin first by setting "
            "pinned_availability_zone to null.");
        return false;
    }
    if (name && strcmp(name, s->zone) != 0) {
        nova_fault(rp, 409,
                   "Server can only be pinned to its current availability zone '%s', but "
                   "'%s' was requested.",
                   s->zone, name);
        return false;
    }
    text_set(&s->pinned_zone, name);
    return true;
}

/* The old reply of PUT has addresses without MAC and type. */
static void drop_extended(json_t *addresses)
{
    const char *label;
    json_t *list, *ip;
    size_t i;
    json_object_foreach(addresses, label, list)
    {
        json_array_foreach(list, i, ip)
        {
            json_object_del(ip, "OS-EXT-IPS:type");
            json_object_del(ip, "OS-EXT-IPS-MAC:mac_addr");
        }
    }
}

static void put_server(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *body = s ? nova_body(rq, rp, "server") : NULL;
    if (!body || !keys_check(body, "server", put_rules,
                             sizeof(put_rules) / sizeof(*put_rules), rq->mv, rp))
        return;
    if (!pin(s, json_object_get(body, "pinned_availability_zone"), rp))
        return;
    const json_t *description = json_object_get(body, "description");
    const char *name = str_of(body, "name");
    if (name && strcmp(name, s->name) != 0)
        effect(cl, rq, "rename", s->id, s->id);
    else if (json_object_size(body) > (name ? 1 : 0))
        effect(cl, rq, "server_update", s->id, s->id);
    if (name)
        text_set(&s->name, name);
    if (description)
        text_set(&s->description, json_string_value(description));
    if (str_of(body, "hostname"))
        text_set(&s->hostname, str_of(body, "hostname"));
    if (str_of(body, "OS-DCF:diskConfig"))
        text_set(&s->disk_config, str_of(body, "OS-DCF:diskConfig"));
    if (str_of(body, "accessIPv4"))
        text_set(&s->access4, str_of(body, "accessIPv4"));
    if (str_of(body, "accessIPv6"))
        text_set(&s->access6, str_of(body, "accessIPv6"));
    server_touch(cl, s);
    json_t *view = server_view(cl, rq, s, true);
    if (rq->mv < 75) {
        /* Before 2.75 the reply of PUT has only the oldest keys. */
        static const char *const late[] = {"OS-EXT-AZ:availability_zone",
                                           "config_drive",
                                           "key_name",
                                           "OS-SRV-USG:launched_at",
                                           "OS-SRV-USG:terminated_at",
                                           "security_groups",
                                           "OS-EXT-STS:task_state",
                                           "OS-EXT-STS:vm_state",
                                           "OS-EXT-STS:power_state",
                                           "os-extended-volumes:volumes_attached",
                                           "host_status"};
        for (size_t i = 0; i < sizeof(late) / sizeof(*late); i++)
            json_object_del(view, late[i]);
        drop_extended(json_object_get(view, "addresses"));
    }
    reply_json(rp, 200, json_pack("{s:o}", "server", view));
}

static void delete_server(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    if (!s || !server_unlocked(s, rq, rp))
        return;
    if (text_eq(s->task_state, "deleting")) {
        reply_json(rp, 204, NULL); /* Nova takes a second delete and does nothing */
        return;
    }
    char *mark = server_mark(s);
    effect(cl, rq, "delete", mark, s->id);
    free(mark);
    action_start(cl, rq, s, "delete");
    bool by_and_by = cl->reclaim > 0 && strcmp(s->vm_state, "soft-delete") != 0 &&
                     strcmp(s->vm_state, "building") != 0 && s->launched;
    if (by_and_by)
        soft_remove_start(cl, rq, s);
    else
        remove_start(cl, rq, s);
    reply_json(rp, 204, NULL);
}

static const struct route routes[] = {
    {"GET", "servers/*", get_server, 0, 0},
    {"PUT", "servers/*", put_server, 0, 0},
    {"DELETE", "servers/*", delete_server, 0, 0},
};
const struct route_set compute_server_routes = {routes, sizeof(routes) / sizeof(*routes)};
