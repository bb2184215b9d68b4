/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each move that is not over: who serves now, since when nobody does, and what to
 * type.
 */
#ifndef CLI_UNFINISHED_H
#define CLI_UNFINISHED_H

#include <stdbool.h>

#include "cli/stage.h"

/* Is anything of it left to do (planned, running, held, moved)? */
bool unfinished_is(const struct move_row *row);
/* Begun, not over, and nobody serves, or nobody can be sure of it: its stop was asked
 * for.
 */
bool unfinished_is_down(const struct move_row *row);
/* The sentence at time `now` (wall seconds), without "rezone: "; gives. */
char *unfinished_words(const struct move_row *row, double now);
void unfinished_say(struct stage *st, const struct move_row *row);

#endif
