/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/http_reply: what is certain about a request after its transfer ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client.h"
#include "server.h"

/* One try, so that a read's failure is given back too. */
static const struct http_options once = {.read_tries = 1};

static struct reply ask(server_fn *answer, void *ctx, const char *method)
{
    struct server *server = server_new(answer, ctx);
    struct client c;
    client_open(&c, &once);
    struct reply r = client_call(&c, method, server_url(server, "/"), NULL);
    client_close(&c);
    server_free(server);
    return r;
}

static bool raw(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)req;
    peer_send(peer, ctx);
    return false;
}

static struct reply ask_raw(const char *bytes, const char *method)
{
    return ask(raw, (void *)bytes, method);
}

static void the_service_names_its_request(void **state)
{
    (void)state;
    struct reply r =
        ask_raw("HTTP/1.1 200 OK\r\nx-openstack-request-id: req-general\r\n"
                "X-Compute-Request-Id: req-0a_b.c\r\nContent-Length: 0\r\n\r\n",
                "POST");
    assert_string_equal(r.request_id, "req-0a_b.c");
    reply_clear(&r);
    r = ask_raw("HTTP/1.1 200 OK\r\nx-openstack-request-id: req-1\x1b[2J\r\n"
                "Content-Length: 0\r\n\r\n",
                "GET");
    assert_string_equal(r.request_id, "req-1");
    reply_clear(&r);
    r = ask_raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET");
    assert_string_equal(r.request_id, "");
    assert_float_equal(r.retry_after_s, -1, 0);
    assert_float_equal(r.date, 0, 0);
    reply_clear(&r);
    r = ask_raw(
        "HTTP/1.1 200 OK\r\nx-openstack-request-id: "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "\r\nContent-Length: 0\r\n\r\n",
        "GET");
    assert_int_equal(strlen(r.request_id), 63);
    reply_clear(&r);
}

static void the_services_clock_and_pause(void **state)
{
    (void)state;
    struct reply r = ask_raw("HTTP/1.1 413 x\r\nRetry-After: 0\r\nContent-Length: 0\r\n"
                             "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
                             "POST");
    assert_int_equal(r.status, 413);
    assert_float_equal(r.retry_after_s, 0, 0);
    assert_float_equal(r.date, 784111777, 0);
    reply_clear(&r);
    /* By the service's own clock, years from ours. */
    r = ask_raw("HTTP/1.1 503 x\r\nRetry-After: Sun, 06 Nov 1994 08:51:07 GMT\r\n"
                "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n",
                "POST");
    assert_float_equal(r.retry_after_s, 90, 0);
    reply_clear(&r);
    r = ask_raw("HTTP/1.1 503 x\r\nRetry-After: Sun, 06 Nov 1994 08:51:07 GMT\r\n"
                "Content-Length: 0\r\n\r\n",
                "POST");
    assert_float_equal(r.retry_after_s, 0, 0);
    reply_clear(&r);
    r = ask_raw("HTTP/1.1 503 x\r\nRetry-After: 99999999\r\nContent-Length: 0\r\n\r\n",
                "POST");
    assert_float_equal(r.retry_after_s, 3600, 0);
    reply_clear(&r);
    static const char *const rubbish[] = {"-5", "soon", "1e9", ""};
    for (int i = 0; i < 4; i++) {
        AUTO_FREE char *bytes = xasprintf(
            "HTTP/1.1 503 x\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", rubbish[i]);
        r = ask_raw(bytes, "POST");
        assert_float_equal(r.retry_after_s, -1, 0);
        reply_clear(&r);
    }
}

