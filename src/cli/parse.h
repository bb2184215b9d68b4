/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line, read with argp from the tables of options.
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli/cmd.h"

/* What a command line asks for. */
enum parsed {
    PARSED_CALL, /* *call is filled in: run it, then call_clear() */
    PARSED_DUMP  /* --dump-options */
};

/*
 * Ends the process with 64 and a sentence on standard error when the line is wrong, with
 * 0 after --help, --usage and --version. argv is left as it is.
 */
enum parsed parse_line(int argc, char **argv, struct call *call);

#endif
