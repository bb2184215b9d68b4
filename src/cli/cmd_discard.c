/* SPDX-License-Identifier: Apache-2.0 */
/* rezone discard: go back to the source; what the target wrote is lost. */
#include "cli/batch.h"
#include "cli/result.h"

static const struct option_row options[] = {
    {"lose-target-writes", 0, NULL, OPTION_FLAG, NULL, "0.1.0",
     "needed beside -y once the target has served for more than 10 minutes"},
    {0},
};

static int run(const struct call *call)
{
    return batch_run(call, DEED_DISCARD);
}

const struct cmd cmd_discard = {
    .name = "discard",
    .group = "Moving servers",
    .summary = "go back to the source; what the target wrote is lost",
    .args = "ID...",
    .options = options,
    .min_args = 1,
    .max_args = ARGS_ANY,
    .flags = CMD_CHANGES | CMD_RESULT,
    .keys = move_keys,
    .columns = move_columns,
    .examples = "  rezone discard 3f2a\n"
                "  rezone discard 3f2a -y --lose-target-writes",
    .run = run,
};
