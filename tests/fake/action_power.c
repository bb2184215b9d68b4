/* SPDX-License-Identifier: Apache-2.0 */
/* Server actions that change power and the lock. */
#include <string.h>
#include <strings.h>

#include "action.h"
#include "compute.h"
#include "job.h"
#include "network.h"
#include "schema.h"
#include "server.h"

static const char *const running[] = {"active", "error", NULL};
static const char *const stopped[] = {"stopped", NULL};
static const char *const active[] = {"active", NULL};
static const char *const paused[] = {"paused", NULL};
static const char *const suspended[] = {"suspended", NULL};
static const char *const rescuable[] = {"active", "stopped", "error", NULL};
static const char *const rescued[] = {"rescued", NULL};
static const char *const rebootable[] = {"active",    "stopped", "paused",
                                         "suspended", "error",   NULL};

struct change {
    const char *name, *method; /* in the body, and in messages and the action log */
    const char *const *from;
    const char *task, *vm_state, *event;
    int power_state;
};

static const struct change changes[] = {
    {"os-stop", "stop", running, "powering-off", "stopped", "compute_stop_instance", 4},
    {"os-start", "start", stopped, "powering-on", "active", "compute_start_instance", 1},
    {"pause", "pause", active, "pausing", "paused", "compute_pause_instance", 3},
    {"unpause", "unpause", paused, "unpausing", "active", "compute_unpause_instance", 1},
    {"suspend", "suspend", active, "suspending", "suspended", "compute_suspend_instance",
     4},
    {"resume", "resume", suspended, "resuming", "active", "compute_resume_instance", 1},
    {"rescue", "rescue", rescuable, "rescuing", "rescued", "compute_rescue_instance", 1},
    {"unrescue", "unrescue", rescued, "unrescuing", "active", "compute_unrescue_instance",
     1},
    {"reboot", "reboot", rebootable, "rebooting", "active", "compute_reboot_instance", 1},
};

static const struct change *change_of(const char *name)
{
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        if (strcmp(changes[i].name, name) == 0)
            return &changes[i];
    }
    return NULL;
}

static void change_job(struct cloud *cl, struct server *s, struct job *job)
{
    const struct change *c = change_of(str_of(job->args, "name"));
    /* A delete that came since owns the task; the change is void. */
    if (s->deleted || !text_eq(s->task_state, c->task))
        return;
    server_set_task(cl, s, NULL);
    if (!job->fail) {
        s->vm_state = c->vm_state;
        s->power_state = c->power_state;
        ports_follow_power(cl, s);
    }
    action_event(cl, s, job->request_id, c->event, job->began,
                 job->fail ? "the host could not do it" : NULL);
}

static void change_power(struct cloud *cl, struct request *rq, struct reply *rp,
                         struct server *s, const char *name)
{
    const struct change *c = change_of(name);
    if (!server_unlocked(s, rq, rp) || !server_in_state(s, c->from, true, c->method, rp))
        return;
    if (!s->launched) {
        nova_fault(rp, 409, "Cannot '%s' instance %s while it has never been active",
                   c->method, s->id);
        return;
    }
    bool is_stop = strcmp(c->method, "stop") == 0;
    server_set_task(cl, s, c->task);
    effect(cl, rq, c->method, s->id, s->id);
    action_start(cl, rq, s, c->method);
    job_queue(cl, rq, s, is_stop ? cl->jobs.stop : cl->jobs.start, change_job,
              json_pack("{s:s}", "name", name));
    reply_json(rp, 202, NULL);
}

#define POWER_ACTION(function, name)                                                     \
    static void function(struct cloud *cl, struct request *rq, struct reply *rp,         \
                         struct server *s, json_t *arg)                                  \
    {                                                                                    \
        (void)arg;                                                                       \
        change_power(cl, rq, rp, s, name);                                               \
    }

POWER_ACTION(do_stop, "os-stop")
POWER_ACTION(do_start, "os-start")
POWER_ACTION(do_pause, "pause")
POWER_ACTION(do_unpause, "unpause")
POWER_ACTION(do_suspend, "suspend")
POWER_ACTION(do_resume, "resume")
POWER_ACTION(do_unrescue, "unrescue")

/* The one action of them that answers at once what it will have done. */
static void do_rescue(struct cloud *cl, struct request *rq, struct reply *rp,
                      struct server *s, json_t *arg)
{
    const char *password = str_of(arg, "adminPass");
    if (s->volume_backed) {
        nova_fault(rp, 400,
                   "Instance %s cannot be rescued: Cannot rescue a volume-backed "
                   "instance",
                   s->id);
        return;
    }
    change_power(cl, rq, rp, s, "rescue");
    if (rp->status == 202)
        reply_json(rp, 200,
                   json_pack("{s:s}", "adminPass", password ? password : "MhGHxyfK2pNe"));
}

static void do_reboot(struct cloud *cl, struct request *rq, struct reply *rp,
                      struct server *s, json_t *arg)
{
    const char *type = str_of(arg, "type");
    if (!type || (strcasecmp(type, "SOFT") != 0 && strcasecmp(type, "HARD") != 0)) {
        schema_complain(rp, "reboot", arg, "'type' is a required property");
        return;
    }
    change_power(cl, rq, rp, s, "reboot");
}

static void do_lock(struct cloud *cl, struct request *rq, struct reply *rp,
                    struct server *s, json_t *arg)
{
    static const struct key_rule rules[] = {
        {"locked_reason", IS_STRING, 73, 0, 1, 255, false}};
    bool owner = strcmp(s->project_id, rq->who.project->id) == 0;
    if (rq->mv >= 73 && !json_is_null(arg) &&
        !keys_check(arg, "lock", rules, 1, rq->mv, rp))
        return;
    reply_json(rp, 202, NULL);
    /* The owner's second lock is accepted and changes nothing, not even the reason. */
    if (s->locked_by && owner)
        return;
    action_start(cl, rq, s, "lock");
    text_set(&s->locked_by, owner ? "owner" : "admin");
    if (rq->mv >= 73 && str_of(arg, "locked_reason"))
        text_set(&s->locked_reason, str_of(arg, "locked_reason"));
    server_touch(cl, s);
    effect(cl, rq, "lock", s->id, s->id);
    action_event(cl, s, rq->id, "api_lock", cloud_now(cl), NULL);
}

static void do_unlock(struct cloud *cl, struct request *rq, struct reply *rp,
                      struct server *s, json_t *arg)
{
    (void)arg;
    if (text_eq(s->locked_by, "admin") && !rq->who.admin) {
        nova_fault(
            rp, 403,
            "Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override "
            "to be performed.");
        return;
    }
    action_start(cl, rq, s, "unlock");
    if (s->locked_by)
        effect(cl, rq, "unlock", s->id, s->id);
    text_set(&s->locked_by, NULL);
    text_set(&s->locked_reason, NULL);
    server_touch(cl, s);
    action_event(cl, s, rq->id, "api_unlock", cloud_now(cl), NULL);
    reply_json(rp, 202, NULL);
}

const struct action power_actions[] = {
    {"os-stop", do_stop, 0},    {"os-start", do_start, 0},    {"pause", do_pause, 0},
    {"unpause", do_unpause, 0}, {"suspend", do_suspend, 0},   {"resume", do_resume, 0},
    {"reboot", do_reboot, 0},   {"lock", do_lock, 0},         {"unlock", do_unlock, 0},
    {"rescue", do_rescue, 0},   {"unrescue", do_unrescue, 0}, {NULL, NULL, 0},
};
