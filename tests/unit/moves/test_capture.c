/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/capture: two rounds of looks, one document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "fixture.h"
#include "moves/capture.h"
#include "moves/kinds.h"

static bool was_asked(const struct scene *s, const char *kind)
{
    size_t i;
    json_t *one;
    json_array_foreach(s->asked, i, one)
    {
        if (text_starts(json_string_value(one), kind))
            return true;
    }
    return false;
}

static void captures(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(scene_capture(s), NEXT);
    const json_t *c = s->m->capture;
    assert_int_equal(jint(c, "compute", 0), 93);
    assert_string_equal(jstr(c, "flavor_id", ""), FLAVOR_ID);
    assert_string_equal(jstr(jget(c, "flavor"), "name", ""), "m1.tiny");
    assert_string_equal(jstr(jget(c, "image"), "id", ""), IMAGE_ID);
    assert_true(jbool(c, "keypair", false));
    assert_true(jbool(c, "nic_order_known", false));
    assert_string_equal(jstr(c, "last_action", ""), "req-1");
    assert_true(json_is_null(jget(c, "locked_by")));
    assert_int_equal(json_array_size(jget(c, "nics")), 1);
    assert_int_equal(json_array_size(jget(c, "networks")), 1);
    assert_int_equal(json_array_size(jget(c, "floating_ips")), 0);
    assert_string_equal(json_string_value(json_array_get(jget(c, "groups"), 0)), GROUP);
    assert_true(json_equal(jget(c, "server"), scene_server(s)));
    assert_string_equal(s->m->name, "web1");
    assert_string_equal(s->m->source_zone, "az1");
    assert_int_equal(s->m->serving, SERVING_SOURCE);
    /* The draft of the first round is not kept. */
    assert_int_equal(json_object_size(s->m->facts), 1);
    assert_string_equal(move_fact(s->m, FACT_SOURCE_HOST),
                        jstr(scene_server(s), "hostId", "-"));
    assert_true(captured_running(s->m));
    assert_false(captured_locked(s->m));
    assert_null(captured_lock_reason(s->m));
    scene_free(s);
}

static void is_cheap(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(scene_capture(s), NEXT);
    assert_true(json_array_size(s->asked) <= 12);
    /* A capture that is there asks for nothing more. */
    json_array_clear(s->asked);
    assert_int_equal(scene_judge(s, capture_watch, capture_seen), NEXT);
    assert_int_equal(json_array_size(s->asked), 0);
    scene_free(s);
}

static void knows_versions(void **state)
{
    (void)state;
    struct scene *s = scene_new(1);
    set(scene_server(s), "flavor", "{'id': '" FLAVOR_ID "'}");
    json_object_del(scene_server(s), "server_groups");
    scene_put(s, &kind_flavor_specs, FLAVOR_ID, parse("{'hw:mem_page_size': 'large'}"));
    scene_put(s, &kind_server_groups, "",
              parse("[{'id': 'g1', 'name': 'n', 'members': ['x']},"
                    "{'id': 'g2', 'name': 'n', 'policies': ['affinity'],"
                    "'members': ['x', '" SOURCE_ID "']}]"));
    assert_int_equal(scene_capture(s), NEXT);
    assert_false(was_asked(s, "server at 2.46"));
    assert_false(was_asked(s, "shares"));
    assert_string_equal(jstr(s->m->capture, "flavor_id", ""), FLAVOR_ID);
    assert_non_null(jget(jget(s->m->capture, "flavor_specs"), "hw:mem_page_size"));
    const json_t *groups = jget(s->m->capture, "server_groups");
    assert_int_equal(json_array_size(groups), 1);
    assert_string_equal(jstr(json_array_get(groups, 0), "id", ""), "g2");
    assert_string_equal(jstr(json_array_get(groups, 0), "policy", ""), "affinity");
    scene_free(s);

    s = scene_new(
        71); /* it names its group, whose policy is looked up, where it may be */
    set(scene_server(s), "server_groups", "['g3', 'g4']");
    scene_put(
        s, &kind_server_group, "g3",
        parse("{'id': 'g3', 'name': 'n', 'policy': 'soft-affinity', 'members': []}"));
    assert_int_equal(scene_capture(s), NEXT);
    groups = jget(s->m->capture, "server_groups");
    assert_int_equal(json_array_size(groups), 2);
    assert_string_equal(jstr(json_array_get(groups, 0), "policy", ""), "soft-affinity");
    assert_string_equal(jstr(json_array_get(groups, 1), "id", ""), "g4");
    assert_true(json_is_null(jget(json_array_get(groups, 1), "policy")));
    scene_free(s);

    s = scene_new(97);
    scene_put(s, &kind_shares, SOURCE_ID, parse("[{'share_id': 'x'}]"));
    assert_int_equal(scene_capture(s), NEXT);
    assert_int_equal(json_array_size(jget(s->m->capture, "shares")), 1);
    scene_free(s);
}

