/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/boot: the body of POST /servers, by microversion, exact to the key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/compare.h"
#include "moves/kinds.h"

static void expect(struct scene *s, const char *wanted)
{
    if (!s->m->capture)
        assert_int_equal(scene_capture(s), NEXT);
    AUTO_JSON json_t *body = boot_body(s->m, "snap-1"), *right = parse(wanted);
    if (!json_equal(body, right)) {
        AUTO_FREE char *text = json_dumps(body, JSON_COMPACT);
        fail_msg("%s\nis not\n%s", text, wanted);
    }
    scene_free(s);
}

#define COMMON                                                                           \
    "'name': 'web1', 'imageRef': 'snap-1', 'flavorRef': '" FLAVOR_ID                     \
    "', 'availability_zone': 'az2', 'networks': [{'uuid': '" NET_A                       \
    "'}], 'security_groups': [{'name': '" GROUP "'}], 'key_name': 'key', "               \
    "'OS-DCF:diskConfig': 'MANUAL'"

static void a_plain_server(void **state)
{
    (void)state;
    expect(scene_new(93), "{'server': {" COMMON ", 'metadata': {'role': 'web'}, "
                          "'tags': ['a', 'b', 'rezone:" MOVE_ID ":target'], "
                          "'description': 'the shop'}}");
}

/* A key that the version does not know is a 400. */
static void old_versions(void **state)
{
    (void)state;
    expect(scene_new(51),
           "{'server': {" COMMON ", 'metadata': {'role': 'web', 'rezone': '" MOVE_ID
           ":target'}, 'description': 'the shop'}}");
    struct scene *s = scene_new(18);
    set(scene_server(s), "flavor", "{'id': '" FLAVOR_ID "'}");
    expect(s, "{'server': {" COMMON ", 'metadata': {'role': 'web', 'rezone': '" MOVE_ID
              ":target'}}}");
}

static void certificates_and_hints(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "trusted_image_certificates", "['c1', 'c2']");
    set(scene_server(s), "server_groups", "['g']");
    expect(s, "{'server': {" COMMON ", 'metadata': {'role': 'web'}, "
              "'tags': ['a', 'b', 'rezone:" MOVE_ID ":target'], "
              "'description': 'the shop', 'trusted_image_certificates': ['c1', 'c2']}, "
              "'os:scheduler_hints': {'group': 'g'}}");
}

static void nothing_empty_is_sent(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_t *server = scene_server(s);
    set(server, "metadata", "{}");
    set(server, "description", "null");
    set(server, "key_name", "null");
    set(server, "tags", "[]");
    expect(s, "{'server': {'name': 'web1', 'imageRef': 'snap-1', 'flavorRef': '" FLAVOR_ID
              "', 'availability_zone': 'az2', 'networks': [{'uuid': '" NET_A
              "'}], 'security_groups': [{'name': '" GROUP "'}], "
              "'OS-DCF:diskConfig': 'MANUAL', "
              "'tags': ['rezone:" MOVE_ID ":target']}}");
}

static void all_that_may_be(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_t *server = scene_server(s);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    set(json_array_get(scene_doc(s, &kind_interfaces, SOURCE_ID), 1), "tag", "'nic-b'");
    set(server, "config_drive", "'True'");
    set(server, "accessIPv4", "'192.0.2.1'");
    set(server, "accessIPv6", "'2001:db8::1'");
    set(server, "OS-EXT-SRV-ATTR:user_data", "'aGVsbG8='");
    set(server, "OS-EXT-SRV-ATTR:hostname", "'shop'");
    set(server, "tags", "['a', 'rezone:" MOVE_ID ":source']");
    set(server, "user_id", "'another'");
    expect(s,
           "{'server': {'name': 'web1', 'imageRef': 'snap-1', 'flavorRef': '" FLAVOR_ID
           "', 'availability_zone': 'az2', 'networks': [{'uuid': '" NET_A
           "'}, {'uuid': '" NET_B
           "', 'tag': 'nic-b'}], 'security_groups': [{'name': '" GROUP
           "'}], 'OS-DCF:diskConfig': 'MANUAL', 'metadata': {'role': 'web'}, "
           "'tags': ['a', 'rezone:" MOVE_ID ":target'], 'description': 'the shop', "
           "'config_drive': true, 'accessIPv4': '192.0.2.1', "
           "'accessIPv6': '2001:db8::1', 'user_data': 'aGVsbG8=', 'hostname': 'shop'}}");
}

static void sends(struct scene *s, const char *key, bool is_sent)
{
    assert_int_equal(scene_capture(s), NEXT);
    AUTO_JSON json_t *body = boot_body(s->m, "snap-1");
    assert_int_equal(jget(jget(body, "server"), key) != NULL, is_sent);
    scene_free(s);
}

static struct scene *with(int compute, const char *key, const char *json)
{
    struct scene *s = scene_new(compute);
    set(scene_server(s), key, json);
    return s;
}

static void only_host_names_that_nova_takes(void **state)
{
    (void)state;
    const char *key = "OS-EXT-SRV-ATTR:hostname";
    sends(with(90, key, "'shop'"), "hostname", true);
    sends(with(89, key, "'shop'"), "hostname", false);
    sends(with(93, key, "'web1'"), "hostname", false); /* Nova derives that one */
    sends(with(93, key, "'web1.example.org'"), "hostname", false);
    sends(with(94, key, "'web1.example.org'"), "hostname", true);
    sends(with(93, key, "'x'"), "hostname", false);
}

static void config_drive_is_a_boolean(void **state)
{
    (void)state;
    sends(with(93, "config_drive", "'False'"), "config_drive", false);
    sends(with(93, "config_drive", "''"), "config_drive", false);
    sends(with(93, "config_drive", "'True'"), "config_drive", true);
}

/* Broken from 2.37 to 2.41. */
static void device_tags_by_version(void **state)
{
    (void)state;
    for (int compute = 41; compute <= 42; compute++) {
        struct scene *s = scene_new(compute);
        set(scene_server(s), "flavor", "{'id': '" FLAVOR_ID "'}");
        set(json_array_get(scene_doc(s, &kind_interfaces, SOURCE_ID), 0), "tag", "'t'");
        assert_int_equal(scene_capture(s), NEXT);
        AUTO_JSON json_t *body = boot_body(s->m, "snap-1");
        const json_t *nic = json_array_get(jget(body, "server/networks"), 0);
        assert_string_equal(jstr(nic, "tag", ""), compute == 42 ? "t" : "");
        scene_free(s);
    }
}

/* 50 tags of the user's leave no room: the mark goes by metadata, the tags stay whole. */
static void full_tags(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_t *tags = json_array();
    for (int i = 0; i < 50; i++)
        json_array_append_new(tags, json_sprintf("t%d", i));
    json_object_set_new(scene_server(s), "tags", tags);
    assert_int_equal(scene_capture(s), NEXT);
    AUTO_JSON json_t *body = boot_body(s->m, "snap-1");
    assert_true(json_equal(jget(body, "server/tags"), tags));
    assert_string_equal(jstr(jget(body, "server/metadata"), "rezone", ""),
                        MOVE_ID ":target");
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_server),
        cmocka_unit_test(old_versions),
        cmocka_unit_test(certificates_and_hints),
        cmocka_unit_test(nothing_empty_is_sent),
        cmocka_unit_test(all_that_may_be),
        cmocka_unit_test(only_host_names_that_nova_takes),
        cmocka_unit_test(config_drive_is_a_boolean),
        cmocka_unit_test(device_tags_by_version),
        cmocka_unit_test(full_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
