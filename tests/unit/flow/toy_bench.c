/* SPDX-License-Identifier: Apache-2.0 */
/* The bench: sets the toy world up around an engine, and looks at the laws all the time.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

#define CLOUD "toy cloud"
#ifndef TOY_SEED
#define TOY_SEED 1
#endif

int toy_set_up(void **state)
{
    struct toy *t = xcalloc(1, sizeof *t);
    /* In memory where that is possible: the laws are about death, not about power. */
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    clock_set_test(1000, 1700000000);
    t->dir = xasprintf("%s/rezone-flow-XXXXXX", base);
    if (!mkdtemp(t->dir))
        return -1;
    t->db = xasprintf("%s/rezone.db", t->dir);
    t->effects = json_object();
    t->power_s = 2;
    t->save_s = 20;
    t->build_s = 10;
    t->latency = 0.05;
    t->options.settle_s = -1;
    toy_net_new(t);
    *state = t;
    return 0;
}

static void close_all(struct toy *t)
{
    engine_free(t->engine);
    store_close(t->store);
    store_close(t->reader);
    t->engine = NULL;
    t->store = t->reader = NULL;
}

static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *one;

    while (dir && (one = readdir(dir))) {
        AUTO_FREE char *file = xasprintf("%s/%s", path, one->d_name);

        (void)unlink(file);
    }
    if (dir)
        (void)closedir(dir);
    (void)rmdir(path);
}

int toy_tear_down(void **state)
{
    struct toy *t = *state;
    int broken = t->behind + t->unintended + t->both_ran;

    if (t->behind)
        print_error("%d events told what the store did not hold\n", t->behind);
    if (t->unintended)
        print_error("%d requests had no intent on disk\n", t->unintended);
    if (t->both_ran)
        print_error("a source ran beside its target\n");
    close_all(t);
    toy_net_free(t);
    toy_cloud_free(t);
    strv_clear(&t->events);
    strv_clear(&t->known);
    remove_folder(t->dir);
    free(t->dir);
    free(t->db);
    free(t->run_id);
    free(t);
    clock_set_real();
    return broken;
}

/* ---- events: told only after they are durable (law 1) ---- */

static const struct move *by_id(const struct toy *t, const char *id)
{
    for (size_t i = 0; i < engine_n_moves(t->engine); i++)
        if (text_eq(move_id(engine_move(t->engine, i)), id))
            return engine_move(t->engine, i);
    return NULL;
}

static void check_event(struct toy *t, const struct event *event)
{
    const struct move *m = by_id(t, event->move_id);
    struct vec rows = {0};
    struct err err = {0};

    if (!m)
        return;
    assert_true(store_moves(t->reader, NULL, event->move_id, &rows, &err));
    if (rows.len != 1 || !text_eq(((struct move_row *)rows.at[0])->state,
                                  move_state_name(move_state(m)))) {
        t->behind++;
        print_error("%s of %s: told %s, stored %s\n", event_type_name(event->type),
                    event->server_id, event->state,
                    rows.len ? ((struct move_row *)rows.at[0])->state : "nothing");
    }
    vec_clear(&rows, move_row_free);
}

static void observe(void *ctx, const struct event *event)
{
    struct toy *t = ctx;

    if (event->type != EVENT_TOTALS)
        strv_take(&t->events, xasprintf("%s %s %s: %s", event_type_name(event->type),
                                        event->server_id ? event->server_id : "-",
                                        event->type == EVENT_MOVE_STATE ? event->state
                                        : event->step                   ? event->step
                                                                        : "-",
                                        event->text ? event->text : ""));
    if (event->move_id)
        check_event(t, event);
    if (t->on_event)
        t->on_event(t, event);
}

/* ---- the engine ---- */

void toy_engine(struct toy *t)
{
    struct engine_options o = t->options;
    struct err err = {0};

    t->store = toy_store_open(t);
    t->reader = store_open(t->db, true, NULL, &err);
    if (!t->reader)
        fail_msg("opening %s to read: %s", t->db, err.text);
    o.loop = t->loop;
    o.http = t->http;
    o.store = t->store;
    o.world = t;
    o.services = &toy_service_rows;
    if (!o.strategies)
        o.strategies = toy_strategies;
    o.observe = observe;
    o.observe_ctx = t;
    t->engine = engine_new(&o);
}

void toy_start_with(struct toy *t, const struct strategy *strategy, int n)
{
    json_t *options = json_pack("{s:s}", "to", "zone-b");
    struct err err = {0};

    toy_engine(t);
    if (!engine_begin_run(t->engine, "move", CLOUD, options, &err))
        fail_msg("beginning a run: %s", err.text);
    json_decref(options);
    t->run_id = xstrdup(engine_run_id(t->engine));
    for (int i = 1; i <= n; i++) {
        AUTO_FREE char *id = xasprintf("s%d", i);

        if (!toy_server(t, id))
            toy_server_new(t, id);
        if (!engine_add(t->engine, strategy, id, NULL, "zone-b", &err))
            fail_msg("adding %s: %s", id, err.text);
    }
    /* libuuid seeds random() anew, with the time of day: the jitter of a test is the same
     * in every run. */
    srandom(TOY_SEED);
}

