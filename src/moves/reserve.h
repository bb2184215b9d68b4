/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quota promised to moves of this run whose target does not exist yet: many preflights
 * read the same limits, and each alone would find room.
 */
#ifndef MOVES_RESERVE_H
#define MOVES_RESERVE_H

#include "moves/world.h"

struct need {
    long long instances, cores, ram, ports, images, volumes, gigabytes; /* ram: MiB */
    const char *group; /* of which it becomes a member; NULL: of none; lent by the move */
};

/* What others than m have reserved and the cloud does not count yet: a move that ended,
 * or whose target is known, is in the cloud's own count (or wants nothing any more). */
struct need reserved_by_others(const struct world *w, const struct move *m);
/* So many of them will become members of that group. */
long long reserved_in_group(const struct world *w, const struct move *m,
                            const char *group);
/* Notes m's need, or replaces it. The move must live as long as the world is asked. */
void reserve(struct world *w, struct move *m, const struct need *need);

#endif
