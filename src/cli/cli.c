/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and what runs them. The order is that of the help. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/dump.h"
#include "cli/parse.h"

const struct cmd *const commands[] = {
    &cmd_check,  &cmd_plan,   &cmd_status,  &cmd_show,  &cmd_move,
    &cmd_resume, &cmd_commit, &cmd_discard, &cmd_clean, NULL,
};

/* A descriptor that was closed would be given to the next file or socket that is opened,
 * and the result or a message would be written into that. Standard output is opened so
 * that writing fails: nobody would read it. */
static void open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

int cli_main(int argc, char **argv)
{
    struct call call;
    int status = 0;
    open_standard();
    if (parse_line(argc, argv, &call) == PARSED_DUMP)
        dump_options(stdout);
    else
        status = call.cmd->run(&call);
    call_clear(&call);
    return status;
}
