/* SPDX-License-Identifier: Apache-2.0 */
/* Booting a server on a host, and taking it away again. */
#include "boot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "network.h"
#include "server.h"
#include "volume.h"

void server_set_fault(struct cloud *cl, struct server *s, int code, const char *fmt, ...)
{
    char message[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    json_decref(s->fault);
    s->fault = json_pack("{s:i, s:o, s:s, s:s+}", "code", code, "created",
                         cloud_now_json(cl), "message", message, "details",
                         "Traceback (most recent call last):\n", message);
}

void nic_add(struct cloud *cl, struct server *s, json_t *port, const char *tag, bool made)
{
    const json_t *net = json_object_get(cl->networks, str_of(port, "network_id"));
    json_array_append_new(s->nics,
                          json_pack("{s:O, s:O, s:O, s:O, s:o, s:b, s:s?}", "port_id",
                                    json_object_get(port, "id"), "net_id",
                                    json_object_get(port, "network_id"), "net",
                                    json_object_get(net, "name"), "mac",
                                    json_object_get(port, "mac_address"), "fixed_ips",
                                    json_deep_copy(json_object_get(port, "fixed_ips")),
                                    "made", (int)made, "tag", tag));
    str_into(cl->vifs, str_of(port, "id"), s->id);
}

void nic_drop(struct cloud *cl, struct server *s, const char *port_id)
{
    size_t i;
    json_t *nic;
    if (text_eq(str_of(cl->vifs, port_id), s->id))
        json_object_del(cl->vifs, port_id);
    json_array_foreach(s->nics, i, nic)
    {
        if (text_eq(str_of(nic, "port_id"), port_id)) {
            json_array_remove(s->nics, i);
            return;
        }
    }
}

/* Nova frees every port that it was given, whoever has it by now: that cuts off a server
 * which got the port since. */
static void unbind_given(struct cloud *cl, const json_t *networks)
{
    size_t i;
    json_t *item;
    json_array_foreach(networks, i, item)
    {
        json_t *port =
            json_object_get(cl->ports, str_of(item, "port") ? str_of(item, "port") : "");
        if (port)
            port_unbind(cl, port);
    }
}

void server_strip(struct cloud *cl, struct server *s, bool ports)
{
    while (ports && json_array_size(s->nics)) {
        char id[UUID_TEXT];
        const json_t *nic = json_array_get(s->nics, 0);
        snprintf(id, sizeof(id), "%s", str_of(nic, "port_id"));
        json_t *port = json_object_get(cl->ports, id);
        if (!true_of(nic, "made") && port)
            port_unbind(cl, port);
        else if (text_eq(str_of(port, "device_id"), s->id))
            port_delete(cl, id);
        nic_drop(cl, s, id);
    }
    volumes_release(cl, s);
    free(s->disk);
    s->disk = NULL;
    s->disk_size = 0;
}

/* Two ends of a failed build: given up at once (abort), or tried on every host in vain.
 * The server is on none then. */
static void boot_failed(struct cloud *cl, struct server *s, struct job *job,
                        bool abort_it, const char *reason)
{
    char *message =
        abort_it
            ? text_new("Build of instance %s aborted: %s", s->id, reason)
            : text_new(
                  "Exceeded maximum number of retries. Exhausted all hosts available "
                  "for retrying build failures for instance %s.",
                  s->id);
    unbind_given(cl, json_object_get(job->args, "networks"));
    server_strip(cl, s, true);
    server_set_fault(cl, s, 500, "%s", message);
    s->vm_state = "error";
    s->power_state = 0;
    server_set_host(cl, s, NULL);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute__do_build_and_run_instance", job->began,
                 message);
    free(message);
}

/* Why a NIC could not be plugged in. */
struct unplugged {
    bool abort_it;
    char reason[300];
};

