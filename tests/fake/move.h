/* SPDX-License-Identifier: Apache-2.0 */
/* Nova's own moves: migration records, and the jobs of resize and live migration. */
#ifndef FAKE_MOVE_H
#define FAKE_MOVE_H

#include "action.h"
#include "cloud.h"
#include "job.h"

/* Lends a new migration record. type: migration, resize, live-migration. */
json_t *migration_new(struct cloud *cl, const struct request *rq, const struct server *s,
                      const char *type, const char *dest, const char *status);
/* Lends the record by its number. */
json_t *migration_get(const struct cloud *cl, long long id);
void migration_set(struct cloud *cl, json_t *migration, const char *status);
/* The server is on the host now, its ports too. */
void server_land(struct cloud *cl, struct server *s, const char *host);

action_fn do_shelve, do_shelve_offload, do_unshelve, do_live_migrate;

#endif
