/* SPDX-License-Identifier: Apache-2.0 */
/* Putting and reading rows: one short function for each line of the driver's table. */
#include <stdlib.h>

#include "base/vec.h"
#include "store/sqlite_db.h"

static struct sqlite_store *of(struct store *s)
{
    return (struct sqlite_store *)s;
}

static bool run_call(struct call *c, const char *doing, struct err *err)
{
    (void)call_next(c);
    return call_end(c, doing, err);
}

/* Runs an UPDATE; *ret_found: was the row there? */
static bool update(struct sqlite_store *s, enum stmt_id id, const struct row_kind *kind,
                   const void *row, bool *ret_found, const char *doing, struct err *err)
{
    struct call c = call_new(s, id);

    call_row(&c, kind, row);
    if (!run_call(&c, doing, err))
        return false;
    *ret_found = sqlite3_changes(s->db) > 0;
    return true;
}

static bool insert(struct sqlite_store *s, enum stmt_id id, const struct row_kind *kind,
                   const void *row, const char *doing, struct err *err)
{
    struct call c = call_new(s, id);

    call_row(&c, kind, row);
    return run_call(&c, doing, err);
}

bool sqlite_put_run(struct store *s, const struct run_row *row, struct err *err)
{
    static const char doing[] = "saving a run";
    bool found = false;

    if (!update(of(s), STMT_RUN_UPDATE, &run_kind, row, &found, doing, err))
        return false;
    return found || insert(of(s), STMT_RUN_INSERT, &run_kind, row, doing, err);
}

bool sqlite_put_ask(struct store *s, const struct ask_row *row, struct err *err)
{
    static const char doing[] = "saving a request";
    bool found = false;

    if (!update(of(s), STMT_ASK_UPDATE, &ask_kind, row, &found, doing, err))
        return false;
    return found || insert(of(s), STMT_ASK_INSERT, &ask_kind, row, doing, err);
}

/* The statement alone was undone by SQLite, so the transaction goes on. */
static bool refuse_second(struct store *s, const struct move_row *row, struct err *err)
{
    struct move_row *other = NULL;

    if (!sqlite_open_move(s, row->cloud, row->server_id, &other, err))
        return false;
    err_set(err, ERR_CONFLICT, "server %s has an open move already: %s of run %s",
            row->server_id, other ? other->id : "?", other ? other->run_id : "?");
    move_row_free(other);
    return false;
}

/* As update() and insert(), for the statements that may meet the other open move. */
static bool put_indexed(struct sqlite_store *s, enum stmt_id id,
                        const struct move_row *row, bool *ret_found, struct err *err)
{
    struct call c = call_new(s, id);

    call_row(&c, &move_kind, row);
    (void)call_next(&c);
    if (c.rc == SQLITE_CONSTRAINT_UNIQUE) {
        call_drop(&c);
        return refuse_second(&s->base, row, err);
    }
    if (!call_end(&c, "saving a move", err))
        return false;
    *ret_found = sqlite3_changes(s->db) > 0;
    return true;
}

bool sqlite_put_move(struct store *s, const struct move_row *row, struct err *err)
{
    bool found = false;

    if (!update(of(s), STMT_MOVE_SAME, &move_kind, row, &found, "saving a move", err))
        return false;
    if (!found && !put_indexed(of(s), STMT_MOVE_UPDATE, row, &found, err))
        return false;
    return found || put_indexed(of(s), STMT_MOVE_INSERT, row, &found, err);
}

bool sqlite_put_capture(struct store *s, const char *move_id, const char *json,
                        struct err *err)
{
    struct call c = call_new(of(s), STMT_CAPTURE_INSERT);

    call_text(&c, 1, move_id);
    call_text(&c, 2, json);
    return run_call(&c, "saving a capture", err);
}

bool sqlite_put_fact(struct store *s, const char *move_id, const char *name,
                     const char *value, struct err *err)
{
    struct call c = call_new(of(s), value ? STMT_FACT_PUT : STMT_FACT_DROP);

    call_text(&c, 1, move_id);
    call_text(&c, 2, name);
    if (value)
        call_text(&c, 3, value);
    return run_call(&c, "saving a fact", err);
}

bool sqlite_put_journal(struct store *s, const char *move_id, double at, const char *what,
                        struct err *err)
{
    struct call c = call_new(of(s), STMT_JOURNAL_ADD);

    call_text(&c, 1, move_id);
    call_real(&c, 2, at);
    call_text(&c, 3, what);
    return run_call(&c, "writing the journal", err);
}

/* All rows or none: a failure half-way must not look like a shorter list. */
static bool read_rows(struct call *c, const struct row_kind *kind, struct vec *ret,
                      const char *doing, struct err *err)
{
    struct vec rows = {0};
    bool ok;
    size_t i;

    while (call_next(c))
        vec_add(&rows, call_get_row(c, kind));
    ok = call_end(c, doing, err);
    for (i = 0; i < rows.len; i++) {
        if (ok)
            vec_add(ret, rows.at[i]);
        else
            row_free(kind, rows.at[i]);
    }
    vec_clear(&rows, NULL);
    return ok;
}

bool sqlite_runs(struct store *s, const char *id_prefix, struct vec *ret, struct err *err)
{
    struct call c = call_new(of(s), STMT_RUNS);

    call_text(&c, 1, id_prefix);
    return read_rows(&c, &run_kind, ret, "reading the runs", err);
}

bool sqlite_moves(struct store *s, const char *run_id, const char *id_prefix,
                  struct vec *ret, struct err *err)
{
    struct call c = call_new(of(s), STMT_MOVES);

    call_text(&c, 1, run_id);
    call_text(&c, 2, id_prefix);
    return read_rows(&c, &move_kind, ret, "reading the moves", err);
}

bool sqlite_open_move(struct store *s, const char *cloud, const char *server_id,
                      struct move_row **ret, struct err *err)
{
    struct call c = call_new(of(s), STMT_MOVE_OPEN);
    struct move_row *row = NULL;

    call_text(&c, 1, cloud);
    call_text(&c, 2, server_id);
    if (call_next(&c))
        row = call_get_row(&c, &move_kind);
    if (!call_end(&c, "reading the moves", err))
        return false;
    *ret = row;
    return true;
}

bool sqlite_capture(struct store *s, const char *move_id, char **ret, struct err *err)
{
    struct call c = call_new(of(s), STMT_CAPTURE);
    char *json = NULL;

    call_text(&c, 1, move_id);
    if (call_next(&c))
        json = call_get_text(&c, 0);
    if (!call_end(&c, "reading a capture", err))
        return false;
    *ret = json;
    return true;
}

bool sqlite_facts(struct store *s, const char *move_id, struct vec *ret, struct err *err)
{
    struct call c = call_new(of(s), STMT_FACTS);

    call_text(&c, 1, move_id);
    return read_rows(&c, &fact_kind, ret, "reading the facts", err);
}

bool sqlite_asks(struct store *s, const char *move_id, struct vec *ret, struct err *err)
{
    struct call c = call_new(of(s), STMT_ASKS);

    call_text(&c, 1, move_id);
    return read_rows(&c, &ask_kind, ret, "reading the requests", err);
}

bool sqlite_journal(struct store *s, const char *move_id, struct vec *ret,
                    struct err *err)
{
    struct call c = call_new(of(s), STMT_JOURNAL);

    call_text(&c, 1, move_id);
    return read_rows(&c, &journal_kind, ret, "reading the journal", err);
}