__attribute__((format(printf, 3, 4))) static bool not_plugged(struct unplugged *u,
                                                              bool abort_it,
                                                              const char *fmt, ...)
{
    va_list ap;
    u->abort_it = abort_it;
    va_start(ap, fmt);
    vsnprintf(u->reason, sizeof(u->reason), fmt, ap);
    va_end(ap);
    return false;
}

static bool plug_given(struct cloud *cl, struct server *s, const json_t *item,
                       struct unplugged *u)
{
    const char *id = str_of(item, "port");
    json_t *port = json_object_get(cl->ports, id);
    if (!port)
        return not_plugged(u, false, "Port id %s could not be found.", id);
    if (*str_of(port, "device_id") && !text_eq(str_of(port, "device_id"), s->id))
        return not_plugged(u, false, "Port %s is still in use.", id);
    /* A source whose port was freed behind Nova's back still owns the row in
     * virtual_interfaces of its cell. */
    const char *owner = str_of(cl->vifs, id);
    const struct server *other = owner ? table_get(&cl->servers, owner) : NULL;
    if (other && other != s && !other->deleted && other->cell == s->cell)
        return not_plugged(u, true, "Virtual Interface creation failed");
    port_bind(cl, port, s);
    nic_add(cl, s, port, str_of(item, "tag"), false);
    return true;
}

static json_t *body_for(const struct server *s, const json_t *item, const json_t *groups)
{
    json_t *body =
        json_pack("{s:s, s:s}", "network_id", str_of(item, "uuid"), "device_id", s->id);
    const char *ip = str_of(item, "fixed_ip");
    if (ip)
        json_object_set_new(body, "fixed_ips", json_pack("[{s:s}]", "ip_address", ip));
    if (json_array_size(groups))
        json_object_set_new(body, "security_groups", json_copy((json_t *)groups));
    return body;
}

static bool plug(struct cloud *cl, struct server *s, struct job *job, struct unplugged *u)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(job->args, "networks"), i, item)
    {
        if (str_of(item, "port")) {
            if (!plug_given(cl, s, item, u))
                return false;
            continue;
        }
        struct net_error e;
        json_t *body = body_for(s, item, json_object_get(job->args, "groups"));
        json_t *port = port_create(cl, NULL, s->project_id, body, &e);
        json_decref(body);
        if (!port && strcmp(e.type, "InvalidIpForNetwork") == 0)
            return not_plugged(u, true,
                               "Invalid input received: Fixed IP %s is not a valid ip "
                               "address for network %s.",
                               str_of(item, "fixed_ip"), str_of(item, "uuid"));
        if (!port)
            return not_plugged(u, true, "Invalid input received: %.250s", e.message);
        port_bind(cl, port, s);
        nic_add(cl, s, port, str_of(item, "tag"), true);
    }
    return true;
}

static double knob_seconds(const struct cloud *cl, const char *host, const char *name)
{
    return json_number_value(host_knob(cl, host, name));
}

static void boot_done(struct cloud *cl, struct server *s, struct job *job)
{
    struct image *im =
        s->image_ref && *s->image_ref ? table_get(&cl->images, s->image_ref) : NULL;
    if (job->fail || json_is_true(host_knob(cl, s->host, "spawn_fail"))) {
        boot_failed(cl, s, job, true, "cloudlab: spawn_fail");
        return;
    }
    if (!s->volume_backed && !im) {
        boot_failed(cl, s, job, false, "Image could not be found.");
        return;
    }
    if (im)
        server_set_disk(s, im->bytes, im->size);
    volumes_attached(cl, s);
    s->vm_state = "active";
    s->power_state = 1;
    s->launched = true;
    s->launched_at = cloud_now(cl);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute__do_build_and_run_instance", job->began,
                 NULL);
}

