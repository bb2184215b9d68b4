/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/error: every service's refusals in its own words, made harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "fixture.h"

static void says(struct reply reply, enum service service, enum err_code code,
                 const char *text)
{
    struct err err = {0};
    assert_false(cloud_error(&reply, service, &err));
    assert_string_equal(err.text, text);
    assert_string_equal(err_name(err.code), err_name(code));
    reply_clear(&reply);
}

static void each_service_in_its_own_words(void **state)
{
    (void)state;
    says(reply_of_file(401, "keystone/unauthorized.json"), SERVICE_IDENTITY, ERR_AUTH,
         "identity answered 401: The request you have made requires authentication");
    says(reply_of_file(409, "nova/locked.json"), SERVICE_COMPUTE, ERR_CONFLICT,
         "compute answered 409: Instance " SERVER " is locked");
    says(reply_of_file(409, "neutron/port_in_use.json"), SERVICE_NETWORK, ERR_CONFLICT,
         "network answered 409: IP address 10.0.0.5 already allocated in subnet "
         "5f4e6f6e-75a5-4d4a-9a4a-1f2e3d4c5b6a");
    says(reply_of_file(409, "glance/conflict.html"), SERVICE_IMAGE, ERR_CONFLICT,
         "image answered 409: Image 0e7761dd-ee98-41f0-ba35-05994e446431 could not be "
         "deleted "
         "because it is in use: The image cannot be deleted because it has snapshot(s) & "
         "more");
    says(reply_of(400, "{\"errors\": [{\"status\": 400, \"title\": \"Bad Request\", "
                       "\"detail\": \"no such class\"}]}"),
         SERVICE_COMPUTE, ERR_REFUSED, "compute answered 400: no such class");
    says(reply_of(404,
                  "{\"message\": \"No image x<br /><br />\\n\\n\", \"code\": \"404\"}"),
         SERVICE_IMAGE, ERR_NOTFOUND, "image answered 404: No image x");
    says(reply_of(404, "{\"NeutronError\": \"Port gone\"}"), SERVICE_NETWORK,
         ERR_NOTFOUND, "network answered 404: Port gone");
    says(reply_of(503, "upstream connect error\n"), SERVICE_VOLUME, ERR_SERVICE,
         "volume answered 503: upstream connect error");
    says(reply_of(502, "<html><h1>502 Bad Gateway</h1></html>"), SERVICE_IMAGE,
         ERR_SERVICE, "image answered 502: 502 Bad Gateway");
    says(reply_of(500, ""), SERVICE_IMAGE, ERR_SERVICE,
         "image answered 500 without a word");
    says(reply_of_file(406, "nova/version_range.json"), SERVICE_COMPUTE, ERR_REFUSED,
         "compute answered 406: Version 2.104 is not supported by the API. Minimum is "
         "2.1 and "
         "maximum is 2.93");
}

static void a_spent_quota_is_told_from_the_rest(void **state)
{
    (void)state;
    struct err err = {0};
    struct {
        struct reply reply;
        enum service service;
        enum err_code code;
    } rows[] = {
        {reply_of_file(403, "nova/quota.json"), SERVICE_COMPUTE, ERR_QUOTA},
        {reply_of_file(403, "nova/policy.json"), SERVICE_COMPUTE, ERR_FORBIDDEN},
        {reply_of_file(409, "neutron/over_quota.json"), SERVICE_NETWORK, ERR_QUOTA},
        {reply_of(413, "{\"overLimit\": {\"message\": \"too much\"}}"), SERVICE_VOLUME,
         ERR_QUOTA},
        {reply_of(413, "{\"overLimit\": {\"message\": \"too fast\"}}"), SERVICE_COMPUTE,
         ERR_RATE},
        {reply_of(429, ""), SERVICE_COMPUTE, ERR_RATE},
        {reply_of(412, ""), SERVICE_NETWORK, ERR_CONFLICT},
        {reply_of(408, ""), SERVICE_NETWORK, ERR_TIMEOUT},
    };
    rows[3].reply.retry_after_s = 0;
    rows[4].reply.retry_after_s = 5;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        err_clear(&err);
        cloud_error(&rows[i].reply, rows[i].service, &err);
        assert_string_equal(err_name(err.code), err_name(rows[i].code));
        reply_clear(&rows[i].reply);
    }
}

