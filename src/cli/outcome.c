/* SPDX-License-Identifier: Apache-2.0 */
/* Judges how moves ended, and sums it up as an exit status. */
#include "cli/outcome.h"

enum outcome outcome_of_move(enum move_state state)
{
    switch (state) {
    case MOVE_MOVED:
    case MOVE_COMMITTED:
    case MOVE_SKIPPED:
        return OUTCOME_DONE;
    case MOVE_FAILED:
        return OUTCOME_REFUSED;
    case MOVE_PLANNED:
    case MOVE_RUNNING:
        return OUTCOME_OPEN;
    default:
        return OUTCOME_BAD;
    }
}

enum outcome outcome_of_resume(enum move_state was, enum walk was_walk,
                               enum move_state state)
{
    bool was_over = was != MOVE_PLANNED && was != MOVE_RUNNING && was != MOVE_HELD;
    if (was_over)
        return OUTCOME_DONE;
    /* A discard that was interrupted was asked to end undone. */
    if (was_walk == WALK_DISCARD && state == MOVE_UNDONE)
        return OUTCOME_DONE;
    return outcome_of_move(state);
}

enum outcome outcome_of_commit(enum move_state state)
{
    switch (state) {
    case MOVE_COMMITTED:
        return OUTCOME_DONE;
    case MOVE_RUNNING:
    case MOVE_MOVED:
        return OUTCOME_OPEN;
    default:
        return OUTCOME_BAD;
    }
}

enum outcome outcome_of_discard(enum move_state state)
{
    switch (state) {
    case MOVE_UNDONE:
    case MOVE_SKIPPED:
        return OUTCOME_DONE;
    case MOVE_PLANNED:
    case MOVE_RUNNING:
    case MOVE_MOVED:
        return OUTCOME_OPEN;
    default:
        return OUTCOME_BAD;
    }
}

int tally_exit(const struct tally *tally, enum engine_end end)
{
    const size_t *n = tally->n;
    if (end == ENGINE_STATE)
        return 6;
    if (n[OUTCOME_OPEN] > 0)
        return 4;
    if (n[OUTCOME_BAD] > 0)
        return 2;
    if (n[OUTCOME_REFUSED] > 0)
        return n[OUTCOME_DONE] > 0 ? 2 : 3;
    return 0;
}
