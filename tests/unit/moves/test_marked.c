/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/marked: what is found by mark is ours, and absence is proved or not
 * claimed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"

#define TAG      "rezone:" MOVE_ID ":target"
#define OTHER_ID "aaaaaaaa-32c1-4a52-9a39-1f8f0a3b2c1d"

static void watch_images(struct move *m, struct watch *w)
{
    watch_images_by_mark(m, w);
}

static void watch_targets(struct move *m, struct watch *w)
{
    watch_targets_by_mark(m, w, false);
}

static void watch_proof(struct move *m, struct watch *w)
{
    watch_targets_by_mark(m, w, true);
}

static json_t *image(const char *id, const char *name, const char *source)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:[]}", "id", id, "name", name, "rezone",
                     MOVE_ID, "instance_uuid", source, "tags");
}

static void finds_images(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_t *named = json_array(), *found = NULL;
    json_array_append_new(named, image("i1", "rezone-" MOVE_ID, SOURCE_ID));
    json_array_append_new(named, image("i2", "users-nightly", SOURCE_ID));
    json_array_append_new(named, image("i3", "rezone-" MOVE_ID, TARGET_ID));
    json_array_append_new(named, image("i4", "rezone-" MOVE_ID, SOURCE_ID));
    scene_put(s, &kind_images_by_name, "rezone-" MOVE_ID, named);
    assert_true(images_by_mark(s->m, scene_look(s, watch_images), &found));
    assert_int_equal(json_array_size(found), 2);
    assert_string_equal(jstr(json_array_get(found, 0), "id", ""), "i1");
    assert_string_equal(jstr(json_array_get(found, 1), "id", ""), "i4");
    json_decref(found);
    found = NULL;
    scene_put(s, &kind_images_by_name, "rezone-" MOVE_ID, NULL);
    assert_false(images_by_mark(s->m, scene_look(s, watch_images), &found));
    assert_null(found);
    scene_free(s);
}

static json_t *target(const char *id)
{
    return json_pack("{s:s, s:s, s:[s]}", "id", id, "status", "ACTIVE", "tags", TAG);
}

static struct scene *with_targets(int compute)
{
    struct scene *s = scene_new(compute);
    json_t *list = json_array();
    json_array_append_new(list, target(TARGET_ID));
    json_array_append_new(list, target(SOURCE_ID)); /* never the source */
    json_array_append_new(list, parse("{'id': 'stranger', 'tags': []}"));
    assert_int_equal(scene_capture(s), NEXT);
    scene_put(s, &kind_servers_by_tag, TAG, list);
    scene_put(s, &kind_servers_brief, "", parse("[{'id': 'x'}]"));
    return s;
}

static bool find(struct scene *s, bool proof, size_t *n, bool *proved)
{
    json_t *found = NULL;
    *proved = false;
    bool whole = targets_by_mark(s->m, scene_look(s, proof ? watch_proof : watch_targets),
                                 proof, &found, proved);
    *n = json_array_size(found);
    json_decref(found);
    return whole;
}

static void finds_targets(void **state)
{
    (void)state;
    struct scene *s = with_targets(93);
    size_t n;
    bool proved;
    assert_true(find(s, false, &n, &proved));
    assert_int_equal(n, 1);
    assert_false(proved);
    assert_true(find(s, true, &n, &proved));
    assert_int_equal(n, 1);
    assert_true(proved);
    scene_free(s);
}

/* The target of a server that booted from a volume has no image; with one, a person has
 * copied the mark. */
static void knows_targets_without_an_image(void **state)
{
    (void)state;
    struct scene *s = with_targets(93);
    json_t *list = scene_doc(s, &kind_servers_by_tag, "rezone:" MOVE_ID ":target"), *one;
    size_t n, i;
    bool proved;
    set(jget(s->m->capture, "server"), "image", "''");
    json_array_foreach(list, i, one) set(one, "image", "''");
    assert_true(find(s, false, &n, &proved));
    assert_int_equal(n, 1);
    json_array_foreach(list, i, one) set(one, "image", "{'id': '" IMAGE_ID "'}");
    assert_true(find(s, false, &n, &proved));
    assert_int_equal(n, 0);
    scene_free(s);
}

