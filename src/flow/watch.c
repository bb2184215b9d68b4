/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks: from what rows want to see to as few reads as possible, and back.
 *
 * Two moves that want the same subject share a read; several subjects of a kind that has
 * a list share a list. A list brings news, never absence: a subject that it does not name
 * gets a GET of its own. What was sent before a request was answered does not testify for
 * it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

#define AHEAD_ROWS       3
#define MANY_AT_MOST     50
#define PAGES_MAX        10000
#define READ_PAUSE_MAX_S 15.0
#define LIST_TRIES       3
#define NO_LIST_S        300.0
#define OVERLAP_S                                                                        \
    60.0 /* a list of changes reaches back this far: clocks and commits differ */

void watch_add(struct watch *w, const struct kind *kind, const char *key)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->at[i].kind == kind && strcmp(w->at[i].key, key) == 0)
            return;
    if (w->n == WATCH_MAX || strlen(key) >= sizeof w->at[0].key)
        bug("a watch is too large: %s %s", kind->name, key);
    w->at[w->n].kind = kind;
    snprintf(w->at[w->n].key, sizeof w->at[0].key, "%s", key);
    w->n++;
}

const struct sight *look_at(const struct look *look, const struct kind *kind,
                            const char *key)
{
    for (size_t i = 0; i < look->n; i++)
        if (look->at[i]->subject.kind == kind &&
            (!key || strcmp(look->at[i]->subject.key, key) == 0))
            return look->at[i];
    return NULL;
}

json_t *look_doc(const struct look *look, const struct kind *kind, const char *key)
{
    const struct sight *sight = look_at(look, kind, key);

    return sight && sight->state == SIGHT_HERE ? sight->doc : NULL;
}

static struct move_sight *find_sight(struct move *m, const struct kind *kind,
                                     const char *key)
{
    for (size_t i = 0; i < m->n_sights; i++) {
        struct move_sight *s = &m->sights[i];

        if (s->sight.subject.kind == kind && strcmp(s->sight.subject.key, key) == 0)
            return s;
    }
    return NULL;
}

static struct move_sight *sight_of(struct move *m, const struct kind *kind,
                                   const char *key)
{
    size_t oldest = 0;
    struct move_sight *s = find_sight(m, kind, key);

    if (s)
        return s;
    for (size_t i = 0; i < m->n_sights; i++)
        if (!m->sights[i].wanted && (m->sights[oldest].wanted ||
                                     m->sights[i].sight.at <= m->sights[oldest].sight.at))
            oldest = i;
    if (m->n_sights < SIGHTS_MAX)
        oldest = m->n_sights++;
    s = &m->sights[oldest];
    json_decref(s->sight.doc);
    *s = (struct move_sight){.sight = {.subject = {.kind = kind}}};
    snprintf(s->sight.subject.key, sizeof s->sight.subject.key, "%s", key);
    return s;
}

void watch_floor(struct engine *e, struct move *m, unsigned long seq)
{
    (void)e;
    for (size_t i = 0; i < m->watch.n; i++)
        sight_of(m, m->watch.at[i].kind, m->watch.at[i].key)->min_seq = seq;
}

void watch_fill(struct move *m, struct look *look)
{
    look->n = 0;
    for (size_t i = 0; i < m->watch.n; i++)
        look->at[look->n++] =
            &sight_of(m, m->watch.at[i].kind, m->watch.at[i].key)->sight;
}

bool watch_complete(const struct move *m)
{
    return m->reads_out == 0;
}

void watch_free_read(void *p)
{
    struct read *r = p;

    if (!r)
        return;
    vec_clear(&r->waiters, free);
    strv_clear(&r->keys);
    json_decref(r->items);
    xreplace(&r->page, NULL);
    free(r);
}

static void settle_waiter(struct waiter *w)
{
    if (!w->ahead)
        w->move->reads_out--;
}

void watch_drop(struct engine *e, struct move *m)
{
    for (size_t i = 0; i < e->reads.len; i++) {
        struct read *r = e->reads.at[i];

        for (size_t k = 0; k < r->waiters.len; k++) {
            struct waiter *w = r->waiters.at[k];

            if (w->move == m)
                w->ahead = true;
        }
    }
    m->reads_out = 0;
}

/* ---- what came back ---- */

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

static struct read *want(struct engine *e, struct move *m, const struct subject *subject,
                         bool ahead);

/* Tells every waiter of this key; those for whom it is old news look again. */
static void deliver(struct read *r, const char *key, enum sight_state state, json_t *doc,
                    int status)
{
    r->finished = true; /* what must be asked anew must not join this one */
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];
        struct move_sight *s = sight_of(w->move, r->kind, key);

        if (r->seq > s->min_seq && r->seq >= s->sight.seq) {
            sight_set(s, r, state, doc, status);
        } else if (!w->ahead) {
            struct subject subject = s->sight.subject;

            want(r->engine, w->move, &subject, false);
        }
    }
}

