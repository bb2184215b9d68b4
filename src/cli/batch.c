/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one deed on a number of moves. */
#include "cli/batch.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/entry.h"
#include "cli/prompt.h"
#include "cli/question.h"
#include "cli/report.h"
#include "cli/resolve.h"
#include "cli/result.h"
#include "cli/unfinished.h"

struct batch {
    const struct call *call;
    enum deed deed;
    struct stage st;
    struct vec entries; /* struct entry * */
    bool unknown;       /* an id that names nothing, or several */
    bool interrupted;
    enum engine_end end;
};

static struct entry *entry_at(const struct batch *b, size_t i)
{
    return b->entries.at[i];
}

static void say_bad_id(void *ctx, const struct err *err)
{
    struct batch *b = ctx;
    stage_error_id(&b->st, err);
}

static bool is_named(const struct call *call, const struct move_row *row)
{
    for (size_t i = 0; i < call->args.len; i++)
        if (text_starts(row->id, call->args.at[i]))
            return true;
    return false;
}

/* Without ids only what is not over is meant. */
static void find_entries(struct batch *b)
{
    struct vec rows = {0};
    const struct strv *ids = &b->call->args;
    b->unknown = !resolve_ids(b->st.store, ids, &rows, say_bad_id, b);
    for (size_t i = 0; i < rows.len && !b->unknown; i++) {
        struct entry *entry = entry_new(rows.at[i], !is_named(b->call, rows.at[i]));
        rows.at[i] = NULL;
        entry_judge(entry, b->deed, &b->st);
        if (ids->len == 0 && entry->judgement == DEED_NOTHING)
            entry_free(entry);
        else
            vec_add(&b->entries, entry);
    }
    vec_clear(&rows, move_row_free);
}

static size_t count_go(const struct batch *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->entries.len; i++)
        n += entry_at(b, i)->judgement == DEED_GO;
    return n;
}

static bool asks(struct batch *b, const struct entry *entry)
{
    return entry->judgement == DEED_GO && !given_flag(b->call, "yes") &&
           deed_asks(b->deed, entry->row,
                     b->deed == DEED_RESUME && entry_yes_run(entry, &b->st));
}

/* Refuses what needs a person's word where nobody can be asked. */
static void check_consent(struct batch *b)
{
    struct err err = {0};
    bool told = false;
    if (stage_may_change(b->call, &err))
        return;
    for (size_t i = 0; i < b->entries.len; i++) {
        struct entry *entry = entry_at(b, i);
        if (!asks(b, entry))
            continue;
        entry->judgement = DEED_REFUSED;
        if (!told)
            stage_error(&b->st, &err);
        told = true;
    }
}

static bool open_cloud(struct batch *b, struct err *err)
{
    if (!stage_open_cloud(&b->st, err) || !stage_open_engine(&b->st, err))
        return false;
    struct world *world = b->st.world;
    if (b->deed == DEED_COMMIT)
        world->keep_image = given_flag(b->call, "keep-image");
    if (b->deed == DEED_DISCARD)
        world->lose_target_writes = given_flag(b->call, "lose-target-writes");
    if (b->deed == DEED_RESUME)
        accept_names(b->call, &world->accept);
    return stage_hello(&b->st, err);
}

/* Moves of another cloud or project: refused by name, passed over without ids. */
static void check_identity(struct batch *b)
{
    const char *here = stage_identity(&b->st);
    size_t others = 0;
    for (size_t i = 0; i < b->entries.len;) {
        struct entry *entry = entry_at(b, i);
        struct err err = {0};
        if (text_eq(entry->row->cloud, here) || entry->judgement != DEED_GO) {
            i++;
        } else if (b->call->args.len > 0) {
            err_set(&err, ERR_REFUSED,
                    "move %s belongs to another cloud or project (%s); this is %s",
                    entry->row->id, entry->row->cloud ? entry->row->cloud : "?", here);
            entry_refuse(entry, &b->st, &err);
            i++;
        } else {
            entry_free(vec_take(&b->entries, i));
            others++;
        }
    }
    if (others > 0)
        stage_say(&b->st,
                  "%zu unfinished moves belong to other clouds or projects: see 'rezone "
                  "status'",
                  others);
}

static void lock_all(struct batch *b)
{
    for (size_t i = 0; i < b->entries.len; i++)
        if (entry_at(b, i)->judgement == DEED_GO)
            entry_lock(entry_at(b, i), b->deed, &b->st);
}

/* What a person takes he has read of; nothing else is taken in his name. */
static void check_accept(struct batch *b)
{
    struct strv names = {0};
    if (b->deed == DEED_RESUME)
        accept_names(b->call, &names);
    for (size_t i = 0; i < b->entries.len && names.len > 0; i++) {
        struct entry *entry = entry_at(b, i);
        struct err err = {0};
        if (entry->judgement == DEED_GO && !accept_check(entry->row, &names, &err))
            entry_refuse(entry, &b->st, &err);
    }
    strv_clear(&names);
}

