/* SPDX-License-Identifier: Apache-2.0 */
/* rezone resume: go on with moves that were interrupted or are held. */
#include "cli/batch.h"
#include "cli/result.h"

static const struct option_row options[] = {
    {"accept", 0, "NAME,...", OPTION_TEXT, NULL, "0.1.0",
     "take these differences between source and target of held moves (status -f json "
     "names them under lost); may be repeated"},
    {0},
};

static int run(const struct call *call)
{
    return batch_run(call, DEED_RESUME);
}

const struct cmd cmd_resume = {
    .name = "resume",
    .group = "Moving servers",
    .summary = "go on with moves that were interrupted or are held",
    .args = "[ID...]",
    .options = options,
    .min_args = 0,
    .max_args = ARGS_ANY,
    .flags = CMD_CHANGES | CMD_RESULT,
    .keys = move_keys,
    .columns = move_columns,
    .check = accept_check_options,
    .examples = "  rezone resume                 all that is unfinished\n"
                "  rezone resume 3f2a            one run, or one move\n"
                "  rezone resume 3f2a --accept description",
    .run = run,
};
