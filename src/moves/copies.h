/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of volumes: which volume of the source has which by now, and what they are made
 * from. --volumes copy copies all of them into the target's zone; without it only a root
 * volume is copied, where it is, since it cannot be taken off the source.
 *
 * Cinder clones a volume that is attached to a stopped server, but only into its own
 * zone. So the clone is the copy where that is the target's zone; where it is not, the
 * clone is uploaded to an image, the copy is made from that in the other zone, and clone
 * and image are deleted. The source keeps its own volumes, attached, until commit.
 */
#ifndef MOVES_COPIES_H
#define MOVES_COPIES_H

#include "flow/step.h"
#include "moves/marks.h"

enum copy_part {
    COPY_CLONE,  /* a volume in the zone of the source's, in between */
    COPY_UPLOAD, /* the image of that */
    COPY_MADE    /* the volume that the target gets */
};

bool copies_all_volumes(const struct move *m); /* --volumes copy */
bool copies_volume(struct move *m, size_t n);  /* volume n? */
bool copies_volumes(struct move *m);           /* any? */
/* Cinder's zone of the copy of volume n; "" past the end. */
const char *copy_zone(struct move *m, size_t n);
/* Does it lie in another zone than what it is a copy of? */
bool copy_changes_zone(struct move *m, size_t n);
/* The id of what was made for volume n; gives, or NULL. */
char *copy_id(const struct move *m, size_t n, enum copy_part part);
void copy_set_id(struct move *m, size_t n, enum copy_part part, const char *id);
/* Does the book have this id as any copy that a target gets? */
bool copy_is_known(const struct move *m, const char *volume_id);
void copy_mark(const struct move *m, size_t n, enum copy_part part, char out[MARK_SIZE]);

/* The key of kind_uploads for this move. */
void copy_uploads_key(struct move *m, char out[MARK_SIZE]);

/* Bodies of POST /volumes and PUT /volumes/{id}. Give. */
json_t *copy_by_cloning(struct move *m, size_t n);
json_t *copy_from_image(struct move *m, size_t n, const char *image_id);
json_t *copy_own_name(const json_t *captured);
/* The first that a copy lacks: "name" (and description and metadata) or "bootable"; NULL:
 * nothing. */
const char *copy_lacks(const json_t *captured, const json_t *now);
/* Is it as large as the captured one, of its type, encrypted or not as that, in this
 * zone? false: err. */
bool copy_is_whole(struct move *m, size_t n, const json_t *now, struct err *err);

#endif
