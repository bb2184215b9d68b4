/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One writer per run: a flock() that the kernel takes off when its holder dies, and only
 * then. No expiry: a stopped process still has requests in its socket buffers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "store/store_ops.h"

struct run_lock {
    struct store *store; /* lent; NULL once it is closed */
    char *path;          /* NULL: the store locks nothing */
    int fd;
};

/* Ids come from the database and from the command line, and become part of a file name.
 */
static bool id_is_name(const char *id)
{
    return *id && strlen(id) <= 64 &&
           strspn(id,
                  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") ==
               strlen(id);
}

bool run_lock_is_lost(const struct run_lock *lock)
{
    struct stat held, named;

    if (lock->fd < 0)
        return false;
    return fstat(lock->fd, &held) != 0 || stat(lock->path, &named) != 0 ||
           held.st_dev != named.st_dev || held.st_ino != named.st_ino;
}

const char *run_lock_path(const struct run_lock *lock)
{
    return lock->path ? lock->path : "";
}

void run_lock_forget_store(struct run_lock *lock)
{
    lock->store = NULL;
}

static bool refuse(int fd, const char *run_id, struct err *err)
{
    char holder[128] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);

    if (n < 0)
        n = 0;
    holder[n] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    /* Empty: it has just been taken, and the holder has not signed yet. */
    return err_set(err, ERR_LOCKED, "run %s is being worked on by %s", run_id,
                   *holder ? holder : "another process");
}

/* For the message only: in containers that share a folder a pid proves nothing. */
static void sign(int fd)
{
    AUTO_FREE char *line = NULL;
    char host[64] = "";

    if (gethostname(host, sizeof host) != 0)
        *host = '\0';
    host[sizeof host - 1] = '\0';
    line = xasprintf("process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, line, strlen(line), 0) < 0)
        return; /* a lock without a name on it locks as well */
}

static bool lock_fd(int fd, const char *path, const char *run_id, struct err *err)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno == EWOULDBLOCK)
            return refuse(fd, run_id, err);
        return err_set_errno(err, ERR_STATE, errno, "cannot lock %s", path);
    }
    return true;
}

static bool take(struct run_lock *lock, const char *run_id, struct err *err)
{
    for (;;) {
        lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (lock->fd < 0)
            return err_set_errno(err, ERR_STATE, errno, "cannot open %s", lock->path);
        if (!lock_fd(lock->fd, lock->path, run_id, err))
            return false;
        /* Between our open and our lock the last holder may have removed the file: then
         * we have locked a file without a name, and the next one would lock another. */
        if (!run_lock_is_lost(lock)) {
            sign(lock->fd);
            return true;
        }
        (void)close(lock->fd);
    }
}

struct run_lock *run_lock_take(struct store *s, const char *run_id, struct err *err)
{
    struct run_lock *lock;

    if (!id_is_name(run_id)) {
        err_set(err, ERR_INTERNAL, "a run id that cannot name a lock file");
        return NULL;
    }
    lock = xcalloc(1, sizeof *lock);
    lock->fd = -1;
    if (s->lock_base) {
        lock->path = xasprintf("%s.run-%s.lock", s->lock_base, run_id);
        if (!take(lock, run_id, err)) {
            if (lock->fd >= 0)
                (void)close(lock->fd);
            free(lock->path);
            free(lock);
            return NULL;
        }
    }
    lock->store = s;
    vec_add(&s->locks, lock);
    return lock;
}

void run_lock_free(struct run_lock *lock)
{
    if (!lock)
        return;
    if (lock->store)
        (void)vec_remove(&lock->store->locks, lock);
    if (lock->fd >= 0) {
        /* Removed while it is still ours: who opened it meanwhile sees that it is gone.
         */
        if (!run_lock_is_lost(lock))
            (void)unlink(lock->path);
        (void)close(lock->fd);
    }
    free(lock->path);
    free(lock);
}
