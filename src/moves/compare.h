/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof that the target is the source: attribute by attribute, marks left out.
 * Everything not equal and not announced (nor accepted by the user) holds the move. What
 * was compared is kept with the verdict (FACT_COMPARE), and what a plan promises to keep
 * (FACT_KEPT) is what the same code compares.
 */
#ifndef MOVES_COMPARE_H
#define MOVES_COMPARE_H

#include "flow/step.h"

void verify_watch(struct move *m, struct watch *w);
enum verdict verify_seen(struct move *m, const struct look *look);
/* Notes what the proof will have to find equal. After everything was announced. */
void plan_kept(struct move *m);
/* Has a person taken this difference (`resume --accept`), now or before? */
bool is_accepted(struct move *m, const char *name);

/* The body of POST /servers for the target: image is the snapshot's id. By microversion;
 * gives {"server": {...}, "os:scheduler_hints"?}. */
json_t *boot_body(struct move *m, const char *image_id);

#endif
