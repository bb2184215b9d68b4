/* SPDX-License-Identifier: Apache-2.0 */
/* Looks, asks once, and looks again. */
#include "cli/clean.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/known.h"

#define TAKEN_S      300.0 /* a server is deleted within that, or a person looks */
#define UNANSWERED_S 30.0  /* as the toggles of walks settle; --settle overrides */
#define LOOK_EVERY_S 0.5

void clean_move_free(void *move)
{
    struct clean_move *m = move;
    if (!m)
        return;
    free(m->id);
    free(m->run_id);
    json_decref(m->trace);
    known_move_clear(&m->known);
    vec_clear(&m->found, leftover_free);
    free(m);
}

struct work {
    struct stage *st;
    const struct inventory *all;
    const struct clean_move *move;
    const struct leftover *l;
    struct strv sent; /* what was asked for: never twice */
    double until;     /* clock_mono(): so long is waited for the last of them */
    struct err unanswered;
};

/* The judgement of right now: the row and the things themselves, each by its own GET. */
struct now {
    struct known_move known;
    struct inventory inv;
    struct vec found;
};

static void now_clear(struct now *n)
{
    known_move_clear(&n->known);
    inventory_clear(&n->inv);
    vec_clear(&n->found, leftover_free);
}

static bool look(const struct work *w, struct now *ret, struct err *err)
{
    struct inventory_ids ids = {0};
    AUTO_FREE char *run_id = NULL;
    *ret = (struct now){0};
    if (!known_read(w->st->store, stage_identity(w->st), w->move->id, &ret->known,
                    &run_id, err))
        return false;
    leftover_ids(w->move->trace, &ret->known, &ids);
    bool ok = inventory_look(w->st->engine, w->all, &ids, &ret->inv, err);
    inventory_ids_clear(&ids);
    if (ok) {
        json_t *traces = traces_of(&ret->inv);
        leftover_judge(&ret->inv, w->move->id, json_object_get(traces, w->move->id),
                       &ret->known, &ret->found);
        json_decref(traces);
    }
    return ok;
}

static const struct leftover *find(const struct now *n, const struct leftover *l,
                                   bool same)
{
    for (size_t i = 0; i < n->found.len; i++) {
        const struct leftover *one = n->found.at[i];
        if (same ? leftover_same(one, l)
                 : one->act == LEFT_TELL && text_eq(one->id, l->id))
            return one;
    }
    return NULL;
}

/* Trouble that the next finding would meet too. */
static bool is_everybodys(const struct err *err)
{
    switch (err->code) {
    case ERR_INTERRUPT:
    case ERR_STATE:
    case ERR_AUTH:
    case ERR_CONNECT:
    case ERR_TLS:
    case ERR_CONFIG:
        return true;
    default:
        return false;
    }
}

static enum clean_end fail(const struct work *w, const struct err *why, struct err *err)
{
    AUTO_FREE char *words = leftover_words(w->l);
    if (is_everybodys(why)) {
        *err = *why;
        return CLEAN_STOP;
    }
    struct err said = *why;
    err_wrap(&said, "%s is still there", words);
    stage_error_hint(w->st, &said, "");
    return CLEAN_FAILED;
}

/* It is not found any more as what it was. */
static enum clean_end over(const struct work *w, const struct now *now)
{
    const struct leftover *kept = find(now, w->l, false);
    AUTO_FREE char *words = leftover_words(w->l);
    if (kept) {
        stage_say(w->st, "%s: %s", words, kept->why);
        return CLEAN_KEPT;
    }
    if (!given_flag(w->st->call, "quiet"))
        stage_say(w->st, "%s is %s", words,
                  w->sent.len == 0           ? "gone already"
                  : w->l->act == LEFT_UNLOCK ? "opened"
                                             : "deleted");
    return CLEAN_DONE;
}

static bool send(struct work *w, const char *what, struct leftover_request *request,
                 struct err *why)
{
    AUTO_FREE char *line = xasprintf("clean: %s (%s)", what, w->l->why);
    const struct change change = {
        .service = leftover_service(w->l),
        .build = leftover_build,
        .ctx = request,
        .move_id = w->move->run_id ? w->move->id : NULL,
        .what = line,
    };
    double now = clock_mono();
    enum change_end end = engine_change(w->st->engine, &change, why);
    if (end == CHANGE_NOT_SENT)
        return false;
    w->st->begun = true;
    strv_add(&w->sent, what);
    w->until = clock_mono() + given_seconds(w->st->call, "settle", UNANSWERED_S);
    if (end == CHANGE_TAKEN)
        w->until = now + TAKEN_S;
    else if (end == CHANGE_REFUSED && why->code != ERR_NOTFOUND)
        return false;
    else /* a 404 is a look's to confirm, as silence is */
        w->unanswered = *why;
    err_clear(why);
    return true;
}

static bool wait_a_little(const struct work *w, struct err *why)
{
    if (clock_mono() >= w->until) {
        /* The looks were answered: it is this request's trouble and nobody else's. */
        if (err_is_set(&w->unanswered))
            return err_set(why, ERR_TIMEOUT, "nothing came of the request: %s",
                           w->unanswered.text);
        return err_set(why, ERR_TIMEOUT,
                       "it was accepted, and nothing came of it so far");
    }
    if (!loop_wait(w->st->loop, clock_mono() + LOOK_EVERY_S, why))
        return false;
    return loop_interrupts(w->st->loop) == 0 ||
           err_set(why, ERR_INTERRUPT, "interrupted");
}

/* One look and what follows from it. false: *ret is the end. */
static bool step(struct work *w, enum clean_end *ret, struct err *err)
{
    struct now now;
    struct err why = {0};
    struct leftover_request request;
    bool goes_on = look(w, &now, &why);
    if (!goes_on) {
        *ret = fail(w, &why, err);
    } else if (!find(&now, w->l, true)) {
        *ret = over(w, &now);
        goes_on = false;
    } else {
        AUTO_FREE char *what = leftover_next(&now.inv, w->l, &request);
        bool waits = !what || strv_has(&w->sent, what);
        /* On its way out by another's hand: as long as by ours. */
        if (waits && w->until == 0)
            w->until = clock_mono() + TAKEN_S;
        goes_on = waits ? wait_a_little(w, &why) : send(w, what, &request, &why);
        if (!goes_on)
            *ret = fail(w, &why, err);
    }
    now_clear(&now);
    return goes_on;
}

enum clean_end clean_one(struct stage *st, const struct inventory *all,
                         const struct clean_move *move, const struct leftover *l,
                         struct err *err)
{
    struct work w = {.st = st, .all = all, .move = move, .l = l};
    enum clean_end end = CLEAN_FAILED;
    while (step(&w, &end, err))
        continue;
    strv_clear(&w.sent);
    return end;
}
