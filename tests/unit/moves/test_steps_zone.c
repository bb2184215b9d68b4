/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_zone: a target is unbound only where the source was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/steps.h"

static void judged(int compute, const char *source, const char *target,
                   enum verdict expected)
{
    struct scene *s = scene_new(compute);
    if (source)
        set(scene_server(s), "pinned_availability_zone", source);
    assert_int_equal(scene_capture(s), NEXT);
    scene_boot(s);
    set(scene_target(s), "pinned_availability_zone", target);
    enum verdict v = scene_judge(s, watch_target, unbind_seen);
    if (v != expected)
        fail_msg("2.%d, %s, %s: %d", compute, source ? source : "-", target, v);
    scene_free(s);
}

static void only_where_the_source_was_bound_to_none(void **state)
{
    (void)state;
    judged(104, "null", "'az2'", ABSENT);
    judged(104, "null", "null", NEXT);
    judged(104, "'az1'", "'az2'", NEXT);
    judged(103, "null", "'az2'", NEXT); /* Nova cannot let go there */
    judged(104, NULL, "'az2'", NEXT);
}

static void the_request(void **state)
{
    (void)state;
    struct scene *s = scene_new(104);
    struct request r;
    move_set_target(s->m, TARGET_ID);
    assert_true(unbind_ask(s->m, &r, NULL));
    assert_string_equal(r.method, "PUT");
    assert_non_null(strstr(r.url, TARGET_ID));
    assert_non_null(strstr(r.body, "\"pinned_availability_zone\":null"));
    request_clear(&r);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_where_the_source_was_bound_to_none),
        cmocka_unit_test(the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
