/* SPDX-License-Identifier: Apache-2.0 */
/* The toy strategies: every class, flag and shape of row that the engine knows, forward.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "toy.h"

void toy_mark(const struct move *m, const char *kind, char out[96])
{
    snprintf(out, 96, "%s:%s", move_id(m), kind);
}

void toy_ask(struct request *r, const char *method, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    AUTO_FREE char *url = xvasprintf(fmt, ap);
    va_end(ap);
    request_init(r, method, url);
    r->service = strncmp(url, "/thing", 6) == 0 ? TOY_THINGS : TOY_SERVERS;
}

void toy_watch_source(struct move *m, struct watch *w)
{
    watch_add(w, &toy_kind_server, move_server_id(m));
}

const json_t *toy_source(struct move *m, const struct look *look)
{
    return look_doc(look, &toy_kind_server, move_server_id(m));
}

static bool is_gone(struct move *m, const struct look *look)
{
    const struct sight *sight = look_at(look, &toy_kind_server, move_server_id(m));

    return sight && sight->state == SIGHT_GONE;
}

static enum verdict no_source(struct move *m, const struct look *look)
{
    if (!is_gone(m, look))
        return RETRY;
    err_set(move_err(m), ERR_NOTFOUND, "the source is gone");
    return HOLD;
}

/* ---- look ---- */

static enum verdict look_seen(struct move *m, const struct look *look)
{
    const struct toy *t = move_world(m);
    const json_t *doc = toy_source(m, look);

    if (!doc) {
        err_set(move_err(m), ERR_NOTFOUND, "there is no such server");
        return is_gone(m, look) ? FAIL : RETRY;
    }
    if (toy_str_is(doc, "label", "there already")) {
        move_skip(m, "it is there already");
        return FAIL;
    }
    move_set_names(m, toy_str(doc, "name"), "zone-a");
    if (!move_capture(m))
        move_set_capture(m, json_deep_copy(doc));
    if (t->hosts > 0)
        move_set_fact(m, FACT_SOURCE_HOST,
                      (move_server_id(m)[1] - '0') % t->hosts ? "host-a" : "host-b");
    return NEXT;
}

/* ---- claim ---- */

static bool guard_quiet(struct move *m, const struct look *look, struct err *err)
{
    const json_t *doc = toy_source(m, look);

    return (doc && !toy_str(doc, "task")) ||
           err_set(err, ERR_CONFLICT, "a task is under way");
}

static enum verdict claim_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (!doc)
        return no_source(m, look);
    move_set_quiet(m, true);
    if (toy_str_is(doc, "claim", move_id(m)))
        return NEXT;
    if (!toy_str(doc, "claim"))
        return ABSENT;
    err_set(move_err(m), ERR_CONFLICT, "somebody else has claimed it");
    return FAIL;
}

static bool claim_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/claim/%s", move_server_id(m), move_id(m));
    return true;
}

/* ---- off, lock ---- */

enum verdict toy_off_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (!doc)
        return no_source(m, look);
    if (toy_str(doc, "task"))
        return WAIT;
    move_set_quiet(m, true);
    if (!toy_str_is(doc, "power", "off"))
        return ABSENT;
    move_set_serving(m, SERVING_NONE);
    return NEXT;
}

static bool off_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/off", move_server_id(m));
    return true;
}

static enum verdict lock_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (!doc)
        return no_source(m, look);
    move_set_quiet(m, true);
    return toy_str_is(doc, "lock", move_id(m)) ? NEXT : ABSENT;
}

static bool lock_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/lock/%s", move_server_id(m), move_id(m));
    return true;
}

static bool guard_fenced(struct move *m, const struct look *look, struct err *err)
{
    const json_t *doc = toy_source(m, look);

    if (!doc || !toy_str_is(doc, "power", "off") || toy_str(doc, "task"))
        return err_set(err, ERR_CONFLICT, "somebody started the source");
    if (toy_str(doc, "rival"))
        return err_set(err, ERR_LOCKED, "a rival has claimed it");
    return toy_str_is(doc, "lock", move_id(m)) ||
           err_set(err, ERR_CONFLICT, "somebody opened the fence");
}

/* ---- make, serve: creates found by mark ---- */

static void watch_made(struct move *m, struct watch *w, const char *kind, const char *id)
{
    char mark[96];

    toy_watch_source(m, w);
    toy_mark(m, kind, mark);
    if (id)
        watch_add(w, &toy_kind_thing, id);
    else
        watch_add(w, &toy_kind_things, mark);
    if (move_is_unanswered(m)) {
        watch_add(w, &toy_kind_extra, move_id(m));
        watch_add(w, &toy_kind_guest, move_id(m));
    }
}

