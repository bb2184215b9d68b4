/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/deed: the table of states and commands, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/deed.h"
#include "rows.h"

static enum judgement judge(enum deed deed, const char *move_state, const char *walk,
                            bool by_run)
{
    struct err err = {0};
    struct move_row *row = row_of(MOVE_1, RUN_1, move_state, walk);
    enum judgement judgement = deed_judge(deed, row, by_run, &err);
    assert_int_equal(err_is_set(&err), judgement == DEED_REFUSED);
    if (judgement == DEED_REFUSED) {
        assert_int_equal(err_exit_status(err.code), 3);
        assert_non_null(strstr(err.text, MOVE_1));
        assert_non_null(strstr(err.text, move_state));
    }
    move_row_free(row);
    return judgement;
}

static const struct cell {
    const char *state, *walk;
    enum judgement resume, commit, discard, commit_run, discard_run;
} cells[] = {
    {"planned", NULL, DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED, DEED_GO},
    {"running", "forward", DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED, DEED_GO},
    {"running", "back", DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED, DEED_GO},
    {"running", "discard", DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED, DEED_GO},
    {"running", "commit", DEED_GO, DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED},
    {"moved", "forward", DEED_NOTHING, DEED_GO, DEED_GO, DEED_GO, DEED_GO},
    {"held", "forward", DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED, DEED_GO},
    {"held", "back", DEED_GO, DEED_REFUSED, DEED_GO, DEED_REFUSED, DEED_GO},
    {"held", "commit", DEED_GO, DEED_GO, DEED_GO, DEED_GO, DEED_GO},
    {"committed", "commit", DEED_NOTHING, DEED_NOTHING, DEED_REFUSED, DEED_NOTHING,
     DEED_REFUSED},
    {"undone", "back", DEED_NOTHING, DEED_REFUSED, DEED_NOTHING, DEED_NOTHING,
     DEED_NOTHING},
    {"skipped", NULL, DEED_NOTHING, DEED_REFUSED, DEED_REFUSED, DEED_NOTHING,
     DEED_NOTHING},
    {"failed", NULL, DEED_NOTHING, DEED_REFUSED, DEED_REFUSED, DEED_NOTHING,
     DEED_NOTHING},
};

static void every_cell(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        const struct cell *c = &cells[i];
        print_message("%s %s\n", c->state, c->walk ? c->walk : "");
        assert_int_equal(judge(DEED_RESUME, c->state, c->walk, false), c->resume);
        assert_int_equal(judge(DEED_COMMIT, c->state, c->walk, false), c->commit);
        assert_int_equal(judge(DEED_DISCARD, c->state, c->walk, false), c->discard);
        assert_int_equal(judge(DEED_COMMIT, c->state, c->walk, true), c->commit_run);
        assert_int_equal(judge(DEED_DISCARD, c->state, c->walk, true), c->discard_run);
    }
}

static void an_unknown_state_is_not_touched(void **state)
{
    (void)state;
    struct err err = {0};
    struct move_row *row = row_of(MOVE_1, RUN_1, "floating", NULL);
    assert_int_equal(deed_judge(DEED_RESUME, row, false, &err), DEED_REFUSED);
    assert_int_equal(err.code, ERR_STATE);
    move_row_free(row);
}

static bool asks(enum deed deed, const char *move_state, const char *walk, bool yes_run)
{
    struct move_row *row = row_of(MOVE_1, RUN_1, move_state, walk);
    bool answer = deed_asks(deed, row, yes_run);
    move_row_free(row);
    return answer;
}

static void what_has_begun_is_not_asked_about(void **state)
{
    (void)state;
    assert_true(asks(DEED_RESUME, "planned", NULL, false));
    assert_false(asks(DEED_RESUME, "planned", NULL, true));
    assert_false(asks(DEED_RESUME, "running", "forward", false));
    assert_false(asks(DEED_RESUME, "held", "forward", false));
    assert_true(asks(DEED_COMMIT, "moved", "forward", true));
    assert_false(asks(DEED_COMMIT, "running", "commit", false));
    assert_true(asks(DEED_DISCARD, "moved", "forward", false));
    assert_true(asks(DEED_DISCARD, "planned", NULL, false));
    assert_true(asks(DEED_DISCARD, "running", "forward", false));
    assert_true(asks(DEED_DISCARD, "held", "back", false));
    assert_false(asks(DEED_DISCARD, "running", "back", false));
    assert_false(asks(DEED_DISCARD, "running", "discard", false));
}

static void only_what_was_lost_can_be_accepted(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "held", "forward");
    struct strv names = {0};
    struct err err = {0};
    xreplace(&row->lost, "[{\"name\": \"description\", \"text\": \"gone\"},"
                         " {\"name\": \"tags\", \"text\": \"one of two\"}]");
    strv_add(&names, "tags");
    assert_true(accept_check(row, &names, &err));
    strv_add(&names, "keys");
    assert_false(accept_check(row, &names, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    assert_non_null(strstr(err.text, "'keys'"));
    assert_non_null(strstr(err.text, "description, tags"));
    err_clear(&err);
    xreplace(&row->lost, "[]");
    assert_false(accept_check(row, &names, &err));
    assert_non_null(strstr(err.text, "another reason"));
    err_clear(&err);
    xreplace(&row->state, "running");
    assert_false(accept_check(row, &names, &err));
    assert_non_null(strstr(err.text, "running"));
    strv_clear(&names);
    move_row_free(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell),
        cmocka_unit_test(an_unknown_state_is_not_touched),
        cmocka_unit_test(what_has_begun_is_not_asked_about),
        cmocka_unit_test(only_what_was_lost_can_be_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
