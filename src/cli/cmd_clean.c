/* SPDX-License-Identifier: Apache-2.0 */
/* rezone clean: find what runs left behind in the cloud, and delete what is surely ours.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/clean.h"
#include "cli/known.h"
#include "cli/prompt.h"
#include "cli/resolve.h"
#include "cli/result.h"
#include "cloud/json.h"

static const char *const keys[] = {"kind", "id", "name", "move_id", "why", NULL};

struct item {
    struct clean_move *move;
    struct leftover *l;
    bool agreed;
};

struct clean {
    struct stage st;
    struct inventory all;
    json_t *traces;
    struct vec moves; /* struct clean_move * */
    struct vec items; /* struct item *: what may be deleted, in the order of that */
    bool unknown, refused, interrupted;
    size_t failed;
    int status; /* of what stopped it */
};

static bool open_all(struct clean *c, const struct call *call, struct err *err)
{
    if (!stage_init(&c->st, call, err) || !stage_open_store(&c->st, STAGE_WRITE, err))
        return false;
    /* Without a database every move is one that is not known. */
    if (!c->st.store && !stage_open_memory(&c->st, err))
        return false;
    return stage_open_cloud(&c->st, err) && stage_open_engine(&c->st, err) &&
           stage_hello(&c->st, err);
}

/* ---- which moves ---- */

/* The one move of the cloud's marks that begins so. */
static bool find_trace(const struct clean *c, const char *typed, struct strv *ret,
                       struct err *err)
{
    const char *id, *found = NULL;
    json_t *trace;
    json_object_foreach(c->traces, id, trace)
    {
        if (!*typed || !text_starts(id, typed))
            continue;
        if (found)
            return err_set(err, ERR_AMBIGUOUS,
                           "'%s' is the beginning of several moves' ids: %s, %s", typed,
                           found, id);
        found = id;
    }
    if (!found) {
        AUTO_FREE char *shown = text_printable(typed, 60);
        return err_set(err, ERR_NOTFOUND,
                       "there is no run and no move '%s' in this database, and nothing "
                       "in this project bears its mark",
                       shown);
    }
    strv_add(ret, found);
    return true;
}

static bool find_ids(const struct clean *c, const char *typed, struct strv *ret,
                     struct err *err)
{
    struct vec rows = {0};
    struct err why = {0};
    bool ok = resolve_id(c->st.store, typed, &rows, &why);
    for (size_t i = 0; i < rows.len; i++)
        strv_add(ret, ((struct move_row *)rows.at[i])->id);
    vec_clear(&rows, move_row_free);
    if (!ok && why.code == ERR_NOTFOUND)
        return find_trace(c, typed, ret, err);
    if (!ok)
        *err = why;
    return ok;
}

/* *ret empty: all. */
static void find_wanted(struct clean *c, struct strv *ret)
{
    const struct strv *args = &c->st.call->args;
    for (size_t i = 0; i < args->len; i++) {
        struct err err = {0};
        if (find_ids(c, args->at[i], ret, &err))
            continue;
        stage_error_id(&c->st, &err);
        c->unknown = true;
    }
}

/* ---- what was left ---- */

static void judge(const struct clean *c, struct clean_move *m)
{
    vec_clear(&m->found, leftover_free);
    leftover_judge(&c->all, m->id, m->trace, &m->known, &m->found);
}

static bool may_delete(const struct clean_move *m)
{
    for (size_t i = 0; i < m->found.len; i++)
        if (((struct leftover *)m->found.at[i])->act != LEFT_TELL)
            return true;
    return false;
}

static bool read_known(struct clean *c, struct clean_move *m, struct err *err)
{
    known_move_clear(&m->known);
    xreplace(&m->run_id, NULL);
    return known_read(c->st.store, stage_identity(&c->st), m->id, &m->known, &m->run_id,
                      err);
}

/* Another process at work on its run: whatever the row says, it may not be over. */
static bool lock(struct clean *c, struct clean_move *m, struct err *err)
{
    struct err why = {0};
    if (engine_take_run(c->st.engine, m->run_id, &why)) {
        if (!read_known(c, m, err))
            return false;
        judge(c, m);
        return true;
    }
    if (why.code != ERR_LOCKED) {
        *err = why;
        return false;
    }
    for (size_t i = 0; i < m->found.len; i++)
        leftover_keep(m->found.at[i], why.text);
    return true;
}

