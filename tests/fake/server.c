/* SPDX-License-Identifier: Apache-2.0 */
/* Servers of the model: life, lookup, and the checks that all actions share. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "compute.h"

struct server *server_new(void)
{
    struct server *s = xcalloc(1, sizeof(*s));
    uuid_make(s->id);
    s->vm_state = "building";
    s->task_state = "scheduling";
    s->cell = 1;
    s->host = xstrdup("");
    s->zone = xstrdup("");
    s->config_drive = xstrdup("");
    s->disk_config = xstrdup("MANUAL");
    s->metadata = json_object();
    s->tags = json_array();
    s->hints = json_object();
    s->image_props = json_object();
    s->groups = json_array();
    s->nics = json_array();
    s->volumes = json_array();
    s->actions = json_array();
    return s;
}

void server_free(struct server *s)
{
    if (!s)
        return;
    char **texts[] = {
        &s->name,       &s->hostname,     &s->description, &s->key_name,
        &s->user_data,  &s->config_drive, &s->project_id,  &s->user_id,
        &s->image_ref,  &s->base_image,   &s->locked_by,   &s->locked_reason,
        &s->access4,    &s->boot_roles,   &s->owner_user,  &s->owner_project,
        &s->access6,    &s->disk_config,  &s->root_device, &s->reservation,
        &s->admin_pass, &s->pinned_zone,  &s->host,        &s->zone,
        &s->old_host,   &s->disk};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        free(*texts[i]);
    json_t *docs[] = {s->flavor, s->old_flavor,  s->metadata, s->tags,
                      s->hints,  s->image_props, s->fault,    s->trusted,
                      s->groups, s->nics,        s->volumes,  s->actions};
    for (size_t i = 0; i < sizeof(docs) / sizeof(*docs); i++)
        json_decref(docs[i]);
    free(s);
}

void server_set_flavor(struct server *s, json_t *flavor)
{
    json_decref(s->flavor);
    s->flavor = flavor;
    s->vcpus = int_of(flavor, "vcpus");
    s->ram = int_of(flavor, "ram");
}

void server_add(struct cloud *cl, struct server *s)
{
    s->created = s->updated = cloud_now(cl);
    s->number = ++cl->names;
    table_put(&cl->servers, s->id, s);
}

static bool may_see(const struct request *rq, const struct server *s)
{
    return rq->who.admin || strcmp(s->project_id, rq->who.project->id) == 0;
}

static struct server *find(struct cloud *cl, struct request *rq, struct reply *rp,
                           bool any)
{
    const char *id = rq->part[1];
    struct server *s = table_get(&cl->servers, id);
    if (!s || (s->deleted && !any) || !may_see(rq, s)) {
        nova_fault(rp, 404, "Instance %s could not be found.", id);
        return NULL;
    }
    if (rq->down_cell == s->cell) {
        nova_unexpected(rp, "nova.exception.NovaException");
        return NULL;
    }
    return s;
}

struct server *server_find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    return find(cl, rq, rp, false);
}

struct server *server_find_any(struct cloud *cl, struct request *rq, struct reply *rp)
{
    return find(cl, rq, rp, true);
}

/* A task that changes what the status reads, while the vm_state stays. */
static const char *status_of_task(const char *vm_state, const char *task)
{
    if (strcmp(vm_state, "active") == 0) {
        if (strcmp(task, "reboot_pending") == 0 || strcmp(task, "reboot_started") == 0 ||
            strcmp(task, "rebooting") == 0)
            return "REBOOT";
        if (text_starts(task, "reboot"))
            return "HARD_REBOOT";
        if (strcmp(task, "migrating") == 0)
            return "MIGRATING";
    }
    if (strcmp(vm_state, "active") == 0 || strcmp(vm_state, "stopped") == 0) {
        if (text_starts(task, "resize_"))
            return "RESIZE";
        if (text_starts(task, "rebuil"))
            return "REBUILD";
    }
    if (strcmp(vm_state, "resized") == 0 && strcmp(task, "resize_reverting") == 0)
        return "REVERT_RESIZE";
    return NULL;
}

const char *server_status(const struct server *s)
{
    static const char *const names[][2] = {
        {"active", "ACTIVE"},   {"building", "BUILD"},
        {"stopped", "SHUTOFF"}, {"resized", "VERIFY_RESIZE"},
        {"paused", "PAUSED"},   {"suspended", "SUSPENDED"},
        {"rescued", "RESCUE"},  {"error", "ERROR"},
        {"deleted", "DELETED"}, {"soft-delete", "SOFT_DELETED"},
        {"shelved", "SHELVED"}, {"shelved_offloaded", "SHELVED_OFFLOADED"}};
    if (s->deleted)
        return "DELETED";
    const char *special =
        s->task_state ? status_of_task(s->vm_state, s->task_state) : NULL;
    if (special)
        return special;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i][0], s->vm_state) == 0)
            return names[i][1];
    }
    return "UNKNOWN";
}

