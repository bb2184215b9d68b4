/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the SQLite store and how an older database becomes the present one.
 *
 * `PRAGMA user_version` is the version of the database, `PRAGMA application_id` says that
 * it is ours. A migration is a row of a table; a released row is never changed, a new one
 * is added behind it. All that are due run in one transaction: a database is of one
 * version or of the next, never between. For the inside of store/ only.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct sqlite3;

#define SCHEMA_APPLICATION_ID 0x525A4E45 /* "RZNE" */

struct migration {
    const char *what; /* for the error message */
    const char *sql;
};

/* migrations[n] leads from version n to n + 1. */
struct schema {
    const struct migration *migrations;
    int version; /* how many there are */
};

extern const struct schema store_schema;

/* The database's own version, seen through its WAL. Returns an SQLite result code. */
int schema_version(struct sqlite3 *db, int *ret);
/* Brings db up to schema->version, or leaves it as it was. Returns an SQLite result code;
 * *ret_what (lent, never NULL) then names the migration that failed. */
int schema_migrate(struct sqlite3 *db, const struct schema *schema,
                   const char **ret_what);

#endif
