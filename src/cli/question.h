/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked before a move, a commit and a discard, with all that the answer means.
 */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include <jansson.h>

#include "store/store.h"

/* A discard throws away what the target wrote; longer than this, -y alone does not do. */
#define TARGET_WRITES_S 600.0

/* Several lines; strangers' names are printable. Give. move: as move_json(). */
char *question_move(const json_t *move);
char *question_commit(const struct move_row *row, double now);
char *question_discard(const struct move_row *row, double now);
/* Seconds for which the target has served; 0: it does not. */
double question_served_s(const struct move_row *row, double now);

#endif
