/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/marks: what is ours is recognised, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fixture.h"
#include "moves/marks.h"

#define OTHER_ID "aaaaaaaa-32c1-4a52-9a39-1f8f0a3b2c1d"

static void spells(void **state)
{
    (void)state;
    char s[MARK_SIZE];
    mark_source_tag(MOVE_ID, s);
    assert_string_equal(s, "rezone:" MOVE_ID ":source");
    assert_true(strlen(s) <= 60); /* Nova's limit of a tag */
    mark_target_tag(MOVE_ID, s);
    assert_string_equal(s, "rezone:" MOVE_ID ":target");
    mark_source_value(MOVE_ID, s);
    assert_string_equal(s, MOVE_ID ":source");
    mark_target_value(MOVE_ID, s);
    assert_string_equal(s, MOVE_ID ":target");
    mark_image_name(MOVE_ID, s);
    assert_string_equal(s, "rezone-" MOVE_ID);
    mark_image_tag(MOVE_ID, s);
    assert_string_equal(s, "rezone:" MOVE_ID ":image");
    mark_lock_reason(MOVE_ID, s);
    assert_string_equal(s, "rezone:" MOVE_ID);
    mark_sealed_reason(MOVE_ID, TARGET_ID, s);
    assert_string_equal(s, "rezone:" MOVE_ID " moved to " TARGET_ID);
}

static void cuts_the_sealed_name(void **state)
{
    (void)state;
    AUTO_FREE char *plain = mark_sealed_name("web1", MOVE_ID);
    assert_string_equal(plain, "web1-moved-5d0c7b7e");
    char name[255 * 2 + 1] = "";
    for (size_t i = 0; i < 255; i++)
        memcpy(name + 2 * i, "\xD0\xB6", 3); /* a letter of two bytes */
    AUTO_FREE char *cut = mark_sealed_name(name, MOVE_ID);
    assert_int_equal(text_chars(cut), 255);
    assert_true(text_ends(cut, "\xD0\xB6-moved-5d0c7b7e"));
}

static void knows_tags(void **state)
{
    (void)state;
    assert_true(mark_is_tag("rezone:" MOVE_ID ":source"));
    assert_true(mark_is_tag("rezone:" OTHER_ID ":target"));
    assert_false(mark_is_tag("rezone:" MOVE_ID));
    assert_false(mark_is_tag("rezone:" MOVE_ID ":"));
    assert_false(mark_is_tag("rezone:" MOVE_ID ":sources"));
    assert_false(mark_is_tag("rezone:not-an-id:source"));
    assert_false(mark_is_tag("x" MOVE_ID ":source"));
    assert_false(mark_is_tag(NULL));
    assert_true(mark_is_metadata("rezone", MOVE_ID ":target"));
    assert_false(mark_is_metadata("rezone", "mine"));
    assert_false(mark_is_metadata("other", MOVE_ID ":target"));
    assert_false(mark_is_metadata("rezone", NULL));
}

static void knows_servers(void **state)
{
    (void)state;
    AUTO_JSON json_t *none = parse("{'tags': ['x'], 'metadata': {'rezone': 'mine'}}");
    AUTO_JSON json_t *source = parse("{'tags': ['x', 'rezone:" MOVE_ID ":source']}");
    AUTO_JSON json_t *target = parse("{'metadata': {'rezone': '" MOVE_ID ":target'}}");
    AUTO_JSON json_t *other = parse("{'tags': ['rezone:" OTHER_ID ":source'],"
                                    "'metadata': {'rezone': '" OTHER_ID ":target'}}");
    assert_false(mark_server_is_source(none, MOVE_ID));
    assert_false(mark_server_is_target(none, MOVE_ID));
    assert_true(mark_server_is_source(source, MOVE_ID));
    assert_false(mark_server_is_target(source, MOVE_ID));
    assert_true(mark_server_is_target(target, MOVE_ID));
    assert_false(mark_server_is_source(target, MOVE_ID));
    assert_false(mark_server_is_source(other, MOVE_ID));
    assert_false(mark_server_is_target(other, MOVE_ID));
    assert_null(mark_other_claim(source, MOVE_ID));
    assert_null(mark_other_target(target, MOVE_ID));
    assert_null(mark_other_claim(none, MOVE_ID));
    AUTO_FREE char *claim = mark_other_claim(other, MOVE_ID);
    AUTO_FREE char *made = mark_other_target(other, MOVE_ID);
    assert_string_equal(claim, OTHER_ID);
    assert_string_equal(made, OTHER_ID);
}

