/* SPDX-License-Identifier: Apache-2.0 */
/* Server actions: resize, migrate, confirm, revert, rebuild. */
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "image.h"
#include "move.h"
#include "network.h"
#include "schema.h"
#include "server.h"

static const char *const settled[] = {"active", "stopped", NULL};
static const char *const resized[] = {"resized", NULL};
static const char *const rebuildable[] = {"active", "stopped", "error", NULL};

void server_land(struct cloud *cl, struct server *s, const char *host)
{
    size_t i;
    json_t *nic;
    server_set_host(cl, s, host);
    json_array_foreach(s->nics, i, nic)
    {
        json_t *port = json_object_get(cl->ports, str_of(nic, "port_id"));
        if (port && text_eq(str_of(port, "device_id"), s->id))
            port_bind(cl, port, s);
    }
}

static void resize_failed(struct cloud *cl, struct server *s, struct job *job,
                          json_t *migration)
{
    migration_set(cl, migration, "error");
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "cold_migrate", job->began,
                 "No valid host was found.");
}

static void resize_job(struct cloud *cl, struct server *s, struct job *job)
{
    json_t *migration = migration_get(cl, int_of(job->args, "migration"));
    const char *flavor = str_of(job->args, "flavor"), *host = str_of(job->args, "host");
    if (s->deleted || !s->task_state || !text_starts(s->task_state, "resize_"))
        return;
    if (job->stage == 0) {
        if (!host)
            host = host_choose(cl, s, s->pinned_zone, s->host);
        const json_t *doc = host ? json_object_get(cl->hosts, host) : NULL;
        bool fits = doc && host_is_up(cl, host) &&
                    (!s->pinned_zone || text_eq(s->pinned_zone, str_of(doc, "zone")));
        if (!fits || job->fail) {
            resize_failed(cl, s, job, migration);
            return;
        }
        str_into(job->args, "host", host);
        host = str_of(job->args, "host");
        str_into(migration, "dest_compute", host);
        migration_set(cl, migration, "migrating");
        server_set_task(cl, s, "resize_migrating");
        job_again(job, cl->jobs.boot / 2);
        return;
    }
    text_set(&s->old_host, s->host);
    s->old_flavor = json_deep_copy(s->flavor);
    s->was_stopped = strcmp(s->vm_state, "stopped") == 0;
    if (flavor && json_object_get(cl->flavors, flavor)) {
        server_set_flavor(s, json_deep_copy(json_object_get(cl->flavors, flavor)));
    }
    server_land(cl, s, host);
    s->vm_state = "resized";
    s->power_state = s->was_stopped ? 4 : 1;
    migration_set(cl, migration, "finished");
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_finish_resize", job->began, NULL);
}

static void start_resize(struct cloud *cl, struct request *rq, struct reply *rp,
                         struct server *s, const char *method, const char *flavor,
                         const char *host)
{
    json_t *migration =
        migration_new(cl, rq, s, flavor ? "resize" : "migration", host, "pre-migrating");
    server_set_task(cl, s, "resize_prep");
    effect(cl, rq, method, s->id, s->id);
    action_start(cl, rq, s, method);
    job_queue(cl, rq, s, cl->jobs.boot / 2, resize_job,
              json_pack("{s:I, s:s?, s:s?}", "migration",
                        (json_int_t)int_of(migration, "id"), "flavor", flavor, "host",
                        host));
    reply_json(rp, 202, NULL);
}

static void do_resize(struct cloud *cl, struct request *rq, struct reply *rp,
                      struct server *s, json_t *arg)
{
    const char *flavor = str_of(arg, "flavorRef");
    if (!flavor) {
        schema_complain(rp, "resize", arg, "'flavorRef' is a required property");
        return;
    }
    if (!server_unlocked(s, rq, rp) || !server_in_state(s, settled, true, "resize", rp))
        return;
    if (!json_object_get(cl->flavors, flavor))
        nova_fault(rp, 400, "Flavor %s could not be found.", flavor);
    else if (text_eq(flavor, str_of(s->flavor, "id")))
        nova_fault(rp, 400, "When resizing, instances must change flavor!");
    else
        start_resize(cl, rq, rp, s, "resize", flavor, NULL);
}

static void do_migrate(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg)
{
    const char *host = rq->mv >= 56 ? str_of(arg, "host") : NULL;
    if (!nova_admin(rq, rp, "os_compute_api:os-migrate-server:migrate") ||
        !server_in_state(s, settled, true, "migrate", rp))
        return;
    if (host && !json_object_get(cl->hosts, host))
        nova_fault(rp, 400, "Compute host %s could not be found.", host);
    else if (host && strcmp(host, s->host) == 0)
        nova_fault(rp, 400, "Unable to migrate instance (%s) to current host (%s).",
                   s->id, host);
    else
        start_resize(cl, rq, rp, s, "migrate", NULL, host);
}

