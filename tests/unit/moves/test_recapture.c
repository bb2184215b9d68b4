/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/recapture: what changed behind the plan walks back, what stopping
 * changes does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/capture.h"
#include "moves/kinds.h"

static struct scene *fenced(void)
{
    struct scene *s = scene_new(93);
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

static enum verdict run(struct scene *s)
{
    return scene_judge(s, recapture_watch, recapture_seen);
}

/* Stopped, claimed, fenced: that is our own doing. */
static void takes_our_own_changes(void **state)
{
    (void)state;
    struct scene *s = fenced();
    json_t *server = scene_server(s);
    set(server, "status", "'SHUTOFF'");
    set(server, "OS-EXT-STS:vm_state", "'stopped'");
    set(server, "OS-EXT-STS:power_state", "4");
    set(server, "updated", "'2026-11-21T00:00:00Z'");
    set(server, "locked", "true");
    set(server, "locked_reason", "'rezone:" MOVE_ID "'");
    set(server, "tags", "['b', 'a', 'rezone:" MOVE_ID ":source']");
    set(server, "metadata", "{'role': 'web', 'rezone': '" MOVE_ID ":source'}");
    set(scene_port(s, 0), "status", "'DOWN'");
    set(scene_port(s, 0), "revision_number", "9");
    json_t *entries = jget(server, "addresses/private");
    json_array_append_new(entries, parse("{'addr': '203.0.113.9', 'OS-EXT-IPS:type': "
                                         "'floating', 'OS-EXT-IPS-MAC:mac_addr': 'x'}"));
    assert_int_equal(run(s), NEXT);
    assert_false(err_is_set(&s->m->err));
    scene_free(s);
}

static void differs(struct scene *s, const char *word)
{
    enum verdict v = run(s);
    if (v != FAIL || !strstr(s->m->err.text, word))
        fail_msg("verdict %d: '%s' lacks '%s'", v, s->m->err.text, word);
    scene_free(s);
}

struct row {
    const char *key, *json, *word;
};

static const struct row of_server[] = {
    {"name", "'web2'", "name changed since the plan: 'web1' became 'web2'"},
    {"metadata", "{'role': 'db'}", "metadata changed since the plan: key 'role'"},
    {"metadata", "{'role': 'web', 'x': ''}", "metadata changed since the plan: key 'x'"},
    {"metadata", "{}", "key 'role'"},
    {"tags", "['a']", "'b' is missing"},
    {"tags", "['a', 'b', 'c']", "'c' is new"},
    {"description", "null", "description changed since the plan: 'the shop' became none"},
    {"key_name", "null", "key-pair"},
    {"flavor", "{'vcpus': 2}", "flavor changed since the plan: key 'vcpus'"},
    {"image", "{'id': 'other'}", "rebuilt"},
    {"OS-EXT-SRV-ATTR:hostname", "'h'", "hostname"},
    {"accessIPv4", "'192.0.2.1'", "access-ip"},
    {"OS-EXT-AZ:availability_zone", "'az3'", "zone"},
    {"addresses", "{}", "addresses"},
    {"server_groups", "['g']", "server-groups"},
};

static const struct row of_port[] = {
    {"security_groups", "['g']", "security_groups of port " PORT_A},
    {"fixed_ips", "[{'ip_address': '10.10.0.6', 'subnet_id': 'subnet-of-it'}]",
     "fixed_ips"},
    {"mac_address", "'fa:16:3e:00:00:09'", "mac_address"},
    {"allowed_address_pairs", "[{'ip_address': '10.0.0.0/8'}]", "allowed_address_pairs"},
    {"port_security_enabled", "false", "port_security_enabled"},
    {"trunk_details", "{'trunk_id': 't'}", "trunk of port"},
    {"id", "'new-one'", "new-one is new"},
};

static void walks_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(of_server) / sizeof(*of_server); i++) {
        struct scene *s = fenced();
        set(scene_server(s), of_server[i].key, of_server[i].json);
        differs(s, of_server[i].word);
    }
    for (size_t i = 0; i < sizeof(of_port) / sizeof(*of_port); i++) {
        struct scene *s = fenced();
        set(scene_port(s, 0), of_port[i].key, of_port[i].json);
        differs(s, of_port[i].word);
    }
}

/* Links carry the address that was asked, which may be another one behind a proxy. */
static void leaves_links_out(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(jget(scene_server(s), "flavor"), "links", "[{'href': 'a'}]");
    assert_int_equal(scene_capture(s), NEXT);
    set(jget(scene_server(s), "flavor"), "links", "[{'href': 'b'}]");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void sees_what_was_attached(void **state)
{
    (void)state;
    struct scene *s = fenced();
    scene_put(s, &kind_attachments, SOURCE_ID, parse("[{'volumeId': 'vol-1'}]"));
    differs(s, "volumes changed since the plan: vol-1 is new");
    s = fenced();
    scene_put(s, &kind_floating_ips, PORT_A,
              parse("[{'floating_ip_address': '203.0.113.7'}]"));
    differs(s, "floating-ips changed since the plan: 203.0.113.7 is new");
    s = fenced();
    AUTO_FREE char *project = xstrdup(session_project_id(session_of(s->m)));
    scene_put(s, &kind_forwardings, project,
              parse("[{'id': 'f', 'floating_ip_address': '203.0.113.8',"
                    "  'port_forwardings': [{'internal_ip_address': '10.10.0.5'}]}]"));
    differs(s, "port-forwardings changed since the plan: not those of the plan "
               "(203.0.113.8)");
}

/* user_data is nobody's business in a message. */
static void hides_user_data(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", "'c2VjcmV0'");
    assert_int_equal(scene_capture(s), NEXT);
    set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", "'b3RoZXI='");
    assert_int_equal(run(s), FAIL);
    assert_non_null(strstr(s->m->err.text, "user-data"));
    assert_null(strstr(s->m->err.text, "c2VjcmV0"));
    assert_null(strstr(s->m->err.text, "b3RoZXI="));
    scene_free(s);
}

static void waits(void **state)
{
    (void)state;
    struct scene *s = fenced();
    set(scene_server(s), "OS-EXT-STS:task_state", "'powering-off'");
    assert_int_equal(run(s), WAIT);
    set(scene_server(s), "OS-EXT-STS:task_state", "null");
    set(scene_server(s), "status", "'UNKNOWN'");
    assert_int_equal(run(s), WAIT);
    scene_free(s);
}

static void holds_when_the_source_is_gone(void **state)
{
    (void)state;
    struct scene *s = fenced();
    scene_put(s, &kind_server, SOURCE_ID, NULL);
    assert_int_equal(run(s), HOLD);
    assert_int_equal(s->m->err.code, ERR_NOTFOUND);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_our_own_changes),
        cmocka_unit_test(walks_back),
        cmocka_unit_test(sees_what_was_attached),
        cmocka_unit_test(hides_user_data),
        cmocka_unit_test(leaves_links_out),
        cmocka_unit_test(waits),
        cmocka_unit_test(holds_when_the_source_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
