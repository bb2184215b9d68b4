/* SPDX-License-Identifier: Apache-2.0 */
/* A loop and a client for the tests of net. */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"

void client_open(struct client *c, const struct http_options *options)
{
    /* Whoever runs the tests may sit behind a proxy; the tests do not. */
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                          "all_proxy",  "ALL_PROXY",   "no_proxy",
                                          "NO_PROXY"};
    for (size_t i = 0; i < sizeof(proxies) / sizeof(*proxies); i++)
        unsetenv(proxies[i]);
    struct err err = {0};
    c->loop = loop_new(&err);
    assert_non_null(c->loop);
    c->http = http_new(c->loop, options, &err);
    if (!c->http)
        fail_msg("%s", err.text);
    alarm(120);
}

void client_close(struct client *c)
{
    alarm(0);
    http_free(c->http);
    loop_free(c->loop);
}

void client_turn(struct client *c)
{
    struct err err = {0};
    http_push(c->http);
    double due = http_next_due(c->http);
    if (!loop_wait(c->loop, due, &err))
        fail_msg("%s", err.text);
    if (clock_is_test() && due > clock_mono() && http_on_wire(c->http) == 0)
        clock_advance(due - clock_mono());
    http_drain(c->http);
}

struct waiting {
    struct reply reply;
    bool done;
};

static void keep(void *ctx, const struct request *req, struct reply *reply)
{
    struct waiting *w = ctx;
    (void)req;
    if (w->done)
        fail_msg("a callback came twice");
    w->done = true;
    w->reply = *reply;
    *reply = (struct reply){0};
}

struct reply client_ask(struct client *c, struct request *req)
{
    struct waiting w = {0};
    http_send(c->http, req, keep, &w);
    while (!w.done)
        client_turn(c);
    return w.reply;
}

struct reply client_call(struct client *c, const char *method, char *url,
                         const char *body)
{
    struct request req;
    request_init(&req, method, url);
    free(url);
    request_header(&req, "Accept", "application/json");
    if (body)
        request_body(&req, xstrdup(body), "application/json");
    return client_ask(c, &req);
}
