/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/dump: what man page and completion are made from is all there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/dump.h"

static json_t *dumped(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    dump_options(out);
    fclose(out);
    json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(all);
    return all;
}

static void every_row_is_there(void **state)
{
    (void)state;
    json_t *all = dumped();
    size_t n = 0;
    while (global_options[n].name)
        n++;
    assert_int_equal(json_array_size(json_object_get(all, "options")), n);
    for (n = 0; commands[n]; n++) {
        json_t *cmd = json_array_get(json_object_get(all, "commands"), n);
        assert_string_equal(json_string_value(json_object_get(cmd, "name")),
                            commands[n]->name);
    }
    assert_int_equal(json_array_size(json_object_get(all, "commands")), n);
    assert_true(json_array_size(json_object_get(all, "steps")) > 10);
    json_decref(all);
}

/* Rows of a command must not shadow those of all commands, nor themselves. */
static void check_rows(const struct option_row *rows, bool own)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        assert_true(row->help && *row->help && row->since && *row->since);
        assert_int_equal(row->arg == NULL, row->type == OPTION_FLAG);
        assert_null(strchr(row->name, '_'));
        for (const struct option_row *other = row + 1; other->name; other++)
            assert_false(text_eq(row->name, other->name) ||
                         (row->letter && row->letter == other->letter));
        for (const struct option_row *g = global_options; own && g->name; g++)
            assert_false(text_eq(row->name, g->name) ||
                         (row->letter && row->letter == g->letter));
    }
}

static void rows_are_whole_and_unlike_each_other(void **state)
{
    (void)state;
    check_rows(global_options, false);
    for (size_t i = 0; commands[i]; i++) {
        const struct cmd *cmd = commands[i];
        assert_true(cmd->name && cmd->group && cmd->summary && cmd->args && cmd->run);
        assert_true(cmd->keys && cmd->columns && cmd->max_args >= cmd->min_args);
        check_rows(cmd->options, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_there),
        cmocka_unit_test(rows_are_whole_and_unlike_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
