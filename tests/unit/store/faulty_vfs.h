/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system for SQLite that fails on command, laid over the real one.
 *
 * Counted are the operations that change a file: write, truncate, sync. At the chosen one
 * it fails with an SQLite code, once or from then on; or the power goes: of the writes
 * that no sync had covered, some reach the file (chosen by seed, whole or cut at 512
 * bytes) and some do not, and nothing works after that.
 */
#ifndef TESTS_STORE_FAULTY_VFS_H
#define TESTS_STORE_FAULTY_VFS_H

#include <stdbool.h>

struct fault {
    long at;       /* 1: the first operation; 0: never */
    int code;      /* SQLITE_FULL, SQLITE_IOERR_WRITE, ... */
    long times;    /* so many operations fail; 0: all that follow, for ever */
    bool torn;     /* a write that fails has put its first half there */
    bool power;    /* code and times do not matter then */
    unsigned seed; /* of what survives */
};

/* Becomes SQLite's default until faulty_remove(); files opened before keep the real one.
 */
void faulty_install(void);
void faulty_remove(void);
void faulty_arm(const struct fault *fault); /* counts from 0; NULL: no fault */
bool faulty_met(void);                      /* the armed fault has happened */
long faulty_count(void);                    /* operations since it was armed */

#endif
