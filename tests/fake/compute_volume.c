/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: volumes attached to a server. */
#include <string.h>

#include "compute.h"
#include "job.h"
#include "schema.h"
#include "server.h"
#include "volume.h"

static const char *const states[] = {
    "active",      "paused",  "stopped",           "resized",
    "soft-delete", "shelved", "shelved_offloaded", NULL};

/* The reply of POST has the old shape for ever. */
static json_t *view(const struct request *rq, const struct server *s,
                    const json_t *record, bool made)
{
    json_t *doc =
        json_pack("{s:O, s:s, s:O}", "volumeId", json_object_get(record, "volume_id"),
                  "serverId", s->id, "device", json_object_get(record, "device"));
    if (rq->mv < 89 || made)
        json_object_set(doc, "id", json_object_get(record, "volume_id"));
    if (rq->mv >= 70)
        str_into(doc, "tag", str_of(record, "tag"));
    if (rq->mv >= 79)
        json_object_set(doc, "delete_on_termination",
                        json_object_get(record, "delete_on_termination"));
    if (rq->mv >= 89 && !made) {
        json_object_set(doc, "attachment_id", json_object_get(record, "attachment_id"));
        json_object_set(doc, "bdm_uuid", json_object_get(record, "bdm"));
    }
    return doc;
}

static void get_volumes(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *list, *record;
    size_t i;
    if (!s)
        return;
    list = json_array();
    json_array_foreach(s->volumes, i, record)
        json_array_append_new(list, view(rq, s, record, false));
    reply_json(rp, 200, json_pack("{s:o}", "volumeAttachments", list));
}

static json_t *find(struct server *s, struct request *rq, struct reply *rp)
{
    json_t *record = server_volume(s, rq->part[3]);
    if (!record)
        nova_fault(rp, 404, "Instance %s is not attached to volume %s", s->id,
                   rq->part[3]);
    return record;
}

static void get_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *record = s ? find(s, rq, rp) : NULL;
    if (record)
        reply_json(rp, 200,
                   json_pack("{s:o}", "volumeAttachment", view(rq, s, record, false)));
}

static const struct key_rule rules[] = {
    {"volumeId", IS_UUID, 0, 0, 0, 0, true},
    {"device", IS_STRING | IS_NULL, 0, 0, 0, 255, false},
    {"tag", IS_STRING, 49, 0, 1, 60, false},
    {"delete_on_termination", IS_BOOL, 79, 0, 0, 0, false},
};

static void attach_job(struct cloud *cl, struct server *s, struct job *job)
{
    const char *id = str_of(job->args, "volume");
    if (job->fail || s->deleted)
        volume_detached(cl, s, id);
    else
        volume_attached(cl, s, id);
    if (!s->deleted)
        action_event(cl, s, job->request_id, "compute_attach_volume", job->began,
                     job->fail ? "the volume could not be attached" : NULL);
}

static void post_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *asked = s ? nova_body(rq, rp, "volumeAttachment") : NULL;
    if (!asked ||
        !keys_check(asked, "volumeAttachment", rules, sizeof(rules) / sizeof(*rules),
                    rq->mv, rp) ||
        !server_unlocked(s, rq, rp) ||
        !server_in_state(s, states, true, "attach_volume", rp))
        return;
    const char *id = str_of(asked, "volumeId");
    json_t *volume = volume_get(cl, rq, id);
    if (!volume) {
        nova_fault(rp, 404, "Volume %s could not be found.", id);
        return;
    }
    if (server_volume(s, id)) {
        nova_fault(rp, 400,
                   "Invalid volume: volume %s is already attached to instances: %s", id,
                   s->id);
        return;
    }
    if (!text_eq(str_of(volume, "status"), "available")) {
        nova_fault(rp, 400,
                   "Invalid input received: Invalid volume: Volume %s status must be "
                   "available or downloading to reserve, but the current status is %s. "
                   "(HTTP 400)",
                   id, str_of(volume, "status"));
        return;
    }
    if (cl->volumes_stay && !text_eq(str_of(volume, "availability_zone"), s->zone)) {
        nova_fault(rp, 400,
                   "Invalid volume: Instance %s and volume %s are not in the same "
                   "availability_zone. Instance is in %s. Volume is in %s",
                   s->id, id, s->zone, str_of(volume, "availability_zone"));
        return;
    }
    json_t *record = volume_reserve(
        cl, s, volume, str_of(asked, "device"), str_of(asked, "tag"),
        json_says_true(json_object_get(asked, "delete_on_termination")), -1);
    str_into(volume, "status", "attaching");
    effect(cl, rq, "attach", id, s->id);
    action_start(cl, rq, s, "attach_volume");
    job_queue(cl, rq, s, cl->jobs.attach, attach_job, json_pack("{s:s}", "volume", id));
    if (rq->mv >= 101)
        reply_json(rp, 202, NULL);
    else
        reply_json(rp, 200,
                   json_pack("{s:o}", "volumeAttachment", view(rq, s, record, true)));
}

