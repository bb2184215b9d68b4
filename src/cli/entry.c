/* SPDX-License-Identifier: Apache-2.0 */
/* Takes one move of a batch through judging, locking and beginning. */
#include "cli/entry.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"

struct entry *entry_new(struct move_row *row, bool by_run)
{
    struct entry *entry = xcalloc(1, sizeof(*entry));
    entry->row = row;
    entry->by_run = by_run;
    return entry;
}

void entry_free(void *entry)
{
    struct entry *e = entry;
    if (!e)
        return;
    move_row_free(e->row);
    free(e);
}

void entry_refuse(struct entry *entry, struct stage *st, const struct err *err)
{
    entry->judgement = DEED_REFUSED;
    stage_error(st, err);
}

void entry_judge(struct entry *entry, enum deed deed, struct stage *st)
{
    struct err err = {0};
    entry->was = MOVE_STATE_MAX;
    entry->was_walk = WALK_MAX;
    (void)move_state_from(entry->row->state, &entry->was);
    (void)walk_from(entry->row->walk, &entry->was_walk);
    entry->judgement = deed_judge(deed, entry->row, entry->by_run, &err);
    if (entry->judgement == DEED_REFUSED)
        entry_refuse(entry, st, &err);
}

static bool read_again(struct entry *entry, struct stage *st, struct err *err)
{
    struct vec rows = {0};
    bool ok = store_moves(st->store, entry->row->run_id, entry->row->id, &rows, err);
    if (ok && rows.len != 1)
        ok = err_set(err, ERR_NOTFOUND, "move %s is not in the database any more",
                     entry->row->id);
    if (ok) {
        move_row_free(entry->row);
        entry->row = vec_take(&rows, 0);
    }
    vec_clear(&rows, move_row_free);
    return ok;
}

void entry_lock(struct entry *entry, enum deed deed, struct stage *st)
{
    struct err err = {0};
    if (!engine_take_run(st->engine, entry->row->run_id, &err) ||
        !read_again(entry, st, &err)) {
        entry->store_failed = err.code == ERR_STATE;
        entry_refuse(entry, st, &err);
    } else {
        entry_judge(entry, deed, st);
    }
}

void entry_begin(struct entry *entry, enum deed deed, struct stage *st)
{
    struct err err = {0};
    struct move *m = engine_restore(st->engine, entry->row, &err);
    if (!m) {
        /* Else it is the move that this rezone cannot go on with. */
        entry->store_failed = store_trouble(st->store) != STORE_FINE;
        entry_refuse(entry, st, &err);
        return;
    }
    bool ok = deed == DEED_RESUME   ? engine_resume(st->engine, m, &err)
              : deed == DEED_COMMIT ? engine_commit(st->engine, m, &err)
                                    : engine_discard(st->engine, m, &err);
    if (ok)
        entry->move = m;
    else
        entry_refuse(entry, st, &err);
}

bool entry_yes_run(const struct entry *entry, struct stage *st)
{
    struct vec rows = {0};
    struct err err = {0};
    bool yes = false;
    if (store_runs(st->store, entry->row->run_id, &rows, &err) && rows.len == 1) {
        const struct run_row *run = rows.at[0];
        json_t *options = run->options ? json_loads(run->options, 0, NULL) : NULL;
        yes = jbool(options, "yes", false);
        json_decref(options);
    }
    vec_clear(&rows, run_row_free);
    return yes;
}

enum outcome entry_outcome(const struct entry *entry, enum deed deed)
{
    if (entry->judgement == DEED_REFUSED)
        return OUTCOME_REFUSED;
    if (entry->judgement == DEED_NOTHING || entry->declined)
        return OUTCOME_DONE;
    /* Without a move the command ended before it was begun. */
    if (!entry->move)
        return OUTCOME_OPEN;
    enum move_state state = move_state(entry->move);
    if (deed == DEED_COMMIT)
        return outcome_of_commit(state);
    if (deed == DEED_DISCARD)
        return outcome_of_discard(state);
    return outcome_of_resume(entry->was, entry->was_walk, state);
}

json_t *entry_json(const struct entry *entry, struct store *store)
{
    json_t *move;
    if (entry->move)
        return move_json(entry->move);
    if (move_stored_json(store, entry->row, &move, NULL))
        return move;
    return move_row_json(entry->row); /* better than nothing of a broken store */
}
