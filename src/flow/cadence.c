/* SPDX-License-Identifier: Apache-2.0 */
/* When to look again: soon at first, then in growing pauses, and learned within a run. */
#include <stdlib.h>

#include "base/mem.h"
#include "flow/engine_int.h"

/* Each pause is a fixed part longer than the last, so that what is noticed late is late
 * by a part of the time it took anyway, whether that was a second or an hour. */
#define GROWTH       1.15
#define LEARNED_FROM 3
#define FIRST_S      0.1

static struct learned *find(const struct engine *e, const struct step *step)
{
    for (size_t i = 0; i < e->learned.len; i++) {
        struct learned *l = e->learned.at[i];

        if (l->step == step)
            return l;
    }
    return NULL;
}

double cadence_jitter(double seconds)
{
    return seconds * (0.9 + 0.2 * (double)random() / (double)RAND_MAX);
}

double cadence_first(const struct engine *e, const struct step *step)
{
    const struct learned *l = find(e, step);
    double first = step->first_s;

    if (l && l->n >= LEARNED_FROM && l->shortest * 0.9 > first)
        first = l->shortest * 0.9;
    return first;
}

double cadence_next(struct move *m, const struct step *step)
{
    if (m->interval <= 0)
        m->interval = step->first_s > 0 ? step->first_s : FIRST_S;
    else
        m->interval *= GROWTH;
    if (m->interval > step->every_s)
        m->interval = step->every_s;
    return cadence_jitter(m->interval);
}

void cadence_learn(struct engine *e, const struct step *step, double took_s)
{
    struct learned *l = find(e, step);

    if (!l) {
        l = xcalloc(1, sizeof *l);
        l->step = step;
        vec_add(&e->learned, l);
    }
    if (l->n == 0 || took_s < l->shortest)
        l->shortest = took_s;
    l->n++;
}
