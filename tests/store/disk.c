/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that fails, under the real program: a library for LD_PRELOAD in the place of
 * those calls of libc that change files, for rezone's own and for SQLite's.
 *
 *   DISK_ROOT   only what lies in this folder, it included, is meant
 *   DISK_LOG    gets a record of each operation that was done there, and of each request
 *               but GETs that left: run.py makes of it what a machine would find after a
 *               power cut (its class Disk reads the form)
 *   DISK_AT     the operation that fails, counted from 1
 *   DISK_KIND   full, short (half a write, then full), io, rofs, sync; kill: SIGKILL
 *   DISK_TIMES  so many operations fail (default and 0: all from then on)
 *   DISK_UNTIL  they fail as long as there is a file of this name
 *   DISK_SPEED  clocks go so many times faster (the date does not), waits end earlier
 *
 * Everything is a system call of its own: looking up libc's functions would need memory,
 * and a sanitizer's may not be there yet.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS    1024
#define NAME   512
#define PUBLIC __attribute__((visibility("default")))

enum kind { KIND_NONE, KIND_FULL, KIND_SHORT, KIND_IO, KIND_ROFS, KIND_SYNC, KIND_KILL };
enum op { OP_WRITE, OP_SIZE, OP_SYNC, OP_MAKE, OP_NAME, OP_REMOVE, OP_MODE };

static char names[FDS][NAME]; /* of the descriptors that are meant; else empty */
static const char *root, *until;
static int log_fd = -1;
static long fault_at, fault_times, count;
static enum kind kind;
static long speed = 1;
static bool is_set_up;

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

