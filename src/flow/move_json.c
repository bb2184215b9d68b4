/* SPDX-License-Identifier: Apache-2.0 */
/* The move as the JSON object that users and scripts see. Its keys are fixed. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "flow/move_int.h"

static json_t *string_or_null(const char *s)
{
    json_t *j = s ? json_string(s) : NULL;

    return j ? j : json_null();
}

static json_t *time_or_null(double wall)
{
    char iso[32];

    if (wall <= 0)
        return json_null();
    clock_iso(wall, iso);
    return json_string(iso);
}

json_t *move_list_of(const char *json)
{
    json_t *list = json ? json_loads(json, 0, NULL) : NULL;

    if (json_is_array(list))
        return list;
    json_decref(list);
    return json_array();
}

/* The command that goes on with this move, or NULL. Gives. */
static char *next_command(const struct move_row *row)
{
    if (strcmp(row->state, "moved") == 0)
        return xasprintf("rezone commit %s", row->id);
    if (strcmp(row->state, "planned") == 0 || strcmp(row->state, "running") == 0 ||
        strcmp(row->state, "held") == 0)
        return xasprintf("rezone resume %s", row->id);
    return NULL;
}

static json_t *downtime(const struct move_row *row)
{
    if (row->down_at <= 0)
        return json_null();
    if (row->up_at < row->down_at && row->serving && strcmp(row->serving, "source") == 0)
        return json_null(); /* its stop was refused: it never went down */
    if (row->up_at >= row->down_at)
        return json_real(row->up_at - row->down_at);
    return json_real(clock_wall() - row->down_at);
}

json_t *move_row_json(const struct move_row *row)
{
    json_t *j = json_object();
    AUTO_FREE char *next = next_command(row);

    json_object_set_new(j, "id", json_string(row->id));
    json_object_set_new(j, "run_id", string_or_null(row->run_id));
    json_object_set_new(j, "server_id", string_or_null(row->server_id));
    json_object_set_new(j, "server_name", string_or_null(row->server_name));
    json_object_set_new(j, "target_server_id", string_or_null(row->target_server_id));
    json_object_set_new(j, "source_zone", string_or_null(row->source_zone));
    json_object_set_new(j, "target_zone", string_or_null(row->target_zone));
    json_object_set_new(j, "strategy", string_or_null(row->strategy));
    json_object_set_new(j, "state", string_or_null(row->state));
    json_object_set_new(j, "walk", string_or_null(row->walk));
    json_object_set_new(j, "step", string_or_null(row->step));
    json_object_set_new(j, "serving", string_or_null(row->serving));
    json_object_set_new(j, "error", string_or_null(row->error));
    json_object_set_new(j, "held_reason", string_or_null(row->held_reason));
    json_object_set_new(j, "next", string_or_null(next));
    json_object_set_new(j, "kept", json_array());
    json_object_set_new(j, "announced", move_list_of(row->announced));
    json_object_set_new(j, "lost", move_list_of(row->lost));
    json_object_set_new(j, "left", move_list_of(row->left));
    json_object_set_new(j, "compare", json_array());
    json_object_set_new(j, "downtime_s", downtime(row));
    json_object_set_new(j, "addresses", json_array());
    json_object_set_new(j, "started", time_or_null(row->started));
    json_object_set_new(j, "finished", time_or_null(row->finished));
    return j;
}

/* For how long each was off; what is off still: until now, or the end of the move. */
static json_t *addresses(const struct move_row *row, const char *text)
{
    json_t *list = move_list_of(text), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        double off = json_number_value(json_object_get(one, "off"));
        double on = json_number_value(json_object_get(one, "on"));
        double until = row->finished > off ? row->finished : clock_wall();
        double without = (on > 0 ? on : until) - off;

        json_object_set_new(one, "off", time_or_null(off));
        json_object_set_new(one, "on", time_or_null(on));
        json_object_set_new(one, "without_s", json_real(without > 0 ? without : 0));
    }
    return list;
}

/* The lists that facts hold. */
static void add_facts(json_t *j, const struct move_row *row, const struct vec *facts)
{
    for (size_t i = 0; i < facts->len; i++) {
        const struct fact_row *fact = facts->at[i];

        if (strcmp(fact->name, FACT_KEPT) == 0 || strcmp(fact->name, FACT_COMPARE) == 0)
            json_object_set_new(j, fact->name, move_list_of(fact->value));
        else if (strcmp(fact->name, FACT_ADDRESSES) == 0)
            json_object_set_new(j, fact->name, addresses(row, fact->value));
    }
}

bool move_stored_json(struct store *store, const struct move_row *row, json_t **ret,
                      struct err *err)
{
    struct vec facts = {0};

    if (!store_facts(store, row->id, &facts, err))
        return false;
    *ret = move_row_json(row);
    add_facts(*ret, row, &facts);
    vec_clear(&facts, fact_row_free);
    return true;
}

json_t *move_json(const struct move *m)
{
    const struct step *step = m->begun ? move_row_step(m) : NULL;
    struct move_row row = *m->row;
    json_t *j;

    row.state = (char *)move_state_name(m->state);
    row.walk = m->begun ? (char *)walk_name(m->walk) : NULL;
    row.step = step ? (char *)step->id : NULL;
    row.announced = row.lost = row.left = NULL;
    j = move_row_json(&row);
    json_object_set(j, "announced", m->announced);
    json_object_set(j, "lost", m->lost_list);
    json_object_set(j, "left", m->left_list);
    add_facts(j, &row, &m->facts);
    return j;
}
