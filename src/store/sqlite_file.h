/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of the SQLite store: found or made, and proved to be ours before SQLite may
 * touch it. For the inside of store/ only.
 */
#ifndef STORE_SQLITE_FILE_H
#define STORE_SQLITE_FILE_H

#include <stdbool.h>

#include "base/err.h"

struct sqlite3;

struct state_file {
    char *path;   /* absolute, without links: never taken for a URI by SQLite */
    char *copy;   /* what SQLite opens instead of it, or NULL */
    bool has_wal; /* an earlier process left frames that are not in the file yet */
};

/*
 * Finds the file. Unless read_only, makes missing folders (0700) and a missing or empty
 * file: a complete database is built beside it and renamed over it, so that a file that
 * is there is either empty or whole, whenever we die. ERR_NOTFOUND: read_only, and
 * nothing has been recorded there. ERR_STATE: network file system, not a regular file,
 * ...
 */
bool state_file_find(const char *path, bool read_only, struct state_file *ret,
                     struct err *err);
/*
 * For readers. SQLite reads a WAL with the help of an index in the same folder: where
 * none is and we may not make one (a backup, a read-only disk), the file and its WAL are
 * copied into a folder of our own. Not while a process writes there: then the index is.
 */
bool state_file_copy_if_shut(struct state_file *file, struct err *err);
/* Removes the copy and its folder, when SQLite has closed it. NULL is allowed. */
void state_file_remove_copy(const char *copy);
/*
 * Looks at the first bytes through db's own descriptor (a second one, once closed, would
 * take SQLite's locks off) before any statement runs: magic, whose it is, and length.
 */
bool state_file_is_ours(struct sqlite3 *db, const struct state_file *file,
                        struct err *err);
/* Takes the rights of group and others off the file, its WAL and its index. Gives a
 * warning, or NULL when there was nothing to do. When it may not, the warning says so. */
char *state_file_tighten(const struct state_file *file, bool read_only);
/* Gives a warning when others may put another database in its place, else NULL. The
 * folder is left as it is: what else lies in it, and for whom, is not ours to know. */
char *state_file_exposed(const struct state_file *file);
void state_file_clear(struct state_file *file); /* the files of a copy stay */

#endif
