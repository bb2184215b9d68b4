/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exit status: whether this command did what it was asked.
 *
 *   0 yes   2 some moves failed, were undone or are held   3 refused, and nothing changed
 *   4 interrupted or the cloud was lost, resumable         6 the state database
 * Of several the order is 6, 4, 2.
 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/engine.h"

enum outcome {
    OUTCOME_DONE,    /* as asked; declined and already there count too */
    OUTCOME_REFUSED, /* ended before any change */
    OUTCOME_BAD,     /* undone, held */
    OUTCOME_OPEN,    /* not over: to be resumed */
    OUTCOME_MAX
};

struct tally {
    size_t n[OUTCOME_MAX];
};

/* By the state in which a move, asked to be ..., ended. */
enum outcome outcome_of_move(enum move_state state);
/* was: state and walk when resume took it up (walk is WALK_MAX before any). */
enum outcome outcome_of_resume(enum move_state was, enum walk was_walk,
                               enum move_state state);
enum outcome outcome_of_commit(enum move_state state);
enum outcome outcome_of_discard(enum move_state state);

int tally_exit(const struct tally *tally, enum engine_end end);

#endif
