/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/session_token: when a token is asked for, and when no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cloud/session.h"
#include "dialog.h"
#include "fixture.h"

static void a_token_is_renewed_before_its_end(void **state)
{
    (void)state;
    struct session *s = session_ready(93);
    clock_advance(3600 - 121);
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    clock_jump_wall(86400);
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    clock_advance(2);
    asks(s, SERVICE_NETWORK, "POST", "https://identity.example:5000/v3/auth/tokens");
    needs(s, SERVICE_IMAGE, SESSION_WAIT, "");
    hears(s, SERVICE_NETWORK, reply_of_token(2));
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    needs(s, SERVICE_COMPUTE, SESSION_READY, "");
    assert_int_equal(session_generation(s), 2);
    struct request r;
    session_request(s, &r, SERVICE_COMPUTE, "GET", "/servers", COMPUTE_KNOWN);
    assert_string_equal(header_of(&r, "X-Auth-Token"), "gAAAA-2");
    request_clear(&r);
    session_free(s);
}

static void short_lives_are_no_endless_loop(void **state)
{
    (void)state;
    struct session *s = fresh();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    struct reply reply = reply_of(
        201, "{\"token\": {\"expires_at\": \"2026-03-01T10:01:00Z\", \"issued_at\": "
             "\"2026-03-01T10:00:00Z\", \"project\": {\"id\": \"p\"}, \"catalog\": "
             "[{\"type\": "
             "\"image\", \"endpoints\": [{\"interface\": \"public\", \"region\": "
             "\"RegionOne\", \"url\": \"http://i\"}]}]}}");
    reply_add(&reply, "X-Subject-Token: t");
    hears(s, SERVICE_IMAGE, reply);
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    needs(s, SERVICE_VOLUME, SESSION_FAILED,
          "the catalog has no volume service at all: it has image");
    assert_false(session_has_service(s, SERVICE_VOLUME));
    assert_string_equal(session_endpoint(s, SERVICE_VOLUME), "");
    clock_advance(46);
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    session_free(s);
}

static void a_refused_token_is_asked_for_again_once(void **state)
{
    (void)state;
    struct session *s = session_ready(93);
    struct err err = {0};
    struct request r;
    assert_true(session_token_refused(s, 1, &err));
    session_request(s, &r, SERVICE_IMAGE, "GET", "/images", 0);
    request_clear(&r);
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    assert_true(session_token_refused(s, 1, &err));
    hears(s, SERVICE_IMAGE, reply_of_token(2));
    assert_true(session_token_refused(s, 1, &err));
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    assert_false(session_token_refused(s, 2, &err));
    assert_int_equal(err.code, ERR_SERVICE);
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    err_clear(&err);
    clock_advance(600);
    assert_true(session_token_refused(s, 2, &err));
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    session_free(s);
}

static void wrong_credentials_are_not_tried_again(void **state)
{
    (void)state;
    struct session *s = fresh();
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears_bad(s, SERVICE_COMPUTE, reply_of_file(401, "keystone/unauthorized.json"),
              ERR_AUTH);
    needs(s, SERVICE_COMPUTE, SESSION_FAILED,
          "authentication: identity answered 401: The request you have made requires "
          "authentication");
    session_free(s);
}

static void good_credentials_get_three_tries(void **state)
{
    (void)state;
    struct session *s = session_ready(93);
    clock_advance(3600);
    for (int i = 0; i < 3; i++) {
        asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
        hears_bad(s, SERVICE_IMAGE, reply_of_file(401, "keystone/unauthorized.json"),
                  ERR_AUTH);
    }
    needs(s, SERVICE_IMAGE, SESSION_FAILED,
          "authentication: identity answered 401: The request you have made requires "
          "authentication");
    session_free(s);
}

static void trouble_may_be_tried_again_for_ever(void **state)
{
    (void)state;
    struct session *s = fresh();
    for (int i = 0; i < 20; i++) {
        asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
        struct reply gone = {.fate = REPLY_UNKNOWN};
        err_set(&gone.err, ERR_TIMEOUT, "no answer in 60 s");
        hears_bad(s, SERVICE_COMPUTE, gone, ERR_TIMEOUT);
        asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
        hears_bad(s, SERVICE_COMPUTE, reply_of(503, "busy"), ERR_SERVICE);
        asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
        hears_bad(s, SERVICE_COMPUTE, reply_of(429, ""), ERR_RATE);
    }
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_COMPUTE, reply_of_token(1));
    asks(s, SERVICE_COMPUTE, "GET", COMPUTE "/");
    hears_bad(s, SERVICE_COMPUTE, reply_of(503, "busy"), ERR_SERVICE);
    asks(s, SERVICE_COMPUTE, "GET", COMPUTE "/");
    hears(s, SERVICE_COMPUTE, reply_of_file(200, "nova/version.json"));
    needs(s, SERVICE_COMPUTE, SESSION_READY, "");
    session_free(s);
}

static struct session *with_token(void)
{
    char token[] = "gAAAA-own";
    struct cloud_config c = config_of_demo();
    c.auth_type = AUTH_TOKEN;
    c.token = xstrdup(token);
    return session_new(&c);
}

