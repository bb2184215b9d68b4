/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/unfinished: who serves, since when nobody does, and what may be typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/unfinished.h"
#include "rows.h"

/* Words in a sentence on this row; "!word": must not be there. */
static void expect(const struct move_row *row, const char *const *words)
{
    AUTO_FREE char *sentence = unfinished_words(row, 2000);
    for (; *words; words++) {
        bool wanted = **words != '!';
        const char *found = strstr(sentence, wanted ? *words : *words + 1);
        if ((found != NULL) != wanted)
            fail_msg("'%s' in: %s", *words, sentence);
    }
}

static void a_server_that_is_down_says_since_when(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "running", "forward");
    xreplace(&row->serving, "none");
    row->down_at = 1000;
    const char *const words[] = {"web", "DOWN since 1970-01-01T00:16:40Z (16 min 40 s)",
                                 "rezone resume " MOVE_1, "rezone discard " MOVE_1, NULL};
    assert_true(unfinished_is_down(row));
    expect(row, words);
    row->up_at = 1500;
    assert_false(unfinished_is_down(row));
    row->up_at = 0;
    xreplace(&row->state, "undone");
    assert_false(unfinished_is_down(row));
    move_row_free(row);
}

static void a_moved_one_is_committed_or_discarded(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "moved", "forward");
    xreplace(&row->serving, "target");
    row->target_server_id = xstrdup("target-id");
    const char *const words[] = {"served by the target target-id",
                                 "rezone commit " MOVE_1, "rezone discard " MOVE_1,
                                 "!rezone resume", NULL};
    expect(row, words);
    move_row_free(row);
}

static void only_what_is_allowed_is_offered(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "running", "commit");
    const char *const commit[] = {"rezone resume", "commit", "!rezone discard", NULL};
    expect(row, commit);
    xreplace(&row->state, "held");
    expect(row, commit);
    row->step = xstrdup("commit-unmark");
    expect(row, commit);
    const char *const early[] = {"rezone resume", "rezone discard " MOVE_1,
                                 "as long as nothing is deleted", NULL};
    xreplace(&row->step, "commit-check");
    expect(row, early);
    xreplace(&row->step, "commit-delete");
    expect(row, early);
    xreplace(&row->walk, "back");
    xreplace(&row->state, "running");
    const char *const back[] = {"rezone resume", "goes on with the way back",
                                "!rezone discard", NULL};
    expect(row, back);
    xreplace(&row->state, "planned");
    xreplace(&row->walk, NULL);
    const char *const planned[] = {"nothing is changed", "rezone resume",
                                   "rezone discard", NULL};
    expect(row, planned);
    move_row_free(row);
}

static void a_held_one_says_why(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "held", "forward");
    row->held_reason = xstrdup("two targets");
    xreplace(&row->serving, "both");
    const char *const words[] = {"held: two targets", "BOTH", "rezone resume",
                                 "rezone discard", NULL};
    expect(row, words);
    move_row_free(row);
}

static void what_is_over_is_not_unfinished(void **state)
{
    (void)state;
    static const char *const over[] = {"committed", "undone", "skipped", "failed"};
    for (size_t i = 0; i < 4; i++) {
        struct move_row *row = row_of(MOVE_1, RUN_1, over[i], "forward");
        assert_false(unfinished_is(row));
        move_row_free(row);
    }
}

static void a_stop_that_was_asked_for_may_have_come(void **state)
{
    (void)state;
    struct move_row *row = row_of(MOVE_1, RUN_1, "running", "forward");
    xreplace(&row->serving, "none");
    row->step = xstrdup("stop");
    row->down_at = 1000;
    const char *const perhaps[] = {"may be DOWN since", NULL};
    expect(row, perhaps);
    xreplace(&row->step, "snapshot");
    const char *const surely[] = {"!may be", "DOWN since", NULL};
    expect(row, surely);
    move_row_free(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_is_down_says_since_when),
        cmocka_unit_test(a_moved_one_is_committed_or_discarded),
        cmocka_unit_test(only_what_is_allowed_is_offered),
        cmocka_unit_test(a_held_one_says_why),
        cmocka_unit_test(what_is_over_is_not_unfinished),
        cmocka_unit_test(a_stop_that_was_asked_for_may_have_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
