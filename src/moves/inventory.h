/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a project has in the cloud that could be ours: all of it, or what bears the marks
 * of one move. Read outside any move, by lists for finding and by single GETs for acting.
 */
#ifndef MOVES_INVENTORY_H
#define MOVES_INVENTORY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/vec.h"
#include "flow/service.h"
#include "moves/world.h"

struct inventory {
    json_t *servers, *images, *ports, *volumes; /* arrays of documents */
    json_t *bases;     /* image id: id of a server that was booted from it */
    bool complete;     /* the lists are whole: every cell answers (2.69) */
    bool shows_tags;   /* 2.26: below, marks that are tags cannot be seen */
    bool shows_reason; /* 2.73: below, whose lock it is cannot be seen */
    struct strv blind; /* what could not be looked at, and why: a sentence each */
};

/*
 * Lists everything. The servers come last: whatever of ours is older than the look at
 * them was claimed by then, if its move was still under way. False: the servers cannot be
 * listed, or the cloud is lost; a service that refuses this account is only `blind`.
 * The first call to the cloud must have been made (the project must be known).
 */
bool inventory_read(struct engine *e, struct world *w, struct inventory *ret,
                    struct err *err);
/* The same of these ids alone, each by its own GET; what is gone is missing, so that here
 * absence counts. bases, complete and what is shown are those of `all`. */
struct inventory_ids {
    struct strv servers, images, ports, volumes;
};
bool inventory_look(struct engine *e, const struct inventory *all,
                    const struct inventory_ids *ids, struct inventory *ret,
                    struct err *err);
void inventory_ids_clear(struct inventory_ids *ids);
void inventory_clear(struct inventory *inv);

/* Borrowed; NULL: it has none of that id. */
const json_t *inventory_server(const struct inventory *inv, const char *id);

#endif
