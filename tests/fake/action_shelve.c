/* SPDX-License-Identifier: Apache-2.0 */
/* Server actions: shelve, offload, unshelve into a zone. */
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "image.h"
#include "move.h"
#include "schema.h"
#include "server.h"
#include "snapshot.h"

static const char *const shelvable[] = {"active", "stopped", "paused", "suspended", NULL};
static const char *const shelved[] = {"shelved", NULL};
static const char *const offloaded[] = {"shelved", "shelved_offloaded", NULL};

static void offload(struct cloud *cl, struct server *s)
{
    s->vm_state = "shelved_offloaded";
    s->power_state = 4;
    free(s->disk);
    s->disk = NULL;
    s->disk_size = 0;
    server_set_host(cl, s, NULL);
}

static void shelve_failed(struct cloud *cl, struct server *s, struct job *job,
                          struct image *im)
{
    if (im)
        image_delete(cl, im);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_shelve_instance", job->began,
                 "the instance could not be shelved");
}

static void shelve_job(struct cloud *cl, struct server *s, struct job *job)
{
    const char *id = str_of(job->args, "image");
    struct image *im = id ? table_get(&cl->images, id) : NULL;
    if (s->deleted || !s->task_state || !text_starts(s->task_state, "shelving"))
        return;
    if (job->fail) {
        shelve_failed(cl, s, job, im);
        return;
    }
    if (job->stage == 0) {
        if (im) {
            snapshot_fill(cl, s, im);
            text_set(&s->base_image, im->id);
        }
        s->vm_state = "shelved";
        s->power_state = 4;
        server_set_task(cl, s, "shelving_offloading");
        job_again(job, cl->jobs.stop);
        return;
    }
    offload(cl, s);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_shelve_instance", job->began, NULL);
}

void do_shelve(struct cloud *cl, struct request *rq, struct reply *rp, struct server *s,
               json_t *arg)
{
    (void)arg;
    if (!server_unlocked(s, rq, rp) || !server_in_state(s, shelvable, true, "shelve", rp))
        return;
    char *name = text_new("%s-shelved", s->name);
    struct image *im =
        s->volume_backed ? NULL : snapshot_record(cl, rq, s, name, "snapshot", NULL);
    free(name);
    server_set_task(cl, s, "shelving");
    effect(cl, rq, "shelve", s->id, s->id);
    action_start(cl, rq, s, "shelve");
    job_queue(cl, rq, s, cl->jobs.snapshot, shelve_job,
              json_pack("{s:s?}", "image", im ? im->id : NULL));
    reply_json(rp, 202, NULL);
}

static void offload_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (s->deleted)
        return;
    offload(cl, s);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_shelve_offload_instance", job->began,
                 NULL);
}

void do_shelve_offload(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg)
{
    (void)arg;
    if (!nova_admin(rq, rp, "os_compute_api:os-shelve:shelve_offload") ||
        !server_in_state(s, shelved, true, "shelveOffload", rp))
        return;
    server_set_task(cl, s, "shelving_offloading");
    action_start(cl, rq, s, "shelveOffload");
    job_queue(cl, rq, s, cl->jobs.stop, offload_job, NULL);
    reply_json(rp, 202, NULL);
}

static void unshelve_failed(struct cloud *cl, struct server *s, struct job *job)
{
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "conductor_unshelve_instance", job->began,
                 "No valid host was found.");
}

static void unshelve_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (s->deleted ||
        !text_eq(s->task_state, job->stage == 0 ? "unshelving" : "spawning"))
        return;
    if (job->stage == 0) {
        const char *host = str_of(job->args, "host");
        if (!host)
            host = host_choose(cl, s, s->pinned_zone, NULL);
        if (!host || job->fail) {
            unshelve_failed(cl, s, job);
            return;
        }
        str_into(job->args, "host", host);
        host = str_of(job->args, "host");
        server_set_task(cl, s, "spawning");
        job_again(job,
                  cl->jobs.boot / 2 + json_number_value(host_knob(cl, host, "spawn_s")));
        return;
    }
    const char *host = str_of(job->args, "host");
    if (json_is_true(host_knob(cl, host, "spawn_fail"))) {
        unshelve_failed(cl, s, job);
        return;
    }
    server_land(cl, s, host);
    struct image *im = s->base_image ? table_get(&cl->images, s->base_image) : NULL;
    if (im) {
        server_set_disk(s, im->bytes, im->size);
        image_delete(cl, im);
    }
    text_set(&s->base_image, NULL);
    s->vm_state = "active";
    s->power_state = 1;
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_unshelve_instance", job->began, NULL);
}

/* False, with the reply, when the argument is not what this microversion takes. */
static bool unshelve_arg_fits(const struct cloud *cl, const struct request *rq,
                              struct reply *rp, const struct server *s, const json_t *arg)
{
    const json_t *zone = json_object_get(arg, "availability_zone");
    const char *name = json_string_value(zone), *host = str_of(arg, "host");
    if (rq->mv < 77 || json_is_null(arg))
        return true;
    if (zone && !name && rq->mv < 91) {
        schema_complain(rp, "availability_zone", zone, "None is not of type 'string'");
        return false;
    }
    if (!json_is_object(arg) || (!zone && !host) || (host && rq->mv < 91)) {
        schema_complain(rp, "unshelve", arg,
                        "'availability_zone' is a required property");
        return false;
    }
    if (host && !rq->who.admin) {
        nova_fault(rp, 403,
                   "Policy doesn't allow os_compute_api:os-shelve:unshelve_to_host to be "
                   "performed.");
        return false;
    }
    if (strcmp(s->vm_state, "shelved_offloaded") != 0) {
        nova_fault(
            rp, 409,
            "Cannot unshelve instance %s while it is in vm_state %s: an availability "
            "zone is for SHELVED_OFFLOADED ones only",
            s->id, s->vm_state);
        return false;
    }
    if (name && (!zone_exists(cl, name) || !zone_is_up(cl, name))) {
        nova_fault(rp, 400, "The requested availability zone is not available");
        return false;
    }
    return true;
}

void do_unshelve(struct cloud *cl, struct request *rq, struct reply *rp, struct server *s,
                 json_t *arg)
{
    if (!server_unlocked(s, rq, rp) ||
        !server_in_state(s, offloaded, true, "unshelve", rp) ||
        !unshelve_arg_fits(cl, rq, rp, s, arg))
        return;
    const json_t *zone = json_object_get(arg, "availability_zone");
    /* The zone is remembered even if no host is found there. */
    if (zone && rq->mv >= 77)
        text_set(&s->pinned_zone, json_string_value(zone));
    server_set_task(cl, s, "unshelving");
    effect(cl, rq, "unshelve", s->id, s->id);
    action_start(cl, rq, s, "unshelve");
    const char *host = rq->mv >= 91 ? str_of(arg, "host") : NULL;
    job_queue(cl, rq, s, cl->jobs.boot / 2, unshelve_job,
              json_pack("{s:s?}", "host",
                        host                                  ? host
                        : strcmp(s->vm_state, "shelved") == 0 ? s->host
                                                              : NULL));
    reply_json(rp, 202, NULL);
}
