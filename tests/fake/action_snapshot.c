/* SPDX-License-Identifier: Apache-2.0 */
/* createImage and createBackup, in Nova's true order: record, task_state, action, cast.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "compute.h"
#include "image.h"
#include "job.h"
#include "schema.h"
#include "server.h"
#include "snapshot.h"
#include "volume.h"

static const char *const states[] = {"active", "stopped", "paused", "suspended", NULL};

/* Nova copies all of the server's system metadata into the image, what is no image
 * property included. */
static void add_inherited(const struct server *s, json_t *doc)
{
    const char *key;
    json_t *value;
    json_object_foreach(s->image_props, key, value)
    {
        if (strcmp(key, "visibility") != 0 && strcmp(key, "owner") != 0)
            json_object_set(doc, key, value);
    }
    if (s->locked_reason)
        str_into(doc, "locked_reason", s->locked_reason);
    if (s->boot_roles) {
        str_into(doc, "boot_roles", s->boot_roles);
        str_into(doc, "owner_user_name", s->owner_user);
        str_into(doc, "owner_project_name", s->owner_project);
    }
    str_into(doc, "base_image_ref", s->image_ref ? s->image_ref : "");
}

struct image *snapshot_record(struct cloud *cl, struct request *rq,
                              const struct server *s, const char *name, const char *type,
                              const json_t *metadata)
{
    struct image *im = image_new(cl, name, rq->who.project->id, NULL);
    const char *key;
    json_t *value;
    bool own = strcmp(s->project_id, rq->who.project->id) == 0;
    add_inherited(s, im->doc);
    json_object_set_new(im->doc, "disk_format", json_null());
    json_object_set_new(im->doc, "container_format", json_null());
    str_into(im->doc, "visibility", own ? "private" : "shared");
    str_into(im->doc, "image_type", type);
    str_into(im->doc, "instance_uuid", s->id);
    str_into(im->doc, "user_id", rq->who.user->id);
    if (!own) {
        str_into(im->doc, "instance_owner", s->project_id);
        json_object_set_new(im->doc, "_members", json_pack("[s]", s->project_id));
    }
    json_object_foreach((json_t *)metadata, key, value)
        json_object_set(im->doc, key, value);
    effect(cl, rq, "image_create", image_mark(im), im->id);
    return im;
}

void snapshot_fill(struct cloud *cl, const struct server *s, struct image *im)
{
    char *bytes = xcalloc(s->disk_size + 1, 1);
    if (s->disk_size)
        memcpy(bytes, s->disk, s->disk_size);
    str_into(im->doc, "disk_format", "raw");
    str_into(im->doc, "container_format", "bare");
    str_into(im->doc, "image_location", "snapshot");
    str_into(im->doc, "image_state", "available");
    str_into(im->doc, "owner_id", s->project_id);
    image_fill(cl, im, bytes, s->disk_size);
}

/* Of a server's backups of one kind the newest so many stay. */
static void rotate(struct cloud *cl, const struct server *s, const json_t *args)
{
    const char *kind = str_of(args, "backup");
    long long kept = 0, rotation = int_of(args, "rotation");
    for (struct row *r = cl->images.newest, *older; r && kind; r = older) {
        struct image *im = r->data;
        older = r->older;
        bool same = text_eq(str_of(im->doc, "backup_type"), kind) &&
                    text_eq(str_of(im->doc, "instance_uuid"), s->id);
        if (same && ++kept > rotation)
            image_delete(cl, im);
    }
}

static void snapshot_over(struct cloud *cl, struct server *s, struct job *job,
                          const char *error)
{
    if (!s->deleted && !text_eq(s->task_state, "deleting"))
        server_set_task(cl, s, NULL);
    const char *event = str_of(job->args, "backup") ? "compute_backup_instance"
                                                    : "compute_snapshot_instance";
    action_event(cl, s, job->request_id, event, job->began, error);
}

static void snapshot_failed(struct cloud *cl, struct server *s, struct job *job,
                            struct image *im)
{
    if (im)
        image_delete(cl, im);
    snapshot_over(cl, s, job, "cloudlab: snapshot_fail");
}

