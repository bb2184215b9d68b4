/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every row of every strategy may reach: the account, and what the command was told.
 * flow hands it back as `void *`; world_of(m) gives it its type again.
 */
#ifndef MOVES_WORLD_H
#define MOVES_WORLD_H

#include "base/vec.h"
#include "cloud/session.h"
#include "flow/move.h"

/* Beside the services of the cloud: probes, which need no token. */
#define SERVICE_PROBE SERVICE_MAX

struct world {
    struct session *session; /* owned */
    /* Of this command, for commit, discard and resume: */
    bool keep_image;
    bool lose_target_writes;
    struct strv accept;  /* names of differences that `resume --accept` takes */
    struct vec probes;   /* of probe.h: what looks by kind_probe ask */
    struct vec reserved; /* of reserve.h: what moves of this run will take of the quota */
};

/* Takes the session. */
struct world *world_new(struct session *session);
void world_free(struct world *w);
struct world *world_of(const struct move *m);
struct session *session_of(const struct move *m);
/* A string of the run's options ("addresses", "to", ...); NULL when not given. Lends. */
const char *option_of(const struct move *m, const char *key);

#endif
