/* SPDX-License-Identifier: Apache-2.0 */
/* One use of a prepared statement: bind, step, read, and what a failure means. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/sqlite_db.h"

struct call call_new(struct sqlite_store *s, enum stmt_id id)
{
    struct call c = {s, s->stmts[id], SQLITE_OK};

    return c;
}

void call_text(struct call *c, int n, const char *text)
{
    if (c->rc != SQLITE_OK)
        return;
    if (text)
        c->rc = sqlite3_bind_text(c->stmt, n, text, -1, SQLITE_STATIC);
    else
        c->rc = sqlite3_bind_null(c->stmt, n);
}

void call_real(struct call *c, int n, double value)
{
    if (c->rc == SQLITE_OK)
        c->rc = sqlite3_bind_double(c->stmt, n, value);
}

static void bind_field(struct call *c, int n, const struct field *field, const char *row)
{
    const void *at = row + field->at;

    switch (field->type) {
    case FIELD_TEXT:
        call_text(c, n, *(char *const *)at);
        break;
    case FIELD_REAL:
        call_real(c, n, *(const double *)at);
        break;
    case FIELD_INT:
        if (c->rc == SQLITE_OK)
            c->rc = sqlite3_bind_int(c->stmt, n, *(const int *)at);
        break;
    case FIELD_LONG:
        if (c->rc == SQLITE_OK)
            c->rc = sqlite3_bind_int64(c->stmt, n, *(const long long *)at);
        break;
    }
}

void call_row(struct call *c, const struct row_kind *kind, const void *row)
{
    size_t i;

    for (i = 0; i < kind->count; i++)
        bind_field(c, (int)i + 1, &kind->fields[i], row);
}

bool call_next(struct call *c)
{
    if (c->rc != SQLITE_OK && c->rc != SQLITE_ROW)
        return false;
    c->rc = sqlite3_step(c->stmt);
    return c->rc == SQLITE_ROW;
}

void call_drop(struct call *c)
{
    (void)sqlite3_reset(c->stmt); /* repeats the failure that step has told */
    (void)sqlite3_clear_bindings(c->stmt);
}

bool call_end(struct call *c, const char *doing, struct err *err)
{
    /* A reader may stop at the row it wanted. */
    bool ok = c->rc == SQLITE_OK || c->rc == SQLITE_ROW || c->rc == SQLITE_DONE;

    call_drop(c);
    return ok || sqlite_failed(c->s, c->rc, doing, err);
}

char *call_get_text(const struct call *c, int column)
{
    const unsigned char *text;

    if (sqlite3_column_type(c->stmt, column) == SQLITE_NULL)
        return NULL;
    text = sqlite3_column_text(c->stmt, column);
    if (!text)
        bug("out of memory");
    return xstrdup((const char *)text);
}

void *call_get_row(const struct call *c, const struct row_kind *kind)
{
    char *row = xcalloc(1, kind->size);
    size_t i;

    for (i = 0; i < kind->count; i++) {
        void *at = row + kind->fields[i].at;
        int column = (int)i;

        switch (kind->fields[i].type) {
        case FIELD_TEXT:
            *(char **)at = call_get_text(c, column);
            break;
        case FIELD_REAL:
            *(double *)at = sqlite3_column_double(c->stmt, column);
            break;
        case FIELD_INT:
            *(int *)at = sqlite3_column_int(c->stmt, column);
            break;
        case FIELD_LONG:
            *(long long *)at = sqlite3_column_int64(c->stmt, column);
            break;
        }
    }
    return row;
}

/*
 * SQLite calls only ENOSPC in a write "full". A quota that is used up, and a
 * shared-memory index that cannot grow, are full disks too. A failed sync is none,
 * whatever its errno: the kernel may have dropped the pages, and a second sync would lie.
 */
static bool disk_is_full(sqlite3 *db, int rc)
{
    int why = sqlite3_system_errno(db);

    if (rc == SQLITE_FULL)
        return true;
    return (rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_SHMSIZE) &&
           (why == ENOSPC || why == EDQUOT);
}

bool sqlite_failed(struct sqlite_store *s, int rc, const char *doing, struct err *err)
{
    const char *path = s->base.path;

    if (disk_is_full(s->db, rc)) {
        err_set(err, ERR_STATE, "no space is left for the state database %s (%s)", path,
                doing);
        store_fail(&s->base, STORE_BUSY);
        return false;
    }
    switch (rc & 0xff) {
    case SQLITE_BUSY:
        err_set(err, ERR_STATE, "another process keeps the state database %s busy (%s)",
                path, doing);
        store_fail(&s->base, STORE_BUSY);
        return false;
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
        /* The database is well: it was asked for something wrong. */
        err_set(err, ERR_INTERNAL, "%s: %s", doing, sqlite3_errmsg(s->db));
        store_fail(&s->base, STORE_FINE);
        return false;
    default:
        err_set(err, ERR_STATE, "the state database %s failed (%s): %s", path, doing,
                sqlite3_errstr(rc));
        store_fail(&s->base, STORE_DEAD);
        return false;
    }
}
