/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_copy: what rows of copies make of what they see, and what of it is
 * deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/json.h"
#include "fixture.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/steps.h"

#define ORIGINAL "{'id': 'v1', 'status': 'in-use', 'size': 1, 'availability_zone': 'az1'}"
#define MARKED(id, name, status)                                                         \
    "{'id': '" id "', 'name': 'rezone:" MOVE_ID ":" name "', 'status': '" status         \
    "', 'metadata': {'rezone': '" MOVE_ID "'}, 'attachments': []}"

/* Captured with one volume, which is copied into another zone; marked: Cinder's list. */
static struct scene *with(const char *marked)
{
    struct scene *s = scene_new(93);
    AUTO_JSON json_t *list = parse(marked);
    size_t i;
    json_t *one;

    set(s->m->options, "volumes", "'copy'");
    scene_put(s, &kind_attachments, SOURCE_ID, parse("[{'volumeId': 'v1'}]"));
    scene_put(s, &kind_volume, "v1", parse(ORIGINAL));
    assert_int_equal(scene_capture(s), NEXT);
    move_set_fact(s->m, FACT_COPY_ZONE, "az2");
    scene_put(s, &kind_volumes_marked, MOVE_ID, json_incref(list));
    json_array_foreach(list, i, one)
        scene_put(s, &kind_volume, jstr(one, "id", ""), json_incref(one));
    scene_put(s, &kind_uploads, MOVE_ID " 1", json_array());
    return s;
}

static void expect_act(struct scene *s, const char *act)
{
    if (!text_eq(move_fact(s->m, FACT_ACT), act))
        fail_msg("the act is '%s', not '%s'", move_fact(s->m, FACT_ACT), act);
}

static void a_clone_is_asked_for_once(void **state)
{
    (void)state;
    struct scene *s = with("[]");
    AUTO_FREE char *id = NULL;

    assert_int_equal(scene_judge(s, clone_watch, clone_seen), ABSENT);
    set(scene_doc(s, &kind_volume, "v1"), "status", "'available'");
    assert_int_equal(scene_judge(s, clone_watch, clone_seen), FAIL);
    scene_free(s);

    s = with("[" MARKED("c", "0:clone", "creating") "]");
    assert_int_equal(scene_judge(s, clone_watch, clone_seen), AGAIN);
    id = copy_id(s->m, 0, COPY_CLONE);
    assert_string_equal(id, "c");
    s->m->item = 1;
    assert_int_equal(scene_judge(s, clone_watch, clone_seen), NEXT);
    scene_free(s);
}

/* Cinder could make no volume of an image that says whether it was signed. */
static void a_clone_forgets_its_signature(void **state)
{
    (void)state;
    struct scene *s = with("[" MARKED("c", "0:clone", "creating") "]");
    struct request r;
    struct err err = {0};

    assert_int_equal(scene_judge(s, forget_watch, forget_seen), AGAIN); /* no clone */
    copy_set_id(s->m, 0, COPY_CLONE, "c");
    assert_int_equal(scene_judge(s, forget_watch, forget_seen), WAIT);
    set(scene_doc(s, &kind_volume, "c"), "status", "'available'");
    assert_int_equal(scene_judge(s, forget_watch, forget_seen), AGAIN); /* never noted */
    set(scene_doc(s, &kind_volume, "c"), "volume_image_metadata",
        "{'signature_verified': 'False', 'hw_disk_bus': 'scsi'}");
    assert_int_equal(scene_judge(s, forget_watch, forget_seen), ABSENT);
    assert_true(forget_ask(s->m, &r, &err));
    assert_true(text_ends(r.url, "/volumes/c/action"));
    assert_string_equal(r.body,
                        "{\"os-unset_image_metadata\":{\"key\":\"signature_verified\"}}");
    request_clear(&r);
    set(scene_doc(s, &kind_volume, "c"), "status", "'error'");
    assert_int_equal(scene_judge(s, forget_watch, forget_seen), AGAIN);
    s->m->item = 1;
    assert_int_equal(scene_judge(s, forget_watch, forget_seen), NEXT);
    scene_free(s);
}

static void an_upload_waits_for_its_clone(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum verdict v;
    } rows[] = {{"'creating'", WAIT}, {"'available'", ABSENT}, {"'error'", FAIL}};
    struct scene *s = with("[" MARKED("c", "0:clone", "creating") "]");

    copy_set_id(s->m, 0, COPY_CLONE, "c");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        set(scene_doc(s, &kind_volume, "c"), "status", rows[i].status);
        assert_int_equal(scene_judge(s, upload_watch, upload_seen), rows[i].v);
    }
    scene_put(s, &kind_volume, "c", NULL);
    assert_int_equal(scene_judge(s, upload_watch, upload_seen), FAIL);
    scene_free(s);
}

static void a_copy_waits_for_its_image(void **state)
{
    (void)state;
    struct scene *s = with("[]");

    copy_set_id(s->m, 0, COPY_UPLOAD, IMAGE_ID);
    scene_put(s, &kind_image, IMAGE_ID, parse("{'status': 'saving'}"));
    assert_int_equal(scene_judge(s, copy_watch, copy_seen), WAIT);
    scene_put(s, &kind_image, IMAGE_ID, parse("{'status': 'active'}"));
    assert_int_equal(scene_judge(s, copy_watch, copy_seen), ABSENT);
    scene_put(s, &kind_image, IMAGE_ID, parse("{'status': 'deleted'}"));
    assert_int_equal(scene_judge(s, copy_watch, copy_seen), FAIL);
    assert_non_null(strstr(s->m->err.text, "upload of volume v1 failed"));
    scene_free(s);
}

