/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of Cinder. */
#include "cloud/cinder.h"

#include "base/text.h"
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

void cinder_volumes(const struct session *s, struct request *r, const char *marker)
{
    struct text path = {0};
    text_add(&path, "/volumes/detail");
    query_add(&path, "limit", PAGE);
    if (marker)
        query_add(&path, "marker", marker);
    ask(s, r, "GET", &path);
}

void cinder_volume(const struct session *s, struct request *r, const char *id)
{
    one(s, r, "GET", id);
}

void cinder_volume_delete(const struct session *s, struct request *r, const char *id)
{
    one(s, r, "DELETE", id);
}
