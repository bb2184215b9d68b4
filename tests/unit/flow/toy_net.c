/* SPDX-License-Identifier: Apache-2.0 */
/* The network and the loop of the toy world, in the place of net/http.c and net/loop.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/http.h"
#include "net/loop.h"
#include "store/store.h"
#include "toy.h"

#define WAITS_MAX 200000 /* a test that needs more does not end */

struct http {
    struct toy *toy;
};

struct loop {
    struct toy *toy;
};

struct exchange {
    struct request req;
    struct reply reply;
    http_done_fn *done;
    void *ctx;
    double due;
};

void toy_net_new(struct toy *t)
{
    t->http = xcalloc(1, sizeof *t->http);
    t->loop = xcalloc(1, sizeof *t->loop);
    t->http->toy = t->loop->toy = t;
}

static void free_exchange(void *p)
{
    struct exchange *x = p;

    request_clear(&x->req);
    reply_clear(&x->reply);
    free(x);
}

void toy_net_drop(struct toy *t)
{
    vec_clear(&t->exchanges, free_exchange);
}

void toy_net_free(struct toy *t)
{
    toy_net_drop(t);
    free(t->http);
    free(t->loop);
}

/* ---- law 2, looked at where it counts ---- */

static bool is_of(const struct move_row *row, const char *url)
{
    AUTO_FREE char *part = xasprintf("/%s/", row->server_id);
    AUTO_FREE char *whole = xasprintf("%s/", url);

    return strstr(whole, part) || strstr(whole, row->id) ||
           strncmp(url, "/thing/", 7) == 0;
}

/* Is there a move with an intent that was not used for an earlier request? */
static void check_intent(struct toy *t, const char *url)
{
    struct vec moves = {0}, asks = {0};
    struct err err = {0};
    bool found = false;

    if (!store_moves(t->reader, NULL, NULL, &moves, &err))
        fail_msg("reading moves: %s", err.text);
    for (size_t i = 0; i < moves.len && !found; i++) {
        const struct move_row *row = moves.at[i];

        if (!is_of(row, url))
            continue;
        assert_true(store_asks(t->reader, row->id, &asks, &err));
        for (size_t k = 0; k < asks.len && !found; k++) {
            const struct ask_row *ask = asks.at[k];
            AUTO_FREE char *key = xasprintf("%s %s %s %d %d", row->id, ask->walk,
                                            ask->step, ask->item, ask->attempt);

            if (strcmp(ask->phase, "asked") == 0 && !strv_has(&t->known, key)) {
                strv_add(&t->known, key);
                found = true;
            }
        }
        vec_clear(&asks, ask_row_free);
    }
    vec_clear(&moves, move_row_free);
    if (!found) {
        t->unintended++;
        print_error("no intent on disk for %s\n", url);
    }
}

/* ---- requests ---- */

static void answer(struct exchange *x, int status, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

    x->reply.fate = REPLY_HTTP;
    x->reply.status = status;
    if (text) {
        free(x->reply.body);
        x->reply.body = text;
    }
}

static void lose(struct exchange *x, enum reply_fate fate, enum err_code code)
{
    x->reply.fate = fate;
    x->reply.status = 0;
    err_set(&x->reply.err, code, "%s",
            fate == REPLY_NOT_SENT ? "connection refused" : "no answer");
}

static void meet(struct toy *t, struct exchange *x, const struct rule *rule)
{
    enum fate fate = rule ? rule->fate : FATE_OK;
    json_t *body = NULL;
    int status = 0;

    if (fate == FATE_OK || fate == FATE_LOST || fate == FATE_ACTED_STATUS ||
        fate == FATE_CUT)
        status = toy_act(t, x->req.method, x->req.url, &body);
    if (fate == FATE_LATE || fate == FATE_ASYNC || fate == FATE_LATE_STATUS)
        toy_late(t, rule->late_s, x->req.method, x->req.url);
    if (fate == FATE_ASYNC)
        status = 202;
    if (fate == FATE_STATUS || fate == FATE_ACTED_STATUS || fate == FATE_LATE_STATUS) {
        json_decref(body);
        body = json_pack("{s:s}", "error", rule->body ? rule->body : "told to");
        status = rule->status;
        x->reply.retry_after_s = rule->retry_after_s > 0 ? rule->retry_after_s : -1;
    }
    if (fate == FATE_NOT_SENT)
        lose(x, REPLY_NOT_SENT, ERR_CONNECT);
    else if (fate == FATE_LOST || fate == FATE_DROP || fate == FATE_LATE)
        lose(x, REPLY_UNKNOWN, ERR_TIMEOUT);
    else
        answer(x, status, body);
    if (fate == FATE_CUT) {
        x->reply.body_cut = true;
        x->reply.body[0] = '\0';
    }
    json_decref(body);
    x->reply.body_len = strlen(x->reply.body);
}