static enum verdict judge_undo(struct scene *s)
{
    return scene_judge(s, undo_clone.watch, undo_clone.seen);
}

static void a_copy_goes_while_its_original_is_there(void **state)
{
    (void)state;
    struct scene *s = with("[" MARKED("c", "0", "available") "]");

    assert_int_equal(judge_undo(s), ABSENT);
    expect_act(s, "delete c");
    set(scene_doc(s, &kind_volume, "v1"), "status", "'deleting'");
    assert_int_equal(judge_undo(s), AGAIN);
    assert_non_null(strstr(jstr(s->m->left, "c", ""), "only copy"));
    assert_int_equal(judge_undo(s), NEXT);
    scene_free(s);

    s = with("[" MARKED("c", "0", "available") "]");
    scene_put(s, &kind_volume, "v1", NULL);
    assert_int_equal(judge_undo(s), AGAIN);
    expect_act(s, NULL);
    scene_free(s);
}

static void the_copy_goes_before_the_clone(void **state)
{
    (void)state;
    struct scene *s = with("[" MARKED("k", "0:clone", "available") ", " //
                           MARKED("c", "0", "creating") "]");

    assert_int_equal(judge_undo(s), WAIT);
    set(scene_doc(s, &kind_volume, "c"), "status", "'available'");
    set(json_array_get(scene_doc(s, &kind_volumes_marked, MOVE_ID), 1), "status",
        "'available'");
    assert_int_equal(judge_undo(s), ABSENT);
    expect_act(s, "delete c");
    /* The undo of the copies leaves the clones, whose upload may still be under way. */
    json_array_remove(scene_doc(s, &kind_volumes_marked, MOVE_ID), 1);
    assert_int_equal(scene_judge(s, undo_copy.watch, undo_copy.seen), AGAIN);
    scene_free(s);
}

static void what_somebody_uses_is_left(void **state)
{
    (void)state;
    struct scene *s = with("[" MARKED("c", "0", "in-use") "]");

    copy_set_id(s->m, 0, COPY_MADE, "c");
    set(scene_doc(s, &kind_volume, "c"), "attachments", "[{'server_id': 's9'}]");
    assert_int_equal(judge_undo(s), AGAIN);
    assert_non_null(strstr(jstr(s->m->left, "c", ""), "s9"));
    scene_free(s);
}

/* Its marks are off by then: only the book tells. */
static void a_copy_that_has_its_own_name_goes_by_its_id(void **state)
{
    (void)state;
    struct scene *s = with("[]");

    copy_set_id(s->m, 0, COPY_MADE, "c");
    scene_put(s, &kind_volume, "c", parse("{'id': 'c', 'status': 'available'}"));
    assert_int_equal(judge_undo(s), ABSENT);
    expect_act(s, "delete c");
    scene_put(s, &kind_volume, "c", NULL);
    assert_int_equal(judge_undo(s), AGAIN);
    assert_int_equal(judge_undo(s), NEXT);
    scene_free(s);
}

static void the_sweep_keeps_what_the_target_has(void **state)
{
    (void)state;
    struct scene *s = with("[" MARKED("c", "0", "available") "]");

    copy_set_id(s->m, 0, COPY_MADE, "c");
    const struct look *look = scene_look(s, copies_sweep_watch);
    assert_int_equal(copies_sweep_seen(s->m, look, true), NEXT);
    assert_int_equal(copies_sweep_seen(s->m, look, false), ABSENT);
    expect_act(s, "delete-volume c");
    scene_free(s);
}

static void volumes_that_are_left_are_named(void **state)
{
    (void)state;
    struct scene *s = with("[]");

    set(scene_doc(s, &kind_volume, "v1"), "status", "'deleting'");
    assert_int_equal(scene_judge(s, volumes_left_watch, volumes_left_seen), NEXT);
    assert_int_equal(json_object_size(s->m->left), 0);
    set(scene_doc(s, &kind_volume, "v1"), "status", "'available'");
    assert_int_equal(scene_judge(s, volumes_left_watch, volumes_left_seen), NEXT);
    assert_non_null(strstr(jstr(s->m->left, "v1", ""), "volume v1 of the source"));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clone_is_asked_for_once),
        cmocka_unit_test(a_clone_forgets_its_signature),
        cmocka_unit_test(an_upload_waits_for_its_clone),
        cmocka_unit_test(a_copy_waits_for_its_image),
        cmocka_unit_test(a_copy_goes_while_its_original_is_there),
        cmocka_unit_test(the_copy_goes_before_the_clone),
        cmocka_unit_test(what_somebody_uses_is_left),
        cmocka_unit_test(a_copy_that_has_its_own_name_goes_by_its_id),
        cmocka_unit_test(the_sweep_keeps_what_the_target_has),
        cmocka_unit_test(volumes_that_are_left_are_named),
    };

    return cmocka_run_group_tests_name("moves/steps_copy", tests, NULL, NULL);
}
