/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every driver: one transaction at a time, and none of a broken one is
 * kept. */
#include "store/store.h"

#include <stdlib.h>

#include "store/store_ops.h"

struct store *store_open(const char *path, bool read_only, char **ret_warning,
                         struct err *err)
{
    return store_sqlite_driver.open(path, read_only, ret_warning, err);
}

void store_close(struct store *s)
{
    size_t i;

    if (!s)
        return;
    store_rollback(s);
    for (i = 0; i < s->locks.len; i++)
        run_lock_forget_store(s->locks.at[i]);
    vec_clear(&s->locks, NULL);
    free(s->path);
    free(s->lock_base);
    s->ops->close(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

enum store_trouble store_trouble(const struct store *s)
{
    return s->trouble;
}

void store_fail(struct store *s, enum store_trouble trouble)
{
    if (s->tx == STORE_TX_OPEN) {
        s->tx = STORE_TX_BROKEN;
        s->ops->rollback(s);
    }
    if (s->trouble != STORE_DEAD)
        s->trouble = trouble;
}

static bool locks_stand(struct store *s, struct err *err)
{
    size_t i;

    for (i = 0; i < s->locks.len; i++) {
        const struct run_lock *lock = s->locks.at[i];

        if (!run_lock_is_lost(lock))
            continue;
        store_fail(s, STORE_DEAD);
        return err_set(err, ERR_STATE,
                       "the lock file %s was removed while this process held it: another "
                       "one may be working on the same run",
                       run_lock_path(lock));
    }
    return true;
}

bool store_begin(struct store *s, struct err *err)
{
    if (s->read_only)
        return err_set(err, ERR_INTERNAL, "%s was opened for reading only", s->path);
    if (s->tx == STORE_TX_OPEN)
        return err_set(err, ERR_INTERNAL, "a transaction is open already");
    if (s->trouble == STORE_DEAD)
        return err_set(
            err, ERR_STATE,
            "the state database %s failed earlier: this process does not write "
            "to it again",
            s->path);
    s->tx = STORE_TX_NONE;
    if (!locks_stand(s, err) || !s->ops->begin(s, err))
        return false;
    s->tx = STORE_TX_OPEN;
    return true;
}

static bool tx_is_open(const struct store *s, struct err *err)
{
    if (s->tx == STORE_TX_BROKEN)
        return err_set(err, ERR_STATE,
                       "an earlier write of this transaction failed: nothing of it was "
                       "kept in %s",
                       s->path);
    if (s->tx == STORE_TX_NONE)
        return err_set(err, ERR_INTERNAL, "a write outside a transaction");
    return true;
}

bool store_commit(struct store *s, struct err *err)
{
    bool ok = tx_is_open(s, err) && s->ops->commit(s, err);

    s->tx = STORE_TX_NONE;
    if (ok)
        s->trouble = STORE_FINE;
    return ok;
}

void store_rollback(struct store *s)
{
    if (s->tx == STORE_TX_OPEN)
        s->ops->rollback(s);
    s->tx = STORE_TX_NONE;
}

bool store_put_run(struct store *s, const struct run_row *row, struct err *err)
{
    return tx_is_open(s, err) && s->ops->put_run(s, row, err);
}

bool store_put_move(struct store *s, const struct move_row *row, struct err *err)
{
    return tx_is_open(s, err) && s->ops->put_move(s, row, err);
}

bool store_put_capture(struct store *s, const char *move_id, const char *json,
                       struct err *err)
{
    return tx_is_open(s, err) && s->ops->put_capture(s, move_id, json, err);
}

bool store_put_fact(struct store *s, const char *move_id, const char *name,
                    const char *value, struct err *err)
{
    return tx_is_open(s, err) && s->ops->put_fact(s, move_id, name, value, err);
}

bool store_put_ask(struct store *s, const struct ask_row *row, struct err *err)
{
    return tx_is_open(s, err) && s->ops->put_ask(s, row, err);
}

bool store_put_journal(struct store *s, const char *move_id, double at, const char *what,
                       struct err *err)
{
    return tx_is_open(s, err) && s->ops->put_journal(s, move_id, at, what, err);
}

bool store_runs(struct store *s, const char *id_prefix, struct vec *ret, struct err *err)
{
    return s->ops->runs(s, id_prefix, ret, err);
}

bool store_moves(struct store *s, const char *run_id, const char *id_prefix,
                 struct vec *ret, struct err *err)
{
    return s->ops->moves(s, run_id, id_prefix, ret, err);
}

bool store_open_move(struct store *s, const char *cloud, const char *server_id,
                     struct move_row **ret, struct err *err)
{
    return s->ops->open_move(s, cloud, server_id, ret, err);
}

bool store_capture(struct store *s, const char *move_id, char **ret, struct err *err)
{
    return s->ops->capture(s, move_id, ret, err);
}

bool store_facts(struct store *s, const char *move_id, struct vec *ret, struct err *err)
{
    return s->ops->facts(s, move_id, ret, err);
}

bool store_asks(struct store *s, const char *move_id, struct vec *ret, struct err *err)
{
    return s->ops->asks(s, move_id, ret, err);
}

bool store_journal(struct store *s, const char *move_id, struct vec *ret, struct err *err)
{
    return s->ops->journal(s, move_id, ret, err);
}

long long store_change(struct store *s)
{
    return s->ops->change(s);
}
