/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/kinds: from key to request, from body to document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"

struct row {
    const struct kind *kind;
    const char *key, *page, *url;
};

static const struct row rows[] = {
    {&kind_server, "s1", NULL, "http://compute/servers/s1"},
    {&kind_server_246, "s1", NULL, "http://compute/servers/s1"},
    {&kind_servers_brief, "", NULL, "http://compute/servers"},
    {&kind_interfaces, "s1", NULL, "http://compute/servers/s1/os-interface"},
    {&kind_attachments, "s1", NULL, "http://compute/servers/s1/os-volume_attachments"},
    {&kind_groups_of, "s1", NULL, "http://compute/servers/s1/os-security-groups"},
    {&kind_actions, "s1", NULL, "http://compute/servers/s1/os-instance-actions"},
    {&kind_action, "s1/req-1", NULL,
     "http://compute/servers/s1/os-instance-actions/req-1"},
    {&kind_flavor, "f", NULL, "http://compute/flavors/f"},
    {&kind_flavor_specs, "f", NULL, "http://compute/flavors/f/os-extra_specs"},
    {&kind_keypair, "k", NULL, "http://compute/os-keypairs/k"},
    {&kind_limits, "", NULL, "http://compute/limits"},
    {&kind_zones, "", NULL, "http://compute/os-availability-zone"},
    {&kind_server_groups, "", NULL, "http://compute/os-server-groups"},
    {&kind_server_group, "g", NULL, "http://compute/os-server-groups/g"},
    {&kind_shares, "s1", NULL, "http://compute/servers/s1/shares"},
    {&kind_image, "i", NULL, "http://image/images/i"},
    {&kind_image_usage, "", NULL, "http://image/info/usage"},
    {&kind_ports_of, "s1", NULL, "http://network/ports?device_id=s1"},
    {&kind_floating_ips, "p1,p2", NULL,
     "http://network/floatingips?port_id=p1&port_id=p2"},
    {&kind_networks, "n1", NULL, "http://network/networks?id=n1"},
    {&kind_network_quota, "p", NULL, "http://network/quotas/p"},
};

static void builds(void **state)
{
    (void)state;
    struct world *w = world_new(fake_session_new(93));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct request r = {0};
        rows[i].kind->one(w, rows[i].key, rows[i].page, &r);
        assert_string_equal(r.url, rows[i].url);
        assert_string_equal(r.method, "GET");
        assert_int_equal(r.service, rows[i].kind->service);
        request_clear(&r);
    }
    world_free(w);
}

static void contains(const struct kind *kind, const char *key, const char *page,
                     const char *part, const char *other)
{
    struct world *w = world_new(fake_session_new(93));
    struct request r = {0};
    kind->one(w, key, page, &r);
    if (!strstr(r.url, part) || !strstr(r.url, other))
        fail_msg("%s lacks %s or %s", r.url, part, other);
    request_clear(&r);
    world_free(w);
}

static void builds_pages(void **state)
{
    (void)state;
    contains(&kind_servers_by_tag, "t1", "m1", "/servers/detail?tags=t1", "marker=m1");
    contains(&kind_servers_by_name, "web1", "m1", "/servers/detail?name=", "marker=m1");
    contains(&kind_servers_all, "", "m1", "/servers/detail?", "marker=m1");
    contains(&kind_images_by_name, "rezone-x", "m1", "name=rezone-x", "marker=m1");
    contains(&kind_images_by_name, "n1", "m1", "name=n1", "marker=m1");
    contains(&kind_ports_count, "p", NULL, "project_id=p", "fields=id");
    contains(&kind_forwardings, "p", NULL, "project_id=p", "fields=port_forwardings");
}

/* An empty object would testify that nothing is marked, named or locked. */
static void a_document_has_an_id(void **state)
{
    (void)state;
    AUTO_JSON json_t *empty = parse("{}"), *hollow = parse("{'server': {}}");
    AUTO_JSON json_t *whole = parse("{'server': {'id': 's'}}");
    AUTO_JSON json_t *image = parse("{'id': 'i'}"), *odd = parse("{'id': 7}");
    assert_null(kind_server.unwrap(empty));
    assert_null(kind_server.unwrap(hollow));
    assert_non_null(kind_server.unwrap(whole));
    assert_null(kind_image.unwrap(empty));
    assert_null(kind_image.unwrap(odd));
    assert_non_null(kind_image.unwrap(image));
}

/* From 2.47 on a flavor inside a server has no id. */
static void asks_old_enough_for_the_flavor(void **state)
{
    (void)state;
    struct world *w = world_new(fake_session_new(93));
    struct request r = {0};
    kind_server_246.one(w, "s1", NULL, &r);
    assert_true(strv_has(&r.headers, "Version: 2.46"));
    request_clear(&r);
    kind_server.one(w, "s1", NULL, &r);
    assert_true(strv_has(&r.headers, "Version: 2.93"));
    request_clear(&r);
    world_free(w);
}