static void snapshot_job(struct cloud *cl, struct server *s, struct job *job)
{
    struct image *im = table_get(&cl->images, str_of(job->args, "image"));
    double part = cl->jobs.snapshot / 4;
    static const char *const tasks[] = {"image_snapshot", "image_pending_upload",
                                        "image_uploading"};
    if (s->deleted || text_eq(s->task_state, "deleting")) {
        if (im && !text_eq(str_of(im->doc, "status"), "active"))
            image_delete(cl, im);
        return;
    }
    switch (job->stage) {
    case 0:
    case 1:
        server_set_task(cl, s, tasks[job->stage]);
        job_again(job, part + (job->stage == 1 ? json_number_value(
                                                     host_knob(cl, s->host, "snapshot_s"))
                                               : 0));
        return;
    case 2:
        if (job->fail || json_is_true(host_knob(cl, s->host, "snapshot_fail"))) {
            snapshot_failed(cl, s, job, im);
            return;
        }
        server_set_task(cl, s, tasks[2]);
        if (im)
            str_into(im->doc, "status", "saving");
        job_again(job, part);
        return;
    default:
        /* An image that somebody deleted meanwhile ends the task without an error. */
        if (im)
            snapshot_fill(cl, s, im);
        rotate(cl, s, job->args);
        snapshot_over(cl, s, job, NULL);
    }
}

static bool stop_at(struct request *rq, struct reply *rp, const char *point)
{
    if (!text_eq(rq->twist.snapshot_stop, point))
        return false;
    nova_unexpected(rp, "oslo_messaging.exceptions.MessagingTimeout");
    return true;
}

static void image_accepted(const struct request *rq, struct reply *rp, const char *image)
{
    if (rq->mv >= 45) {
        reply_json(rp, 202, json_pack("{s:s}", "image_id", image));
        return;
    }
    reply_json(rp, 202, NULL);
    reply_header(rp, "Location", "%s/image/v2/images/%s", rq->base, image);
}

/* Every attached volume gets a snapshot in Cinder before the call returns; the image
 * itself is empty. */
static void snapshot_volumes(struct cloud *cl, struct request *rq, struct reply *rp,
                             struct server *s, const char *name, const json_t *metadata)
{
    long long limit = quota_of(cl, s->project_id, "snapshots");
    size_t n = json_array_size(s->volumes), i;
    if (limit >= 0 && (long long)(json_object_size(cl->snapshots) + n) > limit) {
        nova_fault(rp, 403, "Quota exceeded for snapshots");
        return;
    }
    json_t *mapping = json_array(), *record_of_volume;
    char *title = text_new("snapshot for %s", name);
    json_array_foreach(s->volumes, i, record_of_volume)
    {
        json_t *volume =
            json_object_get(cl->volumes, str_of(record_of_volume, "volume_id"));
        json_t *snapshot = volume_snapshot(cl, volume, title);
        str_into(snapshot, "description", "");
        effect(cl, rq, "volume_snapshot_create", title, str_of(snapshot, "id"));
        json_array_append_new(
            mapping,
            json_pack(
                "{s:s, s:s, s:O, s:O, s:O, s:O, s:O, s:n, s:n, s:n, s:n, s:n, s:n, s:n, "
                "s:n, s:n, s:n, s:n, s:n}",
                "source_type", "snapshot", "destination_type", "volume", "snapshot_id",
                json_object_get(snapshot, "id"), "boot_index",
                json_object_get(record_of_volume, "boot_index"), "volume_size",
                json_object_get(volume, "size"), "delete_on_termination",
                json_object_get(record_of_volume, "delete_on_termination"), "device_name",
                json_object_get(record_of_volume, "device"), "disk_bus", "device_type",
                "image_id", "tag", "volume_type", "volume_id", "no_device",
                "guest_format", "encrypted", "encryption_format", "encryption_options",
                "encryption_secret_uuid"));
    }
    free(title);
    if (stop_at(rq, rp, "record")) {
        json_decref(mapping);
        return;
    }
    struct image *im = snapshot_record(cl, rq, s, name, "snapshot", metadata);
    /* Nothing tells of which server it is. */
    json_object_del(im->doc, "image_type");
    json_object_del(im->doc, "instance_uuid");
    json_object_del(im->doc, "user_id");
    char *text = json_dumps(mapping, 0);
    str_into(im->doc, "block_device_mapping", text);
    free(text);
    json_decref(mapping);
    str_into(im->doc, "bdm_v2", "True");
    str_into(im->doc, "root_device_name", "/dev/vda");
    str_into(im->doc, "disk_format", "qcow2");
    str_into(im->doc, "container_format", "bare");
    image_fill(cl, im, xcalloc(1, 1), 0);
    action_start(cl, rq, s, "createImage");
    action_event(cl, s, rq->id, "api_snapshot_instance", cloud_now(cl), NULL);
    image_accepted(rq, rp, im->id);
}

