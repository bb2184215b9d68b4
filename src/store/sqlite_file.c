/* SPDX-License-Identifier: Apache-2.0 */
/* Finds or makes the state file, and reads its header before SQLite is let at it. */
#include "store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "store/schema.h"

#define HEADER_SIZE    100
#define COPY_MAX_BYTES ((size_t)1 << 30)

static const char *const companions[] = {"", "-wal", "-shm"};

void state_file_clear(struct state_file *file)
{
    free(file->path);
    free(file->copy);
    file->path = file->copy = NULL;
}

/* The nearest folder above path that exists: the file system the file is or will be on.
 */
static char *existing_folder(const char *path)
{
    char *dir = fsx_dirname(path);
    struct stat st;

    while (stat(dir, &st) != 0 && strcmp(dir, "/") != 0 && strcmp(dir, ".") != 0) {
        char *above = fsx_dirname(dir);

        free(dir);
        dir = above;
    }
    return dir;
}

static bool is_local(const char *path, struct err *err)
{
    AUTO_FREE char *dir = existing_folder(path);
    bool network = false;

    if (!fsx_is_network(dir, &network, err))
        return false;
    if (network)
        return err_set(err, ERR_STATE,
                       "the state database %s is on a network file system (%s), where "
                       "locks and shared memory cannot be trusted: use a local disk",
                       path, dir);
    return true;
}

static bool sync_folder(const char *path, struct err *err)
{
    AUTO_FREE char *dir = fsx_dirname(path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok;

    if (fd < 0)
        return err_set_errno(err, ERR_STATE, errno, "cannot open the folder %s", dir);
    /* EINVAL: this file system has nothing to sync for a folder. */
    ok = fsync(fd) == 0 || errno == EINVAL ||
         err_set_errno(err, ERR_STATE, errno, "cannot sync the folder %s", dir);
    (void)close(fd);
    return ok;
}

static bool build(const char *path, struct err *err)
{
    const char *what = "the file";
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);

    if (rc == SQLITE_OK)
        rc = schema_migrate(db, &store_schema, &what);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        err_set(err, ERR_STATE, "cannot make the state database %s (%s): %s", path, what,
                db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    (void)sqlite3_close(db);
    return rc == SQLITE_OK;
}

static void remove_all(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        AUTO_FREE char *name = xasprintf("%s%s", path, ends[i]);

        (void)unlink(name);
    }
}

