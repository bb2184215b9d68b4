/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the list of commands and the defaults of options. */
#include "cli/help.h"

#include "base/text.h"

char *help_top(void)
{
    struct text t = {0};
    const char *group = "";
    text_add(&t,
             "Moves OpenStack servers from one availability zone to another: stop, "
             "snapshot, boot there, compare. Can be killed at any time and resumed.\n");
    for (size_t i = 0; commands[i]; i++) {
        if (!text_eq(group, commands[i]->group))
            text_addf(&t, "\n%s:\n", commands[i]->group);
        group = commands[i]->group;
        text_addf(&t, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    }
    text_add(
        &t, "\vUsually: check, plan, move, and commit once the target is proved good, or "
            "discard to go back. After a crash, ^C or a lost cloud: resume.\n\n"
            "'rezone COMMAND --help' has examples and tells more of a command; rezone(1) "
            "tells all.");
    return text_steal(&t);
}

char *help_of(const struct cmd *cmd)
{
    struct text t = {0};
    bool any = false;
    text_addf(&t, "rezone %s: %s\v", cmd->name, cmd->summary);
    if (cmd->examples)
        text_addf(&t, "Examples:\n%s\n\n", cmd->examples);
    for (const struct option_row *row = cmd->options; row && row->name; row++) {
        if (!row->def)
            continue;
        text_addf(&t, "%s --%s=%s", any ? "," : "Defaults:", row->name, row->def);
        any = true;
    }
    if (any)
        text_add(&t, ".\n");
    if (cmd->keys) {
        text_add(&t, "Columns for -c, which always stand in this order:");
        for (size_t i = 0; cmd->keys[i]; i++)
            text_addf(&t, "%s %s", i > 0 ? "," : "", cmd->keys[i]);
        text_add(&t, ".");
    }
    return text_steal(&t);
}
