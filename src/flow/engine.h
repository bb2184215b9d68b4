/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: drives moves over their tables, one thread, any number of moves.
 *
 * A turn: drain curl, judge all, choose asks, save them and everything judged in one
 * transaction, commit, publish events, send, wait. A request that changes something
 * leaves only after its intent is on disk. What survives a crash is in the store;
 * everything else (looks, pauses, settling) begins anew, which is what the laws of
 * settling want.
 *
 * Calling order: engine_new; engine_begin_run + engine_add, or engine_take_run +
 * engine_restore; then engine_go, once or more; engine_free.
 */
#ifndef FLOW_ENGINE_H
#define FLOW_ENGINE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "flow/event.h"
#include "flow/move.h"
#include "flow/service.h"
#include "net/http.h"
#include "net/loop.h"
#include "store/store.h"

struct step_timeout {
    const char *step;
    double seconds;
};

struct engine_options {
    struct loop *loop;
    struct http *http;
    struct store *store;
    void *world;
    const struct services *services;
    const struct strategy *const *strategies; /* all, of all versions; ended by NULL */
    event_fn *observe;
    void *observe_ctx;
    int parallel; /* moves under way at once; 0: 4 */
    /* Of those that change anything, at once from one source host (FACT_SOURCE_HOST) and
     * into one zone; 0: no limit of its own. */
    int per_host, per_zone;
    double settle_s;   /* overrides every settle_s > 0; < 0: as the tables say */
    double patience_s; /* how long a lost cloud is waited for; 0: 300 */
    const struct step_timeout *timeouts; /* ended by step NULL; may be NULL */
};

struct engine;
struct engine *engine_new(const struct engine_options *options);
void engine_free(struct engine *e);

/* A new run: takes its lock. options: object, saved (no secrets); borrowed. */
bool engine_begin_run(struct engine *e, const char *command, const char *cloud,
                      const json_t *options, struct err *err);
const char *engine_run_id(const struct engine *e); /* of the run begun; lends */
/* A move of the begun run, planned. Fails with ERR_CONFLICT when the server has an open
 * move in this store. name may be NULL. */
struct move *engine_add(struct engine *e, const struct strategy *strategy,
                        const char *server_id, const char *name, const char *target_zone,
                        struct err *err);
/* Takes the lock of an existing run (resume, commit, discard). */
bool engine_take_run(struct engine *e, const char *run_id, struct err *err);
/* Rows to structs, no network. Refuses what it cannot continue, with a reason, and
 * changes nothing. The run must have been taken. */
struct move *engine_restore(struct engine *e, const struct move_row *row,
                            struct err *err);

/* What a restored move is to do; each refuses (false, err) in the wrong state. */
bool engine_resume(struct engine *e, struct move *m, struct err *err);
bool engine_commit(struct engine *e, struct move *m, struct err *err);
bool engine_discard(struct engine *e, struct move *m, struct err *err);
/* Declined at the prompt: a planned move ends skipped. */
void engine_decline(struct engine *e, struct move *m, const char *why);

enum engine_until {
    UNTIL_GATE, /* planned moves stop before the first row that changes something */
    UNTIL_OVER
};
enum engine_end {
    ENGINE_OVER,        /* every move is over, moved or held (or at the gate) */
    ENGINE_INTERRUPTED, /* ^C: resumable */
    ENGINE_LOST,        /* the cloud or the token is lost: resumable */
    ENGINE_STATE        /* the store cannot be written */
};
enum engine_end engine_go(struct engine *e, enum engine_until until, struct err *err);
bool engine_at_gate(const struct engine *e, const struct move *m);

size_t engine_n_moves(const struct engine *e);
struct move *engine_move(const struct engine *e, size_t i);

/*
 * One change that belongs to no walk (what clean deletes): waits for the service and for
 * room, saves `what` as a line of the journal (of the move, whose run must have been
 * taken, or of none), sends once and waits for the answer. Nobody asks again: the caller
 * looks before and after. err is set unless it was taken.
 */
enum change_end {
    CHANGE_TAKEN,      /* 2xx */
    CHANGE_REFUSED,    /* a definite no */
    CHANGE_UNANSWERED, /* it may have been acted on: look */
    CHANGE_NOT_SENT    /* no intent could be saved, no connection, lost, or interrupted */
};
struct change {
    int service;
    build_fn *build;
    void *ctx;
    const char *move_id; /* NULL: of no move of this store */
    const char *what;    /* "clean: deleting image ..." */
};
enum change_end engine_change(struct engine *e, const struct change *change,
                              struct err *err);

/* The move as the JSON object that users see; gives a new reference. Keys are fixed. */
json_t *move_json(const struct move *m);
/* The same from the store (of runs that are not ours to touch). */
bool move_stored_json(struct store *store, const struct move_row *row, json_t **ret,
                      struct err *err);
/* From the row alone: kept and compare, which are no part of it, are []. */
json_t *move_row_json(const struct move_row *row);

#endif
