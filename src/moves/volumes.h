/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes of a move: those that were attached when it was captured, in that order. One of
 * a server that booted from a volume is its root.
 */
#ifndef MOVES_VOLUMES_H
#define MOVES_VOLUMES_H

#include "flow/step.h"
#include "moves/difference.h"

size_t volume_count(struct move *m);
const json_t *volume_at(struct move *m,
                        size_t i); /* Nova's attachment; NULL past the end */
const char *volume_id_at(struct move *m, size_t i); /* "" past the end */
/* Cinder's document; NULL past the end, or when it was not shown. */
const json_t *volume_captured(struct move *m, size_t i);
/* Was it to be deleted with the server? Shown by attachments (2.79), else by the server
 * (2.3); false where neither tells. */
bool volume_goes_too(struct move *m, size_t i);
/* The volume that the target gets: itself, or its copy, NULL when that is not known.
 * Gives. */
char *volume_now(struct move *m, size_t i);
/* How many are taken off the source, and the index of the k-th of these; volume_count()
 * past the end. */
size_t volumes_to_free(struct move *m);
size_t volume_to_free_at(struct move *m, size_t k);

/* Booted from a volume: it has no image. */
bool is_volume_booted(struct move *m);
/* The volume that it boots from, volume_count() where there is none or nobody tells. */
size_t volume_root(struct move *m);
/* Is it known what the target gets for each? */
bool volumes_are_known(struct move *m);

/* The entries of block_device_mapping_v2: the root disk of this image (NULL: one of the
 * volumes is the root), and the volumes, none of which Nova may delete. Gives. */
json_t *volumes_to_boot_with(struct move *m, const char *image_id);
/* Nova's record of this volume among those of a server, or NULL. Lends. */
const json_t *volume_attachment(const json_t *attachments, const char *volume_id);
/* attachments: Nova's, of the target. Adds. */
void volume_differences(struct move *m, const json_t *attachments, struct vec *all);
/* A boot was refused: where the volumes' zone is why, says what helps. */
void volumes_explain(struct move *m, struct err *err);
/* Would any be deleted with the target? attachments may be NULL (not shown). */
bool volumes_are_safe(struct move *m, const json_t *attachments, struct err *err);

#endif