static void set_up(void)
{
    static const char *const kinds[] = {"",     "full", "short", "io",
                                        "rofs", "sync", "kill"};
    const char *name, *log;

    if (is_set_up)
        return;
    is_set_up = true;
    root = getenv("DISK_ROOT");
    until = getenv("DISK_UNTIL");
    fault_at = number("DISK_AT", 0);
    fault_times = number("DISK_TIMES", 0);
    speed = number("DISK_SPEED", 1);
    name = getenv("DISK_KIND");
    for (size_t i = 1; name && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(name, kinds[i]) == 0)
            kind = (enum kind)i;
    log = getenv("DISK_LOG");
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static bool is_meant(const char *path)
{
    size_t n;

    set_up();
    if (!root || !path)
        return false;
    n = strlen(root);
    return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static const char *name_of(int fd)
{
    return fd >= 0 && fd < FDS && names[fd][0] ? names[fd] : NULL;
}

static void remember(int fd, const char *path)
{
    size_t n = strlen(path);

    if (fd < 0 || fd >= FDS)
        return;
    if (n >= NAME)
        abort();
    memcpy(names[fd], path, n + 1);
}

/* "<letter> <number> <length of data> <name>\n<data>": one write, so that records of two
 * processes never mix. */
static void record(char letter, const char *path, long long at, const void *data,
                   size_t n)
{
    char head[NAME + 64];
    int len = snprintf(head, sizeof head, "%c %lld %zu %s\n", letter, at, n, path);
    struct iovec parts[2] = {{head, (size_t)len}, {(void *)(uintptr_t)data, n}};

    if (log_fd >= 0 && syscall(SYS_writev, log_fd, parts, 2) < 0)
        abort();
}

static int error_of(enum op op)
{
    switch (kind) {
    case KIND_FULL:
    case KIND_SHORT:
        return op == OP_WRITE || op == OP_SIZE || op == OP_MAKE ? ENOSPC : 0;
    case KIND_IO:
        return EIO;
    case KIND_ROFS:
        return op == OP_SYNC ? 0 : EROFS;
    case KIND_SYNC:
        return op == OP_SYNC ? EIO : 0;
    default:
        return 0;
    }
}

/* To be asked before each operation: what it fails with, or 0. *ret_first: it is the
 * first that fails. */
static int fault_of(enum op op, const char *path, bool *ret_first)
{
    int error;

    count++;
    *ret_first = false;
    if (kind == KIND_NONE || fault_at <= 0 || count < fault_at)
        return 0;
    if (kind == KIND_KILL) {
        if (count == fault_at)
            (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
        return 0;
    }
    if (until && syscall(SYS_faccessat, AT_FDCWD, until, F_OK) != 0)
        return 0;
    if (fault_times > 0 && count >= fault_at + fault_times)
        return 0;
    error = error_of(op);
    if (error) {
        static bool told;

        *ret_first = !told;
        told = true;
        record('X', path, error, NULL, 0);
    }
    return error;
}

static bool fails(enum op op, const char *path)
{
    bool first;
    int error = fault_of(op, path, &first);

    errno = error;
    return error != 0;
}

/* ---- files ---- */

static int open_it(int dir, const char *path, int flags, mode_t mode)
{
    char link[32], real[PATH_MAX];
    const char *name = path;
    struct stat st;
    bool meant, makes;
    ssize_t n;
    int fd;

    if (dir == AT_FDCWD && path[0] != '/') {
        /* rare: SQLite and rezone both use whole paths */
        fd = (int)syscall(SYS_openat, dir, path, flags, mode);
        return fd;
    }
    meant = is_meant(path);
    makes = meant && (flags & O_CREAT) &&
            syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) != 0;
    if (makes && fails(OP_MAKE, path))
        return -1;
    if (meant && !makes && kind == KIND_ROFS && (flags & O_ACCMODE) != O_RDONLY &&
        fails(OP_MAKE, path))
        return -1;
    fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    if (fd < 0 || !meant)
        return fd;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = (ssize_t)syscall(SYS_readlinkat, AT_FDCWD, link, real, sizeof real - 1);
    if (n > 0) {
        real[n] = '\0';
        name = real;
    }
    remember(fd, name);
    if (makes)
        record('C', name, 0, NULL, 0);
    else if (flags & O_TRUNC)
        record('T', name, 0, NULL, 0);
    return fd;
}

static mode_t mode_from(int flags, va_list args)
{
    return flags & O_CREAT ? (mode_t)va_arg(args, int) : 0;
}

#define OPEN(name)                                                                       \
    PUBLIC int name(const char *path, int flags, ...);                                   \
    PUBLIC int name(const char *path, int flags, ...)                                    \
    {                                                                                    \
        va_list args;                                                                    \
        mode_t mode;                                                                     \
                                                                                         \
        va_start(args, flags);                                                           \
        mode = mode_from(flags, args);                                                   \
        va_end(args);                                                                    \
        return open_it(AT_FDCWD, path, flags, mode);                                     \
    }
OPEN(open)
OPEN(open64)

#define OPEN_2(name)                                                                     \
    PUBLIC int name(const char *path, int flags);                                        \
    PUBLIC int name(const char *path, int flags)                                         \
    {                                                                                    \
        return open_it(AT_FDCWD, path, flags, 0);                                        \
    }
OPEN_2(__open_2)
OPEN_2(__open64_2)

static int make_temporary(char *path, int flags)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    size_t n = strlen(path);
    unsigned char bytes[6];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return -1;
    for (size_t i = 0; i < sizeof bytes; i++)
        path[n - sizeof bytes + i] = letters[bytes[i] % 32];
    return open_it(AT_FDCWD, path, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
}

#define TEMPORARY(name)                                                                  \
    PUBLIC int name(char *path, int flags);                                              \
    PUBLIC int name(char *path, int flags)                                               \
    {                                                                                    \
        return make_temporary(path, flags);                                              \
    }
TEMPORARY(mkostemp)
TEMPORARY(mkostemp64)

PUBLIC int close(int fd)
{
    if (fd >= 0 && fd < FDS)
        names[fd][0] = '\0';
    return (int)syscall(SYS_close, fd);
}

/* at < 0: where the descriptor stands. */
static ssize_t write_it(int fd, const void *data, size_t n, off_t at)
{
    const char *name = name_of(fd);
    bool first, stands = at < 0;
    int error;
    ssize_t done;

    if (name) {
        error = fault_of(OP_WRITE, name, &first);
        if (error && !(first && kind == KIND_SHORT && n > 1)) {
            errno = error;
            return -1;
        }
        if (error)
            n /= 2;
        if (stands)
            at = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    }
    done = (ssize_t)(stands ? syscall(SYS_write, fd, data, n)
                            : syscall(SYS_pwrite64, fd, data, n, at));
    if (name && done > 0)
        record('W', name, at, data, (size_t)done);
    return done;
}

PUBLIC ssize_t write(int fd, const void *data, size_t n)
{
    return write_it(fd, data, n, -1);
}

PUBLIC ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    return write_it(fd, data, n, at);
}

PUBLIC ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    return write_it(fd, data, n, (off_t)at);
}

