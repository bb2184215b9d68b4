/* SPDX-License-Identifier: Apache-2.0 */
/* Says how things stand with moves that are not over. */
#include "cli/unfinished.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "moves/registry.h"

static bool is_state(const struct move_row *row, const char *state)
{
    return text_eq(row->state, state);
}

bool unfinished_is(const struct move_row *row)
{
    return is_state(row, "planned") || is_state(row, "running") ||
           is_state(row, "held") || is_state(row, "moved");
}

bool unfinished_is_down(const struct move_row *row)
{
    /* A source that was stopped before the move is served by nobody, and not our doing.
     */
    return unfinished_is(row) && text_eq(row->serving, "none") && row->down_at > 0 &&
           row->up_at <= row->down_at;
}

/* "since 2026-01-02T03:04:05Z (12 min)"; gives. */
static char *since(double at, double now)
{
    char iso[32], span[32];
    clock_iso(at, iso);
    clock_span(now > at ? now - at : 0, span);
    return xasprintf("since %.19sZ (%s)", iso, span);
}

/* Who serves; gives. */
static char *serving_words(const struct move_row *row, double now)
{
    if (unfinished_is_down(row)) {
        AUTO_FREE char *when = since(row->down_at, now);
        /* Down counts from the moment of asking; whether it stopped is not seen yet. */
        return xasprintf("%s %s", text_eq(row->step, "stop") ? "may be DOWN" : "DOWN",
                         when);
    }
    if (text_eq(row->serving, "target"))
        return xasprintf("served by the target %s",
                         row->target_server_id ? row->target_server_id : "");
    if (text_eq(row->serving, "both"))
        return xasprintf("served by BOTH, the source and the target %s",
                         row->target_server_id ? row->target_server_id : "");
    if (text_eq(row->serving, "none"))
        return xstrdup("not running (as before the move)");
    return xstrdup("served by the source");
}

/* Does its commit stand at a row at which the source may still be there? */
static bool may_still_go_back(const struct move_row *row)
{
    for (size_t i = 0; strategies[i]; i++) {
        const struct strategy *s = strategies[i];
        bool returns = true;
        for (size_t k = 0; k < s->n_commit_steps && returns; k++) {
            if (text_eq(row->step, s->commit_steps[k].id))
                return true;
            returns = !(s->commit_steps[k].flags & STEP_NO_RETURN);
        }
    }
    return false;
}

/* What to type; by the table of states. Gives. */
static char *next_words(const struct move_row *row)
{
    const char *id = row->id;
    if (is_state(row, "moved"))
        return xasprintf(
            "'rezone commit %s' deletes the source, 'rezone discard %s' goes back", id,
            id);
    if (is_state(row, "planned"))
        return xasprintf("nothing is changed yet: 'rezone resume %s' begins, "
                         "'rezone discard %s' drops it",
                         id, id);
    bool commit = text_eq(row->walk, "commit");
    if (is_state(row, "held") && commit && may_still_go_back(row))
        return xasprintf("'rezone resume %s' looks again and goes on with the commit, "
                         "'rezone discard %s' goes back as long as nothing is deleted",
                         id, id);
    if (is_state(row, "held") && commit)
        return xasprintf("'rezone resume %s' looks again and goes on with the commit",
                         id);
    if (is_state(row, "held"))
        return xasprintf("'rezone resume %s' looks again, 'rezone discard %s' goes back",
                         id, id);
    bool forward = !row->walk || text_eq(row->walk, "forward");
    if (forward)
        return xasprintf("'rezone resume %s' goes on, 'rezone discard %s' goes back", id,
                         id);
    return xasprintf("'rezone resume %s' goes on with the %s", id,
                     text_eq(row->walk, "commit") ? "commit" : "way back");
}

char *unfinished_words(const struct move_row *row, double now)
{
    AUTO_FREE char *name = stage_name(row->server_name, row->server_id);
    AUTO_FREE char *serving = serving_words(row, now);
    AUTO_FREE char *next = next_words(row);
    const char *why = is_state(row, "held") && row->held_reason ? row->held_reason : "";
    return xasprintf("%s is %s%s%s, %s: %s", name, row->state, *why ? ": " : "", why,
                     serving, next);
}

void unfinished_say(struct stage *st, const struct move_row *row)
{
    AUTO_FREE char *words = unfinished_words(row, clock_wall());
    stage_say(st, "%s", words);
}
