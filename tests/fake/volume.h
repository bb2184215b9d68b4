/* SPDX-License-Identifier: Apache-2.0 */
/* Cinder v3, as much as attached volumes and volume-booted servers need. */
#ifndef FAKE_VOLUME_H
#define FAKE_VOLUME_H

#include "cloud.h"
#include "route.h"

/* Serves what lies below /volume. */
void volume_serve(struct cloud *cl, struct request *rq, struct reply *rp);

/* Makes an available volume and lends it. bootable: it carries an operating system. */
json_t *volume_new(struct cloud *cl, const char *project, const char *user,
                   const char *name, long long size, const char *zone, bool bootable);
/* The volume is a copy of the image (may be NULL), and remembers what Glance said of it.
 */
void volume_from_image(json_t *volume, const struct image *im);
/* Lends the volume if the project may use it. */
json_t *volume_get(const struct cloud *cl, const struct request *rq, const char *id);
/* Lends a snapshot of the volume, made now. */
json_t *volume_snapshot(struct cloud *cl, json_t *volume, const char *name);

/* The server takes the volume: Cinder's reservation and Nova's record. Lends the record.
 */
json_t *volume_reserve(struct cloud *cl, struct server *s, json_t *volume,
                       const char *device, const char *tag, bool delete_on_termination,
                       int boot_index);
/* All reserved volumes of the server are in use now. */
void volumes_attached(struct cloud *cl, struct server *s);
void volume_attached(struct cloud *cl, struct server *s, const char *volume_id);
/* The volume leaves the server. */
void volume_detached(struct cloud *cl, struct server *s, const char *volume_id);
/* All volumes leave the server; those with delete_on_termination are deleted. */
void volumes_release(struct cloud *cl, struct server *s);

/* Cinder's zones, which need not be Nova's. Gives an array of names. */
json_t *volume_zones(const struct cloud *cl);

/* Gives the volume as the API shows it; made: the reply of POST. */
json_t *volume_view(const struct request *rq, const json_t *volume, bool made);
/* Lets a document of docs be "creating" for a while, and then end, a status that outlives
 * it; NULL: "deleting", and then gone. */
void volume_change(struct cloud *cl, json_t *docs, json_t *doc, const char *end);

extern const struct route_set volume_snapshot_routes, volume_action_routes;

#endif
