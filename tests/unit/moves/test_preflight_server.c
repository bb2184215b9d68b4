/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/preflight_server: each thing of a server that would not arrive is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/preflight.h"

#define OTHER_ID "aaaaaaaa-32c1-4a52-9a39-1f8f0a3b2c1d"

/* One change of the server, and the words of the refusal that must come of it. */
struct row {
    const char *key, *json; /* member of the server */
    enum err_code code;
    const char *word;
};

static const struct row rows[] = {
    {"tenant_id", "'p2'", ERR_FORBIDDEN, "project p2"},
    {"status", "'PAUSED'", ERR_REFUSED, "'--accept-loss memory'"},
    {"status", "'SUSPENDED'", ERR_REFUSED, "it is SUSPENDED, and no snapshot holds"},
    {"status", "'RESIZE'", ERR_REFUSED, "wait until it is resized"},
    {"status", "'SHELVED'", ERR_REFUSED, "openstack server unshelve"},
    {"status", "'RESCUE'", ERR_REFUSED, "unrescue"},
    {"status", "'VERIFY_RESIZE'", ERR_REFUSED, "confirm or revert"},
    {"status", "'SHELVED_OFFLOADED'", ERR_REFUSED, "unshelve"},
    {"status", "'ERROR'", ERR_REFUSED, "ERROR"},
    {"status", "'BUILD'", ERR_REFUSED, "BUILD"},
    {"status", "'WHATEVER'", ERR_REFUSED, "only ACTIVE, SHUTOFF, PAUSED and SUSPENDED"},
    {"OS-EXT-STS:task_state", "'image_uploading'", ERR_REFUSED, "'image_uploading'"},
    {"image", "''", ERR_REFUSED, "booted from a volume"},
    {"os-extended-volumes:volumes_attached", "[{'id': 'vol-1'}]", ERR_REFUSED,
     "two lists of its volumes differ (vol-1)"},
    {"tags", "['rezone:" OTHER_ID ":source']", ERR_REFUSED, "claimed it (move " OTHER_ID},
    {"metadata", "{'rezone': '" OTHER_ID ":source'}", ERR_REFUSED, OTHER_ID},
    {"tags", "['rezone:" OTHER_ID ":target']", ERR_REFUSED, "target of move " OTHER_ID},
};

static enum verdict run(struct scene *s)
{
    assert_int_equal(scene_capture(s), NEXT);
    return scene_judge(s, preflight_watch, preflight_seen);
}

static void expect(struct scene *s, enum err_code code, const char *word)
{
    enum verdict v = run(s);
    if (v != FAIL || s->m->err.code != code || !strstr(s->m->err.text, word))
        fail_msg("verdict %d, code %d, '%s' lacks '%s'", v, s->m->err.code,
                 s->m->err.text, word);
    scene_free(s);
}

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct scene *s = scene_new(93);
        set(scene_server(s), rows[i].key, rows[i].json);
        expect(s, rows[i].code, rows[i].word);
    }
}

static void takes_both_states(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "status", "'SHUTOFF'");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static struct scene *with_volume(const char *volume)
{
    struct scene *s = scene_new(93);
    scene_put(s, &kind_attachments, SOURCE_ID, parse("[{'volumeId': 'vol-2'}]"));
    set(scene_server(s), "os-extended-volumes:volumes_attached", "[{'id': 'vol-2'}]");
    if (volume)
        scene_put(s, &kind_volume, "vol-2", parse(volume));
    return s;
}

static void takes_a_plain_volume_only(void **state)
{
    (void)state;
    struct scene *s =
        with_volume("{'id': 'vol-2', 'status': 'in-use', 'attachments': [{}],"
                    " 'availability_zone': 'az2'}");
    assert_int_equal(run(s), NEXT);
    assert_null(announced(s->m, "volume-zones"));
    scene_free(s);
    expect(with_volume(NULL), ERR_REFUSED, "vol-2 is not shown");
    expect(with_volume("{'id': 'vol-2', 'status': 'error'}"), ERR_REFUSED, "is 'error'");
    expect(with_volume("{'id': 'vol-2', 'status': 'in-use', 'multiattach': true}"),
           ERR_REFUSED, "several servers");
    expect(with_volume("{'id': 'vol-2', 'status': 'in-use', 'attachments': [{}, {}]}"),
           ERR_REFUSED, "several servers");
}

