/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a move goes next: verdicts, limits, settling, and the walks.
 *
 * Forward and commit count rows up; back and discard count down and drive each row's
 * undo, after the row's own unanswered ask has settled. Every walk ends in the strategy's
 * sweep.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/engine_int.h"

#define RETRY_PAUSE_S     2.0
#define RETRY_PAUSE_MAX_S 60.0
#define HEARD_GRACE_S     2.0  /* a database replica may lag behind what was accepted */
#define SLACK             0.25 /* of a pause: more than the jitter spreads it */

static bool is_back(const struct move *m)
{
    return m->walk == WALK_BACK || m->walk == WALK_DISCARD;
}

const struct step *cursor_judged_step(const struct move *m)
{
    return m->part == PART_SETTLE ? move_row_step(m) : move_step(m);
}

bool cursor_past_return(const struct move *m)
{
    for (int i = 0; i < (int)m->strategy->n_steps && i < m->at; i++)
        if (m->strategy->steps[i].flags & STEP_NO_RETURN)
            return true;
    return m->walk == WALK_FORWARD && m->part == PART_SWEEP;
}

static bool has_changed_anything(const struct move *m)
{
    for (size_t i = 0; i < m->asks.len; i++)
        if (strcmp(((struct ask_row *)m->asks.at[i])->phase, "refused") != 0)
            return true;
    return false;
}

void move_set(struct move *m, enum move_state state)
{
    if (m->state == state)
        return;
    log_debug("%s: %s -> %s", move_info(m), move_state_name(m->state),
              move_state_name(state));
    m->state = state;
    if (state == MOVE_RUNNING) {
        if (m->row->started <= 0)
            m->row->started = clock_wall();
        xreplace(&m->row->held_reason, NULL);
        m->row->finished = 0;
    } else {
        m->row->finished = state == MOVE_HELD ? 0 : clock_wall();
    }
    move_mark_dirty(m);
    if (m->engine)
        save_event(m->engine, m, EVENT_MOVE_STATE,
                   state == MOVE_HELD ? m->row->held_reason : m->row->error, NULL);
}

/* ---- ends ---- */

static void stand_still(struct engine *e, struct move *m, enum move_state state)
{
    watch_drop(e, m);
    m->doing = DO_NOTHING;
    m->open = NULL;
    move_set(m, state);
}

/* "label: text (request id)", the words that the user reads. Gives. */
static char *say(const struct move *m, const struct err *err)
{
    const struct step *step = m->begun ? cursor_judged_step(m) : NULL;
    const char *text = err_is_set(err) ? err->text : "no reason was given";

    return xasprintf("%s%s%s%s%s%s", step ? step->id : "", step ? ": " : "", text,
                     err->request_id[0] ? " (request " : "", err->request_id,
                     err->request_id[0] ? ")" : "");
}

static void hold(struct engine *e, struct move *m)
{
    AUTO_FREE char *text = say(m, &m->err);

    xreplace(&m->row->held_reason, text);
    move_note(m, "held at %s", text);
    stand_still(e, m, MOVE_HELD);
}

static void end_unchanged(struct engine *e, struct move *m);

void cursor_hold(struct engine *e, struct move *m)
{
    if (m->state == MOVE_PLANNED) { /* nothing was changed: there is nothing to hold */
        end_unchanged(e, m);
        return;
    }
    hold(e, m);
}

static void finish(struct engine *e, struct move *m)
{
    enum move_state state = MOVE_MOVED;

    switch (m->walk) {
    case WALK_COMMIT:
        state = MOVE_COMMITTED;
        break;
    case WALK_BACK:
    case WALK_DISCARD:
        state = MOVE_UNDONE;
        break;
    default:
        break;
    }
    move_note(m, "%s: done", walk_name(m->walk));
    stand_still(e, m, state);
}

/* Before any change: nothing to walk back. */
static void end_unchanged(struct engine *e, struct move *m)
{
    AUTO_FREE char *text = say(m, &m->err);

    xreplace(&m->row->error, m->skip ? m->skip : text);
    m->begun = false;
    stand_still(e, m, m->skip ? MOVE_SKIPPED : MOVE_FAILED);
}

/* ---- the cursor ---- */

static void restore_open(struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    enum walk walk = m->part == PART_SETTLE ? WALK_FORWARD : m->walk;
    struct ask_row *last = step ? move_last_ask(m, walk, step->id) : NULL;

    m->open = NULL;
    if (!last)
        return;
    m->item = last->item;
    if (strcmp(last->phase, "done") == 0) {
        if (m->part != PART_SETTLE)
            m->item++;
        return;
    }
    m->open = last;
    m->lost = true;
}

