/* SPDX-License-Identifier: Apache-2.0 */
/* A move without an engine and a store: the tests set what rows may ask, and read what
 * rows noted. It replaces the real one when linked before the archives. */
#ifndef FAKE_MOVE_H
#define FAKE_MOVE_H

#include "flow/move.h"
#include "moves/world.h"

#define MOVE_ID   "5d0c7b7e-32c1-4a52-9a39-1f8f0a3b2c1d"
#define SOURCE_ID "0f8f3c5a-6b7c-4d9e-8f01-a2b3c4d5e6f7"
#define TARGET_ID "7e1d2c3b-4a59-4687-9012-3f4e5d6c7b8a"

struct move {
    struct world *world; /* owned */
    char *name, *source_zone, *target_zone, *target_id, *skip;
    enum move_state state;
    enum walk walk;
    enum serving serving;
    int item;
    bool quiet, heard;
    const char *asked; /* the only row that was asked for, in any walk */
    double asked_at;   /* wall seconds, of that row */
    double spent_s;
    struct err err;
    json_t *options, *facts, *capture, *announced, *lost, *left;
};

/* A planned move of SOURCE_ID to zone az2, with --addresses new, in a world whose account
 * has compute 2.<compute>. */
struct move *fake_move_new(int compute);
void fake_move_free(struct move *m);
/* The text of an announcement or loss of that name, NULL when there is none. Lends. */
const char *announced(const struct move *m, const char *name);
const char *lost(const struct move *m, const char *name);

#endif
