/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strategy is a table of rows; this is the row, and what its functions see.
 *
 * A row does no I/O: `watch` names what to look at, `seen` judges a look, `ask` fills in
 * the one mutating request, `heard` judges its answer. The engine sends, waits, saves and
 * recovers. The same look serves as the first look, as the poll and as crash recovery.
 *
 * Adding a row: (1) choose an id that was never used; (2) give class, limit_s, at_limit
 * and, for MARKED, settle_s; (3) write the undo as a row under the same laws; (4) say in
 * `seen` when there is no trace (ABSENT) and when it is under way (WAIT); (5) extend the
 * golden file of released tables; (6) `tests/unit/flow` and the walk over all tables
 * check the rest.
 */
#ifndef FLOW_STEP_H
#define FLOW_STEP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/verdict.h"
#include "net/request.h"

struct move;

/*
 * A kind of thing that can be looked at. Registered by the knowledge, so that the engine
 * needs no word of OpenStack. `world` is what the engine was given.
 */
struct kind {
    const char *name; /* "server", "image", ... */
    int service;      /* number of the service that answers */
    /* The GET of one subject: by id (one document) or by marker or filter (a list; `page`
     * is the last item's id for the next page, NULL for the first). */
    void (*one)(void *world, const char *key, const char *page, struct request *r);
    /* Lists only: the array inside the body, borrowed; NULL: not the right shape. */
    json_t *(*items)(const json_t *body);
    /* Lists only: gives the marker of the next page, or NULL when this was the last. */
    char *(*next_page)(const json_t *body);
    /* Several subjects of this kind in one list, NULL if there is no such list. since:
     * the service's own time (wall seconds) from which changes are wanted, 0: everything.
     */
    void (*many)(void *world, const char *const *keys, size_t n, double since,
                 const char *page, struct request *r);
    json_t *(*many_items)(const json_t *body);
    char *(*many_next)(const json_t *body);
    bool many_by_change; /* `many` shows what has changed, not what is */
    bool (*says_gone)(
        const json_t *item); /* a list's word that it is gone: confirmed alone */
    const char *(*id_of)(const json_t *item); /* for many: which subject an item is */
    json_t *(*unwrap)(
        json_t *body); /* single: the object inside {"server": {...}}; borrowed */
    bool gone_in_json; /* a 404 without a JSON body is not this service's */
    /* Not of a service of the cloud: whatever came of the request, also nothing, is the
     * document that this makes of it (a new reference), and says nothing of any service.
     */
    json_t *(*told)(const struct reply *reply);
    bool optional; /* 403 and 404 are told to the judge as "not to be had", not as trouble
                    */
};

/* What a row looks at. key: id, marker or filter. */
struct subject {
    const struct kind *kind;
    char key[160];
};

#define WATCH_MAX 24
struct watch {
    struct subject at[WATCH_MAX];
    size_t n;
    bool overflow; /* more than it holds, or a longer key: the look fails */
};
void watch_add(struct watch *w, const struct kind *kind, const char *key);

/* What a look found of one subject. */
enum sight_state {
    SIGHT_NONE,  /* no news */
    SIGHT_HERE,  /* doc is the resource; for lists: a JSON array of all items of all pages
                  */
    SIGHT_GONE,  /* a single GET answered 404 */
    SIGHT_DENIED /* 403 or another definite no to the GET (optional kinds only) */
};
struct sight {
    struct subject subject;
    enum sight_state state;
    json_t *doc;       /* owned by the cache; lent to judges */
    unsigned long seq; /* of the sending of its first page */
    double at;         /* clock_mono() of that */
    int status;
};

/* All sights that a row's watch asked for. Lent to judges. */
struct look {
    const struct sight *at[WATCH_MAX];
    size_t n;
};
/* Lends; NULL when the look has no such subject. key NULL: the first of that kind. */
const struct sight *look_at(const struct look *look, const struct kind *kind,
                            const char *key);
/* The document, or NULL unless SIGHT_HERE. Borrowed. */
json_t *look_doc(const struct look *look, const struct kind *kind, const char *key);

typedef void watch_fn(struct move *m, struct watch *w);
typedef enum verdict seen_fn(struct move *m, const struct look *look);
/* Fills *r. false: it cannot be built (err): the move is held. */
typedef bool ask_fn(struct move *m, struct request *r, struct err *err);
/* Judges an answer with an HTTP status. WAIT: accepted, look for it. NEXT: the answer
 * itself proves the goal. FAIL, HOLD, RETRY: as the words say; ABSENT: back to looking.
 * NULL stands for the usual: 2xx WAIT, a definite no FAIL, 404 of a GOAL whose look
 * decides: ABSENT. */
typedef enum verdict heard_fn(struct move *m, const struct reply *reply);
/* Judged on the very look that allows the ask. false: broken, the move is held with err;
 * ERR_LOCKED: by somebody who is expected to let go: the engine looks on for
 * RIVAL_GRACE_S before it holds. */
typedef bool guard_fn(struct move *m, const struct look *look, struct err *err);

enum step_class {
    CLASS_LOOK,    /* asks for nothing */
    CLASS_GOAL,    /* asks for a state: repeating it does no harm */
    CLASS_GUARDED, /* the cloud itself refuses a second one */
    CLASS_CAS,     /* If-Match */
    CLASS_MARKED,  /* a create, found again by its marker */
    CLASS_BLIND    /* leaves no evidence: unanswered means HOLD */
};

enum step_flags {
    STEP_NO_RETURN = 1, /* once reached, only a person's discard goes back over it */
    STEP_LITTER = 2,    /* failing to tidy never stops a walk: it is named in left[] */
    STEP_TOGGLE = 4,    /* has an opposite: settles before the opposite is asked */
    STEP_CHANGES =
        8, /* the first row that changes something: the prompt comes before it */
    STEP_FRESH = 16, /* its look must begin after the row before it was answered */
    STEP_AHEAD = 64, /* its first look does not hang on the rows before it being done: it
                        may go out beside theirs */
    STEP_COSMETIC =
        32 /* after the goal is reached, failing is a warning in announced[] */
};

struct step {
    const char *id;    /* stored: never renamed, never used again */
    const char *label; /* "taking the snapshot" */
    guard_fn *guard;
    ask_fn *ask;
    heard_fn *heard;
    watch_fn *watch; /* NULL: nothing to look at, `seen` judges an empty look */
    seen_fn *seen;
    const struct step *undo;
    enum step_class class;
    unsigned flags;
    double first_s, every_s, limit_s, settle_s;
    enum verdict at_limit; /* FAIL (only when the move says that it is quiet) or HOLD */
};

struct strategy {
    const char *name;
    int version;
    const char *summary;
    const struct step *steps;
    size_t n_steps;
    const struct step *commit_steps;
    size_t n_commit_steps;
    const struct step *sweep; /* ends every walk, both ways */
};

#define STEPS(array)    (array), sizeof(array) / sizeof((array)[0])
#define RIVAL_GRACE_S   30.0 /* for a guard that says ERR_LOCKED */
#define SETTLE_TOGGLE_S 30.0 /* before the opposite of an unanswered toggle */

#endif
