/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Cinder v3, at the microversion that session.h names.
 */
#ifndef CLOUD_CINDER_H
#define CLOUD_CINDER_H

#include <jansson.h>

#include "cloud/session.h"
#include "net/request.h"

/* All volumes of our project, details. marker NULL: the first page. */
void cinder_volumes(const struct session *s, struct request *r, const char *marker);
/* Those whose metadata has this item; details. Neither may hold a quote. */
void cinder_volumes_with(const struct session *s, struct request *r, const char *key,
                         const char *value, const char *marker);
void cinder_volume(const struct session *s, struct request *r, const char *id);
void cinder_zones(const struct session *s, struct request *r);
void cinder_limits(const struct session *s, struct request *r);

/* Mutations. body: {"volume": {...}}, borrowed. */
void cinder_volume_create(const struct session *s, struct request *r, const json_t *body);
/* Name, description, metadata: what is named replaces the whole of it. */
void cinder_volume_update(const struct session *s, struct request *r, const char *id,
                          const json_t *body);
void cinder_volume_bootable(const struct session *s, struct request *r, const char *id,
                            bool bootable);
/* Makes an image of an available volume, byte by byte; the reply has its id. */
void cinder_volume_upload(const struct session *s, struct request *r, const char *id,
                          const char *image_name);
/* Takes one item out of what Cinder keeps of the image that a volume was made from. */
void cinder_volume_forget(const struct session *s, struct request *r, const char *id,
                          const char *key);
void cinder_volume_delete(const struct session *s, struct request *r, const char *id);

#endif
