/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command is a row: what it is called, what it takes, what it needs, what it does. One
 * command per file, cmd_<name>.c.
 *
 * Adding a command: (1) a file with its row and its run function; (2) the row's name in
 * the list of cli.c; (3) its texts in docs/man; (4) tests/unit/cli; everything else
 * (help, man page, completion) follows from the row.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/vec.h"
#include "cli/option.h"

#define ARGS_ANY ((size_t)-1)

struct call;

enum cmd_flags {
    CMD_CHANGES = 1, /* changes something: takes -y, and wants it or a terminal */
    CMD_RESULT = 2   /* has a result with columns: -f and -c mean something */
};

struct cmd {
    const char *name;
    const char *group; /* heading in the help */
    const char *summary;
    const char *args;                 /* "SERVER... --to ZONE": as shown in the usage */
    const struct option_row *options; /* its own; ended by name NULL; may be NULL */
    size_t min_args, max_args;
    unsigned flags;
    const char *const
        *keys; /* of the result's objects, ended by NULL: what -c may name */
    const char *const *columns; /* of them, those shown when none is named */
    const char *examples; /* of command lines, a line for each, two blanks before it */
    /* What the rows' types cannot say; ERR_USAGE. May be NULL. */
    bool (*check)(const struct call *call, struct err *err);
    int (*run)(const struct call *call); /* gives the exit status */
};

/* One command line, parsed. */
struct call {
    const struct cmd *cmd;
    struct option_values globals, own;
    struct strv args;
};

void call_init(struct call *call, const struct cmd *cmd);
void call_clear(struct call *call);

/* By the option's long name; a name that is in neither table is a defect. Lends. */
bool given_flag(const struct call *call, const char *name);
const char *given_text(const struct call *call,
                       const char *name); /* last, default or NULL */
const struct strv *given_all(const struct call *call, const char *name);
/* def when it was not given and has no default. */
double given_seconds(const struct call *call, const char *name, double def);
int given_count(const struct call *call, const char *name, int def);

/* The options of every command (globals.c), and the table of commands (cli.c). */
extern const struct option_row global_options[];
extern const struct cmd *const commands[]; /* ended by NULL */

extern const struct cmd cmd_check, cmd_plan, cmd_move, cmd_resume, cmd_status, cmd_show,
    cmd_commit, cmd_discard, cmd_clean;

#endif
