/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/http: kept connections, repeated reads, limits, order, giving up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "client.h"
#include "server.h"

static int real_clock(void **state)
{
    (void)state;
    clock_set_real();
    return 0;
}

static bool say_ok(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    peer_reply(peer, "200 OK", "", req->path);
    return true;
}

static void reads_share_a_connection(void **state)
{
    (void)state;
    struct server *server = server_new(say_ok, NULL);
    struct client c;
    client_open(&c, NULL);
    for (int i = 0; i < 50; i++) {
        struct reply r = client_call(&c, "GET", server_url(server, "/x"), NULL);
        assert_true(reply_is_ok(&r));
        reply_clear(&r);
    }
    assert_int_equal(server_connections(server), 1);
    assert_int_equal(http_counts(c.http).requests, 50);
    client_close(&c);
    server_free(server);
}

static void a_mutation_leaves_no_connection_behind(void **state)
{
    (void)state;
    struct server *server = server_new(say_ok, NULL);
    struct client c;
    client_open(&c, NULL);
    static const char *const methods[] = {"GET", "POST", "GET", "DELETE", "GET"};
    for (int i = 0; i < 5; i++) {
        struct reply r = client_call(&c, methods[i], server_url(server, "/x"), NULL);
        assert_true(reply_is_ok(&r));
        reply_clear(&r);
    }
    assert_int_equal(server_connections(server), 3);
    client_close(&c);
    client_open(&c, NULL);
    for (int i = 1; i < 3; i++) {
        struct reply r = client_call(&c, methods[i], server_url(server, "/x"), NULL);
        reply_clear(&r);
    }
    assert_int_equal(server_connections(server), 5);
    client_close(&c);
    server_free(server);
}

struct tally {
    int calls, good;
    unsigned long last_seq;
};

static void count(void *ctx, const struct request *req, struct reply *reply)
{
    struct tally *t = ctx;
    t->calls++;
    t->good += reply_is_ok(reply) && text_ends(req->url, reply->body);
    assert_true(reply->sent_seq < reply->done_seq);
    assert_true(reply->done_seq > t->last_seq);
    t->last_seq = reply->done_seq;
}

static void send_many(struct client *c, struct server *server, const char *method, int n,
                      struct tally *t)
{
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *path = xasprintf("/%d", i);
        AUTO_FREE char *url = server_url(server, path);
        struct request req;
        request_init(&req, method, url);
        http_send(c->http, &req, count, t);
        assert_null(req.url);
    }
}

static void a_push_puts_a_read_onto_its_open_connection(void **state)
{
    (void)state;
    struct server *server = server_new(say_ok, NULL);
    struct client c;
    client_open(&c, NULL);
    struct reply r = client_call(&c, "GET", server_url(server, "/x"), NULL);
    reply_clear(&r);
    struct tally t = {0};
    send_many(&c, server, "GET", 1, &t);
    http_push(c.http);
    assert_true(server_await(server, 2));
    while (t.calls == 0)
        client_turn(&c);
    client_close(&c);
    server_free(server);
}

static void many_reads_use_few_connections(void **state)
{
    (void)state;
    struct server *server = server_new(say_ok, NULL);
    struct client c;
    struct http_options options = {.max_parallel = 8};
    client_open(&c, &options);
    struct tally t = {0};
    send_many(&c, server, "GET", 500, &t);
    assert_int_equal(t.calls, 0);
    assert_int_equal(http_in_flight(c.http), 500);
    while (http_in_flight(c.http) > 0) {
        client_turn(&c);
        assert_in_range(http_on_wire(c.http), 0, 7);
    }
    assert_int_equal(t.calls, 500);
    assert_int_equal(t.good, 500);
    assert_int_equal(http_seq(c.http), 1000);
    assert_in_range(server_connections(server), 1, 7);
    client_close(&c);
    server_free(server);
}

static bool hold_gets(void *ctx, struct peer *peer, const struct server_request *req)
{
    if (!strcmp(req->method, "GET"))
        peer_hold(peer);
    return say_ok(ctx, peer, req);
}