static bool look_at_move(struct clean *c, const char *id, json_t *trace, struct err *err)
{
    struct clean_move *m = xcalloc(1, sizeof(*m));
    m->id = xstrdup(id);
    m->trace = json_incref(trace);
    vec_add(&c->moves, m);
    if (!read_known(c, m, err))
        return false;
    judge(c, m);
    return !m->run_id || !may_delete(m) || lock(c, m, err);
}

/* The database is read after the cloud: a thing has its intent on disk before it is. */
static bool look_at_all(struct clean *c, const struct strv *wanted, struct err *err)
{
    const char *id;
    json_t *trace;
    json_object_foreach(c->traces, id, trace)
    {
        if (wanted->len > 0 && !strv_has(wanted, id))
            continue;
        if (!look_at_move(c, id, trace, err))
            return false;
    }
    return true;
}

static void collect(struct clean *c)
{
    for (int act = LEFT_TELL + 1; act < LEFT_ACT_MAX; act++) {
        for (size_t i = 0; i < c->moves.len; i++) {
            struct clean_move *m = c->moves.at[i];
            for (size_t k = 0; k < m->found.len; k++) {
                struct leftover *l = m->found.at[k];
                if ((int)l->act != act)
                    continue;
                struct item *item = xcalloc(1, sizeof(*item));
                *item = (struct item){.move = m, .l = l};
                vec_add(&c->items, item);
            }
        }
    }
}

static bool find(struct clean *c, struct err *err)
{
    struct strv wanted = {0};
    if (!inventory_read(c->st.engine, c->st.world, &c->all, err))
        return false;
    c->traces = traces_of(&c->all);
    find_wanted(c, &wanted);
    bool ok = c->unknown || look_at_all(c, &wanted, err);
    strv_clear(&wanted);
    collect(c);
    return ok;
}

/* ---- telling ---- */

static size_t count(const struct clean *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->moves.len; i++)
        n += ((struct clean_move *)c->moves.at[i])->found.len;
    return n;
}

static void tell_kept(struct clean *c, const struct clean_move *m)
{
    for (size_t i = 0; i < m->found.len; i++) {
        const struct leftover *l = m->found.at[i];
        AUTO_FREE char *words = leftover_words(l);
        if (l->act == LEFT_TELL)
            stage_say(&c->st, "%s: %s", words, l->why);
    }
}

/* Where there are commands to type, they say all that is to be said of the move. */
static void advise(struct clean *c)
{
    for (size_t i = 0; i < c->moves.len; i++) {
        const struct clean_move *m = c->moves.at[i];
        struct strv lines = {0};
        if (!m->known.is_known)
            leftover_advice(&c->all, m->id, m->trace, &lines);
        for (size_t k = 0; k < lines.len; k++) {
            if (k == 0)
                stage_say(&c->st, "%s", lines.at[k]);
            else
                stage_detail(&c->st, "%s", lines.at[k]);
        }
        if (lines.len == 0)
            tell_kept(c, m);
        strv_clear(&lines);
    }
}

static void tell(struct clean *c)
{
    for (size_t i = 0; i < c->all.blind.len; i++)
        stage_say(&c->st, "%s", c->all.blind.at[i]);
    if (count(c) == 0 && !c->unknown && c->all.blind.len == 0 &&
        !given_flag(c->st.call, "quiet"))
        stage_say(&c->st, "nothing was left behind");
    advise(c);
}

/* ---- asking and doing ---- */

static void check_consent(struct clean *c)
{
    struct err err = {0};
    if (c->items.len == 0 || stage_may_change(c->st.call, &err))
        return;
    stage_error(&c->st, &err);
    c->refused = true;
}

static char *question(const struct item *item)
{
    AUTO_FREE char *words = leftover_words(item->l);
    AUTO_FREE char *why = text_printable(item->l->why, 600);
    return xasprintf("%s\n  %s %s\n%s it?", words, why, item->move->id,
                     item->l->act == LEFT_UNLOCK ? "Open" : "Delete");
}

