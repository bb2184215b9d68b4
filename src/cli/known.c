/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a move's row, facts and capture for the judgement of what it left behind. */
#include "cli/known.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/steps.h"

static bool read_facts(struct store *store, const char *move_id, struct known_move *ret,
                       struct err *err)
{
    struct vec facts = {0};
    bool ok = store_facts(store, move_id, &facts, err);
    for (size_t i = 0; i < facts.len; i++) {
        const struct fact_row *fact = facts.at[i];
        if (text_eq(fact->name, FACT_IMAGE))
            xreplace(&ret->image, fact->value);
        if (text_eq(fact->name, FACT_PORTS))
            xreplace(&ret->ports, fact->value);
        if (text_eq(fact->name, FACT_KEEP_IMAGE))
            ret->keeps_image = true;
    }
    vec_clear(&facts, fact_row_free);
    return ok;
}

static bool read_capture(struct store *store, const char *move_id, struct known_move *ret,
                         struct err *err)
{
    AUTO_FREE char *text = NULL;
    if (!store_capture(store, move_id, &text, err))
        return false;
    AUTO_JSON json_t *capture = text ? json_loads(text, 0, NULL) : NULL;
    ret->was_locked = jbool(jget(capture, "server"), "locked", false);
    return true;
}

static void fill(struct known_move *ret, const struct move_row *row, const char *cloud)
{
    ret->is_known = true;
    ret->is_here = text_eq(row->cloud, cloud);
    if (!move_state_from(row->state, &ret->state))
        ret->state = MOVE_STATE_MAX;
    ret->source_id = xstrdup(row->server_id);
    ret->target_id = xstrdup(row->target_server_id);
}

bool known_read(struct store *store, const char *cloud, const char *move_id,
                struct known_move *ret, char **ret_run, struct err *err)
{
    struct vec rows = {0};
    struct known_move known = {0};
    bool ok = store_moves(store, NULL, move_id, &rows, err);
    *ret_run = NULL;
    for (size_t i = 0; ok && i < rows.len && !known.is_known; i++) {
        const struct move_row *row = rows.at[i];
        if (!text_eq(row->id, move_id))
            continue;
        fill(&known, row, cloud);
        ok = read_facts(store, move_id, &known, err) &&
             read_capture(store, move_id, &known, err);
        if (ok)
            *ret_run = xstrdup(row->run_id);
    }
    vec_clear(&rows, move_row_free);
    if (ok)
        *ret = known;
    else
        known_move_clear(&known);
    return ok;
}
