/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/http_log: the debug log can be typed again, and shows no secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "client.h"
#include "net/http_log.h"
#include "server.h"

static struct text seen;

static void keep(void *ctx, const char *line)
{
    (void)ctx;
    text_add(&seen, line);
    text_add(&seen, "\n");
}

static int open_log(void **state)
{
    (void)state;
    log_open(keep, NULL);
    return 0;
}

static int close_log(void **state)
{
    (void)state;
    log_close();
    text_clear(&seen);
    return 0;
}

static struct request post(const char *body)
{
    struct request r;
    request_init(&r, "POST", "http://nova:8774/v2.1/servers");
    request_header(&r, "X-Auth-Token", "gAAAA-token-1");
    request_body(&r, xstrdup(body), "application/json");
    return r;
}

static void a_request_is_a_command_line(void **state)
{
    (void)state;
    struct request r = post("{\"a\": \"it's\"}");
    http_log_request(&r, 1);
    char hex[13];
    text_hash_hex("gAAAA-token-1", hex, sizeof(hex));
    AUTO_FREE char *expected =
        xasprintf("curl -X POST -H 'X-Auth-Token: {SHA256}%s' -H 'Content-Type: "
                  "application/json' -d '{\"a\": \"it'\\''s\"}' "
                  "'http://nova:8774/v2.1/servers'\n",
                  hex);
    assert_string_equal(text_str(&seen), expected);
    request_clear(&r);
}

static void reads_and_tries_are_told_apart(void **state)
{
    (void)state;
    struct request get, head;
    request_init(&get, "GET", "http://op:pw@h/x");
    request_init(&head, "HEAD", "http://h/x");
    http_log_request(&get, 3);
    http_log_request(&head, 1);
    assert_string_equal(text_str(&seen),
                        "curl 'http://h/x' # try 3\ncurl -I 'http://h/x'\n");
    request_clear(&get);
    request_clear(&head);
}

static void credentials_are_not_shown_at_all(void **state)
{
    (void)state;
    struct request r = post("{\"anything\": \"hunter2\"}");
    r.secret_body = true;
    struct reply reply = {
        .fate = REPLY_HTTP, .status = 201, .body = xstrdup("{\"x\":\"roles\"}")};
    reply.body_len = strlen(reply.body);
    http_log_request(&r, 1);
    http_log_reply(&r, &reply);
    assert_null(strstr(text_str(&seen), "hunter2"));
    assert_null(strstr(text_str(&seen), "roles"));
    assert_non_null(strstr(text_str(&seen), "reply 201"));
    request_clear(&r);
    reply_clear(&reply);
}

static bool answer(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx, (void)req;
    peer_reply(peer, "202 Accepted",
               "X-Subject-Token: fresh-token-2\r\nX-Compute-Request-Id: req-7\r\n"
               "Set-Cookie: s=cookie-3\r\n",
               "{\"server\":{\"adminPass\":\"pass-4\",\"note\":\"fresh-token-2\","
               "\"user_data\":\"data-5\",\"id\":\"shown\\u001b[2J\\n\"}}\x1b");
    return true;
}

static void no_secret_of_a_whole_exchange_is_logged(void **state)
{
    (void)state;
    struct server *server = server_new(answer, NULL);
    struct client c;
    client_open(&c, NULL);
    log_secret("registered-6");
    struct request r = post("{\"password\":\"typed-7\",\"user_data\":\"data-8\","
                            "\"x\":\"registered-6\"}");
    free(r.url);
    r.url = server_url(server, "/servers");
    struct reply reply = client_ask(&c, &r);
    assert_int_equal(reply.status, 202);
    static const char *const secrets[] = {
        "gAAAA-token-1", "fresh-token-2", "cookie-3", "pass-4", "data-5",
        "registered-6",  "typed-7",       "data-8",   "\x1b"};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
        if (strstr(text_str(&seen), secrets[i]))
            fail_msg("logged: %s in %s", secrets[i], text_str(&seen));
    assert_non_null(strstr(text_str(&seen), "curl -X POST"));
    assert_non_null(strstr(text_str(&seen), "reply 202 req-7 "));
    assert_non_null(strstr(text_str(&seen), "\"id\":\"shown"));
    reply_clear(&reply);
    client_close(&c);
    server_free(server);
}

static void a_failure_says_what_is_certain(void **state)
{
    (void)state;
    struct request r = post("{}");
    struct reply lost = {.fate = REPLY_UNKNOWN}, unsent = {.fate = REPLY_NOT_SENT};
    err_set(&lost.err, ERR_TIMEOUT, "too late");
    err_set(&unsent.err, ERR_CONNECT, "refused");
    http_log_reply(&r, &lost);
    http_log_reply(&r, &unsent);
    assert_string_equal(text_str(&seen),
                        "no reply (may have been acted on) after 0 ms to POST "
                        "http://nova:8774/v2.1/servers: too late\n"
                        "no reply (not sent) after 0 ms to POST "
                        "http://nova:8774/v2.1/servers: refused\n");
    request_clear(&r);
}

static void long_bodies_are_cut_without_halving_a_secret(void **state)
{
    (void)state;
    log_secret("a-rather-long-secret-indeed");
    struct text body = {0};
    for (int i = 0; i < 4000; i++)
        text_addf(&body, "%d a-rather-long-secret-indeed ", i);
    struct request r = post("{}");
    struct reply reply = {.fate = REPLY_HTTP, .status = 200, .body_len = body.len};
    reply.body = text_steal(&body);
    http_log_reply(&r, &reply);
    assert_in_range(seen.len, 4096, 4400);
    assert_true(text_ends(text_str(&seen), "...\n"));
    assert_null(strstr(text_str(&seen), "rather"));
    request_clear(&r);
    reply_clear(&reply);
}

static void an_expected_404_is_quiet(void **state)
{
    (void)state;
    struct request r = post("{}");
    struct reply reply = {
        .fate = REPLY_HTTP, .status = 404, .body = xstrdup("not there"), .body_len = 9};
    http_log_reply(&r, &reply);
    assert_non_null(strstr(text_str(&seen), "not there"));
    text_reset(&seen);
    r.expect_quiet = true;
    http_log_reply(&r, &reply);
    assert_null(strstr(text_str(&seen), "not there"));
    request_clear(&r);
    reply_clear(&reply);
}

#define LOGGED(test) cmocka_unit_test_setup_teardown(test, open_log, close_log)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGGED(a_request_is_a_command_line),
        LOGGED(reads_and_tries_are_told_apart),
        LOGGED(credentials_are_not_shown_at_all),
        LOGGED(no_secret_of_a_whole_exchange_is_logged),
        LOGGED(a_failure_says_what_is_certain),
        LOGGED(long_bodies_are_cut_without_halving_a_secret),
        LOGGED(an_expected_404_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
