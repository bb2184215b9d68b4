/* SPDX-License-Identifier: Apache-2.0 */
/* rezone show: all that is known of one move, with its requests and its journal. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/resolve.h"
#include "cli/result.h"
#include "cli/stage.h"
#include "cli/unfinished.h"
#include "cloud/json.h"
#include "show/table.h"

static const char *const keys[] = {
    "id",          "run_id",      "server_id", "server_name", "target_server_id",
    "source_zone", "target_zone", "strategy",  "state",       "walk",
    "step",        "serving",     "error",     "held_reason", "next",
    "kept",        "announced",   "lost",      "left",        "compare",
    "downtime_s",  "addresses",   "started",   "finished",    "asks",
    "journal",     NULL};
/* The comparison has a table of its own, and what was to be kept is in it; so have the
 * addresses. */
static const char *const columns[] = {
    "id",          "run_id",      "server_id", "server_name", "target_server_id",
    "source_zone", "target_zone", "strategy",  "state",       "walk",
    "step",        "serving",     "error",     "held_reason", "next",
    "announced",   "lost",        "left",      "downtime_s",  "started",
    "finished",    "asks",        "journal",   NULL};

static json_t *text_or_null(const char *s)
{
    return s ? jtext(s) : json_null();
}

static json_t *time_or_null(double wall)
{
    char iso[32];
    if (wall <= 0)
        return json_null();
    clock_iso(wall, iso);
    return json_string(iso);
}

static json_t *ask_json(const struct ask_row *row)
{
    json_t *ask = json_object();
    json_object_set_new(ask, "walk", text_or_null(row->walk));
    json_object_set_new(ask, "step", text_or_null(row->step));
    json_object_set_new(ask, "item", json_integer(row->item));
    json_object_set_new(ask, "attempt", json_integer(row->attempt));
    json_object_set_new(ask, "phase", text_or_null(row->phase));
    json_object_set_new(ask, "asked", time_or_null(row->intent_at));
    json_object_set_new(ask, "heard", time_or_null(row->heard_at));
    json_object_set_new(ask, "done", time_or_null(row->done_at));
    json_object_set_new(ask, "status",
                        row->status ? json_integer(row->status) : json_null());
    json_object_set_new(ask, "request_id", text_or_null(row->request_id));
    json_object_set_new(ask, "new_id", text_or_null(row->new_id));
    return ask;
}

static bool add_history(json_t *move, struct store *store, const char *id,
                        struct err *err)
{
    struct vec asks = {0}, journal = {0};
    bool ok =
        store_asks(store, id, &asks, err) && store_journal(store, id, &journal, err);
    json_t *ask_list = json_array(), *lines = json_array();
    for (size_t i = 0; i < asks.len; i++)
        json_array_append_new(ask_list, ask_json(asks.at[i]));
    for (size_t i = 0; i < journal.len; i++) {
        const struct journal_row *row = journal.at[i];
        json_t *line = json_object();
        json_object_set_new(line, "at", time_or_null(row->at));
        json_object_set_new(line, "what", text_or_null(row->what));
        json_array_append_new(lines, line);
    }
    json_object_set_new(move, "asks", ask_list);
    json_object_set_new(move, "journal", lines);
    vec_clear(&asks, ask_row_free);
    vec_clear(&journal, journal_row_free);
    return ok;
}

/* For people: one line for each request and each entry of the journal. */
static void shorten(json_t *move)
{
    json_t *asks = json_array(), *lines = json_array();
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(move, "asks"), i, row)
    {
        const char *new_id = jstr(row, "new_id", NULL);
        AUTO_FREE char *made = new_id ? xasprintf(" made %s", new_id) : xstrdup("");
        AUTO_FREE char *line = xasprintf(
            "%s %s %s: %s %lld%s %s", jstr(row, "asked", "?"), jstr(row, "walk", "?"),
            jstr(row, "step", "?"), jstr(row, "phase", "?"), jint(row, "status", 0), made,
            jstr(row, "request_id", ""));
        json_array_append_new(asks, jtext(line));
    }
    json_array_foreach(json_object_get(move, "journal"), i, row)
    {
        AUTO_FREE char *line =
            xasprintf("%s %s", jstr(row, "at", "?"), jstr(row, "what", ""));
        json_array_append_new(lines, jtext(line));
    }
    json_object_set_new(move, "asks", asks);
    json_object_set_new(move, "journal", lines);
}