static void lists_many(void **state)
{
    (void)state;
    const char *keys[60];
    struct world *w = world_new(fake_session_new(93));
    struct request r = {0};
    for (size_t i = 0; i < 60; i++)
        keys[i] = i < 50 ? "a" : "b";
    kind_server.many(w, keys, 2, 0, NULL, &r);
    assert_null(strstr(r.url, "changes-since"));
    request_clear(&r);
    kind_server.many(w, keys, 2, 1700000000, "m1", &r);
    assert_non_null(strstr(r.url, "changes-since=2023-11-14T22"));
    assert_non_null(strstr(r.url, "marker=m1"));
    request_clear(&r);
    kind_image.many(w, keys, 60, 0, NULL, &r); /* as many as a URL should hold */
    assert_non_null(strstr(r.url, "a"));
    assert_null(strstr(r.url, "b"));
    request_clear(&r);
    AUTO_JSON json_t *item = parse("{'id': 'x'}");
    assert_string_equal(kind_server.id_of(item), "x");
    world_free(w);
}

static void follows_novas_pages(void **state)
{
    (void)state;
    AUTO_JSON json_t *more =
        parse("{'servers': [{'id': 'a'}, {'id': 'b'}], 'servers_links': "
              "[{'rel': 'next', 'href': 'http://elsewhere/?marker=z'}]}");
    AUTO_JSON json_t *end = parse("{'servers': [{'id': 'a'}]}");
    AUTO_JSON json_t *empty =
        parse("{'servers': [], 'servers_links': [{'rel': 'next', 'href': 'x'}]}");
    AUTO_FREE char *next = kind_servers_by_tag.next_page(more);
    assert_string_equal(next, "b");
    assert_null(kind_servers_by_tag.next_page(end));
    assert_null(kind_servers_by_tag.next_page(empty));
    assert_int_equal(json_array_size(kind_servers_by_tag.items(more)), 2);
}

static void follows_glances_pages(void **state)
{
    (void)state;
    AUTO_JSON json_t *more =
        parse("{'images': [], 'next': '/v2/images?limit=1&xmarker=no&marker=abc&tag=t'}");
    AUTO_JSON json_t *first = parse("{'images': [], 'next': '/v2/images?marker=abc'}");
    AUTO_JSON json_t *end = parse("{'images': []}");
    AUTO_JSON json_t *odd = parse("{'images': [], 'next': '/v2/images'}");
    AUTO_FREE char *next = kind_images_by_name.next_page(more);
    AUTO_FREE char *second = kind_images_by_name.next_page(first);
    assert_string_equal(next, "abc");
    assert_string_equal(second, "abc");
    assert_null(kind_images_by_name.next_page(end));
    assert_null(kind_images_by_name.next_page(odd));
}

static void what_hangs_on_servers_has_an_id_too(void **state)
{
    (void)state;
    static const struct {
        const struct kind *kind;
        const char *hollow, *whole;
    } things[] = {
        {&kind_port, "{'port': {}}", "{'port': {'id': 'p'}}"},
        {&kind_floating_ip, "{'floatingip': {}}", "{'floatingip': {'id': 'f'}}"},
        {&kind_volume, "{'volume': {}}", "{'volume': {'id': 'v'}}"},
    };
    for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
        AUTO_JSON json_t *hollow = parse(things[i].hollow),
                         *whole = parse(things[i].whole);
        assert_null(things[i].kind->unwrap(hollow));
        assert_non_null(things[i].kind->unwrap(whole));
    }
}

static void unwraps(void **state)
{
    (void)state;
    AUTO_JSON json_t *limits = parse("{'limits': {'rate': [], 'absolute': {'x': 1}}}");
    AUTO_JSON json_t *server = parse("{'server': {'id': 'a'}}");
    AUTO_JSON json_t *wrong = parse("{'servers': 7, 'server': null}");
    assert_int_equal(jint(kind_limits.unwrap(limits), "x", 0), 1);
    assert_string_equal(jstr(kind_server.unwrap(server), "id", ""), "a");
    assert_false(json_is_object(kind_server.unwrap(wrong)));
    assert_false(json_is_array(kind_servers_brief.items(wrong)));
    assert_null(kind_zones.items(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds),
        cmocka_unit_test(builds_pages),
        cmocka_unit_test(a_document_has_an_id),
        cmocka_unit_test(asks_old_enough_for_the_flavor),
        cmocka_unit_test(lists_many),
        cmocka_unit_test(follows_novas_pages),
        cmocka_unit_test(follows_glances_pages),
        cmocka_unit_test(what_hangs_on_servers_has_an_id_too),
        cmocka_unit_test(unwraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