/* Scripts that say -y on everything must say once more that hours of writes may go. */
static void check_writes(struct batch *b)
{
    double now = clock_wall();
    if (b->deed != DEED_DISCARD || !given_flag(b->call, "yes") ||
        given_flag(b->call, "lose-target-writes"))
        return;
    for (size_t i = 0; i < b->entries.len; i++) {
        struct entry *entry = entry_at(b, i);
        struct err err = {0};
        char span[32];
        double served = question_served_s(entry->row, now);
        if (entry->judgement != DEED_GO || !deed_asks(b->deed, entry->row, false) ||
            served <= TARGET_WRITES_S)
            continue;
        clock_span(served, span);
        AUTO_FREE char *name = stage_name(entry->row->server_name, entry->row->server_id);
        err_set(
            &err, ERR_REFUSED,
            "%s: the target has served for %s, and a discard loses all that it wrote: "
            "add --lose-target-writes",
            name, span);
        entry_refuse(entry, &b->st, &err);
    }
}

static char *question(const struct batch *b, const struct entry *entry)
{
    double now = clock_wall();
    if (b->deed == DEED_COMMIT)
        return question_commit(entry->row, now);
    if (b->deed == DEED_DISCARD)
        return question_discard(entry->row, now);
    json_t *move = move_row_json(entry->row);
    char *words = question_move(move);
    json_decref(move);
    return words;
}

static void ask_all(struct batch *b)
{
    struct prompt prompt = {.in = STDIN_FILENO, .out = stderr, .loop = b->st.loop};
    for (size_t i = 0; i < b->entries.len && !b->interrupted; i++) {
        struct entry *entry = entry_at(b, i);
        if (!asks(b, entry))
            continue;
        AUTO_FREE char *words = question(b, entry);
        progress_pause(b->st.progress);
        enum answer answer = prompt_ask(&prompt, words);
        entry->declined = answer == ANSWER_NO;
        b->interrupted = answer == ANSWER_INTERRUPTED;
        /* The answer was given in view of what is lost. */
        if (answer == ANSWER_YES && b->deed == DEED_DISCARD)
            b->st.world->lose_target_writes = true;
    }
}

static void begin_all(struct batch *b)
{
    for (size_t i = 0; i < b->entries.len; i++) {
        struct entry *entry = entry_at(b, i);
        /* A move that was never begun and is declined is dropped; anything else stays. */
        bool drop = entry->declined && b->deed == DEED_RESUME;
        if (entry->judgement == DEED_GO && (!entry->declined || drop))
            entry_begin(entry, b->deed, &b->st);
        if (entry->move && drop)
            engine_decline(b->st.engine, entry->move, "declined at the prompt");
        b->st.begun = b->st.begun || entry->move;
    }
}

/* Nothing is begun, and nothing is written to standard output: who waits for a person or
 * for the cloud is told all the same. */
static int not_begun(struct batch *b, const struct err *err)
{
    int status = stage_fail(&b->st, err);
    for (size_t i = 0; i < b->entries.len; i++)
        if (unfinished_is(entry_at(b, i)->row))
            unfinished_say(&b->st, entry_at(b, i)->row);
    return status;
}

/* Gives 0, or the exit status of what keeps all of it from beginning. */
static int carry_out(struct batch *b)
{
    struct err err = {0};
    /* Without ids it is not known yet which of them are meant. */
    bool named = b->call->args.len > 0;
    if (named)
        check_consent(b);
    if (count_go(b) > 0) {
        bool open = open_cloud(b, &err);
        /* Resumable, so that it has a result. */
        if (!open && err.code == ERR_INTERRUPT) {
            stage_fail(&b->st, &err);
            return 0;
        }
        if (!open)
            return not_begun(b, &err);
        check_identity(b);
    }
    if (!named && b->entries.len == 0 && !given_flag(b->call, "quiet"))
        stage_say(&b->st, "nothing is unfinished here");
    if (!named)
        check_consent(b);
    lock_all(b);
    check_accept(b);
    check_writes(b);
    ask_all(b);
    if (b->interrupted)
        return 0;
    begin_all(b);
    if (!b->st.begun)
        return 0;
    b->end = engine_go(b->st.engine, UNTIL_OVER, &err);
    if (err_is_set(&err))
        stage_error(&b->st, &err);
    return 0;
}

static int finish(struct batch *b)
{
    struct tally tally = {0};
    struct err err = {0};
    json_t *moves = json_array();
    for (size_t i = 0; i < b->entries.len; i++) {
        const struct entry *entry = entry_at(b, i);
        json_t *move = entry_json(entry, b->st.store);
        tally.n[entry_outcome(entry, b->deed)]++;
        if (entry->store_failed)
            b->end = ENGINE_STATE;
        report_move(&b->st, move);
        json_array_append_new(moves, move);
    }
    if (b->unknown)
        tally.n[OUTCOME_REFUSED]++;
    int status = tally_exit(&tally, b->end);
    if (status != err_exit_status(ERR_STATE) && !result_list(b->call, moves, &err))
        status = stage_unwritten(&b->st, &err, status);
    json_decref(moves);
    return status;
}

int batch_run(const struct call *call, enum deed deed)
{
    struct batch b = {.call = call, .deed = deed, .end = ENGINE_OVER};
    struct err err = {0};
    int status = 0;
    if (!stage_init(&b.st, call, &err) || !stage_open_store(&b.st, STAGE_WRITE, &err)) {
        status = stage_fail(&b.st, &err);
    } else {
        find_entries(&b);
        status = b.unknown ? 0 : carry_out(&b);
        if (status == 0)
            status = finish(&b);
    }
    vec_clear(&b.entries, entry_free);
    stage_clear(&b.st);
    return status;
}
