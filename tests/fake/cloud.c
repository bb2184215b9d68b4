/* SPDX-License-Identifier: Apache-2.0 */
/* The model's life, its clock, and small helpers over JSON documents. */
#include "cloud.h"

#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "furnish.h"
#include "job.h"
#include "server.h"

static void free_user(void *p)
{
    struct user *u = p;
    free(u->name);
    free(u->password);
    free(u);
}

static void free_project(void *p)
{
    struct project *project = p;
    free(project->name);
    free(project);
}

static void free_image(void *p)
{
    struct image *im = p;
    json_decref(im->doc);
    free(im->bytes);
    free(im);
}

static void free_server(void *p)
{
    server_free(p);
}

/* The JSON members, so that init and clear cannot disagree. */
static json_t **objects(struct cloud *cl, size_t i)
{
    json_t **all[] = {&cl->app_creds,  &cl->flavors,   &cl->keypairs,    &cl->groups,
                      &cl->hosts,      &cl->quotas,    &cl->host_faults, &cl->zone_faults,
                      &cl->networks,   &cl->subnets,   &cl->ports,       &cl->routers,
                      &cl->sgs,        &cl->fips,      &cl->trunks,      &cl->taken,
                      &cl->volumes,    &cl->snapshots, &cl->effects,     &cl->vifs,
                      &cl->extensions, &cl->by_device, &cl->disks,       &cl->qos};
    return i < sizeof(all) / sizeof(*all) ? all[i] : NULL;
}

static json_t **arrays(struct cloud *cl, size_t i)
{
    json_t **all[] = {&cl->aggregates,  &cl->migrations, &cl->effect_log,
                      &cl->request_log, &cl->power_log,  &cl->volume_zones};
    return i < sizeof(all) / sizeof(*all) ? all[i] : NULL;
}

void cloud_init(struct cloud *cl, bool manual_clock, double skew)
{
    *cl = (struct cloud){.max_mv = 104,
                         .page_max = 1000,
                         .cells = 1,
                         .token_ttl = 3600,
                         .jobs = {.stop = 0.05,
                                  .snapshot = 0.1,
                                  .boot = 0.2,
                                  .start = 0.05,
                                  .remove = 0.05,
                                  .attach = 0.05,
                                  .detach = 0.05,
                                  .live = 0.2,
                                  .volume = 0.05}};
    clock_init(&cl->clock, manual_clock, skew);
    table_init(&cl->users);
    table_init(&cl->projects);
    table_init(&cl->tokens);
    table_init(&cl->servers);
    table_init(&cl->images);
    json_t **at;
    for (size_t i = 0; (at = objects(cl, i)); i++)
        *at = json_object();
    for (size_t i = 0; (at = arrays(cl, i)); i++)
        *at = json_array();
    furnish(cl);
}

void cloud_clear(struct cloud *cl)
{
    clock_clear(&cl->clock);
    jobs_clear(cl);
    faults_clear(cl);
    table_clear(&cl->tokens, free);
    table_clear(&cl->users, free_user);
    table_clear(&cl->projects, free_project);
    table_clear(&cl->servers, free_server);
    table_clear(&cl->images, free_image);
    json_t **at;
    for (size_t i = 0; (at = objects(cl, i)); i++)
        json_decref(*at);
    for (size_t i = 0; (at = arrays(cl, i)); i++)
        json_decref(*at);
}

double cloud_now(const struct cloud *cl)
{
    return clock_now(&cl->clock);
}

json_t *iso_json(double t)
{
    char text[TIME_TEXT];
    if (t <= 0)
        return json_null();
    time_iso(t, text);
    return json_string(text);
}

json_t *iso_us_json(double t)
{
    char text[TIME_TEXT];
    if (t <= 0)
        return json_null();
    time_iso_us((double)(long long)t, text);
    return json_string(text);
}

json_t *cloud_now_json(const struct cloud *cl)
{
    return iso_json(cloud_now(cl));
}

json_t *uuid_json(void)
{
    char id[UUID_TEXT];
    uuid_make(id);
    return json_string(id);
}

struct user *cloud_user(const struct cloud *cl, const char *name)
{
    for (struct row *r = cl->users.oldest; r && name; r = r->newer) {
        struct user *u = r->data;
        if (strcmp(u->name, name) == 0)
            return u;
    }
    return NULL;
}

struct project *cloud_project(const struct cloud *cl, const char *id_or_name)
{
    for (struct row *r = cl->projects.oldest; r && id_or_name; r = r->newer) {
        struct project *p = r->data;
        if (strcmp(p->name, id_or_name) == 0 || strcmp(p->id, id_or_name) == 0)
            return p;
    }
    return NULL;
}

const char *str_of(const json_t *doc, const char *key)
{
    return json_string_value(json_object_get(doc, key));
}

long long int_of(const json_t *doc, const char *key)
{
    return json_integer_value(json_object_get(doc, key));
}

bool true_of(const json_t *doc, const char *key)
{
    return json_is_true(json_object_get(doc, key));
}

void str_into(json_t *doc, const char *key, const char *value)
{
    json_object_set_new(doc, key, value ? json_string(value) : json_null());
}

bool has_text(const json_t *array, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (text_eq(json_string_value(item), text))
            return true;
    }
    return false;
}

void add_sorted(json_t *array, const char *text)
{
    size_t i = 0;
    while (i < json_array_size(array) &&
           strcmp(json_string_value(json_array_get(array, i)), text) < 0)
        i++;
    if (!text_eq(json_string_value(json_array_get(array, i)), text))
        json_array_insert_new(array, i, json_string(text));
}

bool drop_text(json_t *array, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (text_eq(json_string_value(item), text)) {
            json_array_remove(array, i);
            return true;
        }
    }
    return false;
}

void effect(struct cloud *cl, struct request *rq, const char *kind, const char *key,
            const char *id)
{
    json_t *by_key = json_object_get(cl->effects, kind);
    if (!by_key) {
        by_key = json_object();
        json_object_set_new(cl->effects, kind, by_key);
    }
    long long before = int_of(by_key, key);
    json_object_set_new(by_key, key, json_integer(before + 1));
    if (rq)
        rq->acted = true;
    json_array_append_new(
        cl->effect_log,
        json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:f}", "kind", kind, "key", key, "id", id,
                  "request", rq ? rq->id : NULL, "user",
                  rq && rq->who.user ? rq->who.user->name : NULL, "time", cloud_now(cl)));
}

long long quota_of(const struct cloud *cl, const char *project, const char *name)
{
    const json_t *own = json_object_get(json_object_get(cl->quotas, project), name);
    if (!own)
        own = json_object_get(json_object_get(cl->quotas, "default"), name);
    return json_integer_value(own);
}