static void ask_all(struct clean *c)
{
    struct prompt prompt = {.in = STDIN_FILENO, .out = stderr, .loop = c->st.loop};
    for (size_t i = 0; i < c->items.len && !c->interrupted; i++) {
        struct item *item = c->items.at[i];
        item->agreed = given_flag(c->st.call, "yes");
        if (item->agreed)
            continue;
        AUTO_FREE char *words = question(item);
        progress_pause(c->st.progress);
        enum answer answer = prompt_ask(&prompt, words);
        item->agreed = answer == ANSWER_YES;
        c->interrupted = answer == ANSWER_INTERRUPTED;
    }
}

/* Hours may have gone by at the prompt: whether an image has become the base of a server
 * meanwhile, only the lists can tell. */
static bool list_again(struct clean *c, struct err *err)
{
    if (given_flag(c->st.call, "yes"))
        return true;
    struct inventory fresh;
    if (!inventory_read(c->st.engine, c->st.world, &fresh, err))
        return false;
    inventory_clear(&c->all);
    c->all = fresh;
    return true;
}

static void stop(struct clean *c, const struct err *err)
{
    const int resumable = 4;
    bool interrupt = err->code == ERR_INTERRUPT;
    c->status = err_exit_status(err->code);
    c->interrupted = interrupt;
    if (c->status != err_exit_status(ERR_STATE))
        c->status = c->st.begun || interrupt ? resumable : c->status;
    stage_error_hint(&c->st, err, "'rezone clean' goes on from here");
}

static void do_all(struct clean *c)
{
    struct err err = {0};
    bool any = false;
    for (size_t i = 0; i < c->items.len; i++)
        any = any || ((struct item *)c->items.at[i])->agreed;
    if (any && !list_again(c, &err)) {
        stop(c, &err);
        return;
    }
    for (size_t i = 0; i < c->items.len && c->status == 0; i++) {
        const struct item *item = c->items.at[i];
        if (!item->agreed)
            continue;
        switch (clean_one(&c->st, &c->all, item->move, item->l, &err)) {
        case CLEAN_FAILED:
            c->failed++;
            break;
        case CLEAN_STOP:
            stop(c, &err);
            break;
        case CLEAN_DONE:
        case CLEAN_KEPT:
            break;
        }
    }
}

/* ---- the end ---- */

static int status_of(const struct clean *c)
{
    const int some_failed = 2, refused = 3, resumable = 4;
    if (c->status != 0)
        return c->status;
    if (c->interrupted)
        return resumable;
    if (c->unknown || c->refused)
        return refused;
    return c->failed > 0 || c->all.blind.len > 0 ? some_failed : 0;
}

static int finish(struct clean *c)
{
    int status = status_of(c);
    struct err err = {0};
    AUTO_JSON json_t *rows = json_array();
    for (size_t i = 0; i < c->moves.len; i++) {
        const struct clean_move *m = c->moves.at[i];
        for (size_t k = 0; k < m->found.len; k++)
            json_array_append_new(rows, leftover_json(m->found.at[k]));
    }
    if (status == err_exit_status(ERR_STATE) || status == err_exit_status(ERR_CONNECT))
        return status;
    if (!result_list(c->st.call, rows, &err))
        status = stage_unwritten(&c->st, &err, status);
    return status;
}

static int run(const struct call *call)
{
    struct clean c = {0};
    struct err err = {0};
    int status;
    if (!open_all(&c, call, &err) || !find(&c, &err)) {
        status = stage_fail(&c.st, &err);
    } else {
        tell(&c);
        check_consent(&c);
        if (!c.refused && !c.unknown)
            ask_all(&c);
        if (!c.refused && !c.unknown && !c.interrupted)
            do_all(&c);
        status = finish(&c);
    }
    vec_clear(&c.items, free);
    vec_clear(&c.moves, clean_move_free);
    json_decref(c.traces);
    inventory_clear(&c.all);
    stage_clear(&c.st);
    return status;
}

const struct cmd cmd_clean = {
    .name = "clean",
    .group = "Moving servers",
    .summary = "delete what runs left behind in the cloud",
    .args = "[ID...]",
    .min_args = 0,
    .max_args = ARGS_ANY,
    .flags = CMD_CHANGES | CMD_RESULT,
    .keys = keys,
    .columns = keys,
    .examples = "  rezone clean                  look, and ask before each deletion\n"
                "  rezone clean -f json          without a terminal: only look\n"
                "  rezone clean 3f2a -y          of one run, or one move",
    .run = run,
};