static void reads_leave_room_for_a_mutation(void **state)
{
    (void)state;
    struct server *server = server_new(hold_gets, NULL);
    struct client c;
    struct http_options options = {.max_parallel = 4};
    client_open(&c, &options);
    struct tally reads = {0}, mutations = {0};
    send_many(&c, server, "GET", 10, &reads);
    http_push(c.http);
    assert_int_equal(http_on_wire(c.http), 3);
    assert_true(http_next_due(c.http) < 0);
    double wait = -1;
    assert_true(http_has_room(c.http, 0, &wait));
    assert_float_equal(wait, 0, 0);
    send_many(&c, server, "POST", 1, &mutations);
    assert_int_equal(http_mutations_in_flight(c.http), 1);
    assert_false(http_has_room(c.http, 0, &wait));
    assert_true(wait > 0);
    while (mutations.calls == 0)
        client_turn(&c);
    assert_int_equal(mutations.good, 1);
    assert_int_equal(http_mutations_in_flight(c.http), 0);
    assert_int_equal(reads.calls, 0);
    server_release(server);
    while (http_in_flight(c.http) > 0)
        client_turn(&c);
    assert_int_equal(reads.good, 10);
    client_close(&c);
    server_free(server);
}

struct trouble {
    const char *status, *headers;
    int times;
};

static bool be_in_trouble(void *ctx, struct peer *peer, const struct server_request *req)
{
    const struct trouble *t = ctx;
    if (req->hit > t->times)
        return say_ok(ctx, peer, req);
    if (!t->status)
        return false;
    peer_reply(peer, t->status, t->headers, "trouble");
    return true;
}

/* Asks a server that is in trouble `times` times; tells how often it was asked and how
 * much time the pauses between took on the test's clock. */
static struct reply ask_in_trouble(struct trouble *t, const char *method, int *ret_asked,
                                   double *ret_paused)
{
    struct server *server = server_new(be_in_trouble, t);
    struct client c;
    clock_set_test(1000, 784111777);
    client_open(&c, NULL);
    struct reply r = client_call(&c, method, server_url(server, "/x"), NULL);
    *ret_asked = server_hits(server, method, "/x");
    *ret_paused = clock_mono() - 1000;
    if (!strcmp(method, "GET"))
        assert_int_equal(http_counts(c.http).retries, *ret_asked - 1);
    else
        assert_int_equal(http_counts(c.http).retries, 0);
    client_close(&c);
    server_free(server);
    clock_set_real();
    return r;
}

static void a_read_is_repeated_while_trouble_passes(void **state)
{
    (void)state;
    static const char *const passing[] = {"429 x", "502 x", "503 x", "504 x", NULL};
    for (int i = 0; i < 5; i++) {
        struct trouble t = {passing[i], "", 3};
        int asked;
        double paused;
        struct reply r = ask_in_trouble(&t, "GET", &asked, &paused);
        assert_true(reply_is_ok(&r));
        assert_int_equal(asked, 4);
        assert_true(paused > 1.7 && paused < 3.6);
        reply_clear(&r);
    }
}

static void a_read_is_given_back_after_its_tries(void **state)
{
    (void)state;
    struct trouble t = {"503 x", "", 99}, closes = {NULL, "", 99},
                   internal = {"500 x", "", 99};
    int asked;
    double paused;
    struct reply r = ask_in_trouble(&t, "GET", &asked, &paused);
    assert_int_equal(r.status, 503);
    assert_string_equal(r.body, "trouble");
    assert_false(err_is_set(&r.err));
    assert_int_equal(asked, 4);
    reply_clear(&r);
    r = ask_in_trouble(&closes, "GET", &asked, &paused);
    assert_int_equal(r.fate, REPLY_UNKNOWN);
    assert_int_equal(r.err.code, ERR_CONNECT);
    assert_int_equal(asked, 4);
    reply_clear(&r);
    r = ask_in_trouble(&internal, "GET", &asked, &paused);
    assert_int_equal(r.status, 500);
    assert_int_equal(asked, 2);
    reply_clear(&r);
}

