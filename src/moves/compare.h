/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof that the target is the source: attribute by attribute, marks left out.
 * Everything not equal and not announced (nor accepted by the user) holds the move.
 */
#ifndef MOVES_COMPARE_H
#define MOVES_COMPARE_H

#include "flow/step.h"

void verify_watch(struct move *m, struct watch *w);
enum verdict verify_seen(struct move *m, const struct look *look);

/* The body of POST /servers for the target: image is the snapshot's id. By microversion;
 * gives {"server": {...}, "os:scheduler_hints"?}. */
json_t *boot_body(struct move *m, const char *image_id);

/* Did a person take this difference (resume --accept)? Remembers it. */
bool is_accepted(struct move *m, const char *name);

#endif