/* What the account may not see is null, not empty. */
static void tells_unknown_from_none(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_object_del(scene_server(s), "server_groups");
    json_object_del(jget(scene_server(s), "flavor"), "extra_specs");
    json_object_del(scene_doc(s, &kind_flavor, FLAVOR_ID), "extra_specs");
    scene_put(s, &kind_image, IMAGE_ID, NULL);
    assert_int_equal(scene_capture(s), NEXT);
    assert_true(json_is_null(jget(s->m->capture, "server_groups")));
    assert_true(json_is_null(jget(s->m->capture, "flavor_specs")));
    assert_true(json_is_null(jget(s->m->capture, "image")));
    scene_free(s);
}

static void a_key_pair_is_the_callers_or_none(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "user_id", "'another'");
    assert_int_equal(scene_capture(s), NEXT);
    assert_false(jbool(s->m->capture, "keypair", true));
    assert_false(was_asked(s, "key pair"));
    scene_free(s);

    s = scene_new(93);
    scene_put(s, &kind_keypair, "key", NULL);
    assert_int_equal(scene_capture(s), NEXT);
    assert_false(jbool(s->m->capture, "keypair", true));
    scene_free(s);
}

static void knows_who_locked(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "locked", "true");
    set(scene_server(s), "locked_reason", "'backup'");
    scene_put(s, &kind_actions, SOURCE_ID,
              parse("[{'action': 'reboot', 'request_id': 'req-9', 'project_id': 'a'},"
                    "{'action': 'lock', 'request_id': 'req-8', 'project_id': 'p2',"
                    " 'user_id': 'u2'}, {'action': 'unlock', 'request_id': 'req-7',"
                    " 'project_id': 'p1'}]"));
    assert_int_equal(scene_capture(s), NEXT);
    assert_string_equal(jstr(jget(s->m->capture, "locked_by"), "project_id", ""), "p2");
    assert_string_equal(jstr(jget(s->m->capture, "locked_by"), "user_id", ""), "u2");
    assert_string_equal(jstr(s->m->capture, "last_action", ""), "req-9");
    assert_true(captured_locked(s->m));
    assert_string_equal(captured_lock_reason(s->m), "backup");
    scene_free(s);
}

static void fails_without_a_server(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_server, SOURCE_ID, NULL);
    assert_int_equal(scene_capture(s), FAIL);
    assert_int_equal(s->m->err.code, ERR_NOTFOUND);
    assert_null(s->m->capture);
    scene_free(s);
}

/* A cell that is down gives a server with nearly nothing in it. */
static void fails_on_a_part_of_a_server(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_server, SOURCE_ID,
              parse("{'id': '" SOURCE_ID "', 'status': 'UNKNOWN', 'tenant_id': 'x'}"));
    assert_int_equal(scene_capture(s), FAIL);
    assert_int_equal(s->m->err.code, ERR_REFUSED);
    assert_non_null(strstr(s->m->err.text, "cell"));
    scene_free(s);
}

static void waits_for_a_list_that_is_not_there(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_floating_ips, PORT_A, NULL);
    assert_int_equal(scene_capture(s), WAIT);
    assert_null(s->m->capture);
    scene_free(s);
}

/* Killed between the rounds: the row begins again, with the first one. */
static void begins_again_after_a_crash(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    assert_int_equal(scene_judge(s, capture_watch, capture_seen), AGAIN);
    set(scene_server(s), "name", "'web2'");
    assert_int_equal(scene_capture(s), NEXT);
    assert_string_equal(jstr(captured_server(s->m), "name", ""), "web2");
    scene_free(s);
}

/* Keys of strangers may be longer than a subject holds. */
static void survives_long_keys(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    char name[256];
    memset(name, 'k', 255);
    name[255] = '\0';
    json_object_set_new(scene_server(s), "key_name", json_string(name));
    assert_int_equal(scene_capture(s), NEXT);
    assert_false(jbool(s->m->capture, "keypair", true));
    scene_free(s);

    s = scene_new(93);
    json_object_set_new(jget(scene_doc(s, &kind_server_246, SOURCE_ID), "flavor"), "id",
                        json_string(name));
    assert_int_equal(scene_capture(s), FAIL);
    assert_int_equal(s->m->err.code, ERR_REFUSED);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures),
        cmocka_unit_test(is_cheap),
        cmocka_unit_test(knows_versions),
        cmocka_unit_test(tells_unknown_from_none),
        cmocka_unit_test(a_key_pair_is_the_callers_or_none),
        cmocka_unit_test(knows_who_locked),
        cmocka_unit_test(fails_without_a_server),
        cmocka_unit_test(fails_on_a_part_of_a_server),
        cmocka_unit_test(waits_for_a_list_that_is_not_there),
        cmocka_unit_test(begins_again_after_a_crash),
        cmocka_unit_test(survives_long_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
