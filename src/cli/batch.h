/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What resume, commit and discard share: find the moves, judge each by its state, ask,
 * take the locks of their runs, let the engine go, report.
 */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cli/cmd.h"
#include "cli/deed.h"

/* Gives the exit status. */
int batch_run(const struct call *call, enum deed deed);

#endif
