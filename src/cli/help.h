/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts around the options in --help, made from the tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cmd.h"

/* In argp's form: before "\v" what stands above the options, behind it what stands below.
 * Give. */
char *help_top(void);
char *help_of(const struct cmd *cmd);

#endif
