/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_rest: a guest that rests is woken to be stopped, and rests again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/steps.h"

/* A source that was in this status when it was captured, and is in another by now. */
static struct scene *was_and_is(const char *was, const char *now)
{
    struct scene *s = scene_new(93);
    json_object_set_new(scene_server(s), "status", json_string(was));
    assert_int_equal(scene_capture(s), NEXT);
    json_object_set_new(scene_server(s), "status", json_string(now));
    return s;
}

static void wake(const char *was, const char *now, enum verdict expected)
{
    struct scene *s = was_and_is(was, now);
    enum verdict v = scene_judge(s, watch_source, wake_seen);
    if (v != expected)
        fail_msg("was %s, is %s: %d instead of %d", was, now, v, expected);
    scene_free(s);
}

static void only_one_that_rests_is_woken(void **state)
{
    (void)state;
    wake("ACTIVE", "ACTIVE", NEXT);
    wake("SHUTOFF", "SHUTOFF", NEXT);
    wake("PAUSED", "PAUSED", ABSENT);
    wake("SUSPENDED", "SUSPENDED", ABSENT);
    wake("PAUSED", "ACTIVE", NEXT);
    wake("SUSPENDED", "SHUTOFF", NEXT);
    wake("PAUSED", "SUSPENDED", FAIL); /* somebody works on it */
    wake("PAUSED", "ERROR", FAIL);
}

static void a_task_is_waited_for(void **state)
{
    (void)state;
    struct scene *s = was_and_is("PAUSED", "PAUSED");
    set(scene_server(s), "OS-EXT-STS:task_state", "'unpausing'");
    assert_int_equal(scene_judge(s, watch_source, wake_seen), WAIT);
    assert_int_equal(scene_judge(s, watch_source, undo_wake.seen), WAIT);
    scene_free(s);
}

static void back(const char *was, const char *now, enum verdict expected)
{
    struct scene *s = was_and_is(was, now);
    enum verdict v = scene_judge(s, watch_source, undo_wake.seen);
    if (v != expected)
        fail_msg("was %s, is %s: %d instead of %d", was, now, v, expected);
    scene_free(s);
}

static void on_the_way_back_it_rests_again(void **state)
{
    (void)state;
    back("ACTIVE", "ACTIVE", NEXT);
    back("SHUTOFF", "SHUTOFF", NEXT);
    back("PAUSED", "ACTIVE", ABSENT);
    back("PAUSED", "PAUSED", NEXT);
    back("SUSPENDED", "ACTIVE", ABSENT);
    back("SUSPENDED", "SUSPENDED", NEXT);
    back("PAUSED", "SHUTOFF", HOLD);
}

/* Before that it is started, but only what had power. */
static void on_the_way_back_it_is_started_first(void **state)
{
    (void)state;
    static const struct {
        const char *was, *now;
        enum verdict expected;
    } rows[] = {
        {"SHUTOFF", "SHUTOFF", NEXT},
        {"PAUSED", "PAUSED", NEXT}, /* it was never woken */
        {"PAUSED", "SUSPENDED", HOLD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct scene *s = was_and_is(rows[i].was, rows[i].now);
        scene_put(s, &kind_servers_by_tag, "rezone:" MOVE_ID ":target", json_array());
        scene_put(s, &kind_servers_brief, "", json_array());
        enum verdict v = scene_judge(s, undo_stop.watch, undo_stop.seen);
        if (v != rows[i].expected)
            fail_msg("was %s, is %s: %d", rows[i].was, rows[i].now, v);
        scene_free(s);
    }
}

static void each_status_has_its_request(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"PAUSED", "pause"}, {"SUSPENDED", "suspend"}, {"SHUTOFF", "os-stop"}};
    struct scene *s = scene_new(93);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct request r;
        rest_request(s->m->world->session, &r, SOURCE_ID, rows[i][0]);
        if (!strstr(r.body, rows[i][1]))
            fail_msg("%s is asked for by %s", rows[i][0], r.body);
        request_clear(&r);
    }
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_that_rests_is_woken),
        cmocka_unit_test(a_task_is_waited_for),
        cmocka_unit_test(on_the_way_back_it_rests_again),
        cmocka_unit_test(on_the_way_back_it_is_started_first),
        cmocka_unit_test(each_status_has_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
