/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The turn's transaction. What was judged stays dirty in memory until a commit holds it;
 * nothing is sent and nothing is published before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/mem.h"
#include "flow/engine_int.h"

#define RETRY_S              0.5
#define SPENT_WORTH_SAVING_S 10.0

void save_free_event(void *p)
{
    struct queued_event *event = p;

    if (!event)
        return;
    xreplace(&event->text, NULL);
    xreplace(&event->request_id, NULL);
    free(event);
}

void save_event(struct engine *e, struct move *m, enum event_type type, const char *text,
                const char *request_id)
{
    struct queued_event *event = xcalloc(1, sizeof *event);
    const struct step *step = m && m->begun ? move_row_step(m) : NULL;

    event->type = type;
    event->move = m;
    event->text = xstrdup(text);
    event->request_id = request_id && request_id[0] ? xstrdup(request_id) : NULL;
    if (m) {
        event->state = move_state_name(m->state);
        event->walk = m->begun ? walk_name(m->walk) : NULL;
        event->step = step ? step->id : NULL;
        event->label = step ? step->label : NULL;
        if (step && m->part == PART_ROW && move_step(m))
            event->label = move_step(m)->label;
    }
    vec_add(&e->events, event);
}

static void fill_row(struct move *m)
{
    const struct step *step = m->begun ? move_row_step(m) : NULL;
    struct move_row *row = m->row;
    char *text;

    xreplace(&row->state, move_state_name(m->state));
    xreplace(&row->walk, m->begun ? walk_name(m->walk) : NULL);
    xreplace(&row->step, step ? step->id : NULL);
    text = json_dumps(m->announced, JSON_COMPACT);
    xreplace(&row->announced, text);
    free(text);
    text = json_dumps(m->lost_list, JSON_COMPACT);
    xreplace(&row->lost, text);
    free(text);
    text = json_dumps(m->left_list, JSON_COMPACT);
    xreplace(&row->left, text);
    free(text);
}

static bool save_move(struct store *s, struct move *m, struct err *err)
{
    const char *id = m->row->id;

    fill_row(m);
    if (!store_put_move(s, m->row, err))
        return false;
    /* A planned move has changed nothing: its capture is taken anew when it begins. */
    if (m->capture_dirty && m->state != MOVE_PLANNED) {
        AUTO_FREE char *json = json_dumps(m->capture, JSON_COMPACT);

        if (!store_put_capture(s, id, json, err))
            return false;
    }
    for (size_t i = 0; i < m->dirty_facts.len; i++)
        if (!store_put_fact(s, id, m->dirty_facts.at[i],
                            move_fact(m, m->dirty_facts.at[i]), err))
            return false;
    for (size_t i = 0; i < m->dirty_asks.len; i++)
        if (!store_put_ask(s, m->dirty_asks.at[i], err))
            return false;
    for (size_t i = 0; i < m->notes.len; i++)
        if (!store_put_journal(s, id, clock_wall(), m->notes.at[i], err))
            return false;
    return true;
}

static bool save_all(struct engine *e, struct err *err)
{
    struct store *s = e->o.store;

    if (!store_begin(s, err))
        return false;
    for (size_t i = 0; e->run_dirty && i < e->runs.len; i++) {
        const struct run *run = e->runs.at[i];

        if (!store_put_run(s, run->row, err))
            return false;
    }
    for (size_t i = 0; i < e->moves.len; i++) {
        struct move *m = e->moves.at[i];

        if (m->dirty && !save_move(s, m, err))
            return false;
    }
    crash_point("before commit");
    return store_commit(s, err);
}

static void saved(struct engine *e)
{
    e->run_dirty = false;
    for (size_t i = 0; i < e->moves.len; i++) {
        struct move *m = e->moves.at[i];

        if (!m->dirty)
            continue;
        m->dirty = false;
        if (m->state != MOVE_PLANNED)
            m->capture_dirty = false;
        m->spent_saved = m->row->spent_s;
        vec_clear(&m->dirty_asks, NULL);
        strv_clear(&m->dirty_facts);
        strv_clear(&m->notes);
    }
    e->store_failing_since = 0;
    crash_point("after commit");
}