static void a_cut_body_keeps_its_status(void **state)
{
    (void)state;
    static const char *const cut[] = {
        "HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\n{\"server\": {\"id\"",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ser"};
    static const char *const methods[] = {"GET", "POST"};
    for (int i = 0; i < 4; i++) {
        struct reply r = ask_raw(cut[i / 2], methods[i % 2]);
        assert_int_equal(r.fate, REPLY_HTTP);
        assert_int_equal(r.status, 202);
        assert_true(r.body_cut);
        assert_memory_equal(r.body, "{\"ser", 5);
        assert_int_equal(r.body[r.body_len], '\0');
        assert_int_equal(r.err.code, ERR_CONNECT);
        assert_non_null(strstr(r.err.text, "127.0.0.1:"));
        reply_clear(&r);
    }
    struct reply r = ask_raw("HTTP/1.1 202 Accepted\r\nX-Cut: 1", "POST");
    assert_int_equal(r.fate, REPLY_HTTP);
    assert_int_equal(r.status, 202);
    assert_true(r.body_cut);
    reply_clear(&r);
}

static void a_body_without_length_ends_with_the_connection(void **state)
{
    (void)state;
    struct reply r = ask_raw("HTTP/1.0 200 OK\r\n\r\nall of it", "GET");
    assert_true(reply_is_ok(&r));
    assert_string_equal(r.body, "all of it");
    reply_clear(&r);
}

static void what_is_not_http_is_unknown(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "", "HTTP", "SSH-2.0-x\r\n", "HTTP/1.1 103 Hints\r\n\r\n", "HTTP/1.1 99\r\n\r\n"};
    for (int i = 0; i < 5; i++) {
        struct reply r = ask_raw(odd[i], "POST");
        assert_int_equal(r.fate, REPLY_UNKNOWN);
        assert_int_equal(r.status, 0);
        assert_true(r.err.code == ERR_CONNECT || r.err.code == ERR_PROTOCOL);
        reply_clear(&r);
    }
}

static void nobody_there_means_not_sent(void **state)
{
    (void)state;
    struct client c;
    client_open(&c, &once);
    static const char *const methods[] = {"GET", "POST"};
    for (int i = 0; i < 2; i++) {
        AUTO_FREE char *where = xasprintf("127.0.0.1:%d", server_dead_port());
        struct reply r =
            client_call(&c, methods[i], xasprintf("http://%s/v3", where), NULL);
        assert_int_equal(r.fate, REPLY_NOT_SENT);
        assert_int_equal(r.err.code, ERR_CONNECT);
        assert_non_null(strstr(r.err.text, where));
        assert_non_null(strstr(r.err.text, "refused"));
        reply_clear(&r);
        r = client_call(&c, methods[i], xstrdup("http://no-such-host.invalid/"), NULL);
        assert_int_equal(r.fate, REPLY_NOT_SENT);
        assert_int_equal(r.err.code, ERR_CONNECT);
        assert_non_null(strstr(r.err.text, "no-such-host.invalid:80"));
        reply_clear(&r);
        r = client_call(&c, methods[i], xstrdup("file:///etc/passwd"), NULL);
        assert_int_equal(r.fate, REPLY_NOT_SENT);
        assert_int_equal(r.err.code, ERR_CONFIG);
        assert_string_equal(r.body, "");
        reply_clear(&r);
        r = client_call(&c, methods[i], xstrdup("http://[nonsense"), NULL);
        assert_int_equal(r.fate, REPLY_NOT_SENT);
        assert_int_equal(r.err.code, ERR_CONFIG);
        reply_clear(&r);
    }
    client_close(&c);
}

static bool hold(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)req;
    if (ctx)
        peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    peer_hold(peer);
    return false;
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct server *server = server_new(hold, i ? "" : NULL);
        struct client c;
        struct http_options options = {.read_tries = 1, .timeout_s = 0.1};
        client_open(&c, &options);
        struct reply r = client_call(&c, "POST", server_url(server, "/"), "{}");
        assert_int_equal(r.err.code, ERR_TIMEOUT);
        assert_int_equal(r.fate, i ? REPLY_HTTP : REPLY_UNKNOWN);
        assert_int_equal(r.body_cut, i);
        assert_string_equal(r.body, i ? "abc" : "");
        assert_true(r.took_s >= 0.1 && r.took_s < 10);
        reply_clear(&r);
        client_close(&c);
        server_free(server);
    }
}

static void a_request_may_have_its_own_timeout(void **state)
{
    (void)state;
    struct server *server = server_new(hold, NULL);
    struct client c;
    client_open(&c, &once);
    struct request req;
    AUTO_FREE char *url = server_url(server, "/");
    request_init(&req, "GET", url);
    req.timeout_s = 0.05;
    struct reply r = client_ask(&c, &req);
    assert_int_equal(r.err.code, ERR_TIMEOUT);
    assert_true(r.took_s < 10);
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_names_its_request),
        cmocka_unit_test(the_services_clock_and_pause),
        cmocka_unit_test(a_cut_body_keeps_its_status),
        cmocka_unit_test(a_body_without_length_ends_with_the_connection),
        cmocka_unit_test(what_is_not_http_is_unknown),
        cmocka_unit_test(nobody_there_means_not_sent),
        cmocka_unit_test(silence_is_a_timeout),
        cmocka_unit_test(a_request_may_have_its_own_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
