/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/result: columns are keys of the result, and refused servers have all keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/result.h"
#include "flow/engine.h"
#include "rows.h"

static bool column_is_taken(const struct cmd *cmd, const char *column)
{
    struct call call;
    struct err err = {0};
    call_init(&call, cmd);
    size_t row = option_find(&call.globals, "column");
    assert_true(option_set(&call.globals, row, column, &err));
    bool ok = result_check(&call, &err);
    if (!ok) {
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, column));
    }
    call_clear(&call);
    return ok;
}

static void columns_are_keys(void **state)
{
    (void)state;
    assert_true(column_is_taken(&cmd_move, "server_name"));
    assert_true(column_is_taken(&cmd_move, "Server Name"));
    assert_true(column_is_taken(&cmd_move, "server-name"));
    assert_true(column_is_taken(&cmd_check, "area"));
    assert_true(column_is_taken(&cmd_show, "journal"));
    assert_false(column_is_taken(&cmd_move, "journal"));
    assert_false(column_is_taken(&cmd_move, "server"));
    assert_false(column_is_taken(&cmd_move, "server_name_"));
    assert_false(column_is_taken(&cmd_check, "id"));
}

/* The array that -c is checked against, and what the engine makes, must not part. */
static void move_keys_are_those_of_a_move(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "planned", NULL);
    json_t *move = move_row_json(row);
    size_t n = 0;
    for (; move_keys[n]; n++)
        assert_non_null(json_object_get(move, move_keys[n]));
    assert_int_equal(json_object_size(move), n);
    json_decref(move);
    move_row_free(row);
}

static void all_default_columns_are_keys(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++)
        for (size_t k = 0; commands[i]->columns[k]; k++)
            assert_true(column_is_taken(commands[i], commands[i]->columns[k]));
}

static void a_refused_server_has_all_keys(void **state)
{
    (void)state;
    json_t *move = result_refused("web\377", NULL, "az2", "no such server");
    for (size_t i = 0; move_keys[i]; i++)
        assert_non_null(json_object_get(move, move_keys[i]));
    assert_string_equal(json_string_value(json_object_get(move, "state")), "failed");
    assert_string_equal(json_string_value(json_object_get(move, "error")),
                        "no such server");
    assert_string_equal(json_string_value(json_object_get(move, "target_zone")), "az2");
    assert_true(json_is_string(json_object_get(move, "server_name")));
    assert_true(json_is_null(json_object_get(move, "server_id")));
    assert_int_equal(json_array_size(json_object_get(move, "lost")), 0);
    json_decref(move);
    move = result_refused(MOVE_1, NULL, "az2", "no such server");
    assert_string_equal(json_string_value(json_object_get(move, "server_id")), MOVE_1);
    assert_true(json_is_null(json_object_get(move, "server_name")));
    json_decref(move);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_keys),
        cmocka_unit_test(move_keys_are_those_of_a_move),
        cmocka_unit_test(all_default_columns_are_keys),
        cmocka_unit_test(a_refused_server_has_all_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
