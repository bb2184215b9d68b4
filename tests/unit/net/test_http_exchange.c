/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of net/http_exchange: what is sent, how often, and what a hostile or broken
 * server can do about it. The first ones are the reason for the rule "sent once by
 * construction".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "base/mem.h"
#include "base/text.h"
#include "client.h"
#include "server.h"

/* Keeps the connection after a GET; acts on anything else and closes without a byte. */
static bool close_after_acting(void *ctx, struct peer *peer,
                               const struct server_request *req)
{
    (void)ctx;
    if (!strcmp(req->method, "GET")) {
        peer_reply(peer, "200 OK", "", "{}");
        return true;
    }
    return false;
}

/* What libcurl does by itself: without this the next test would prove nothing. */
static void control_plain_libcurl_sends_a_post_twice(void **state)
{
    (void)state;
    struct server *server = server_new(close_after_acting, NULL);
    AUTO_FREE char *url = server_url(server, "/servers");
    CURL *easy = curl_easy_init();
    FILE *nowhere = fopen("/dev/null", "w");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, nowhere);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
    assert_int_not_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
    fclose(nowhere);
    int posts = server_hits(server, "POST", "/servers");
    server_free(server);
    if (posts != 2)
        fail_msg("this libcurl sent %d: the rule may have lost its reason", posts);
}

static void a_mutation_arrives_once(void **state)
{
    (void)state;
    struct server *server = server_new(close_after_acting, NULL);
    struct client c;
    client_open(&c, NULL);
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "POST"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        /* Leaves a kept-alive connection behind, which a mutation must not take. */
        struct reply read = client_call(&c, "GET", server_url(server, "/x"), NULL);
        assert_int_equal(read.status, 200);
        reply_clear(&read);
        AUTO_FREE char *path = xasprintf("/%zu", i);
        const char *body = strcmp(methods[i], "DELETE") ? "{\"a\":1}" : NULL;
        struct reply r = client_call(&c, methods[i], server_url(server, path), body);
        assert_int_equal(r.fate, REPLY_UNKNOWN);
        assert_int_equal(r.status, 0);
        assert_int_equal(r.err.code, ERR_CONNECT);
        assert_string_equal(r.body, "");
        assert_int_equal(server_hits(server, methods[i], path), 1);
        reply_clear(&r);
    }
    /* One for all reads, one for each mutation. */
    assert_int_equal(server_connections(server), 6);
    assert_int_equal(http_counts(c.http).retries, 0);
    assert_int_equal(http_counts(c.http).mutations, 5);
    client_close(&c);
    server_free(server);
}

static bool close_or_reset(void *ctx, struct peer *peer, const struct server_request *req)
{
    if (*(bool *)ctx)
        peer_reset(peer);
    else
        peer_send(peer, "HTTP/1.1 20");
    (void)req;
    return false;
}

static void neither_a_reset_nor_half_a_status_line_repeats_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        bool reset = i == 1;
        struct server *server = server_new(close_or_reset, &reset);
        struct client c;
        client_open(&c, NULL);
        struct reply r = client_call(&c, "POST", server_url(server, "/"), "{}");
        assert_int_equal(r.fate, REPLY_UNKNOWN);
        assert_true(err_is_set(&r.err));
        assert_int_equal(server_hits(server, NULL, NULL), 1);
        reply_clear(&r);
        client_close(&c);
        server_free(server);
    }
}

/* The second safety: even where curl would repeat, the request is written once. */
static bool drop_the_second(void *ctx, struct peer *peer,
                            const struct server_request *req)
{
    (void)ctx;
    if (req->nth > 1 || req->conn > 1)
        return false;
    peer_reply(peer, "200 OK", "", "{}");
    return true;
}

static int written;

static int write_once(void *p, char *remote, char *local, int remote_port, int local_port)
{
    (void)p, (void)remote, (void)local, (void)remote_port, (void)local_port;
    return ++written > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void the_hook_before_writing_stops_libcurls_own_retry(void **state)
{
    (void)state;
    struct server *server = server_new(drop_the_second, NULL);
    AUTO_FREE char *url = server_url(server, "/");
    CURL *easy = curl_easy_init();
    FILE *nowhere = fopen("/dev/null", "w");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, nowhere);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, write_once);
    assert_int_equal(curl_easy_perform(easy), CURLE_ABORTED_BY_CALLBACK);
    curl_easy_cleanup(easy);
    fclose(nowhere);
    assert_int_equal(written, 2);
    assert_int_equal(server_hits(server, "POST", "/"), 1);
    server_free(server);
}

