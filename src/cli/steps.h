/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps as people name them on the command line.
 */
#ifndef CLI_STEPS_H
#define CLI_STEPS_H

#include "cli/cmd.h"

/* Is each STEP of --step-timeout a step of some strategy? ERR_USAGE, with the nearest. */
bool steps_check(const struct call *call, struct err *err);

#endif
