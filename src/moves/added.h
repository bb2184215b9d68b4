/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody gave to the target since the move: going back would take it along. */
#ifndef MOVES_ADDED_H
#define MOVES_ADDED_H

#include "flow/step.h"

/* Nothing to watch without a target. */
void added_watch(struct move *m, struct watch *w);
/* false: the look lacks some of it. *ret_list: ports and floating IPs of the target that
 * are neither of the capture nor made by the move, in words; NULL: none. Gives. */
bool added_seen(struct move *m, const struct look *look, char **ret_list);

#endif
