/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the tables of commands, options, errors and steps. */
#include "cli/dump.h"

#include <jansson.h>

#include "cli/cmd.h"
#include "moves/registry.h"

static const char *const type_names[] = {
    [OPTION_FLAG] = "flag",       [OPTION_TEXT] = "text",
    [OPTION_FILE] = "file",       [OPTION_COUNT] = "count",
    [OPTION_SECONDS] = "seconds", [OPTION_CHOICE] = "choice",
    [OPTION_CHOICES] = "choices", [OPTION_STEP_SECONDS] = "step=seconds",
    [OPTION_PAIR] = "key=value"};

static void set(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, value ? json_string(value) : json_null());
}

static json_t *options_json(const struct option_row *row)
{
    json_t *options = json_array();
    for (; row && row->name; row++) {
        const char letter[2] = {(char)row->letter, '\0'};
        json_t *option = json_object();
        set(option, "name", row->name);
        set(option, "letter", row->letter ? letter : NULL);
        set(option, "arg", row->arg);
        set(option, "type", type_names[row->type]);
        set(option, "default", row->def);
        set(option, "since", row->since);
        set(option, "help", row->help);
        json_array_append_new(options, option);
    }
    return options;
}

static json_t *commands_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; commands[i]; i++) {
        const struct cmd *cmd = commands[i];
        json_t *object = json_object(), *columns = json_array();
        for (size_t k = 0; cmd->keys && cmd->keys[k]; k++)
            json_array_append_new(columns, json_string(cmd->keys[k]));
        set(object, "name", cmd->name);
        set(object, "group", cmd->group);
        set(object, "summary", cmd->summary);
        set(object, "args", cmd->args);
        json_object_set_new(object, "columns", columns);
        json_object_set_new(object, "options", options_json(cmd->options));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *exits_json(void)
{
    json_t *exits = json_array();
    for (int status = 0; status <= 64; status++) {
        json_t *names = json_array();
        for (int code = ERR_NONE + 1; code < ERR_MAX; code++)
            if (err_exit_status((enum err_code)code) == status)
                json_array_append_new(names, json_string(err_name((enum err_code)code)));
        if (json_array_size(names) > 0)
            json_array_append_new(
                exits, json_pack("{s:i, s:O}", "status", status, "errors", names));
        json_decref(names);
    }
    return exits;
}

static void add_steps(json_t *list, const struct strategy *s, const char *table,
                      const struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *step = json_object();
        set(step, "strategy", s->name);
        json_object_set_new(step, "version", json_integer(s->version));
        set(step, "table", table);
        set(step, "id", steps[i].id);
        set(step, "label", steps[i].label);
        json_object_set_new(step, "limit_s", json_real(steps[i].limit_s));
        json_array_append_new(list, step);
    }
}

static json_t *steps_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; strategies[i]; i++) {
        const struct strategy *s = strategies[i];
        add_steps(list, s, "forward", s->steps, s->n_steps);
        add_steps(list, s, "commit", s->commit_steps, s->n_commit_steps);
    }
    return list;
}

void dump_options(FILE *out)
{
    json_t *all = json_object();
    set(all, "version", PACKAGE_VERSION);
    json_object_set_new(all, "commands", commands_json());
    json_object_set_new(all, "options", options_json(global_options));
    json_object_set_new(all, "exits", exits_json());
    json_object_set_new(all, "steps", steps_json());
    json_dumpf(all, out, JSON_INDENT(1));
    fputc('\n', out);
    json_decref(all);
}
