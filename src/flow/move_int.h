/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a move: for the files of this room only.
 */
#ifndef FLOW_MOVE_INT_H
#define FLOW_MOVE_INT_H

#include "flow/engine.h"
#include "flow/move.h"

#define SIGHTS_MAX 48
#define NAMELESS   "(name not known yet)"

/* One run, as long as this process works on it. */
struct run {
    struct run_row *row;
    json_t *options;
    struct run_lock *lock;
};

/* What a move is doing right now in this process; nothing of it is saved. */
enum doing {
    DO_LOOK,    /* wants a look at its row */
    DO_LOOKING, /* reads of it are on the wire */
    DO_ASK,     /* may ask; waits for room and for its intent to be saved */
    DO_ASKING,  /* the mutating request is on the wire */
    DO_PAUSE,   /* nothing before `due` */
    DO_GATE,    /* before its first change, and the command wants to ask the user */
    DO_NOTHING  /* over, moved or held */
};

/* Where in a walk: forward and commit count up, back and discard count down. */
enum part {
    PART_ROW,    /* the row's own step, or its undo on the way back */
    PART_SETTLE, /* on the way back: is the row's unanswered ask in the cloud or not? */
    PART_SWEEP   /* after the last row */
};

struct move_sight {
    struct sight sight;
    unsigned long min_seq; /* an answer to something sent earlier may not testify */
    double date;           /* the service's own time of it */
    bool wanted;           /* by the look that is being collected */
};

struct move {
    struct engine *engine; /* NULL in unit tests of rows */
    void *world;
    struct run *run;
    struct move_row *row;
    const struct strategy *strategy;

    /* The cursor. */
    enum move_state state;
    enum walk walk;
    bool begun; /* a walk has begun: walk and step mean something */
    int at;     /* index of the row */
    enum part part;
    int item;
    enum doing doing;
    double lost_at;    /* clock_mono() of the newest answer that was none; of an earlier
                          life: when this one began */
    bool looked_again; /* at the end of this walk, for what might have come late */
    double due;        /* clock_mono() */
    double interval;   /* of the next pause between looks */
    double slack;      /* of this pause: so much earlier does it look when others do */
    double came_at;    /* to this row, in this life */
    int looks;         /* of this row in this life */

    /* The row's limit and settling. */
    double last_ok;      /* the last accepted look, 0 after a failed one */
    double spent_saved;  /* row->spent_s as it is on disk */
    double absent_since; /* start of the first complete look that found nothing */
    double backoff;

    /* The open ask (at most one), and all of them. */
    struct vec asks;      /* struct ask_row */
    struct ask_row *open; /* one of asks: phase asked or heard, of this row and item */
    int forgiven; /* unanswered asks that a person has looked at (resume of held) */
    bool lost;    /* `open` is of an earlier life, or its answer was no answer */
    unsigned long
        answered_seq;       /* what began before the newest answer is not STEP_FRESH */
    struct request pending; /* built, its intent not yet durable */
    int token_generation;
    bool parked_ask; /* the ask was definitely not taken; the service pauses */

    struct vec facts; /* struct fact_row */
    json_t *capture;
    bool capture_dirty;
    json_t *announced, *lost_list, *left_list;

    struct move_sight sights[SIGHTS_MAX];
    size_t n_sights;
    int reads_out; /* GETs of it on the wire */
    bool look_failed;
    struct err look_err;
    struct err ask_err; /* of the last request without a usable answer */
    struct watch watch; /* of the row, as of the look under way */
    bool ahead_done;

    /* Set by judges. */
    struct err err;
    bool quiet;
    char *skip;

    /* To be saved in this turn. */
    bool dirty;
    struct vec dirty_asks;   /* struct ask_row, borrowed */
    struct strv dirty_facts; /* names */
    struct strv notes;       /* journal lines */
    bool released;           /* past the gate */
    bool resumed;            /* its row was begun in an earlier life */
    bool untold;             /* EVENT_MOVE_STEP of this row is not out yet */
    char *info;
};

/* The array in this text of the store; an empty one where there is none. Gives. */
json_t *move_list_of(const char *json);
struct move *move_new(struct engine *e, struct run *run, const struct strategy *strategy,
                      struct move_row *row); /* takes row */
void move_free(struct move *m);

/* The row that the cursor stands at in its present part, or NULL at the end. */
const struct step *move_row_step(const struct move *m);
/* The step that is being driven: the row, its undo, or the sweep. NULL: none. */
const struct step *move_step(const struct move *m);
/* The newest ask of a row in a walk (any item), not refused; NULL. */
struct ask_row *move_last_ask(const struct move *m, enum walk walk, const char *step_id);
/* How often this item (< 0: any) was asked for without an answer, in this walk. */
int move_unanswered(const struct move *m, const char *step_id, int item);

/* Law 1: the only way that a state changes. Saves in this turn, queues the event. */
void move_set(struct move *m, enum move_state state);
void move_mark_dirty(struct move *m);
void move_dirty_ask(struct move *m, struct ask_row *ask);

#endif
