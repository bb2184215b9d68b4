/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the commands share: rows of moves, and a store in memory. */
#ifndef TESTS_CLI_ROWS_H
#define TESTS_CLI_ROWS_H

#include "store/store.h"

#define RUN_1  "11111111-0000-4000-8000-000000000001"
#define RUN_2  "12222222-0000-4000-8000-000000000002"
#define MOVE_1 "aaaaaaaa-0000-4000-8000-000000000001"
#define MOVE_2 "aabbbbbb-0000-4000-8000-000000000002"
#define MOVE_3 "cccccccc-0000-4000-8000-000000000003"

/* state and walk as in the store; walk NULL: not begun. Gives. */
struct move_row *row_of(const char *id, const char *run_id, const char *state,
                        const char *walk);
/* RUN_1 with MOVE_1 and MOVE_2, RUN_2 with MOVE_3. */
struct store *store_with_three(void);

#endif
