/* SPDX-License-Identifier: Apache-2.0 */
/* rezone status: the moves of the database, those that are down first. */
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/resolve.h"
#include "cli/result.h"
#include "cli/stage.h"
#include "cli/unfinished.h"

#define WATCH_EVERY_S 0.5

static const struct option_row options[] = {
    {"watch", 0, NULL, OPTION_FLAG, NULL, "0.1.0",
     "show it again whenever something changes, until nothing is under way (with -f "
     "table or value)"},
    {0},
};

struct status {
    struct stage st;
    struct vec rows; /* struct move_row *, sorted */
    bool unknown, unwritten;
};

static int rank(const struct move_row *row)
{
    if (unfinished_is_down(row))
        return 0;
    return unfinished_is(row) ? 1 : 2;
}

/* Keeps the order of creation among equals; a database holds thousands at most, and most
 * of them in order already. */
static void sort(struct vec *rows)
{
    struct vec sorted = {0};
    for (int r = 0; r < 3; r++)
        for (size_t i = 0; i < rows->len; i++)
            if (rank(rows->at[i]) == r)
                vec_add(&sorted, rows->at[i]);
    vec_clear(rows, NULL);
    *rows = sorted;
}

static void say_bad_id(void *ctx, const struct err *err)
{
    struct status *s = ctx;
    stage_error_id(&s->st, err);
}

static void read_rows(struct status *s)
{
    vec_clear(&s->rows, move_row_free);
    s->unknown = !resolve_ids(s->st.store, &s->st.call->args, &s->rows, say_bad_id, s);
    sort(&s->rows);
}

static bool any_under_way(const struct status *s)
{
    for (size_t i = 0; i < s->rows.len; i++) {
        const struct move_row *row = s->rows.at[i];
        if (text_eq(row->state, "running") || text_eq(row->state, "planned"))
            return true;
    }
    return false;
}

static bool show(struct status *s, struct err *err)
{
    json_t *moves = json_array(), *move;
    bool ok = true;
    if (s->rows.len == 0 && !s->unknown && !given_flag(s->st.call, "quiet"))
        stage_say(&s->st, "there are no moves in this database");
    for (size_t i = 0; i < s->rows.len && ok; i++) {
        const struct move_row *row = s->rows.at[i];
        /* A moved one waits for nobody: told where it is asked for. */
        if (unfinished_is(row) &&
            (!text_eq(row->state, "moved") || s->st.call->args.len > 0))
            unfinished_say(&s->st, row);
        ok = move_stored_json(s->st.store, row, &move, err);
        if (ok)
            json_array_append_new(moves, move);
    }
    s->unwritten = ok && !result_list(s->st.call, moves, err);
    json_decref(moves);
    return ok && !s->unwritten;
}

/* A terminal shows one page, anything else (a file, a program) all of them in turn. */
static bool show_page(struct status *s, struct err *err)
{
    if (isatty(STDOUT_FILENO)) {
        fputs("\033[H\033[2J", stdout);
        /* Or it would wipe out what standard error says before the table. */
        fflush(stdout);
    }
    return show(s, err);
}

/* The store tells when it was written to, by whatever process; nothing wakes us for that.
 */
static bool watch(struct status *s, struct err *err)
{
    s->st.loop = loop_new(err);
    if (!s->st.loop)
        return false;
    long long shown = store_change(s->st.store);
    bool ok = show_page(s, err);
    while (ok && any_under_way(s) && loop_interrupts(s->st.loop) == 0) {
        ok = loop_wait(s->st.loop, clock_mono() + WATCH_EVERY_S, err);
        long long now = store_change(s->st.store);
        if (now == shown)
            continue;
        shown = now;
        read_rows(s);
        ok = ok && show_page(s, err);
    }
    return ok;
}

/* Several results in a row are neither JSON nor CSV. */
static bool check(const struct call *call, struct err *err)
{
    const char *format = given_text(call, "format");
    if (!given_flag(call, "watch") || text_eq(format, "table") ||
        text_eq(format, "value"))
        return true;
    return err_set(err, ERR_USAGE, "--watch goes with -f table or -f value, not with %s",
                   format);
}

static int run(const struct call *call)
{
    struct status s = {0};
    struct err err = {0};
    int status = 0;
    bool ok = stage_init(&s.st, call, &err) && stage_open_store(&s.st, STAGE_READ, &err);
    if (ok)
        read_rows(&s);
    if (ok && s.unknown)
        status = err_exit_status(ERR_NOTFOUND);
    if (ok && given_flag(call, "watch") && s.st.store && !s.unknown)
        ok = watch(&s, &err);
    else if (ok)
        ok = show(&s, &err);
    if (!ok && s.unwritten)
        status = stage_unwritten(&s.st, &err, 0);
    else if (!ok)
        status = stage_fail(&s.st, &err);
    vec_clear(&s.rows, move_row_free);
    stage_clear(&s.st);
    return status;
}

const struct cmd cmd_status = {
    .name = "status",
    .group = "Looking",
    .summary = "list moves: where they stand, who serves, what is down",
    .args = "[ID...]",
    .options = options,
    .max_args = ARGS_ANY,
    .flags = CMD_RESULT,
    .keys = move_keys,
    .columns = move_columns,
    .check = check,
    .examples = "  rezone status --watch\n"
                "  rezone status -f value -c id -c state",
    .run = run,
};
