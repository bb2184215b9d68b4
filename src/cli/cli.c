/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and what runs them. The order is that of the help. */
#include "cli/cli.h"

#include "cli/cmd.h"
#include "cli/dump.h"
#include "cli/parse.h"

const struct cmd *const commands[] = {
    &cmd_check,  &cmd_plan,   &cmd_status,  &cmd_show, &cmd_move,
    &cmd_resume, &cmd_commit, &cmd_discard, NULL,
};

int cli_main(int argc, char **argv)
{
    struct call call;
    int status = 0;
    if (parse_line(argc, argv, &call) == PARSED_DUMP)
        dump_options(stdout);
    else
        status = call.cmd->run(&call);
    call_clear(&call);
    return status;
}
