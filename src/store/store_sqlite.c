/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite driver: opening, checking, migrating, and the transaction. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "store/schema.h"
#include "store/sqlite_db.h"
#include "store/sqlite_file.h"

/* Reading every page of more than this would be felt at the start of each command;
 * what is damaged there is found when it is read. */
#define QUICK_CHECK_MAX_BYTES ((sqlite3_int64)64 << 20)

static const struct store_ops sqlite_ops;

static struct sqlite_store *of(struct store *s)
{
    return (struct sqlite_store *)s;
}

static void sqlite_close(struct store *store)
{
    struct sqlite_store *s = of(store);

    stmts_finalize(s);
    (void)sqlite3_close(s->db);
    state_file_remove_copy(s->copy);
    free(s->copy);
    free(s->wal_path);
    free(s);
}

static bool cannot_open(struct sqlite_store *s, int rc, struct err *err)
{
    bool damaged = (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;

    return err_set(err, ERR_STATE, "the state database %s %s: %s", s->base.path,
                   damaged ? "is damaged" : "cannot be opened",
                   s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
}

static bool pragma(struct sqlite_store *s, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK || cannot_open(s, rc, err);
}

/* Gives the first column of the first row of a statement, or NULL and an error. */
static char *ask_one(struct sqlite_store *s, const char *sql, struct err *err)
{
    struct call c = {s, NULL, SQLITE_OK};
    char *answer = NULL;

    c.rc = sqlite3_prepare_v2(s->db, sql, -1, &c.stmt, NULL);
    if (call_next(&c))
        answer = call_get_text(&c, 0);
    if (!answer)
        (void)cannot_open(s, c.rc, err);
    (void)sqlite3_finalize(c.stmt);
    return answer;
}

static bool is_undamaged(struct sqlite_store *s, struct err *err)
{
    AUTO_FREE char *pages = ask_one(s, "PRAGMA page_count", err);
    AUTO_FREE char *page = pages ? ask_one(s, "PRAGMA page_size", err) : NULL;
    AUTO_FREE char *says = NULL;
    AUTO_FREE char *shown = NULL;

    if (!page)
        return false;
    if (strtoll(pages, NULL, 10) * strtoll(page, NULL, 10) > QUICK_CHECK_MAX_BYTES)
        return true;
    says = ask_one(s, "PRAGMA quick_check(1)", err);
    if (!says)
        return false;
    if (!strcmp(says, "ok"))
        return true;
    shown = text_printable(says, 200);
    return err_set(err, ERR_STATE, "the state database %s is damaged: %s", s->base.path,
                   shown);
}

/* Locks every unfinished run: no other process may be at work while its tables change. */
static bool lock_runs(struct sqlite_store *s, struct vec *ret_locks, struct err *err)
{
    struct call c = {s, NULL, SQLITE_OK};
    struct vec ids = {0};
    bool ok = true;
    size_t i;

    /* No such table: then there is no run either. */
    if (sqlite3_prepare_v2(s->db, "SELECT id FROM runs WHERE state <> 'over'", -1,
                           &c.stmt, NULL) == SQLITE_OK)
        while (call_next(&c))
            vec_add(&ids, call_get_text(&c, 0));
    (void)sqlite3_finalize(c.stmt);
    for (i = 0; ok && i < ids.len; i++) {
        struct run_lock *lock = run_lock_take(&s->base, ids.at[i], err);

        ok = lock != NULL;
        if (ok)
            vec_add(ret_locks, lock);
    }
    vec_clear(&ids, free);
    return ok;
}

static void unlock_run(void *lock)
{
    run_lock_free(lock);
}

static bool migrate(struct sqlite_store *s, struct err *err)
{
    const char *what = "";
    struct vec locks = {0};
    bool ok = lock_runs(s, &locks, err);

    if (ok) {
        int rc = schema_migrate(s->db, &store_schema, &what);

        ok = rc == SQLITE_OK || cannot_open(s, rc, err);
    }
    vec_clear(&locks, unlock_run);
    return ok || err_wrap(err, "bringing the state database up to date");
}

static bool version_is_known(struct sqlite_store *s, int version, struct err *err)
{
    if (version < 0)
        return err_set(err, ERR_STATE, "the state database %s is damaged: format %d",
                       s->base.path, version);
    if (version > store_schema.version)
        return err_set(err, ERR_STATE,
                       "the state database %s was written by a newer rezone (format %d, "
                       "this one knows %d)",
                       s->base.path, version, store_schema.version);
    return true;
}

static bool reach_version(struct sqlite_store *s, struct err *err)
{
    int version = 0;
    int rc = schema_version(s->db, &version);

    if (rc != SQLITE_OK)
        return cannot_open(s, rc, err);
    if (!version_is_known(s, version, err))
        return false;
    if (version == store_schema.version)
        return true;
    if (s->base.read_only)
        return err_set(
            err, ERR_STATE,
            "the state database %s was written by an older rezone (format %d): "
            "the next command that works on a run brings it up to date",
            s->base.path, version);
    if (!migrate(s, err))
        return false;
    /* Somebody newer may have been faster. */
    rc = schema_version(s->db, &version);
    return rc == SQLITE_OK ? version_is_known(s, version, err) : cannot_open(s, rc, err);
}

/* foreign_keys last: a migration may have to build a table anew. */
static bool set_up(struct sqlite_store *s, struct err *err)
{
    if (!s->wal_path)
        return pragma(s, "PRAGMA foreign_keys = ON", err) && stmts_prepare(s, err);
    if (s->base.read_only && !pragma(s, "PRAGMA query_only = ON", err))
        return false;
    if (!s->base.read_only) {
        AUTO_FREE char *mode = ask_one(s, "PRAGMA journal_mode = WAL", err);

        if (!mode)
            return false;
        if (strcmp(mode, "wal") != 0)
            return err_set(err, ERR_STATE, "the state database %s cannot use a WAL here",
                           s->base.path);
    }
    return pragma(s, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", err) &&
           stmts_prepare(s, err);
}

static bool remember_wal(struct sqlite_store *s, struct err *err)
{
    struct stat st;

    if (stat(s->wal_path, &st) == 0)
        s->wal_inode = st.st_ino;
    else if (!s->base.read_only)
        return err_set_errno(err, ERR_STATE, errno, "cannot find %s", s->wal_path);
    return true;
}

static bool open_file(struct sqlite_store *s, const struct state_file *file,
                      struct err *err)
{
    /* READWRITE also for readers: a reader of a WAL takes part in its index. SQLite falls
     * back to reading when it may not write. */
    const char *path = file->copy ? file->copy : file->path;
    int rc =
        sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc != SQLITE_OK)
        return cannot_open(s, rc, err);
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_timeout(s->db, SQLITE_BUSY_MS);
    /* Until the file is proved good, what a dead process left in the WAL stays there. */
    if (file->has_wal)
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (!state_file_is_ours(s->db, file, err))
        return false;
    if (!s->base.read_only && sqlite3_db_readonly(s->db, "main") == 1)
        return err_set(err, ERR_STATE, "the state database %s is write-protected",
                       s->base.path);
    s->wal_path = xasprintf("%s-wal", path);
    if (!is_undamaged(s, err) || !reach_version(s, err) || !set_up(s, err) ||
        !remember_wal(s, err))
        return false;
    if (!s->base.read_only)
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return true;
}

static bool open_memory(struct sqlite_store *s, struct err *err)
{
    const char *what = "";
    int rc = sqlite3_open_v2(":memory:", &s->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_extended_result_codes(s->db, 1);
    if (rc == SQLITE_OK)
        rc = schema_migrate(s->db, &store_schema, &what);
    if (rc != SQLITE_OK)
        return cannot_open(s, rc, err);
    return set_up(s, err);
}

/* Gives what is to be said of who else can reach the file, or NULL. */
static char *warning_of(const struct state_file *file, bool read_only)
{
    AUTO_FREE char *loose = state_file_tighten(file, read_only);
    AUTO_FREE char *exposed = state_file_exposed(file);

    if (!loose && !exposed)
        return NULL;
    return xasprintf("%s%s%s", loose ? loose : "", loose && exposed ? "; " : "",
                     exposed ? exposed : "");
}

static struct store *sqlite_open(const char *path, bool read_only, char **ret_warning,
                                 struct err *err)
{
    struct sqlite_store *s = xcalloc(1, sizeof *s);
    struct state_file file = {0};
    char *warning = NULL;
    bool ok;

    s->base.ops = &sqlite_ops;
    s->base.path = xstrdup(path);
    s->base.read_only = read_only;
    if (!strcmp(path, ":memory:")) {
        ok = open_memory(s, err);
    } else {
        ok = state_file_find(path, read_only, &file, err);
        s->base.lock_base = xstrdup(file.path);
        ok = ok && (!read_only || state_file_copy_if_shut(&file, err));
        s->copy = xstrdup(file.copy);
        ok = ok && open_file(s, &file, err);
        if (ok)
            warning = warning_of(&file, read_only);
        state_file_clear(&file);
    }
    if (!ok) {
        store_close(&s->base);
        return NULL;
    }
    if (ret_warning)
        *ret_warning = warning;
    else
        free(warning);
    return &s->base;
}

/*
 * Somebody tidied up: what is written to a file without a name is lost with this process,
 * and the next rezone would begin an empty database and do everything again.
 */
static bool files_are_there(struct sqlite_store *s, struct err *err)
{
    struct stat st;
    int moved = 0;

    if (!s->wal_path)
        return true;
    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (!moved && stat(s->wal_path, &st) == 0 && st.st_ino == s->wal_inode)
        return true;
    err_set(err, ERR_STATE, "the state database %s was removed or replaced while in use",
            s->base.path);
    store_fail(&s->base, STORE_DEAD);
    return false;
}

static bool run(struct sqlite_store *s, enum stmt_id id, const char *doing,
                struct err *err)
{
    struct call c = call_new(s, id);

    (void)call_next(&c);
    return call_end(&c, doing, err);
}

static bool sqlite_begin(struct store *store, struct err *err)
{
    struct sqlite_store *s = of(store);

    if (!files_are_there(s, err) || !run(s, STMT_BEGIN, "beginning to write", err))
        return false;
    s->total_at_begin = sqlite3_total_changes(s->db);
    return true;
}

static bool sqlite_commit(struct store *store, struct err *err)
{
    struct sqlite_store *s = of(store);

    if (!run(s, STMT_COMMIT, "committing", err))
        return false;
    if (sqlite3_total_changes(s->db) != s->total_at_begin)
        s->own_commits++;
    return true;
}

/* At a full disk or an I/O error SQLite may have rolled back by itself, and what followed
 * would be a transaction of its own: hence the look at autocommit. */
static void sqlite_rollback(struct store *store)
{
    struct sqlite_store *s = of(store);
    struct call c = call_new(s, STMT_ROLLBACK);

    if (sqlite3_get_autocommit(s->db))
        return;
    (void)call_next(&c);
    call_drop(&c);
    if (!sqlite3_get_autocommit(s->db))
        store->trouble = STORE_DEAD;
}

/* Both only grow, so their sum changes with each. */
static long long sqlite_change(struct store *store)
{
    struct sqlite_store *s = of(store);
    struct call c = call_new(s, STMT_CHANGE);
    long long version = 0;

    if (call_next(&c))
        version = sqlite3_column_int64(c.stmt, 0);
    call_drop(&c);
    return version + s->own_commits;
}

static const struct store_ops sqlite_ops = {
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .put_run = sqlite_put_run,
    .put_move = sqlite_put_move,
    .put_capture = sqlite_put_capture,
    .put_fact = sqlite_put_fact,
    .put_ask = sqlite_put_ask,
    .put_journal = sqlite_put_journal,
    .runs = sqlite_runs,
    .moves = sqlite_moves,
    .open_move = sqlite_open_move,
    .capture = sqlite_capture,
    .facts = sqlite_facts,
    .asks = sqlite_asks,
    .journal = sqlite_journal,
    .change = sqlite_change,
};

const struct store_driver store_sqlite_driver = {"sqlite", sqlite_open};
