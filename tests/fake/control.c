/* SPDX-License-Identifier: Apache-2.0 */
/* The control API: what a test asks of the fake itself. */
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "fault.h"
#include "identity.h"
#include "job.h"
#include "route.h"
#include "server.h"
#include "volume.h"

static void fail(struct reply *rp, int status, const char *message)
{
    reply_json(rp, status, json_pack("{s:s}", "error", message));
}

static void post_clock(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *advance = json_object_get(rq->json, "advance");
    if (!json_is_number(advance) || !cl->clock.manual) {
        fail(rp, 400,
             cl->clock.manual ? "\"advance\" is a number of seconds"
                              : "the clock is real: start with --clock manual");
        return;
    }
    clock_advance(&cl->clock, json_number_value(advance));
    reply_json(rp, 200, json_pack("{s:f}", "now", cloud_now(cl)));
}

static void get_clock(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200,
               json_pack("{s:f, s:b, s:I}", "now", cloud_now(cl), "manual",
                         (int)cl->clock.manual, "timers", (json_int_t)cl->clock.n));
}

static json_t *image_state(const struct image *im)
{
    json_t *doc = json_deep_copy(im->doc);
    json_object_set_new(doc, "bytes", json_integer((json_int_t)im->size));
    return doc;
}

static void get_state(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    json_t *servers = json_object(), *images = json_object();
    for (struct row *r = cl->servers.oldest; r; r = r->newer)
        json_object_set_new(servers, r->id, server_state(cl, r->data));
    for (struct row *r = cl->images.oldest; r; r = r->newer)
        json_object_set_new(images, r->id, image_state(r->data));
    reply_json(rp, 200,
               json_pack("{s:o, s:o, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:f}",
                         "servers", servers, "images", images, "ports", cl->ports,
                         "floating_ips", cl->fips, "volumes", cl->volumes, "snapshots",
                         cl->snapshots, "networks", cl->networks, "security_groups",
                         cl->sgs, "server_groups", cl->groups, "flavors", cl->flavors,
                         "migrations", cl->migrations, "now", cloud_now(cl)));
}

/* The bytes of a server's root disk, of an image or of a volume, by id. */
static void get_disk(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const struct server *s = table_get(&cl->servers, rq->part[1]);
    const struct image *im = table_get(&cl->images, rq->part[1]);
    const json_t *volume = json_object_get(cl->disks, rq->part[1]);
    const char *bytes = s ? s->disk : im ? im->bytes : json_string_value(volume);
    size_t size = s ? s->disk_size : im ? im->size : json_string_length(volume);
    if (!bytes) {
        fail(rp, 404, "no disk of that id");
        return;
    }
    reply_json(rp, 200, NULL);
    rp->text = xcalloc(size + 1, 1);
    memcpy(rp->text, bytes, size);
    rp->size = size;
    rp->type = "application/octet-stream";
}

static void put_disk(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = table_get(&cl->servers, rq->part[1]);
    if (json_object_get(cl->volumes, rq->part[1])) {
        json_object_set_new(cl->disks, rq->part[1],
                            json_stringn_nocheck(rq->body ? rq->body : "", rq->size));
        reply_json(rp, 204, NULL);
        return;
    }
    if (!s || s->deleted) {
        fail(rp, 404, "no server or volume of that id");
        return;
    }
    server_set_disk(s, rq->body, rq->size);
    reply_json(rp, 204, NULL);
}

static void get_effects(struct cloud *cl, struct request *rq, struct reply *rp)
{
    bool log = request_query(rq, "log") != NULL;
    reply_json(rp, 200, json_incref(log ? cl->effect_log : cl->effects));
}

static void get_power(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, json_incref(cl->power_log));
}

static void delete_effects(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    json_object_clear(cl->effects);
    json_array_clear(cl->effect_log);
    reply_json(rp, 204, NULL);
}

static void get_requests(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *since = request_query(rq, "since");
    bool mutating = request_query(rq, "mutating") != NULL;
    long long from = since ? strtoll(since, NULL, 10) : 0;
    json_t *list = json_array(), *entry;
    size_t i;
    json_array_foreach(cl->request_log, i, entry)
    {
        if (int_of(entry, "n") > from && (!mutating || true_of(entry, "mutating")))
            json_array_append(list, entry);
    }
    reply_json(rp, 200, list);
}

