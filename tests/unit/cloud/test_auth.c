/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/auth: the bodies that Keystone takes, and what its answer may look like.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cloud/auth.h"
#include "fixture.h"

#define BASE "https://identity.example:5000/v3"

static void asks(const struct cloud_config *c, const char *body)
{
    struct request r;
    auth_request(c, BASE, &r);
    assert_string_equal(r.method, "POST");
    assert_string_equal(r.url, BASE "/auth/tokens");
    assert_string_equal(header_of(&r, "Content-Type"), "application/json");
    assert_true(r.secret_body);
    assert_string_equal(r.body, body);
    request_clear(&r);
}

static void the_base_is_found_in_any_spelling(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"https://h:5000", "https://h:5000/v3"},
        {"https://h:5000/", "https://h:5000/v3"},
        {"https://h:5000/v3", "https://h:5000/v3"},
        {"https://h:5000/v3/", "https://h:5000/v3"},
        {"https://h:5000/v2.0", "https://h:5000/v3"},
        {"https://h/identity", "https://h/identity/v3"},
        {"https://h/identity/v3/auth/tokens", "https://h/identity/v3"},
        {"https://h/v1/keystone", "https://h/v1/keystone/v3"},
        {"https://v3.example", "https://v3.example/v3"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_FREE char *base = auth_base(rows[i][0]);
        assert_string_equal(base, rows[i][1]);
    }
}

static void with_a_password(void **state)
{
    (void)state;
    char p[] = "p\"w", u[] = "ann", d[] = "Default", pr[] = "web", id[] = "4711";
    struct cloud_config c = {.auth_type = AUTH_PASSWORD,
                             .username = u,
                             .password = p,
                             .user_domain_name = d,
                             .project_name = pr,
                             .project_domain_id = id};
    asks(&c,
         "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{"
         "\"name\":\"ann\",\"domain\":{\"name\":\"Default\"},\"password\":\"p\\\"w\"}}},"
         "\"scope\":{\"project\":{\"name\":\"web\",\"domain\":{\"id\":\"4711\"}}}}}");
    c.user_id = id;
    c.project_id = pr;
    asks(&c,
         "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{"
         "\"id\":\"4711\",\"password\":\"p\\\"w\"}}},"
         "\"scope\":{\"project\":{\"id\":\"web\"}}}}");
}

static void with_an_application_credential(void **state)
{
    (void)state;
    char id[] = "4711", secret[] = "hush", name[] = "mover", u[] = "ann", d[] = "corp";
    struct cloud_config c = {.auth_type = AUTH_APPLICATION_CREDENTIAL,
                             .app_cred_id = id,
                             .app_cred_secret = secret,
                             .project_id = d};
    asks(&c, "{\"auth\":{\"identity\":{\"methods\":[\"application_credential\"],"
             "\"application_credential\":{\"secret\":\"hush\",\"id\":\"4711\"}}}}");
    c.app_cred_id = NULL;
    c.app_cred_name = name;
    c.username = u;
    c.user_domain_id = d;
    asks(&c,
         "{\"auth\":{\"identity\":{\"methods\":[\"application_credential\"],"
         "\"application_credential\":{\"secret\":\"hush\",\"name\":\"mover\",\"user\":{"
         "\"name\":\"ann\",\"domain\":{\"id\":\"corp\"}}}}}}");
}

static void with_a_token(void **state)
{
    (void)state;
    char t[] = "gAAAA", p[] = "web";
    struct request r;
    struct cloud_config c = {.auth_type = AUTH_TOKEN, .token = t, .project_id = p};
    asks(&c,
         "{\"auth\":{\"identity\":{\"methods\":[\"token\"],\"token\":{\"id\":\"gAAAA\"}},"
         "\"scope\":{\"project\":{\"id\":\"web\"}}}}");
    c.project_id = NULL;
    auth_request(&c, BASE, &r);
    assert_string_equal(r.method, "GET");
    assert_string_equal(header_of(&r, "X-Auth-Token"), "gAAAA");
    assert_string_equal(header_of(&r, "X-Subject-Token"), "gAAAA");
    assert_null(r.body);
    request_clear(&r);
}

static void a_token_is_read(void **state)
{
    (void)state;
    struct cloud_config c = {.auth_type = AUTH_PASSWORD};
    struct auth_token t = {0};
    struct err err = {0};
    struct reply reply = reply_of_token(7);
    reply.sent_at = 1000;
    assert_true(auth_parse(&c, &reply, &t, &err));
    assert_string_equal(t.id, "gAAAA-7");
    assert_string_equal(t.project_id, PROJECT);
    assert_string_equal(t.project_name, "demo");
    assert_string_equal(t.user_name, "demo");
    assert_true(strv_has(&t.roles, "member"));
    assert_float_equal(t.life_s, 3600, 0.001);
    assert_float_equal(t.got_at, 1000, 0.001);
    AUTO_FREE char *shown = log_redact("X gAAAA-7");
    assert_null(strstr(shown, "gAAAA-7"));
    auth_token_clear(&t);
    reply_clear(&reply);
    log_close();
}

