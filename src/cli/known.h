/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the database knows of a move, in the words of moves/leftover.h.
 */
#ifndef CLI_KNOWN_H
#define CLI_KNOWN_H

#include "moves/leftover.h"
#include "store/store.h"

/* cloud: this cloud's identity. *ret_run (given; NULL: none) is the run that it belongs
 * to. A move that is not there is not known, and that is no error. */
bool known_read(struct store *store, const char *cloud, const char *move_id,
                struct known_move *ret, char **ret_run, struct err *err);

#endif
