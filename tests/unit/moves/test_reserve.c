/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/reserve: what other moves will take, and when they have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/reserve.h"

static const struct need small = {
    .instances = 1, .cores = 2, .ram = 512, .ports = 1, .images = 1};
static const struct need large = {
    .instances = 1, .cores = 4, .ram = 8192, .ports = 2, .images = 1, .group = "g"};

static void sums_the_others(void **state)
{
    (void)state;
    struct move *a = fake_move_new(93), *b = fake_move_new(93), *c = fake_move_new(93);
    struct world *w = a->world;
    reserve(w, a, &small);
    reserve(w, b, &large);
    struct need sum = reserved_by_others(w, c);
    assert_int_equal(sum.instances, 2);
    assert_int_equal(sum.cores, 6);
    assert_int_equal(sum.ram, 8704);
    assert_int_equal(sum.ports, 3);
    assert_int_equal(sum.images, 2);
    assert_int_equal(reserved_by_others(w, a).cores, 4);
    reserve(w, b, &small); /* instead, not besides */
    assert_int_equal(reserved_by_others(w, a).cores, 2);
    fake_move_free(c);
    fake_move_free(b);
    fake_move_free(a);
}

static void counts_members_by_group(void **state)
{
    (void)state;
    struct move *a = fake_move_new(93), *b = fake_move_new(93), *c = fake_move_new(93);
    struct world *w = a->world;
    reserve(w, a, &small);
    reserve(w, b, &large);
    reserve(w, c, &large);
    assert_int_equal(reserved_in_group(w, a, "g"), 2);
    assert_int_equal(reserved_in_group(w, b, "g"), 1);
    assert_int_equal(reserved_in_group(w, a, "h"), 0);
    c->state = MOVE_UNDONE;
    assert_int_equal(reserved_in_group(w, a, "g"), 1);
    fake_move_free(c);
    fake_move_free(b);
    fake_move_free(a);
}

static void counts_only_what_the_cloud_does_not(void **state)
{
    (void)state;
    static const struct {
        enum move_state state;
        enum walk walk;
        bool counts;
    } rows[] = {
        {MOVE_PLANNED, WALK_FORWARD, true},  {MOVE_RUNNING, WALK_FORWARD, true},
        {MOVE_HELD, WALK_FORWARD, true},     {MOVE_RUNNING, WALK_BACK, false},
        {MOVE_RUNNING, WALK_DISCARD, false}, {MOVE_MOVED, WALK_FORWARD, false},
        {MOVE_UNDONE, WALK_BACK, false},     {MOVE_SKIPPED, WALK_FORWARD, false},
        {MOVE_FAILED, WALK_FORWARD, false},  {MOVE_COMMITTED, WALK_COMMIT, false},
    };
    struct move *a = fake_move_new(93), *b = fake_move_new(93);
    reserve(a->world, b, &small);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        b->state = rows[i].state;
        b->walk = rows[i].walk;
        assert_int_equal(reserved_by_others(a->world, a).instances, rows[i].counts);
    }
    b->state = MOVE_RUNNING;
    b->walk = WALK_FORWARD;
    move_set_fact(b, "image", IMAGE_ID); /* the image is there, the server not yet */
    assert_int_equal(reserved_by_others(a->world, a).images, 0);
    assert_int_equal(reserved_by_others(a->world, a).instances, 1);
    move_set_target(b, TARGET_ID);
    assert_int_equal(reserved_by_others(a->world, a).instances, 0);
    fake_move_free(b);
    fake_move_free(a);
}

/* Each volume counts until it is made, and not all of them until the first is. */
static void is_released_volume_by_volume(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    struct move *other = fake_move_new(93);
    struct need need = {.images = 2, .volumes = 4, .gigabytes = 6};
    struct need sum;

    set(s->m->options, "volumes", "'copy'");
    scene_put(s, &kind_attachments, SOURCE_ID,
              parse("[{'volumeId': 'v1'}, {'volumeId': 'v2'}]"));
    scene_put(s, &kind_volume, "v1",
              parse("{'id': 'v1', 'size': 1, 'availability_zone': 'az1'}"));
    scene_put(s, &kind_volume, "v2",
              parse("{'id': 'v2', 'size': 2, 'availability_zone': 'az1'}"));
    assert_int_equal(scene_capture(s), NEXT);
    reserve(s->m->world, s->m, &need);
    copy_set_id(s->m, 1, COPY_CLONE, "c2");
    sum = reserved_by_others(s->m->world, other);
    assert_int_equal(sum.volumes, 3);
    assert_int_equal(sum.gigabytes, 4);
    assert_int_equal(sum.images, 2);
    copy_set_id(s->m, 0, COPY_CLONE, "c1");
    copy_set_id(s->m, 1, COPY_UPLOAD, "i2");
    copy_set_id(s->m, 1, COPY_MADE, "m2");
    sum = reserved_by_others(s->m->world, other);
    assert_int_equal(sum.volumes, 1);
    assert_int_equal(sum.gigabytes, 1);
    assert_int_equal(sum.images, 1);
    fake_move_free(other);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_the_others),
        cmocka_unit_test(counts_members_by_group),
        cmocka_unit_test(counts_only_what_the_cloud_does_not),
        cmocka_unit_test(is_released_volume_by_volume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
