/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks: what a row wants to see, what of it was seen already, and what has to be read.
 *
 * What was sent before a request was answered does not testify for it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/engine_int.h"

#define AHEAD_ROWS 3

void watch_add(struct watch *w, const struct kind *kind, const char *key)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->at[i].kind == kind && strcmp(w->at[i].key, key) == 0)
            return;
    /* Keys are ids that services gave or a database kept: a stranger's, not ours. */
    if (w->n == WATCH_MAX || strlen(key) >= sizeof w->at[0].key) {
        w->overflow = true;
        return;
    }
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

struct move_sight *watch_find_sight(struct move *m, const struct kind *kind,
                                    const char *key)
{
    for (size_t i = 0; i < m->n_sights; i++) {
        struct move_sight *s = &m->sights[i];

        if (s->sight.subject.kind == kind && strcmp(s->sight.subject.key, key) == 0)
            return s;
    }
    return NULL;
}

struct move_sight *watch_sight(struct move *m, const struct kind *kind, const char *key)
{
    size_t oldest = 0;
    struct move_sight *s = watch_find_sight(m, kind, key);

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
        watch_sight(m, m->watch.at[i].kind, m->watch.at[i].key)->min_seq = seq;
}

void watch_forget(struct move *m, unsigned long seq)
{
    for (size_t i = 0; i < m->n_sights; i++)
        m->sights[i].min_seq = seq;
}

void watch_fill(struct move *m, struct look *look)
{
    look->n = 0;
    for (size_t i = 0; i < m->watch.n; i++)
        look->at[look->n++] =
            &watch_sight(m, m->watch.at[i].kind, m->watch.at[i].key)->sight;
}

bool watch_complete(const struct move *m)
{
    return m->reads_out == 0;
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

static bool reusable(const struct move *m, const struct move_sight *s,
                     const struct step *step)
{
    if ((step->flags & STEP_FRESH) && s->sight.seq <= m->answered_seq)
        return false;
    /* That a thing is gone is too much to build two rows on: one answer may be wrong. */
    if (s->sight.state == SIGHT_GONE && !s->sight.subject.kind->optional)
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
            if (!watches(m, &w.at[k]) && !read_find(e, &w.at[k]) &&
                !reusable(m, watch_sight(m, w.at[k].kind, w.at[k].key), row))
                read_want(e, m, &w.at[k], true);
    }
    m->item = item;
}

void watch_look(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);

    m->watch = (struct watch){0};
    m->look_failed = false;
    err_clear(&m->look_err);
    if (step->watch)
        step->watch(m, &m->watch);
    if (m->watch.overflow) {
        m->look_failed = true;
        err_set(&m->look_err, ERR_PROTOCOL,
                "this version cannot look at so many things of one server at once (%d), "
                "or an "
                "id of one is longer than any service's",
                WATCH_MAX);
        m->watch.n = 0;
    }
    for (size_t i = 0; i < m->n_sights; i++)
        m->sights[i].wanted = false;
    for (size_t i = 0; i < m->watch.n; i++)
        watch_sight(m, m->watch.at[i].kind, m->watch.at[i].key)->wanted = true;
    m->doing = DO_LOOKING;
    for (size_t i = 0; i < m->watch.n; i++) {
        struct move_sight *s = watch_sight(m, m->watch.at[i].kind, m->watch.at[i].key);

        if (m->looks > 0 || !reusable(m, s, step))
            read_want(e, m, &m->watch.at[i], false);
    }
    if (m->reads_out > 0 &&
        (step->class == CLASS_LOOK || (m->open && strcmp(m->open->phase, "heard") == 0)))
        look_ahead(e, m);
}