static void the_request_id_goes_along(void **state)
{
    (void)state;
    struct err err = {0};
    struct reply reply = reply_of_file(500, "nova/fault.json");
    snprintf(reply.request_id, sizeof(reply.request_id), "req-1\x1b[31m");
    cloud_error(&reply, SERVICE_COMPUTE, &err);
    assert_string_equal(err.request_id, "req-1\\x1B[31m");
    assert_null(strchr(err.text, '\n'));
    reply_clear(&reply);
}

static void the_transport_speaks_for_itself(void **state)
{
    (void)state;
    struct err err = {0};
    struct reply reply = {.fate = REPLY_NOT_SENT};
    err_set(&reply.err, ERR_TLS, "the certificate has ended");
    cloud_error(&reply, SERVICE_IMAGE, &err);
    assert_int_equal(err.code, ERR_TLS);
    assert_string_equal(err.text, "image: the certificate has ended");
    err_clear(&err);
    reply.err = (struct err){0};
    cloud_error(&reply, SERVICE_IMAGE, &err);
    assert_int_equal(err.code, ERR_CONNECT);
}

static void a_redirect_names_where_to(void **state)
{
    (void)state;
    struct reply reply = reply_of(302, "<html>moved</html>");
    reply_add(&reply, "Location: https://sso.example/\x07login");
    says(reply, SERVICE_IDENTITY, ERR_PROTOCOL,
         "identity answered 302 and sends us to https://sso.example/\\x07login: "
         "redirects are "
         "not followed, its address should be that one");
}

static void hostile_words_are_harmless_and_short(void **state)
{
    (void)state;
    struct text t = {0};
    text_add(&t, "{\"badRequest\": {\"message\": \"\\u001b[2J \\u202e \\n\\n\\t");
    for (int i = 0; i < 5000; i++)
        text_add(&t, "\\u00e9");
    text_add(&t, "\"}}");
    struct reply reply = reply_of(400, text_str(&t));
    AUTO_FREE char *s = cloud_message(&reply);
    assert_true(text_chars(s) <= 303);
    assert_true(text_starts(s, "\\x1B[2J \\u{202E} \xc3\xa9"));
    assert_true(text_ends(s, "..."));
    reply_clear(&reply);
    text_clear(&t);
}

static void json_of_a_good_answer(void **state)
{
    (void)state;
    struct err err = {0};
    json_t *root = NULL;
    struct reply reply = reply_of_file(200, "nova/server.json");
    assert_true(cloud_json(&reply, SERVICE_COMPUTE, &root, &err));
    assert_string_equal(jstr(jget(root, "server/flavor"), "original_name", ""),
                        "m1.tiny");
    json_decref(root);
    reply.body_cut = true;
    assert_false(cloud_json(&reply, SERVICE_COMPUTE, &root, &err));
    assert_int_equal(err.code, ERR_PROTOCOL);
    reply_clear(&reply);
}

static void no_json_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "[]",
                                         "\"x\"",
                                         "{",
                                         "{\"a\": 1, \"a\": 2}",
                                         "<html></html>",
                                         "{\"a\": \"\\u0000\"}",
                                         "null"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        struct err err = {0};
        json_t *root = NULL;
        struct reply reply = reply_of(200, bodies[i]);
        assert_false(cloud_json(&reply, SERVICE_IMAGE, &root, &err));
        assert_int_equal(err.code, ERR_PROTOCOL);
        assert_null(root);
        reply_clear(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_service_in_its_own_words),
        cmocka_unit_test(a_spent_quota_is_told_from_the_rest),
        cmocka_unit_test(the_request_id_goes_along),
        cmocka_unit_test(the_transport_speaks_for_itself),
        cmocka_unit_test(a_redirect_names_where_to),
        cmocka_unit_test(hostile_words_are_harmless_and_short),
        cmocka_unit_test(json_of_a_good_answer),
        cmocka_unit_test(no_json_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
