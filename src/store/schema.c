/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as a list of migrations, and the one transaction that applies them. */
#include "store/schema.h"

#include <sqlite3.h>

#include "base/mem.h"

/*
 * captures stand alone: a capture holds user_data (up to 64 KB and more), and a row is
 * rewritten whole by every step change. asks and moves keep their rowid, because it is
 * the order in which rows came; facts have none, so that one costs one page.
 */
static const char version_1[] =
    "CREATE TABLE runs ("
    "  id TEXT NOT NULL PRIMARY KEY,"
    "  created REAL NOT NULL,"
    "  command TEXT,"
    "  cloud TEXT,"
    "  options TEXT,"
    "  state TEXT NOT NULL"
    ");"
    "CREATE TABLE moves ("
    "  id TEXT NOT NULL PRIMARY KEY,"
    "  run_id TEXT NOT NULL REFERENCES runs (id),"
    "  cloud TEXT NOT NULL,"
    "  server_id TEXT NOT NULL,"
    "  server_name TEXT,"
    "  target_server_id TEXT,"
    "  source_zone TEXT,"
    "  target_zone TEXT,"
    "  strategy TEXT,"
    "  version INTEGER NOT NULL,"
    "  state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'moved', 'held',"
    "    'committed', 'undone', 'skipped', 'failed')),"
    "  walk TEXT,"
    "  step TEXT,"
    "  serving TEXT,"
    "  error TEXT,"
    "  held_reason TEXT,"
    "  announced TEXT,"
    "  lost TEXT,"
    "  \"left\" TEXT,"
    "  spent_s REAL NOT NULL,"
    "  created REAL NOT NULL,"
    "  started REAL NOT NULL,"
    "  finished REAL NOT NULL,"
    "  down_at REAL NOT NULL,"
    "  up_at REAL NOT NULL"
    ");"
    "CREATE INDEX moves_run ON moves (run_id);"
    "CREATE UNIQUE INDEX moves_open ON moves (cloud, server_id)"
    "  WHERE state IN ('planned', 'running', 'moved', 'held');"
    "CREATE TABLE captures ("
    "  move_id TEXT NOT NULL PRIMARY KEY REFERENCES moves (id),"
    "  json TEXT NOT NULL"
    ");"
    "CREATE TABLE facts ("
    "  move_id TEXT NOT NULL REFERENCES moves (id),"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (move_id, name)"
    ") WITHOUT ROWID;"
    "CREATE TABLE asks ("
    "  move_id TEXT NOT NULL REFERENCES moves (id),"
    "  walk TEXT NOT NULL,"
    "  step TEXT NOT NULL,"
    "  item INTEGER NOT NULL,"
    "  attempt INTEGER NOT NULL,"
    "  phase TEXT NOT NULL,"
    "  intent_at REAL NOT NULL,"
    "  heard_at REAL NOT NULL,"
    "  done_at REAL NOT NULL,"
    "  request_id TEXT,"
    "  new_id TEXT,"
    "  status INTEGER NOT NULL,"
    "  PRIMARY KEY (move_id, walk, step, item, attempt)"
    ");"
    "CREATE TABLE journal ("
    "  seq INTEGER PRIMARY KEY,"
    "  move_id TEXT REFERENCES moves (id),"
    "  at REAL NOT NULL,"
    "  what TEXT NOT NULL"
    ");"
    "CREATE INDEX journal_move ON journal (move_id);";

static const struct migration migrations[] = {
    {"the first tables", version_1},
};

const struct schema store_schema = {
    migrations,
    (int)(sizeof migrations / sizeof migrations[0]),
};

int schema_version(struct sqlite3 *db, int *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            *ret = sqlite3_column_int(stmt, 0);
            rc = SQLITE_OK;
        }
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static int stamp(struct sqlite3 *db, int version)
{
    AUTO_FREE char *sql =
        xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                  SCHEMA_APPLICATION_ID, version);

    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Inside the write lock: another process may have migrated since we looked. */
static int apply(struct sqlite3 *db, const struct schema *schema, const char **ret_what)
{
    int version = 0;
    int rc = schema_version(db, &version);

    if (rc == SQLITE_OK && version < 0)
        return SQLITE_CORRUPT;
    while (rc == SQLITE_OK && version < schema->version) {
        *ret_what = schema->migrations[version].what;
        rc = sqlite3_exec(db, schema->migrations[version].sql, NULL, NULL, NULL);
        version++;
    }
    if (rc == SQLITE_OK) {
        *ret_what = "its version number";
        rc = stamp(db, version);
    }
    return rc;
}

int schema_migrate(struct sqlite3 *db, const struct schema *schema, const char **ret_what)
{
    int rc;

    *ret_what = "the write lock";
    rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = apply(db, schema, ret_what);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
