/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A toy world for the tests of the engine: a cloud, a network, a clock and a store that
 * do what a test tells them to, around the real engine and the real SQLite driver.
 *
 * Time is the test's: loop_wait() moves the clock to whatever comes next, so hours cost
 * nothing. The cloud has servers (power, lock, claim, parts) and things (made by POST,
 * found by mark or id). It counts effects, not requests: what really changed. Rules say
 * what becomes of requests; without a rule all is well.
 *
 * Checked at every request and every event, in all tests: a request that changes
 * something finds an intent of its own in the store, read by a second connection (law 2);
 * an event of a move finds the state that it tells in the store (law 1); a source with
 * power and its target are never there together (law 7).
 */
#ifndef TESTS_FLOW_TOY_H
#define TESTS_FLOW_TOY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above */
#include <cmocka.h>

#include <jansson.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/vec.h"
#include "flow/engine.h"
#include "net/request.h"
#include "store/store.h"

#define PARTS 3 /* of a server: a row with several items moves them one by one */

enum toy_service { TOY_SERVERS, TOY_THINGS, TOY_SERVICES };

/* ---- what becomes of requests ---- */

enum fate {
    FATE_OK,
    FATE_LOST,         /* acted on, no answer */
    FATE_DROP,         /* never arrives, no answer */
    FATE_LATE,         /* no answer; acted on late_s later, whoever has died meanwhile */
    FATE_NOT_SENT,     /* the connection was refused */
    FATE_STATUS,       /* not acted on; `status` */
    FATE_ACTED_STATUS, /* acted on, then `status` */
    FATE_LATE_STATUS,  /* `status` at once, and acted on late_s later */
    FATE_CUT,          /* acted on, 2xx with a body that ends early */
    FATE_ASYNC         /* 202 at once, acted on late_s later */
};

struct toy;
struct rule {
    const char *match; /* begins "METHOD /path" */
    enum fate fate;
    int skip, count; /* matching requests that pass first; that it applies to (0: all) */
    double from, until; /* clock_mono() of sending; until 0: for ever */
    int status;
    double retry_after_s, late_s, delay_s; /* delay_s: of the answer, formed at sending */
    const char *body;
    void (*hook)(struct toy *t); /* somebody else does something, just before */
    int met;                     /* how often it matched */
};

/* ---- the cloud ---- */

struct toy_server {
    char *id, *claim, *lock, *name, *label;
    bool on, deleted;
    const char *task; /* NULL: none */
    double task_until, rival_until;
    double changed; /* wall */
    int parts[PARTS];
};

struct toy_thing {
    char *id, *mark, *server;
    char *status_error; /* set: it becomes this instead of active */
    double made, ready;
    bool target, gone;
};

struct late {
    double at;
    char *method, *url;
};

struct toy {
    struct vec servers, things, agenda;
    json_t *effects; /* "off s1": 2 */
    double power_s, save_s, build_s;
    double lag_s;      /* lists by mark do not show what is younger */
    bool hide;         /* lists of servers leave everything out: a cell that is down */
    bool lie;          /* they say that all are deleted */
    int page;          /* things in a page, 0: all */
    bool stuck;        /* tasks never end */
    bool asleep;       /* things are queued for ever, and nobody works on them */
    bool broken_build; /* targets end in error */
    int hosts;    /* servers are spread over so many; 0: nobody says where they run */
    int both_ran; /* a source with power beside its target */

    /* the token */
    bool token_ok, token_dead, preparing;
    int generation, tokens;

    /* the network */
    struct vec exchanges, rules;
    struct strv log; /* "POST /server/s1/off" in the order of sending, and when: */
    double *log_at;
    unsigned long seq;
    double latency, room_at;
    int interrupts;
    double interrupt_at; /* 0: never */
    int mutations, die_at;
    enum fate die_how;
    double die_late_s;
    bool dead;
    long waits;

    /* the store */
    char *dir, *db;
    struct store *store, *reader;
    int commits, fail_at, fail_n; /* the fail_at-th commit and fail_n - 1 after it */
    enum store_trouble fail_how;
    double failed_at;     /* the first time */
    int failed_after;     /* so many mutations */
    double fail_until;    /* instead of fail_n: as long as clock_mono() is earlier */
    int checkpoint_pages; /* of WAL that make a checkpoint; 0: SQLite's own number */
    int die_at_commit;    /* dies there, before it or after it */
    bool die_after;

    /* the engine */
    struct engine *engine;
    struct http *http;
    struct loop *loop;
    struct engine_options options; /* a test may change them before toy_start */
    char *run_id;
    struct strv events;     /* "move-state s1 held: why" */
    struct strv known;      /* asks of which requests were sent */
    int behind, unintended; /* breaches of laws 1 and 2 */
    void (*on_event)(struct toy *t, const struct event *event);
};

