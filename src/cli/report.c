/* SPDX-License-Identifier: Apache-2.0 */
/* Sums moves up in sentences. */
#include "cli/report.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/unfinished.h"
#include "cloud/json.h"

#define TRIVIAL_S 1.0 /* nobody asks for an address that was gone for less */

/* NULL when the database has no such move or cannot be read; gives. */
static struct move_row *read_row(struct stage *st, const char *run_id, const char *id)
{
    struct vec rows = {0};
    struct err err = {0};
    struct move_row *row = NULL;
    if (st->store && *id && store_moves(st->store, run_id, id, &rows, &err) &&
        rows.len == 1)
        row = vec_take(&rows, 0);
    vec_clear(&rows, move_row_free);
    return row;
}

static void say_left(struct stage *st, const json_t *move)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(move, "left"), i, item) stage_detail(
        st, "  left behind: %s: %s", jstr(item, "name", ""), jstr(item, "text", ""));
}

static void say_over(struct stage *st, const json_t *move)
{
    const char *state = jstr(move, "state", "?");
    const char *why = jstr(move, "error", jstr(move, "held_reason", ""));
    const char *colon = *why ? ": " : "";
    AUTO_FREE char *name =
        stage_name(jstr(move, "server_name", ""), jstr(move, "server_id", ""));
    bool quiet = given_flag(st->call, "quiet");
    if (text_eq(state, "failed"))
        stage_say(st, "%s is not moved, nothing was changed%s%s", name, colon, why);
    else if (text_eq(state, "undone"))
        stage_say(st, "%s is undone, served by the source as before%s%s", name, colon,
                  why);
    else if (text_eq(state, "skipped"))
        stage_say(st, "%s is skipped%s%s", name, colon, why);
    else if (text_eq(state, "committed") && !quiet)
        stage_say(st, "%s is committed: the source is deleted, the target is %s", name,
                  jstr(move, "target_server_id", "?"));
    else if (!text_eq(state, "committed"))
        stage_say(st, "%s is %s%s%s", name, state, colon, why);
}

/* Those that were on no server for a second or more. What is off still is told
 * in any case. */
static void say_addresses(struct stage *st, const json_t *move)
{
    const char *state = jstr(move, "state", "");
    struct strv parts = {0};
    size_t i;
    const json_t *one;
    if (text_eq(state, "committed"))
        return;
    json_array_foreach(json_object_get(move, "addresses"), i, one)
    {
        double without = json_number_value(json_object_get(one, "without_s"));
        bool off = json_is_null(json_object_get(one, "on"));
        char span[32];
        if (without < TRIVIAL_S && !off)
            continue;
        clock_span(without, span);
        strv_take(&parts, xasprintf("%s for %s%s", jstr(one, "address", "?"), span,
                                    off ? " so far" : ""));
    }
    AUTO_FREE char *list = strv_join(&parts, ", ");
    if (parts.len > 0)
        stage_detail(st, "  addresses on no server: %s", list);
    strv_clear(&parts);
}

/* What cannot be read is told as it is known here; gives. */
static struct move_row *row_of_json(const json_t *move)
{
    struct move_row *row = move_row_new();
    const json_t *down_s = json_object_get(move, "downtime_s");
    row->id = xstrdup(jstr(move, "id", "?"));
    row->server_id = xstrdup(jstr(move, "server_id", ""));
    row->server_name = xstrdup(jstr(move, "server_name", NULL));
    row->target_server_id = xstrdup(jstr(move, "target_server_id", NULL));
    row->state = xstrdup(jstr(move, "state", "?"));
    row->walk = xstrdup(jstr(move, "walk", NULL));
    row->step = xstrdup(jstr(move, "step", NULL));
    row->serving = xstrdup(jstr(move, "serving", NULL));
    row->held_reason = xstrdup(jstr(move, "held_reason", NULL));
    if (json_is_number(down_s))
        row->down_at = clock_wall() - json_number_value(down_s);
    return row;
}

void report_move(struct stage *st, const json_t *move)
{
    struct move_row *row = read_row(st, jstr(move, "run_id", NULL), jstr(move, "id", ""));
    if (!row)
        row = row_of_json(move);
    if (unfinished_is(row))
        unfinished_say(st, row);
    else
        say_over(st, move);
    say_addresses(st, move);
    say_left(st, move);
    move_row_free(row);
}
