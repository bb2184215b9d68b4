/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_target: what must be seen of a target before it is deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cloud/json.h"
#include "fixture.h"
#include "moves/kinds.h"
#include "moves/steps.h"

/* A target beside a source that was captured with these attachments. */
static struct scene *with(const char *attachments)
{
    struct scene *s = scene_new(93);
    scene_put(s, &kind_attachments, SOURCE_ID, parse(attachments));
    scene_put(s, &kind_volume, "v1",
              parse("{'id': 'v1', 'status': 'in-use', 'size': 1,"
                    " 'availability_zone': 'az1'}"));
    assert_int_equal(scene_capture(s), NEXT);
    scene_boot(s);
    scene_put(s, &kind_servers_by_tag, "rezone:" MOVE_ID ":target", json_array());
    scene_put(s, &kind_servers_brief, "", json_array());
    return s;
}

static enum verdict judge_undo(struct scene *s)
{
    return scene_judge(s, undo_boot.watch, undo_boot.seen);
}

static bool may_be_asked(struct scene *s, struct err *err)
{
    return undo_boot.guard(s->m, scene_look(s, undo_boot.watch), err);
}

static void its_volumes_are_seen_before_it_goes(void **state)
{
    (void)state;
    struct scene *s = with("[{'volumeId': 'v1'}]");
    struct err err = {0};

    assert_int_equal(judge_undo(s), RETRY); /* the cloud refuses to show them */
    assert_non_null(strstr(s->m->err.text, "cannot be seen"));
    scene_put(s, &kind_attachments_if_there, TARGET_ID, parse("[{'volumeId': 'v1'}]"));
    assert_int_equal(judge_undo(s), ABSENT);
    assert_true(may_be_asked(s, &err));
    scene_put(s, &kind_attachments_if_there, TARGET_ID,
              parse("[{'volumeId': 'v1', 'delete_on_termination': true}]"));
    assert_false(may_be_asked(s, &err));
    assert_non_null(strstr(err.text, "v1 would be deleted"));
    scene_free(s);
}

static void where_there_are_none_nothing_is_looked_at(void **state)
{
    (void)state;
    struct scene *s = with("[]");
    assert_int_equal(judge_undo(s), ABSENT);
    assert_null(
        look_at(scene_look(s, undo_boot.watch), &kind_attachments_if_there, NULL));
    scene_free(s);
}

/* Of each network as many ports as the source had are the move's. */
static void what_was_added_since_holds_a_discard(void **state)
{
    (void)state;
    struct scene *s = with("[]");
    json_t *ports = scene_doc(s, &kind_ports_of, TARGET_ID);
    const char *project = session_project_id(s->m->world->session);

    s->m->walk = WALK_DISCARD;
    scene_put(s, &kind_forwardings, project, json_array());
    assert_int_equal(judge_undo(s), ABSENT);
    json_array_append_new(
        ports, parse("{'id': 'more', 'network_id': '" NET_B "', 'created_at': 'z'}"));
    assert_int_equal(judge_undo(s), HOLD);
    assert_non_null(strstr(s->m->err.text, "port more;"));
    move_set_fact(s->m, FACT_ACT, NULL);
    s->m->walk = WALK_BACK; /* of a boot that failed: nobody gave it anything */
    assert_int_equal(judge_undo(s), ABSENT);
    s->m->walk = WALK_DISCARD;
    move_set_fact(s->m, FACT_ACT, NULL);
    json_array_remove(ports, json_array_size(ports) - 1);
    scene_put(s, &kind_forwardings, project,
              json_pack("[{s:s, s:s, s:s}]", "id", "f", "floating_ip_address",
                        "203.0.113.9", "port_id",
                        jstr(json_array_get(ports, 0), "id", "")));
    assert_int_equal(judge_undo(s), HOLD);
    assert_non_null(strstr(s->m->err.text, "floating IP 203.0.113.9"));
    scene_put(s, &kind_forwardings, project, NULL); /* no routers here */
    assert_int_equal(judge_undo(s), ABSENT);
    scene_free(s);
}

/* Others still name it for a moment: its id is kept. */
static void the_target_that_went_is_remembered(void **state)
{
    (void)state;
    struct scene *s = with("[]");

    assert_true(is_our_target(s->m, TARGET_ID));
    assert_false(is_our_target(s->m, SOURCE_ID));
    scene_put(s, &kind_server, TARGET_ID, NULL);
    assert_int_equal(judge_undo(s), NEXT);
    assert_null(move_target_id(s->m));
    assert_true(is_our_target(s->m, TARGET_ID));
    assert_int_equal(judge_undo(s), NEXT); /* looked at again: still known */
    assert_true(is_our_target(s->m, TARGET_ID));
    assert_false(is_our_target(s->m, SOURCE_ID));
    assert_false(is_our_target(s->m, ""));
    assert_false(is_our_target(s->m, NULL));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_volumes_are_seen_before_it_goes),
        cmocka_unit_test(where_there_are_none_nothing_is_looked_at),
        cmocka_unit_test(what_was_added_since_holds_a_discard),
        cmocka_unit_test(the_target_that_went_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
