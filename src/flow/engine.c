/* SPDX-License-Identifier: Apache-2.0 */
/* The turn, and what commands call. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

#define PARALLEL_DEFAULT 4
#define TICK_S           0.25
#define ROWS_IN_A_TURN   64 /* rows that one move may pass without a trip */

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *e = xcalloc(1, sizeof *e);

    e->o = *options;
    if (e->o.parallel <= 0)
        e->o.parallel = PARALLEL_DEFAULT;
    srandom((unsigned)(unsigned long long)(clock_wall() * 1000));
    return e;
}

static void free_run(void *p)
{
    struct run *run = p;

    run_row_free(run->row);
    json_decref(run->options);
    run_lock_free(run->lock);
    free(run);
}

static void free_move(void *m)
{
    move_free(m);
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    vec_clear(&e->reads, read_free);
    vec_clear(&e->events, save_free_event);
    vec_clear(&e->learned, free);
    vec_clear(&e->moves, free_move);
    vec_clear(&e->runs, free_run);
    free(e);
}

bool engine_has_begun(const struct engine *e)
{
    for (size_t i = 0; i < e->moves.len; i++)
        if (((struct move *)e->moves.at[i])->asks.len > 0)
            return true;
    return false;
}

void engine_lose(struct engine *e, const struct err *why)
{
    if (e->lost)
        return;
    e->lost = true;
    err_clear(&e->err);
    e->err = *why;
    log_debug("lost: %s", why->text);
}

double engine_limit(const struct engine *e, const struct step *step)
{
    for (const struct step_timeout *t = e->o.timeouts; t && t->step; t++)
        if (strcmp(t->step, step->id) == 0)
            return t->seconds;
    return step->limit_s;
}

double engine_settle(const struct engine *e, double settle_s)
{
    return settle_s > 0 && e->o.settle_s >= 0 ? e->o.settle_s : settle_s;
}

bool engine_begin_run(struct engine *e, const char *command, const char *cloud,
                      const json_t *options, struct err *err)
{
    struct run *run = xcalloc(1, sizeof *run);
    char id[37];

    text_new_uuid(id);
    run->row = run_row_new();
    run->row->id = xstrdup(id);
    run->row->created = clock_wall();
    run->row->command = xstrdup(command);
    run->row->cloud = xstrdup(cloud);
    run->row->options = json_dumps(options, JSON_COMPACT);
    run->row->state = xstrdup("running");
    run->options = json_deep_copy(options);
    run->lock = run_lock_take(e->o.store, id, err);
    if (!run->lock) {
        free_run(run);
        return false;
    }
    if (!store_begin(e->o.store, err) || !store_put_run(e->o.store, run->row, err) ||
        !store_commit(e->o.store, err)) {
        store_rollback(e->o.store);
        free_run(run);
        return false;
    }
    vec_add(&e->runs, run);
    e->begun = run;
    crash_point("run begun");
    return true;
}

const char *engine_run_id(const struct engine *e)
{
    return e->begun->row->id;
}

static void adopt(struct engine *e, struct move *m)
{
    m->world = e->o.world;
    m->doing = DO_NOTHING;
    vec_add(&e->moves, m);
}

struct move *engine_add(struct engine *e, const struct strategy *strategy,
                        const char *server_id, const char *name, const char *target_zone,
                        struct err *err)
{
    struct move_row *row = move_row_new();
    char id[37];
    struct move *m;

    text_new_uuid(id);
    row->id = xstrdup(id);
    row->run_id = xstrdup(e->begun->row->id);
    row->cloud = xstrdup(e->begun->row->cloud);
    row->server_id = xstrdup(server_id);
    row->server_name = xstrdup(name);
    row->target_zone = xstrdup(target_zone);
    row->strategy = xstrdup(strategy->name);
    row->version = strategy->version;
    row->state = xstrdup(move_state_name(MOVE_PLANNED));
    row->serving = xstrdup(serving_name(SERVING_SOURCE));
    row->announced = xstrdup("[]");
    row->lost = xstrdup("[]");
    row->left = xstrdup("[]");
    row->created = clock_wall();
    m = move_new(e, e->begun, strategy, row);
    if (!store_begin(e->o.store, err) || !store_put_move(e->o.store, row, err) ||
        !store_commit(e->o.store, err)) {
        store_rollback(e->o.store);
        move_free(m);
        return NULL;
    }
    m->state = MOVE_PLANNED;
    adopt(e, m);
    crash_point("move planned");
    return m;
}