static void boot_scheduled(struct cloud *cl, struct server *s, struct job *job)
{
    const char *asked = str_of(job->args, "host");
    const char *host = asked && host_is_up(cl, asked)
                           ? asked
                           : host_choose(cl, s, str_of(job->args, "zone"), NULL);
    if (!host) {
        unbind_given(cl, json_object_get(job->args, "networks"));
        server_set_fault(
            cl, s, 500, "No valid host was found. There are not enough hosts available.");
        s->vm_state = "error";
        volumes_release(cl, s);
        server_set_task(cl, s, NULL);
        action_event(cl, s, job->request_id, "conductor_schedule_and_build_instances",
                     job->began, "No valid host was found.");
        return;
    }
    server_set_host(cl, s, host);
    server_set_task(cl, s, "networking");
    job_again(job, cl->jobs.boot * 0.3);
}

static void boot_job(struct cloud *cl, struct server *s, struct job *job)
{
    struct unplugged u;
    if (s->deleted)
        return;
    if (text_eq(s->task_state, "deleting")) {
        /* The build notices and stops; the delete that waits behind it does the rest. */
        unbind_given(cl, job->stage == 0 ? json_object_get(job->args, "networks") : NULL);
        return;
    }
    if (job->stage == 0) {
        boot_scheduled(cl, s, job);
    } else if (job->stage == 1) {
        if (!plug(cl, s, job, &u)) {
            boot_failed(cl, s, job, u.abort_it, u.reason);
            return;
        }
        server_set_task(cl, s, "spawning");
        job_again(job, cl->jobs.boot * 0.5 + knob_seconds(cl, s->host, "spawn_s"));
    } else {
        boot_done(cl, s, job);
    }
}

void boot_start(struct cloud *cl, const struct request *rq, struct server *s,
                json_t *args)
{
    const char *zone = str_of(args, "zone");
    double slow = 0;
    const char *name;
    json_t *host;
    json_object_foreach(cl->hosts, name, host)
    {
        if (text_eq(str_of(host, "zone"), zone) &&
            knob_seconds(cl, name, "spawn_s") > slow)
            slow = knob_seconds(cl, name, "spawn_s");
    }
    job_start(cl, rq, s, cl->jobs.boot * 0.2, boot_job, args);
    s->busy_until = cloud_now(cl) + cl->jobs.boot + slow;
}

static void remove_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (s->deleted)
        return;
    if (job->fail) {
        s->vm_state = "error";
        server_set_fault(cl, s, 500, "the instance could not be destroyed");
        server_set_task(cl, s, NULL);
        action_event(cl, s, job->request_id, "compute_terminate_instance", job->began,
                     "the instance could not be destroyed");
        return;
    }
    server_strip(cl, s, true);
    s->deleted = true;
    s->vm_state = "deleted";
    s->power_state = 0;
    s->terminated_at = cloud_now(cl);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_terminate_instance", job->began, NULL);
}

void remove_start(struct cloud *cl, const struct request *rq, struct server *s)
{
    server_set_task(cl, s, "deleting");
    /* The API deletes by itself what lies on a host that is down. */
    if (json_is_true(host_knob(cl, s->host, "down")))
        server_set_host(cl, s, NULL);
    job_queue(cl, rq, s, cl->jobs.remove, remove_job, NULL);
}

static void reclaim_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (!s->deleted && strcmp(s->vm_state, "soft-delete") == 0)
        remove_job(cl, s, job);
}

static void soft_remove_job(struct cloud *cl, struct server *s, struct job *job)
{
    if (s->deleted || !text_eq(s->task_state, "soft-deleting"))
        return;
    s->vm_state = "soft-delete";
    s->power_state = 4;
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_soft_delete_instance", job->began,
                 NULL);
    job_start(cl, NULL, s, cl->reclaim, reclaim_job, NULL);
}

void soft_remove_start(struct cloud *cl, const struct request *rq, struct server *s)
{
    server_set_task(cl, s, "soft-deleting");
    job_queue(cl, rq, s, cl->jobs.remove, soft_remove_job, NULL);
}