static void a_token_that_is_looked_at_keeps_its_age(void **state)
{
    (void)state;
    char own[] = "gAAAA-own";
    struct cloud_config c = {.auth_type = AUTH_TOKEN, .token = own};
    struct auth_token t = {0};
    struct err err = {0};
    struct reply reply = reply_of_file(200, "keystone/token.json");
    assert_true(clock_parse_iso("2026-03-01T10:50:00Z", &reply.date));
    assert_true(auth_parse(&c, &reply, &t, &err));
    assert_string_equal(t.id, "gAAAA-own");
    assert_float_equal(t.life_s, 600, 0.001);
    auth_token_clear(&t);
    reply_clear(&reply);
}

static void bad(struct reply reply, enum err_code code, const char *text)
{
    struct cloud_config c = {.auth_type = AUTH_PASSWORD};
    struct auth_token t = {0};
    struct err err = {0};
    assert_false(auth_parse(&c, &reply, &t, &err));
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, code);
    assert_null(t.id);
    reply_clear(&reply);
}

static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    struct reply reply = reply_of_file(401, "keystone/unauthorized.json");
    bad(reply, ERR_AUTH,
        "authentication: identity answered 401: The request you have made "
        "requires authentication");
    reply = reply_of_file(401, "keystone/unauthorized.json");
    reply_add(&reply, "Openstack-Auth-Receipt: x");
    bad(reply, ERR_AUTH,
        "authentication: a second factor is wanted, use an application "
        "credential: identity answered 401: The request you have made "
        "requires authentication");
    bad(reply_of_file(201, "keystone/token.json"), ERR_PROTOCOL,
        "identity answered 201 without a usable token");
    reply = reply_of_file(201, "keystone/token.json");
    reply_add(&reply, "X-Subject-Token: two words");
    bad(reply, ERR_PROTOCOL, "identity answered 201 without a usable token");
    reply = reply_of_file(201, "keystone/token_unscoped.json");
    reply_add(&reply, "X-Subject-Token: gAAAA");
    bad(reply, ERR_AUTH,
        "the token is for no project: name one with --os-project-name, "
        "OS_PROJECT_NAME or auth.project_name");
    bad(reply_of(201, "{\"token\": {\"project\": {\"id\": \"x\"}, \"catalog\": []}}"),
        ERR_AUTH, "identity gave a token without a catalog of services");
    bad(reply_of(200, "<html>Welcome to nginx</html>"), ERR_PROTOCOL,
        "identity answered 200, but not in JSON: '[' or '{' expected near '<'");
    reply = (struct reply){.fate = REPLY_NOT_SENT};
    err_set(&reply.err, ERR_CONNECT, "nobody listens at h:5000");
    bad(reply, ERR_CONNECT, "authentication: identity: nobody listens at h:5000");
}

static void lives_of_any_shape(void **state)
{
    (void)state;
    static const struct {
        const char *times;
        double life_s;
    } rows[] = {
        {"", 0},
        {"\"expires_at\": 7,", 0},
        {"\"expires_at\": \"soon\",", 0},
        {"\"expires_at\": \"2026-03-01T11:00:00Z\", \"issued_at\": "
         "\"2026-03-01T12:00:00Z\",",
         1},
        {"\"expires_at\": \"2026-03-01T11:00:00Z\", \"issued_at\": "
         "\"2026-03-01T10:59:00Z\",",
         60},
    };
    struct cloud_config c = {.auth_type = AUTH_PASSWORD};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct auth_token t = {0};
        struct err err = {0};
        AUTO_FREE char *body = xasprintf("{\"token\": {%s \"project\": {\"id\": \"x\"}, "
                                         "\"catalog\": [7], \"roles\": 7,"
                                         " \"user\": []}}",
                                         rows[i].times);
        struct reply reply = reply_of(201, body);
        reply_add(&reply, "X-Subject-Token: gAAAA");
        assert_true(auth_parse(&c, &reply, &t, &err));
        assert_float_equal(t.life_s, rows[i].life_s, 0.001);
        auth_token_clear(&t);
        reply_clear(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_is_found_in_any_spelling),
        cmocka_unit_test(with_a_password),
        cmocka_unit_test(with_an_application_credential),
        cmocka_unit_test(with_a_token),
        cmocka_unit_test(a_token_is_read),
        cmocka_unit_test(a_token_that_is_looked_at_keeps_its_age),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(lives_of_any_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
