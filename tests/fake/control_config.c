/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set while the fake runs: job times, hosts, zones, quotas, the microversion.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"

bool control_job_time(struct cloud *cl, const char *name, double seconds)
{
    const struct {
        const char *name;
        double *at;
    } jobs[] = {{"stop", &cl->jobs.stop},     {"snapshot", &cl->jobs.snapshot},
                {"boot", &cl->jobs.boot},     {"start", &cl->jobs.start},
                {"delete", &cl->jobs.remove}, {"attach", &cl->jobs.attach},
                {"detach", &cl->jobs.detach}, {"live", &cl->jobs.live},
                {"volume", &cl->jobs.volume}};
    for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
        if (strcmp(jobs[i].name, name) == 0) {
            *jobs[i].at = seconds;
            return true;
        }
    }
    return false;
}

static bool set_jobs(struct cloud *cl, const json_t *doc, char **ret_error)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        if (!json_is_number(value) ||
            !control_job_time(cl, key, json_number_value(value))) {
            *ret_error = text_new("unknown job: %s", key);
            return false;
        }
    }
    return true;
}

static bool set_microversion(struct cloud *cl, const char *text, char **ret_error)
{
    int minor;
    if (!text)
        return true;
    if (sscanf(text, "2.%4d", &minor) != 1 || minor < 1) {
        *ret_error = text_new("no microversion: %s", text);
        return false;
    }
    cl->max_mv = minor;
    return true;
}

/* {"instances": 5} for everybody, or {"<project id or name>": {"instances": 5}}. */
static void set_quota(struct cloud *cl, const json_t *doc)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        if (json_is_number(value)) {
            json_object_set(json_object_get(cl->quotas, "default"), key, value);
            continue;
        }
        const struct project *p = cloud_project(cl, key);
        const char *id = p ? p->id : key;
        if (!json_object_get(cl->quotas, id))
            json_object_set_new(cl->quotas, id, json_object());
        json_object_update(json_object_get(cl->quotas, id), value);
    }
}

/* Hosts and zones merge by name; null takes a name's knobs off. */
static void merge(json_t *into, const json_t *doc)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        if (json_is_null(value))
            json_object_del(into, key);
        else
            json_object_set_new(into, key, json_deep_copy(value));
    }
}

bool control_config(struct cloud *cl, const json_t *doc, char **ret_error)
{
    static const char *const known[] = {"jobs",         "hosts",           "zones",
                                        "quota",        "token_ttl",       "page_max",
                                        "microversion", "app_creds",       "extensions",
                                        "reclaim_s",    "cross_az_attach", "upload_fail",
                                        "volume_zones"};
    const char *key;
    json_t *value;
    if (!json_is_object(doc)) {
        *ret_error = xstrdup("a JSON object is wanted");
        return false;
    }
    json_object_foreach((json_t *)doc, key, value)
    {
        bool ok = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
            ok = ok || strcmp(known[i], key) == 0;
        if (!ok) {
            *ret_error = text_new("unknown key: %s", key);
            return false;
        }
    }
    merge(cl->host_faults, json_object_get(doc, "hosts"));
    merge(cl->zone_faults, json_object_get(doc, "zones"));
    merge(cl->extensions, json_object_get(doc, "extensions"));
    merge(cl->app_creds, json_object_get(doc, "app_creds"));
    set_quota(cl, json_object_get(doc, "quota"));
    if (json_object_get(doc, "token_ttl"))
        cl->token_ttl = json_number_value(json_object_get(doc, "token_ttl"));
    if (json_object_get(doc, "reclaim_s"))
        cl->reclaim = json_number_value(json_object_get(doc, "reclaim_s"));
    if (json_object_get(doc, "volume_zones")) {
        json_array_clear(cl->volume_zones);
        json_array_extend(cl->volume_zones, json_object_get(doc, "volume_zones"));
    }
    if (json_object_get(doc, "upload_fail"))
        cl->uploads_fail = true_of(doc, "upload_fail");
    if (json_object_get(doc, "cross_az_attach"))
        cl->volumes_stay = !true_of(doc, "cross_az_attach");
    if (json_object_get(doc, "page_max"))
        cl->page_max = (int)int_of(doc, "page_max");
    return set_jobs(cl, json_object_get(doc, "jobs"), ret_error) &&
           set_microversion(cl, str_of(doc, "microversion"), ret_error);
}
