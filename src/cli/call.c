/* SPDX-License-Identifier: Apache-2.0 */
/* What was typed, by the names of the options. */
#include "base/mem.h"
#include "base/text.h"
#include "cli/cmd.h"

void call_init(struct call *call, const struct cmd *cmd)
{
    *call = (struct call){.cmd = cmd};
    option_values_init(&call->globals, global_options);
    option_values_init(&call->own, cmd ? cmd->options : NULL);
}

void call_clear(struct call *call)
{
    option_values_clear(&call->globals);
    option_values_clear(&call->own);
    strv_clear(&call->args);
}

static const struct option_row *find(const struct call *call, const char *name,
                                     const struct strv **ret_given)
{
    size_t i = option_find(&call->own, name);
    if (i < call->own.n) {
        *ret_given = &call->own.given[i];
        return &call->own.rows[i];
    }
    i = option_find(&call->globals, name);
    if (i == call->globals.n)
        bug("there is no option --%s here", name);
    *ret_given = &call->globals.given[i];
    return &call->globals.rows[i];
}

const struct strv *given_all(const struct call *call, const char *name)
{
    const struct strv *given;
    find(call, name, &given);
    return given;
}

bool given_flag(const struct call *call, const char *name)
{
    return given_all(call, name)->len > 0;
}

const char *given_text(const struct call *call, const char *name)
{
    const struct strv *given;
    const struct option_row *row = find(call, name, &given);
    return given->len > 0 ? given->at[given->len - 1] : row->def;
}

double given_seconds(const struct call *call, const char *name, double def)
{
    const char *text = given_text(call, name);
    double seconds = def;
    if (text)
        (void)text_to_seconds(text, &seconds);
    return seconds;
}

int given_count(const struct call *call, const char *name, int def)
{
    const char *text = given_text(call, name);
    unsigned long long count = 0;
    if (text && text_to_u64(text, 1000000, &count))
        return (int)count;
    return def;
}