void cursor_enter(struct engine *e, struct move *m)
{
    const struct step *step;

    m->item = 0;
    m->doing = DO_LOOK;
    m->due = 0;
    m->looks = 0;
    m->interval = 0;
    m->backoff = 0;
    m->last_ok = 0;
    m->absent_since = 0;
    m->ahead_done = false;
    m->came_at = clock_mono();
    m->row->spent_s = 0;
    m->quiet = false;
    restore_open(m);
    step = cursor_judged_step(m);
    m->untold = true;
    move_mark_dirty(m);
    if (step && (step->flags & STEP_CHANGES) && m->state == MOVE_PLANNED) {
        if ((e->until == UNTIL_GATE && !m->released) || !engine_has_place(e, m)) {
            m->doing = DO_GATE;
            return;
        }
        move_set(m, MOVE_RUNNING);
    }
}

/* On the way back: does this row need anything? */
static bool enter_back(struct move *m)
{
    const struct step *row = &m->strategy->steps[m->at];
    struct ask_row *last = move_last_ask(m, WALK_FORWARD, row->id);

    if (!last)
        return false;
    if (strcmp(last->phase, "asked") == 0) {
        m->part = PART_SETTLE;
        return true;
    }
    m->part = PART_ROW;
    return row->undo != NULL;
}

static const struct step *step_by_id(const struct move *m, const char *id)
{
    for (size_t i = 0; i < m->strategy->n_steps; i++) {
        const struct step *row = &m->strategy->steps[i];

        if (strcmp(row->id, id) == 0)
            return row;
        if (row->undo && strcmp(row->undo->id, id) == 0)
            return row->undo;
    }
    return NULL;
}

/* Was anything toggled by a request that nobody answered? It may be seen done by another
 * attempt, and still arrive. */
static bool may_come_late(const struct move *m)
{
    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];
        const struct step *step = step_by_id(m, ask->step);

        if (step && (step->flags & STEP_TOGGLE) && ask->heard_at <= 0 &&
            strcmp(ask->phase, "refused") != 0)
            return true;
    }
    return false;
}

/* Before the end of a walk: what was put where it belongs is looked at once more when no
 * late request can undo it any longer. On the way back that is every row's undo, forward
 * the last row, which fences the source for good. */
static bool look_once_more(struct engine *e, struct move *m)
{
    if (m->looked_again || m->walk == WALK_COMMIT || m->part != PART_ROW ||
        !may_come_late(m))
        return false;
    m->looked_again = true;
    m->at = (int)m->strategy->n_steps - 1;
    if (is_back(m))
        while (m->at >= 0 && !enter_back(m))
            m->at--;
    if (m->at < 0)
        return false;
    move_note(m, "a request without an answer could still come: looking once more");
    cursor_enter(e, m);
    m->doing = DO_PAUSE;
    /* Of this life's clock: the calendar may jump, and what an earlier life sent may have
     * been sent just before it ended. */
    m->due = m->lost_at + engine_settle(e, SETTLE_TOGGLE_S);
    m->looks = 1;
    return true;
}

void cursor_advance(struct engine *e, struct move *m)
{
    int n = (int)(m->walk == WALK_COMMIT ? m->strategy->n_commit_steps
                                         : m->strategy->n_steps);

    m->forgiven = 0;
    if (m->part == PART_SWEEP) {
        finish(e, m);
        return;
    }
    if (is_back(m)) {
        if (m->part == PART_SETTLE) {
            m->part = PART_ROW;
            if (m->strategy->steps[m->at].undo) {
                cursor_enter(e, m);
                return;
            }
        }
        do
            m->at--;
        while (m->at >= 0 && !enter_back(m));
        if (m->at < 0) {
            if (look_once_more(e, m))
                return;
            m->part = PART_SWEEP;
        }
    } else {
        m->at++;
        if (m->at >= n && look_once_more(e, m))
            return;
        m->part = m->at >= n ? PART_SWEEP : PART_ROW;
    }
    if (m->part == PART_SWEEP && !m->strategy->sweep) {
        finish(e, m);
        return;
    }
    cursor_enter(e, m);
}

void cursor_turn_back(struct engine *e, struct move *m, enum walk walk)
{
    int n = (int)m->strategy->n_steps;

    watch_drop(e, m);
    /* One wrong look may be why it goes back: the way back sees for itself. */
    watch_forget(m, http_seq(e->o.http));
    m->walk = walk;
    m->open = NULL;
    m->begun = true;
    m->looked_again = false;
    if (m->at >= n || m->part == PART_SWEEP)
        m->at = n - 1;
    m->part = PART_ROW;
    move_note(m, "walking %s from %s", walk_name(walk), m->strategy->steps[m->at].id);
    while (m->at >= 0 && !enter_back(m))
        m->at--;
    if (m->at < 0)
        m->part = PART_SWEEP;
    if (m->part == PART_SWEEP && !m->strategy->sweep) {
        finish(e, m);
        return;
    }
    cursor_enter(e, m);
}

