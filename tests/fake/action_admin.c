/* SPDX-License-Identifier: Apache-2.0 */
/* Server actions of operators, and small ones that other tables have no place for. */
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "boot.h"
#include "compute.h"
#include "server.h"

static void do_reset_state(struct cloud *cl, struct request *rq, struct reply *rp,
                           struct server *s, json_t *arg)
{
    const char *state = str_of(arg, "state");
    if (!nova_admin(rq, rp, "os_compute_api:os-admin-actions:reset_state"))
        return;
    if (!text_eq(state, "active") && !text_eq(state, "error")) {
        nova_fault(rp, 400, "Invalid input for field/attribute state.");
        return;
    }
    s->vm_state = text_eq(state, "active") ? "active" : "error";
    server_set_task(cl, s, NULL);
    effect(cl, rq, "reset_state", s->id, s->id);
    reply_json(rp, 202, NULL);
}

static void do_force_delete(struct cloud *cl, struct request *rq, struct reply *rp,
                            struct server *s, json_t *arg)
{
    (void)arg;
    if (!server_unlocked(s, rq, rp))
        return;
    char *mark = server_mark(s);
    effect(cl, rq, "delete", mark, s->id);
    free(mark);
    action_start(cl, rq, s, "delete");
    remove_start(cl, rq, s);
    reply_json(rp, 202, NULL);
}

static void do_console(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg)
{
    (void)cl;
    (void)rq;
    (void)s;
    (void)arg;
    reply_json(rp, 200, json_pack("{s:s}", "output", ""));
}

static void do_restore(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg)
{
    static const char *const states[] = {"soft-delete", NULL};
    (void)arg;
    if (!server_in_state(s, states, true, "restore", rp))
        return;
    s->vm_state = "active";
    s->power_state = 1;
    server_touch(cl, s);
    effect(cl, rq, "restore", s->id, s->id);
    action_start(cl, rq, s, "restore");
    action_event(cl, s, rq->id, "compute_restore_instance", cloud_now(cl), NULL);
    reply_json(rp, 202, NULL);
}

const struct action admin_actions[] = {
    {"restore", do_restore, 0},
    {"os-resetState", do_reset_state, 0},
    {"forceDelete", do_force_delete, 0},
    {"os-getConsoleOutput", do_console, 0},
    {NULL, NULL, 0},
};
