/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/copies and moves/volumes: what copies are made from, which volume is the
 * root, what a boot request maps. */
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
#include "moves/volumes.h"

/* Captured, with these attachments and Cinder's documents of them. */
static struct scene *with(const char *attachments, const char *volumes)
{
    struct scene *s = scene_new(93);
    AUTO_JSON json_t *docs = parse(volumes);
    size_t i;
    json_t *one;

    set(s->m->options, "volumes", "'copy'");
    scene_put(s, &kind_attachments, SOURCE_ID, parse(attachments));
    json_array_foreach(docs, i, one)
        scene_put(s, &kind_volume, jstr(one, "id", ""), json_deep_copy(one));
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

#define ATTACHED                                                                         \
    "[{'volumeId': 'v1', 'device': '/dev/vda'},"                                         \
    " {'volumeId': 'v2', 'device': '/dev/vdb', 'tag': 't'}]"
#define VOLUMES                                                                          \
    "[{'id': 'v1', 'size': 3, 'name': 'root', 'bootable': 'true', 'volume_type': "       \
    "'fast',"                                                                            \
    "  'description': 'd', 'metadata': {'a': 'b', 'attached_mode': 'rw'}, "              \
    "'availability_zone': 'az1'},"                                                       \
    " {'id': 'v2', 'size': 2, 'name': '', 'bootable': 'false', 'description': null,"     \
    "  'metadata': {}, 'availability_zone': 'az2'}]"

static void clones_into_the_zone_or_on_the_way_there(void **state)
{
    (void)state;
    struct scene *s = with(ATTACHED, VOLUMES);
    move_set_fact(s->m, FACT_COPY_ZONE, "az2");
    AUTO_JSON json_t *far = copy_by_cloning(s->m, 0), *near = copy_by_cloning(s->m, 1);
    AUTO_JSON json_t *image = copy_from_image(s->m, 0, IMAGE_ID);
    const json_t *one = jget(far, "volume");

    assert_string_equal(jstr(one, "name", ""), "rezone:" MOVE_ID ":0:clone");
    assert_string_equal(jstr(one, "source_volid", ""), "v1");
    assert_string_equal(jstr(one, "volume_type", ""), "fast");
    assert_int_equal(jint(one, "size", 0), 3);
    assert_null(jget(one, "availability_zone"));
    assert_string_equal(jstr(jget(one, "metadata"), "rezone", ""), MOVE_ID);
    assert_string_equal(jstr(jget(one, "metadata"), "rezone_of", ""), "v1");
    assert_string_equal(jstr(jget(one, "metadata"), "a", ""), "b");
    assert_null(jget(one, "metadata/attached_mode")); /* Cinder's, not the user's */
    assert_true(mark_volume_is_ours(one, MOVE_ID));

    one = jget(near, "volume");
    assert_string_equal(jstr(one, "name", ""), "rezone:" MOVE_ID ":1");
    assert_null(jget(one, "volume_type"));
    assert_null(jget(one, "description"));

    one = jget(image, "volume");
    assert_string_equal(jstr(one, "name", ""), "rezone:" MOVE_ID ":0");
    assert_string_equal(jstr(one, "imageRef", ""), IMAGE_ID);
    assert_string_equal(jstr(one, "availability_zone", ""), "az2");
    assert_null(jget(one, "source_volid"));
    scene_free(s);
}

/* With --volumes keep the root is copied where it is, and the others are taken off. */
static void copies_the_root_alone(void **state)
{
    (void)state;
    struct scene *s = with(ATTACHED, VOLUMES);
    AUTO_FREE char *root = NULL, *data = NULL;

    set(s->m->options, "volumes", "'keep'");
    assert_false(copies_volumes(s->m)); /* it has an image */
    assert_int_equal(volumes_to_free(s->m), 2);
    set(jget(s->m->capture, "server"), "image", "''");
    assert_true(copies_volumes(s->m));
    assert_true(copies_volume(s->m, 0));
    assert_false(copies_volume(s->m, 1));
    assert_false(copies_volume(s->m, 2));
    assert_false(copy_changes_zone(s->m, 0));
    assert_int_equal(volumes_to_free(s->m), 1);
    assert_int_equal(volume_to_free_at(s->m, 0), 1);
    assert_int_equal(volume_to_free_at(s->m, 1), 2);
    root = volume_now(s->m, 0);
    data = volume_now(s->m, 1);
    assert_null(root);
    assert_string_equal(data, "v2");
    scene_free(s);
}

static void gives_copies_their_own_names(void **state)
{
    (void)state;
    struct scene *s = with(ATTACHED, VOLUMES);
    const json_t *was = volume_captured(s->m, 1);
    AUTO_JSON json_t *own = copy_own_name(was), *now = copy_by_cloning(s->m, 1);
    json_t *copy = jget(now, "volume");

    assert_string_equal(copy_lacks(was, copy), "name");
    assert_string_equal(jstr(jget(own, "volume"), "name", "?"), "");
    assert_true(json_is_null(jget(own, "volume/description")));
    assert_int_equal(json_object_size(jget(own, "volume/metadata")), 0);
    json_object_update(copy, jget(own, "volume"));
    set(copy, "bootable", "'true'");
    assert_string_equal(copy_lacks(was, copy), "bootable");
    set(copy, "bootable", "'false'");
    assert_null(copy_lacks(was, copy));
    scene_free(s);
}

static void tells_a_copy_that_is_not_whole(void **state)
{
    (void)state;
    static const struct {
        const char *key, *json, *word;
    } rows[] = {
        {"size", "2", "2 GB instead of 3"},
        {"encrypted", "true", "is encrypted"},
        {"volume_type", "'slow'", "type 'slow'"},
        {"availability_zone", "'az9'", "zone 'az9', not 'az2'"},
    };
    struct scene *s = with(ATTACHED, VOLUMES);

    move_set_fact(s->m, FACT_COPY_ZONE, "az2");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_JSON json_t *now = json_deep_copy(volume_captured(s->m, 0));
        struct err err = {0};

        set(now, "availability_zone", "'az2'");
        assert_true(copy_is_whole(s->m, 0, now, &err));
        set(now, rows[i].key, rows[i].json);
        assert_false(copy_is_whole(s->m, 0, now, &err));
        assert_non_null(strstr(err.text, rows[i].word));
    }
    scene_free(s);
}

