/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/preflight_network: ports that a network and a list of groups do not
 * make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/preflight.h"

struct row {
    const char *key, *json, *word; /* member of the only port */
};

static const struct row rows[] = {
    {"binding:vnic_type", "'direct'", "vnic_type 'direct'"},
    {"fixed_ips", "[]", "no fixed IP address"},
    {"fixed_ips",
     "[{'ip_address': '10.10.0.5', 'subnet_id': 's'}, {'ip_address': '10.10.0.6',"
     " 'subnet_id': 's'}]",
     "several fixed IP addresses"},
    {"port_security_enabled", "false", "port security off"},
    {"security_groups", "[]", "no security group"},
    {"allowed_address_pairs", "[{'ip_address': '10.0.0.0/8'}]", "allowed address pairs"},
    {"extra_dhcp_opts", "[{'opt_name': 'mtu', 'opt_value': '1400'}]",
     "extra DHCP options"},
    {"trunk_details", "{'trunk_id': 't', 'sub_ports': []}", "a trunk"},
    {"qos_policy_id", "'q'", "QoS policy"},
    {"dns_domain", "'example.org.'", "DNS domain"},
    {"dns_name", "'other'", "DNS name"},
    {"device_profile", "'d'", "accelerator"},
    {"numa_affinity_policy", "'required'", "NUMA"},
    {"mac_learning_enabled", "true", "MAC learning"},
    {"admin_state_up", "false", "administrative state down"},
};

static enum verdict run(struct scene *s)
{
    assert_int_equal(scene_capture(s), NEXT);
    return scene_judge(s, preflight_watch, preflight_seen);
}

static void expect(struct scene *s, const char *word)
{
    enum verdict v = run(s);
    if (v != FAIL || s->m->err.code != ERR_REFUSED || !strstr(s->m->err.text, word))
        fail_msg("verdict %d, '%s' lacks '%s'", v, s->m->err.text, word);
    scene_free(s);
}

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct scene *s = scene_new(93);
        set(scene_port(s, 0), rows[i].key, rows[i].json);
        expect(s, rows[i].word);
    }
}

static void takes_what_a_new_port_has_too(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_t *port = scene_port(s, 0);
    set(port, "dns_name", "'web1'"); /* as Nova sets it */
    set(port, "qos_network_policy_id", "'of-the-network'");
    set(port, "trunk_details", "null");
    set(port, "propagate_uplink_status", "true");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void refuses_different_groups(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    set(scene_port(s, 0), "security_groups", "['g1', 'g2']");
    set(scene_port(s, 1), "security_groups", "['g2', 'g1']");
    assert_int_equal(run(s), NEXT); /* sets, not lists */
    scene_free(s);
    s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    set(scene_port(s, 1), "security_groups", "['g1']");
    expect(s, "different security groups");
}

static void refuses_an_unknown_order(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    scene_add_nic(s, PORT_C, NET_A, "private", "fa:16:3e:00:00:03", "10.10.0.6");
    expect(s, "--nic-order " PORT_A "," PORT_C "," PORT_B);
    s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    scene_add_nic(s, PORT_C, NET_A, "private", "fa:16:3e:00:00:03", "10.10.0.6");
    set(s->m->options, "nic-order", "'" PORT_C "," PORT_B "," PORT_A "'");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
    s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    json_object_del(jget(scene_server(s), "addresses"), "backend");
    expect(s, "order of its NICs");
}

/* Whatever a person says of the order counts, or is refused: it is never passed over. */
static void takes_the_order_that_was_given(void **state)
{
    (void)state;
    static const struct {
        const char *order, *servers, *word;
    } given[] = {
        {"'" PORT_B "," PORT_A "'", "1", NULL},
        {"'" PORT_A "'", "1", "it lacks " PORT_B},
        {"'" PORT_A "'", "2", "it lacks " PORT_B},
        {"'" PORT_A "," PORT_B "," PORT_C "'", "1", PORT_C " is none of them"},
        {"'" PORT_A "," PORT_B "," PORT_C "'", "2", NULL},
        {"'" PORT_C "'", "1", PORT_C " is none of them, and it lacks " PORT_A},
        {"'" PORT_C "'", "2", NULL},
    };
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        struct scene *s = scene_new(93);
        scene_add_nic(s, PORT_B, NET_A, "private", "fa:16:3e:00:00:02", "10.10.0.6");
        set(s->m->options, "nic-order", given[i].order);
        set(s->m->options, "servers", given[i].servers);
        if (given[i].word) {
            expect(s, given[i].word);
            continue;
        }
        assert_int_equal(run(s), NEXT);
        assert_string_equal(
            jstr(json_array_get(jget(s->m->capture, "nics"), 0), "port_id", ""),
            i == 0 ? PORT_B : PORT_A);
        scene_free(s);
    }
}