static void a_token_of_the_user_cannot_be_renewed(void **state)
{
    (void)state;
    static const char text[] = "the token has ended and one given as such cannot be "
                               "renewed: get another, or use a "
                               "password or an application credential for long runs";
    struct err err = {0};
    struct session *s = with_token();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_IMAGE, reply_of_token(1));
    clock_advance(3599);
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    clock_advance(2);
    needs(s, SERVICE_IMAGE, SESSION_FAILED, text);
    session_free(s);
    s = with_token();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_IMAGE, reply_of_token(1));
    assert_false(session_token_refused(s, 1, &err));
    assert_int_equal(err.code, ERR_AUTH);
    assert_string_equal(err.text, text);
    session_free(s);
}

static void the_auth_url_is_discovered_when_v3_lies_elsewhere(void **state)
{
    (void)state;
    struct session *s = fresh();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_IMAGE, reply_of(404, "nothing here"));
    asks(s, SERVICE_IMAGE, "GET", "https://identity.example:5000/v3/");
    needs(s, SERVICE_COMPUTE, SESSION_WAIT, "");
    hears(s, SERVICE_IMAGE, reply_of_file(300, "keystone/versions.json"));
    asks(s, SERVICE_IMAGE, "POST",
         "https://identity.example:5000/identity/v3/auth/tokens");
    hears(s, SERVICE_IMAGE, reply_of_token(1));
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    assert_string_equal(session_identity(s),
                        "https://identity.example:5000/identity RegionOne " PROJECT);
    session_free(s);
}

static void an_auth_url_of_something_else_fails(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *to_post, *to_get, *text;
    } rows[] = {
        {300, "{\"versions\": []}", "{\"versions\": []}",
         "no Keystone v3 is listed at https://identity.example:5000/v3: the auth URL "
         "should "
         "end in /v3"},
        {200, "<html>Welcome</html>", "<html>Welcome</html>",
         "identity answered 200, but not in JSON: '[' or '{' expected near '<'"},
        {200, "{}", "[]", "identity answered 200 with JSON that is no object"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct session *s = fresh();
        asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
        hears(s, SERVICE_IMAGE, reply_of(rows[i].status, rows[i].to_post));
        asks(s, SERVICE_IMAGE, "GET", "https://identity.example:5000/v3/");
        struct reply reply = reply_of(rows[i].status, rows[i].to_get);
        struct err err = {0};
        assert_false(session_prepared(s, SERVICE_IMAGE, &reply, &err));
        reply_clear(&reply);
        AUTO_FREE char *text =
            xasprintf("the auth URL https://identity.example:5000/v3: %s", rows[i].text);
        needs(s, SERVICE_IMAGE, SESSION_FAILED, text);
        session_free(s);
    }
}

static void a_redirect_is_not_followed_for_ever(void **state)
{
    (void)state;
    struct session *s = fresh();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    struct reply reply = reply_of(301, "");
    reply_add(&reply, "Location: https://sso.example/");
    hears_bad(s, SERVICE_IMAGE, reply, ERR_PROTOCOL);
    needs(s, SERVICE_IMAGE, SESSION_FAILED,
          "authentication: identity answered 301 and sends us to https://sso.example/: "
          "redirects are not followed, its address should be that one");
    session_free(s);
}

static void an_auth_url_without_keystone_fails(void **state)
{
    (void)state;
    struct session *s = fresh();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_IMAGE, reply_of(405, ""));
    asks(s, SERVICE_IMAGE, "GET", "https://identity.example:5000/v3/");
    hears_bad(s, SERVICE_IMAGE, reply_of(200, "{\"welcome\": true}"), ERR_CONFIG);
    needs(s, SERVICE_IMAGE, SESSION_FAILED,
          "the auth URL https://identity.example:5000/v3: no Keystone v3 is listed at "
          "https://identity.example:5000/v3: the auth URL should end in /v3");
    session_free(s);
    s = fresh();
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_IMAGE, reply_of(404, ""));
    asks(s, SERVICE_IMAGE, "GET", "https://identity.example:5000/v3/");
    hears_bad(s, SERVICE_IMAGE, reply_of(404, ""), ERR_NOTFOUND);
    needs(
        s, SERVICE_IMAGE, SESSION_FAILED,
        "the auth URL https://identity.example:5000/v3: identity answered 404 without a "
        "word");
    session_free(s);
}

static void another_project_is_not_slipped_in(void **state)
{
    (void)state;
    struct session *s = session_ready(93);
    clock_advance(3600);
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    struct reply reply = reply_of(
        201, "{\"token\": {\"project\": {\"id\": \"other\"}, \"catalog\": [1]}}");
    reply_add(&reply, "X-Subject-Token: t");
    hears_bad(s, SERVICE_IMAGE, reply, ERR_AUTH);
    needs(s, SERVICE_IMAGE, SESSION_FAILED,
          "the new token is for another project than the first");
    session_free(s);
}

#define AT_REST(f) cmocka_unit_test_setup_teardown(f, dialog_start, dialog_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_REST(a_token_is_renewed_before_its_end),
        AT_REST(short_lives_are_no_endless_loop),
        AT_REST(a_refused_token_is_asked_for_again_once),
        AT_REST(wrong_credentials_are_not_tried_again),
        AT_REST(good_credentials_get_three_tries),
        AT_REST(trouble_may_be_tried_again_for_ever),
        AT_REST(a_token_of_the_user_cannot_be_renewed),
        AT_REST(the_auth_url_is_discovered_when_v3_lies_elsewhere),
        AT_REST(an_auth_url_of_something_else_fails),
        AT_REST(a_redirect_is_not_followed_for_ever),
        AT_REST(an_auth_url_without_keystone_fails),
        AT_REST(another_project_is_not_slipped_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
