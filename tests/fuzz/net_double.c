/* SPDX-License-Identifier: Apache-2.0 */
/* Requests answered without a network, in virtual time. */
#include "net_double.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define LATENCY_S    0.05
#define REQUESTS_MAX 30000 /* one that needs more does not end */

struct exchange {
    struct request req;
    struct reply reply;
    http_done_fn *done;
    void *ctx;
    double due;
};

static void free_exchange(void *p)
{
    struct exchange *x = p;
    request_clear(&x->req);
    reply_clear(&x->reply);
    free(x);
}

void net_double_init(struct http *http, struct cloud_double *cloud, struct input *in)
{
    *http = (struct http){.cloud = cloud, .in = in};
}

void net_double_clear(struct http *http)
{
    vec_clear(&http->exchanges, free_exchange);
}

/* ---- what becomes of an answer ---- */

static const int statuses[] = {400, 401, 403, 404, 405, 409, 412, 413, 429,
                               500, 502, 503, 504, 300, 200, 202, 204};

enum change { CHANGED = 4, STATUS, WORDS, LOST };

json_t *net_double_change(struct input *in, json_t *body, struct reply *reply)
{
    unsigned what = take_byte(in);
    if (what < 160) /* most are left as they are */
        return body;
    if (!body)
        body = json_object();
    for (unsigned n = 0; what % 8 < CHANGED && n <= what % 8; n++)
        change_json(&body, in);
    if (what % 8 == STATUS) {
        reply->status = statuses[take_below(in, sizeof statuses / sizeof statuses[0])];
        unsigned after = take_byte(in);
        reply->retry_after_s = after < 100 ? after : -1.0;
    } else if (what % 8 == WORDS) {
        json_decref(body);
        body = take_value(in);
    }
    reply->body_cut = what == 255;
    return body;
}

static void set_body(struct reply *reply, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    free(reply->body);
    reply->body = text ? text : xstrdup("");
    reply->body_len = strlen(reply->body);
    json_decref(body);
}

static void lose(struct reply *reply, enum reply_fate fate)
{
    reply->fate = fate;
    reply->status = 0;
    err_set(&reply->err, fate == REPLY_NOT_SENT ? ERR_CONNECT : ERR_TIMEOUT, "no answer");
}

static void answer(struct http *http, struct exchange *x)
{
    struct reply *reply = &x->reply;
    /* A request that never arrives, or whose answer never does. */
    unsigned fate = http->down ? 1 : take_byte(http->in);
    if (fate >= 252 || http->down) {
        lose(reply, http->down || fate < 254 ? REPLY_NOT_SENT : REPLY_UNKNOWN);
        return;
    }
    reply->fate = REPLY_HTTP;
    if (x->req.once && !text_starts(x->req.url, "http://identity")) { /* a probe */
        reply->status = fate >= 128 ? 503 : 200;
        return;
    }
    json_t *body = double_answer(http->cloud, &x->req, &reply->status);
    set_body(reply, net_double_change(http->in, body, reply));
    if (reply->body_cut)
        err_set(&reply->err, ERR_CONNECT, "cut");
    if (fate >= 248)
        lose(reply, REPLY_UNKNOWN);
}

/* What must never happen, whatever we are told. */
static void check_request(const struct http *http, const struct request *r)
{
    must(text_eq(r->method, "RUN") || text_eq(r->method, "CONNECT") ||
         is_good_request(r));
    if (http->move)
        must(!double_would_lose(r, move_walk(http->move) == WALK_COMMIT));
}

/* ---- net/http.h ---- */

void http_send(struct http *http, struct request *req, http_done_fn *done, void *ctx)
{
    struct exchange *x = xcalloc(1, sizeof *x);
    must(++http->requests < REQUESTS_MAX);
    x->req = request_steal(req);
    check_request(http, &x->req);
    x->done = done;
    x->ctx = ctx;
    x->reply.body = xstrdup("");
    x->reply.retry_after_s = -1;
    x->reply.sent_seq = ++http->seq;
    x->reply.sent_at = clock_mono();
    x->reply.date = clock_wall();
    answer(http, x);
    x->due = clock_mono() + LATENCY_S;
    vec_add(&http->exchanges, x);
}

static struct exchange *next_exchange(const struct http *http)
{
    return http->exchanges.len > 0 ? http->exchanges.at[0] : NULL;
}

int http_drain(struct http *http)
{
    struct exchange *x;
    int n = 0;
    while ((x = next_exchange(http)) && x->due <= clock_mono()) {
        (void)vec_take(&http->exchanges, 0);
        x->reply.done_seq = ++http->seq;
        x->done(x->ctx, &x->req, &x->reply);
        free_exchange(x);
        n++;
    }
    return n;
}

bool http_has_room(const struct http *http, int service, double *ret_wait_s)
{
    (void)http;
    (void)service;
    (void)ret_wait_s;
    return true;
}

void http_push(struct http *http)
{
    (void)http;
}

double http_next_due(const struct http *http)
{
    const struct exchange *x = next_exchange(http);
    return x ? x->due : -1;
}

unsigned long http_seq(const struct http *http)
{
    return http->seq;
}

/* The rest of both headers, so that nothing of the real ones is linked: for commands that
 * no target runs. */

struct http *http_new(struct loop *loop, const struct http_options *options,
                      struct err *err)
{
    (void)loop;
    (void)options;
    err_set(err, ERR_INTERNAL, "there is no network");
    return NULL;
}

void http_free(struct http *http)
{
    must(!http);
}

struct loop *loop_new(struct err *err)
{
    err_set(err, ERR_INTERNAL, "there is no loop");
    return NULL;
}

void loop_free(struct loop *loop)
{
    must(!loop);
}

void loop_watch_fd(struct loop *loop, int fd)
{
    (void)loop;
    must(fd < 0);
}

bool loop_watch_ready(const struct loop *loop)
{
    (void)loop;
    return false;
}

/* ---- net/loop.h ---- */

int loop_interrupts(const struct loop *loop)
{
    (void)loop;
    return 0;
}

bool loop_wait(struct loop *loop, double wake_at, struct err *err)
{
    const struct exchange *x = next_exchange(loop->http);
    double now = clock_mono(), to = wake_at;
    (void)err;
    must(++loop->http->waits < 4L * REQUESTS_MAX);
    if (x && (to < 0 || x->due < to))
        to = x->due;
    must(to >= 0);
    clock_advance(to > now ? to - now : 0.0001);
    return true;
}
