/* SPDX-License-Identifier: Apache-2.0 */
/* One request through the faults to a service and back; also the log of requests. */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "control.h"
#include "fault.h"
#include "identity.h"
#include "image.h"
#include "network.h"
#include "volume.h"

void cloud_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    static const struct {
        const char *name;
        handler_fn *serve;
    } services[] = {{"identity", identity_serve}, {"compute", compute_serve},
                    {"image", image_serve},       {"network", network_serve},
                    {"volume", volume_serve},     {"_fake", control_serve}};
    request_split(rq, 0);
    for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
        if (rq->n_parts > 0 && strcmp(rq->part[0], services[i].name) == 0) {
            services[i].serve(cl, rq, rp);
            return;
        }
    }
    reply_text(rp, 404, "text/plain", "no such service\n");
}

bool request_changes(const struct request *rq)
{
    return strcmp(rq->method, "GET") != 0 && strcmp(rq->method, "HEAD") != 0 &&
           !text_starts(rq->path, "/identity");
}

static json_t *log_body(const struct request *rq)
{
    bool secret = text_starts(rq->path, "/identity");
    return rq->json && !secret ? json_incref(rq->json) : json_null();
}

static void log_begin(struct exchange *ex)
{
    struct cloud *cl = ex->cl;
    enum { KEPT = 200000 };
    if (text_starts(ex->rq.path, "/_fake"))
        return;
    json_t *query = json_array();
    for (size_t i = 0; i < ex->rq.query.n; i++)
        json_array_append_new(
            query, json_sprintf("%s=%s", ex->rq.query.v[i].key, ex->rq.query.v[i].value));
    bool mutating = request_changes(&ex->rq);
    ex->log =
        json_pack("{s:I, s:s, s:s, s:o, s:n, s:f, s:b, s:b, s:s, s:n, s:b, s:o}", "n",
                  (json_int_t)++cl->n_requests, "method", ex->rq.method, "path",
                  ex->rq.path, "query", query, "status", "time", cloud_now(cl),
                  "mutating", (int)mutating, "acted", 0, "id", ex->rq.id, "fault",
                  "reused", (int)ex->reused, "body", log_body(&ex->rq));
    const char *version = request_header(&ex->rq, "X-OpenStack-Nova-API-Version");
    str_into(ex->log, "microversion", version);
    json_array_append(cl->request_log, ex->log);
    if (json_array_size(cl->request_log) > KEPT) {
        json_t *late = json_array();
        for (size_t i = KEPT / 2; i <= KEPT; i++)
            json_array_append(late, json_array_get(cl->request_log, i));
        json_decref(cl->request_log);
        cl->request_log = late;
    }
}

static void finish(struct exchange *ex)
{
    if (ex->log) {
        json_object_set_new(ex->log, "status",
                            ex->how == SEND_NOTHING ? json_null()
                                                    : json_integer(ex->rp.status));
        json_object_set_new(ex->log, "acted", json_boolean(ex->rq.acted));
        str_into(ex->log, "user", ex->rq.who.user ? ex->rq.who.user->name : NULL);
    }
    ex->done = true;
    if (ex->gone)
        exchange_drop(ex);
    else if (ex->ready)
        ex->ready(ex);
}

static void serve_once(struct exchange *ex)
{
    reply_clear(&ex->rp);
    cloud_serve(ex->cl, &ex->rq, &ex->rp);
}

void exchange_act(struct exchange *ex)
{
    serve_once(ex);
    finish(ex);
}

static void act_later(void *ctx)
{
    struct exchange *ex = ctx;
    ex->held = false;
    exchange_act(ex);
}

static void forget(void *ctx)
{
    struct exchange *ex = ctx;
    ex->held = false;
    ex->how = SEND_NOTHING;
    finish(ex);
}

static void hold(struct exchange *ex, const json_t *how)
{
    struct cloud *cl = ex->cl;
    long long requests = int_of(how, "after_requests");
    const json_t *after = json_object_get(how, "after_s");
    ex->held = true;
    if (after) {
        clock_after(&cl->clock, json_number_value(after), act_later, forget, ex);
        return;
    }
    ex->act_at_request = requests > 0 ? (long long)cl->n_requests + requests : 0;
    ex->next_held = cl->held;
    cl->held = ex;
}

/* Lets held requests act: all of them, or those whose number has come. The oldest goes
 * first. */
static size_t release(struct cloud *cl, bool all)
{
    size_t n = 0;
    for (;;) {
        struct exchange **oldest = NULL;
        for (struct exchange **at = &cl->held; *at; at = &(*at)->next_held) {
            bool due = all || ((*at)->act_at_request > 0 &&
                               (long long)cl->n_requests >= (*at)->act_at_request);
            if (due)
                oldest = at;
        }
        if (!oldest)
            return n;
        struct exchange *ex = *oldest;
        *oldest = ex->next_held;
        n++;
        act_later(ex);
    }
}