/* Lends the finished migration of the server. */
static json_t *finished(const struct cloud *cl, const struct server *s)
{
    json_t *found = NULL, *migration;
    size_t i;
    json_array_foreach(cl->migrations, i, migration)
    {
        if (text_eq(str_of(migration, "instance_uuid"), s->id) &&
            text_eq(str_of(migration, "status"), "finished"))
            found = migration;
    }
    return found;
}

static void end_resize(struct server *s)
{
    json_decref(s->old_flavor);
    s->old_flavor = NULL;
    text_set(&s->old_host, NULL);
    s->vm_state = s->was_stopped ? "stopped" : "active";
    s->power_state = s->was_stopped ? 4 : 1;
}

static void confirm_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (s->deleted || strcmp(s->vm_state, "resized") != 0)
        return;
    migration_set(cl, finished(cl, s), "confirmed");
    end_resize(s);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_confirm_resize", job->began, NULL);
}

static void do_confirm(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg)
{
    (void)arg;
    if (!server_unlocked(s, rq, rp) ||
        !server_in_state(s, resized, true, "confirmResize", rp))
        return;
    effect(cl, rq, "confirmResize", s->id, s->id);
    action_start(cl, rq, s, "confirmResize");
    job_queue(cl, rq, s, cl->jobs.start, confirm_job, NULL);
    reply_json(rp, 204, NULL);
}

static void revert_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (s->deleted || strcmp(s->vm_state, "resized") != 0)
        return;
    if (s->old_flavor) {
        server_set_flavor(s, json_incref(s->old_flavor));
    }
    server_land(cl, s, s->old_host ? s->old_host : s->host);
    migration_set(cl, finished(cl, s), "reverted");
    end_resize(s);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_finish_revert_resize", job->began,
                 NULL);
}

static void do_revert(struct cloud *cl, struct request *rq, struct reply *rp,
                      struct server *s, json_t *arg)
{
    (void)arg;
    if (!server_unlocked(s, rq, rp) ||
        !server_in_state(s, resized, true, "revertResize", rp))
        return;
    server_set_task(cl, s, "resize_reverting");
    effect(cl, rq, "revertResize", s->id, s->id);
    action_start(cl, rq, s, "revertResize");
    job_queue(cl, rq, s, cl->jobs.boot, revert_job, NULL);
    reply_json(rp, 202, NULL);
}

static void rebuild_job(struct cloud *cl, struct server *s, struct job *job)
{
    struct image *im = table_get(&cl->images, str_of(job->args, "image"));
    if (s->deleted || !text_eq(s->task_state, "rebuilding"))
        return;
    server_set_task(cl, s, NULL);
    if (!im || job->fail) {
        s->vm_state = "error";
        server_set_fault(cl, s, 500, "Image could not be found.");
        action_event(cl, s, job->request_id, "compute_rebuild_instance", job->began,
                     "Image could not be found.");
        return;
    }
    bool stopped = true_of(job->args, "stopped");
    server_set_disk(s, im->bytes, im->size);
    text_set(&s->image_ref, im->id);
    s->vm_state = stopped ? "stopped" : "active";
    s->power_state = stopped ? 4 : 1;
    action_event(cl, s, job->request_id, "compute_rebuild_instance", job->began, NULL);
}

static void do_rebuild(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg)
{
    const char *image = str_of(arg, "imageRef");
    if (!image) {
        schema_complain(rp, "rebuild", arg, "'imageRef' is a required property");
        return;
    }
    if (!server_unlocked(s, rq, rp) ||
        !server_in_state(s, rebuildable, true, "rebuild", rp))
        return;
    struct image *im = image_get(cl, image, rq->who.project->id, rq->who.admin);
    if (!im) {
        nova_fault(rp, 400, "Cannot find image for rebuild");
        return;
    }
    bool stopped = strcmp(s->vm_state, "stopped") == 0;
    server_set_task(cl, s, "rebuilding");
    effect(cl, rq, "rebuild", s->id, s->id);
    action_start(cl, rq, s, "rebuild");
    job_queue(cl, rq, s, cl->jobs.boot, rebuild_job,
              json_pack("{s:s, s:b}", "image", image, "stopped", (int)stopped));
    json_t *view = server_view(cl, rq, s, true);
    str_into(view, "adminPass", "seekr3t");
    reply_json(rp, 202, json_pack("{s:o}", "server", view));
}

const struct action move_actions[] = {
    {"resize", do_resize, 0},
    {"migrate", do_migrate, 0},
    {"confirmResize", do_confirm, 0},
    {"revertResize", do_revert, 0},
    {"rebuild", do_rebuild, 0},
    {"shelve", do_shelve, 0},
    {"shelveOffload", do_shelve_offload, 0},
    {"unshelve", do_unshelve, 0},
    {"os-migrateLive", do_live_migrate, 0},
    {NULL, NULL, 0},
};
