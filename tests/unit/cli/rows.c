/* SPDX-License-Identifier: Apache-2.0 */
/* Makes rows of moves for the tests of the commands. */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

struct move_row *row_of(const char *id, const char *run_id, const char *state,
                        const char *walk)
{
    struct move_row *row = move_row_new();
    row->id = xstrdup(id);
    row->run_id = xstrdup(run_id);
    row->cloud = xstrdup("cloud");
    row->server_id = xasprintf("server of %s", id);
    row->server_name = xstrdup("web");
    row->target_zone = xstrdup("az2");
    row->strategy = xstrdup("snapshot");
    row->version = 1;
    row->state = xstrdup(state);
    row->walk = xstrdup(walk);
    row->serving = xstrdup("source");
    row->created = 1000;
    row->announced = xstrdup("[]");
    row->lost = xstrdup("[]");
    row->left = xstrdup("[]");
    return row;
}

static void put(struct store *s, const char *id, const char *run_id)
{
    struct err err = {0};
    struct move_row *row = row_of(id, run_id, "planned", NULL);
    assert_true(store_put_move(s, row, &err));
    move_row_free(row);
}

static void put_run(struct store *s, const char *id)
{
    struct err err = {0};
    struct run_row *row = run_row_new();
    row->id = xstrdup(id);
    row->created = 1000;
    row->command = xstrdup("move");
    row->cloud = xstrdup("cloud");
    row->options = xstrdup("{}");
    row->state = xstrdup("running");
    assert_true(store_put_run(s, row, &err));
    run_row_free(row);
}

struct store *store_with_three(void)
{
    struct err err = {0};
    struct store *s = store_open(":memory:", false, NULL, &err);
    assert_non_null(s);
    assert_true(store_begin(s, &err));
    put_run(s, RUN_1);
    put_run(s, RUN_2);
    put(s, MOVE_1, RUN_1);
    put(s, MOVE_2, RUN_1);
    put(s, MOVE_3, RUN_2);
    assert_true(store_commit(s, &err));
    return s;
}
