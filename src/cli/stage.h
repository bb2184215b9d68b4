/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command works with: messages, the state database, the cloud, the engine. Opened
 * in parts, because `status` must work without a cloud and `check` without a database.
 *
 * stage_init() first, always; then stage_open_store() and stage_open_cloud() as needed,
 * the engine last; stage_clear() takes everything down in the right order, also
 * half-built.
 */
#ifndef CLI_STAGE_H
#define CLI_STAGE_H

#include "cli/cmd.h"
#include "flow/engine.h"
#include "moves/registry.h"
#include "show/progress.h"

struct stage {
    const struct call *call;
    FILE *events;
    struct progress *progress;
    struct store *store;
    struct loop *loop;
    struct http *http;
    struct world *world;
    struct engine *engine;
    struct step_timeout *timeouts; /* ended by step NULL; the steps are owned */
    bool begun;     /* something was written: the cloud's loss is resumable */
    bool tells_run; /* when the first request goes out that changes something: which run
                     * it is */
};

/* Opens the events file. False: say it with stage_fail(). */
bool stage_init(struct stage *st, const struct call *call, struct err *err);
void stage_clear(struct stage *st);

/* Only STAGE_CREATE makes a database; with the others one that is not there gives
 * st->store NULL and true: it holds nothing. */
enum stage_store { STAGE_READ, STAGE_WRITE, STAGE_CREATE };
bool stage_open_store(struct stage *st, enum stage_store how, struct err *err);
bool stage_open_memory(struct stage *st, struct err *err); /* keeps nothing */
/* Reads the credentials; no request yet. */
bool stage_open_cloud(struct stage *st, struct err *err);
bool stage_open_engine(struct stage *st, struct err *err);
/* Speaks to the cloud for the first time; afterwards stage_identity() is known. */
bool stage_hello(struct stage *st, struct err *err);
const char *stage_identity(const struct stage *st);
struct session *stage_session(const struct stage *st);

/* Lines on standard error, "rezone: " before them. */
void stage_say(struct stage *st, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Without the prefix: details under a line. */
void stage_detail(struct stage *st, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What happened, the service's request id, and what to do next. */
void stage_error(struct stage *st, const struct err *err);
/* The same with other words on what to do; "": none. */
void stage_error_hint(struct stage *st, const struct err *err, const char *hint);
/* Of an id that was typed (resolve_id()). */
void stage_error_id(struct stage *st, const struct err *err);
/* The same, and gives the exit status: a cloud that is lost before anything was begun is
 * 5, afterwards 4. */
int stage_fail(struct stage *st, const struct err *err);
/* The result could not be written to standard output: says it, gives the exit status;
 * status: the one without that (what is resumable stays so). */
int stage_unwritten(struct stage *st, const struct err *err, int status);
/* Is it about what was asked for (unknown, ambiguous, not allowed) and not about the
 * cloud? An identity service that takes no credentials is the cloud's affair, whatever it
 * answers. */
bool stage_is_refusal(const struct stage *st, const struct err *err);
/* "name (id)" of strangers, printable; gives. */
char *stage_name(const char *name, const char *id);

/* May we ask, or were we told not to? False with ERR_REFUSED: neither. */
bool stage_may_change(const struct call *call, struct err *err);

#endif
