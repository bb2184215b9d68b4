/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of Glance. */
#include "cloud/glance.h"

#include "base/text.h"
#include "cloud/path.h"

/* Without a limit a page is 25 images; more than api_limit_max (1000) is trimmed. */
#define PAGE "1000"

static void one(const struct session *s, struct request *r, const char *method,
                const char *id)
{
    struct text path = {0};
    text_add(&path, "/images");
    path_add(&path, id);
    session_request(s, r, SERVICE_IMAGE, method, text_str(&path), 0);
    text_clear(&path);
}

static void list(const struct session *s, struct request *r, const char *key,
                 const char *value, const char *marker)
{
    struct text path = {0};
    text_add(&path, "/images");
    query_add(&path, key, value);
    query_add(&path, "limit", PAGE);
    if (marker)
        query_add(&path, "marker", marker);
    session_request(s, r, SERVICE_IMAGE, "GET", text_str(&path), 0);
    text_clear(&path);
}

void glance_image(const struct session *s, struct request *r, const char *id)
{
    one(s, r, "GET", id);
}

void glance_images_by_name(const struct session *s, struct request *r, const char *name,
                           const char *marker)
{
    list(s, r, "name", name, marker);
}

static void list_any(const struct session *s, struct request *r, const char *key,
                     const char *const *values, size_t n, const char *marker)
{
    struct text in = {0};
    text_add(&in, "in:");
    for (size_t i = 0; i < n; i++)
        text_addf(&in, "%s%s", i ? "," : "", values[i]);
    if (n == 0)
        text_add(&in, "-");
    list(s, r, key, text_str(&in), marker);
    text_clear(&in);
}

void glance_images_by_names(const struct session *s, struct request *r,
                            const char *const *names, size_t n, const char *marker)
{
    list_any(s, r, "name", names, n, marker);
}

void glance_images_by_tag(const struct session *s, struct request *r, const char *tag,
                          const char *marker)
{
    list(s, r, "tag", tag, marker);
}

void glance_images_by_property(const struct session *s, struct request *r,
                               const char *key, const char *value, const char *marker)
{
    list(s, r, key, value, marker);
}

void glance_images_of(const struct session *s, struct request *r, const char *project,
                      const char *marker)
{
    list(s, r, "owner", project, marker);
}

void glance_images_by_ids(const struct session *s, struct request *r,
                          const char *const *ids, size_t n)
{
    list_any(s, r, "id", ids, n, NULL);
}

void glance_patch(const struct session *s, struct request *r, const char *id,
                  const json_t *patch)
{
    one(s, r, "PATCH", id);
    request_json(r, json_deep_copy(patch));
    request_header(r, "Content-Type", "application/openstack-images-v2.1-json-patch");
}

void glance_delete(const struct session *s, struct request *r, const char *id)
{
    one(s, r, "DELETE", id);
}
