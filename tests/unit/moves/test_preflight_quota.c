/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/preflight_quota and reserve: room for both servers, and for those of
 * other moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/preflight.h"

static json_t *limits(struct scene *s)
{
    return scene_doc(s, &kind_limits, "");
}

static enum verdict run(struct scene *s)
{
    if (!s->m->capture)
        assert_int_equal(scene_capture(s), NEXT);
    return scene_judge(s, preflight_watch, preflight_seen);
}

static void expect(struct scene *s, const char *word)
{
    enum verdict v = run(s);
    if (v != FAIL || s->m->err.code != ERR_QUOTA || !strstr(s->m->err.text, word))
        fail_msg("verdict %d, code %d: '%s' lacks '%s'", v, s->m->err.code,
                 s->m->err.text, word);
}

static void the_last_unit_is_enough(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(limits(s), "totalInstancesUsed", "9");
    set(limits(s), "totalCoresUsed", "19");
    set(limits(s), "totalRAMUsed", "50688");
    set(scene_doc(s, &kind_network_quota, PROJECT), "port", "2");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void refuses(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(limits(s), "totalInstancesUsed", "10");
    expect(s, "quota of instances: 1 more needed while both servers exist, 10 of 10");
    scene_free(s);
    s = scene_new(93);
    set(limits(s), "totalCoresUsed", "20");
    expect(s, "quota of cores");
    scene_free(s);
    s = scene_new(93);
    set(limits(s), "totalRAMUsed", "50689");
    expect(s, "quota of ram");
    scene_free(s);
    s = scene_new(93);
    set(scene_doc(s, &kind_network_quota, PROJECT), "port", "1");
    expect(s, "quota of ports");
    scene_free(s);
}

/* Whatever a cloud says, it is summed up without an overflow. */
static void numbers_may_be_absurd(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(limits(s), "totalInstancesUsed", "9223372036854775807");
    expect(s, "quota of instances: 1 more needed");
    scene_free(s);
}

/* Only a group that the target becomes a member of needs room, and that of its own. */
static void counts_members_of_a_group(void **state)
{
    (void)state;
    static const char *const groups[] = {
        "{'id': 'g', 'policy': 'anti-affinity', 'members': ['a', 'b']}",
        "{'id': 'g', 'policy': 'affinity', 'members': ['a', 'b']}",
    };
    for (size_t i = 0; i < 2; i++) {
        struct scene *s = scene_new(93);
        set(scene_server(s), "server_groups", "['g']");
        scene_put(s, &kind_server_group, "g", parse(groups[i]));
        json_object_set_new(s->m->options, "accept-loss", json_string("server-group"));
        set(limits(s), "maxServerGroupMembers", "2");
        if (i == 0)
            expect(s, "quota of server_group_members: 1 more needed");
        set(limits(s), "maxServerGroupMembers", i == 0 ? "3" : "2");
        assert_int_equal(run(s), NEXT);
        set(limits(s), "maxServerGroupMembers", "-1");
        assert_int_equal(run(s), NEXT);
        scene_free(s);
    }
}

/* Glance's limits are of another service, and few clouds have any. */
static void counts_images(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_image_usage, "",
              parse("{'image_count_total': {'limit': 5, 'usage': 4},"
                    "'image_size_total': {'limit': 1000, 'usage': 999}}"));
    assert_int_equal(run(s), NEXT);
    set(jget(scene_doc(s, &kind_image_usage, ""), "image_count_total"), "usage", "5");
    expect(s, "quota of images: 1 more needed while both servers exist, 5 of 5");
    scene_put(s, &kind_image_usage, "",
              parse("{'image_size_total': {'limit': 1000, 'usage': 1000}}"));
    expect(s, "quota of image size");
    scene_put(s, &kind_image_usage, "", parse("{'image_count_total': {'limit': -1}}"));
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void an_image_that_is_made_is_counted_by_the_cloud(void **state)
{
    (void)state;
    struct scene *one = scene_new(93), *two = scene_new(93);
    world_free(two->m->world);
    two->m->world = one->m->world;
    assert_int_equal(run(one), NEXT);
    scene_put(two, &kind_image_usage, "",
              parse("{'image_count_total': {'limit': 5, 'usage': 4}}"));
    expect(two, "quota of images");
    move_set_fact(one->m, "image", IMAGE_ID);
    assert_int_equal(run(two), NEXT);
    two->m->world = NULL;
    scene_free(one);
    scene_free(two);
}

static void minus_one_is_no_limit(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(limits(s), "maxTotalInstances", "-1");
    set(limits(s), "maxTotalCores", "-1");
    set(limits(s), "maxTotalRAMSize", "-1");
    set(scene_doc(s, &kind_network_quota, PROJECT), "port", "-1");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
    s = scene_new(93); /* what is not shown is not refused */
    scene_put(s, &kind_network_quota, PROJECT, NULL);
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

/* Two moves of one run: both read the same limits, with room for one. */
static void moves_share_the_room(void **state)
{
    (void)state;
    struct scene *one = scene_new(93), *two = scene_new(93);
    world_free(two->m->world);
    two->m->world = one->m->world;
    set(limits(one), "maxTotalInstances", "2");
    set(limits(two), "maxTotalInstances", "2");
    assert_int_equal(run(one), NEXT);
    assert_int_equal(run(one), NEXT); /* looked at again: not counted twice */
    expect(two, "1 promised to other moves");
    one->m->state = MOVE_FAILED; /* it takes nothing any more */
    assert_int_equal(run(two), NEXT);
    one->m->state = MOVE_PLANNED;
    one->m->walk = WALK_BACK;
    assert_int_equal(run(two), NEXT);
    one->m->walk = WALK_FORWARD;
    move_set_target(one->m, TARGET_ID); /* the cloud counts it now */
    assert_int_equal(run(two), NEXT);
    two->m->world = NULL;
    scene_free(one);
    scene_free(two);
}

static void a_refused_move_takes_nothing(void **state)
{
    (void)state;
    struct scene *one = scene_new(93), *two = scene_new(93);
    world_free(two->m->world);
    two->m->world = one->m->world;
    set(limits(two), "maxTotalInstances", "2");
    set(scene_server(one), "status", "'PAUSED'");
    assert_int_equal(run(one), FAIL);
    assert_int_equal(run(two), NEXT);
    two->m->world = NULL;
    scene_free(one);
    scene_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_unit_is_enough),
        cmocka_unit_test(refuses),
        cmocka_unit_test(numbers_may_be_absurd),
        cmocka_unit_test(minus_one_is_no_limit),
        cmocka_unit_test(moves_share_the_room),
        cmocka_unit_test(a_refused_move_takes_nothing),
        cmocka_unit_test(counts_members_of_a_group),
        cmocka_unit_test(counts_images),
        cmocka_unit_test(an_image_that_is_made_is_counted_by_the_cloud),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