static void only_name_and_metadata_together_make_it_ours(void **state)
{
    (void)state;
    static const struct {
        const char *doc;
        bool is;
    } rows[] = {
        {"{'name': 'rezone:" MOVE_ID ":0', 'metadata': {'rezone': '" MOVE_ID "'}}", true},
        {"{'name': 'rezone:" MOVE_ID ":0', 'metadata': {}}", false},
        {"{'name': 'data', 'metadata': {'rezone': '" MOVE_ID "'}}", false},
        {"{'name': 'rezone:" MOVE_ID ":x', 'metadata': {'rezone': '" MOVE_ID "'}}",
         false},
        {"{'name': 'rezone:" MOVE_ID ":0:copy', 'metadata': {'rezone': '" MOVE_ID "'}}",
         false},
        {"{'name': 'rezone:" SOURCE_ID ":0', 'metadata': {'rezone': '" SOURCE_ID "'}}",
         false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_JSON json_t *doc = parse(rows[i].doc);

        assert_int_equal(mark_volume_is_ours(doc, MOVE_ID), rows[i].is);
    }
    AUTO_JSON json_t *image = parse("{'name': 'rezone-" MOVE_ID "-0'}");
    assert_true(mark_upload_is_ours(image, MOVE_ID));
    set(image, "instance_uuid", "'s'");
    assert_false(mark_upload_is_ours(image, MOVE_ID));
}

static struct scene *booted(const char *attachments, const char *volumes)
{
    struct scene *s = with(attachments, volumes);

    set(jget(s->m->capture, "server"), "image", "''");
    return s;
}

static void knows_the_root_or_says_nothing(void **state)
{
    (void)state;
    struct scene *s = with(ATTACHED, VOLUMES);

    assert_false(is_volume_booted(s->m));
    assert_int_equal(volume_root(s->m), 2);
    scene_free(s);

    s = booted(ATTACHED, VOLUMES);
    assert_true(is_volume_booted(s->m));
    assert_int_equal(volume_root(s->m), 0);
    /* An administrator is told. */
    set(jget(s->m->capture, "server"), "OS-EXT-SRV-ATTR:root_device_name", "'/dev/vdb'");
    assert_int_equal(volume_root(s->m), 1);
    scene_free(s);

    s = booted("[{'volumeId': 'v1', 'device': '/dev/vda'},"
               " {'volumeId': 'v2', 'device': '/dev/sda'}]",
               "[{'id': 'v1', 'bootable': 'true'}, {'id': 'v2', 'bootable': 'true'}]");
    assert_int_equal(volume_root(s->m), 2);
    scene_free(s);
}

static void boots_with_copies_alone(void **state)
{
    (void)state;
    struct scene *s = booted(ATTACHED, VOLUMES);

    assert_false(volumes_are_known(s->m));
    copy_set_id(s->m, 1, COPY_MADE, "c2");
    assert_false(volumes_are_known(s->m));
    copy_set_id(s->m, 0, COPY_MADE, "c1");
    assert_true(volumes_are_known(s->m));
    assert_true(copy_is_known(s->m, "c2"));
    assert_false(copy_is_known(s->m, "v2"));
    AUTO_JSON json_t *map = volumes_to_boot_with(s->m, NULL);
    AUTO_JSON json_t *wanted =
        parse("[{'uuid': 'c1', 'source_type': 'volume', 'destination_type': 'volume',"
              "  'boot_index': 0, 'delete_on_termination': false},"
              " {'uuid': 'c2', 'source_type': 'volume', 'destination_type': 'volume',"
              "  'boot_index': -1, 'delete_on_termination': false, 'tag': 't'}]");
    assert_true(json_equal(map, wanted));
    scene_free(s);
}

static void reads_the_flag_where_it_is_shown(void **state)
{
    (void)state;
    struct scene *s = with(ATTACHED, VOLUMES);

    assert_false(volume_goes_too(s->m, 0));
    set(jget(s->m->capture, "server"), "os-extended-volumes:volumes_attached",
        "[{'id': 'v1', 'delete_on_termination': true}, {'id': 'v2'}]");
    assert_true(volume_goes_too(s->m, 0));
    assert_false(volume_goes_too(s->m, 1));
    set(json_array_get(jget(s->m->capture, "attachments"), 0), "delete_on_termination",
        "false");
    assert_false(volume_goes_too(s->m, 0));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clones_into_the_zone_or_on_the_way_there),
        cmocka_unit_test(copies_the_root_alone),
        cmocka_unit_test(gives_copies_their_own_names),
        cmocka_unit_test(tells_a_copy_that_is_not_whole),
        cmocka_unit_test(only_name_and_metadata_together_make_it_ours),
        cmocka_unit_test(knows_the_root_or_says_nothing),
        cmocka_unit_test(boots_with_copies_alone),
        cmocka_unit_test(reads_the_flag_where_it_is_shown),
    };

    return cmocka_run_group_tests_name("moves/copies", tests, NULL, NULL);
}
