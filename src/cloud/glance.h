/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Glance v2. Any unknown query key is an exact filter on a custom property.
 */
#ifndef CLOUD_GLANCE_H
#define CLOUD_GLANCE_H

#include <jansson.h>

#include "cloud/session.h"
#include "net/request.h"

void glance_image(const struct session *s, struct request *r, const char *id);
/* limit is sent always (the default page is 25). */
void glance_images_by_name(const struct session *s, struct request *r, const char *name,
                           const char *marker);
/* Any of these names, none of which has a comma or a quote. */
void glance_images_by_names(const struct session *s, struct request *r,
                            const char *const *names, size_t n, const char *marker);
void glance_images_by_tag(const struct session *s, struct request *r, const char *tag,
                          const char *marker);
void glance_images_by_property(const struct session *s, struct request *r,
                               const char *key, const char *value, const char *marker);
/* Those that belong to this project, of any visibility. */
void glance_images_of(const struct session *s, struct request *r, const char *project,
                      const char *marker);
void glance_images_by_ids(const struct session *s, struct request *r,
                          const char *const *ids, size_t n); /* id=in:...; at most 50 */
/* patch: JSON array of operations (openstack-images-v2.1-json-patch); borrowed. */
void glance_patch(const struct session *s, struct request *r, const char *id,
                  const json_t *patch);
void glance_delete(const struct session *s, struct request *r, const char *id);

#endif
