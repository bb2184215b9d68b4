/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the state database. */
#include "cli/state_path.h"

#include <stdlib.h>

#include "base/fsx.h"
#include "base/mem.h"

char *state_path(const char *option, struct err *err)
{
    const char *named = getenv("REZONE_STATE"), *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (option)
        return xstrdup(option);
    if (named && *named)
        return fsx_expand_home(named);
    if (state && *state == '/')
        return xasprintf("%s/rezone/rezone.db", state);
    if (home && *home == '/')
        return xasprintf("%s/.local/state/rezone/rezone.db", home);
    err_set(err, ERR_STATE, "HOME is not set: name the state database with --state");
    return NULL;
}