/* A cell that is down drops its servers from every list that has a filter. */
static void is_not_complete_with_a_cell_down(void **state)
{
    (void)state;
    struct scene *s = with_targets(93);
    size_t n;
    bool proved;
    scene_put(s, &kind_servers_brief, "", parse("[{'id': 'x', 'status': 'UNKNOWN'}]"));
    assert_false(find(s, true, &n, &proved));
    scene_put(s, &kind_servers_brief, "", NULL);
    assert_false(find(s, true, &n, &proved));
    scene_free(s);
    s = with_targets(93);
    set(scene_server(s), "status", "'UNKNOWN'");
    assert_false(find(s, false, &n, &proved));
    scene_free(s);
    s = with_targets(93);
    scene_put(s, &kind_servers_by_tag, TAG, NULL);
    assert_false(find(s, false, &n, &proved));
    scene_free(s);
}

/* Below 2.69 no list tells of cells. */
static void has_no_proof_on_old_clouds(void **state)
{
    (void)state;
    struct scene *s = with_targets(68);
    size_t n;
    bool proved;
    assert_true(find(s, true, &n, &proved));
    assert_int_equal(n, 1);
    assert_false(proved);
    scene_put(s, &kind_server, SOURCE_ID, NULL); /* deleted: nothing better there */
    assert_true(find(s, true, &n, &proved));
    assert_false(proved);
    scene_free(s);
    s = with_targets(69);
    assert_true(find(s, true, &n, &proved));
    assert_true(proved);
    scene_free(s);
}

/* A look without proof must not ask for the list. */
static void asks_for_no_more_than_told(void **state)
{
    (void)state;
    struct scene *s = with_targets(93);
    assert_null(look_at(scene_look(s, watch_targets), &kind_servers_brief, NULL));
    assert_non_null(look_at(scene_look(s, watch_proof), &kind_servers_brief, NULL));
    scene_free(s);
}

/* After commit deleted it, the source cannot answer for the cells: the list does. */
static void does_without_a_deleted_source(void **state)
{
    (void)state;
    struct scene *s = with_targets(93);
    size_t n;
    bool proved;
    scene_put(s, &kind_server, SOURCE_ID, NULL);
    assert_true(find(s, true, &n, &proved));
    assert_int_equal(n, 1);
    assert_true(proved);
    scene_free(s);
}

/* No room for a tag: Nova ignores metadata as a filter, so that the name is asked for and
 * the metadata compared here. */
static void finds_by_metadata(void **state)
{
    (void)state;
    struct scene *s = scene_new(51);
    size_t n;
    bool proved;
    assert_int_equal(scene_capture(s), NEXT);
    scene_put(s, &kind_servers_by_name, "web1",
              parse("[{'id': 'stranger', 'metadata': {}}, {'id': 'other', 'metadata': "
                    "{'rezone': '" OTHER_ID ":target'}}, {'id': '" TARGET_ID
                    "', 'metadata': {'rezone': '" MOVE_ID ":target'}}]"));
    assert_true(find(s, false, &n, &proved));
    assert_int_equal(n, 1);
    scene_free(s);

    s = scene_new(51); /* a name that no key holds */
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    json_object_set_new(scene_server(s), "name", json_string(name));
    assert_int_equal(scene_capture(s), NEXT);
    scene_put(
        s, &kind_servers_all, "",
        parse("[{'id': '" TARGET_ID "', 'metadata': {'rezone': '" MOVE_ID ":target'}}]"));
    assert_true(find(s, false, &n, &proved));
    assert_int_equal(n, 1);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_images),
        cmocka_unit_test(finds_targets),
        cmocka_unit_test(knows_targets_without_an_image),
        cmocka_unit_test(is_not_complete_with_a_cell_down),
        cmocka_unit_test(has_no_proof_on_old_clouds),
        cmocka_unit_test(does_without_a_deleted_source),
        cmocka_unit_test(finds_by_metadata),
        cmocka_unit_test(asks_for_no_more_than_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