static void an_answer_is_not_asked_for_again(void **state)
{
    (void)state;
    static const char *const answers[] = {"400 x", "401 x", "403 x",
                                          "404 x", "409 x", "302 x"};
    for (int i = 0; i < 6; i++) {
        struct trouble t = {answers[i], "Retry-After: 1\r\n", 99};
        int asked;
        double paused;
        struct reply r = ask_in_trouble(&t, "GET", &asked, &paused);
        assert_int_equal(asked, 1);
        assert_float_equal(paused, 0, 0);
        reply_clear(&r);
    }
}

static void a_mutation_is_never_repeated(void **state)
{
    (void)state;
    static const char *const answers[] = {"429 x", "500 x", "502 x",
                                          "503 x", "504 x", NULL};
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
    for (int i = 0; i < 24; i++) {
        struct trouble t = {answers[i % 6], "Retry-After: 0\r\n", 99};
        int asked;
        double paused;
        struct reply r = ask_in_trouble(&t, methods[i / 6], &asked, &paused);
        assert_int_equal(asked, 1);
        assert_float_equal(paused, 0, 0);
        reply_clear(&r);
    }
}

static void retry_after_is_honoured(void **state)
{
    (void)state;
    int asked;
    double paused;
    struct trouble seconds = {"429 x", "Retry-After: 7\r\n", 1};
    struct reply r = ask_in_trouble(&seconds, "GET", &asked, &paused);
    assert_int_equal(r.status, 200);
    assert_true(paused >= 7 && paused < 7.2);
    reply_clear(&r);
    struct trouble date = {"503 x", "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", 1};
    r = ask_in_trouble(&date, "GET", &asked, &paused);
    assert_int_equal(r.status, 200);
    assert_true(paused >= 30 && paused < 30.2);
    reply_clear(&r);
    struct trouble too_long = {"503 x", "Retry-After: 61\r\n", 1};
    r = ask_in_trouble(&too_long, "GET", &asked, &paused);
    assert_int_equal(r.status, 503);
    assert_int_equal(asked, 1);
    assert_float_equal(paused, 0, 0);
    reply_clear(&r);
}

static bool busy_once(void *ctx, struct peer *peer, const struct server_request *req)
{
    if (!strcmp(req->path, "/0") && req->hit == 1) {
        peer_reply(peer, "429 x", "Retry-After: 9\r\n", "");
        return true;
    }
    return say_ok(ctx, peer, req);
}

static void a_429_quiets_its_service_and_no_other(void **state)
{
    (void)state;
    struct server *server = server_new(busy_once, NULL);
    struct client c;
    clock_set_test(1000, 1000);
    client_open(&c, NULL);
    struct tally t = {0};
    send_many(&c, server, "GET", 1, &t);
    while (http_counts(c.http).retries == 0)
        client_turn(&c);
    double wait = 0;
    assert_false(http_has_room(c.http, 0, &wait));
    assert_true(wait >= 9 && wait < 9.2);
    assert_true(http_has_room(c.http, 1, NULL));
    assert_true(http_next_due(c.http) >= 1009);
    assert_int_equal(http_on_wire(c.http), 0);
    clock_advance(wait + 0.001);
    assert_true(http_has_room(c.http, 0, &wait));
    while (t.calls == 0)
        client_turn(&c);
    assert_int_equal(t.good, 1);
    client_close(&c);
    server_free(server);
}

