/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/question: nobody says yes without having read what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/question.h"
#include "rows.h"

static void a_move_says_what_changes_and_is_lost(void **state)
{
    (void)state;
    json_t *move =
        json_loads("{\"server_name\": \"web\\u001b\", \"server_id\": \"s1\","
                   "\"source_zone\": \"az1\", \"target_zone\": \"az2\","
                   "\"strategy\": \"snapshot\","
                   "\"announced\": [{\"name\": \"uuid\", \"text\": \"new UUID\"}],"
                   "\"lost\": [{\"name\": \"user_data\", \"text\": \"not seen\\n\"}]}",
                   0, NULL);
    assert_non_null(move);
    AUTO_FREE char *words = question_move(move);
    json_decref(move);
    assert_null(strchr(words, '\033'));
    assert_non_null(strstr(words, "(s1): from az1 to az2 by snapshot"));
    assert_non_null(strstr(words, "\n  lost: user_data: not seen\\x0A\n"));
    assert_non_null(strstr(words, "\n  changes: uuid: new UUID\nMove it?"));
}

static void a_discard_says_how_long_the_target_has_served(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "moved", "forward");
    xreplace(&row->serving, "target");
    row->target_server_id = xstrdup("t1");
    row->up_at = 1000;
    assert_float_equal(question_served_s(row, 1250), 250, 1e-9);
    AUTO_FREE char *words = question_discard(row, 1250);
    assert_non_null(strstr(words, "t1 has served for 4 min 10 s"));
    assert_non_null(strstr(words, "ALL THAT IT WROTE"));
    xreplace(&row->serving, "source");
    assert_float_equal(question_served_s(row, 1250), 0, 1e-9);
    AUTO_FREE char *calm = question_discard(row, 1250);
    assert_null(strstr(calm, "ALL THAT IT WROTE"));
    move_row_free(row);
}

static void a_commit_says_that_there_is_no_way_back(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "moved", "forward");
    xreplace(&row->serving, "target");
    row->up_at = 1000;
    row->target_server_id = xstrdup("t1\x1b[2J");
    AUTO_FREE char *words = question_commit(row, 1003);
    assert_null(strchr(words, '\033')); /* the id is what the cloud answered */
    assert_non_null(strstr(words, "3 s"));
    assert_non_null(strstr(words, "no way back"));
    move_row_free(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_says_what_changes_and_is_lost),
        cmocka_unit_test(a_discard_says_how_long_the_target_has_served),
        cmocka_unit_test(a_commit_says_that_there_is_no_way_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
