/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_commit: what is looked at before anything is deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/steps.h"

/* Moved: the target runs, the source is sealed. */
static struct scene *moved(void)
{
    struct scene *s = scene_new(93);
    char reason[MARK_SIZE];
    assert_int_equal(scene_capture(s), NEXT);
    scene_boot(s);
    set(scene_target(s), "status", "'ACTIVE'");
    set(scene_target(s), "OS-EXT-AZ:availability_zone", "'az2'");
    mark_sealed_reason(MOVE_ID, TARGET_ID, reason);
    set(scene_server(s), "status", "'SHUTOFF'");
    set(scene_server(s), "locked", "true");
    json_object_set_new(scene_server(s), "locked_reason", json_string(reason));
    s->m->walk = WALK_COMMIT;
    return s;
}

static enum verdict check(struct scene *s)
{
    const struct step *row = &commit_steps_snapshot[0];
    return scene_judge(s, row->watch, row->seen);
}

static void a_sealed_source_may_go(void **state)
{
    (void)state;
    struct scene *s = moved();
    assert_int_equal(check(s), NEXT);
    set(scene_server(s), "status", "'ACTIVE'");
    assert_int_equal(check(s), HOLD);
    assert_non_null(strstr(s->m->err.text, "somebody uses it again"));
    scene_free(s);
}

/* Nova shows what it has deleted for a moment. */
static void what_somebody_deletes_is_not_in_use(void **state)
{
    (void)state;
    struct scene *s = moved();
    set(scene_server(s), "OS-EXT-STS:task_state", "'deleting'");
    assert_int_equal(check(s), WAIT);
    set(scene_server(s), "OS-EXT-STS:task_state", "null");
    set(scene_server(s), "status",
        "'SOFT_DELETED'"); /* can be restored: a person decides */
    assert_int_equal(check(s), HOLD);
    set(scene_server(s), "status", "'DELETED'");
    assert_int_equal(check(s), NEXT);
    scene_put(s, &kind_server, SOURCE_ID, NULL);
    assert_int_equal(check(s), NEXT);
    scene_free(s);
}

/* Whatever became of the source: without the target nothing goes on. */
static void a_lost_target_holds(void **state)
{
    (void)state;
    struct scene *s = moved();
    scene_put(s, &kind_server, SOURCE_ID, NULL);
    set(scene_target(s), "status", "'ERROR'");
    assert_int_equal(check(s), HOLD);
    scene_put(s, &kind_server, TARGET_ID, NULL);
    assert_int_equal(check(s), HOLD);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_source_may_go),
        cmocka_unit_test(what_somebody_deletes_is_not_in_use),
        cmocka_unit_test(a_lost_target_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