size_t exchange_release(struct cloud *cl)
{
    return release(cl, true);
}

static void replace_body(struct exchange *ex, const json_t *how)
{
    const json_t *body = json_object_get(how, "body");
    long long status = int_of(how, "status");
    const char *type = str_of(how, "content_type"), *key;
    json_t *value;
    int final = status ? (int)status : ex->rp.status ? ex->rp.status : 500;
    if (json_is_string(body))
        reply_text(&ex->rp, final, type ? type : "text/html", json_string_value(body));
    else
        reply_json(&ex->rp, final, body ? json_deep_copy(body) : NULL);
    if (type)
        ex->rp.type = type;
    json_object_foreach(json_object_get(how, "headers"), key, value)
        reply_header(&ex->rp, key, "%s", json_string_value(value));
}

static void do_retry_date(struct exchange *ex, const json_t *how)
{
    const json_t *seconds = json_object_get(how, "retry_after_date");
    char date[TIME_TEXT];
    if (!seconds)
        return;
    time_http(cloud_now(ex->cl) + json_number_value(seconds), date);
    reply_header(&ex->rp, "Retry-After", "%s", date);
}

static void do_status(struct exchange *ex, const json_t *how)
{
    replace_body(ex, how);
    do_retry_date(ex, how);
    finish(ex);
}

static void do_body(struct exchange *ex, const json_t *how)
{
    serve_once(ex);
    replace_body(ex, how);
    finish(ex);
}

/* A reply without a body gets one: the words stand where none are documented. */
static void give_body(struct exchange *ex, const char *text, size_t size)
{
    char *copy = xstrndup(text, size);
    if (ex->rp.status == 204)
        ex->rp.status = 200;
    json_decref(ex->rp.json);
    ex->rp.json = NULL;
    free(ex->rp.text);
    ex->rp.text = copy;
    ex->rp.size = size;
    if (!ex->rp.type)
        ex->rp.type = "application/json";
}

static void do_truncate(struct exchange *ex, const json_t *how)
{
    (void)how;
    serve_once(ex);
    reply_render(&ex->rp);
    if (ex->rp.size > 1) {
        char *whole = xstrndup(ex->rp.text, ex->rp.size);
        give_body(ex, whole, strlen(whole) / 2);
        free(whole);
    } else {
        give_body(ex, "{", 1);
    }
    finish(ex);
}

/* Every member of the reply becomes a number, or (hollow) every object loses what it
 * holds. */
static json_t *misshapen(const json_t *doc, bool hollow)
{
    json_t *twisted = json_object(), *value;
    const char *key;
    if (!json_is_object(doc)) {
        json_decref(twisted);
        return json_pack("[i]", 42);
    }
    json_object_foreach((json_t *)doc, key, value)
    {
        json_t *is = json_integer(42);
        if (hollow && json_is_array(value)) {
            json_decref(is);
            is = json_array();
            for (size_t i = 0; i < json_array_size(value); i++)
                json_array_append_new(is, json_object());
        } else if (hollow) {
            json_decref(is);
            is = json_object();
        }
        json_object_set_new(twisted, key, is);
    }
    return twisted;
}

static void do_shape(struct exchange *ex, const json_t *how)
{
    serve_once(ex);
    reply_render(&ex->rp);
    json_t *doc = json_loadb(ex->rp.text, ex->rp.size, 0, NULL);
    json_t *twisted = misshapen(doc, true_of(how, "hollow"));
    char *text = json_dumps(twisted, 0);
    give_body(ex, text, strlen(text));
    free(text);
    json_decref(twisted);
    json_decref(doc);
    finish(ex);
}

static void answer_late(void *ctx)
{
    struct exchange *ex = ctx;
    ex->held = false;
    finish(ex);
}

static void do_late(struct exchange *ex, const json_t *how)
{
    serve_once(ex);
    ex->held = true;
    clock_after(&ex->cl->clock, json_number_value(json_object_get(how, "seconds")),
                answer_late, forget, ex);
}

/* The calendar of the cloud, or what stands in a file: that of a client that reads it. */
static void do_jump(struct exchange *ex, const json_t *how)
{
    struct cloud *cl = ex->cl;
    double seconds = json_number_value(json_object_get(how, "seconds"));
    const char *path = str_of(how, "file");
    FILE *f = path ? fopen(path, "we") : NULL;
    if (f) {
        fprintf(f, "%.0f\n", seconds);
        fclose(f);
    } else {
        clock_jump(&cl->clock, seconds);
        for (const struct row *row = cl->servers.oldest; row; row = row->newer)
            ((struct server *)row->data)->busy_until += seconds;
    }
    exchange_act(ex);
}

