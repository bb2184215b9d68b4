/* SPDX-License-Identifier: Apache-2.0 */
/* rezone plan: what a move would do to servers, by reading only. */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/text_words.h"
#include "cli/launch.h"
#include "cli/result.h"
#include "cli/select.h"
#include "cloud/json.h"
#include "moves/losses.h"
#include "moves/user_data.h"
#include "show/format.h"
#include "show/table.h"

static const struct option_row options[] = {
    {"to", 0, "ZONE", OPTION_TEXT, NULL, "0.1.0", "the availability zone to move to"},
    {"addresses", 0, "keep|new", OPTION_CHOICE, "keep", "0.1.0",
     "keep the fixed IPs, MACs and floating IPs (with port forwardings), or take new "
     "ones"},
    {"nic-order", 0, "PORT,...", OPTION_TEXT, NULL, "0.1.0",
     "the ports in the guest's order, where no API tells it; each server's all, or none"},
    {"accept-loss", 0, LOSS_NAMES, OPTION_CHOICES, NULL, "0.1.0",
     "move it although this is lost (joined by ','; may be repeated)"},
    {OPTION_USER_DATA, 0, "FILE", OPTION_FILE, NULL, "0.1.0",
     "user_data for the target, where the cloud does not show the server's"},
    {"volumes", 0, "keep|copy", OPTION_CHOICE, "keep", "0.1.0",
     "attach the same volumes, or copies of them that lie in the target's zone"},
    {"strategy", 0, "auto|snapshot", OPTION_CHOICE, "auto", "0.1.0", "how to move"},
    SELECT_ROWS,
    {0},
};

static const char *const columns[] = {"server_id",   "server_name", "source_zone",
                                      "target_zone", "strategy",    "state",
                                      "error",       NULL};

static bool check(const struct call *call, struct err *err)
{
    if (call->args.len > 0 && select_given(call))
        return err_set(
            err, ERR_USAGE,
            "name servers, or select them with options: both together is not clear");
    return launch_check_options(call, err);
}

/* The run was kept in memory only, so its ids lead nowhere. */
static json_t *plan_json(const struct launch *l, const struct launch_item *item)
{
    json_t *move = launch_json(l, item);
    bool can = item->move && engine_at_gate(l->st->engine, item->move);
    const struct call *call = l->st->call;
    json_object_set_new(move, "id", json_null());
    json_object_set_new(move, "run_id", json_null());
    json_object_set_new(move, "walk", json_null());
    json_object_set_new(move, "step", json_null());
    if (can) {
        const char *order = given_text(call, "nic-order");
        const char *file = given_text(call, OPTION_USER_DATA);
        AUTO_FREE char *losses = strv_join(given_all(call, OPTION_ACCEPT_LOSS), ",");
        bool copies = text_eq(given_text(call, "volumes"), "copy");
        struct text quoted = {0};
        if (file)
            text_add_quoted(&quoted, file);
        AUTO_FREE char *next =
            xasprintf("rezone move %s --to %s --addresses %s%s%s%s%s%s%s%s", item->id,
                      given_text(call, "to"), given_text(call, "addresses"),
                      order ? " --nic-order " : "", order ? order : "",
                      copies ? " --volumes copy" : "", *losses ? " --accept-loss " : "",
                      losses, file ? " --user-data " : "", text_str(&quoted));
        text_clear(&quoted);
        json_object_set_new(move, "next", jtext(next));
    } else {
        json_object_set_new(move, "next", json_null());
    }
    return move;
}

/* For people: all servers at a glance; what belongs to each stands in its own table. */
static const char *const glance[] = {"server_name", "source_zone", "target_zone",
                                     "strategy",    "state",       NULL};

static void add_row(struct table *t, const char *what, const char *name, const char *text)
{
    table_add(t, xstrdup(what));
    table_add(t, text_printable(name, 80));
    table_add(t, text_printable(text, 2000));
}

static void add_rows(struct table *t, const json_t *list, const char *what)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        add_row(t, what, jstr(one, "name", ""), jstr(one, "text", ""));
}

