/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/preflight: zones, addresses, and how reasons are collected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/preflight.h"

static enum verdict run(struct scene *s)
{
    assert_int_equal(scene_capture(s), NEXT);
    return scene_judge(s, preflight_watch, preflight_seen);
}

static void lets_a_plain_server_pass(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(run(s), NEXT);
    assert_false(err_is_set(&s->m->err));
    assert_null(s->m->skip);
    assert_non_null(announced(s->m, "new-uuid"));
    scene_free(s);
}

/* Whole move: at most 18 reads until the first change. */
static void is_cheap(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(run(s), NEXT);
    assert_true(json_array_size(s->asked) <= 18);
    scene_free(s);
}

/* Its reads may go out while the capture is still being taken. */
static void watches_without_a_capture(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const struct look *look = scene_look(s, preflight_watch);
    assert_non_null(look_doc(look, &kind_zones, ""));
    assert_non_null(look_doc(look, &kind_limits, ""));
    scene_free(s);
}

static void refuses(struct scene *s, enum err_code code, const char *a, const char *b)
{
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), FAIL);
    assert_int_equal(s->m->err.code, code);
    assert_non_null(strstr(s->m->err.text, a));
    assert_non_null(strstr(s->m->err.text, b));
    assert_null(s->m->skip);
    assert_int_equal(json_object_size(s->m->announced), 0);
}

static void refuses_a_zone_that_is_not_there(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(scene_capture(s), NEXT);
    xreplace(&s->m->target_zone, "az9");
    refuses(s, ERR_NOTFOUND, "'az9'", "az1, az2");
    scene_free(s);
}

static void refuses_a_zone_that_is_down(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(scene_capture(s), NEXT);
    set(json_array_get(scene_doc(s, &kind_zones, ""), 1), "zoneState",
        "{'available': false}");
    refuses(s, ERR_REFUSED, "'az2' is not available", "choose one of az1");
    set(json_array_get(scene_doc(s, &kind_zones, ""), 0), "zoneState", "null");
    refuses(s, ERR_REFUSED, "'az2' is not available", "(none is available)");
    scene_free(s);
}

/* Also when much else would be in the way: nothing has to be moved. */
static void skips_who_is_there(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "OS-EXT-AZ:availability_zone", "'az2'");
    set(scene_server(s), "status", "'PAUSED'");
    json_object_clear(s->m->options);
    assert_int_equal(run(s), FAIL);
    assert_non_null(s->m->skip);
    assert_non_null(strstr(s->m->skip, "az2"));
    scene_free(s);
}

static void tells_all_reasons(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "status", "'PAUSED'");
    set(scene_port(s, 0), "allowed_address_pairs", "[{'ip_address': '10.0.0.0/8'}]");
    set(scene_doc(s, &kind_limits, ""), "totalCoresUsed", "20");
    assert_int_equal(scene_capture(s), NEXT);
    refuses(s, ERR_REFUSED, "PAUSED", "address pairs");
    refuses(s, ERR_REFUSED, "quota of cores", "; ");
    scene_free(s);
}

/* Reasons of strangers' words come to a terminal. */
static void shows_only_what_prints(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "OS-EXT-STS:task_state", "'a\\u001b[2Jb'");
    assert_int_equal(run(s), FAIL);
    assert_null(strchr(s->m->err.text, 0x1b));
    assert_non_null(strstr(s->m->err.text, "task"));
    scene_free(s);
}

static void waits_for_its_lists(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(scene_capture(s), NEXT);
    scene_put(s, &kind_limits, "", NULL);
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), WAIT);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_a_plain_server_pass),
        cmocka_unit_test(is_cheap),
        cmocka_unit_test(watches_without_a_capture),
        cmocka_unit_test(refuses_a_zone_that_is_not_there),
        cmocka_unit_test(refuses_a_zone_that_is_down),
        cmocka_unit_test(skips_who_is_there),
        cmocka_unit_test(tells_all_reasons),
        cmocka_unit_test(shows_only_what_prints),
        cmocka_unit_test(waits_for_its_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