static bool redirect(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx, (void)req;
    peer_reply(peer, "302 Found", "Location: /elsewhere\r\n", "");
    return true;
}

static void a_redirect_is_a_reply(void **state)
{
    (void)state;
    struct server *server = server_new(redirect, NULL);
    struct client c;
    client_open(&c, NULL);
    static const char *const methods[] = {"GET", "POST"};
    for (int i = 0; i < 2; i++) {
        struct reply r = client_call(&c, methods[i], server_url(server, "/"), NULL);
        assert_int_equal(r.fate, REPLY_HTTP);
        assert_int_equal(r.status, 302);
        assert_string_equal(reply_header(&r, "location"), "/elsewhere");
        assert_false(err_is_set(&r.err));
        reply_clear(&r);
    }
    assert_int_equal(server_hits(server, NULL, "/elsewhere"), 0);
    client_close(&c);
    server_free(server);
}

/* Answers with the request's own head and body. */
static bool echo(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    AUTO_FREE char *both = xasprintf("%s%s", req->head, req->body);
    peer_reply(peer, "200 OK", "", both);
    return true;
}

static void what_is_sent(void **state)
{
    (void)state;
    struct server *server = server_new(echo, NULL);
    struct client c;
    client_open(&c, NULL);
    struct reply r = client_call(&c, "POST", server_url(server, "/p?q=1"), "{\"a\":1}");
    assert_true(text_starts(r.body, "POST /p?q=1 HTTP/1.1\r\n"));
    assert_true(text_ends(r.body, "\r\n\r\n{\"a\":1}"));
    assert_non_null(strstr(r.body, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(r.body, "\r\nContent-Length: 7\r\n"));
    assert_non_null(strstr(r.body, "\r\nUser-Agent: rezone"));
    assert_null(strstr(r.body, "Expect"));
    reply_clear(&r);
    static const char *const bodiless[] = {"PUT", "POST", "DELETE", "PATCH"};
    for (int i = 0; i < 4; i++) {
        r = client_call(&c, bodiless[i], server_url(server, "/"), NULL);
        assert_true(text_starts(r.body, bodiless[i]));
        assert_null(strstr(r.body, "Content-Type"));
        assert_int_equal(strstr(r.body, "Content-Length: 0\r\n") == NULL, i == 2);
        reply_clear(&r);
    }
    struct request req;
    AUTO_FREE char *url = server_url(server, "/");
    request_init(&req, "DELETE", url);
    request_header(&req, "X-Empty", "");
    request_body(&req, xstrdup("{}"), NULL);
    r = client_ask(&c, &req);
    assert_true(text_starts(r.body, "DELETE / HTTP/1.1\r\n"));
    assert_non_null(strstr(r.body, "\r\nX-Empty:\r\n"));
    assert_true(text_ends(r.body, "\r\n\r\n{}"));
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

static void a_large_body_goes_without_asking_first(void **state)
{
    (void)state;
    struct server *server = server_new(echo, NULL);
    struct client c;
    client_open(&c, NULL);
    size_t n = (size_t)3 << 20;
    AUTO_FREE char *big = xcalloc(n + 1, 1);
    memset(big, 'x', n);
    struct reply r = client_call(&c, "POST", server_url(server, "/"), big);
    assert_int_equal(r.status, 200);
    assert_true(text_ends(r.body, big));
    assert_null(strstr(r.body, "Expect"));
    assert_int_equal(server_hits(server, NULL, NULL), 1);
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

static bool head_only(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx, (void)req;
    peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nX-A: b\r\n\r\n");
    return true;
}

static void head_has_no_body(void **state)
{
    (void)state;
    struct server *server = server_new(head_only, NULL);
    struct client c;
    client_open(&c, NULL);
    struct reply r = client_call(&c, "HEAD", server_url(server, "/"), NULL);
    assert_true(reply_is_ok(&r));
    assert_string_equal(reply_header(&r, "X-A"), "b");
    assert_string_equal(r.body, "");
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

static bool too_much(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    if (!strcmp(req->path, "/headers")) {
        peer_send(peer, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 400; i++) {
            AUTO_FREE char *line = xasprintf("X-%d: %01000d\r\n", i, i);
            peer_send(peer, line);
        }
        peer_send(peer, "Content-Length: 0\r\n\r\n");
        return true;
    }
    if (!strcmp(req->path, "/endless")) {
        peer_send(peer, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 4000; i++)
            peer_send(peer, "0123456789");
        return false;
    }
    AUTO_FREE char *body = xasprintf("%01001d", 7);
    peer_reply(peer, "200 OK", "X-Compute-Request-Id: req-1\r\n", body);
    return true;
}

static void a_reply_has_limits(void **state)
{
    (void)state;
    struct server *server = server_new(too_much, NULL);
    struct client c;
    struct http_options options = {.max_reply = 1000};
    client_open(&c, &options);
    static const char *const paths[] = {"/body", "/endless", "/headers"};
    static const char *const methods[] = {"GET", "POST"};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) {
            struct reply r =
                client_call(&c, methods[k], server_url(server, paths[i]), NULL);
            assert_int_equal(r.fate, REPLY_HTTP);
            assert_int_equal(r.status, 200);
            assert_true(r.body_cut);
            assert_false(reply_is_ok(&r));
            assert_int_equal(r.err.code, ERR_PROTOCOL);
            assert_in_range(r.body_len, 0, 1000);
            assert_int_equal(server_hits(server, methods[k], paths[i]), 1);
            if (i == 0)
                assert_string_equal(r.err.request_id, "req-1");
            reply_clear(&r);
        }
    struct request req;
    AUTO_FREE char *url = server_url(server, "/body");
    request_init(&req, "GET", url);
    req.max_reply = 1001;
    struct reply r = client_ask(&c, &req);
    assert_true(reply_is_ok(&r));
    assert_int_equal(r.body_len, 1001);
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

static bool intricate(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    bool commas = !strcmp(req->path, "/commas");
    size_t n = commas ? (size_t)3 << 20 : (size_t)300 << 10;
    AUTO_FREE char *body = xcalloc(n + 1, 1);
    memset(body, commas ? ',' : '[', n);
    peer_reply(peer, "200 OK", "", body);
    return true;
}

/* A few bytes of JSON are much memory: brackets have a cap far below that of bytes. */
static void a_reply_is_not_too_intricate(void **state)
{
    (void)state;
    struct server *server = server_new(intricate, NULL);
    struct client c;
    client_open(&c, NULL);
    static const char *const paths[] = {"/brackets", "/commas"};
    for (int i = 0; i < 2; i++) {
        struct reply r = client_call(&c, "GET", server_url(server, paths[i]), NULL);
        assert_int_equal(r.fate, REPLY_HTTP);
        assert_true(r.body_cut);
        assert_int_equal(r.err.code, ERR_PROTOCOL);
        reply_clear(&r);
    }
    client_close(&c);
    server_free(server);
}

static bool early(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx, (void)req;
    peer_send(peer, "HTTP/1.1 103 Early Hints\r\nX-Compute-Request-Id: req-0\r\n\r\n");
    peer_reply(peer, "202 Accepted", "X-OpenStack-Request-ID: req-9\r\n", "{}");
    return true;
}

static void an_early_reply_does_not_count(void **state)
{
    (void)state;
    struct server *server = server_new(early, NULL);
    struct client c;
    client_open(&c, NULL);
    struct reply r = client_call(&c, "POST", server_url(server, "/"), NULL);
    assert_int_equal(r.status, 202);
    assert_string_equal(r.request_id, "req-9");
    assert_null(reply_header(&r, "X-Compute-Request-Id"));
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

static void a_proxy_is_used_and_left_out_as_the_environment_says(void **state)
{
    (void)state;
    struct server *server = server_new(echo, NULL);
    struct client c;
    client_open(&c, NULL);
    AUTO_FREE char *proxy = server_url(server, "");
    setenv("http_proxy", proxy, 1);
    struct reply r = client_call(&c, "POST", xstrdup("http://nova.invalid/v2.1"), "{}");
    assert_true(text_starts(r.body, "POST http://nova.invalid/v2.1 HTTP/1.1\r\n"));
    reply_clear(&r);
    setenv("no_proxy", "nova.invalid", 1);
    r = client_call(&c, "POST", xstrdup("http://nova.invalid/v2.1"), "{}");
    assert_int_equal(r.fate, REPLY_NOT_SENT);
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_plain_libcurl_sends_a_post_twice),
        cmocka_unit_test(a_mutation_arrives_once),
        cmocka_unit_test(neither_a_reset_nor_half_a_status_line_repeats_it),
        cmocka_unit_test(the_hook_before_writing_stops_libcurls_own_retry),
        cmocka_unit_test(a_redirect_is_a_reply),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(a_large_body_goes_without_asking_first),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(a_reply_has_limits),
        cmocka_unit_test(a_reply_is_not_too_intricate),
        cmocka_unit_test(an_early_reply_does_not_count),
        cmocka_unit_test(a_proxy_is_used_and_left_out_as_the_environment_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
