/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over curl_multi: the client, its queue of reads, its limits. */
#include "net/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "net/backoff.h"
#include "net/http_exchange.h"
#include "net/http_log.h"
#include "net/rate.h"

#define N_RATES (sizeof(((struct http_options *)0)->rate) / sizeof(double))

struct http {
    struct loop *loop;
    CURLM *multi;
    struct http_settings settings;
    struct rate rates[N_RATES + 1];
    struct vec queue;    /* reads that wait for a slot, a token or their next try */
    struct vec wire;     /* in curl's hands */
    struct vec running;  /* commands */
    struct vec finished; /* waiting for their callback */
    int mutations;       /* of those not yet called back */
    unsigned long seq;
    struct http_counts counts;
};

static void clear_settings(struct http_settings *s)
{
    free(s->cacert);
    free(s->cert);
    free(s->key);
    if (s->share)
        curl_share_cleanup(s->share);
    *s = (struct http_settings){0};
}

static bool check_file(const char *what, const char *path, struct err *err)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    return err_set_errno(err, ERR_TLS, errno, "cannot read the %s %s", what, path);
}

static void fill_in(struct http_settings *s, const struct http_options *options)
{
    struct http_options *o = &s->o;
    if (options)
        *o = *options;
    s->cacert = xstrdup(o->cacert);
    s->cert = xstrdup(o->cert);
    s->key = xstrdup(o->key);
    o->cacert = o->cert = o->key = NULL;
    o->connect_timeout_s = o->connect_timeout_s > 0 ? o->connect_timeout_s : 10;
    o->timeout_s = o->timeout_s > 0 ? o->timeout_s : 60;
    o->max_reply = o->max_reply ? o->max_reply : (size_t)64 << 20;
    o->max_parallel = o->max_parallel > 0 ? o->max_parallel : 16;
    o->read_tries = o->read_tries > 0 ? o->read_tries : 4;
    s->share = curl_share_init();
    if (!s->share ||
        curl_share_setopt(s->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION))
        bug("libcurl cannot share TLS sessions");
}

bool http_configure(struct http *http, const struct http_options *options,
                    struct err *err)
{
    if (http->counts.requests > 0)
        bug("http_configure after the first request");
    if (options && (!check_file("authorities", options->cacert, err) ||
                    !check_file("certificate", options->cert, err) ||
                    !check_file("key", options->key, err)))
        return false;
    struct http_settings old = http->settings;
    http->settings = (struct http_settings){0};
    fill_in(&http->settings, options);
    clear_settings(&old);
    for (size_t i = 0; i <= N_RATES; i++)
        rate_init(&http->rates[i], i < N_RATES ? http->settings.o.rate[i] : 0,
                  clock_mono());
    /* Every service keeps as many connections as may be wanted at once. */
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
                      (long)http->settings.o.max_parallel * 4);
    return true;
}

struct http *http_new(struct loop *loop, const struct http_options *options,
                      struct err *err)
{
    struct http *http = xcalloc(1, sizeof(*http));
    http->loop = loop;
    http->multi = loop_multi(loop);
    if (http_configure(http, options, err))
        return http;
    http_free(http);
    return NULL;
}

static void drop(void *p)
{
    exchange_free(p);
}

void http_free(struct http *http)
{
    if (!http)
        return;
    for (size_t i = 0; i < http->wire.len; i++) {
        struct exchange *x = http->wire.at[i];
        curl_multi_remove_handle(http->multi, x->easy);
    }
    loop_set_transfers(http->loop, 0);
    vec_clear(&http->wire, drop);
    vec_clear(&http->running, drop);
    vec_clear(&http->queue, drop);
    vec_clear(&http->finished, drop);
    clear_settings(&http->settings);
    free(http);
}

/* Numbers that are none of the limited services share the last place, which has no limit.
 */
static size_t rate_index(int service)
{
    return service >= 0 && (size_t)service < N_RATES ? (size_t)service : N_RATES;
}

static double rate_wait_of(const struct http *http, const struct request *req, double now)
{
    return rate_wait(&http->rates[rate_index(req->service)], now);
}

bool http_has_room(const struct http *http, int service, double *ret_wait_s)
{
    /* A slot is freed by a reply, which ends any wait by itself. */
    const double slot_s = 1;
    double wait = rate_wait(&http->rates[rate_index(service)], clock_mono());
    bool slot = (int)http->wire.len < http->settings.o.max_parallel;
    if (!slot && wait < slot_s)
        wait = slot_s;
    if (ret_wait_s)
        *ret_wait_s = wait;
    return wait <= 0;
}

/* Some slots are left to mutations, which do not queue: many reads must not starve them.
 */
static bool read_has_slot(const struct http *http)
{
    int all = http->settings.o.max_parallel;
    int kept = all > 8 ? all / 8 : all > 1 ? 1 : 0;
    return (int)http->wire.len < all - kept;
}

/* Who asks whether somebody answers may wait long for nothing: half of the slots are not
 * for them. */
static bool has_slot(const struct http *http, const struct exchange *x)
{
    int all = http->settings.o.max_parallel, once = 0;
    for (size_t i = 0; i < http->wire.len; i++)
        once += ((const struct exchange *)http->wire.at[i])->req.once;
    return read_has_slot(http) && (!x->req.once || once < (all > 1 ? all / 2 : 1));
}

static void finish(struct http *http, struct exchange *x)
{
    x->reply.done_seq = ++http->seq;
    vec_add(&http->finished, x);
}

static void count_transfers(struct http *http)
{
    loop_set_transfers(http->loop, (int)(http->wire.len + http->running.len));
}