/* The thing that was made, by id once that is known. */
static const json_t *made(struct move *m, const struct look *look, const char *kind,
                          const char *id)
{
    char mark[96];

    toy_mark(m, kind, mark);
    return id ? look_doc(look, &toy_kind_thing, id)
              : json_array_get(look_doc(look, &toy_kind_things, mark), 0);
}

static enum verdict judge_made(struct move *m, const struct look *look,
                               const json_t *thing)
{
    const json_t *source = toy_source(m, look);

    if (!source)
        return no_source(m, look);
    move_set_quiet(m, true);
    if (!thing)
        return ABSENT;
    if (toy_str_is(thing, "status", "active"))
        return NEXT;
    if (toy_str_is(thing, "status", "queued"))
        return WAIT;
    if (toy_str_is(thing, "status", "building")) {
        move_set_quiet(m, false);
        return WAIT;
    }
    err_set(move_err(m), ERR_SERVICE, "what was made is broken");
    return FAIL;
}

static void make_watch(struct move *m, struct watch *w)
{
    watch_made(m, w, "image", move_fact(m, "image"));
}

static enum verdict make_seen(struct move *m, const struct look *look)
{
    const json_t *thing = made(m, look, "image", move_fact(m, "image"));
    enum verdict v = judge_made(m, look, thing);

    if (v == NEXT)
        move_set_fact(m, "image", toy_str(thing, "id"));
    return v;
}

static bool make_ask(struct move *m, struct request *r, struct err *err)
{
    char mark[96];

    (void)err;
    toy_mark(m, "image", mark);
    toy_ask(r, "POST", "/things/%s/image/%s", mark, move_server_id(m));
    return true;
}

/* The id of what was made; a 2xx whose body was cut has none, and a look finds it. */
static char *id_in(const struct reply *reply)
{
    json_t *body = json_loadb(reply->body, reply->body_len, 0, NULL);
    char *id = xstrdup(toy_str(body, "id"));

    json_decref(body);
    return id;
}

static enum verdict make_heard(struct move *m, const struct reply *reply)
{
    AUTO_FREE char *id = id_in(reply);

    if (reply->status >= 300)
        return FAIL;
    if (id)
        move_set_new_id(m, id);
    move_set_fact(m, "image", id);
    return WAIT;
}

static void serve_watch(struct move *m, struct watch *w)
{
    watch_made(m, w, "target", move_target_id(m));
}

static enum verdict serve_seen(struct move *m, const struct look *look)
{
    const json_t *thing = made(m, look, "target", move_target_id(m));
    enum verdict v = judge_made(m, look, thing);

    if (v == NEXT) {
        move_set_target(m, toy_str(thing, "id"));
        move_set_serving(m, SERVING_TARGET);
    }
    return v;
}

static bool serve_ask(struct move *m, struct request *r, struct err *err)
{
    char mark[96];

    (void)err;
    toy_mark(m, "target", mark);
    toy_ask(r, "POST", "/things/%s/target/%s", mark, move_server_id(m));
    return true;
}

static enum verdict serve_heard(struct move *m, const struct reply *reply)
{
    AUTO_FREE char *id = id_in(reply);

    if (reply->status >= 300)
        return FAIL;
    if (id)
        move_set_target(m, id);
    return WAIT;
}

/* ---- parts: several items in one row ---- */

static enum verdict parts_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);
    int i = move_item(m);

    if (!doc)
        return no_source(m, look);
    move_set_quiet(m, true);
    if (i >= PARTS)
        return NEXT;
    return json_integer_value(json_array_get(json_object_get(doc, "parts"), (size_t)i)) ==
                   1
               ? AGAIN
               : ABSENT;
}

static bool parts_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/part/%d", move_server_id(m), move_item(m));
    return true;
}

/* ---- the end ---- */

static enum verdict label_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (!doc)
        return no_source(m, look);
    move_set_quiet(m, true);
    return toy_str_is(doc, "label", "moved") ? NEXT : ABSENT;
}

static bool label_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/label/moved", move_server_id(m));
    return true;
}

static enum verdict seal_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (!doc)
        return no_source(m, look);
    move_set_quiet(m, true);
    return toy_str_is(doc, "name", "sealed") ? NEXT : ABSENT;
}

static bool seal_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/seal/sealed", move_server_id(m));
    return true;
}

/* ---- knock: leaves no evidence ---- */