void engine_decline(struct engine *e, struct move *m, const char *why)
{
    (void)e;
    if (m->state != MOVE_PLANNED)
        bug("declined, but it had begun: %s", move_info(m));
    xreplace(&m->row->error, why);
    m->begun = false;
    m->doing = DO_NOTHING;
    move_set(m, MOVE_SKIPPED);
}

bool engine_at_gate(const struct engine *e, const struct move *m)
{
    (void)e;
    return m->doing == DO_GATE;
}

size_t engine_n_moves(const struct engine *e)
{
    return e->moves.len;
}

struct move *engine_move(const struct engine *e, size_t i)
{
    return e->moves.at[i];
}

/* ---- the turn ---- */

static bool changes_now(const struct move *m)
{
    return m->state == MOVE_RUNNING && m->doing != DO_NOTHING && m->doing != DO_GATE;
}

bool engine_has_place(const struct engine *e, const struct move *m)
{
    const char *host = move_fact(m, FACT_SOURCE_HOST);
    int of_host = 0, of_zone = 0;

    if (e->o.per_host <= 0 && e->o.per_zone <= 0)
        return true;
    for (size_t i = 0; i < e->moves.len; i++) {
        const struct move *other = e->moves.at[i];

        if (other == m || !changes_now(other))
            continue;
        of_host += host && text_eq(move_fact(other, FACT_SOURCE_HOST), host);
        of_zone += text_eq(move_target_zone(other), move_target_zone(m));
    }
    return (e->o.per_host <= 0 || of_host < e->o.per_host) &&
           (e->o.per_zone <= 0 || of_zone < e->o.per_zone);
}

/* Which moves are begun: those that have begun already come first, then in order. */
static void schedule(struct engine *e)
{
    int under_way = 0;

    for (size_t i = 0; i < e->moves.len; i++) {
        const struct move *m = e->moves.at[i];

        under_way += m->doing != DO_NOTHING && m->doing != DO_GATE;
    }
    for (size_t i = 0; i < e->moves.len && under_way < e->o.parallel; i++) {
        struct move *m = e->moves.at[i];
        bool waits = m->doing == DO_NOTHING &&
                     (m->state == MOVE_PLANNED || m->state == MOVE_RUNNING);

        if (e->stopping || e->lost)
            return;
        if (m->doing == DO_GATE && e->until == UNTIL_OVER && engine_has_place(e, m)) {
            m->released = true;
            move_set(m, MOVE_RUNNING);
            m->doing = DO_LOOK;
            m->looks = 0;
            under_way++;
        } else if (waits) {
            double spent = m->row->spent_s;

            if (!m->begun) {
                m->begun = true;
                m->walk = WALK_FORWARD;
                m->at = 0;
                m->part = PART_ROW;
            }
            cursor_enter(e, m);
            if (m->resumed) /* the row's limit goes on, it does not begin anew */
                m->row->spent_s = spent;
            m->resumed = false;
            under_way++;
        }
    }
}

/* Users hear of a row when it costs a trip, not when it is passed in the same breath. */
static void tell_step(struct engine *e, struct move *m)
{
    if (m->untold)
        save_event(e, m, EVENT_MOVE_STEP, NULL, NULL);
    m->untold = false;
}

/* Who looks now takes along those who would look soon: together they are one list. */
static void look_together(struct engine *e)
{
    double now = clock_mono();
    bool any = false;

    for (size_t i = 0; i < e->moves.len && !any; i++) {
        const struct move *m = e->moves.at[i];

        any = m->doing == DO_PAUSE && m->slack > 0 && m->due <= now;
    }
    for (size_t i = 0; i < e->moves.len && any; i++) {
        struct move *m = e->moves.at[i];

        if (m->doing == DO_PAUSE && m->due - m->slack <= now)
            m->due = now;
    }
}

