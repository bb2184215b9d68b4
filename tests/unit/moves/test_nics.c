/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/nics: the order of the guest's NICs, and when nobody can know it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/json.h"
#include "fixture.h"
#include "moves/kinds.h"
#include "moves/nics.h"

static json_t *nics(struct scene *s, const char **unknown)
{
    return nics_of(scene_server(s), scene_doc(s, &kind_ports_of, SOURCE_ID),
                   scene_doc(s, &kind_interfaces, SOURCE_ID), unknown);
}

static const char *port_at(const json_t *list, size_t i)
{
    return jstr(json_array_get(list, i), "port_id", "");
}

/* Neutron lists ports in any order: the server's addresses decide. */
static void follows_addresses(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    json_t *ports = scene_doc(s, &kind_ports_of, SOURCE_ID);
    json_array_append(ports, json_array_get(ports, 0));
    json_array_remove(ports, 0);
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_null(unknown);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(port_at(list, 0), PORT_A);
    assert_string_equal(port_at(list, 1), PORT_B);
    assert_string_equal(jstr(json_array_get(list, 1), "net_id", ""), NET_B);
    assert_string_equal(jstr(json_array_get(list, 1), "mac", ""), "fa:16:3e:00:00:02");
    assert_string_equal(jstr(json_array_get(list, 1), "status", ""), "ACTIVE");
    assert_false(nics_have_tags(list));
    scene_free(s);
}

static void several_on_one_network_alone_are_known(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_A, "private", "fa:16:3e:00:00:02", "10.10.0.6");
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_null(unknown);
    assert_string_equal(port_at(list, 1), PORT_B);
    scene_free(s);
}

static void interleaved_networks_are_unknown(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    scene_add_nic(s, PORT_C, NET_A, "private", "fa:16:3e:00:00:03", "10.10.0.6");
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_string_equal(unknown, "private");
    assert_int_equal(json_array_size(list), 3);
    scene_free(s);
}

static void a_nic_without_address_is_unknown(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    json_object_del(json_object_get(scene_server(s), "addresses"), "backend");
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_string_equal(unknown, "?");
    assert_int_equal(json_array_size(list), 2);
    scene_free(s);
}

/* A floating IP stands in the addresses with the MAC of its port, a second address too.
 */
static void counts_nics_not_addresses(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    json_t *entries = jget(scene_server(s), "addresses/private");
    json_array_append_new(entries, parse("{'addr': '203.0.113.9', 'OS-EXT-IPS:type': "
                                         "'floating', 'OS-EXT-IPS-MAC:mac_addr': "
                                         "'FA:16:3E:00:00:01'}"));
    json_array_append_new(entries, parse("{'addr': '10.10.0.77', 'OS-EXT-IPS:type': "
                                         "'fixed', 'OS-EXT-IPS-MAC:mac_addr': "
                                         "'FA:16:3E:00:00:01'}"));
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_null(unknown);
    assert_int_equal(json_array_size(list), 2);
    scene_free(s);
}

/* Two networks may know the same MAC: the address decides. */
static void tells_equal_macs_apart(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:01", "10.11.0.5");
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_null(unknown);
    assert_string_equal(port_at(list, 0), PORT_A);
    assert_string_equal(port_at(list, 1), PORT_B);
    scene_free(s);
}

static void keeps_device_tags(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    set(json_array_get(scene_doc(s, &kind_interfaces, SOURCE_ID), 0), "tag", "'nic-a'");
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_true(nics_have_tags(list));
    assert_string_equal(jstr(json_array_get(list, 0), "device_tag", ""), "nic-a");
    scene_free(s);
}

/* A, B, A: what no API tells a person may say. */
static void a_person_gives_the_order(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    const char *unknown;
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    scene_add_nic(s, PORT_C, NET_A, "private", "fa:16:3e:00:00:03", "10.10.0.6");
    AUTO_JSON json_t *list = nics(s, &unknown);
    assert_non_null(unknown);
    AUTO_JSON json_t *before = json_deep_copy(list);
    assert_false(nics_put_in_order(list, NULL));
    assert_false(nics_put_in_order(list, PORT_A "," PORT_B));
    assert_false(nics_put_in_order(list, PORT_A "," PORT_B "," PORT_A));
    assert_true(json_equal(list, before));
    assert_true(nics_put_in_order(list, PORT_A ", " SOURCE_ID "," PORT_B "," PORT_C));
    assert_string_equal(port_at(list, 0), PORT_A);
    assert_string_equal(port_at(list, 1), PORT_B);
    assert_string_equal(port_at(list, 2), PORT_C);
    scene_free(s);
}

static json_t *nic(const char *net, const char *mac)
{
    return json_pack("{s:s, s:s, s:s}", "port_id", mac, "net_id", net, "mac", mac);
}

static void a_copys_nics_stand_for_the_sources(void **state)
{
    (void)state;
    AUTO_JSON json_t *model =
        json_pack("[o, o, o]", nic("a", "1"), nic("b", "2"), nic("a", "3"));
    AUTO_JSON json_t *kept = json_pack("[o, o, o, o]", nic("a", "3"), nic("a", "1"),
                                       nic("c", "9"), nic("b", "2"));
    nics_put_like(kept, model, true);
    assert_int_equal(json_array_size(kept), 4);
    assert_string_equal(port_at(kept, 0), "1");
    assert_string_equal(port_at(kept, 1), "2");
    assert_string_equal(port_at(kept, 2), "3");
    assert_string_equal(port_at(kept, 3), "9");
    AUTO_JSON json_t *fresh =
        json_pack("[o, o, o]", nic("a", "x"), nic("a", "y"), nic("b", "z"));
    nics_put_like(fresh, model, false);
    assert_string_equal(port_at(fresh, 0), "x");
    assert_string_equal(port_at(fresh, 1), "z");
    assert_string_equal(port_at(fresh, 2), "y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_addresses),
        cmocka_unit_test(several_on_one_network_alone_are_known),
        cmocka_unit_test(interleaved_networks_are_unknown),
        cmocka_unit_test(a_nic_without_address_is_unknown),
        cmocka_unit_test(counts_nics_not_addresses),
        cmocka_unit_test(tells_equal_macs_apart),
        cmocka_unit_test(keeps_device_tags),
        cmocka_unit_test(a_person_gives_the_order),
        cmocka_unit_test(a_copys_nics_stand_for_the_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