static void die_here(struct toy *t, const struct exchange *x)
{
    const struct rule *rule = toy_rule_for(t, x->req.method, x->req.url);
    bool refused =
        rule && rule->fate == FATE_STATUS; /* whether we live to hear it or not */
    json_t *body = NULL;

    if (!refused && (t->die_how == FATE_OK || t->die_how == FATE_LOST))
        (void)toy_act(t, x->req.method, x->req.url, &body);
    if (!refused && t->die_how == FATE_LATE)
        toy_late(t, t->die_late_s, x->req.method, x->req.url);
    json_decref(body);
    t->dead = true;
}

void http_send(struct http *http, struct request *req, http_done_fn *done, void *ctx)
{
    struct toy *t = http->toy;
    struct exchange *x = xcalloc(1, sizeof *x);
    bool changes = !request_is_read(req) && strcmp(req->url, "/token") != 0;
    struct rule *rule;

    x->req = request_steal(req);
    if (t->dead) {
        free_exchange(x);
        return;
    }
    toy_tick(t);
    toy_log(t, x->req.method, x->req.url);
    if (changes)
        check_intent(t, x->req.url);
    x->done = done;
    x->ctx = ctx;
    x->reply.body = xstrdup("");
    x->reply.retry_after_s = -1;
    x->reply.sent_seq = ++t->seq;
    x->reply.sent_at = clock_mono();
    x->reply.date = clock_wall();
    snprintf(x->reply.request_id, sizeof x->reply.request_id, "req-%lu", t->seq);
    if (changes && ++t->mutations == t->die_at) {
        die_here(t, x);
        free_exchange(x);
        return;
    }
    rule = toy_rule_for(t, x->req.method, x->req.url);
    if (rule && rule->hook)
        rule->hook(t);
    meet(t, x, rule);
    x->due = clock_mono() + t->latency + (rule ? rule->delay_s : 0);
    vec_add(&t->exchanges, x);
}

static struct exchange *next_exchange(const struct toy *t)
{
    struct exchange *best = NULL;

    for (size_t i = 0; i < t->exchanges.len; i++) {
        struct exchange *x = t->exchanges.at[i];

        if (!best || x->due < best->due)
            best = x;
    }
    return best;
}

int http_drain(struct http *http)
{
    struct toy *t = http->toy;
    struct exchange *x;
    int n = 0;

    while (!t->dead && (x = next_exchange(t)) && x->due <= clock_mono()) {
        (void)vec_remove(&t->exchanges, x);
        x->reply.done_seq = ++t->seq;
        x->reply.took_s = clock_mono() - x->reply.sent_at;
        x->done(x->ctx, &x->req, &x->reply);
        free_exchange(x);
        n++;
    }
    return n;
}

bool http_has_room(const struct http *http, int service, double *ret_wait_s)
{
    (void)service;
    if (http->toy->room_at <= clock_mono())
        return true;
    if (ret_wait_s)
        *ret_wait_s = http->toy->room_at - clock_mono();
    return false;
}

void http_push(struct http *http)
{
    (void)http;
}

double http_next_due(const struct http *http)
{
    const struct exchange *x = next_exchange(http->toy);

    return x ? x->due : -1;
}

unsigned long http_seq(const struct http *http)
{
    return http->toy->seq;
}

/* ---- the loop ---- */

int loop_interrupts(const struct loop *loop)
{
    const struct toy *t = loop->toy;

    if (t->interrupt_at > 0 && clock_mono() >= t->interrupt_at && t->interrupts == 0)
        loop->toy->interrupts = 1;
    return t->interrupts;
}

bool loop_wait(struct loop *loop, double wake_at, struct err *err)
{
    struct toy *t = loop->toy;
    const struct exchange *x = next_exchange(t);
    double now = clock_mono(), to = wake_at;

    if (t->dead)
        return err_set(err, ERR_INTERNAL, "died");
    if (++t->waits > WAITS_MAX)
        fail_msg("it does not end: %ld waits, %.0f s", t->waits, now);
    if (x && (to < 0 || x->due < to))
        to = x->due;
    if (to < 0)
        fail_msg("it would wait for ever");
    clock_advance(to > now ? to - now : 0.0001);
    toy_tick(t);
    return true;
}
