/* SPDX-License-Identifier: Apache-2.0 */
/* Whole moves: the real engine, tables and store against a cloud whose answers the input
 * changes. It must not crash, must ask for nothing that it may not ask for, and must come
 * to an end once the answers are honest. Input: three bytes of choices, then two bytes
 * and more for each request. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "flow/engine.h"
#include "moves/registry.h"
#include "net_double.h"

static const int computes[] = {93, 104, 74, 60, 46, 25, 1, 97};

static struct engine *new_engine(struct http *http, struct loop *loop,
                                 struct store *store, struct world *world)
{
    const struct engine_options options = {
        .loop = loop,
        .http = http,
        .store = store,
        .world = world,
        .services = &openstack_services,
        .strategies = strategies,
        .settle_s = -1,
    };
    return engine_new(&options);
}

static void check_rest(const struct move *m, enum engine_end end)
{
    AUTO_JSON json_t *j = move_json(m);
    AUTO_FREE char *text = json_dumps(j, 0);
    must(text != NULL);
    must(end != ENGINE_STATE && end != ENGINE_INTERRUPTED);
    if (end == ENGINE_OVER)
        must(move_state(m) != MOVE_PLANNED && move_state(m) != MOVE_RUNNING);
    if (move_state(m) == MOVE_HELD)
        must(*jstr(j, "held_reason", ""));
    if (move_state(m) == MOVE_FAILED || move_state(m) == MOVE_SKIPPED)
        must(*jstr(j, "error", ""));
}

/* 0 resume, 1 commit, 2 discard. */
static bool begin(struct engine *e, struct move *m, unsigned deed)
{
    struct err err = {0};
    bool good = deed == 0   ? engine_resume(e, m, &err)
                : deed == 1 ? engine_commit(e, m, &err)
                            : engine_discard(e, m, &err);
    must(good || is_good_error(&err));
    return good;
}

static struct move *plan(struct engine *e, unsigned choices)
{
    struct err err = {0};
    AUTO_JSON json_t *options = double_options(choices);
    must(engine_begin_run(e, "move", "cloud", options, &err));
    struct move *m =
        engine_add(e, &strategy_snapshot, DOUBLE_SOURCE, "web1", "az2", &err);
    must(m != NULL);
    return m;
}

/* After its death: another engine over the same rows. */
static struct move *restore(struct engine *e, struct store *store, const char *run,
                            const char *id)
{
    struct vec rows = {0};
    struct err err = {0};
    must(engine_take_run(e, run, &err));
    must(store_moves(store, run, id, &rows, &err) && rows.len == 1);
    struct move *m = engine_restore(e, rows.at[0], &err);
    must(m != NULL);
    vec_clear(&rows, move_row_free);
    return m;
}

static void live(struct input *in, unsigned first, unsigned deeds, int compute)
{
    struct cloud_double cloud;
    struct http http;
    struct loop loop = {&http};
    struct err err = {0};
    bool honest = in->n == 0; /* then no answer is changed */
    struct store *store = store_open(":memory:", false, NULL, &err);
    must(store != NULL);
    double_init(&cloud, compute, first);
    net_double_init(&http, &cloud, in);
    struct engine *e = new_engine(&http, &loop, store, double_world(compute));
    struct world *world = NULL;
    struct move *m = plan(e, first);
    AUTO_FREE char *run = xstrdup(move_run_id(m));
    AUTO_FREE char *id = xstrdup(move_id(m));
    world = move_world(m);
    http.move = m;
    check_rest(m, engine_go(e, UNTIL_OVER, &err));
    must(!honest || move_state(m) == MOVE_MOVED);
    for (int n = 0; n < 3; n++, deeds /= 4) {
        http.move = NULL;
        engine_free(e);
        net_double_clear(&http);
        e = new_engine(&http, &loop, store, world);
        http.move = m = restore(e, store, run, id);
        err_clear(&err);
        if (deeds % 4 < 3 && begin(e, m, deeds % 4))
            check_rest(m, engine_go(e, UNTIL_OVER, &err));
    }
    engine_free(e);
    net_double_clear(&http);
    world_free(world);
    store_close(store);
    double_clear(&cloud);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned first = take_byte(&in), deeds = take_byte(&in);
    int compute = computes[take_below(&in, sizeof computes / sizeof computes[0])];
    clock_set_test(1000, 1763632800);
    live(&in, first, deeds, compute);
    log_close();
    return 0;
}