void toy_start(struct toy *t, int n)
{
    toy_start_with(t, &toy_strategy, n);
}

void toy_die(struct toy *t)
{
    t->dead = true;
    toy_net_drop(t);
    close_all(t);
}

void toy_restart(struct toy *t)
{
    struct vec rows = {0};
    struct err err = {0};

    if (t->engine)
        toy_die(t);
    t->dead = t->preparing = t->token_ok = false;
    t->die_at = t->die_at_commit = 0;
    t->interrupts = 0;
    t->interrupt_at = 0;
    toy_engine(t);
    if (!engine_take_run(t->engine, t->run_id, &err) ||
        !store_moves(t->store, t->run_id, NULL, &rows, &err))
        fail_msg("taking the run: %s", err.text);
    for (size_t i = 0; i < rows.len; i++)
        if (!engine_restore(t->engine, rows.at[i], &err))
            fail_msg("restoring: %s", err.text);
    vec_clear(&rows, move_row_free);
    srandom(TOY_SEED);
}

void toy_resume(struct toy *t)
{
    toy_restart(t);
    for (size_t i = 0; i < engine_n_moves(t->engine); i++) {
        struct move *m = engine_move(t->engine, i);
        struct err err = {0};

        if (move_state(m) <= MOVE_RUNNING || move_state(m) == MOVE_HELD)
            if (!engine_resume(t->engine, m, &err))
                fail_msg("resuming: %s", err.text);
    }
}

enum engine_end toy_go(struct toy *t)
{
    struct err err = {0};

    return engine_go(t->engine, UNTIL_OVER, &err);
}

/* ---- looking at what became of it ---- */

struct move *toy_move(const struct toy *t, int i)
{
    return engine_move(t->engine, (size_t)i);
}

static struct move_row *stored(const struct toy *t, int i)
{
    struct vec rows = {0};
    struct err err = {0};
    struct move_row *row;

    if (!store_moves(t->reader, t->run_id, NULL, &rows, &err) || rows.len <= (size_t)i)
        fail_msg("no move %d in the store: %s", i, err.text);
    row = vec_take(&rows, (size_t)i);
    vec_clear(&rows, move_row_free);
    return row;
}

char *toy_stored_state(const struct toy *t, int i)
{
    struct move_row *row = stored(t, i);
    char *state = xstrdup(row->state);

    move_row_free(row);
    return state;
}

char *toy_held(const struct toy *t, int i)
{
    struct move_row *row = stored(t, i);
    char *reason = xstrdup(row->held_reason ? row->held_reason : "");

    move_row_free(row);
    return reason;
}

void toy_assert_state(const struct toy *t, int i, enum move_state state)
{
    AUTO_FREE char *now = toy_stored_state(t, i);
    AUTO_FREE char *why = toy_held(t, i);

    if (!text_eq(now, move_state_name(state)))
        fail_msg("move %d is %s, not %s (%s)", i, now, move_state_name(state), why);
    assert_int_equal(move_state(toy_move(t, i)), state);
}

bool toy_journal_has(struct toy *t, int i, const char *text)
{
    struct vec lines = {0};
    struct err err = {0};
    bool found = false;

    assert_true(store_journal(t->reader, move_id(toy_move(t, i)), &lines, &err));
    for (size_t k = 0; k < lines.len; k++)
        if (strstr(((struct journal_row *)lines.at[k])->what, text))
            found = true;
    vec_clear(&lines, journal_row_free);
    return found;
}

/* Each effect of this name at most once. */
static void once(struct toy *t, const char *what, const char *server)
{
    if (toy_effects(t, what, server) > 1)
        fail_msg("%s of %s happened %d times", what, server,
                 toy_effects(t, what, server));
}

static void assert_once(struct toy *t, const char *server)
{
    static const char *const all[] = {
        "claim",    "unclaim",  "off",        "on",          "lock",
        "unlock",   "part 0",   "part 1",     "part 2",      "unpart 0",
        "unpart 1", "unpart 2", "make image", "make target", "label",
        "seal",     "delete",   "drop image", "drop target", NULL};

    for (int i = 0; all[i]; i++)
        once(t, all[i], server);
}

void toy_assert_moved(struct toy *t, const char *server)
{
    const struct toy_server *s = toy_server(t, server);

    assert_once(t, server);
    assert_false(s->on);
    assert_string_equal(s->name, "sealed");
    assert_non_null(s->lock);
    assert_int_equal(toy_things(t, server, true), 1);
    assert_int_equal(toy_things(t, server, false), 1);
    for (int i = 0; i < PARTS; i++)
        assert_int_equal(s->parts[i], 1);
}

void toy_assert_undone(struct toy *t, const char *server)
{
    const struct toy_server *s = toy_server(t, server);

    assert_once(t, server);
    assert_true(s->on);
    assert_null(s->task);
    assert_null(s->lock);
    assert_null(s->claim);
    assert_int_equal(toy_things(t, server, true), 0);
    assert_int_equal(toy_things(t, server, false), 0);
    for (int i = 0; i < PARTS; i++)
        assert_int_equal(s->parts[i], 0);
}
