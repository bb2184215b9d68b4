/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of every table (capture, preflight, compare and all others) over documents
 * that the input changes: what it wants to look at, its guard, its judgement, what it
 * asks for, how it takes the answer. Input: choices, a microversion, how the server is
 * (double_choice), then for each document a byte and more. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "flow/move_int.h"
#include "moves/kinds.h"
#include "moves/registry.h"
#include "moves/steps.h"
#include "net_double.h"

static const int computes[] = {93, 104, 74, 60, 46, 25, 1, 97};

struct bench {
    struct cloud_double cloud;
    struct input *in;
    struct move *m;
    struct move_sight *sights;
    struct look look;
};

/* Of a probe: whatever becomes of it, also nothing. */
static json_t *probe(struct bench *b, const struct kind *kind, const struct request *r)
{
    struct reply reply = {.fate = REPLY_HTTP,
                          .status = 200 + (int)take_below(b->in, 800)};
    must(text_eq(r->method, "RUN") || is_good_request(r));
    if (take_byte(b->in) >= 128) {
        reply.fate = take_byte(b->in) % 2 ? REPLY_UNKNOWN : REPLY_NOT_SENT;
        reply.status = 0;
        AUTO_FREE char *words = take_word(b->in);
        err_set(&reply.err, take_byte(b->in) % 2 ? ERR_TIMEOUT : ERR_NOTFOUND, "%s",
                words);
    }
    return kind->told(&reply);
}

static json_t *read_one(struct bench *b, const struct subject *subject,
                        struct reply *reply)
{
    struct request r = {0};
    subject->kind->one(b->m->world, subject->key, NULL, &r);
    if (subject->kind->told) {
        json_t *told = probe(b, subject->kind, &r);
        request_clear(&r);
        reply->status = 200;
        return told;
    }
    must(is_good_request(&r));
    json_t *body = double_answer(&b->cloud, &r, &reply->status);
    request_clear(&r);
    return net_double_change(b->in, body, reply);
}

/* As flow/watch.c makes sights of replies. */
static void fill(struct bench *b, struct sight *s, const struct subject *subject)
{
    struct reply reply = {0};
    const struct kind *kind = subject->kind;
    AUTO_JSON json_t *body = read_one(b, subject, &reply);
    json_t *doc = kind->items    ? kind->items(body)
                  : kind->unwrap ? kind->unwrap(body)
                                 : body;
    *s = (struct sight){.subject = *subject, .status = reply.status, .at = 1};
    bool shaped = kind->items    ? json_is_array(doc)
                  : kind->unwrap ? json_is_object(doc)
                                 : doc != NULL;
    if (reply.status == 404 && !kind->items)
        s->state = SIGHT_GONE;
    else if (reply.status >= 400)
        s->state = kind->optional ? SIGHT_DENIED : SIGHT_NONE;
    else if (shaped)
        s->state = SIGHT_HERE;
    s->doc = s->state == SIGHT_HERE ? json_incref(doc) : NULL;
}

/* False: an id did not fit, and the engine lets nobody judge. */
static bool look(struct bench *b, const struct step *row)
{
    struct watch w = {0};
    if (row->watch)
        row->watch(b->m, &w);
    must(w.n <= WATCH_MAX);
    if (w.overflow)
        w.n = 0;
    b->sights = xcalloc(WATCH_MAX, sizeof *b->sights);
    b->look.n = 0;
    for (size_t i = 0; i < w.n; i++) {
        fill(b, &b->sights[i].sight, &w.at[i]);
        b->look.at[b->look.n++] = &b->sights[i].sight;
    }
    return !w.overflow;
}

static void forget(struct bench *b)
{
    for (size_t i = 0; i < b->look.n; i++)
        json_decref(b->sights[i].sight.doc);
    free(b->sights);
}

/* ---- one row ---- */

static struct ask_row *new_ask(const struct move *m, const struct step *row)
{
    struct ask_row *ask = ask_row_new();
    ask->move_id = xstrdup(DOUBLE_MOVE);
    ask->walk = xstrdup(walk_name(m->walk));
    ask->step = xstrdup(row->id);
    ask->attempt = (int)m->asks.len;
    ask->phase = xstrdup("asked");
    ask->request_id = xstrdup("req-7");
    return ask;
}

static void hear(struct bench *b, const struct step *row, const struct request *r,
                 bool act)
{
    struct reply reply = {.fate = REPLY_HTTP, .retry_after_s = -1};
    json_t *body = NULL;
    if (act)
        body = double_answer(&b->cloud, r, &reply.status);
    else
        reply.status = 202;
    body = net_double_change(b->in, body, &reply);
    reply.body = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!reply.body)
        reply.body = xstrdup("");
    reply.body_len = strlen(reply.body);
    json_decref(body);
    b->m->open = new_ask(b->m, row);
    vec_add(&b->m->asks, b->m->open);
    if (row->heard)
        must((unsigned)row->heard(b->m, &reply) < VERDICT_MAX);
    b->m->open = b->m->lost ? b->m->open : NULL;
    reply_clear(&reply);
}

