/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the state database is.
 */
#ifndef CLI_STATE_PATH_H
#define CLI_STATE_PATH_H

#include "base/err.h"

/* option (may be NULL), else REZONE_STATE, else rezone/rezone.db in XDG_STATE_HOME
 * (absolute paths only, says the XDG specification) or in ~/.local/state. Gives; NULL
 * (ERR_STATE): there is no home folder. */
char *state_path(const char *option, struct err *err);

#endif