static void refuses_a_server_without_network(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_array_clear(scene_doc(s, &kind_ports_of, SOURCE_ID));
    json_array_clear(scene_doc(s, &kind_interfaces, SOURCE_ID));
    set(scene_server(s), "addresses", "{}");
    expect(s, "no NIC on any network");
}

static void refuses_lists_that_disagree(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_array_clear(scene_doc(s, &kind_interfaces, SOURCE_ID));
    expect(s, "do not show the same NICs");
}

static void refuses_floating_ips(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_floating_ips, PORT_A,
              parse("[{'floating_ip_address': '203.0.113.7', 'port_id': '" PORT_A "'}]"));
    expect(s, "floating IPs (203.0.113.7) do not move with --addresses new");
}

static void looks_at_the_network(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    json_array_clear(scene_doc(s, &kind_networks, NET_A));
    expect(s, "not shown to this account");

    s = scene_new(93);
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "router:external",
        "true");
    expect(s, "is external");

    s = scene_new(93);
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "router:external",
        "true");
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "shared", "true");
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(93);
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "port_security_enabled",
        "false");
    expect(s, "without port security");
}

/* ---- --addresses keep ---- */

/* A scene that keeps its addresses; the network is this project's. */
static struct scene *keeping(void)
{
    struct scene *s = scene_new(93);
    set(s->m->options, "addresses", "'keep'");
    json_object_set_new(json_array_get(scene_doc(s, &kind_networks, NET_A), 0),
                        "project_id", json_string(session_project_id(session_of(s->m))));
    return s;
}

static void takes_what_is_kept(void **state)
{
    (void)state;
    struct scene *s = keeping();
    json_t *port = scene_port(s, 0);
    set(port, "allowed_address_pairs", "[{'ip_address': '10.9.9.9'}]");
    set(port, "extra_dhcp_opts", "[{'opt_name': 'mtu', 'opt_value': '1400'}]");
    set(port, "qos_policy_id", "'q'");
    set(port, "port_security_enabled", "false");
    scene_put(s, &kind_floating_ips, PORT_A,
              parse("[{'floating_ip_address': '203.0.113.7', 'port_id': '" PORT_A "'}]"));
    assert_int_equal(run(s), NEXT);
    assert_non_null(strstr(announced(s->m, "floating-ip-pause"), "203.0.113.7"));
    assert_non_null(strstr(announced(s->m, "port-ids"), PORT_A));
    scene_free(s);
}

/* A port that compute may have made has to be made again: not everywhere, not whatever.
 */
static void refuses_what_cannot_be_made_again(void **state)
{
    (void)state;
    struct scene *s = keeping();
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "project_id", "'other'");
    expect(s, "belongs to another project");
    s = keeping();
    set(scene_port(s, 0), "trunk_details", "{'trunk_id': 't', 'sub_ports': []}");
    expect(s, "a trunk");

    /* One that was there before the server is only detached. */
    s = keeping();
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "project_id", "'other'");
    set(scene_port(s, 0), "trunk_details", "{'trunk_id': 't', 'sub_ports': []}");
    set(scene_port(s, 0), "created_at", "'2026-11-20T09:59:59Z'");
    assert_int_equal(run(s), NEXT);
    assert_null(announced(s->m, "port-ids"));
    scene_free(s);
}