static void start(struct http *http, struct exchange *x)
{
    rate_take(&http->rates[rate_index(x->req.service)], clock_mono());
    http->counts.requests++;
    if (!request_is_read(&x->req))
        http->counts.mutations++;
    bool ok = exchange_start(x, &http->settings);
    x->reply.sent_seq = ++http->seq;
    http_log_request(&x->req, x->tries);
    if (!ok) {
        http_log_reply(&x->req, &x->reply);
        finish(http, x);
        return;
    }
    CURLMcode code = curl_multi_add_handle(http->multi, x->easy);
    if (code != CURLM_OK)
        bug("libcurl takes no transfer: %s", curl_multi_strerror(code));
    vec_add(&http->wire, x);
    count_transfers(http);
}

/* A command takes no slot of the network, and no rate. */
static void start_command(struct http *http, struct exchange *x)
{
    x->reply.sent_seq = ++http->seq;
    log_debug("running: %s", x->req.body ? x->req.body : "");
    if (exchange_run(x, http->loop))
        vec_add(&http->running, x);
    else
        finish(http, x);
    count_transfers(http);
}

static void collect_commands(struct http *http)
{
    for (size_t i = http->running.len; i-- > 0;) {
        struct exchange *x = http->running.at[i];
        if (!exchange_has_run(x))
            continue;
        log_debug("ran %.1f s: %s", x->reply.took_s,
                  err_is_set(&x->reply.err) ? x->reply.err.text : "ended with 0");
        (void)vec_take(&http->running, i);
        finish(http, x);
    }
    count_transfers(http);
}

void http_send(struct http *http, struct request *req, http_done_fn *done, void *ctx)
{
    struct exchange *x = exchange_new(req, done, ctx);
    if (!strcmp(x->req.method, "RUN")) {
        start_command(http, x);
        return;
    }
    if (request_is_read(&x->req)) {
        vec_add(&http->queue, x);
        return;
    }
    http->mutations++;
    start(http, x);
}

/* A read whose failure will pass goes back to the queue. */
static bool try_again(struct http *http, struct exchange *x)
{
    double delay;
    if (!request_is_read(&x->req) || x->req.once ||
        x->tries >= http->settings.o.read_tries ||
        !backoff_read(&x->reply, x->tries, backoff_random(), &delay))
        return false;
    x->due = clock_mono() + delay;
    if (reply_is_later(&x->reply))
        rate_hold(&http->rates[rate_index(x->req.service)], x->due);
    log_debug("again in %.1f s", delay);
    http->counts.retries++;
    vec_add(&http->queue, x);
    return true;
}

static void collect(struct http *http)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(http->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct exchange *x = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
        curl_multi_remove_handle(http->multi, easy);
        vec_remove(&http->wire, x);
        exchange_end(x, &http->settings, code);
        http_log_reply(&x->req, &x->reply);
        if (!try_again(http, x))
            finish(http, x);
    }
    count_transfers(http);
}

static void run_curl(struct http *http)
{
    int running;
    CURLMcode code = curl_multi_perform(http->multi, &running);
    if (code != CURLM_OK)
        bug("libcurl: %s", curl_multi_strerror(code));
    collect(http);
}

int http_drain(struct http *http)
{
    run_curl(http);
    collect_commands(http);
    /* What callbacks send belongs to the next drain. */
    struct vec batch = http->finished;
    http->finished = (struct vec){0};
    for (size_t i = 0; i < batch.len; i++) {
        struct exchange *x = batch.at[i];
        if (!request_is_read(&x->req))
            http->mutations--;
        x->done(x->ctx, &x->req, &x->reply);
        exchange_free(x);
    }
    int calls = (int)batch.len;
    vec_clear(&batch, NULL);
    return calls;
}

void http_push(struct http *http)
{
    double now = clock_mono();
    struct vec waiting = http->queue;
    http->queue = (struct vec){0};
    for (size_t i = 0; i < waiting.len; i++) {
        struct exchange *x = waiting.at[i];
        if (x->due <= now && has_slot(http, x) && rate_wait_of(http, &x->req, now) <= 0)
            start(http, x);
        else
            vec_add(&http->queue, x);
    }
    vec_clear(&waiting, NULL);
    /* Onto the wire now, not after the caller's next wait. */
    if (http->wire.len > 0)
        run_curl(http);
}

double http_next_due(const struct http *http)
{
    double now = clock_mono(), next = -1;
    if (http->finished.len > 0)
        return now;
    for (size_t i = 0; i < http->running.len; i++) {
        const struct exchange *x = http->running.at[i];
        double at = child_deadline(x->child);
        next = next < 0 || at < next ? at : next;
    }
    for (size_t i = 0; i < http->queue.len; i++) {
        const struct exchange *x = http->queue.at[i];
        if (!has_slot(http, x)) /* freed by a reply, which ends any wait */
            continue;
        double at = now + rate_wait_of(http, &x->req, now);
        at = x->due > at ? x->due : at;
        next = next < 0 || at < next ? at : next;
    }
    return next;
}

int http_in_flight(const struct http *http)
{
    return (int)(http->wire.len + http->running.len + http->queue.len +
                 http->finished.len);
}

int http_on_wire(const struct http *http)
{
    return (int)http->wire.len;
}

int http_mutations_in_flight(const struct http *http)
{
    return http->mutations;
}

unsigned long http_seq(const struct http *http)
{
    return http->seq;
}

struct http_counts http_counts(const struct http *http)
{
    return http->counts;
}
