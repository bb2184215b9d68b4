/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/neutron: filters that mean what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/neutron.h"
#include "fixture.h"

#define TOP "https://network.one.example:9696/v2.0"

/* Also clears the request. */
static void reads(struct request *r, const char *path)
{
    assert_string_equal(r->method, "GET");
    assert_true(text_starts(r->url, TOP));
    assert_string_equal(r->url + strlen(TOP), path);
    assert_string_equal(header_of(r, "X-Auth-Token"), "gAAAA-1");
    assert_int_equal(r->service, SERVICE_NETWORK);
    request_clear(r);
}

static void filters(void **state)
{
    (void)state;
    struct request r;
    static const char *const ids[] = {"a", "b"};
    struct session *s = session_ready(93);
    neutron_ports_of(s, &r, SERVER);
    reads(&r, "/ports?device_id=" SERVER);
    neutron_ports_by_name(s, &r, "rezone:1:0");
    reads(&r, "/ports?name=rezone%3A1%3A0");
    neutron_ports_count(s, &r, PROJECT);
    reads(&r, "/ports?project_id=" PROJECT "&fields=id");
    neutron_ports(s, &r, PROJECT, NULL);
    reads(&r, "/ports?project_id=" PROJECT);
    neutron_ports(s, &r, PROJECT, "p1");
    reads(&r, "/ports?project_id=" PROJECT "&marker=p1");
    neutron_port(s, &r, "p1");
    reads(&r, "/ports/p1");
    neutron_floating_ips_of(s, &r, ids, 2);
    reads(&r, "/floatingips?port_id=a&port_id=b");
    neutron_networks(s, &r, ids, 1);
    reads(&r, "/networks?id=a");
    neutron_security_groups(s, &r, ids, 2);
    reads(&r, "/security-groups?id=a&id=b&fields=id&fields=name");
    neutron_quota(s, &r, PROJECT);
    reads(&r, "/quotas/" PROJECT);
    session_free(s);
}

static void deletes_one_port(void **state)
{
    (void)state;
    struct request r;
    struct session *s = session_ready(93);
    neutron_port_delete(s, &r, "p1");
    assert_string_equal(r.method, "DELETE");
    assert_string_equal(r.url, TOP "/ports/p1");
    request_clear(&r);
    neutron_port_delete(s, &r, "");
    assert_string_equal(r.url, TOP "/ports/-");
    request_clear(&r);
    session_free(s);
}

static void makes_a_forwarding(void **state)
{
    (void)state;
    struct request r;
    struct session *s = session_ready(93);
    json_t *body = json_pack("{s:s, s:i}", "protocol", "tcp", "external_port", 22);
    neutron_forwardings(s, &r, PROJECT);
    reads(&r, "/floatingips?project_id=" PROJECT
              "&fields=id&fields=floating_ip_address&fields=port_id&fields=router_id"
              "&fields=port_forwardings");
    neutron_forwardings_of(s, &r, "f/1");
    reads(&r, "/floatingips/f%2F1/port_forwardings");
    neutron_forwarding_create(s, &r, "f1", body);
    assert_string_equal(r.method, "POST");
    assert_string_equal(r.url, TOP "/floatingips/f1/port_forwardings");
    assert_string_equal(
        r.body, "{\"port_forwarding\":{\"protocol\":\"tcp\",\"external_port\":22}}");
    request_clear(&r);
    json_decref(body);
    session_free(s);
}

static void nothing_asked_for_is_not_everything(void **state)
{
    (void)state;
    struct request r;
    struct session *s = session_ready(93);
    neutron_ports_of(s, &r, "");
    reads(&r, "/ports?device_id=-");
    neutron_ports_by_name(s, &r, "");
    reads(&r, "/ports?name=-");
    neutron_floating_ips_of(s, &r, NULL, 0);
    reads(&r, "/floatingips?port_id=-");
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters),
        cmocka_unit_test(deletes_one_port),
        cmocka_unit_test(makes_a_forwarding),
        cmocka_unit_test(nothing_asked_for_is_not_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
