/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads that came back. A list brings news, never absence: a subject that it does not
 * name gets a GET of its own. What is no answer about the subject waits and goes out
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

#define PAGES_MAX        1000
#define ITEMS_MAX        250000
#define EMPTY_MAX        10 /* pages of nothing that promise more */
#define READ_PAUSE_MAX_S 15.0
#define LIST_TRIES       3
#define NO_LIST_S        300.0

static void sight_set(struct move_sight *s, const struct read *r, enum sight_state state,
                      json_t *doc, int status)
{
    json_t *old = s->sight.doc;

    s->sight.doc = json_incref(doc);
    json_decref(old);
    s->sight.state = state;
    s->sight.seq = r->seq;
    s->sight.at = r->at;
    s->sight.status = status;
    s->date = r->date;
}

/* Tells every waiter of this key; those for whom it is old news look again. */
static void deliver(struct read *r, const char *key, enum sight_state state, json_t *doc,
                    int status)
{
    r->finished = true; /* what must be asked anew must not join this one */
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];
        struct move_sight *s = watch_sight(w->move, r->kind, key);

        if (r->seq > s->min_seq && r->seq >= s->sight.seq) {
            sight_set(s, r, state, doc, status);
        } else if (!w->ahead) {
            struct subject subject = s->sight.subject;

            read_want(r->engine, w->move, &subject, false);
        }
    }
}

static void finish(struct read *r)
{
    r->finished = true;
    for (size_t i = 0; i < r->waiters.len; i++)
        read_settle_waiter(r->waiters.at[i]);
    vec_remove(&r->engine->reads, r);
    read_free(r);
}

static void read_failed(struct read *r, const struct err *why)
{
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];

        if (w->ahead)
            continue;
        w->move->look_failed = true;
        err_clear(&w->move->look_err);
        w->move->look_err = *why;
    }
    finish(r);
}

/* The list is not to be had: every move gets reads of its own, for a while. */
static void split(struct read *r)
{
    struct engine *e = r->engine;

    e->services[r->kind->service].no_list_before = clock_mono() + NO_LIST_S;
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];

        for (size_t n = 0; n < w->move->watch.n && !w->ahead; n++) {
            const struct subject *subject = &w->move->watch.at[n];

            if (subject->kind == r->kind && strv_has(&r->keys, subject->key))
                read_want(e, w->move, subject, false);
        }
    }
    finish(r);
}

/* Is it the list or the service? One of its subjects is asked for alone: should that be
 * answered, the list's next failure splits it. */
static void probe(struct read *r)
{
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];

        for (size_t n = 0; n < w->move->watch.n && !w->ahead; n++) {
            const struct subject *subject = &w->move->watch.at[n];

            if (subject->kind == r->kind && strv_has(&r->keys, subject->key)) {
                read_want(r->engine, w->move, subject, false)->alone = true;
                return;
            }
        }
    }
}

/* Not an answer about the subject: the read waits and goes out again. */
static void read_again(struct read *r, const struct reply *reply)
{
    struct engine *e = r->engine;
    double patience = e->o.patience_s > 0 ? e->o.patience_s : 300, pause = 0.5;
    bool others_do = !park_is_down(e, r->kind->service);

    for (int i = 0; i < r->failures && pause < READ_PAUSE_MAX_S; i++)
        pause *= 2;
    r->failures++;
    r->sent = false;
    if (r->failing_since == 0)
        r->failing_since = clock_mono();
    r->not_before = clock_mono() + cadence_jitter(pause);
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];

        w->move->last_ok = 0;
        w->move->absent_since = 0; /* what nobody could see did not settle */
    }
    park_failed(e, r->kind->service, reply);
    if (r->many && r->failures >= LIST_TRIES) {
        if (others_do)
            split(r);
        else
            probe(r);
        return;
    }
    /* The service answers others: this one read must not keep its move for ever. */
    if (others_do && r->failures > 3 && clock_mono() - r->failing_since > patience) {
        struct err err = {0};

        e->o.services->explain(e->o.world, r->kind->service, reply, &err);
        read_failed(r, &err);
    }
}

static bool is_json_object(const struct reply *reply)
{
    json_t *body = json_loadb(reply->body ? reply->body : "", reply->body_len, 0, NULL);
    bool is = json_is_object(body);

    json_decref(body);
    return is;
}

static void read_definite(struct read *r, const struct reply *reply)
{
    struct err err = {0};

    if (r->page &&
        reply->status == 400) { /* the page's first item is gone: start again */
        xreplace(&r->page, NULL);
        json_decref(r->items);
        r->items = NULL;
        r->sent = false;
        return;
    }
    if (r->many) {
        split(r);
        return;
    }
    if (reply->status == 404 && r->kind->gone_in_json && !is_json_object(reply)) {
        read_again(r, reply); /* a proxy's word, not the service's */
        return;
    }
    if (reply->status == 404 && !r->kind->items) {
        deliver(r, r->keys.at[0], SIGHT_GONE, NULL, 404);
        finish(r);
        return;
    }
    r->engine->o.services->explain(r->engine->o.world, r->kind->service, reply, &err);
    if (r->kind->optional) {
        deliver(r, r->keys.at[0], SIGHT_DENIED, NULL, reply->status);
        finish(r);
        return;
    }
    err_wrap(&err, "reading %s", r->kind->name);
    read_failed(r, &err);
}

/* A list of changes that does not name a subject: what was seen of it last still holds;
 * after long silence a list of all that is there is asked for. Any other list that does
 * not name it: it may be gone, and where the old sight may not testify nothing is known.
 * Then it is asked for alone. */