/* toy_net.c: besides net/http.h and net/loop.h */
void toy_net_new(struct toy *t);
void toy_net_free(struct toy *t);
void toy_net_drop(struct toy *t); /* what is on the wire has nobody to come back to */

/* toy_cloud.c, toy_things.c */
void toy_cloud_free(struct toy *t);
struct toy_server *toy_server_new(struct toy *t, const char *id);
struct toy_server *toy_server(struct toy *t, const char *id); /* NULL: there is none */
void toy_tick(struct toy *t); /* everything that is due by now has happened */
/* Acts on a request; gives the body. */
int toy_act(struct toy *t, const char *method, const char *url, json_t **ret);
int toy_act_server(struct toy *t, const struct strv *path, json_t **ret);
int toy_act_thing(struct toy *t, const char *method, const struct strv *path,
                  json_t **ret);
int toy_get_things(struct toy *t, const struct strv *path, json_t **ret);
void toy_effect(struct toy *t, const char *what, const char *whom);
void toy_watch_both(struct toy *t);
void toy_thing_free(void *thing);
/* How often something changed: toy_effects(t, "off", "s1"). */
int toy_effects(const struct toy *t, const char *what, const char *whom);
/* Things that are there: of this server, targets or images. */
int toy_things(const struct toy *t, const char *server, bool target);
struct toy_thing *toy_thing_new(struct toy *t, const char *mark, const char *server,
                                bool target);

/* toy_script.c */
/* The next request that matches meets this fate. Lends: the test may set more. */
struct rule *toy_rule(struct toy *t, const char *match, enum fate fate);
struct rule *toy_rule_for(struct toy *t, const char *method, const char *url);
void toy_late(struct toy *t, double seconds, const char *method, const char *url);
void toy_log(struct toy *t, const char *method, const char *url);
int toy_requests(const struct toy *t, const char *match); /* sent ones that begin so */
/* When the n-th of them (from 0) was sent; fails the test when there is none. */
double toy_sent_at(const struct toy *t, const char *match, int n);

/* toy_store.c: the SQLite driver, with commits that fail when a test says so */
struct store *toy_store_open(struct toy *t);

/* toy_table.c, toy_undo.c, toy_kinds.c */
extern const struct strategy toy_strategy, toy_blind, toy_plain;
extern const struct strategy *const toy_strategies[];
extern const struct kind toy_kind_server, toy_kind_things, toy_kind_thing, toy_kind_extra,
    toy_kind_guest;
extern int toy_told; /* how often a guest's answer, or its silence, was told */
extern const struct services toy_service_rows;
watch_fn toy_watch_source;
seen_fn toy_off_seen;
const json_t *toy_source(struct move *m, const struct look *look); /* NULL: none */
bool toy_str_is(const json_t *doc, const char *key, const char *value);
const char *toy_str(const json_t *doc, const char *key); /* NULL: none */
void toy_mark(const struct move *m, const char *kind, char out[96]);
void toy_ask(struct request *r, const char *method, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define TOY_UNDO(id_) extern const struct step toy_undo_##id_
TOY_UNDO(claim);
TOY_UNDO(off);
TOY_UNDO(lock);
TOY_UNDO(make);
TOY_UNDO(parts);
TOY_UNDO(serve);
extern const struct step toy_sweep, toy_commit_steps[3];

/* toy_bench.c: a test's state is a struct toy */
int toy_set_up(void **state);
int toy_tear_down(void **state); /* fails the test when a law was broken on the way */
#define TOY_TEST(f) cmocka_unit_test_setup_teardown(f, toy_set_up, toy_tear_down)
/* n servers s1 .. sn, a run with a move of each. */
void toy_start(struct toy *t, int n);
void toy_start_with(struct toy *t, const struct strategy *strategy, int n);
void toy_engine(struct toy *t); /* store and engine alone */
/* The process dies: nothing more is saved, sent or heard. */
void toy_die(struct toy *t);
/* A new process takes the run and restores its moves; must work. */
void toy_restart(struct toy *t);
void toy_resume(struct toy *t); /* toy_restart, and resumes what is not over */
enum engine_end toy_go(struct toy *t);
struct move *toy_move(const struct toy *t, int i);
void toy_assert_state(const struct toy *t, int i, enum move_state state);
/* The state as the store has it; to be freed. */
char *toy_stored_state(const struct toy *t, int i);
int toy_events(const struct toy *t, const char *match); /* that begin so */
bool toy_journal_has(struct toy *t, int i, const char *text);
char *toy_held(const struct toy *t, int i); /* the reason; to be freed */
/* Nothing happened twice, and the move of server si ended whole at the named state. */
void toy_assert_moved(struct toy *t, const char *server);
void toy_assert_undone(struct toy *t, const char *server);

#endif