static void do_delay(struct exchange *ex, const json_t *how)
{
    ex->held = true;
    clock_after(&ex->cl->clock, json_number_value(json_object_get(how, "seconds")),
                act_later, forget, ex);
}

static void do_lost(struct exchange *ex, const json_t *how)
{
    (void)how;
    ex->how = SEND_NOTHING;
    exchange_act(ex);
}

static void do_drop(struct exchange *ex, const json_t *how)
{
    (void)how;
    ex->how = SEND_NOTHING;
    finish(ex);
}

static void do_cut(struct exchange *ex, const json_t *how)
{
    (void)how;
    ex->how = SEND_HALF;
    exchange_act(ex);
}

static void do_endless(struct exchange *ex, const json_t *how)
{
    (void)how;
    ex->how = SEND_ENDLESS;
    exchange_act(ex);
}

static void do_twice(struct exchange *ex, const json_t *how)
{
    /* What a proxy does that lost the first reply: the client sees the second. */
    (void)how;
    serve_once(ex);
    exchange_act(ex);
}

static void do_list_lag(struct exchange *ex, const json_t *how)
{
    struct past *past = fault_past(ex->cl, how);
    past_swap(ex->cl, past);
    serve_once(ex);
    past_swap(ex->cl, past);
    finish(ex);
}

static void do_drop_cell(struct exchange *ex, const json_t *how)
{
    ex->rq.down_cell = (int)int_of(how, "cell");
    exchange_act(ex);
}

static void do_snapshot_stop(struct exchange *ex, const json_t *how)
{
    ex->rq.twist.snapshot_stop = str_of(how, "at");
    exchange_act(ex);
}

static void do_fail_job(struct exchange *ex, const json_t *how)
{
    (void)how;
    ex->rq.twist.fail_job = true;
    exchange_act(ex);
}

static void do_stuck(struct exchange *ex, const json_t *how)
{
    (void)how;
    ex->rq.twist.stuck = true;
    exchange_act(ex);
}

static void do_script(struct exchange *ex, const json_t *how)
{
    if (true_of(how, "after")) {
        serve_once(ex);
        fault_script(ex->cl, how, &ex->rq);
        finish(ex);
        return;
    }
    fault_script(ex->cl, how, &ex->rq);
    exchange_act(ex);
}

static void do_redirect(struct exchange *ex, const json_t *how)
{
    reply_text(&ex->rp, 307, "text/plain", "");
    reply_header(&ex->rp, "Location", "%s", str_of(how, "to") ? str_of(how, "to") : "/");
    finish(ex);
}

static void do_revoke(struct exchange *ex, const json_t *how)
{
    if (true_of(how, "after")) {
        serve_once(ex);
        identity_revoke_all(ex->cl);
        finish(ex);
        return;
    }
    identity_revoke_all(ex->cl);
    exchange_act(ex);
}

static const struct {
    const char *name;
    void (*run)(struct exchange *ex, const json_t *how);
} kinds[] = {
    {"status", do_status},
    {"delay", do_delay},
    {"late", do_late},
    {"truncate", do_truncate},
    {"shape", do_shape},
    {"jump", do_jump},
    {"lost", do_lost},
    {"drop", do_drop},
    {"cut", do_cut},
    {"hold", hold},
    {"twice", do_twice},
    {"close_reused", do_lost},
    {"list_lag", do_list_lag},
    {"drop_cell", do_drop_cell},
    {"snapshot_stop", do_snapshot_stop},
    {"fail_job", do_fail_job},
    {"stuck", do_stuck},
    {"script", do_script},
    {"redirect", do_redirect},
    {"body", do_body},
    {"endless", do_endless},
    {"revoke_tokens", do_revoke},
};

bool fault_kind_known(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return true;
    }
    return false;
}

void exchange_begin(struct exchange *ex)
{
    struct cloud *cl = ex->cl;
    log_begin(ex);
    bool control = text_starts(ex->rq.path, "/_fake");
    json_t *how = control ? NULL : fault_match(cl, &ex->rq, ex->reused);
    const char *name = how ? str_of(how, "do") : NULL;
    if (!how) {
        exchange_act(ex);
    } else {
        str_into(ex->log, "fault", name);
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
            if (strcmp(kinds[i].name, name) == 0) {
                kinds[i].run(ex, how);
                break;
            }
        }
        json_decref(how);
    }
    if (!control)
        release(cl, false);
}

void exchange_drop(struct exchange *ex)
{
    ex->gone = true;
    if (ex->held || !ex->done)
        return;
    request_clear(&ex->rq);
    reply_clear(&ex->rp);
    json_decref(ex->log);
    free(ex);
}

void exchange_abandon(struct cloud *cl)
{
    clock_clear(&cl->clock);
    while (cl->held) {
        struct exchange *ex = cl->held;
        cl->held = ex->next_held;
        forget(ex);
    }
}