/* What will be, and why, in at most 80 columns. */
static void say_details(const json_t *move)
{
    static const size_t widths[] = {8, 20, 42};
    AUTO_FREE char *name =
        stage_name(jstr(move, "server_name", ""), jstr(move, "server_id", ""));
    const char *state = jstr(move, "state", "");
    const char *error = jstr(move, "error", "");
    const char *word = text_eq(state, "failed")    ? "refused"
                       : text_eq(state, "skipped") ? "skipped"
                                                   : "can be moved";
    struct table t;
    table_init(&t, 3);
    t.at_most = widths;
    add_row(&t, "verdict", "what", "why");
    if (*error)
        add_row(&t, word, "", error);
    add_rows(&t, json_object_get(move, "lost"), "lost");
    add_rows(&t, json_object_get(move, "announced"), "changed");
    add_rows(&t, json_object_get(move, "kept"), "kept");
    printf("\n%s: %s\n", name, word);
    table_write(&t, stdout);
    table_clear(&t);
}

static bool show_people(const json_t *moves, struct err *err)
{
    size_t i;
    const json_t *move;
    format_list(stdout, FORMAT_TABLE, moves, glance);
    json_array_foreach(moves, i, move) say_details(move);
    return result_flush(err);
}

static enum outcome outcome(const struct launch *l, const struct launch_item *item)
{
    if (!item->move)
        return OUTCOME_REFUSED;
    if (engine_at_gate(l->st->engine, item->move))
        return OUTCOME_DONE;
    return outcome_of_move(move_state(item->move));
}

static int finish(struct launch *l)
{
    struct tally tally = {0};
    struct err err = {0};
    json_t *moves = json_array();
    for (size_t i = 0; i < l->items.len; i++) {
        const struct launch_item *item = l->items.at[i];
        tally.n[outcome(l, item)]++;
        json_array_append_new(moves, plan_json(l, item));
    }
    int status = tally_exit(&tally, ENGINE_OVER);
    const struct call *call = l->st->call;
    bool people =
        text_eq(given_text(call, "format"), "table") && !given_flag(call, "column");
    if (!(people ? show_people(moves, &err) : result_list(call, moves, &err)))
        status = stage_unwritten(l->st, &err, status);
    json_decref(moves);
    return status;
}

static bool find(struct launch *l, struct err *err)
{
    if (l->st->call->args.len > 0)
        return launch_find(l, err);
    if (!select_find(l, err))
        return false;
    if (l->items.len == 0)
        stage_say(l->st, "no server is selected");
    return true;
}

static int plan(struct launch *l)
{
    struct err err = {0};
    if (!launch_begin(l, "plan", &err))
        return launch_fail(l, &err);
    if (engine_n_moves(l->st->engine) > 0) {
        enum engine_end end = engine_go(l->st->engine, UNTIL_GATE, &err);
        if (end == ENGINE_INTERRUPTED)
            err_set(&err, ERR_INTERRUPT, "interrupted");
        if (end != ENGINE_OVER)
            return launch_fail(l, &err);
    }
    return finish(l);
}

static int run(const struct call *call)
{
    struct stage st;
    struct launch l = {.st = &st};
    struct err err = {0};
    int status;
    if (!stage_init(&st, call, &err) || !launch_read_files(&l, &err) ||
        !stage_open_cloud(&st, &err) || !stage_open_memory(&st, &err) ||
        !stage_open_engine(&st, &err))
        status = stage_fail(&st, &err);
    else if (!find(&l, &err))
        status = err_is_set(&err) ? launch_fail(&l, &err) : finish(&l);
    else
        status = plan(&l);
    launch_clear(&l);
    stage_clear(&st);
    return status;
}

const struct cmd cmd_plan = {
    .name = "plan",
    .group = "Looking",
    .summary = "show what a move would keep, change and lose, and what blocks it",
    .args = "[SERVER...] --to ZONE",
    .options = options,
    .max_args = ARGS_ANY,
    .flags = CMD_RESULT,
    .keys = move_keys,
    .columns = columns,
    .check = check,
    .examples = "  rezone plan web1 db1 --to az2\n"
                "  rezone plan --name 'web*' --to az2 -f json",
    .run = run,
};
