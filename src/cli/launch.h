/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning that plan and move share: servers are found, a run is begun, a move is
 * planned for each.
 */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include <jansson.h>

#include "cli/outcome.h"
#include "cli/stage.h"

/* A server of the command line, in the order typed. */
struct launch_item {
    char *typed;
    char *id, *name;   /* NULL until found */
    struct move *move; /* NULL: refused */
    struct err refused;
};

struct launch {
    struct stage *st;
    struct vec items; /* struct launch_item *, owned */
    char *user_data;  /* of --user-data, in base64; NULL: none */
};

void launch_clear(struct launch *l);
/* Adds a server that is known already. Copies. */
struct launch_item *launch_add(struct launch *l, const char *typed, const char *id,
                               const char *name);
/* Reads the files that options name, once: one may be a pipe. ERR_USAGE. */
bool launch_read_files(struct launch *l, struct err *err);
/* Finds what was typed. False: nothing may begin. With err set: the cloud is the reason;
 * without: the servers are, each has its refusal, and it was said. */
bool launch_find(struct launch *l, struct err *err);
/* Refuses all of them for one reason (said once). */
void launch_refuse_all(struct launch *l, const struct err *why);
/* Refuses servers that have an open move in this database. False: it cannot be read. */
bool launch_check_open(struct launch *l, struct err *err);
/* Begins a run and plans a move for each server not refused; none: begins nothing. */
bool launch_begin(struct launch *l, const char *command, struct err *err);
/* Says why nothing goes on and which moves are planned by now; gives the exit status.
 * What is interrupted has a result, as with every status but 5, 6 and 64. */
int launch_fail(struct launch *l, const struct err *err);
/* The row of a server as JSON; gives a new reference. */
json_t *launch_json(const struct launch *l, const struct launch_item *item);

/* Shared by the commands: --to must be there, and a zone. */
bool launch_check_options(const struct call *call, struct err *err);

#endif
