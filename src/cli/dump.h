/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables as one JSON object, for whatever is made from them: man page, completion,
 * and the check that all of it agrees.
 *
 *   version   of the program
 *   commands  [{name, group, summary, args, columns[], options[]}]
 *   options   of every command
 *   exits     [{status, errors[]}]: which kinds of errors end with it
 *   steps     [{strategy, version, table, id, label, limit_s}]
 * An option: {name, letter, arg, type, default, since, help}, null where there is none.
 */
#ifndef CLI_DUMP_H
#define CLI_DUMP_H

#include <stdio.h>

void dump_options(FILE *out);

#endif
