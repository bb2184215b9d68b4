/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties of the image that a server runs from: what its hardware is made of (hw_*),
 * what its system is (os_*), which hosts it needs (trait:*). The snapshot inherits them,
 * unless the cloud was told to leave some out; so they are compared.
 */
#ifndef MOVES_IMAGE_PROPS_H
#define MOVES_IMAGE_PROPS_H

#include <jansson.h>

#include "base/vec.h"
#include "flow/step.h"

/* Is it one of these, by its name? */
bool image_prop_counts(const char *key);
/* Names the snapshot, where the servers do not show their properties (below 2.98). */
void image_props_watch(struct move *m, struct watch *w);
/* Has the look what was asked for? */
bool image_props_are_seen(struct move *m, const struct look *look);
/* Adds rows "image-properties.<key>". look NULL: of what the servers show alone. */
void image_props_differences(struct move *m, const json_t *target,
                             const struct look *look, struct vec *all);

#endif
