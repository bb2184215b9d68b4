/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/forwards: which floating IPs forward, what a forwarding is known by, and
 * what it is made again from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/forwards.h"

static const char ports_text[] =
    "[{'id': '" PORT_A "', 'fixed_ips': [{'ip_address': '10.10.0.5'}]}]";

static void expect_json(json_t *is, const char *wanted)
{
    AUTO_JSON json_t *json = parse(wanted), *has = is;
    AUTO_FREE char *text = json_dumps(has, JSON_COMPACT);
    if (!json_equal(has, json))
        fail_msg("%s instead of %s", text, wanted);
}

/* By address where the cloud shows it, else by a router that no port explains. */
static void finds_candidates(void **state)
{
    (void)state;
    AUTO_JSON json_t *ports = parse(ports_text);
    AUTO_JSON json_t *floating =
        parse("[{'id': 'f4', 'floating_ip_address': '203.0.113.4', 'port_id': null,"
              "  'router_id': 'r'},"
              " {'id': 'f3', 'floating_ip_address': '203.0.113.3', 'port_id': 'p',"
              "  'router_id': 'r'},"
              " {'id': 'f2', 'floating_ip_address': '203.0.113.2', 'port_id': null,"
              "  'router_id': null},"
              " {'id': 'f1', 'floating_ip_address': '203.0.113.1', 'port_id': null,"
              "  'router_id': 'r', 'port_forwardings': ["
              "  {'protocol': 'udp', 'external_port': 9, 'internal_port': 8,"
              "   'internal_ip_address': '10.10.0.5'},"
              "  {'protocol': 'tcp', 'external_port': 80, 'internal_port': 8080,"
              "   'internal_ip_address': '10.10.0.5'},"
              "  {'protocol': 'tcp', 'external_port': 81, 'internal_port': 8080,"
              "   'internal_ip_address': '10.10.0.6'}]},"
              " {'id': 'f0', 'floating_ip_address': '203.0.113.0', 'port_id': null,"
              "  'router_id': 'r', 'port_forwardings': ["
              "  {'protocol': 'tcp', 'external_port': 81, 'internal_port': 8080,"
              "   'internal_ip_address': '10.10.0.6'}]}]");
    expect_json(forwards_candidates(floating, ports),
                "[{'id': 'f1', 'floating_ip_address': '203.0.113.1',"
                "  'ips': ['10.10.0.5'],"
                "  'says': ['203.0.113.1 tcp 80 to 10.10.0.5 8080',"
                "           '203.0.113.1 udp 9 to 10.10.0.5 8']},"
                " {'id': 'f4', 'floating_ip_address': '203.0.113.4', 'ips': [],"
                "  'says': []}]");
    expect_json(forwards_candidates(NULL, ports), "[]");
}

/* By its port, not by its address: two networks may have the same. */
static void captures_those_to_its_ports(void **state)
{
    (void)state;
    AUTO_JSON json_t *ports = parse(ports_text);
    AUTO_JSON json_t *candidate =
        parse("{'id': 'f1', 'floating_ip_address': '203.0.113.1'}");
    AUTO_JSON json_t *ours = parse("{'id': 'w', 'internal_port_id': '" PORT_A "'}");
    AUTO_JSON json_t *other = parse("{'id': 'w', 'internal_port_id': '" PORT_B "',"
                                    " 'internal_ip_address': '10.10.0.5'}");
    assert_null(forward_captured(candidate, other, ports));
    expect_json(forward_captured(candidate, ours, ports),
                "{'id': 'w', 'internal_port_id': '" PORT_A "', 'floatingip_id': 'f1',"
                " 'floating_ip_address': '203.0.113.1'}");
}

struct row {
    const char *captured, *made_again;
};

static const struct row rows[] = {
    /* What a cloud of before the ranges shows; and of after them. */
    {"{'protocol': 'tcp', 'internal_ip_address': '10.10.0.5', 'internal_port': 22,"
     " 'external_port': 2222}",
     "{'protocol': 'tcp', 'internal_ip_address': '10.10.0.5', 'internal_port': 22,"
     " 'external_port': 2222, 'internal_port_id': 'p'}"},
    {"{'protocol': 'tcp', 'internal_ip_address': '10.10.0.5', 'internal_port': 22,"
     " 'external_port': 2222, 'internal_port_range': '22:22',"
     " 'external_port_range': '2222:2222', 'description': ''}",
     "{'protocol': 'tcp', 'internal_ip_address': '10.10.0.5', 'internal_port': 22,"
     " 'external_port': 2222, 'internal_port_id': 'p'}"},
    {"{'protocol': 'udp', 'internal_ip_address': '10.10.0.5', 'internal_port': 514,"
     " 'internal_port_range': '514:514', 'external_port': null,"
     " 'external_port_range': '7000:7009', 'description': 'logs'}",
     "{'protocol': 'udp', 'internal_ip_address': '10.10.0.5',"
     " 'internal_port_range': '514:514', 'external_port_range': '7000:7009',"
     " 'internal_port_id': 'p', 'description': 'logs'}"},
};

static void is_made_again_from_what_was_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_JSON json_t *captured = parse(rows[i].captured);
        expect_json(forward_made_again(captured, "p"), rows[i].made_again);
    }
}

/* Any that has some of its external ports is in its place. */
static void is_known_by_what_comes_in(void **state)
{
    (void)state;
    AUTO_JSON json_t *captured = parse(
        "{'protocol': 'tcp', 'internal_ip_address': '10.10.0.5', 'internal_port': 22,"
        " 'external_port': 2222, 'internal_port_id': 'old', 'description': 'd'}");
    AUTO_JSON json_t *list =
        parse("[{'protocol': 'udp', 'external_port': 2222, 'internal_port': 22},"
              " {'protocol': 'tcp', 'external_port': 2221, 'internal_port': 22},"
              " {'protocol': 'tcp', 'external_port_range': '2220:2230', 'id': 'it',"
              "  'internal_port_range': '20:30'}]");
    AUTO_JSON json_t *same = json_deep_copy(captured);
    assert_ptr_equal(forward_find(list, captured), json_array_get(list, 2));
    json_array_remove(list, 2);
    assert_null(forward_find(list, captured));
    assert_null(forward_find(NULL, captured));
    set(same, "internal_port_id", "'new'");
    assert_true(forward_is_same(same, captured, "new"));
    assert_false(forward_is_same(same, captured, "old"));
    assert_false(forward_is_same(NULL, captured, "old"));
    set(same, "internal_port", "23");
    assert_false(forward_is_same(same, captured, "new"));
    set(same, "internal_port", "22");
    set(same, "description", "'of somebody else'");
    assert_false(forward_is_same(same, captured, "new"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_candidates),
        cmocka_unit_test(captures_those_to_its_ports),
        cmocka_unit_test(is_made_again_from_what_was_shown),
        cmocka_unit_test(is_known_by_what_comes_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
