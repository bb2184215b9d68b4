/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/known: what the database knows of a move that left something behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/known.h"
#include "moves/steps.h"
#include "rows.h"

static void reads(struct store *s, const char *cloud, const char *id,
                  struct known_move *known, char **run)
{
    struct err err = {0};
    known_move_clear(known);
    xreplace(run, NULL);
    assert_true(known_read(s, cloud, id, known, run, &err));
}

static void knows_rows_facts_and_capture(void **state)
{
    (void)state;
    struct err err = {0};
    struct known_move known = {0};
    char *run = NULL;
    struct store *s = store_with_three();
    reads(s, "cloud", MOVE_1, &known, &run);
    assert_true(known.is_known && known.is_here);
    assert_int_equal(known.state, MOVE_PLANNED);
    assert_string_equal(known.source_id, "server of " MOVE_1);
    assert_null(known.target_id);
    assert_null(known.image);
    assert_false(known.keeps_image || known.was_locked);
    assert_string_equal(run, RUN_1);
    assert_true(store_begin(s, &err) &&
                store_put_fact(s, MOVE_1, FACT_IMAGE, "img", &err) &&
                store_put_fact(s, MOVE_1, FACT_KEEP_IMAGE, "1", &err) &&
                store_put_capture(s, MOVE_1, "{\"server\": {\"locked\": true}}", &err) &&
                store_commit(s, &err));
    reads(s, "elsewhere", MOVE_1, &known, &run);
    assert_true(known.is_known && known.keeps_image && known.was_locked);
    assert_false(known.is_here);
    assert_string_equal(known.image, "img");
    reads(s, "cloud", MOVE_2, &known, &run);
    assert_null(known.image);
    known_move_clear(&known);
    free(run);
    store_close(s);
}

static void what_is_not_there_is_not_known(void **state)
{
    (void)state;
    struct known_move known = {0};
    char *run = NULL;
    struct store *s = store_with_three();
    reads(s, "cloud", "00000000-0000-4000-8000-000000000000", &known, &run);
    assert_false(known.is_known);
    assert_null(run);
    /* An id, not the beginning of one. */
    AUTO_FREE char *begin = xstrndup(MOVE_1, strlen(MOVE_1) - 1);
    reads(s, "cloud", begin, &known, &run);
    assert_false(known.is_known);
    store_close(s);
}

static void knows_state_and_target(void **state)
{
    (void)state;
    struct err err = {0};
    struct known_move known = {0};
    char *run = NULL;
    struct store *s = store_with_three();
    struct move_row *row = row_of(MOVE_3, RUN_2, "skipped", NULL);
    xreplace(&row->target_server_id, "t1");
    assert_true(store_begin(s, &err) && store_put_move(s, row, &err) &&
                store_commit(s, &err));
    reads(s, "cloud", MOVE_3, &known, &run);
    assert_int_equal(known.state, MOVE_SKIPPED);
    assert_string_equal(known.target_id, "t1");
    move_row_free(row);
    known_move_clear(&known);
    free(run);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_rows_facts_and_capture),
        cmocka_unit_test(what_is_not_there_is_not_known),
        cmocka_unit_test(knows_state_and_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
