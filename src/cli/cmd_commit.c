/* SPDX-License-Identifier: Apache-2.0 */
/* rezone commit: delete what a good move left behind: the source and its snapshot. */
#include "cli/batch.h"
#include "cli/result.h"

static const struct option_row options[] = {
    {"keep-image", 0, NULL, OPTION_FLAG, NULL, "0.1.0",
     "keep the snapshot: a rebuild of the target and the evacuation of its host need it"},
    {0},
};

static int run(const struct call *call)
{
    return batch_run(call, DEED_COMMIT);
}

const struct cmd cmd_commit = {
    .name = "commit",
    .group = "Moving servers",
    .summary = "delete what a good move left behind: the source and its snapshot",
    .args = "ID...",
    .options = options,
    .min_args = 1,
    .max_args = ARGS_ANY,
    .flags = CMD_CHANGES | CMD_RESULT,
    .keys = move_keys,
    .columns = move_columns,
    .examples = "  rezone commit 3f2a            one run, or one move\n"
                "  rezone commit 3f2a -y --keep-image",
    .run = run,
};
