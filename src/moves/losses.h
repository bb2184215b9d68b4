/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Losses: what a server has and no snapshot holds. Each has a name; a move that would
 * lose one is refused unless `--accept-loss` names it, and tells it in lost[].
 */
#ifndef MOVES_LOSSES_H
#define MOVES_LOSSES_H

#include "moves/refusal.h"

/* All names, as a row of options lists its words. */
#define LOSS_NAMES "ephemeral|swap|vtpm|nvram|memory|server-group"
/* Of the run's options: the names that were given, joined by ",". */
#define OPTION_ACCEPT_LOSS "accept-loss"

/* Adds a reason for each loss that was not accepted. */
void refuse_losses(struct refusal *r);
/* Tells each loss in lost[], accepted or not. */
void losses_tell(struct move *m);

#endif
