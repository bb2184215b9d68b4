/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store driver fills in, and what every store has in common. For drivers and the
 * inside of store/ only; everybody else includes store/store.h.
 *
 * store.c keeps the law of the broken transaction for all drivers: it calls a put only
 * inside an open transaction of a writable store. A driver that fails calls store_fail()
 * and returns false; one that refuses a row but keeps the transaction (the second open
 * move of a server) sets the error and returns false without it.
 */
#ifndef STORE_STORE_OPS_H
#define STORE_STORE_OPS_H

#include "store/store.h"

struct store_ops {
    void (*close)(struct store *s); /* frees s; its base members are cleared by store.c */
    bool (*begin)(struct store *s, struct err *err);
    bool (*commit)(struct store *s, struct err *err);
    void (*rollback)(struct store *s);

    bool (*put_run)(struct store *s, const struct run_row *row, struct err *err);
    bool (*put_move)(struct store *s, const struct move_row *row, struct err *err);
    bool (*put_capture)(struct store *s, const char *move_id, const char *json,
                        struct err *err);
    bool (*put_fact)(struct store *s, const char *move_id, const char *name,
                     const char *value, struct err *err);
    bool (*put_ask)(struct store *s, const struct ask_row *row, struct err *err);
    bool (*put_journal)(struct store *s, const char *move_id, double at, const char *what,
                        struct err *err);

    bool (*runs)(struct store *s, const char *id_prefix, struct vec *ret,
                 struct err *err);
    bool (*moves)(struct store *s, const char *run_id, const char *id_prefix,
                  struct vec *ret, struct err *err);
    bool (*open_move)(struct store *s, const char *cloud, const char *server_id,
                      struct move_row **ret, struct err *err);
    bool (*capture)(struct store *s, const char *move_id, char **ret, struct err *err);
    bool (*facts)(struct store *s, const char *move_id, struct vec *ret, struct err *err);
    bool (*asks)(struct store *s, const char *move_id, struct vec *ret, struct err *err);
    bool (*journal)(struct store *s, const char *move_id, struct vec *ret,
                    struct err *err);
    long long (*change)(struct store *s);
};

enum store_tx { STORE_TX_NONE, STORE_TX_OPEN, STORE_TX_BROKEN };

struct store {
    const struct store_ops *ops;
    char *path;      /* as the caller named it: for messages */
    char *lock_base; /* without links, so that two names of one file share locks; NULL:
                        this store locks nothing */
    bool read_only;
    enum store_tx tx;
    enum store_trouble trouble;
    struct vec locks; /* struct run_lock, lent: begin looks whether they still stand */
};

/* The driver could not do what it was told: an open transaction is rolled back and broken
 * and the trouble is kept (STORE_DEAD for ever). */
void store_fail(struct store *s, enum store_trouble trouble);

/* Is the lock file gone or another one? Then a second process may hold "the" lock. */
bool run_lock_is_lost(const struct run_lock *lock);
const char *run_lock_path(const struct run_lock *lock);
/* The store goes away before the lock: the lock forgets it and stays held. */
void run_lock_forget_store(struct run_lock *lock);

#endif
