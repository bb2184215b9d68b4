/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resume in two phases: restore (rows to structs, no network), then the engine catches up
 * by looking at every row left open. And what resume, commit and discard begin.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

bool engine_take_run(struct engine *e, const char *run_id, struct err *err)
{
    struct vec rows = {0};
    struct run *run;

    for (size_t i = 0; i < e->runs.len; i++)
        if (strcmp(((struct run *)e->runs.at[i])->row->id, run_id) == 0)
            return true;
    run = xcalloc(1, sizeof *run);
    run->lock = run_lock_take(e->o.store, run_id, err);
    if (!run->lock) {
        free(run);
        return false;
    }
    if (!store_runs(e->o.store, run_id, &rows, err) || rows.len != 1) {
        err_set(err, ERR_NOTFOUND, "run %s is not in %s", run_id, store_path(e->o.store));
        run_lock_free(run->lock);
        vec_clear(&rows, run_row_free);
        free(run);
        return false;
    }
    run->row = vec_take(&rows, 0);
    vec_clear(&rows, NULL);
    run->options = run->row->options ? json_loads(run->row->options, 0, NULL) : NULL;
    if (!run->options)
        run->options = json_object();
    vec_add(&e->runs, run);
    return true;
}

static struct run *find_run(const struct engine *e, const char *id)
{
    for (size_t i = 0; i < e->runs.len; i++) {
        struct run *run = e->runs.at[i];

        if (strcmp(run->row->id, id) == 0)
            return run;
    }
    bug("the run of a move was not taken: %s", id);
}

static const struct strategy *find_strategy(const struct engine *e, const char *name,
                                            int version)
{
    for (size_t i = 0; e->o.strategies[i]; i++)
        if (text_eq(e->o.strategies[i]->name, name) &&
            e->o.strategies[i]->version == version)
            return e->o.strategies[i];
    return NULL;
}

static int index_of(const struct step *steps, size_t n, const char *id)
{
    for (size_t i = 0; id && i < n; i++)
        if (strcmp(steps[i].id, id) == 0)
            return (int)i;
    return -1;
}

static struct move_row *copy_row(const struct move_row *row)
{
    struct move_row *copy = move_row_new();

    *copy = *row;
    copy->id = xstrdup(row->id);
    copy->run_id = xstrdup(row->run_id);
    copy->cloud = xstrdup(row->cloud);
    copy->server_id = xstrdup(row->server_id);
    copy->server_name = xstrdup(row->server_name);
    copy->target_server_id = xstrdup(row->target_server_id);
    copy->source_zone = xstrdup(row->source_zone);
    copy->target_zone = xstrdup(row->target_zone);
    copy->strategy = xstrdup(row->strategy);
    copy->state = xstrdup(row->state);
    copy->walk = xstrdup(row->walk);
    copy->step = xstrdup(row->step);
    copy->serving = xstrdup(row->serving);
    copy->error = xstrdup(row->error);
    copy->held_reason = xstrdup(row->held_reason);
    copy->announced = xstrdup(row->announced);
    copy->lost = xstrdup(row->lost);
    copy->left = xstrdup(row->left);
    return copy;
}

static bool find_cursor(struct move *m, struct err *err)
{
    const struct strategy *s = m->strategy;
    const struct move_row *row = m->row;
    bool commit;

    if (!move_state_from(row->state, &m->state))
        return err_set(err, ERR_STATE, "move %s has an unknown state '%s'", row->id,
                       row->state ? row->state : "");
    m->begun = row->walk != NULL && row->step != NULL;
    if (!row->walk)
        return true;
    if (!walk_from(row->walk, &m->walk))
        return err_set(err, ERR_STATE, "move %s has an unknown walk '%s'", row->id,
                       row->walk);
    if (!row->step)
        return true;
    commit = m->walk == WALK_COMMIT;
    m->at = index_of(commit ? s->commit_steps : s->steps,
                     commit ? s->n_commit_steps : s->n_steps, row->step);
    m->part = PART_ROW;
    if (m->at < 0 && s->sweep && strcmp(s->sweep->id, row->step) == 0) {
        m->part = PART_SWEEP;
        m->at = m->walk == WALK_BACK || m->walk == WALK_DISCARD ? -1
                : commit                                        ? (int)s->n_commit_steps
                                                                : (int)s->n_steps;
    } else if (m->at < 0) {
        return err_set(err, ERR_STATE,
                       "move %s stands at step '%s', which this rezone does not know",
                       row->id, row->step);
    }
    if (m->part == PART_ROW && (m->walk == WALK_BACK || m->walk == WALK_DISCARD)) {
        const struct ask_row *last = move_last_ask(m, WALK_FORWARD, row->step);

        if (last && strcmp(last->phase, "asked") == 0)
            m->part = PART_SETTLE;
    }
    return true;
}