/* ---- verdicts ---- */

static void close_open(struct engine *e, struct move *m, const char *phase)
{
    struct ask_row *ask = m->open;

    if (!ask)
        return;
    if (strcmp(ask->phase, "heard") == 0 && !m->lost)
        cadence_learn(e, cursor_judged_step(m), clock_mono() - m->came_at);
    xreplace(&ask->phase, phase);
    ask->done_at = clock_wall();
    move_dirty_ask(m, ask);
    m->open = NULL;
}

/* What failing means for a row that only tidies: it is named, and the walk goes on. */
static bool leave_litter(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    AUTO_FREE char *text = NULL;

    if (!(step->flags & (STEP_LITTER | STEP_COSMETIC)))
        return false;
    if ((step->flags & STEP_LITTER) && !is_back(m) && m->walk != WALK_COMMIT)
        return false;
    text = say(m, &m->err);
    if (step->flags & STEP_LITTER)
        move_leave(m, step->id, "%s", text);
    else
        move_announce(m, step->id, "not done: %s", text);
    move_note(m, "%s", text);
    err_clear(&m->err);
    close_open(e, m, "refused");
    cursor_advance(e, m);
    return true;
}

void cursor_fail(struct engine *e, struct move *m)
{
    AUTO_FREE char *text = say(m, &m->err);

    if (m->part == PART_SETTLE) { /* whatever became of it: its undo looks for itself */
        close_open(e, m, "done");
        cursor_advance(e, m);
        return;
    }
    if (leave_litter(e, m))
        return;
    if (is_back(m) || m->walk == WALK_COMMIT || cursor_past_return(m)) {
        cursor_hold(e, m);
        return;
    }
    if (m->skip || !has_changed_anything(m)) {
        end_unchanged(e, m);
        return;
    }
    xreplace(&m->row->error, text);
    move_note(m, "failed at %s", text);
    err_clear(&m->err);
    cursor_turn_back(e, m, WALK_BACK);
}

static void pause_for(struct move *m, double seconds)
{
    m->doing = DO_PAUSE;
    m->due = clock_mono() + seconds;
}

/* Until the next look of something that takes its time. */
static void pause_between_looks(struct move *m)
{
    pause_for(m, cadence_next(m, cursor_judged_step(m)));
    m->slack = m->interval * SLACK;
}

static bool limit_passed(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    double limit = engine_limit(e, step);

    if (limit <= 0 || m->row->spent_s < limit)
        return false;
    if (m->part == PART_SETTLE) {
        cursor_fail(e, m);
        return true;
    }
    /* What the row's judge said of it is kept behind. */
    if (err_is_set(&m->err))
        err_wrap(&m->err, "not reached within %.0f s", limit);
    else
        err_set(&m->err, ERR_TIMEOUT, "not reached within %.0f s%s", limit,
                m->quiet ? "" : ", and something is still under way in the cloud");
    if (step->at_limit == FAIL && m->quiet)
        cursor_fail(e, m);
    else if (leave_litter(e, m))
        return true;
    else
        cursor_hold(e, m);
    return true;
}

static void wait_on(struct engine *e, struct move *m)
{
    m->absent_since = 0;
    if (!limit_passed(e, m))
        pause_between_looks(m);
}

static void ask_for(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    struct look look;
    struct err err = {0};

    if (!step->ask) {
        wait_on(e, m);
        return;
    }
    watch_fill(m, &look);
    if (step->guard && !step->guard(m, &look, &err)) {
        if (err.code == ERR_LOCKED && clock_mono() - m->absent_since < RIVAL_GRACE_S) {
            pause_between_looks(m);
            return;
        }
        err_clear(&m->err);
        m->err = err;
        cursor_hold(e, m);
        return;
    }
    m->doing = DO_ASK;
    m->due = 0;
}

/* When an unanswered ask that left no trace may be believed never to arrive. */
static double settle_of(struct engine *e, const struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    double settle = step->settle_s;

    if (m->part == PART_SETTLE && (step->flags & STEP_TOGGLE) && settle < SETTLE_TOGGLE_S)
        settle = SETTLE_TOGGLE_S;
    return engine_settle(e, settle);
}

/* On the way back: an ask of the row that nobody answered may still be on its way, also
 * when a later one was. What it toggles is not toggled back before it has come or
 * settled. */
static double opposite_settle(const struct engine *e, const struct move *m)
{
    const struct step *row = move_row_step(m);

    if (!is_back(m) || m->part != PART_ROW || !row || !(row->flags & STEP_TOGGLE))
        return 0;
    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(WALK_FORWARD)) == 0 &&
            strcmp(ask->step, row->id) == 0 && strcmp(ask->phase, "asked") == 0)
            return engine_settle(e, SETTLE_TOGGLE_S);
    }
    return 0;
}

