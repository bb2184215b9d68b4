/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of Cinder. */
#include "cloud/cinder.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/path.h"

#define PAGE "1000" /* more than osapi_max_limit is trimmed */

static void ask(const struct session *s, struct request *r, const char *method,
                struct text *path)
{
    session_request(s, r, SERVICE_VOLUME, method, text_str(path), 0);
    text_clear(path);
}

static void one(const struct session *s, struct request *r, const char *method,
                const char *id)
{
    struct text path = {0};
    text_add(&path, "/volumes");
    path_add(&path, id);
    ask(s, r, method, &path);
}

/* Takes the body. */
static void act(const struct session *s, struct request *r, const char *id, json_t *body)
{
    struct text path = {0};
    text_add(&path, "/volumes");
    path_add(&path, id);
    text_add(&path, "/action");
    ask(s, r, "POST", &path);
    request_json(r, body);
}

static void list(const struct session *s, struct request *r, const char *filter,
                 const char *value, const char *marker)
{
    struct text path = {0};
    text_add(&path, "/volumes/detail");
    query_add(&path, "limit", PAGE);
    if (filter)
        query_add(&path, filter, value);
    if (marker)
        query_add(&path, "marker", marker);
    ask(s, r, "GET", &path);
}

void cinder_volumes(const struct session *s, struct request *r, const char *marker)
{
    list(s, r, NULL, NULL, marker);
}

/* The filter is written as a Python dictionary. */
void cinder_volumes_with(const struct session *s, struct request *r, const char *key,
                         const char *value, const char *marker)
{
    AUTO_FREE char *wanted = xasprintf("{'%s': '%s'}", key, value);
    list(s, r, "metadata", wanted, marker);
}

void cinder_volume(const struct session *s, struct request *r, const char *id)
{
    one(s, r, "GET", id);
}

void cinder_zones(const struct session *s, struct request *r)
{
    session_request(s, r, SERVICE_VOLUME, "GET", "/os-availability-zone", 0);
}

void cinder_limits(const struct session *s, struct request *r)
{
    session_request(s, r, SERVICE_VOLUME, "GET", "/limits", 0);
}

void cinder_volume_create(const struct session *s, struct request *r, const json_t *body)
{
    session_request(s, r, SERVICE_VOLUME, "POST", "/volumes", 0);
    request_json(r, json_deep_copy(body));
}

void cinder_volume_update(const struct session *s, struct request *r, const char *id,
                          const json_t *body)
{
    one(s, r, "PUT", id);
    request_json(r, json_deep_copy(body));
}

void cinder_volume_bootable(const struct session *s, struct request *r, const char *id,
                            bool bootable)
{
    act(s, r, id, json_pack("{s:{s:b}}", "os-set_bootable", "bootable", (int)bootable));
}

/* raw, because an image of another format is not the volume byte by byte; private,
 * because Cinder's default depends on the release. */
void cinder_volume_upload(const struct session *s, struct request *r, const char *id,
                          const char *image_name)
{
    act(s, r, id,
        json_pack("{s:{s:s, s:s, s:s, s:s, s:b}}", "os-volume_upload_image", "image_name",
                  image_name, "disk_format", "raw", "container_format", "bare",
                  "visibility", "private", "force", 0));
}

void cinder_volume_forget(const struct session *s, struct request *r, const char *id,
                          const char *key)
{
    act(s, r, id, json_pack("{s:{s:s}}", "os-unset_image_metadata", "key", key));
}

void cinder_volume_delete(const struct session *s, struct request *r, const char *id)
{
    one(s, r, "DELETE", id);
}