static void no_news(struct read *r, struct waiter *w, const struct subject *subject,
                    bool doubtful)
{
    const struct move_sight *s = watch_sight(w->move, subject->kind, subject->key);
    const struct step *step = cursor_judged_step(w->move);
    double longest = 10 * (step && step->every_s > 0 ? step->every_s : 1.0);
    bool holds = !doubtful && r->kind->many_by_change && !r->whole &&
                 s->sight.state == SIGHT_HERE && s->sight.seq > s->min_seq;
    struct read *again;

    if (holds && clock_mono() - s->sight.at < longest)
        return;
    again = read_want(r->engine, w->move, subject, false);
    again->whole = holds;
    again->alone = again->alone || !holds;
}

static void many_done(struct read *r)
{
    struct strv missing = {0}, doubtful = {0};
    size_t i;
    json_t *item;

    for (size_t k = 0; k < r->keys.len; k++)
        strv_add(&missing, r->keys.at[k]);
    json_array_foreach(r->items, i, item)
    {
        const char *id = r->kind->id_of(item);

        if (!id || !strv_has(&r->keys, id))
            continue;
        if (r->kind->says_gone && r->kind->says_gone(item)) {
            strv_add(&doubtful, id);
            continue;
        }
        for (size_t k = 0; k < r->waiters.len; k++) {
            struct waiter *w = r->waiters.at[k];
            struct move_sight *s = watch_find_sight(w->move, r->kind, id);

            if (s && s->wanted && r->seq > s->min_seq && r->seq >= s->sight.seq)
                sight_set(s, r, SIGHT_HERE, item, 200);
        }
        strv_remove(&missing, id);
    }
    r->finished = true;
    for (size_t k = 0; k < r->waiters.len; k++) {
        struct waiter *w = r->waiters.at[k];

        for (size_t n = 0; n < w->move->watch.n; n++) {
            const struct subject *subject = &w->move->watch.at[n];

            if (subject->kind == r->kind && strv_has(&missing, subject->key) && !w->ahead)
                no_news(r, w, subject, strv_has(&doubtful, subject->key));
        }
    }
    strv_clear(&missing);
    strv_clear(&doubtful);
    finish(r);
}

static void endless(struct read *r)
{
    struct err err = {0};

    err_set(&err, ERR_PROTOCOL, "%s does not end its list of %s: %zu after %d pages",
            r->engine->o.services->name(r->kind->service), r->kind->name,
            json_array_size(r->items), r->pages);
    read_failed(r, &err);
}

static void read_body(struct read *r, json_t *body)
{
    const struct kind *kind = r->kind;
    json_t *(*items)(const json_t *) = r->many ? kind->many_items : kind->items;
    char *(*next)(const json_t *) = r->many ? kind->many_next : kind->next_page;
    char *page;

    if (!items) {
        json_t *doc = kind->unwrap ? kind->unwrap(body) : body;

        deliver(r, r->keys.at[0], doc ? SIGHT_HERE : SIGHT_NONE, doc, 200);
        finish(r);
        return;
    }
    if (!r->items)
        r->items = json_array();
    if (items(body))
        json_array_extend(r->items, items(body));
    page = next ? next(body) : NULL;
    r->empty_pages += json_array_size(items(body)) == 0;
    if (page) {
        bool again = text_eq(page, r->page);

        xreplace(&r->page, page);
        free(page);
        r->sent = false;
        /* What is cut short would prove absences that are none. */
        if (again || ++r->pages >= PAGES_MAX || r->empty_pages > EMPTY_MAX ||
            json_array_size(r->items) > ITEMS_MAX)
            endless(r);
        return;
    }
    if (r->many) {
        many_done(r);
        return;
    }
    deliver(r, r->keys.at[0], SIGHT_HERE, r->items, 200);
    finish(r);
}

static bool has_shape(const struct read *r, const json_t *body)
{
    json_t *(*items)(const json_t *) = r->many ? r->kind->many_items : r->kind->items;

    if (items)
        return json_is_array(items(body));
    return !r->kind->unwrap || json_is_object(r->kind->unwrap((json_t *)body));
}

void read_answered(void *ctx, const struct request *req, struct reply *reply)
{
    struct read *r = ctx;
    struct engine *e = r->engine;
    int service = r->kind->service;
    json_t *body = NULL;

    (void)req;
    if (!r->page) {
        r->seq = reply->sent_seq;
        r->at = reply->sent_at;
        r->date = reply->date;
    }
    if (r->kind->told) {
        json_t *doc = r->kind->told(reply);

        deliver(r, r->keys.at[0], SIGHT_HERE, doc, reply->status);
        json_decref(doc);
        finish(r);
        return;
    }
    if (reply->fate == REPLY_HTTP && reply->status == 401) {
        struct err err = {0};

        if (r->refused++ >= 2 ||
            !e->o.services->token_refused(e->o.world, r->generation, &err)) {
            err_set(&err, ERR_AUTH, "%s refuses a fresh token",
                    e->o.services->name(service));
            engine_lose(e, &err);
        }
        r->sent = false;
        return;
    }
    if (reply_is_ok(reply))
        body = json_loadb(reply->body, reply->body_len, JSON_REJECT_DUPLICATES, NULL);
    if (body && has_shape(r, body)) {
        park_answered(e, service);
        r->refused = 0;
        r->failures = 0;
        read_body(r, body);
    } else if (reply->fate == REPLY_HTTP && reply->status >= 400 && reply->status < 500 &&
               !reply_is_later(reply)) {
        park_answered(e, service);
        read_definite(r, reply);
    } else {
        read_again(r, reply);
    }
    json_decref(body);
}
