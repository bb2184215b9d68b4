/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Cinder v3, at the microversion that session.h assumes.
 */
#ifndef CLOUD_CINDER_H
#define CLOUD_CINDER_H

#include "cloud/session.h"
#include "net/request.h"

/* All volumes of our project, details. marker NULL: the first page. */
void cinder_volumes(const struct session *s, struct request *r, const char *marker);
void cinder_volume(const struct session *s, struct request *r, const char *id);
void cinder_volume_delete(const struct session *s, struct request *r, const char *id);

#endif