static void refuses_lists_of_volumes_that_differ(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_attachments, SOURCE_ID, parse("[{'volumeId': 'vol-2'}]"));
    scene_put(s, &kind_volume, "vol-2", parse("{'id': 'vol-2', 'status': 'in-use'}"));
    expect(s, ERR_REFUSED, "lists of its volumes differ");
}

static void refuses_shares(void **state)
{
    (void)state;
    struct scene *s = scene_new(97);
    scene_put(s, &kind_shares, SOURCE_ID, parse("[{'share_id': 'x'}]"));
    expect(s, ERR_REFUSED, "shares");
}

static struct scene *locked(const char *project, const char *reason)
{
    struct scene *s = scene_new(93);
    set(scene_server(s), "locked", "true");
    json_object_set_new(scene_server(s), "locked_reason",
                        reason ? json_string(reason) : json_null());
    scene_put(s, &kind_actions, SOURCE_ID,
              json_pack("[{s:s, s:s, s:s, s:s}]", "action", "lock", "request_id", "req-2",
                        "user_id", "boss", "project_id", project));
    return s;
}

static void opens_only_our_projects_lock(void **state)
{
    (void)state;
    struct scene *s = locked(PROJECT, "backup");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
    expect(locked("p2", NULL), ERR_FORBIDDEN, "user boss of project p2");
    expect(locked("p2", "do not touch"), ERR_FORBIDDEN, "do not touch");
    /* An administrator may open it. */
    s = locked("p2", NULL);
    s->m->world->session->admin = true;
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void refuses_the_lock_of_another_rezone(void **state)
{
    (void)state;
    expect(locked(PROJECT, "rezone:" OTHER_ID " moved to x"), ERR_REFUSED, OTHER_ID);
    struct scene *s = locked(PROJECT, "rezone:" MOVE_ID);
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void fill(json_t *server, const char *key, int n)
{
    json_t *tags = json_array(), *metadata = json_object();
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof(name), "k%d", i);
        json_array_append_new(tags, json_string(name));
        json_object_set_new(metadata, name, json_string("v"));
    }
    json_object_set(server, key, strcmp(key, "tags") == 0 ? tags : metadata);
    json_decref(tags);
    json_decref(metadata);
}

static void needs_room_for_a_mark(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    fill(scene_server(s), "tags", 50);
    fill(scene_server(s), "metadata", 127);
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(93);
    fill(scene_server(s), "tags", 50);
    fill(scene_server(s), "metadata", 128);
    expect(s, ERR_REFUSED, "room for our mark");

    s = scene_new(93); /* with tags there is room enough */
    fill(scene_server(s), "metadata", 128);
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(93); /* the user has a key of that name */
    fill(scene_server(s), "tags", 50);
    set(scene_server(s), "metadata", "{'rezone': 'mine'}");
    expect(s, ERR_REFUSED, "'rezone'");

    s = scene_new(93); /* the real limit, not the default */
    fill(scene_server(s), "metadata", 4);
    set(scene_doc(s, &kind_limits, ""), "maxServerMeta", "3");
    expect(s, ERR_QUOTA, "metadata");

    s = scene_new(93); /* no limit */
    fill(scene_server(s), "tags", 50);
    fill(scene_server(s), "metadata", 200);
    set(scene_doc(s, &kind_limits, ""), "maxServerMeta", "-1");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(takes_both_states),
        cmocka_unit_test(takes_a_plain_volume_only),
        cmocka_unit_test(refuses_lists_of_volumes_that_differ),
        cmocka_unit_test(refuses_shares),
        cmocka_unit_test(opens_only_our_projects_lock),
        cmocka_unit_test(refuses_the_lock_of_another_rezone),
        cmocka_unit_test(needs_room_for_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
