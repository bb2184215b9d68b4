/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data volumes of a move: those that were attached when it was captured, in that order.
 */
#ifndef MOVES_VOLUMES_H
#define MOVES_VOLUMES_H

#include "flow/step.h"
#include "moves/difference.h"

size_t volume_count(struct move *m);
const json_t *volume_at(struct move *m,
                        size_t i); /* Nova's attachment; NULL past the end */
const char *volume_id_at(struct move *m, size_t i); /* "" past the end */

/* The entries of block_device_mapping_v2: the root disk of this image, and the volumes,
 * none of which Nova may delete. Gives. */
json_t *volumes_to_boot_with(struct move *m, const char *image_id);
/* attachments: Nova's, of the target. Adds. */
void volume_differences(struct move *m, const json_t *attachments, struct vec *all);
/* Would any be deleted with the target? attachments may be NULL (not shown). */
bool volumes_are_safe(struct move *m, const json_t *attachments, struct err *err);

#endif