static void snapshot_disk(struct cloud *cl, struct request *rq, struct reply *rp,
                          struct server *s, const char *name, const json_t *metadata,
                          const char *backup, long long rotation)
{
    struct image *im =
        snapshot_record(cl, rq, s, name, backup ? "backup" : "snapshot", metadata);
    if (backup)
        str_into(im->doc, "backup_type", backup);
    if (stop_at(rq, rp, "record"))
        return;
    if (text_eq(rq->twist.snapshot_stop, "race")) {
        /* Another createImage set the task between our check and our save: its record
         * stays an orphan. */
        nova_unexpected(rp, "nova.exception.UnexpectedTaskStateError");
        return;
    }
    server_set_task(cl, s, backup ? "image_backup" : "image_snapshot_pending");
    if (stop_at(rq, rp, "task"))
        return;
    action_start(cl, rq, s, backup ? "createBackup" : "createImage");
    if (stop_at(rq, rp, "action"))
        return;
    job_start(cl, rq, s, cl->jobs.snapshot / 4, snapshot_job,
              json_pack("{s:s, s:s?, s:I}", "image", im->id, "backup", backup, "rotation",
                        (json_int_t)rotation));
    if (!stop_at(rq, rp, "cast"))
        image_accepted(rq, rp, im->id);
}

static size_t properties_after(const struct server *s, const json_t *metadata)
{
    return json_object_size(s->image_props) + json_object_size(metadata) + 4;
}

static bool may_snapshot(const struct server *s, const char *method, struct reply *rp)
{
    if (!server_in_state(s, states, true, method, rp))
        return false;
    if (s->launched)
        return true;
    nova_fault(rp, 409, "Cannot '%s' instance %s while it has never been active", method,
               s->id);
    return false;
}

static void do_create_image(struct cloud *cl, struct request *rq, struct reply *rp,
                            struct server *s, json_t *arg)
{
    static const struct key_rule rules[] = {{"name", IS_NAME, 0, 0, 1, 255, true},
                                            {"metadata", IS_OBJECT, 0, 0, 0, 0, false}};
    const json_t *metadata = json_object_get(arg, "metadata");
    if (!keys_check(arg, "createImage", rules, 2, rq->mv, rp) ||
        !metadata_check(metadata, rp) || !may_snapshot(s, "createImage", rp))
        return;
    if (properties_after(s, metadata) > 128) {
        nova_unexpected(rp, "glanceclient.exc.HTTPOverLimit");
        return;
    }
    if (s->volume_backed)
        snapshot_volumes(cl, rq, rp, s, str_of(arg, "name"), metadata);
    else
        snapshot_disk(cl, rq, rp, s, str_of(arg, "name"), metadata, NULL, 0);
}

static void do_create_backup(struct cloud *cl, struct request *rq, struct reply *rp,
                             struct server *s, json_t *arg)
{
    static const struct key_rule rules[] = {
        {"name", IS_NAME, 0, 0, 1, 255, true},
        {"backup_type", IS_STRING, 0, 0, 1, 255, true},
        {"rotation", IS_NUMBER, 0, 0, 0, 0, true},
        {"metadata", IS_OBJECT, 0, 0, 0, 0, false}};
    const json_t *metadata = json_object_get(arg, "metadata");
    if (!keys_check(arg, "createBackup", rules, 4, rq->mv, rp) ||
        !may_snapshot(s, "createBackup", rp))
        return;
    if (s->volume_backed) {
        nova_fault(rp, 400, "Backup is not supported for volume-backed instances.");
        return;
    }
    snapshot_disk(cl, rq, rp, s, str_of(arg, "name"), metadata,
                  str_of(arg, "backup_type"), int_of(arg, "rotation"));
}

const struct action snapshot_actions[] = {
    {"createImage", do_create_image, 0},
    {"createBackup", do_create_backup, 0},
    {NULL, NULL, 0},
};
