/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of a command on standard output, as -f and -c want it.
 */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include <jansson.h>

#include "cli/cmd.h"

/* The keys of a move as JSON, and those that a table of moves shows; ended by NULL. */
extern const char *const move_keys[];
extern const char *const move_columns[];

/* Is each -c a key of this command's result? ERR_USAGE naming the keys. */
bool result_check(const struct call *call, struct err *err);
/* False: standard output takes no more. */
bool result_list(const struct call *call, const json_t *rows, struct err *err);
bool result_one(const struct call *call, const json_t *object, struct err *err);
/* After other text for people on standard output. */
bool result_flush(struct err *err);

/* A move that never began, for the array of moves: server is what was typed, id and name
 * are known or NULL; state failed. Gives a new reference. */
json_t *result_refused(const char *server, const char *id, const char *target_zone,
                       const char *why);

#endif
