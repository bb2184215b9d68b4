/* SPDX-License-Identifier: Apache-2.0 */
/* Images made of servers: what createImage, createBackup and shelve have in common. */
#ifndef FAKE_SNAPSHOT_H
#define FAKE_SNAPSHOT_H

#include "cloud.h"

/* Lends the queued record that Nova makes in Glance first. metadata may be NULL. */
struct image *snapshot_record(struct cloud *cl, struct request *rq,
                              const struct server *s, const char *name, const char *type,
                              const json_t *metadata);
/* The host uploads the server's disk into it. */
void snapshot_fill(struct cloud *cl, const struct server *s, struct image *im);

#endif