static enum verdict knock_seen(struct move *m, const struct look *look)
{
    (void)look;
    move_set_quiet(m, true);
    return ABSENT;
}

static enum verdict knock_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    return reply->status < 300 ? NEXT : FAIL;
}

static bool knock_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/knock", move_server_id(m));
    return true;
}

/* clang-format off */
#define TIMES .first_s = 0.1, .every_s = 5, .limit_s = 600

#define LOOK_ROW {.id = "look", .label = "looking", .watch = toy_watch_source, \
                  .seen = look_seen, .class = CLASS_LOOK, TIMES, .at_limit = FAIL}
#define CLAIM_ROW {.id = "claim", .label = "claiming", .guard = guard_quiet, \
                   .watch = toy_watch_source, .seen = claim_seen, .ask = claim_ask, \
                   .undo = &toy_undo_claim, .class = CLASS_GOAL, \
                   .flags = STEP_CHANGES | STEP_TOGGLE, \
                   TIMES, .at_limit = FAIL}
#define OFF_ROW {.id = "off", .label = "stopping", .guard = guard_quiet, \
                 .watch = toy_watch_source, .seen = toy_off_seen, .ask = off_ask, \
                 .undo = &toy_undo_off, .class = CLASS_GOAL, .flags = STEP_TOGGLE, TIMES, \
                 .at_limit = FAIL}

static const struct step rows[] = {
    LOOK_ROW,
    CLAIM_ROW,
    OFF_ROW,
    {.id = "lock", .label = "fencing", .guard = guard_quiet, .watch = toy_watch_source,
     .seen = lock_seen, .ask = lock_ask, .undo = &toy_undo_lock, .class = CLASS_GOAL,
     .flags = STEP_TOGGLE, TIMES, .at_limit = FAIL},
    {.id = "make", .label = "making the image", .guard = guard_fenced, .watch = make_watch,
     .seen = make_seen, .ask = make_ask, .heard = make_heard, .undo = &toy_undo_make,
     .class = CLASS_MARKED, .flags = STEP_AHEAD, TIMES, .settle_s = 60, .at_limit = FAIL},
    {.id = "parts", .label = "moving the parts", .guard = guard_fenced,
     .watch = toy_watch_source, .seen = parts_seen, .ask = parts_ask,
     .undo = &toy_undo_parts, .class = CLASS_GOAL, .flags = STEP_TOGGLE, TIMES,
     .at_limit = FAIL},
    {.id = "serve", .label = "making the target", .guard = guard_fenced,
     .watch = serve_watch, .seen = serve_seen, .ask = serve_ask, .heard = serve_heard,
     .undo = &toy_undo_serve, .class = CLASS_MARKED, .flags = STEP_NO_RETURN | STEP_AHEAD,
     TIMES, .settle_s = 60, .at_limit = FAIL},
    {.id = "label", .label = "labelling", .watch = toy_watch_source, .seen = label_seen,
     .ask = label_ask, .class = CLASS_GOAL, .flags = STEP_COSMETIC, TIMES,
     .at_limit = HOLD},
    {.id = "seal", .label = "sealing", .guard = guard_fenced, .watch = toy_watch_source,
     .seen = seal_seen, .ask = seal_ask, .class = CLASS_GOAL, TIMES, .at_limit = HOLD},
};
const struct strategy toy_strategy = {
    .name = "toy", .version = 1, .summary = "all shapes of rows", STEPS(rows),
    .commit_steps = toy_commit_steps,
    .n_commit_steps = sizeof toy_commit_steps / sizeof toy_commit_steps[0],
    .sweep = &toy_sweep,
};

static const struct step blind_rows[] = {
    LOOK_ROW,
    {.id = "knock", .label = "knocking", .watch = toy_watch_source, .seen = knock_seen,
     .ask = knock_ask, .heard = knock_heard, .class = CLASS_BLIND, .flags = STEP_CHANGES,
     TIMES, .at_limit = HOLD},
};
const struct strategy toy_blind = {
    .name = "blind", .version = 1, .summary = "a request that leaves no evidence",
    .steps = blind_rows, .n_steps = 2,
};

static const struct step plain_rows[] = {LOOK_ROW, CLAIM_ROW, OFF_ROW};
const struct strategy toy_plain = {
    .name = "plain", .version = 1, .summary = "claim and stop, no sweep",
    .steps = plain_rows, .n_steps = 3,
};

const struct strategy *const toy_strategies[] = {&toy_strategy, &toy_blind, &toy_plain,
                                                 NULL};
/* clang-format on */