/* For people: source and target side by side, at most 80 columns wide. */
static bool show_compare(const struct call *call, const json_t *move, struct err *err)
{
    static const size_t widths[] = {19, 20, 20, 7};
    static const char *const head[] = {"attribute", "source", "target", "verdict"};
    static const char *const members[] = {"name", "source", "target", "verdict"};
    const json_t *rows = json_object_get(move, "compare");
    struct table t;
    size_t i, k;
    const json_t *row;
    if (!text_eq(given_text(call, "format"), "table") || given_flag(call, "column") ||
        json_array_size(rows) == 0)
        return true;
    table_init(&t, 4);
    t.at_most = widths;
    for (k = 0; k < 4; k++)
        table_add(&t, xstrdup(head[k]));
    json_array_foreach(rows, i, row)
    {
        for (k = 0; k < 4; k++)
            table_add(&t, text_printable(jstr(row, members[k], "None"), 400));
    }
    table_write(&t, stdout);
    table_clear(&t);
    return result_flush(err);
}

/* To the second: what is shorter is of no interest to people. */
static char *second_of(const json_t *row, const char *key)
{
    const char *at = jstr(row, key, NULL);
    return at ? xasprintf("%.19sZ", at) : xstrdup("not yet");
}

/* For people: since when which address was on no server, and for how long. */
static bool show_addresses(const struct call *call, const json_t *move, struct err *err)
{
    static const size_t widths[] = {16, 20, 20, 8};
    static const char *const head[] = {"address", "off", "on again", "without"};
    const json_t *rows = json_object_get(move, "addresses"), *row;
    struct table t;
    size_t i;
    if (!text_eq(given_text(call, "format"), "table") || given_flag(call, "column") ||
        json_array_size(rows) == 0)
        return true;
    table_init(&t, 4);
    t.at_most = widths;
    for (i = 0; i < 4; i++)
        table_add(&t, xstrdup(head[i]));
    json_array_foreach(rows, i, row)
    {
        table_add(&t, text_printable(jstr(row, "address", "?"), 400));
        table_add(&t, second_of(row, "off"));
        table_add(&t, second_of(row, "on"));
        table_add(&t, xasprintf("%.1f s",
                                json_number_value(json_object_get(row, "without_s"))));
    }
    table_write(&t, stdout);
    table_clear(&t);
    return result_flush(err);
}

static bool find(struct stage *st, struct vec *rows, struct err *err)
{
    const char *id = st->call->args.at[0];
    if (!resolve_id(st->store, id, rows, err))
        return false;
    if (rows->len == 1)
        return true;
    struct text t = {0};
    for (size_t i = 0; i < rows->len; i++)
        text_addf(&t, "%s %s", i > 0 ? "," : "", ((struct move_row *)rows->at[i])->id);
    err_set(err, ERR_AMBIGUOUS, "run '%s' has %zu moves; show takes one of them:%s", id,
            rows->len, text_str(&t));
    text_clear(&t);
    return false;
}

static int run(const struct call *call)
{
    struct stage st;
    struct vec rows = {0};
    struct err err = {0};
    int status = 0;
    json_t *move = NULL;
    bool ok = stage_init(&st, call, &err) && stage_open_store(&st, STAGE_READ, &err);
    bool bad_id = ok && !find(&st, &rows, &err);
    ok = ok && !bad_id;
    if (ok) {
        ok = move_stored_json(st.store, rows.at[0], &move, &err) &&
             add_history(move, st.store, ((struct move_row *)rows.at[0])->id, &err);
        if (ok && !text_eq(given_text(call, "format"), "json"))
            shorten(move);
    }
    if (!ok && bad_id) {
        stage_error_id(&st, &err);
        status = err_exit_status(err.code);
    } else if (!ok) {
        status = stage_fail(&st, &err);
    } else if (!result_one(call, move, &err) || !show_compare(call, move, &err) ||
               !show_addresses(call, move, &err)) {
        status = stage_unwritten(&st, &err, 0);
    }
    if (ok && unfinished_is(rows.at[0]))
        unfinished_say(&st, rows.at[0]);
    json_decref(move);
    vec_clear(&rows, move_row_free);
    stage_clear(&st);
    return status;
}

const struct cmd cmd_show = {
    .name = "show",
    .group = "Looking",
    .summary = "show one move with its requests and its journal",
    .args = "ID",
    .min_args = 1,
    .max_args = 1,
    .flags = CMD_RESULT,
    .keys = keys,
    .columns = columns,
    .examples = "  rezone show 3f2a\n"
                "  rezone show 3f2a -f json -c journal",
    .run = run,
};
