/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the engine: for the files of this room only.
 *
 *   engine.c   the turn, and what commands call
 *   cursor.c   verdicts: where a move goes next
 *   watch.c    looks: what a row wants to see, and what was seen already
 *   read.c     reads on their way out, shared and gathered in lists
 *   read_reply.c reads that came back
 *   ask.c      intents, sending, answers
 *   park.c     services: ready, refused, lost
 *   save.c     the turn's transaction, and events after it
 *   resume.c   rows to moves again; what resume, commit and discard begin
 *   cadence.c  when to look again
 *   change.c   one change that belongs to no walk
 */
#ifndef FLOW_ENGINE_INT_H
#define FLOW_ENGINE_INT_H

#include "flow/engine.h"
#include "flow/move_int.h"

#define SERVICES_MAX     8
#define ASKS_IN_ALL      3
#define STORE_PATIENCE_S 30.0

struct service_state {
    struct engine *engine; /* for the answer to its own request */
    int number;
    double not_before;      /* clock_mono(): nothing is sent to it earlier */
    double no_list_before;  /* its lists failed: until then one by one */
    double down_since;      /* first failure since the last success; 0: answers */
    double throttled_since; /* it takes no changes (429) since then; 0: it does */
    int failures;
    bool announced; /* EVENT_SERVICE_PARKED is out */
    struct err err, throttled;
};

/* A GET on the wire or waiting for its service. */
struct waiter {
    struct move *move;
    bool ahead; /* nobody waits for it yet */
};
struct read {
    struct engine *engine;
    const struct kind *kind;
    struct strv keys;
    bool many;
    bool whole; /* changes were silent about it for long: what is, not what changed */
    double since;
    struct vec waiters; /* struct waiter, owned; one move once */
    bool sent, finished;
    bool alone;    /* a list did not settle it: this one gets its own GET */
    json_t *items; /* of a list, page by page */
    char *page;
    int pages, empty_pages;
    unsigned long seq;
    double at, date, not_before, failing_since;
    int generation, refused, failures;
};

struct learned {
    const struct step *step;
    int n;
    double shortest;
};

struct queued_event {
    enum event_type type;
    struct move *move; /* NULL: of the run */
    char *text, *request_id;
    const char *state, *walk, *step, *label; /* static words as they were when queued */
};

struct engine {
    struct engine_options o;
    struct vec runs;   /* struct run */
    struct run *begun; /* by engine_begin_run */
    bool run_dirty;
    struct vec moves;  /* struct move */
    struct vec reads;  /* struct read */
    struct vec events; /* struct queued_event */
    struct service_state services[SERVICES_MAX];
    struct vec learned; /* struct learned */
    enum engine_until until;
    bool stopping, lost, answered_once, state_dead;
    double store_failing_since, store_retry_at, ticked_at;
    struct err err; /* why it is lost, or why the store fails */
    bool totals_dirty;
    int asking; /* mutations on the wire */
};

/* engine.c */
bool engine_has_begun(const struct engine *e); /* has any move changed anything, ever? */
/* May this move begin to change things, as far as its source host and its target zone are
 * concerned? */
bool engine_has_place(const struct engine *e, const struct move *m);
void engine_lose(struct engine *e, const struct err *why);
/* What is queued goes out; waits for an answer, at most a second; what came is handled.
 */
bool engine_wait(struct engine *e, struct err *err);
double engine_limit(const struct engine *e, const struct step *step);
double engine_settle(const struct engine *e, double settle_s);

/* cursor.c */
void cursor_judge(struct engine *e, struct move *m); /* a look is complete */
void cursor_apply(struct engine *e, struct move *m, enum verdict v);
void cursor_advance(struct engine *e, struct move *m); /* to the next row of its walk */
void cursor_enter(struct engine *e, struct move *m);   /* has come to a row */
void cursor_hold(struct engine *e, struct move *m);
void cursor_fail(struct engine *e, struct move *m);
void cursor_turn_back(struct engine *e, struct move *m, enum walk walk);
const struct step *cursor_judged_step(
    const struct move *m); /* in settling: the row's own */
bool cursor_past_return(const struct move *m);

/* watch.c */
void watch_look(struct engine *e, struct move *m); /* DO_LOOK: begin */
bool watch_complete(const struct move *m);
void watch_fill(struct move *m, struct look *look);
void watch_drop(struct engine *e, struct move *m); /* nobody waits any more */
void watch_floor(struct engine *e, struct move *m, unsigned long seq);
/* Nothing that was seen of anything up to now testifies any longer. */
void watch_forget(struct move *m, unsigned long seq);
struct move_sight *watch_find_sight(struct move *m, const struct kind *kind,
                                    const char *key); /* NULL: never wanted */
/* Makes room for it if there is none yet. */
struct move_sight *watch_sight(struct move *m, const struct kind *kind, const char *key);

/* read.c */
/* A read of this subject for this move: one that is under way already is shared; should
 * it turn out to be too old to testify, the move is told nothing and asks anew. */
struct read *read_want(struct engine *e, struct move *m, const struct subject *subject,
                       bool ahead);
struct read *read_find(const struct engine *e, const struct subject *subject);
void read_settle_waiter(struct waiter *w);
void read_push(struct engine *e); /* reads that may go out now */
double read_due(const struct engine *e);
void read_free(void *read);

/* read_reply.c */
void read_answered(void *ctx, const struct request *req, struct reply *reply);

/* ask.c */
void ask_choose(struct engine *e, struct move *m); /* DO_ASK: intent, if there is room */
void ask_send(struct engine *e, struct move *m);   /* the intent is durable */
/* The intent could not be saved: it is dropped, and its row looks again. Should the
 * commit that failed have kept it after all, a resume settles it. */
void ask_withdraw(struct engine *e, struct move *m);

/* park.c */
bool park_ready(struct engine *e, int service); /* begins to prepare it if not */
void park_failed(struct engine *e, int service, const struct reply *reply);
void park_answered(struct engine *e, int service);
void park_pause(struct engine *e, int service, double seconds);
/* It refuses changes for now (429), or took one again. Reads do not count: a cloud may
 * answer those all the while. */
void park_throttled(struct engine *e, int service, const struct err *why);
void park_takes_changes(struct engine *e, int service);
bool park_is_down(const struct engine *e, int service);
void park_check_lost(struct engine *e);
double park_due(const struct engine *e);

/* save.c */
bool save_turn(struct engine *e); /* false: nothing may be sent or published now */
void save_publish(struct engine *e);
void save_event(struct engine *e, struct move *m, enum event_type type, const char *text,
                const char *request_id);
void save_free_event(void *event);

/* cadence.c */
double cadence_first(const struct engine *e, const struct step *step);
double cadence_next(struct move *m, const struct step *step);
void cadence_learn(struct engine *e, const struct step *step, double took_s);
double cadence_jitter(double seconds);

#endif
