/* SPDX-License-Identifier: Apache-2.0 */
/* Quota promised to moves whose target does not exist yet. */
#include "moves/reserve.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/copies.h"
#include "moves/steps.h"
#include "moves/volumes.h"

struct reservation {
    struct move *move;
    struct need need;
};

static bool is_pending(const struct move *m)
{
    enum move_state state = move_state(m);
    return (state == MOVE_PLANNED || state == MOVE_RUNNING || state == MOVE_HELD) &&
           move_walk(m) == WALK_FORWARD && !move_target_id(m);
}

static bool has_part(const struct move *m, size_t n, enum copy_part part)
{
    AUTO_FREE char *id = copy_id(m, n, part);
    return id != NULL;
}

/* What of its need the cloud counts by itself: the snapshot, and each volume and image of
 * its copies that was made. */
static struct need made_by(struct move *m)
{
    struct need made = {.images = move_fact(m, FACT_IMAGE) != NULL};
    for (size_t n = 0; move_fact(m, FACT_COPIES) && n < volume_count(m); n++) {
        long long volumes = has_part(m, n, COPY_CLONE) + has_part(m, n, COPY_MADE);
        made.volumes += volumes;
        made.gigabytes += volumes * jint(volume_captured(m, n), "size", 0);
        made.images += has_part(m, n, COPY_UPLOAD);
    }
    return made;
}

static long long rest(long long need, long long made)
{
    return need > made ? need - made : 0;
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
        struct need made = made_by(r->move); /* these are there before the target is */
        sum.volumes += rest(r->need.volumes, made.volumes);
        sum.gigabytes += rest(r->need.gigabytes, made.gigabytes);
        sum.images += rest(r->need.images, made.images);
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

void reserve(struct world *w, struct move *m, const struct need *need)
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