static void put_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *record = s ? find(s, rq, rp) : NULL;
    json_t *asked = record ? nova_body(rq, rp, "volumeAttachment") : NULL;
    if (!asked)
        return;
    const char *id = str_of(asked, "volumeId");
    bool same = text_eq(id, rq->part[3]);
    const json_t *keep = json_object_get(asked, "delete_on_termination");
    if (!same || rq->mv < 85) {
        if (nova_admin(rq, rp, "os_compute_api:os-volumes-attachments:swap"))
            nova_fault(rp, 400, "the fake does not swap volumes");
        return;
    }
    if (keep && true_of(record, "delete_on_termination") != json_says_true(keep)) {
        json_object_set_new(record, "delete_on_termination",
                            json_boolean(json_says_true(keep)));
        effect(cl, rq, "attachment_update", id, s->id);
    }
    reply_json(rp, 202, NULL);
}

static void detach_job(struct cloud *cl, struct server *s, struct job *job)
{
    const char *id = str_of(job->args, "volume");
    if (s->deleted)
        return;
    if (!job->fail)
        volume_detached(cl, s, id);
    /* A failed detach leaves the volume "detaching"; a member cannot reset that. */
    action_event(cl, s, job->request_id, "compute_detach_volume", job->began,
                 job->fail ? "the volume could not be detached" : NULL);
}

static void delete_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *record = s ? find(s, rq, rp) : NULL;
    if (!record || !server_unlocked(s, rq, rp) ||
        !server_in_state(s, states, true, "detach_volume", rp))
        return;
    json_t *volume = json_object_get(cl->volumes, rq->part[3]);
    bool offloaded = strcmp(s->vm_state, "shelved_offloaded") == 0;
    if (int_of(record, "boot_index") == 0 && !offloaded) {
        nova_fault(rp, 400, "Cannot detach a root device volume");
        return;
    }
    if (!text_eq(str_of(volume, "status"), "in-use")) {
        nova_fault(
            rp, 400,
            "Invalid volume: Invalid input received: Invalid volume: Unable to detach "
            "volume. Volume status must be 'in-use' and attach_status must be "
            "'attached' to detach.");
        return;
    }
    str_into(volume, "status", "detaching");
    effect(cl, rq, "detach", rq->part[3], s->id);
    action_start(cl, rq, s, "detach_volume");
    job_queue(cl, rq, s, cl->jobs.detach, detach_job,
              json_pack("{s:s}", "volume", rq->part[3]));
    reply_json(rp, 202, NULL);
}

static const struct route routes[] = {
    {"GET", "servers/*/os-volume_attachments", get_volumes, 0, 0},
    {"POST", "servers/*/os-volume_attachments", post_volume, 0, 0},
    {"GET", "servers/*/os-volume_attachments/*", get_volume, 0, 0},
    {"PUT", "servers/*/os-volume_attachments/*", put_volume, 0, 0},
    {"DELETE", "servers/*/os-volume_attachments/*", delete_volume, 0, 0},
};
const struct route_set compute_volume_routes = {routes, sizeof(routes) / sizeof(*routes)};
