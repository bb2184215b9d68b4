/* SPDX-License-Identifier: Apache-2.0 */
/* Makes argp parsers out of the tables: one for what stands before the command, one
 * behind. */
#include "cli/parse.h"

#include <argp.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/result.h"
#include "cli/steps.h"
#include "cli/suggest.h"

#define KEY_BASE 0x400 /* above all letters */
#define KEY_DUMP 0x300

const char *argp_program_version = PACKAGE_STRING;

/* What the parsers fill in. */
struct line {
    struct call *call;
    bool dump;
};

static int key_of(const struct option_row *row, size_t i)
{
    return row->letter ? row->letter : KEY_BASE + (int)i;
}

/* The array and its last, empty row; header may be NULL. */
static struct argp_option *argp_rows(const struct option_row *rows, const char *header)
{
    size_t n = 0, at = 0;
    while (rows && rows[n].name)
        n++;
    struct argp_option *options = xcalloc(n + 3, sizeof(*options));
    if (header)
        options[at++] = (struct argp_option){.doc = header, .group = 1};
    for (size_t i = 0; i < n; i++)
        options[at++] = (struct argp_option){.name = rows[i].name,
                                             .key = key_of(&rows[i], i),
                                             .arg = rows[i].arg,
                                             .doc = rows[i].help,
                                             .group = 1};
    return options;
}

static error_t take(struct option_values *values, int key, const char *arg,
                    struct argp_state *state)
{
    for (size_t i = 0; i < values->n; i++) {
        if (key_of(&values->rows[i], i) != key)
            continue;
        struct err err = {0};
        if (!option_set(values, i, arg, &err))
            argp_error(state, "%s", err.text);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static error_t global_key(int key, char *arg, struct argp_state *state)
{
    struct line *line = state->input;
    return take(&line->call->globals, key, arg, state);
}

static void check_args(struct argp_state *state, const struct call *call)
{
    const struct cmd *cmd = call->cmd;
    struct err err = {0};
    if (call->args.len < cmd->min_args)
        argp_error(state, "too few arguments: rezone %s %s", cmd->name, cmd->args);
    if (call->args.len > cmd->max_args)
        argp_error(state, "too many arguments: '%s'", call->args.at[cmd->max_args]);
    if (!result_check(call, &err) || !steps_check(call, &err) ||
        (cmd->check && !cmd->check(call, &err)))
        argp_error(state, "%s", err.text);
}

static error_t own_key(int key, char *arg, struct argp_state *state)
{
    struct line *line = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        /* argp gives a child no input of itself. */
        state->child_inputs[0] = line;
        return 0;
    case ARGP_KEY_ARG:
        strv_add(&line->call->args, arg);
        return 0;
    case ARGP_KEY_END:
        check_args(state, line->call);
        return 0;
    default:
        return take(&line->call->own, key, arg, state);
    }
}

/* What stands behind the command's name. */
static void parse_command(struct line *line, int argc, char **argv)
{
    const struct cmd *cmd = line->call->cmd;
    /* glibc's argp loses memory over a table without rows. */
    bool any = cmd->options && cmd->options->name;
    AUTO_FREE struct argp_option *own = any ? argp_rows(cmd->options, NULL) : NULL;
    AUTO_FREE struct argp_option *shared = argp_rows(global_options, NULL);
    const struct argp shared_argp = {.options = shared, .parser = global_key};
    const struct argp_child children[] = {
        {&shared_argp, 0, "Options of every command:", 2}, {0}};
    AUTO_FREE char *doc = help_of(cmd);
    const struct argp argp = {own, own_key, cmd->args, doc, children, NULL, NULL};
    AUTO_FREE char *name = xasprintf("rezone %s", cmd->name);
    AUTO_FREE char **copy = xcalloc((size_t)argc + 1, sizeof(*copy));
    memcpy(copy, argv, (size_t)argc * sizeof(*copy));
    copy[0] = name;
    argp_parse(&argp, argc, copy, 0, NULL, line);
}

static const struct cmd *find_command(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (text_eq(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static _Noreturn void unknown_command(struct argp_state *state, const char *word)
{
    struct strv names = {0};
    for (size_t i = 0; commands[i]; i++)
        strv_add(&names, commands[i]->name);
    const char *nearest = suggest(word, &names);
    AUTO_FREE char *safe = text_printable(word, 60);
    if (nearest)
        argp_error(state, "there is no command '%s'; did you mean '%s'?", safe, nearest);
    else
        argp_error(state, "there is no command '%s'", safe);
    abort(); /* argp_error() ends the process */
}

static void begin_command(struct line *line, struct argp_state *state, const char *word)
{
    const struct cmd *cmd = find_command(word);
    if (!cmd)
        unknown_command(state, word);
    line->call->cmd = cmd;
    option_values_clear(&line->call->own);
    option_values_init(&line->call->own, cmd->options);
    parse_command(line, state->argc - state->next + 1, state->argv + state->next - 1);
    state->next = state->argc;
}

static error_t top_key(int key, char *arg, struct argp_state *state)
{
    struct line *line = state->input;
    switch (key) {
    case KEY_DUMP:
        line->dump = true;
        return 0;
    case ARGP_KEY_ARG:
        begin_command(line, state, arg);
        return 0;
    case ARGP_KEY_END:
        if (!line->call->cmd && !line->dump)
            argp_error(state, "no command is given");
        return 0;
    default:
        return take(&line->call->globals, key, arg, state);
    }
}

enum parsed parse_line(int argc, char **argv, struct call *call)
{
    struct line line = {.call = call};
    call_init(call, NULL);
    AUTO_FREE struct argp_option *shared =
        argp_rows(global_options, "Options of every command:");
    size_t n = 0;
    while (shared[n].name || shared[n].doc)
        n++;
    shared[n] = (struct argp_option){
        .name = "dump-options", .key = KEY_DUMP, .flags = OPTION_HIDDEN};
    AUTO_FREE char *doc = help_top();
    const struct argp argp = {shared, top_key, "COMMAND [ARGUMENT...]", doc, NULL,
                              NULL,   NULL};
    AUTO_FREE char **copy = xcalloc((size_t)argc + 2, sizeof(*copy));
    memcpy(copy, argv, (size_t)argc * sizeof(*copy));
    copy[0] = (char[]){"rezone"};
    /* In order: what stands behind the command belongs to the command's own parser. */
    argp_parse(&argp, argc, copy, ARGP_IN_ORDER, NULL, &line);
    return line.dump ? PARSED_DUMP : PARSED_CALL;
}