/* By the time it could be saved, what allowed it may not hold any more. */
static void withdraw_intents(struct engine *e)
{
    for (size_t i = 0; i < e->moves.len; i++) {
        struct move *m = e->moves.at[i];

        if (m->doing == DO_ASKING && m->pending.url)
            ask_withdraw(e, m);
    }
}

bool save_turn(struct engine *e)
{
    bool dirty = e->run_dirty;
    struct err err = {0};

    for (size_t i = 0; i < e->moves.len; i++) {
        struct move *m = e->moves.at[i];

        if (m->row->spent_s - m->spent_saved > SPENT_WORTH_SAVING_S)
            m->dirty = true;
        dirty = dirty || m->dirty;
    }
    if (e->state_dead)
        return false;
    if (!dirty)
        return true;
    if (e->store_failing_since > 0 && clock_mono() < e->store_retry_at)
        return false;
    if (save_all(e, &err)) {
        saved(e);
        return true;
    }
    store_rollback(e->o.store);
    withdraw_intents(e);
    if (store_trouble(e->o.store) !=
        STORE_BUSY) { /* fine, but refused: what we wrote is wrong */
        e->state_dead = true;
    } else if (e->store_failing_since == 0) {
        struct event event = {.type = EVENT_STORE_TROUBLE,
                              .at = clock_wall(),
                              .mono = clock_mono(),
                              .text = err.text};

        e->store_failing_since = clock_mono();
        /* Not of any move, and true whatever becomes of the turn: the one event that does
         * not wait for a commit, since there is none. */
        if (e->o.observe)
            e->o.observe(e->o.observe_ctx, &event);
    } else if (clock_mono() - e->store_failing_since > STORE_PATIENCE_S) {
        e->state_dead = true;
    }
    e->store_retry_at = clock_mono() + RETRY_S;
    err_clear(&e->err);
    e->err = err;
    return false;
}

static void fill_event(struct event *out, const struct queued_event *q,
                       const struct engine *e)
{
    const struct move *m = q->move;

    *out = (struct event){.type = q->type,
                          .at = clock_wall(),
                          .mono = clock_mono(),
                          .text = q->text,
                          .request_id = q->request_id};
    if (m) {
        out->run_id = m->row->run_id;
        out->move_id = m->row->id;
        out->server_id = m->row->server_id;
        out->server_name = m->row->server_name;
        out->target_server_id = m->row->target_server_id;
        out->source_zone = m->row->source_zone;
        out->target_zone = m->row->target_zone;
        out->serving = m->row->serving;
        out->state = q->state;
        out->walk = q->walk;
        out->step = q->step;
        out->label = q->label;
        out->since = m->came_at;
    } else if (e->begun) {
        out->run_id = e->begun->row->id;
    }
}

static void publish_totals(struct engine *e)
{
    struct event t = {.type = EVENT_TOTALS, .at = clock_wall(), .mono = clock_mono()};

    for (size_t i = 0; i < e->moves.len; i++) {
        const struct move *m = e->moves.at[i];

        t.total++;
        t.running += m->state == MOVE_RUNNING;
        t.moved += m->state == MOVE_MOVED || m->state == MOVE_COMMITTED;
        t.held += m->state == MOVE_HELD;
        t.failed += m->state == MOVE_FAILED || m->state == MOVE_UNDONE;
        t.over += m->state != MOVE_RUNNING && m->state != MOVE_PLANNED;
    }
    e->o.observe(e->o.observe_ctx, &t);
}

void save_publish(struct engine *e)
{
    bool any = e->events.len > 0;

    for (size_t i = 0; e->o.observe && i < e->events.len; i++) {
        struct event event;

        fill_event(&event, e->events.at[i], e);
        e->o.observe(e->o.observe_ctx, &event);
    }
    vec_clear(&e->events, save_free_event);
    if (any && e->o.observe)
        publish_totals(e);
}
