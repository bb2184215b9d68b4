/* SPDX-License-Identifier: Apache-2.0 */
/* Quota promised to moves whose target does not exist yet. */
#include "moves/reserve.h"

#include "base/mem.h"
#include "base/text.h"
#include "moves/steps.h"

struct reservation {
    const struct move *move;
    struct need need;
};

static bool is_pending(const struct move *m)
{
    enum move_state state = move_state(m);
    return (state == MOVE_PLANNED || state == MOVE_RUNNING || state == MOVE_HELD) &&
           move_walk(m) == WALK_FORWARD && !move_target_id(m);
}

struct need reserved_by_others(const struct world *w, const struct move *m)
{
    struct need sum = {0};
    for (size_t i = 0; i < w->reserved.len; i++) {
        const struct reservation *r = w->reserved.at[i];
        if (r->move == m || !is_pending(r->move))
            continue;
        sum.instances += r->need.instances;
        sum.cores += r->need.cores;
        sum.ram += r->need.ram;
        sum.ports += r->need.ports;
        if (!move_fact(r->move, FACT_COPIES)) {
            sum.volumes += r->need.volumes;
            sum.gigabytes += r->need.gigabytes;
        }
        if (!move_fact(r->move, FACT_IMAGE)) /* it is made before the target is */
            sum.images += r->need.images;
    }
    return sum;
}

long long reserved_in_group(const struct world *w, const struct move *m,
                            const char *group)
{
    long long n = 0;
    for (size_t i = 0; i < w->reserved.len; i++) {
        const struct reservation *r = w->reserved.at[i];
        n += r->move != m && is_pending(r->move) && text_eq(r->need.group, group);
    }
    return n;
}

void reserve(struct world *w, const struct move *m, const struct need *need)
{
    for (size_t i = 0; i < w->reserved.len; i++) {
        struct reservation *r = w->reserved.at[i];
        if (r->move == m) {
            r->need = *need;
            return;
        }
    }
    struct reservation *r = xcalloc(1, sizeof(*r));
    *r = (struct reservation){m, *need};
    vec_add(&w->reserved, r);
}
