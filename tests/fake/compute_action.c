/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: finds the server action that a body names. */
#include <string.h>

#include "action.h"
#include "compute.h"
#include "server.h"

static const struct action *find(const char *name, int mv)
{
    static const struct action *const tables[] = {power_actions, snapshot_actions,
                                                  move_actions, admin_actions};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (const struct action *a = tables[i]; a->name; a++) {
            if (strcmp(a->name, name) == 0 && mv >= a->since)
                return a;
        }
    }
    return NULL;
}

static void post_action(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!rq->json || json_object_size(rq->json) != 1) {
        nova_fault(rp, 400, "Malformed request body");
        return;
    }
    const char *name = json_object_iter_key(json_object_iter(rq->json));
    const struct action *a = find(name, rq->mv);
    if (!a) {
        nova_fault(rp, 400, "There is no such action: %s", name);
        return;
    }
    struct server *s = server_find(cl, rq, rp);
    if (s)
        a->run(cl, rq, rp, s, json_object_get(rq->json, name));
}

static const struct route routes[] = {
    {"POST", "servers/*/action", post_action, 0, 0},
};
const struct route_set compute_action_routes = {routes, sizeof(routes) / sizeof(*routes)};
