/* SPDX-License-Identifier: Apache-2.0 */
/* A file system that fails on command and forgets what was not synced. */
#include "faulty_vfs.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "base/vec.h"

struct pending {
    sqlite3_int64 at;
    int n;
    unsigned char bytes[];
};

struct faulty_file {
    sqlite3_file base;
    struct vec pending; /* struct pending: written, not synced, only seen by us */
    sqlite3_file *real; /* behind this struct */
};

static struct fault armed;
static long met;
static bool dark; /* the power is off */
static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static struct vec files; /* the open ones: the power goes off for all */

static struct faulty_file *of(sqlite3_file *file)
{
    return (struct faulty_file *)file;
}

static unsigned dice(unsigned sides)
{
    armed.seed = armed.seed * 1103515245u + 12345u;
    return (armed.seed >> 16) % sides;
}

static int write_real(struct faulty_file *f, const struct pending *p, int n)
{
    return f->real->pMethods->xWrite(f->real, p->bytes, n, p->at);
}

static int flush(struct faulty_file *f)
{
    int rc = SQLITE_OK;
    size_t i;

    for (i = 0; i < f->pending.len && rc == SQLITE_OK; i++) {
        const struct pending *p = f->pending.at[i];

        rc = write_real(f, p, p->n);
    }
    vec_clear(&f->pending, free);
    return rc;
}

static void lose_power(void)
{
    size_t i, k;

    dark = true;
    for (i = 0; i < files.len; i++) {
        struct faulty_file *f = files.at[i];

        for (k = 0; k < f->pending.len; k++) {
            const struct pending *p = f->pending.at[k];
            unsigned fate = dice(3);

            if (fate == 1)
                (void)write_real(f, p, p->n);
            else if (fate == 2 && p->n > 512)
                (void)write_real(f, p, 512 * (1 + (int)dice((unsigned)p->n / 512)));
        }
        vec_clear(&f->pending, free);
    }
}

/* To be asked before each operation that changes a file. */
static int fault_of_this(void)
{
    if (dark)
        return SQLITE_IOERR;
    met++;
    if (armed.at == 0 || met < armed.at ||
        (armed.times > 0 && met >= armed.at + armed.times && !armed.power))
        return SQLITE_OK;
    if (!armed.power)
        return armed.code;
    lose_power();
    return SQLITE_IOERR;
}

static int faulty_close(sqlite3_file *file)
{
    struct faulty_file *f = of(file);

    if (!dark)
        (void)flush(f);
    vec_clear(&f->pending, free);
    (void)vec_remove(&files, f);
    return f->real->pMethods->xClose(f->real);
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    struct faulty_file *f = of(file);
    int rc = f->real->pMethods->xFileSize(f->real, ret);
    size_t i;

    for (i = 0; i < f->pending.len; i++) {
        const struct pending *p = f->pending.at[i];

        if (p->at + p->n > *ret)
            *ret = p->at + p->n;
    }
    return rc;
}

static void lay_over(const struct pending *p, unsigned char *to, int n, sqlite3_int64 at)
{
    sqlite3_int64 from = p->at > at ? p->at : at;
    sqlite3_int64 end = p->at + p->n < at + n ? p->at + p->n : at + n;

    if (from < end)
        memcpy(to + (from - at), p->bytes + (from - p->at), (size_t)(end - from));
}

static int faulty_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
    struct faulty_file *f = of(file);
    sqlite3_int64 size = 0;
    int rc = f->real->pMethods->xRead(f->real, to, n, at);
    size_t i;

    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    for (i = 0; i < f->pending.len; i++)
        lay_over(f->pending.at[i], to, n, at);
    (void)faulty_size(file, &size);
    return at + n <= size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int faulty_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
    int rc = fault_of_this();
    struct pending *p;

    if (rc != SQLITE_OK && (dark || !armed.torn))
        return rc;
    if (rc != SQLITE_OK)
        n = n / 2;
    p = xcalloc(1, sizeof *p + (size_t)n);
    p->at = at;
    p->n = n;
    memcpy(p->bytes, from, (size_t)n);
    vec_add(&of(file)->pending, p);
    return rc;
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct faulty_file *f = of(file);
    int rc = fault_of_this();

    if (rc == SQLITE_OK)
        rc = flush(f);
    return rc == SQLITE_OK ? f->real->pMethods->xTruncate(f->real, size) : rc;
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    int rc = fault_of_this();
    (void)flags; /* the machine under the test stays on */

    return rc == SQLITE_OK ? flush(of(file)) : rc;
}

static int faulty_lock(sqlite3_file *file, int level)
{
    return of(file)->real->pMethods->xLock(of(file)->real, level);
}

static int faulty_unlock(sqlite3_file *file, int level)
{
    return of(file)->real->pMethods->xUnlock(of(file)->real, level);
}

static int faulty_reserved(sqlite3_file *file, int *ret)
{
    return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, ret);
}

static int faulty_control(sqlite3_file *file, int op, void *arg)
{
    return of(file)->real->pMethods->xFileControl(of(file)->real, op, arg);
}

static int faulty_sector(sqlite3_file *file)
{
    return of(file)->real->pMethods->xSectorSize(of(file)->real);
}

/*
 * What SQLite takes for granted of every disk on Unix, and ours keeps: the neighbours of
 * torn bytes are whole. No more: the real disk may promise what ours does not keep.
 */
static int faulty_character(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int faulty_shm_map(sqlite3_file *file, int page, int size, int extend,
                          void volatile **ret)
{
    return of(file)->real->pMethods->xShmMap(of(file)->real, page, size, extend, ret);
}

static int faulty_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return of(file)->real->pMethods->xShmLock(of(file)->real, at, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *file)
{
    of(file)->real->pMethods->xShmBarrier(of(file)->real);
}

static int faulty_shm_unmap(sqlite3_file *file, int remove)
{
    return of(file)->real->pMethods->xShmUnmap(of(file)->real, remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_reserved,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector,
    .xDeviceCharacteristics = faulty_character,
    .xShmMap = faulty_shm_map,
    .xShmLock = faulty_shm_lock,
    .xShmBarrier = faulty_shm_barrier,
    .xShmUnmap = faulty_shm_unmap,
};

static int faulty_open(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags,
                       int *ret_flags)
{
    struct faulty_file *f = of(file);
    int rc;
    (void)v;

    f->base.pMethods = NULL;
    memset(&f->pending, 0, sizeof f->pending);
    f->real = (sqlite3_file *)(f + 1);
    rc = real_vfs->xOpen(real_vfs, name, f->real, flags, ret_flags);
    if (rc == SQLITE_OK) {
        f->base.pMethods = &methods;
        vec_add(&files, f);
    }
    return rc;
}

/* Without power the folder too stays as it is. */
static int faulty_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    return dark ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync);
}

void faulty_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(struct faulty_file) + real_vfs->szOsFile;
    vfs.xOpen = faulty_open;
    vfs.xDelete = faulty_delete;
    (void)sqlite3_vfs_register(&vfs, 1);
    faulty_arm(NULL);
}

void faulty_remove(void)
{
    (void)sqlite3_vfs_unregister(&vfs);
    (void)sqlite3_vfs_register(real_vfs, 1);
    vec_clear(&files, NULL);
}

void faulty_arm(const struct fault *fault)
{
    const struct fault none = {0};

    armed = fault ? *fault : none;
    met = 0;
    dark = false;
}

long faulty_count(void)
{
    return met;
}

bool faulty_met(void)
{
    return dark || (armed.at > 0 && met >= armed.at);
}
