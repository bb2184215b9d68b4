/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All strategies of all versions, the services, and finding servers by what a user types.
 *
 * Adding a strategy: (1) a file with its tables; (2) a row here; (3) its ids in the
 * golden file of released tables; (4) preflight's reasons; (5) the crash loop picks it up
 * by itself.
 */
#ifndef MOVES_REGISTRY_H
#define MOVES_REGISTRY_H

#include "base/vec.h"
#include "flow/service.h"
#include "flow/step.h"
#include "moves/world.h"

extern const struct strategy *const strategies[]; /* ended by NULL */
extern const struct strategy strategy_snapshot;
extern const struct services openstack_services;

struct found_server {
    char *id, *name;
};
/*
 * Finds the servers that `word` names: a UUID is looked up as id, anything else (and a
 * UUID that is no id) as an exact name. Adds to *ret (vec of struct found_server, given).
 * Unknown: ERR_NOTFOUND; several of one name: ERR_AMBIGUOUS with their ids. Uses
 * engine_read.
 */
bool server_resolve(struct engine *e, const char *word, struct vec *ret, struct err *err);
void found_server_free(void *p);

#endif