static void absent(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    double now = clock_mono();

    if (!m->open && m->part == PART_SETTLE) {
        cursor_advance(e, m);
        return;
    }
    if (m->absent_since <= 0)
        m->absent_since = m->last_ok;
    if (!m->open) {
        if (limit_passed(e, m))
            return;
        if (now - m->absent_since < opposite_settle(e, m))
            pause_between_looks(m);
        else
            ask_for(e, m);
        return;
    }
    if (strcmp(m->open->phase, "heard") == 0) {
        if (now - m->absent_since < HEARD_GRACE_S) {
            pause_between_looks(m);
            return;
        }
        err_set(&m->err, ERR_PROTOCOL,
                "the cloud accepted it (request %s) and did not do it",
                m->open->request_id ? m->open->request_id : "unknown");
        if (is_back(m) || m->walk == WALK_COMMIT) { /* tidying may be asked for again */
            close_open(e, m, "refused");
            if (++m->backoff < ASKS_IN_ALL) {
                err_clear(&m->err);
                pause_for(m, RETRY_PAUSE_S);
                return;
            }
        }
        cursor_fail(e, m);
        return;
    }
    if (now - m->absent_since < settle_of(e, m)) {
        pause_between_looks(m);
        return;
    }
    if (m->part == PART_SETTLE) {
        move_note(m, "%s: settled, it never arrived", step->id);
        close_open(e, m, "refused");
        m->at++; /* the row is judged anew: without an ask it needs no undo */
        m->part = PART_ROW;
        cursor_advance(e, m);
        return;
    }
    if (step->class == CLASS_BLIND ||
        move_unanswered(m, step->id, m->item) - m->forgiven >= ASKS_IN_ALL) {
        err_set(&m->err, ERR_SERVICE, "asked %d times without an answer; last: %s",
                move_unanswered(m, step->id, m->item),
                err_is_set(&m->ask_err) ? m->ask_err.text : "none in this process");
        if (!leave_litter(e, m))
            cursor_hold(e, m);
        return;
    }
    ask_for(e, m);
}

void cursor_apply(struct engine *e, struct move *m, enum verdict v)
{
    switch (v) {
    case NEXT:
        if (m->part == PART_SETTLE && m->open && strcmp(m->open->phase, "asked") == 0)
            move_note(m, "%s: settled, it had arrived", cursor_judged_step(m)->id);
        err_clear(&m->err);
        close_open(e, m, "done");
        cursor_advance(e, m);
        return;
    case AGAIN:
        if (m->part == PART_SETTLE) {
            close_open(e, m, "done");
            cursor_advance(e, m);
            return;
        }
        close_open(e, m, "done");
        m->item++;
        m->doing = DO_LOOK;
        m->looks = 0;
        m->ahead_done = false;
        m->absent_since = 0;
        m->forgiven = 0;
        return;
    case WAIT:
        if (m->part == PART_SETTLE && m->open && m->open->new_id) { /* it has arrived */
            close_open(e, m, "done");
            cursor_advance(e, m);
            return;
        }
        wait_on(e, m);
        return;
    case ABSENT:
        absent(e, m);
        return;
    case RETRY:
        m->absent_since = 0;
        m->backoff = m->backoff > 0 ? m->backoff * 2 : RETRY_PAUSE_S;
        if (m->backoff > RETRY_PAUSE_MAX_S)
            m->backoff = RETRY_PAUSE_MAX_S;
        if (!limit_passed(e, m))
            pause_for(m, cadence_jitter(m->backoff));
        return;
    case HOLD:
        if (m->part == PART_SETTLE) {
            cursor_fail(e, m);
            return;
        }
        cursor_hold(e, m);
        return;
    case FAIL:
        cursor_fail(e, m);
        return;
    case VERDICT_MAX:
        break;
    }
    bug("no such verdict: %d", (int)v);
}

void cursor_judge(struct engine *e, struct move *m)
{
    const struct step *step = cursor_judged_step(m);
    struct look look;
    double now = clock_mono();
    enum verdict v;

    if (m->look_failed) {
        m->last_ok = 0;
        err_clear(&m->err);
        m->err = m->look_err;
        if (m->part == PART_SETTLE) /* nothing is settled that nobody could see */
            cursor_hold(e, m);
        else
            cursor_apply(e, m, has_changed_anything(m) ? HOLD : FAIL);
        return;
    }
    if (m->last_ok > 0)
        m->row->spent_s += now - m->last_ok;
    m->last_ok = now;
    m->looks++;
    m->quiet = false;
    err_clear(&m->err);
    watch_fill(m, &look);
    v = step->seen ? step->seen(m, &look) : NEXT;
    log_debug("%s: %s %s%s: %s", move_info(m), walk_name(m->walk), step->id,
              m->part == PART_SETTLE ? " (settling)" : "", verdict_name(v));
    cursor_apply(e, m, v);
}
