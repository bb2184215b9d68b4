/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads on their way out: as few as possible. Two moves that want the same subject share
 * one; several subjects of a kind that has a list share a list.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

#define MANY_AT_MOST 50
#define ONE_MAX      ((size_t)4 << 20) /* bytes of one subject; lists have more room */
#define OVERLAP_S                                                                        \
    60.0 /* a list of changes reaches back this far: clocks and commits differ */

void read_free(void *p)
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

void read_settle_waiter(struct waiter *w)
{
    if (!w->ahead)
        w->move->reads_out--;
}

struct read *read_find(const struct engine *e, const struct subject *subject)
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
struct read *read_want(struct engine *e, struct move *m, const struct subject *subject,
                       bool ahead)
{
    struct read *r = read_find(e, subject);

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

static void send_read(struct engine *e, struct read *r)
{
    struct request req = {0};

    if (r->many)
        r->kind->many(e->o.world, (const char *const *)r->keys.at, r->keys.len, r->since,
                      r->page, &req);
    else
        r->kind->one(e->o.world, r->keys.at[0], r->page, &req);
    if (!r->many && !r->kind->items && req.max_reply == 0)
        req.max_reply = ONE_MAX;
    r->generation = e->o.services->generation(e->o.world);
    r->sent = true;
    http_send(e->o.http, &req, read_answered, r);
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
        const struct move_sight *s = watch_sight(w->move, r->kind, r->keys.at[0]);

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

                read_settle_waiter(w);
                join(first, w->move, ahead);
                free(w);
            }
            vec_remove(&e->reads, r);
            read_free(r);
            first->many = true;
        }
        first->since = first->many && first_since > 0 ? first_since - OVERLAP_S : 0;
    }
}

void read_push(struct engine *e)
{
    double now = clock_mono();

    gather(e);
    for (size_t i = 0; i < e->reads.len; i++) {
        struct read *r = e->reads.at[i];

        if (!r->sent && r->not_before <= now && park_ready(e, r->kind->service))
            send_read(e, r);
    }
}

double read_due(const struct engine *e)
{
    double due = -1, now = clock_mono();

    for (size_t i = 0; i < e->reads.len; i++) {
        const struct read *r = e->reads.at[i];

        if (!r->sent && r->not_before > now && (due < 0 || r->not_before < due))
            due = r->not_before;
    }
    return due;
}
