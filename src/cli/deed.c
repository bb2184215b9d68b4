/* SPDX-License-Identifier: Apache-2.0 */
/* The table of states and commands, and what resume may accept. */
#include "cli/deed.h"

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/stage.h"
#include "cloud/json.h"

static bool is_walk(const struct move_row *row, enum walk walk)
{
    return text_eq(row->walk, walk_name(walk));
}

static enum judgement judge_resume(enum move_state state)
{
    bool open = state == MOVE_PLANNED || state == MOVE_RUNNING || state == MOVE_HELD;
    return open ? DEED_GO : DEED_NOTHING;
}

static bool ended_without_trace(enum move_state state)
{
    return state == MOVE_SKIPPED || state == MOVE_FAILED || state == MOVE_UNDONE;
}

static enum judgement judge_commit(const struct move_row *row, enum move_state state,
                                   bool by_run)
{
    if (state == MOVE_MOVED)
        return DEED_GO;
    if ((state == MOVE_RUNNING || state == MOVE_HELD) && is_walk(row, WALK_COMMIT))
        return DEED_GO;
    if (state == MOVE_COMMITTED || (by_run && ended_without_trace(state)))
        return DEED_NOTHING;
    return DEED_REFUSED;
}

static enum judgement judge_discard(const struct move_row *row, enum move_state state,
                                    bool by_run)
{
    /* A commit that is held may have deleted nothing yet: that is for the engine to tell.
     * One that runs would be driven on, were it given to the engine. */
    if (state == MOVE_RUNNING && is_walk(row, WALK_COMMIT))
        return DEED_REFUSED;
    if (state == MOVE_PLANNED || state == MOVE_RUNNING || state == MOVE_HELD ||
        state == MOVE_MOVED)
        return DEED_GO;
    if (state == MOVE_UNDONE || (by_run && ended_without_trace(state)))
        return DEED_NOTHING;
    return DEED_REFUSED;
}

static void refuse(enum deed deed, const struct move_row *row, struct err *err)
{
    AUTO_FREE char *name = stage_name(row->server_name, row->server_id);
    const char *walk = text_eq(row->state, "running") && row->walk ? row->walk : NULL;
    const char *why = "only a moved one can be committed";
    if (deed == DEED_DISCARD)
        why = is_walk(row, WALK_COMMIT) || text_eq(row->state, "committed")
                  ? "what its commit deleted cannot come back"
                  : "there is nothing to go back from";
    err_set(err, ERR_REFUSED, "%s: move %s is %s%s%s: %s", name, row->id, row->state,
            walk ? ", " : "", walk ? walk : "", why);
}

enum judgement deed_judge(enum deed deed, const struct move_row *row, bool by_run,
                          struct err *err)
{
    enum move_state state;
    enum judgement judgement = DEED_REFUSED;
    if (!move_state_from(row->state, &state)) {
        err_set(err, ERR_STATE, "move %s has the unknown state '%s'", row->id,
                row->state);
        return DEED_REFUSED;
    }
    if (deed == DEED_RESUME)
        judgement = judge_resume(state);
    else if (deed == DEED_COMMIT)
        judgement = judge_commit(row, state, by_run);
    else
        judgement = judge_discard(row, state, by_run);
    if (judgement == DEED_REFUSED)
        refuse(deed, row, err);
    return judgement;
}

bool deed_asks(enum deed deed, const struct move_row *row, bool yes_run)
{
    if (deed == DEED_RESUME)
        return text_eq(row->state, "planned") && !yes_run;
    if (deed == DEED_COMMIT)
        return text_eq(row->state, "moved");
    return !(text_eq(row->state, "running") &&
             (is_walk(row, WALK_BACK) || is_walk(row, WALK_DISCARD)));
}

void accept_names(const struct call *call, struct strv *ret)
{
    const struct strv *given = given_all(call, "accept");
    for (size_t i = 0; i < given->len; i++)
        strv_split(ret, given->at[i], ',');
}

bool accept_check_options(const struct call *call, struct err *err)
{
    const struct strv *given = given_all(call, "accept");
    bool ok = true;
    for (size_t i = 0; i < given->len && ok; i++) {
        struct strv names = {0};
        strv_split(&names, given->at[i], ',');
        if (names.len == 0)
            ok = err_set(err, ERR_USAGE,
                         "--accept takes the names of differences, not '%s'",
                         given->at[i]);
        strv_clear(&names);
    }
    return ok;
}

static void lost_names(const struct move_row *row, struct strv *ret)
{
    AUTO_JSON json_t *lost = row->lost ? json_loads(row->lost, 0, NULL) : NULL;
    size_t i;
    const json_t *one;
    json_array_foreach(lost, i, one)
    {
        AUTO_FREE char *name = text_printable(jstr(one, "name", "?"), 80);
        strv_add(ret, name);
    }
}

bool accept_check(const struct move_row *row, const struct strv *names, struct err *err)
{
    struct strv lost = {0};
    AUTO_FREE char *name = stage_name(row->server_name, row->server_id);
    bool ok = true;
    if (!text_eq(row->state, "held")) {
        ok = err_set(err, ERR_REFUSED,
                     "%s: --accept is for held moves, and move %s is %s: resume it "
                     "without that",
                     name, row->id, row->state);
    } else {
        lost_names(row, &lost);
    }
    for (size_t i = 0; i < names->len && ok; i++) {
        if (strv_has(&lost, names->at[i]))
            continue;
        AUTO_FREE char *there = strv_join(&lost, ", ");
        AUTO_FREE char *safe = text_printable(names->at[i], 80);
        ok = err_set(
            err, ERR_REFUSED, "%s: move %s has no difference '%s'; %s%s", name, row->id,
            safe, lost.len > 0 ? "there are: " : "it is held for another reason", there);
    }
    strv_clear(&lost);
    return ok;
}
