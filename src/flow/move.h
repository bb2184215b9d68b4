/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One server's way from source to target: what rows may know and note of it.
 *
 * Judges read and write facts, notes and a few fields; nobody but the engine changes the
 * state (move_set, law 1). Everything noted is saved in the transaction of the verdict.
 */
#ifndef FLOW_MOVE_H
#define FLOW_MOVE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "flow/step.h"

/* The fact that says where the source runs: any word that servers of one host share. */
#define FACT_SOURCE_HOST "source_host"
/* Facts that users see as members of the move's object, JSON arrays as text. */
#define FACT_COMPARE "compare" /* [{name, source, target, verdict}]: the newest proof */
#define FACT_KEPT    "kept"    /* [{name, text}]: what is going to arrive as it is */
/* [{..., off, on}]: what was taken off and is on again (null: not yet), in wall seconds
 */
#define FACT_ADDRESSES "addresses"

enum move_state {
    MOVE_PLANNED,
    MOVE_RUNNING,
    MOVE_MOVED,
    MOVE_HELD,
    MOVE_COMMITTED,
    MOVE_UNDONE,
    MOVE_SKIPPED,
    MOVE_FAILED,
    MOVE_STATE_MAX
};
enum walk { WALK_FORWARD, WALK_BACK, WALK_COMMIT, WALK_DISCARD, WALK_MAX };
enum serving { SERVING_SOURCE, SERVING_TARGET, SERVING_NONE, SERVING_BOTH, SERVING_MAX };

const char *move_state_name(enum move_state s);
const char *walk_name(enum walk w);
const char *serving_name(enum serving s);
bool move_state_from(const char *name, enum move_state *ret);
bool walk_from(const char *name, enum walk *ret);
bool serving_from(const char *name, enum serving *ret);

const char *move_id(const struct move *m);
const char *move_run_id(const struct move *m);
const char *move_server_id(const struct move *m);
const char *move_server_name(
    const struct move *m);                        /* lends; as captured or as resolved */
const char *move_target_id(const struct move *m); /* NULL until known */
const char *move_target_zone(const struct move *m);
const char *move_source_zone(const struct move *m); /* NULL until captured */
enum move_state move_state(const struct move *m);
enum walk move_walk(const struct move *m);
int move_item(const struct move *m); /* of the row it stands at, from 0 */
/* Seconds of looking at the row it stands at, as its limit counts them. */
double move_spent(const struct move *m);
void *move_world(const struct move *m);
/* The options of its run, as saved (an object); borrowed. */
const json_t *move_options(const struct move *m);
/* "name (uuid)" for messages; lends until the next call for this move. */
const char *move_info(const struct move *m);

/* For judges. */
void move_set_names(struct move *m, const char *server_name, const char *source_zone);
void move_set_target(struct move *m,
                     const char *server_id); /* NULL: there is none (any more) */
void move_set_serving(struct move *m, enum serving s);
/* When the guest stopped being served, when it was again (wall seconds; 0 keeps). */
void move_set_down(struct move *m, double down_at, double up_at);
void move_was_not_down(struct move *m); /* what was to stop it was refused */
/* Nothing is under way in the cloud for this move: a limit may mean FAIL. Set by each
 * `seen` before it says WAIT; false unless set. */
void move_set_quiet(struct move *m, bool quiet);
/* Why the verdict is FAIL, HOLD or RETRY: saved as error or held_reason. */
struct err *move_err(struct move *m);
/* This server needs no move: ends skipped with the reason. To be set before FAIL. */
void move_skip(struct move *m, const char *why);

const char *move_fact(const struct move *m, const char *name); /* lends; NULL: none */
void move_set_fact(struct move *m, const char *name,
                   const char *value); /* NULL: removes */
/* The capture, an object; borrowed, NULL before it was taken. */
const json_t *move_capture(struct move *m);
/* Takes the reference; once. */
void move_set_capture(struct move *m, json_t *capture);
/* Has the row of this walk an ask, in any phase but refused? */
bool move_asked(const struct move *m, enum walk walk, const char *step_id);
/* The request id and new id of the newest answered ask of that row; NULL. Lends. */
const char *move_ask_request_id(const struct move *m, enum walk walk,
                                const char *step_id);
/* When this item of the row was asked for first (wall seconds); 0: never, or refused. */
double move_asked_at(const struct move *m, enum walk walk, const char *step_id, int item);
/* The newest answer of the row it stands at was lost or never came. */
bool move_is_unanswered(const struct move *m);
/* The newest ask of the row and item it stands at was accepted, in this life or before.
 */
bool move_was_heard(const struct move *m);
/* In `heard`: the id of what was made, saved with the ask. */
void move_set_new_id(struct move *m, const char *id);

/* What the user is told: {name, text}; the same name replaces. */
void move_announce(struct move *m, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void move_lose(struct move *m, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void move_forget_losses(struct move *m); /* before what is lost is found anew */
void move_forget_loss(struct move *m, const char *name);
void move_leave(struct move *m, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const json_t *move_announced(const struct move *m); /* arrays; borrowed */
const json_t *move_lost(const struct move *m);
const json_t *move_left(const struct move *m);
/* A line for the journal and the debug log. */
void move_note(struct move *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