static int size_it(int fd, off_t size)
{
    const char *name = name_of(fd);
    int rc;

    if (name && fails(OP_SIZE, name))
        return -1;
    rc = (int)syscall(SYS_ftruncate, fd, size);
    if (name && rc == 0)
        record('T', name, size, NULL, 0);
    return rc;
}

PUBLIC int ftruncate(int fd, off_t size)
{
    return size_it(fd, size);
}

PUBLIC int ftruncate64(int fd, off64_t size)
{
    return size_it(fd, (off_t)size);
}

/* The power of the machine under the test stays on: nothing has to reach its disk. */
static int sync_it(int fd, long call)
{
    const char *name = name_of(fd);

    if (!name)
        return (int)syscall(call, fd);
    if (fails(OP_SYNC, name)) {
        int error = errno;

        record('F', name, 0, NULL, 0);
        errno = error;
        return -1;
    }
    record('S', name, 0, NULL, 0);
    return 0;
}

PUBLIC int fsync(int fd)
{
    return sync_it(fd, SYS_fsync);
}

PUBLIC int fdatasync(int fd)
{
    return sync_it(fd, SYS_fdatasync);
}

/* ---- names ---- */

PUBLIC int rename(const char *from, const char *to)
{
    bool meant = is_meant(to);
    int rc;

    if (meant && fails(OP_NAME, to))
        return -1;
    rc = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    if (meant && rc == 0)
        record('R', to, 0, from, strlen(from));
    return rc;
}

PUBLIC int unlink(const char *path)
{
    bool meant = is_meant(path);
    struct stat st;
    int rc;

    meant =
        meant && syscall(SYS_newfstatat, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (meant && fails(OP_REMOVE, path))
        return -1;
    rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (meant && rc == 0)
        record('U', path, 0, NULL, 0);
    return rc;
}

PUBLIC int mkdir(const char *path, mode_t mode)
{
    bool meant = is_meant(path);
    struct stat st;
    int rc;

    meant = meant && syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) != 0;
    if (meant && fails(OP_MAKE, path))
        return -1;
    rc = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (meant && rc == 0)
        record('M', path, 0, NULL, 0);
    return rc;
}

PUBLIC int chmod(const char *path, mode_t mode)
{
    if (is_meant(path) && fails(OP_MODE, path))
        return -1;
    return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

PUBLIC int fchmod(int fd, mode_t mode)
{
    const char *name = name_of(fd);

    if (name && fails(OP_MODE, name))
        return -1;
    return (int)syscall(SYS_fchmod, fd, mode);
}

/* ---- the wire: what left, and after what ---- */

PUBLIC ssize_t send(int fd, const void *data, size_t n, int flags)
{
    static const char *const changing[] = {"POST ", "PUT ", "PATCH ", "DELETE "};
    ssize_t done = (ssize_t)syscall(SYS_sendto, fd, data, n, flags, NULL, 0);

    set_up();
    for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++)
        if (done > 0 && n > strlen(changing[i]) &&
            memcmp(data, changing[i], strlen(changing[i])) == 0)
            record('N', "-", count, data, (size_t)done);
    return done;
}

/* ---- time ---- */

PUBLIC int clock_gettime(clockid_t which, struct timespec *ret)
{
    static struct timespec starts[CLOCK_BOOTTIME + 1];
    struct timespec *began = NULL;
    int rc = (int)syscall(SYS_clock_gettime, which, ret);
    int64_t ns;

    set_up();
    if (which == CLOCK_MONOTONIC || which == CLOCK_BOOTTIME)
        began = &starts[which];
    if (rc != 0 || !began || speed <= 1)
        return rc;
    if (began->tv_sec == 0)
        *began = *ret;
    ns = (int64_t)(ret->tv_sec - began->tv_sec) * 1000000000 +
         (ret->tv_nsec - began->tv_nsec);
    ns = ns * speed + began->tv_nsec;
    ret->tv_sec = began->tv_sec + (time_t)(ns / 1000000000);
    ret->tv_nsec = (long)(ns % 1000000000);
    return rc;
}

PUBLIC int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    struct timespec wait = {0, 0};
    int64_t ns = (int64_t)timeout_ms * 1000000;

    set_up();
    if (timeout_ms > 0)
        ns = ns / speed + 1;
    wait.tv_sec = (time_t)(ns / 1000000000);
    wait.tv_nsec = (long)(ns % 1000000000);
    return (int)syscall(SYS_ppoll, fds, n, timeout_ms < 0 ? NULL : &wait, NULL,
                        (size_t)0);
}