static void refuses_what_cannot_be_kept(void **state)
{
    (void)state;
    static const struct row kept[] = {
        {"binding:vnic_type", "'direct'", "SR-IOV"},
        {"fixed_ips", "[]", "has no fixed IP"},
        {"dns_name", "'other'", "DNS name"},
    };
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        struct scene *s = keeping();
        set(scene_port(s, 0), kept[i].key, kept[i].json);
        expect(s, kept[i].word);
    }
    struct scene *s = keeping();
    set(json_array_get(scene_doc(s, &kind_networks, NET_A), 0), "l2_adjacency", "false");
    expect(s, "routed");
    s = keeping(); /* Neutron writes names in lower case */
    set(scene_server(s), "OS-EXT-SRV-ATTR:hostname", "'Server-1'");
    set(scene_port(s, 0), "dns_name", "'server-1'");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

#define FIP "55555555-5555-4555-8555-555555555555"

static void put_forwardings(struct scene *s, const char *whole)
{
    static const char listed[] =
        "[{'id': 'none', 'floating_ip_address': '203.0.113.6', 'port_forwardings': []},"
        " {'id': '" FIP "', 'floating_ip_address': '203.0.113.7', 'port_forwardings':"
        "  [{'internal_ip_address': '10.10.0.5', 'external_port': 22}]}]";
    AUTO_FREE char *project = xstrdup(session_project_id(session_of(s->m)));
    scene_put(s, &kind_forwardings, project, parse(listed));
    if (whole)
        scene_put(s, &kind_forwardings_of, FIP, parse(whole));
}

/* What is seen whole is made again; what is not would go with its port. */
static void refuses_forwardings_that_it_cannot_see(void **state)
{
    (void)state;
    static const char whole[] =
        "[{'id': 'w', 'protocol': 'tcp', 'external_port': 22, 'internal_port': 22,"
        "  'internal_ip_address': '10.10.0.5', 'internal_port_id': '" PORT_A "'}]";
    struct scene *s = keeping();
    put_forwardings(s, NULL);
    expect(s, "203.0.113.7 forwards a port to 10.10.0.5");
    s = keeping();
    AUTO_FREE char *project = xstrdup(session_project_id(session_of(s->m)));
    scene_put(s, &kind_forwardings, project,
              parse("[{'id': '" FIP "', 'floating_ip_address': '203.0.113.7',"
                    "  'port_id': null, 'router_id': 'r'}]"));
    expect(s, "203.0.113.7 forwards ports, perhaps to this server");
    s = keeping(); /* a port that stays keeps what points at it */
    put_forwardings(s, NULL);
    set(scene_port(s, 0), "created_at", "'2026-11-20T09:59:59Z'");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
    s = keeping();
    put_forwardings(s, whole);
    assert_int_equal(run(s), NEXT);
    scene_free(s);
    s = scene_new(93);
    put_forwardings(s, whole);
    expect(s, "port forwardings of floating IPs (203.0.113.7) do not move with "
              "--addresses new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(takes_what_a_new_port_has_too),
        cmocka_unit_test(refuses_different_groups),
        cmocka_unit_test(refuses_an_unknown_order),
        cmocka_unit_test(takes_the_order_that_was_given),
        cmocka_unit_test(refuses_a_server_without_network),
        cmocka_unit_test(refuses_lists_that_disagree),
        cmocka_unit_test(refuses_floating_ips),
        cmocka_unit_test(looks_at_the_network),
        cmocka_unit_test(takes_what_is_kept),
        cmocka_unit_test(refuses_what_cannot_be_made_again),
        cmocka_unit_test(refuses_what_cannot_be_kept),
        cmocka_unit_test(refuses_forwardings_that_it_cannot_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
