/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that survives: runs, moves, captures, facts, asks, journal. Knows rows, not
 * OpenStack. A store is a table of functions (struct store_driver), so that another
 * driver can come; today there is one, store_sqlite_driver.
 *
 * Writing: store_begin(), any number of store_put_*, store_commit(). All of a turn is one
 * transaction: it is durable when store_commit() has returned true, or it never happened.
 * If any call fails inside, the transaction is rolled back at once and every further put
 * of it fails; enum store_trouble tells what to do. A commit that failed is unknown, not
 * undone: what was in it may be there after a crash.
 *
 * Reading never blocks on a writer (WAL). Row structs own their strings: x_row_free().
 * Times are wall seconds since the epoch; 0 is "not yet"; NULL strings are SQL NULL.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

struct run_row {
    char *id; /* UUID */
    double created;
    char *command; /* "move", ... */
    char *cloud;   /* identity: auth URL, region, project id, joined by the caller */
    char *options; /* JSON: what resume needs; no secrets */
    char *state;   /* "running", "over" */
};

struct move_row {
    char *id, *run_id; /* UUIDs */
    char *cloud;       /* as in the run: for the unique index */
    char *server_id, *server_name, *target_server_id;
    char *source_zone, *target_zone;
    char *strategy;
    int version; /* of the strategy's tables */
    char *state; /* planned running moved held committed undone skipped failed */
    char *walk;  /* forward back commit discard; NULL before it began */
    char *step;  /* id of the row it stands at; NULL before and after */
    char *serving;
    char *error, *held_reason;
    char *announced, *lost, *left; /* JSON arrays of {name, text} */
    double spent_s;                /* of the step's limit, over all lives */
    double created, started, finished;
    double down_at, up_at; /* the guest: when it went down, when one served again */
};

struct ask_row { /* primary key: the first five */
    char *move_id, *walk, *step;
    int item, attempt;
    char *phase; /* asked heard done refused */
    double intent_at, heard_at, done_at;
    char *request_id, *new_id;
    int status; /* HTTP status of the answer; 0: none */
};

struct fact_row {
    char *name, *value;
};

struct journal_row {
    long long seq;
    char *move_id; /* NULL: of no single move */
    double at;
    char *what;
};

enum store_trouble {
    STORE_FINE, /* nothing, or we wrote something wrong (ERR_INTERNAL) */
    STORE_BUSY, /* full disk or busy database: keep what is dirty, begin again later */
    STORE_DEAD, /* I/O error or corruption: never write again with this process */
};

struct store;
struct store_driver {
    const char *name;
    /*
     * path: file, or ":memory:" (nothing on disk: for plan and check). Missing folders
     * are made 0700, the file 0600; a folder that exists is left as it is.
     *
     * Refused with ERR_STATE and untouched: damaged, foreign (not our application_id) or
     * newer database; a WAL whose database is gone; a network file system. ERR_LOCKED: an
     * older database with an unfinished run that another process works on now.
     *
     * read_only: never creates, migrates or checkpoints; ERR_NOTFOUND when nothing has
     * been recorded there yet (no file, or an empty one), ERR_STATE for an older
     * database.
     *
     * *ret_warning (given; ret_warning may be NULL) is NULL, or says that others could
     * read the file: its mode is tightened, unless read_only.
     */
    struct store *(*open)(const char *path, bool read_only, char **ret_warning,
                          struct err *err);
};
extern const struct store_driver store_sqlite_driver;

struct store *store_open(const char *path, bool read_only, char **ret_warning,
                         struct err *err);
void store_close(struct store *s);
const char *store_path(const struct store *s);

/* Waits for another writer, two seconds at most, then fails with STORE_BUSY. Fails with
 * STORE_DEAD too when the database, its WAL or the file of a run_lock of this store was
 * removed or replaced under us: our writes would be lost, or another holds the run too.
 */
bool store_begin(struct store *s, struct err *err);
/* Ends the transaction either way. */
bool store_commit(struct store *s, struct err *err);
void store_rollback(struct store *s);
enum store_trouble store_trouble(const struct store *s); /* of the last failure */

bool store_put_run(struct store *s, const struct run_row *row, struct err *err);
/* Inserts or updates; run, cloud and server of a move never change. A second open move of
 * one server fails with ERR_CONFLICT and text naming the other move; the transaction
 * stays usable then. */
bool store_put_move(struct store *s, const struct move_row *row, struct err *err);
/* Written once: a second capture of the move is an error. */
bool store_put_capture(struct store *s, const char *move_id, const char *json,
                       struct err *err);
bool store_put_fact(struct store *s, const char *move_id, const char *name,
                    const char *value, struct err *err); /* value NULL: removes it */
bool store_put_ask(struct store *s, const struct ask_row *row, struct err *err);
/* Appends; move_id NULL: of no single move. */
bool store_put_journal(struct store *s, const char *move_id, double at, const char *what,
                       struct err *err);

/* Readers add to *ret (struct vec of row pointers, given; free with x_row_free). */
bool store_runs(struct store *s, const char *id_prefix, struct vec *ret, struct err *err);
/* Either may be NULL (any). Ordered by creation. */
bool store_moves(struct store *s, const char *run_id, const char *id_prefix,
                 struct vec *ret, struct err *err);
/* The open move (planned, running, moved, held) of this server, or *ret = NULL. */
bool store_open_move(struct store *s, const char *cloud, const char *server_id,
                     struct move_row **ret, struct err *err);
/* *ret (given) is NULL when there is none. */
bool store_capture(struct store *s, const char *move_id, char **ret, struct err *err);
bool store_facts(struct store *s, const char *move_id, struct vec *ret, struct err *err);
/* In the order in which they were first put. */
bool store_asks(struct store *s, const char *move_id, struct vec *ret, struct err *err);
/* move_id NULL: the lines that belong to no single move. */
bool store_journal(struct store *s, const char *move_id, struct vec *ret,
                   struct err *err);
/* What changes whenever anything is committed by anybody (for status --watch). */
long long store_change(struct store *s);

/*
 * One writer per run: flock() on "<db>.run-<run id>.lock", held for the life of the
 * struct, made by whoever works on the run (move, resume, commit, discard). The second is
 * refused with ERR_LOCKED naming run and pid (the same process too). A holder that dies
 * has let go; one that is stopped has not. The id: letters, digits, '-' and '_'. A store
 * ":memory:" locks nothing. The lock may outlive the store.
 */
struct run_lock;
struct run_lock *run_lock_take(struct store *s, const char *run_id, struct err *err);
void run_lock_free(struct run_lock *lock); /* NULL is allowed; removes the file if safe */

struct run_row *run_row_new(void);
struct move_row *move_row_new(void);
struct ask_row *ask_row_new(void);
void run_row_free(void *row);
void move_row_free(void *row);
void ask_row_free(void *row);
void fact_row_free(void *row);
void journal_row_free(void *row);

#endif
