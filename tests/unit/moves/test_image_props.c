/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/image_props: what is compared, and when nothing can be known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/difference.h"
#include "moves/image_props.h"
#include "moves/kinds.h"
#include "moves/steps.h"

#define SNAPSHOT "99999999-aaaa-4aaa-8aaa-000000000009"

/* The differences, as one text, of what the source's images and servers show. */
struct shown {
    const char *base, *snapshot; /* members of images, below 2.98 */
    const char *source, *target; /* properties of the servers, from 2.98 on */
    const char *changed;         /* the base's last change */
};

static void expect(const struct shown *shown, const char *expected)
{
    struct scene *s = scene_new(shown->source ? 98 : 93);
    if (shown->source) {
        set(scene_server(s), "image", "{'id': '" IMAGE_ID "'}");
        set(jget(scene_server(s), "image"), "properties", shown->source);
    } else {
        scene_put(s, &kind_image, IMAGE_ID, parse(shown->base));
        json_object_set_new(scene_doc(s, &kind_image, IMAGE_ID), "updated_at",
                            json_string(shown->changed));
        scene_put(s, &kind_image, SNAPSHOT, parse(shown->snapshot));
    }
    assert_int_equal(scene_capture(s), NEXT);
    move_set_fact(s->m, FACT_IMAGE, SNAPSHOT);
    json_t *target = json_deep_copy(scene_server(s));
    if (shown->target)
        set(jget(target, "image"), "properties", shown->target);
    struct vec all = {0}, differ = {0};
    const struct look *look = scene_look(s, image_props_watch);
    assert_true(image_props_are_seen(s->m, look));
    image_props_differences(s->m, target, look, &all);
    differences_of(&all, &differ);
    const struct difference *d = differ.len > 0 ? differ.at[0] : NULL;
    if (expected ? !d || strcmp(d->text, expected) != 0 : d != NULL)
        fail_msg("'%s' instead of '%s'", d ? d->text : "(nothing)",
                 expected ? expected : "(nothing)");
    if (d)
        assert_string_equal(d->name, "image-properties");
    vec_clear(&differ, difference_free);
    vec_clear(&all, compared_free);
    json_decref(target);
    scene_free(s);
}

/* The server of the fixture was made at 10:00:00. */
#define BEFORE "2026-11-20T09:59:59Z"
#define AFTER  "2026-11-20T10:00:01Z"

static void servers_that_show_them(void **state)
{
    (void)state;
    struct shown s = {.source = "{'hw_a': '1', 'os_b': '2'}"};
    s.target = "{'hw_a': '1', 'os_b': '2', 'img_c': '3'}";
    expect(&s, NULL);
    s.target = "{'hw_a': '1'}";
    expect(&s, "'os_b' is missing");
    s.target = "{'hw_a': '2', 'os_b': '2'}";
    expect(&s, "'hw_a' is another");
    s.target = "{'hw_a': '1', 'os_b': '2', 'hw_c': '3'}"; /* which its host noted */
    expect(&s, NULL);
}

static void images_where_they_do_not(void **state)
{
    (void)state;
    struct shown s = {.base = "{'hw_a': '1', 'os_hidden': false, 'os_hash_value': 'x',"
                              "'trait:T': 'required', 'name': 'base'}",
                      .changed = BEFORE};
    s.snapshot = "{'hw_a': '1', 'os_hidden': true, 'trait:T': 'required', 'name': 'b'}";
    expect(&s, NULL);
    s.snapshot = "{'hw_a': '1'}";
    expect(&s, "'trait:T' is missing");
}

/* What the base says now need not be what the server was made with. */
static void a_base_that_changed_proves_nothing(void **state)
{
    (void)state;
    struct shown s = {.base = "{'hw_a': '1'}", .snapshot = "{}", .changed = AFTER};
    expect(&s, NULL);
    s.changed = "2026-11-20T10:00:00Z";
    expect(&s, "'hw_a' is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_that_show_them),
        cmocka_unit_test(images_where_they_do_not),
        cmocka_unit_test(a_base_that_changed_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
