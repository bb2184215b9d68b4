/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read with a cap, write atomically, make private folders. */
#include "base/fsx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

static bool read_all(int fd, const char *path, size_t max, struct text *t,
                     struct err *err)
{
    char buffer[16384];
    text_init(t, SIZE_MAX / 2);
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof(buffer));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(err, ERR_CONFIG, errno, "cannot read %s", path);
        if (n == 0)
            return true;
        if ((size_t)n > max - t->len)
            return err_set(err, ERR_CONFIG, "%s is longer than %zu bytes", path, max);
        text_add_n(t, buffer, (size_t)n);
    }
}

bool fsx_read(const char *path, size_t max, char **ret, size_t *ret_len,
              bool *ret_missing, struct err *err)
{
    if (ret_missing)
        *ret_missing = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        int why = errno;
        bool missing = why == ENOENT || why == ENOTDIR;
        if (ret_missing)
            *ret_missing = missing;
        return err_set_errno(err, missing ? ERR_NOTFOUND : ERR_CONFIG, why,
                             "cannot open %s", path);
    }
    struct text t;
    bool ok = read_all(fd, path, max, &t, err);
    close(fd);
    if (!ok) {
        text_clear(&t);
        return false;
    }
    if (ret_len)
        *ret_len = t.len;
    *ret = text_steal(&t);
    return true;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

static bool sync_dir(const char *path, struct err *err)
{
    AUTO_FREE char *dir = fsx_dirname(path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Who may write in a folder but not read it cannot sync it either. */
    if (fd < 0 && errno == EACCES)
        return true;
    if (fd < 0)
        return err_set_errno(err, ERR_STATE, errno, "cannot open %s", dir);
    /* EINVAL: this file system cannot sync folders, and there is nothing more to do. */
    bool ok = fsync(fd) == 0 || errno == EINVAL;
    int why = errno;
    close(fd);
    return ok || err_set_errno(err, ERR_STATE, why, "cannot sync %s", dir);
}

static bool fill_and_close(int fd, const void *bytes, size_t n, unsigned mode)
{
    bool ok = fchmod(fd, (mode_t)mode) == 0 && write_all(fd, bytes, n) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = why;
    return ok;
}

bool fsx_write_atomic(const char *path, const void *bytes, size_t n, unsigned mode,
                      struct err *err)
{
    AUTO_FREE char *temporary = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, ERR_STATE, errno, "cannot write beside %s", path);
    if (!fill_and_close(fd, bytes, n, mode) || rename(temporary, path) != 0) {
        int why = errno;
        unlink(temporary);
        return err_set_errno(err, ERR_STATE, why, "cannot write %s", path);
    }
    return sync_dir(path, err);
}

static bool make_dir(const char *path, struct err *err)
{
    struct stat st;
    /* What is synced in a folder that a power cut takes away is lost with it. */
    if (mkdir(path, 0700) == 0)
        return sync_dir(path, err);
    int why = errno;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return true;
        why = ENOTDIR;
    }
    return err_set_errno(err, ERR_STATE, why, "cannot make the folder %s", path);
}

bool fsx_make_dirs(const char *path, struct err *err)
{
    if (!path || !*path)
        return err_set(err, ERR_STATE, "cannot make a folder without a name");
    AUTO_FREE char *part = xstrdup(path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        if (!make_dir(part, err))
            return false;
        *p = '/';
    }
    return make_dir(part, err);
}

char *fsx_dirname(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n == 0)
        return xstrdup(".");
    while (n > 1 && path[n - 1] == '/')
        n--;
    return xstrndup(path, n);
}

char *fsx_join(const char *dir, const char *name)
{
    if (!dir || !*dir)
        return xstrdup(name);
    return xasprintf(text_ends(dir, "/") ? "%s%s" : "%s/%s", dir, name);
}

char *fsx_expand_home(const char *path)
{
    const char *home = getenv("HOME");
    bool tilde = path[0] == '~' && (path[1] == '/' || path[1] == '\0');
    if (!tilde || !home || !*home)
        return xstrdup(path);
    return xasprintf("%s%s", home, path + 1);
}
