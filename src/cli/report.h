/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How moves ended, for people: a sentence for each on standard error.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <jansson.h>

#include "cli/stage.h"

/* Says it of the move as the database has it now (who serves, since when nobody does,
 * what to type), or, where it cannot be read, as `move` (move_json()) has it. With
 * --quiet only what needs a person. */
void report_move(struct stage *st, const json_t *move);

#endif