static void delete_requests(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    json_array_clear(cl->request_log);
    reply_json(rp, 204, NULL);
}

static void get_faults(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, faults_json(cl));
}

static void post_faults(struct cloud *cl, struct request *rq, struct reply *rp)
{
    size_t n = json_is_array(rq->json) ? json_array_size(rq->json) : 1;
    for (size_t i = 0; i < n; i++) {
        char *error = NULL;
        const json_t *doc =
            json_is_array(rq->json) ? json_array_get(rq->json, i) : rq->json;
        if (!fault_add(cl, doc, &error)) {
            fail(rp, 400, error);
            free(error);
            return;
        }
    }
    reply_json(rp, 201, json_pack("{s:I}", "id", (json_int_t)cl->fault_ids));
}

static void delete_faults(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    faults_clear(cl);
    reply_json(rp, 204, NULL);
}

static void post_release(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, json_pack("{s:I}", "released", (json_int_t)exchange_release(cl)));
}

static void post_unstick(struct cloud *cl, struct request *rq, struct reply *rp)
{
    size_t n = jobs_unstick(cl, str_of(rq->json, "server"), true_of(rq->json, "fail"));
    /* A task without a job, as a createImage leaves that stopped half-way. */
    for (struct row *r = cl->servers.oldest; r; r = r->newer) {
        struct server *s = r->data;
        const char *asked = str_of(rq->json, "server");
        if (n == 0 && s->task_state && text_starts(s->task_state, "image_") &&
            (!asked || strcmp(asked, s->id) == 0))
            server_set_task(cl, s, NULL);
    }
    reply_json(rp, 200, json_pack("{s:I}", "unstuck", (json_int_t)n));
}

static void post_config(struct cloud *cl, struct request *rq, struct reply *rp)
{
    char *error = NULL;
    if (control_config(cl, rq->json, &error))
        reply_json(rp, 204, NULL);
    else
        fail(rp, 400, error);
    free(error);
}

static void post_revoke(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200,
               json_pack("{s:I}", "revoked", (json_int_t)identity_revoke_all(cl)));
}

/* Makes a document of a kind that the API has no way to make: {"kind": "flavor", "doc":
 * {...}}. */
static void post_make(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *kind = str_of(rq->json, "kind");
    json_t *doc = json_deep_copy(json_object_get(rq->json, "doc"));
    json_t *into = text_eq(kind, "flavor")     ? cl->flavors
                   : text_eq(kind, "network")  ? cl->networks
                   : text_eq(kind, "subnet")   ? cl->subnets
                   : text_eq(kind, "app_cred") ? cl->app_creds
                                               : NULL;
    if (!into || !json_is_object(doc)) {
        json_decref(doc);
        fail(rp, 400, "\"kind\" is flavor, network, subnet or app_cred");
        return;
    }
    if (!str_of(doc, "id"))
        json_object_set_new(doc, "id", uuid_json());
    json_object_set(into, str_of(doc, "id"), doc);
    reply_json(rp, 201, doc);
}

static const struct route routes[] = {
    {"GET", "clock", get_clock, 0, 0},
    {"POST", "clock", post_clock, 0, 0},
    {"GET", "state", get_state, 0, 0},
    {"GET", "disks/*", get_disk, 0, 0},
    {"PUT", "disks/*", put_disk, 0, 0},
    {"GET", "effects", get_effects, 0, 0},
    {"DELETE", "effects", delete_effects, 0, 0},
    {"GET", "power", get_power, 0, 0},
    {"GET", "requests", get_requests, 0, 0},
    {"DELETE", "requests", delete_requests, 0, 0},
    {"GET", "faults", get_faults, 0, 0},
    {"POST", "faults", post_faults, 0, 0},
    {"DELETE", "faults", delete_faults, 0, 0},
    {"POST", "release", post_release, 0, 0},
    {"POST", "unstick", post_unstick, 0, 0},
    {"POST", "config", post_config, 0, 0},
    {"POST", "revoke", post_revoke, 0, 0},
    {"POST", "make", post_make, 0, 0},
};

void control_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    request_split(rq, 1);
    enum route_found found =
        route_serve(routes, sizeof(routes) / sizeof(*routes), cl, rq, rp);
    if (found != ROUTE_DONE)
        fail(rp, found == ROUTE_NO_PATH ? 404 : 405, "no such control");
}