static bool put_new(const char *path, struct err *err)
{
    AUTO_FREE char *temporary = xasprintf("%s.new-XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    bool ok;

    if (fd < 0)
        return err_set_errno(err, ERR_STATE, errno, "cannot write beside %s", path);
    (void)close(fd);
    ok = build(temporary, err);
    if (ok && rename(temporary, path) != 0)
        ok = err_set_errno(err, ERR_STATE, errno, "cannot make %s", path);
    if (!ok)
        remove_all(temporary);
    return ok && sync_folder(path, err);
}

static bool has_bytes(const char *path, const char *end)
{
    AUTO_FREE char *name = xasprintf("%s%s", path, end);
    struct stat st;

    return stat(name, &st) == 0 && st.st_size > 0;
}

/*
 * Is there a log whose database is gone? SQLite would play it into the new one. To be
 * asked before the look at the database: another process that starts fills the database
 * first and has a log later, so what is a log now cannot belong to a database to come.
 */
static bool has_orphan(const char *path)
{
    return has_bytes(path, "-wal") || has_bytes(path, "-journal");
}

static bool refuse_orphan(const char *path, struct err *err)
{
    return err_set(
        err, ERR_STATE,
        "the state database %s is gone or empty, but its -wal or -journal file "
        "is there: bring the database back, or move that file away",
        path);
}

static bool is_still(int fd, const char *path)
{
    struct stat mine, named;

    return fstat(fd, &mine) == 0 && stat(path, &named) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino &&
           named.st_size == 0;
}

static bool fill_locked(int fd, const char *path, struct err *err)
{
    AUTO_FREE char *real = realpath(path, NULL);
    bool orphan;

    if (!real)
        return err_set_errno(err, ERR_STATE, errno, "cannot find %s", path);
    orphan = has_orphan(real);
    if (!is_still(fd, real))
        return true;
    return orphan ? refuse_orphan(path, err) : put_new(real, err);
}

/*
 * The empty file is the place where processes that start together meet: who has its flock
 * puts the database over it, and who comes later finds that his file has lost its name.
 */
static bool fill(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    bool ok = true;

    if (fd < 0)
        return err_set_errno(err, ERR_STATE, errno, "cannot make the state database %s",
                             path);
    while (ok && flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            ok = err_set_errno(err, ERR_STATE, errno, "cannot lock %s", path);
    ok = ok && fill_locked(fd, path, err);
    (void)close(fd);
    return ok;
}

static bool make(const char *path, struct err *err)
{
    AUTO_FREE char *dir = fsx_dirname(path);

    return fsx_make_dirs(dir, err) && fill(path, err);
}

/* 1: something is in it; 0: missing or empty; -1: err says what is wrong. */
static int is_filled(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        if (errno == ENOENT)
            return 0;
        (void)err_set_errno(err, ERR_STATE, errno, "cannot look at the state database %s",
                            path);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        (void)err_set(err, ERR_STATE, "%s is not a regular file: no state database",
                      path);
        return -1;
    }
    return st.st_size > 0;
}

bool state_file_find(const char *path, bool read_only, struct state_file *ret,
                     struct err *err)
{
    char *real;
    bool orphan;
    int filled;

    if (!*path)
        return err_set(err, ERR_STATE, "the state database has no name");
    if (!is_local(path, err))
        return false;
    orphan = has_orphan(path);
    filled = is_filled(path, err);
    if (filled < 0)
        return false;
    if (!filled && orphan)
        return refuse_orphan(path, err);
    if (!filled && read_only)
        return err_set(err, ERR_NOTFOUND, "nothing has been recorded in %s yet", path);
    if (!filled && !make(path, err))
        return false;
    real = realpath(path, NULL);
    if (!real)
        return err_set_errno(err, ERR_STATE, errno, "cannot find %s", path);
    ret->has_wal = has_bytes(real, "-wal");
    ret->path = real;
    ret->copy = NULL;
    return true;
}

/* ---- a copy, where SQLite cannot read in place ---- */

static bool is_shut(const char *path)
{
    AUTO_FREE char *dir = fsx_dirname(path);
    AUTO_FREE char *shm = xasprintf("%s-shm", path);

    return access(dir, W_OK) != 0 && (errno == EACCES || errno == EROFS) &&
           access(shm, F_OK) != 0;
}

static bool copy_file(const char *from, const char *to, bool may_be_missing,
                      struct err *err)
{
    AUTO_FREE char *bytes = NULL;
    struct err why = {0};
    bool missing = false;
    size_t n = 0;

    if (fsx_read(from, COPY_MAX_BYTES, &bytes, &n, &missing, &why))
        return fsx_write_atomic(to, bytes, n, 0600, err);
    if (missing && may_be_missing)
        return true;
    return err_set(err, ERR_STATE, "%s", why.text);
}

void state_file_remove_copy(const char *copy)
{
    AUTO_FREE char *dir = copy ? fsx_dirname(copy) : NULL;

    if (!copy)
        return;
    remove_all(copy);
    (void)rmdir(dir);
}

bool state_file_copy_if_shut(struct state_file *file, struct err *err)
{
    const char *base = getenv("TMPDIR");
    AUTO_FREE char *dir =
        xasprintf("%s/rezone-XXXXXX", base && *base == '/' ? base : "/tmp");
    AUTO_FREE char *wal = xasprintf("%s-wal", file->path);
    AUTO_FREE char *copy_wal = NULL;

    if (!is_shut(file->path))
        return true;
    if (!mkdtemp(dir))
        return err_set_errno(err, ERR_STATE, errno, "cannot copy %s to %s", file->path,
                             dir);
    file->copy = fsx_join(dir, "rezone.db");
    copy_wal = xasprintf("%s-wal", file->copy);
    if (copy_file(file->path, file->copy, false, err) &&
        copy_file(wal, copy_wal, true, err))
        return true;
    state_file_remove_copy(file->copy);
    return false;
}

static unsigned long big_endian(const unsigned char *at)
{
    return (unsigned long)at[0] << 24 | (unsigned long)at[1] << 16 |
           (unsigned long)at[2] << 8 | (unsigned long)at[3];
}

/* https://www.sqlite.org/fileformat2.html sec. 1.3: the length in pages is at 28, and may
 * be believed when 24 and 92 agree. */
static bool is_long_enough(const unsigned char *header, sqlite3_int64 size)
{
    unsigned long page = (unsigned long)header[16] << 8 | header[17];

    if (page == 1)
        page = 65536;
    if (big_endian(header + 24) != big_endian(header + 92))
        return true;
    return (sqlite3_int64)(big_endian(header + 28) * page) <= size;
}

static bool judge_header(const unsigned char *header, sqlite3_int64 size,
                         const struct state_file *file, struct err *err)
{
    if (size < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
        return err_set(err, ERR_STATE, "%s is not a state database of rezone",
                       file->path);
    if (big_endian(header + 68) != SCHEMA_APPLICATION_ID)
        return err_set(err, ERR_STATE,
                       "%s is a database of another program (application id %lu)",
                       file->path, big_endian(header + 68));
    if ((int)big_endian(header + 60) > store_schema.version)
        return err_set(err, ERR_STATE,
                       "the state database %s was written by a newer rezone (format %lu, "
                       "this one knows %d)",
                       file->path, big_endian(header + 60), store_schema.version);
    /* With a WAL the missing end is there, or another process is about to write it. */
    if (!is_long_enough(header, size) && !has_bytes(file->path, "-wal"))
        return err_set(err, ERR_STATE,
                       "the state database %s is damaged: its end is missing",
                       file->path);
    return true;
}

bool state_file_is_ours(struct sqlite3 *db, const struct state_file *file,
                        struct err *err)
{
    unsigned char header[HEADER_SIZE] = {0};
    sqlite3_file *raw = NULL;
    sqlite3_int64 size = 0;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &raw);

    if (rc == SQLITE_OK)
        rc = raw->pMethods->xRead(raw, header, sizeof header, 0);
    /* After the header: the file may be growing. */
    if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
        rc = raw->pMethods->xFileSize(raw, &size);
    if (rc != SQLITE_OK)
        return err_set(err, ERR_STATE, "cannot read the state database %s: %s",
                       file->path, sqlite3_errstr(rc));
    return judge_header(header, size, file, err);
}

char *state_file_tighten(const struct state_file *file, bool read_only)
{
    struct stat st;
    bool done = !read_only;
    size_t i;

    if (stat(file->path, &st) != 0 || (st.st_mode & 077) == 0)
        return NULL;
    for (i = 0; !read_only && i < sizeof companions / sizeof companions[0]; i++) {
        AUTO_FREE char *name = xasprintf("%s%s", file->path, companions[i]);

        if (chmod(name, st.st_mode & 0700) != 0 && errno != ENOENT)
            done = false;
    }
    return xasprintf("the state database %s is open to others (mode %04o)%s", file->path,
                     (unsigned)(st.st_mode & 07777),
                     done ? ": it is yours alone from now on" : "");
}

char *state_file_exposed(const struct state_file *file)
{
    AUTO_FREE char *dir = fsx_dirname(file->path);
    struct stat st;
    bool strange;

    if (stat(dir, &st) != 0)
        return NULL;
    strange = st.st_uid != geteuid() && st.st_uid != 0;
    /* In a folder like /tmp nobody may move the files of others away. */
    if (!strange && ((st.st_mode & 022) == 0 || (st.st_mode & S_ISVTX) != 0))
        return NULL;
    return xasprintf("others may put another file in the place of the state database: "
                     "its folder %s %s (mode %04o)",
                     dir, strange ? "is not yours" : "is open to them",
                     (unsigned)(st.st_mode & 07777));
}