static void a_rate_limits_its_service(void **state)
{
    (void)state;
    struct server *server = server_new(say_ok, NULL);
    struct client c;
    struct http_options options = {.rate = {2, 0}};
    clock_set_test(1000, 1000);
    client_open(&c, &options);
    struct tally t = {0};
    send_many(&c, server, "GET", 10, &t);
    while (t.calls < 10)
        client_turn(&c);
    assert_float_equal(clock_mono() - 1000, 4, 0.01);
    double wait = 0;
    assert_false(http_has_room(c.http, 0, &wait));
    assert_float_equal(wait, 0.5, 0.01);
    assert_true(http_has_room(c.http, 1, NULL));
    assert_true(http_has_room(c.http, -1, NULL));
    assert_true(http_has_room(c.http, 8, NULL));
    clock_advance(0.5);
    assert_true(http_has_room(c.http, 0, NULL));
    send_many(&c, server, "POST", 1, &t);
    assert_false(http_has_room(c.http, 0, &wait));
    while (t.calls < 11)
        client_turn(&c);
    client_close(&c);
    server_free(server);
}

static void never(void *ctx, const struct request *req, struct reply *reply)
{
    (void)ctx, (void)req, (void)reply;
    fail_msg("a callback after http_free");
}

static void freeing_gives_up_without_a_callback(void **state)
{
    (void)state;
    struct server *server = server_new(hold_gets, NULL);
    struct client c;
    struct http_options options = {.max_parallel = 2};
    client_open(&c, &options);
    for (int i = 0; i < 5; i++) {
        AUTO_FREE char *url = server_url(server, "/");
        struct request req;
        request_init(&req, i ? "GET" : "POST", url);
        http_send(c.http, &req, never, NULL);
    }
    http_push(c.http);
    assert_int_equal(http_in_flight(c.http), 5);
    client_close(&c);
    server_free(server);
}

static void send_next(void *ctx, const struct request *req, struct reply *reply)
{
    struct client *c = ctx;
    (void)req;
    assert_true(reply_is_ok(reply));
    struct request next;
    request_init(&next, "GET", req->url);
    if (http_counts(c->http).requests < 5)
        http_send(c->http, &next, send_next, c);
    request_clear(&next);
}

static void a_callback_may_send(void **state)
{
    (void)state;
    struct server *server = server_new(say_ok, NULL);
    struct client c;
    client_open(&c, NULL);
    AUTO_FREE char *url = server_url(server, "/");
    struct request req;
    request_init(&req, "GET", url);
    http_send(c.http, &req, send_next, &c);
    while (http_in_flight(c.http) > 0)
        client_turn(&c);
    assert_int_equal(http_counts(c.http).requests, 5);
    client_close(&c);
    server_free(server);
}

static void settings_are_checked_and_may_change_before_the_first_request(void **state)
{
    (void)state;
    struct client c;
    client_open(&c, NULL);
    struct err err = {0};
    struct http_options bad = {.cacert = "/no/such/ca.pem"};
    assert_false(http_configure(c.http, &bad, &err));
    assert_int_equal(err.code, ERR_TLS);
    assert_non_null(strstr(err.text, "/no/such/ca.pem"));
    err_clear(&err);
    assert_null(http_new(c.loop, &bad, &err));
    err_clear(&err);
    struct http_options good = {.rate = {1}};
    assert_true(http_configure(c.http, &good, &err));
    client_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_share_a_connection),
        cmocka_unit_test(a_mutation_leaves_no_connection_behind),
        cmocka_unit_test(a_push_puts_a_read_onto_its_open_connection),
        cmocka_unit_test(many_reads_use_few_connections),
        cmocka_unit_test(reads_leave_room_for_a_mutation),
        cmocka_unit_test_teardown(a_read_is_repeated_while_trouble_passes, real_clock),
        cmocka_unit_test_teardown(a_read_is_given_back_after_its_tries, real_clock),
        cmocka_unit_test_teardown(an_answer_is_not_asked_for_again, real_clock),
        cmocka_unit_test_teardown(a_mutation_is_never_repeated, real_clock),
        cmocka_unit_test_teardown(retry_after_is_honoured, real_clock),
        cmocka_unit_test_teardown(a_429_quiets_its_service_and_no_other, real_clock),
        cmocka_unit_test_teardown(a_rate_limits_its_service, real_clock),
        cmocka_unit_test(freeing_gives_up_without_a_callback),
        cmocka_unit_test(a_callback_may_send),
        cmocka_unit_test(settings_are_checked_and_may_change_before_the_first_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
