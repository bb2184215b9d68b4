/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work of clean on one finding: a fresh look that still calls it ours, one request,
 * and a look that proves it gone. Nothing is asked for twice; what is not answered is
 * looked for and, if it is still there, left to the next clean.
 */
#ifndef CLI_CLEAN_H
#define CLI_CLEAN_H

#include "cli/stage.h"
#include "moves/leftover.h"

/* A move of which something was found. */
struct clean_move {
    char *id, *run_id; /* run_id NULL: not in this database */
    json_t *trace;     /* as the lists had it; owned */
    struct known_move known;
    struct vec found; /* struct leftover * */
};
void clean_move_free(void *move);

enum clean_end {
    CLEAN_DONE,   /* gone */
    CLEAN_KEPT,   /* not ours any more, or needed: said */
    CLEAN_FAILED, /* it could not be done: said; others go on */
    CLEAN_STOP    /* err: interrupted, the cloud or the database is lost */
};
/* all: the lists that it was found in. The lock of the move's run must be held. */
enum clean_end clean_one(struct stage *st, const struct inventory *all,
                         const struct clean_move *move, const struct leftover *l,
                         struct err *err);

#endif