struct move *engine_restore(struct engine *e, const struct move_row *row, struct err *err)
{
    const struct strategy *strategy = find_strategy(e, row->strategy, row->version);
    struct move *m;
    AUTO_FREE char *capture = NULL;

    if (!strategy) {
        err_set(err, ERR_STATE,
                "move %s was begun with strategy %s version %d, which this rezone does "
                "not have",
                row->id, row->strategy ? row->strategy : "?", row->version);
        return NULL;
    }
    m = move_new(e, find_run(e, row->run_id), strategy, copy_row(row));
    if (!store_asks(e->o.store, row->id, &m->asks, err) ||
        !store_facts(e->o.store, row->id, &m->facts, err) ||
        !store_capture(e->o.store, row->id, &capture, err)) {
        move_free(m);
        return NULL;
    }
    if (capture)
        m->capture = json_loads(capture, 0, NULL);
    if ((capture && !m->capture) || !find_cursor(m, err)) {
        err_set(err, ERR_STATE, "the capture of move %s cannot be read", row->id);
        move_free(m);
        return NULL;
    }
    m->world = e->o.world;
    m->lost_at = clock_mono();
    m->doing = DO_NOTHING;
    m->released = m->state != MOVE_PLANNED;
    if (m->state == MOVE_PLANNED)
        m->begun =
            false; /* nothing was changed: it begins with a new look at everything */
    vec_add(&e->moves, m);
    return m;
}

static bool wrong_state(const struct move *m, const char *command, const char *why,
                        struct err *err)
{
    return err_set(err, ERR_REFUSED, "%s of %s is refused: its move %s is %s%s%s",
                   command, move_info(m), m->row->id, move_state_name(m->state),
                   why[0] ? "; " : "", why);
}

bool engine_resume(struct engine *e, struct move *m, struct err *err)
{
    const struct step *step;

    (void)e;
    switch (m->state) {
    case MOVE_PLANNED:
        return true;
    case MOVE_HELD:
        step = m->begun ? cursor_judged_step(m) : NULL;
        if (!step)
            return wrong_state(m, "resume", "nothing is known of where it stood", err);
        move_set(m, MOVE_RUNNING);
        m->forgiven = move_unanswered(m, step->id, -1); /* a person has looked */
        move_note(m, "resumed by a person");
        return true;
    case MOVE_RUNNING:
        m->resumed = true;
        return true;
    default:
        return wrong_state(m, "resume", "", err);
    }
}

bool engine_commit(struct engine *e, struct move *m, struct err *err)
{
    if (m->state == MOVE_RUNNING && m->walk == WALK_COMMIT)
        return engine_resume(e, m, err);
    if (m->state == MOVE_HELD && m->walk == WALK_COMMIT)
        return engine_resume(e, m, err);
    if (m->state != MOVE_MOVED)
        return wrong_state(m, "commit", "only a moved one can be committed", err);
    m->walk = WALK_COMMIT;
    m->begun = true;
    m->at = 0;
    m->part = PART_ROW;
    move_set(m, MOVE_RUNNING);
    return true;
}

/* Has its commit asked for what cannot be taken back? Until then everything can go back.
 */
static bool has_committed(const struct move *m)
{
    const struct strategy *s = m->strategy;
    int from = 0;

    while (from < (int)s->n_commit_steps &&
           !(s->commit_steps[from].flags & STEP_NO_RETURN))
        from++;
    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(WALK_COMMIT)) == 0 &&
            strcmp(ask->phase, "refused") != 0 &&
            index_of(s->commit_steps, s->n_commit_steps, ask->step) >= from)
            return true;
    }
    return false;
}

bool engine_discard(struct engine *e, struct move *m, struct err *err)
{
    switch (m->state) {
    case MOVE_PLANNED:
        engine_decline(e, m, "dropped by discard");
        return true;
    case MOVE_MOVED:
        m->at = (int)m->strategy->n_steps;
        break;
    case MOVE_RUNNING:
    case MOVE_HELD:
        if (m->walk == WALK_COMMIT && !has_committed(m)) {
            m->at = (int)m->strategy->n_steps;
            break;
        }
        if (m->walk == WALK_COMMIT)
            return wrong_state(
                m, "discard",
                "its commit has begun, and what commit deletes cannot come back", err);
        if (m->walk == WALK_BACK || m->walk == WALK_DISCARD)
            return engine_resume(e, m, err);
        break;
    default:
        return wrong_state(m, "discard", "", err);
    }
    move_set(m, MOVE_RUNNING);
    cursor_turn_back(e, m, WALK_DISCARD);
    if (m->state == MOVE_RUNNING)
        m->doing = DO_NOTHING; /* begun with the others, under the limits */
    return true;
}
