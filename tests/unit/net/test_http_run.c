/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what asks no service: CONNECT, RUN, and reads that are asked once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client.h"
#include "server.h"

static bool say_busy(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    (void)req;
    peer_reply(peer, "503 Busy", "Retry-After: 1\r\n", "later");
    return true;
}

static struct reply ask(struct client *c, const char *method, const char *url,
                        const char *body, double timeout_s)
{
    struct request r = {0};
    request_init(&r, method, url);
    if (body)
        request_body(&r, xstrdup(body), NULL);
    r.once = true;
    r.timeout_s = timeout_s;
    return client_ask(c, &r);
}

static void a_connection_is_an_answer(void **state)
{
    (void)state;
    struct server *server = server_new(say_busy, NULL);
    struct client c;
    client_open(&c, NULL);
    AUTO_FREE char *url = server_url(server, "/");
    struct reply r = ask(&c, "CONNECT", url, NULL, 10);
    assert_int_equal(r.fate, REPLY_HTTP);
    assert_int_equal(r.status, 200);
    assert_int_equal(server_hits(server, NULL, NULL), 0);
    reply_clear(&r);
    AUTO_FREE char *dead = xasprintf("http://127.0.0.1:%d/", server_dead_port());
    r = ask(&c, "CONNECT", dead, NULL, 10);
    assert_int_equal(r.fate, REPLY_NOT_SENT);
    assert_true(err_is_set(&r.err));
    reply_clear(&r);
    client_close(&c);
    server_free(server);
}

/* Neither the busy service nor the proxy of the environment has a say. */
static void once_is_once(void **state)
{
    (void)state;
    struct server *server = server_new(say_busy, NULL);
    struct client c;
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("no_proxy", "", 1);
    client_open(&c, NULL);
    AUTO_FREE char *url = server_url(server, "/x");
    struct reply r = ask(&c, "GET", url, NULL, 10);
    assert_int_equal(r.status, 503);
    assert_int_equal(server_hits(server, "GET", "/x"), 1);
    reply_clear(&r);
    client_close(&c);
    unsetenv("http_proxy");
    server_free(server);
}

static bool hold(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    if (!strcmp(req->path, "/slow"))
        peer_hold(peer);
    peer_reply(peer, "200 OK", "", "{}");
    return true;
}

static void count(void *ctx, const struct request *req, struct reply *reply)
{
    (void)req;
    (void)reply;
    ++*(int *)ctx;
}

/* However many wait for guests that do not answer, services are asked meanwhile. */
static void guests_leave_room_for_services(void **state)
{
    (void)state;
    struct server *server = server_new(hold, NULL);
    struct client c;
    int done = 0;
    client_open(&c, NULL);
    AUTO_FREE char *slow = server_url(server, "/slow");
    for (int i = 0; i < 100; i++) {
        struct request r = {0};
        request_init(&r, "GET", slow);
        r.once = true;
        http_send(c.http, &r, count, &done);
    }
    struct reply r = client_call(&c, "GET", server_url(server, "/quick"), NULL);
    assert_true(reply_is_ok(&r));
    assert_int_equal(done, 0);
    reply_clear(&r);
    server_release(server);
    while (done < 100)
        client_turn(&c);
    client_close(&c);
    server_free(server);
}

static void a_command_is_a_request(void **state)
{
    (void)state;
    struct client c;
    client_open(&c, NULL);
    struct reply r = ask(&c, "RUN", "", "sh -c 'exit 0'", 60);
    assert_int_equal(r.fate, REPLY_HTTP);
    assert_int_equal(r.status, 200);
    assert_true(r.done_seq > r.sent_seq && r.sent_seq > 0);
    reply_clear(&r);
    r = ask(&c, "RUN", "", "sh -c 'echo alas; exit 3'", 60);
    assert_int_equal(r.fate, REPLY_UNKNOWN);
    assert_non_null(strstr(r.err.text, "alas"));
    reply_clear(&r);
    r = ask(&c, "RUN", "", "/nowhere/at-all", 60);
    assert_int_equal(r.fate, REPLY_NOT_SENT);
    assert_int_equal(r.err.code, ERR_NOTFOUND);
    reply_clear(&r);
    r = ask(&c, "RUN", "", "sleep 1000", 0.2);
    assert_int_equal(r.err.code, ERR_TIMEOUT);
    reply_clear(&r);
    client_close(&c);
}

static void never(void *ctx, const struct request *req, struct reply *reply)
{
    (void)ctx;
    (void)req;
    (void)reply;
    fail_msg("called back after the client was freed");
}

/* Freeing the client ends the command, and a deadline of its own wakes nobody before. */
static void a_client_takes_its_commands_along(void **state)
{
    (void)state;
    struct client c;
    struct request r = {0};
    client_open(&c, NULL);
    request_init(&r, "RUN", "");
    request_body(&r, xstrdup("sleep 1000"), NULL);
    r.timeout_s = 1000;
    http_send(c.http, &r, never, NULL);
    assert_int_equal(http_in_flight(c.http), 1);
    assert_int_equal(http_drain(c.http), 0);
    assert_true(http_next_due(c.http) > clock_mono() + 900);
    client_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_an_answer),
        cmocka_unit_test(once_is_once),
        cmocka_unit_test(guests_leave_room_for_services),
        cmocka_unit_test(a_command_is_a_request),
        cmocka_unit_test(a_client_takes_its_commands_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
