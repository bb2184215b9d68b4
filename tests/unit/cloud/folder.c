/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary folders and environments for tests. */
#include "folder.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/vec.h"

static char root[PATH_MAX], came_from[PATH_MAX];

void folder_enter(void)
{
    const char *tmp = getenv("TMPDIR");
    assert_non_null(getcwd(came_from, sizeof(came_from)));
    snprintf(root, sizeof(root), "%s/rezone-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(root));
    assert_int_equal(chdir(root), 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void folder_leave(void)
{
    assert_int_equal(chdir(came_from), 0);
    assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    folder_env(NULL);
}

char *folder_path(const char *path)
{
    return fsx_join(root, path);
}

void folder_write(const char *path, const char *content)
{
    struct err err = {0};
    AUTO_FREE char *full = folder_path(path);
    AUTO_FREE char *dir = fsx_dirname(full);
    if (!fsx_make_dirs(dir, &err) ||
        !fsx_write_atomic(full, content, strlen(content), 0600, &err))
        fail_msg("%s", err.text);
}

char *const *folder_env(const char *const *words)
{
    static struct strv env;
    strv_clear(&env);
    if (!words)
        return NULL;
    strv_take(&env, xasprintf("HOME=%s/home", root));
    strv_take(&env, xasprintf("XDG_CONFIG_DIRS=%s/site", root));
    for (; *words; words++)
        strv_add(&env, *words);
    return env.at;
}