void server_touch(struct cloud *cl, struct server *s)
{
    s->updated = cloud_now(cl);
}

/* Whether two servers ever ran beside each other is what no look can tell. */
static void note_power(struct cloud *cl, struct server *s)
{
    bool runs = s->power_state == 1;
    if (runs == s->ran)
        return;
    s->ran = runs;
    json_array_append_new(cl->power_log,
                          json_pack("{s:s, s:b, s:f, s:I}", "server", s->id, "runs",
                                    (int)runs, "time", cloud_now(cl), "request",
                                    (json_int_t)cl->n_requests));
}

void server_set_task(struct cloud *cl, struct server *s, const char *task)
{
    s->task_state = task;
    server_touch(cl, s);
    note_power(cl, s);
}

bool server_in_state(const struct server *s, const char *const *vm_states, bool idle,
                     const char *method, struct reply *rp)
{
    bool fits = !vm_states;
    for (size_t i = 0; vm_states && vm_states[i]; i++)
        fits = fits || strcmp(vm_states[i], s->vm_state) == 0;
    if (!fits) {
        nova_fault(rp, 409, "Cannot '%s' instance %s while it is in vm_state %s", method,
                   s->id, s->vm_state);
        return false;
    }
    if (idle && s->task_state) {
        nova_fault(rp, 409, "Cannot '%s' instance %s while it is in task_state %s",
                   method, s->id, s->task_state);
        return false;
    }
    return true;
}

bool server_unlocked(const struct server *s, const struct request *rq, struct reply *rp)
{
    if (!s->locked_by || rq->who.admin)
        return true;
    nova_fault(rp, 409, "Instance %s is locked", s->id);
    return false;
}

json_t *server_nic(const struct server *s, const char *port_id)
{
    size_t i;
    json_t *nic;
    json_array_foreach(s->nics, i, nic)
    {
        if (text_eq(str_of(nic, "port_id"), port_id))
            return nic;
    }
    return NULL;
}

json_t *server_ports_sorted(const struct server *s)
{
    json_t *ids = json_array(), *nic;
    size_t i;
    json_array_foreach(s->nics, i, nic) add_sorted(ids, str_of(nic, "port_id"));
    return ids;
}

json_t *server_volume(const struct server *s, const char *volume_id)
{
    size_t i;
    json_t *volume;
    json_array_foreach(s->volumes, i, volume)
    {
        if (text_eq(str_of(volume, "volume_id"), volume_id))
            return volume;
    }
    return NULL;
}

void server_set_disk(struct server *s, const void *bytes, size_t size)
{
    char *copy = xcalloc(size + 1, 1);
    if (size)
        memcpy(copy, bytes, size);
    free(s->disk);
    s->disk = copy;
    s->disk_size = size;
}

void server_set_host(struct cloud *cl, struct server *s, const char *host)
{
    const json_t *doc = host ? json_object_get(cl->hosts, host) : NULL;
    text_set(&s->host, host ? host : "");
    text_set(&s->zone, doc ? str_of(doc, "zone") : "");
    if (doc && cl->cells > 1)
        s->cell = (int)int_of(doc, "cell");
}

char *server_mark(const struct server *s)
{
    size_t i;
    json_t *tag;
    json_array_foreach(s->tags, i, tag)
    {
        if (text_starts(json_string_value(tag), "rezone:"))
            return xstrdup(json_string_value(tag));
    }
    const char *mark = str_of(s->metadata, "rezone");
    return mark ? text_new("rezone:%s", mark) : xstrdup(s->name);
}

json_t *action_start(struct cloud *cl, const struct request *rq, struct server *s,
                     const char *name)
{
    json_t *action =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:n, s:[]}", "action", name,
                  "instance_uuid", s->id, "request_id", rq->id, "user_id",
                  rq->who.user->id, "project_id", rq->who.project->id, "start",
                  cloud_now(cl), "updated", cloud_now(cl), "message", "events");
    json_array_append_new(s->actions, action);
    return action;
}

void action_event(struct cloud *cl, struct server *s, const char *request_id,
                  const char *event, double began, const char *error)
{
    size_t i = json_array_size(s->actions);
    note_power(cl, s);
    while (i-- > 0) {
        json_t *action = json_array_get(s->actions, i);
        if (!text_eq(str_of(action, "request_id"), request_id))
            continue;
        json_array_append_new(json_object_get(action, "events"),
                              json_pack("{s:s, s:f, s:f, s:s, s:s?, s:s}", "event", event,
                                        "start", began, "finish", cloud_now(cl), "result",
                                        error ? "Error" : "Success", "details", error,
                                        "host", s->host));
        json_object_set_new(action, "updated", json_real(cloud_now(cl)));
        if (error)
            json_object_set_new(action, "message", json_string("Error"));
        return;
    }
}
