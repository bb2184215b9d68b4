/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/ports: what a port is made again from, and which NIC has which by now.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/json.h"
#include "fixture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/ports.h"

/* Captured, with these members of its first port. */
static struct scene *with(const char *members)
{
    struct scene *s = scene_new(93);
    AUTO_JSON json_t *more = parse(members);
    set(s->m->options, "addresses", "'keep'");
    json_object_update(scene_port(s, 0), more);
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

static void makes_the_same_port_again(void **state)
{
    (void)state;
    struct scene *s = with("{'description': 'd', 'name': 'mine', 'tags': ['t'],"
                           "'allowed_address_pairs': [{'ip_address': '10.9.9.9'}],"
                           "'extra_dhcp_opts': [], 'qos_policy_id': null,"
                           "'admin_state_up': false, 'dns_name': 'web1'}");
    AUTO_JSON json_t *body = port_made_again(s->m, 0);
    char mark[MARK_SIZE];

    mark_port_name(MOVE_ID, 0, mark);
    assert_string_equal(jstr(body, "name", ""), mark);
    assert_string_equal(jstr(body, "network_id", ""), NET_A);
    assert_string_equal(jstr(body, "mac_address", ""), "fa:16:3e:00:00:01");
    assert_string_equal(
        jstr(json_array_get(jget(body, "fixed_ips"), 0), "ip_address", ""), "10.10.0.5");
    assert_string_equal(jstr(body, "description", ""), "d");
    assert_int_equal(json_array_size(jget(body, "allowed_address_pairs")), 1);
    assert_false(jbool(body, "admin_state_up", true));
    assert_string_equal(
        json_string_value(json_array_get(jget(body, "security_groups"), 0)), GROUP);
    /* What is usual is not sent: setting it may need rights that the owner lacks. */
    assert_null(jget(body, "port_security_enabled"));
    assert_null(jget(body, "binding:vnic_type"));
    assert_null(jget(body, "qos_policy_id"));
    assert_null(jget(body, "extra_dhcp_opts"));
    assert_null(jget(body, "tags"));
    /* Nova's and Neutron's own. */
    assert_null(jget(body, "dns_name"));
    assert_null(jget(body, "device_id"));
    assert_null(jget(body, "device_owner"));
    assert_null(jget(body, "id"));
    scene_free(s);
}

/* Left out, a project's default group would come, and filter what was open. */
static void sends_an_empty_list_of_groups(void **state)
{
    (void)state;
    struct scene *s = with("{'port_security_enabled': false, 'security_groups': []}");
    AUTO_JSON json_t *body = port_made_again(s->m, 0);
    assert_true(json_is_array(jget(body, "security_groups")));
    assert_int_equal(json_array_size(jget(body, "security_groups")), 0);
    assert_true(json_is_false(jget(body, "port_security_enabled")));
    scene_free(s);
}

static void keeps_book(void **state)
{
    (void)state;
    struct scene *s = with("{}");
    assert_true(keeps_addresses(s->m));
    assert_int_equal(nic_count(s->m), 1);
    assert_int_equal(nic_of_port(s->m, PORT_A), 0);
    assert_int_equal(nic_of_port(s->m, PORT_B), 1);
    assert_string_equal(nic_port_id(s->m, 0), PORT_A);
    assert_string_equal(nic_port_id(s->m, 1), "");
    assert_null(nic_port(s->m, 1));
    assert_false(ports_are_known(s->m));
    nic_set_port_now(s->m, 2, PORT_C);
    nic_set_port_now(s->m, 0, PORT_B);
    AUTO_FREE char *first = nic_port_now(s->m, 0);
    AUTO_FREE char *second = nic_port_now(s->m, 1);
    AUTO_FREE char *third = nic_port_now(s->m, 2);
    assert_string_equal(first, PORT_B);
    assert_null(second);
    assert_string_equal(third, PORT_C);
    assert_true(ports_are_known(s->m));
    nic_set_port_now(s->m, 0, NULL);
    assert_false(ports_are_known(s->m));
    set(s->m->options, "addresses", "'new'");
    assert_true(ports_are_known(s->m));
    scene_free(s);
}

static void knows_which_came_first(void **state)
{
    (void)state;
    AUTO_JSON json_t *server = parse("{'created': '2026-11-20T10:00:00Z'}");
    AUTO_JSON json_t *before = parse("{'created_at': '2026-11-20T09:59:59Z'}");
    AUTO_JSON json_t *tie = parse("{'created_at': '2026-11-20T10:00:00Z'}");
    AUTO_JSON json_t *unknown = parse("{}");
    assert_true(port_is_older(before, server));
    assert_false(port_is_older(tie, server));
    assert_false(port_is_older(unknown, server));
    assert_false(port_is_older(before, unknown));
}

static void tells_what_a_port_lacks(void **state)
{
    (void)state;
    AUTO_JSON json_t *was = parse("{'name': 'mine', 'tags': ['a', 'b']}");
    AUTO_JSON json_t *marked = parse("{'name': 'rezone:x:0', 'tags': []}");
    AUTO_JSON json_t *named = parse("{'name': 'mine', 'tags': []}");
    AUTO_JSON json_t *whole = parse("{'name': 'mine', 'tags': ['b', 'a']}");
    assert_string_equal(port_lacks(was, marked), "name");
    assert_string_equal(port_lacks(was, named), "tags");
    assert_null(port_lacks(was, whole));
    AUTO_JSON json_t *own = port_own_name(was);
    assert_string_equal(jstr(own, "name", ""), "mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_same_port_again),
        cmocka_unit_test(sends_an_empty_list_of_groups),
        cmocka_unit_test(keeps_book),
        cmocka_unit_test(knows_which_came_first),
        cmocka_unit_test(tells_what_a_port_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