/* Drives one move as far as it gets without a trip. */
static void drive(struct engine *e, struct move *m)
{
    for (int rows = 0; rows < ROWS_IN_A_TURN; rows++) {
        double now = clock_mono();

        if (m->doing == DO_PAUSE && m->due <= now) {
            m->doing = DO_LOOK;
            m->slack = 0;
        }
        if (m->doing == DO_LOOK) {
            if (e->lost)
                return;
            watch_look(e, m);
        }
        if (m->doing == DO_LOOKING && watch_complete(m)) {
            cursor_judge(e, m);
            continue;
        }
        if (m->doing == DO_ASK && m->due <= now) {
            m->due = 0;
            tell_step(e, m);
            ask_choose(e, m);
            if (m->doing == DO_LOOK)
                continue;
        }
        if (m->doing == DO_LOOKING)
            tell_step(e, m);
        return;
    }
}

static bool all_still(const struct engine *e)
{
    for (size_t i = 0; i < e->moves.len; i++) {
        const struct move *m = e->moves.at[i];

        if (m->doing != DO_NOTHING && m->doing != DO_GATE)
            return false;
        if (m->doing == DO_NOTHING &&
            (m->state == MOVE_PLANNED || m->state == MOVE_RUNNING))
            return false;
        if (m->doing == DO_GATE && e->until == UNTIL_OVER)
            return false;
    }
    return true;
}

