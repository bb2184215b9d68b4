/* SPDX-License-Identifier: Apache-2.0 */
/* A store driver around the SQLite one: its commits fail, or are the last thing that the
 * process does, when a test says so. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/sqlite_db.h"
#include "toy.h"

struct toy_store {
    struct store base;
    struct store *real;
    struct toy *toy;
};

static struct toy_store *of(struct store *s)
{
    return (struct toy_store *)s;
}

static struct store *real(struct store *s)
{
    return of(s)->real;
}

static void toy_close(struct store *s)
{
    store_close(real(s));
    free(s);
}

/* The real one rolls back by itself; ours follows it. */
static bool told(struct store *s, bool ok)
{
    struct toy *t = of(s)->toy;

    if (!ok && t->failed_at <= 0) {
        t->failed_at = clock_mono();
        t->failed_after = t->mutations;
    }
    if (!ok && store_trouble(real(s)) != STORE_FINE)
        store_fail(s, store_trouble(real(s)));
    return ok;
}

static bool toy_begin(struct store *s, struct err *err)
{
    return told(s, store_begin(real(s), err));
}

static bool fails_now(struct toy *t)
{
    if (t->fail_until > clock_mono())
        return true;
    return t->fail_at > 0 && t->commits >= t->fail_at &&
           t->commits < t->fail_at + t->fail_n;
}

static bool toy_commit(struct store *s, struct err *err)
{
    struct toy *t = of(s)->toy;
    bool dies = ++t->commits == t->die_at_commit;

    if (t->dead || (dies && !t->die_after)) {
        t->dead = true;
        store_rollback(real(s));
        return err_set(err, ERR_STATE, "died");
    }
    if (fails_now(t)) {
        if (t->failed_at <= 0)
            t->failed_at = clock_mono();
        store_fail(s, t->fail_how);
        return err_set(err, ERR_STATE, "told to fail");
    }
    if (!told(s, store_commit(real(s), err)))
        return false;
    if (dies)
        t->dead = true;
    return true;
}

static void toy_rollback(struct store *s)
{
    store_rollback(real(s));
}

static bool put_run(struct store *s, const struct run_row *row, struct err *err)
{
    return told(s, store_put_run(real(s), row, err));
}

static bool put_move(struct store *s, const struct move_row *row, struct err *err)
{
    return told(s, store_put_move(real(s), row, err));
}

static bool put_capture(struct store *s, const char *id, const char *json,
                        struct err *err)
{
    return told(s, store_put_capture(real(s), id, json, err));
}

static bool put_fact(struct store *s, const char *id, const char *name, const char *value,
                     struct err *err)
{
    return told(s, store_put_fact(real(s), id, name, value, err));
}

static bool put_ask(struct store *s, const struct ask_row *row, struct err *err)
{
    return told(s, store_put_ask(real(s), row, err));
}

static bool put_journal(struct store *s, const char *id, double at, const char *what,
                        struct err *err)
{
    return told(s, store_put_journal(real(s), id, at, what, err));
}

static bool runs(struct store *s, const char *prefix, struct vec *ret, struct err *err)
{
    return store_runs(real(s), prefix, ret, err);
}

static bool moves(struct store *s, const char *run, const char *prefix, struct vec *ret,
                  struct err *err)
{
    return store_moves(real(s), run, prefix, ret, err);
}

static bool open_move(struct store *s, const char *cloud, const char *server,
                      struct move_row **ret, struct err *err)
{
    return store_open_move(real(s), cloud, server, ret, err);
}

static bool capture(struct store *s, const char *id, char **ret, struct err *err)
{
    return store_capture(real(s), id, ret, err);
}

static bool facts(struct store *s, const char *id, struct vec *ret, struct err *err)
{
    return store_facts(real(s), id, ret, err);
}

static bool asks(struct store *s, const char *id, struct vec *ret, struct err *err)
{
    return store_asks(real(s), id, ret, err);
}

static bool journal(struct store *s, const char *id, struct vec *ret, struct err *err)
{
    return store_journal(real(s), id, ret, err);
}

static long long change(struct store *s)
{
    return store_change(real(s));
}

static const struct store_ops ops = {
    .close = toy_close,
    .begin = toy_begin,
    .commit = toy_commit,
    .rollback = toy_rollback,
    .put_run = put_run,
    .put_move = put_move,
    .put_capture = put_capture,
    .put_fact = put_fact,
    .put_ask = put_ask,
    .put_journal = put_journal,
    .runs = runs,
    .moves = moves,
    .open_move = open_move,
    .capture = capture,
    .facts = facts,
    .asks = asks,
    .journal = journal,
    .change = change,
};

struct store *toy_store_open(struct toy *t)
{
    struct toy_store *s = xcalloc(1, sizeof *s);
    struct err err = {0};

    s->toy = t;
    s->base.ops = &ops;
    s->base.path = xstrdup(t->db);
    s->base.lock_base = xstrdup(t->db);
    s->real = store_open(t->db, false, NULL, &err);
    if (!s->real)
        fail_msg("opening %s: %s", t->db, err.text);
    if (t->checkpoint_pages > 0)
        (void)sqlite3_wal_autocheckpoint(((struct sqlite_store *)s->real)->db,
                                         t->checkpoint_pages);
    return &s->base;
}