/* Properties are inherited by whatever the user makes of the target. */
static void an_image_needs_all_three(void **state)
{
    (void)state;
    AUTO_JSON json_t *image = parse("{'name': 'rezone-" MOVE_ID "', 'rezone': '" MOVE_ID
                                    "', 'instance_uuid': '" SOURCE_ID "', 'tags': []}");
    assert_true(mark_image_is_ours(image, MOVE_ID, SOURCE_ID));
    assert_false(mark_image_is_ours(image, OTHER_ID, SOURCE_ID));
    assert_false(mark_image_is_ours(image, MOVE_ID, TARGET_ID));
    assert_false(mark_image_is_ours(image, MOVE_ID, NULL));
    set(image, "name", "'nightly'");
    assert_false(mark_image_is_ours(image, MOVE_ID, SOURCE_ID));
    set(image, "name", "'rezone-" MOVE_ID "'");
    json_object_del(image, "rezone");
    assert_false(mark_image_is_ours(image, MOVE_ID, SOURCE_ID));
    set(image, "tags", "['rezone:" MOVE_ID ":image']");
    assert_true(mark_image_is_ours(image, MOVE_ID, SOURCE_ID));
    json_object_del(image, "instance_uuid");
    assert_false(mark_image_is_ours(image, MOVE_ID, SOURCE_ID));
}

static void leaves_marks_out(void **state)
{
    (void)state;
    AUTO_JSON json_t *server =
        parse("{'tags': ['a', 'rezone:" OTHER_ID ":source', 'rezone:mine'],"
              "'metadata': {'k': 'v', 'rezone': '" MOVE_ID ":source'}}");
    AUTO_JSON json_t *tags = mark_tags_without(server);
    AUTO_JSON json_t *metadata = mark_metadata_without(server);
    AUTO_JSON json_t *own_tags = parse("['a', 'rezone:mine']");
    AUTO_JSON json_t *own_metadata = parse("{'k': 'v'}");
    assert_true(json_equal(tags, own_tags));
    assert_true(json_equal(metadata, own_metadata));
}

static void chooses_the_way(void **state)
{
    (void)state;
    AUTO_JSON json_t *server = parse("{'tags': []}");
    json_t *tags = json_object_get(server, "tags");
    assert_int_equal(mark_way_source(25, NULL), MARK_METADATA);
    assert_int_equal(mark_way_source(26, NULL), MARK_TAG);
    assert_int_equal(mark_way_target(51, server), MARK_METADATA);
    assert_int_equal(mark_way_target(52, server), MARK_TAG);
    for (int i = 0; i < 49; i++)
        json_array_append_new(tags, json_sprintf("t%d", i));
    assert_int_equal(mark_way_target(93, server), MARK_TAG);
    /* Our own claim does not change the answer. */
    json_array_append_new(tags, json_string("rezone:" MOVE_ID ":source"));
    assert_int_equal(mark_way_source(93, server), MARK_TAG);
    json_array_append_new(tags, json_string("t49"));
    assert_int_equal(mark_way_source(93, server), MARK_METADATA);
    assert_int_equal(mark_way_target(93, server), MARK_METADATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spells),           cmocka_unit_test(cuts_the_sealed_name),
        cmocka_unit_test(knows_tags),       cmocka_unit_test(knows_servers),
        cmocka_unit_test(leaves_marks_out), cmocka_unit_test(an_image_needs_all_three),
        cmocka_unit_test(chooses_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