static void ask(struct bench *b, const struct step *row, bool act)
{
    struct request r = {0};
    struct err err = {0};
    if (!row->ask(b->m, &r, &err)) {
        must(err_is_set(&err));
        request_clear(&r);
        return;
    }
    must(is_good_request(&r) && !request_is_read(&r));
    must(!double_would_lose(&r, text_eq(row->id, "commit-delete")));
    hear(b, row, &r, act);
    request_clear(&r);
}

static enum verdict drive(struct bench *b, const struct step *row, bool act)
{
    struct err why = {0};
    err_clear(&b->m->err);
    xreplace(&b->m->skip, NULL);
    bool whole = look(b, row);
    enum verdict v = whole ? row->seen(b->m, &b->look) : FAIL;
    must((unsigned)v < VERDICT_MAX);
    if (whole && (v == FAIL || v == HOLD))
        must(err_is_set(&b->m->err));
    if (v == ABSENT) {
        must(row->ask != NULL || row->class == CLASS_LOOK);
        if (row->ask && (!row->guard || row->guard(b->m, &b->look, &why)))
            ask(b, row, act);
    }
    forget(b);
    return v;
}

/* Rows with items (the capture's rounds, an undo's acts) come again. */
static void drive_all(struct bench *b, const struct step *row, bool act)
{
    for (b->m->item = 0; b->m->item < 8; b->m->item++)
        if (drive(b, row, act) != AGAIN)
            break;
    b->m->item = 0;
}

/* ---- where the move stands ---- */

static void set_fact(struct move *m, const char *name, struct input *in)
{
    AUTO_FREE char *word = take_word(in);
    move_set_fact(m, name, *word ? word : NULL);
}

static void corrupt(struct bench *b, unsigned choices)
{
    static const char *const names[] = {
        FACT_IMAGE,    FACT_TARGET_UP,  FACT_IMAGE_MARK, FACT_ACT,        FACT_FAILED,
        FACT_QUEUED,   FACT_KEEP_IMAGE, FACT_ACCEPTED,   "capture-draft", FACT_ADDRESS,
        FACT_REVISION, FACT_PORTS,      FACT_COPIES,     FACT_NIC,        FACT_COPY_ZONE};
    if (choices & 1 && b->m->capture)
        for (size_t n = take_below(b->in, 4); n > 0; n--)
            change_json(&b->m->capture, b->in);
    /* What is no object is refused when a move is restored. */
    if (b->m->capture && !json_is_object(b->m->capture)) {
        json_decref(b->m->capture);
        b->m->capture = NULL;
    }
    if (choices & 2)
        set_fact(b->m, names[take_below(b->in, sizeof names / sizeof names[0])], b->in);
    if (choices & 4)
        b->m->lost = true;
}

static void walk(struct bench *b, unsigned choices)
{
    const struct strategy *s = b->m->strategy;
    bool act = choices & 8;
    size_t from = take_below(b->in, s->n_steps);
    unsigned how = take_byte(b->in) % WALK_MAX;
    for (size_t i = 0; i < s->n_steps; i++) {
        b->m->at = (int)i;
        if (i == from)
            corrupt(b, choices);
        drive_all(b, &s->steps[i], act);
    }
    b->m->walk = (enum walk)how;
    for (size_t i = 0; how == WALK_COMMIT && i < s->n_commit_steps; i++) {
        b->m->at = (int)i;
        drive_all(b, &s->commit_steps[i], act);
    }
    for (size_t i = s->n_steps; how != WALK_COMMIT && i-- > 0;) {
        b->m->at = (int)i;
        if (s->steps[i].undo)
            drive_all(b, s->steps[i].undo, act);
    }
    drive_all(b, s->sweep, act);
}

static struct run *new_run(unsigned choices)
{
    struct run *run = xcalloc(1, sizeof *run);
    run->row = run_row_new();
    run->row->id = xstrdup(DOUBLE_RUN);
    run->options = double_options(choices);
    return run;
}

static struct move *new_move(struct run *run, int compute)
{
    struct move_row *row = move_row_new();
    row->id = xstrdup(DOUBLE_MOVE);
    row->run_id = xstrdup(DOUBLE_RUN);
    row->server_id = xstrdup(DOUBLE_SOURCE);
    row->server_name = xstrdup("web1");
    row->target_zone = xstrdup("az2");
    struct move *m = move_new(NULL, run, &strategy_snapshot, row);
    m->world = double_world(compute);
    m->begun = true;
    m->state = MOVE_RUNNING;
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned choices = take_byte(&in);
    int compute = computes[take_below(&in, sizeof computes / sizeof computes[0])];
    clock_set_test(1000, 1763632800);
    unsigned how = (unsigned)take_below(&in, DOUBLE_CHOICES);
    struct run *run = new_run(how);
    struct bench b = {.in = &in, .m = new_move(run, compute)};
    double_init(&b.cloud, compute, how);
    walk(&b, choices);
    world_free(b.m->world);
    move_free(b.m);
    run_row_free(run->row);
    json_decref(run->options);
    free(run);
    double_clear(&b.cloud);
    log_close();
    return 0;
}