static double earliest(double a, double b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

/* When something of the wire or of a service is due, and within a second. */
static double wire_due(const struct engine *e)
{
    double due = earliest(http_next_due(e->o.http), park_due(e));

    return earliest(due, clock_mono() + 1.0);
}

bool engine_wait(struct engine *e, struct err *err)
{
    http_push(e->o.http);
    if (!loop_wait(e->o.loop, wire_due(e), err))
        return false;
    http_drain(e->o.http);
    return true;
}

static double next_due(const struct engine *e)
{
    double due = earliest(read_due(e), wire_due(e));

    for (size_t i = 0; i < e->moves.len; i++) {
        const struct move *m = e->moves.at[i];

        if (m->doing == DO_PAUSE || (m->doing == DO_ASK && m->due > 0))
            due = earliest(due, m->due);
    }
    if (e->store_failing_since > 0)
        due = earliest(due, e->store_retry_at);
    return due;
}

static void send_asks(struct engine *e)
{
    for (size_t i = 0; i < e->moves.len; i++) {
        struct move *m = e->moves.at[i];

        if (m->doing == DO_ASKING && m->pending.url)
            ask_send(e, m);
    }
}

static int to_send(const struct engine *e)
{
    int n = 0;

    for (size_t i = 0; i < e->moves.len; i++) {
        const struct move *m = e->moves.at[i];

        n += m->doing == DO_ASKING && m->pending.url;
    }
    return n;
}

static void interrupted(struct engine *e)
{
    if (e->stopping || loop_interrupts(e->o.loop) == 0)
        return;
    e->stopping = true;
    save_event(e, NULL, EVENT_INTERRUPTED, NULL, NULL);
}

/* For those who show elapsed times. Says nothing of any move, so that it needs no commit.
 */
static void tick(struct engine *e)
{
    struct event event = {.type = EVENT_TICK, .at = clock_wall(), .mono = clock_mono()};

    if (!e->o.observe || event.mono - e->ticked_at < TICK_S)
        return;
    e->ticked_at = event.mono;
    e->o.observe(e->o.observe_ctx, &event);
}

static void turn(struct engine *e)
{
    http_drain(e->o.http);
    interrupted(e);
    park_check_lost(e);
    schedule(e);
    look_together(e);
    for (size_t i = 0; i < e->moves.len; i++)
        drive(e, e->moves.at[i]);
    if (save_turn(e)) {
        save_publish(e);
        send_asks(e);
    }
    if (!e->lost && !e->stopping)
        read_push(e);
    http_push(e->o.http);
    tick(e);
}

/* Ready to leave? Nothing that was sent may still be without its answer. */
static bool may_leave(struct engine *e, enum engine_end *end)
{
    if (loop_interrupts(e->o.loop) >= 2) {
        *end = ENGINE_INTERRUPTED;
        return true;
    }
    if (e->state_dead) {
        *end = ENGINE_STATE;
        return e->asking == 0;
    }
    if (e->asking > 0 || to_send(e) > 0 || e->store_failing_since > 0)
        return false;
    if (all_still(e)) {
        *end = ENGINE_OVER;
        return true;
    }
    *end = e->lost ? ENGINE_LOST : ENGINE_INTERRUPTED;
    return e->lost || e->stopping;
}

static bool row_is_open(const struct move_row *row)
{
    enum move_state state;

    return !move_state_from(row->state, &state) || state == MOVE_PLANNED ||
           state == MOVE_RUNNING || state == MOVE_HELD;
}

/* Runs of which no move is open, those that this process does not work on included. true:
 * there is something to save. */
static bool close_runs(struct engine *e)
{
    bool closed = false;

    for (size_t i = 0; i < e->runs.len; i++) {
        struct run *run = e->runs.at[i];
        struct vec rows = {0};
        bool open = !store_moves(e->o.store, run->row->id, NULL, &rows, NULL);

        for (size_t k = 0; k < rows.len; k++)
            open = open || row_is_open(rows.at[k]);
        vec_clear(&rows, move_row_free);
        if (open || strcmp(run->row->state, "over") == 0)
            continue;
        xreplace(&run->row->state, "over");
        closed = e->run_dirty = true;
    }
    return closed;
}

enum engine_end engine_go(struct engine *e, enum engine_until until, struct err *err)
{
    enum engine_end end = ENGINE_OVER;

    e->until = until;
    for (;;) {
        turn(e);
        if (may_leave(e, &end)) {
            if (until == UNTIL_OVER && end == ENGINE_OVER && close_runs(e))
                continue;
            break;
        }
        if (!loop_wait(e->o.loop, next_due(e), err))
            return ENGINE_STATE;
    }
    if ((end == ENGINE_LOST || end == ENGINE_STATE) && err && !err_is_set(err))
        *err = e->err;
    return end;
}

/* ---- reads for commands ---- */

struct plain_read {
    bool done;
    json_t *body;
    struct engine *e;
    int service, status;
    double retry_after_s;
    enum reply_fate fate;
    struct err err;
};

static void plain_done(void *ctx, const struct request *req, struct reply *reply)
{
    struct plain_read *p = ctx;

    (void)req;
    p->done = true;
    p->status = reply->status;
    p->fate = reply->fate;
    if (!reply_is_ok(reply)) {
        p->e->o.services->explain(p->e->o.world, p->service, reply, &p->err);
        return;
    }
    park_answered(p->e, p->service);
    p->body = json_loadb(reply->body, reply->body_len, JSON_REJECT_DUPLICATES, NULL);
    if (!p->body)
        err_set(&p->err, ERR_PROTOCOL, "%s: the answer is not JSON",
                p->e->o.services->name(p->service));
}

static bool wait_turn(struct engine *e, struct err *err)
{
    if (loop_interrupts(e->o.loop) > 0)
        return err_set(err, ERR_INTERRUPT, "interrupted");
    return engine_wait(e, err);
}

bool engine_read(struct engine *e, int service, build_fn *build, void *ctx, json_t **ret,
                 struct err *err)
{
    for (int tries = 0;; tries++) {
        struct plain_read p = {.e = e, .service = service};
        struct request req = {0};
        int generation;

        while (!park_ready(e, service)) {
            park_check_lost(e);
            if (e->lost) {
                if (err && !err_is_set(err))
                    *err = e->err;
                return false;
            }
            if (!wait_turn(e, err))
                return false;
        }
        build(e->o.world, ctx, &req);
        generation = e->o.services->generation(e->o.world);
        http_send(e->o.http, &req, plain_done, &p);
        while (!p.done) {
            http_push(e->o.http);
            if (!wait_turn(e, err)) {
                if (!p.done) /* `p` must outlive the request: it is waited for */
                    while (!p.done && loop_interrupts(e->o.loop) < 2) {
                        loop_wait(e->o.loop, clock_mono() + 0.2, NULL);
                        http_drain(e->o.http);
                    }
                json_decref(p.body);
                return false;
            }
        }
        if (p.body) {
            *ret = p.body;
            return true;
        }
        if (p.status == 401 && tries == 0 &&
            e->o.services->token_refused(e->o.world, generation, NULL))
            continue;
        if (err && !err_is_set(err))
            *err = p.err;
        return false;
    }
}
