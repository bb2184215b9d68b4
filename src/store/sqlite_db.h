/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open SQLite store and the calls to its prepared statements. For the inside of
 * store/ and its tests only.
 *
 * All statements are prepared when the store is opened: that is also the check that the
 * database has the tables and columns that we need. A call is:
 *     struct call c = call_new(s, STMT_...);
 *     call_text(&c, 1, id);              what is bound is lent until call_end()
 *     while (call_next(&c)) ...          rows, if there are any
 *     return call_end(&c, "reading ...", err);
 * The first failure stays in the call: nothing after it is run.
 */
#ifndef STORE_SQLITE_DB_H
#define STORE_SQLITE_DB_H

#include <stdbool.h>
#include <sys/types.h>

#include <sqlite3.h>

#include "store/rows.h"
#include "store/store_ops.h"

/* How long a statement waits for another process before it is BUSY: the engine's loop
 * stands still meanwhile, so not longer than a slow disk needs for a commit. */
#define SQLITE_BUSY_MS 2000

enum stmt_id {
    STMT_BEGIN,
    STMT_COMMIT,
    STMT_ROLLBACK,
    STMT_RUN_UPDATE,
    STMT_RUN_INSERT,
    STMT_MOVE_SAME,
    STMT_MOVE_UPDATE,
    STMT_MOVE_INSERT,
    STMT_ASK_UPDATE,
    STMT_ASK_INSERT,
    STMT_CAPTURE_INSERT,
    STMT_FACT_PUT,
    STMT_FACT_DROP,
    STMT_JOURNAL_ADD,
    STMT_RUNS,
    STMT_MOVES,
    STMT_MOVE_OPEN,
    STMT_CAPTURE,
    STMT_FACTS,
    STMT_ASKS,
    STMT_JOURNAL,
    STMT_CHANGE,
    STMT_MAX
};

struct sqlite_store {
    struct store base; /* first: a struct store points here */
    sqlite3 *db;
    sqlite3_stmt *stmts[STMT_MAX];
    char *wal_path; /* NULL: in memory */
    char *copy;     /* of a database that SQLite cannot read in place, or NULL */
    ino_t wal_inode;
    int total_at_begin;    /* sqlite3_total_changes() */
    long long own_commits; /* of this connection: PRAGMA data_version leaves them out */
};

struct call {
    struct sqlite_store *s;
    sqlite3_stmt *stmt;
    int rc;
};

/* False: what is missing in the tables is in err; nothing is marked as failed. */
bool stmts_prepare(struct sqlite_store *s, struct err *err);
void stmts_finalize(struct sqlite_store *s);

struct call call_new(struct sqlite_store *s, enum stmt_id id);
void call_text(struct call *c, int n, const char *text); /* NULL: SQL NULL */
void call_real(struct call *c, int n, double value);
void call_row(struct call *c, const struct row_kind *kind, const void *row);
bool call_next(struct call *c); /* true: a row is there; false: the end or a failure */
/* Resets; a failure is set in err and given to store_fail(). doing: "reading the runs" */
bool call_end(struct call *c, const char *doing, struct err *err);
/* Resets and drops a failure: for the caller that has dealt with c->rc. */
void call_drop(struct call *c);

char *call_get_text(const struct call *c, int column); /* gives; NULL for SQL NULL */
void *call_get_row(const struct call *c, const struct row_kind *kind); /* gives */

/* Sets err and calls store_fail() by the meaning of rc. Returns false, always. */
bool sqlite_failed(struct sqlite_store *s, int rc, const char *doing, struct err *err);

/* sqlite_rows.c: the functions of the driver's table that put and read rows. */
bool sqlite_put_run(struct store *s, const struct run_row *row, struct err *err);
bool sqlite_put_move(struct store *s, const struct move_row *row, struct err *err);
bool sqlite_put_capture(struct store *s, const char *move_id, const char *json,
                        struct err *err);
bool sqlite_put_fact(struct store *s, const char *move_id, const char *name,
                     const char *value, struct err *err);
bool sqlite_put_ask(struct store *s, const struct ask_row *row, struct err *err);
bool sqlite_put_journal(struct store *s, const char *move_id, double at, const char *what,
                        struct err *err);
bool sqlite_runs(struct store *s, const char *id_prefix, struct vec *ret,
                 struct err *err);
bool sqlite_moves(struct store *s, const char *run_id, const char *id_prefix,
                  struct vec *ret, struct err *err);
bool sqlite_open_move(struct store *s, const char *cloud, const char *server_id,
                      struct move_row **ret, struct err *err);
bool sqlite_capture(struct store *s, const char *move_id, char **ret, struct err *err);
bool sqlite_facts(struct store *s, const char *move_id, struct vec *ret, struct err *err);
bool sqlite_asks(struct store *s, const char *move_id, struct vec *ret, struct err *err);
bool sqlite_journal(struct store *s, const char *move_id, struct vec *ret,
                    struct err *err);

#endif
