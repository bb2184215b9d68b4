/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/nova: what is read, under which microversion, and what replies tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/nova.h"
#include "fixture.h"

#define TOP   "https://compute.one.example:8774/v2.1/" PROJECT
#define IMAGE "0e7761dd-ee98-41f0-ba35-05994e446431"

static struct session *s;

static int start(void **state)
{
    (void)state;
    s = session_ready(93);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    session_free(s);
    return 0;
}

/* Also clears the request. */
static void reads(struct request *r, const char *path, const char *version)
{
    assert_string_equal(r->method, "GET");
    assert_true(text_starts(r->url, TOP));
    assert_string_equal(r->url + strlen(TOP), path);
    assert_string_equal(header_of(r, "X-OpenStack-Nova-API-Version"), version);
    assert_null(r->body);
    assert_int_equal(r->service, SERVICE_COMPUTE);
    request_clear(r);
}

static void single_things(void **state)
{
    (void)state;
    struct request r;
    nova_server(s, &r, SERVER);
    reads(&r, "/servers/" SERVER, "2.93");
    nova_server_at_246(s, &r, SERVER);
    reads(&r, "/servers/" SERVER, "2.46");
    nova_interfaces(s, &r, SERVER);
    reads(&r, "/servers/" SERVER "/os-interface", "2.93");
    nova_attachments(s, &r, SERVER);
    reads(&r, "/servers/" SERVER "/os-volume_attachments", "2.93");
    nova_security_groups(s, &r, SERVER);
    reads(&r, "/servers/" SERVER "/os-security-groups", "2.93");
    nova_shares(s, &r, "a b/..?");
    reads(&r, "/servers/a%20b%2F..%3F/shares", "2.93");
    nova_actions(s, &r, SERVER);
    reads(&r, "/servers/" SERVER "/os-instance-actions", "2.93");
    nova_action_detail(s, &r, SERVER, "req-1");
    reads(&r, "/servers/" SERVER "/os-instance-actions/req-1", "2.93");
    nova_flavor(s, &r, "m1.tiny/x");
    reads(&r, "/flavors/m1.tiny%2Fx", "2.93");
    nova_flavor_extra_specs(s, &r, "42");
    reads(&r, "/flavors/42/os-extra_specs", "2.93");
    nova_keypair(s, &r, "my key");
    reads(&r, "/os-keypairs/my%20key", "2.93");
    nova_limits(s, &r);
    reads(&r, "/limits", "2.93");
    nova_zones(s, &r);
    reads(&r, "/os-availability-zone", "2.93");
    nova_server_groups(s, &r);
    reads(&r, "/os-server-groups", "2.93");
}

static void lists(void **state)
{
    (void)state;
    struct request r;
    nova_servers_by_tag(s, &r, "rezone:1:target", NULL);
    reads(&r, "/servers/detail?tags=rezone%3A1%3Atarget&limit=1000", "2.93");
    nova_servers_by_tag(s, &r, "t", SERVER);
    reads(&r, "/servers/detail?tags=t&limit=1000&marker=" SERVER, "2.93");
    nova_servers_changed(s, &r, "2026-03-01T10:00:00Z", NULL);
    reads(&r, "/servers/detail?changes-since=2026-03-01T10%3A00%3A00Z&limit=1000",
          "2.93");
    nova_servers_changed(s, &r, NULL, NULL);
    reads(&r, "/servers/detail?limit=1000", "2.93");
    nova_servers_brief(s, &r);
    reads(&r, "/servers", "2.93");
    nova_flavors(s, &r, NULL);
    reads(&r, "/flavors/detail?is_public=None&limit=1000", "2.93");
}

static void names_are_no_expressions(void **state)
{
    (void)state;
    struct request r;
    nova_servers_by_name(s, &r, "web-1.example", NULL);
    reads(&r, "/servers/detail?name=%5Eweb-1.example%24&limit=1000", "2.93");
    nova_servers_by_name(s, &r, "a|b(c)*", NULL);
    reads(&r, "/servers/detail?name=%5Ea.b.c..%24&limit=1000", "2.93");
    nova_servers_by_name(s, &r, "", NULL);
    reads(&r, "/servers/detail?name=%5E%24&limit=1000", "2.93");
}

static void the_image_is_found_in_body_or_location(void **state)
{
    (void)state;
    struct reply reply = reply_of_file(202, "nova/image_id.json");
    AUTO_FREE char *body = nova_created_image_id(&reply);
    assert_string_equal(body, IMAGE);
    reply_clear(&reply);

    static const char *const locations[] = {
        "Location: http://glance/v2/images/" IMAGE,
        "location: http://glance/images/" IMAGE "/",
        "Location: http://glance/images/" IMAGE "?x=1", "Location: " IMAGE};
    for (size_t i = 0; i < sizeof(locations) / sizeof(*locations); i++) {
        reply = reply_of(202, "");
        reply_add(&reply, locations[i]);
        AUTO_FREE char *id = nova_created_image_id(&reply);
        assert_string_equal(id, IMAGE);
        reply_clear(&reply);
    }
}

static void no_image_where_none_is_told(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *location;
    } rows[] = {
        {202, "", "X: y"},
        {202, "{\"image_id\": 7}", "Location: "},
        {202, "[]", "Location: /"},
        {202, "{\"image_id\": \"../../x\"}", "Location: http://glance/images/"},
        {409, "{\"image_id\": \"" IMAGE "\"}", "X: y"},
        {202, "{\"image_id\": \"" IMAGE, "X: y"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct reply reply = reply_of(rows[i].status, rows[i].body);
        reply_add(&reply, rows[i].location);
        assert_null(nova_created_image_id(&reply));
        reply_clear(&reply);
    }
    struct reply none = {.fate = REPLY_UNKNOWN};
    assert_null(nova_created_image_id(&none));
}

static void the_request_id_of_the_action(void **state)
{
    (void)state;
    struct reply reply = reply_of(202, "");
    assert_string_equal(nova_request_id(&reply), "");
    snprintf(reply.request_id, sizeof(reply.request_id), "req-2");
    assert_string_equal(nova_request_id(&reply), "req-2");
    reply_add(&reply, "x-compute-request-id: req-1");
    assert_string_equal(nova_request_id(&reply), "req-1");
    reply_clear(&reply);
}

#define READY(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READY(single_things),
        READY(lists),
        READY(names_are_no_expressions),
        cmocka_unit_test(the_image_is_found_in_body_or_location),
        cmocka_unit_test(no_image_where_none_is_told),
        cmocka_unit_test(the_request_id_of_the_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
