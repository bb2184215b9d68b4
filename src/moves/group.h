/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server group that the source is a member of, and the scheduler hints that it was
 * booted with: what of them the target's boot request carries.
 */
#ifndef MOVES_GROUP_H
#define MOVES_GROUP_H

#include <jansson.h>

#include "flow/move.h"

/* The captured group, {id, name, policy, members}; NULL: none. Borrowed. */
const json_t *group_of(struct move *m);
/* Can the target be a member? Not with the policy affinity: compute boots it beside the
 * other members only, and until commit the source is one of them. */
bool group_can_be_kept(struct move *m);
/* The hints of the boot request. Gives; NULL: none. */
json_t *hints_of_target(struct move *m);
void announce_group(struct move *m);

#endif