static void finish(struct read *r)
{
    r->finished = true;
    for (size_t i = 0; i < r->waiters.len; i++)
        settle_waiter(r->waiters.at[i]);
    vec_remove(&r->engine->reads, r);
    watch_free_read(r);
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
                want(e, w->move, subject, false);
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
                want(r->engine, w->move, subject, false)->alone = true;
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
    const struct move_sight *s = sight_of(w->move, subject->kind, subject->key);
    const struct step *step = cursor_judged_step(w->move);
    double longest = 10 * (step && step->every_s > 0 ? step->every_s : 1.0);
    bool holds = !doubtful && r->kind->many_by_change && !r->whole &&
                 s->sight.state == SIGHT_HERE && s->sight.seq > s->min_seq;
    struct read *again;

    if (holds && clock_mono() - s->sight.at < longest)
        return;
    again = want(r->engine, w->move, subject, false);
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
            struct move_sight *s = find_sight(w->move, r->kind, id);

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
    if (page && !(r->page && strcmp(page, r->page) == 0) &&
        json_array_size(r->items) < (size_t)PAGES_MAX * 1000) {
        xreplace(&r->page, page);
        free(page);
        r->sent = false;
        return;
    }
    free(page);
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

static void read_done(void *ctx, const struct request *req, struct reply *reply)
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
               reply->status != 429 && reply->status != 408) {
        park_answered(e, service);
        read_definite(r, reply);
    } else {
        read_again(r, reply);
    }
    json_decref(body);
}

/* ---- what goes out ---- */

static struct read *find_read(const struct engine *e, const struct subject *subject)
{
    for (size_t i = 0; i < e->reads.len; i++) {
        struct read *r = e->reads.at[i];

        if (!r->many && !r->finished && r->kind == subject->kind &&
            strcmp(r->keys.at[0], subject->key) == 0)
            return r;
    }
    return NULL;
}

static struct waiter *find_waiter(const struct read *r, const struct move *m)
{
    for (size_t i = 0; i < r->waiters.len; i++) {
        struct waiter *w = r->waiters.at[i];

        if (w->move == m)
            return w;
    }
    return NULL;
}

static void join(struct read *r, struct move *m, bool ahead)
{
    struct waiter *w = find_waiter(r, m);

    if (!w) {
        w = xcalloc(1, sizeof *w);
        w->move = m;
        w->ahead = true;
        vec_add(&r->waiters, w);
    }
    if (w->ahead && !ahead) {
        w->ahead = false;
        m->reads_out++;
    }
}

/* A read of this subject for this move: one that is under way already is shared; should
 * it turn out to be too old to testify, deliver() asks anew. */
static struct read *want(struct engine *e, struct move *m, const struct subject *subject,
                         bool ahead)
{
    struct read *r = find_read(e, subject);

    if (!r) {
        r = xcalloc(1, sizeof *r);
        r->engine = e;
        r->kind = subject->kind;
        strv_add(&r->keys, subject->key);
        vec_add(&e->reads, r);
    }
    join(r, m, ahead);
    return r;
}

static bool reusable(const struct move *m, const struct move_sight *s,
                     const struct step *step)
{
    if ((step->flags & STEP_FRESH) && s->sight.seq <= m->answered_seq)
        return false;
    return s->sight.state != SIGHT_NONE && s->sight.seq > s->min_seq &&
           clock_mono() - s->sight.at <= (step->every_s > 0 ? step->every_s : 1.0);
}

static bool watches(const struct move *m, const struct subject *subject)
{
    for (size_t i = 0; i < m->watch.n; i++)
        if (m->watch.at[i].kind == subject->kind &&
            strcmp(m->watch.at[i].key, subject->key) == 0)
            return true;
    return false;
}

/* What the next rows want to see first, and may see early, goes out beside this look:
 * their first looks then cost no trip. Only forward and in commit, where rows follow each
 * other unconditionally. */
