/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IDs as people type them: a run or a move, by UUID or by the beginning of it.
 */
#ifndef CLI_RESOLVE_H
#define CLI_RESOLVE_H

#include "base/vec.h"
#include "store/store.h"

/*
 * Adds the moves that `id` names to *ret (struct move_row *, given; a run: all its moves;
 * none of them twice). Refuses with ERR_NOTFOUND, or with ERR_AMBIGUOUS and the
 * candidates.
 */
bool resolve_id(struct store *store, const char *id, struct vec *ret, struct err *err);
/* Each of ids; no ids: every move of the store. All bad ids are told, the first in *err,
 * all through say (one sentence each). s NULL: an empty store. */
typedef void resolve_say_fn(void *ctx, const struct err *err);
bool resolve_ids(struct store *store, const struct strv *ids, struct vec *ret,
                 resolve_say_fn *say, void *ctx);

#endif
