/* SPDX-License-Identifier: Apache-2.0 */
/* rezone move: stop, snapshot, boot in another zone, compare; the source is kept. */
#include <unistd.h>

#include "base/mem.h"
#include "cli/launch.h"
#include "cli/prompt.h"
#include "cli/question.h"
#include "cli/report.h"
#include "cli/result.h"
#include "moves/losses.h"
#include "moves/probe.h"
#include "moves/user_data.h"

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
    {"probe", 0, "HOW", OPTION_TEXT, NULL, "0.1.0",
     "before a move counts as moved the target must answer: tcp:PORT a connection, "
     "http:[PORT]/PATH a page below 400, cmd:COMMAND ends with 0; may be repeated"},
    {"probe-timeout", 0, "SECONDS", OPTION_SECONDS, "300", "0.1.0",
     "how long each probe may take; after that the move is held"},
    {"parallel", 0, "N", OPTION_COUNT, "4", "0.1.0", "so many servers at the same time"},
    {"parallel-per-host", 0, "N", OPTION_COUNT, NULL, "0.1.0",
     "of those, so many from one source host"},
    {"parallel-per-zone", 0, "N", OPTION_COUNT, NULL, "0.1.0",
     "of those, so many into one zone"},
    {0},
};

/* Asks before each move that stands at the gate. False: interrupted. */
static bool ask_all(struct launch *l)
{
    struct stage *st = l->st;
    struct prompt prompt = {.in = STDIN_FILENO, .out = stderr, .loop = st->loop};
    for (size_t i = 0; i < l->items.len; i++) {
        struct launch_item *item = l->items.at[i];
        if (!item->move || !engine_at_gate(st->engine, item->move))
            continue;
        json_t *move = move_json(item->move);
        AUTO_FREE char *words = question_move(move);
        json_decref(move);
        progress_pause(st->progress);
        enum answer answer = prompt_ask(&prompt, words);
        if (answer == ANSWER_INTERRUPTED)
            return false;
        if (answer == ANSWER_NO)
            engine_decline(st->engine, item->move, "declined at the prompt");
    }
    return true;
}

static enum engine_end go(struct launch *l, struct err *err)
{
    struct engine *engine = l->st->engine;
    if (!given_flag(l->st->call, "yes")) {
        enum engine_end end = engine_go(engine, UNTIL_GATE, err);
        if (end != ENGINE_OVER)
            return end;
        if (!ask_all(l)) {
            /* Saves what was declined before. */
            end = engine_go(engine, UNTIL_GATE, err);
            return end == ENGINE_STATE ? end : ENGINE_INTERRUPTED;
        }
    }
    return engine_go(engine, UNTIL_OVER, err);
}

static int finish(struct launch *l, enum engine_end end)
{
    struct tally tally = {0};
    struct err err = {0};
    json_t *moves = json_array();
    for (size_t i = 0; i < l->items.len; i++) {
        const struct launch_item *item = l->items.at[i];
        json_t *move = launch_json(l, item);
        if (item->move)
            report_move(l->st, move);
        tally.n[item->move ? outcome_of_move(move_state(item->move)) : OUTCOME_REFUSED]++;
        json_array_append_new(moves, move);
    }
    int status = tally_exit(&tally, end);
    if (status != err_exit_status(ERR_STATE) && !result_list(l->st->call, moves, &err))
        status = stage_unwritten(l->st, &err, status);
    json_decref(moves);
    return status;
}

static int begin_and_go(struct launch *l)
{
    struct stage *st = l->st;
    struct err err = {0};
    if (!launch_check_open(l, &err) || !launch_begin(l, "move", &err))
        return launch_fail(l, &err);
    if (engine_n_moves(st->engine) == 0)
        return finish(l, ENGINE_OVER);
    st->begun = true;
    st->tells_run = !given_flag(st->call, "quiet");
    enum engine_end end = go(l, &err);
    if (err_is_set(&err))
        stage_error(st, &err);
    return finish(l, end);
}

static bool check(const struct call *call, struct err *err)
{
    const struct strv *probes = given_all(call, "probe");
    double seconds = given_seconds(call, "probe-timeout", 0);
    struct probe probe;
    for (size_t i = 0; i < probes->len; i++)
        if (!probe_parse(probes->at[i], &probe, err))
            return false;
    if (seconds <= 0 || seconds > PROBE_SECONDS_MAX)
        return err_set(err, ERR_USAGE,
                       "--probe-timeout takes seconds above 0 and up to %d",
                       PROBE_SECONDS_MAX);
    if (given_all(call, "probe-timeout")->len > 0 && probes->len == 0)
        return err_set(err, ERR_USAGE,
                       "--probe-timeout is for --probe, which is missing");
    return launch_check_options(call, err);
}

static int run(const struct call *call)
{
    struct stage st;
    struct launch l = {.st = &st};
    struct err err = {0}, refused = {0};
    int status;
    bool ok = stage_init(&st, call, &err) && launch_read_files(&l, &err);
    if (ok && !stage_may_change(call, &refused)) {
        launch_refuse_all(&l, &refused);
        status = finish(&l, ENGINE_OVER);
    } else if (!ok || !stage_open_cloud(&st, &err) ||
               !stage_open_store(&st, STAGE_CREATE, &err) ||
               !stage_open_engine(&st, &err)) {
        status = stage_fail(&st, &err);
    } else if (!launch_find(&l, &err)) {
        status = err_is_set(&err) ? launch_fail(&l, &err) : finish(&l, ENGINE_OVER);
    } else {
        status = begin_and_go(&l);
    }
    launch_clear(&l);
    stage_clear(&st);
    return status;
}

const struct cmd cmd_move = {
    .name = "move",
    .group = "Moving servers",
    .summary = "move servers to another zone; the sources are kept until commit",
    .args = "SERVER... --to ZONE",
    .options = options,
    .min_args = 1,
    .max_args = ARGS_ANY,
    .flags = CMD_CHANGES | CMD_RESULT,
    .keys = move_keys,
    .columns = move_columns,
    .check = check,
    .examples =
        "  rezone move web1 db1 --to az2\n"
        "  rezone move web1 --to az2 -y -f json >moves.json\n"
        "  rezone move web1 --to az2 --probe tcp:22 --probe 'cmd:./smoke-test -q'",
    .run = run,
};