static void look_ahead(struct engine *e, struct move *m)
{
    const struct step *rows =
        m->walk == WALK_COMMIT ? m->strategy->commit_steps : m->strategy->steps;
    int n = (int)(m->walk == WALK_COMMIT ? m->strategy->n_commit_steps
                                         : m->strategy->n_steps);
    int item = m->item;

    if (m->ahead_done || m->part != PART_ROW ||
        (m->walk != WALK_FORWARD && m->walk != WALK_COMMIT))
        return;
    m->ahead_done = true;
    m->item = 0;
    for (int i = m->at + 1; i <= n && i <= m->at + AHEAD_ROWS; i++) {
        const struct step *row = i < n ? &rows[i] : m->strategy->sweep;
        struct watch w = {0};

        if (!row || (row->flags & STEP_CHANGES) ||
            ((row->flags & STEP_FRESH) && i > m->at + 1))
            break;
        if (!(row->flags & STEP_AHEAD) || !row->watch)
            continue;
        row->watch(m, &w);
        for (size_t k = 0; k < w.n; k++)
            if (!watches(m, &w.at[k]) && !find_read(e, &w.at[k]) &&
                !reusable(m, sight_of(m, w.at[k].kind, w.at[k].key), row))
                want(e, m, &w.at[k], true);
    }
    m->item = item;
}

void watch_look(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);

    m->watch.n = 0;
    m->look_failed = false;
    err_clear(&m->look_err);
    if (step->watch)
        step->watch(m, &m->watch);
    for (size_t i = 0; i < m->n_sights; i++)
        m->sights[i].wanted = false;
    for (size_t i = 0; i < m->watch.n; i++)
        sight_of(m, m->watch.at[i].kind, m->watch.at[i].key)->wanted = true;
    m->doing = DO_LOOKING;
    for (size_t i = 0; i < m->watch.n; i++) {
        struct move_sight *s = sight_of(m, m->watch.at[i].kind, m->watch.at[i].key);

        if (m->looks > 0 || !reusable(m, s, step))
            want(e, m, &m->watch.at[i], false);
    }
    if (m->reads_out > 0 &&
        (step->class == CLASS_LOOK || (m->open && strcmp(m->open->phase, "heard") == 0)))
        look_ahead(e, m);
}

static void send_read(struct engine *e, struct read *r)
{
    struct request req = {0};

    if (r->many)
        r->kind->many(e->o.world, (const char *const *)r->keys.at, r->keys.len, r->since,
                      r->page, &req);
    else
        r->kind->one(e->o.world, r->keys.at[0], r->page, &req);
    r->generation = e->o.services->generation(e->o.world);
    r->sent = true;
    http_send(e->o.http, &req, read_done, r);
}

/* May this single read become part of a list? A list of changes needs the service's own
 * time of an earlier sight, of every move that waits. */
static bool listable(const struct read *r, double *since)
{
    double oldest = 0;

    if (r->sent || r->many || r->alone || r->failures || !r->kind->many ||
        clock_mono() < r->engine->services[r->kind->service].no_list_before)
        return false;
    for (size_t i = 0; !r->whole && r->kind->many_by_change && i < r->waiters.len; i++) {
        const struct waiter *w = r->waiters.at[i];
        const struct move_sight *s = sight_of(w->move, r->kind, r->keys.at[0]);

        if (s->sight.state != SIGHT_HERE || s->date <= 0)
            return false;
        if (oldest == 0 || s->date < oldest)
            oldest = s->date;
    }
    *since = oldest;
    return true;
}

/* Unsent single reads of one kind that has a list become one list. */
static void gather(struct engine *e)
{
    double since, first_since;

    for (size_t i = 0; i < e->reads.len; i++) {
        struct read *first = e->reads.at[i];

        if (!listable(first, &first_since))
            continue;
        for (size_t k = e->reads.len; k-- > i + 1;) {
            struct read *r = e->reads.at[k];

            if (r->kind != first->kind || r->whole != first->whole ||
                first->keys.len >= MANY_AT_MOST || !listable(r, &since))
                continue;
            if (since < first_since)
                first_since = since;
            strv_add(&first->keys, r->keys.at[0]);
            while (r->waiters.len > 0) {
                struct waiter *w = vec_take(&r->waiters, 0);
                bool ahead = w->ahead;

                settle_waiter(w);
                join(first, w->move, ahead);
                free(w);
            }
            vec_remove(&e->reads, r);
            watch_free_read(r);
            first->many = true;
        }
        first->since = first->many && first_since > 0 ? first_since - OVERLAP_S : 0;
    }
}

void watch_push(struct engine *e)
{
    double now = clock_mono();

    gather(e);
    for (size_t i = 0; i < e->reads.len; i++) {
        struct read *r = e->reads.at[i];

        if (!r->sent && r->not_before <= now && park_ready(e, r->kind->service))
            send_read(e, r);
    }
}

double watch_due(const struct engine *e)
{
    double due = -1, now = clock_mono();

    for (size_t i = 0; i < e->reads.len; i++) {
        const struct read *r = e->reads.at[i];

        if (!r->sent && r->not_before > now && (due < 0 || r->not_before < due))
            due = r->not_before;
    }
    return due;
}
