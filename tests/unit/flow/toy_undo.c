/* SPDX-License-Identifier: Apache-2.0 */
/* The toy strategy's way back, its sweep and its commit. */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "toy.h"

static enum verdict source_is(struct move *m, const struct look *look, const char *key,
                              const char *value)
{
    const json_t *doc = toy_source(m, look);

    move_set_quiet(m, true);
    if (!doc)
        return look_at(look, &toy_kind_server, NULL)->state == SIGHT_GONE ? HOLD : RETRY;
    return text_eq(toy_str(doc, key), value) ? NEXT : ABSENT;
}

static enum verdict unclaim_seen(struct move *m, const struct look *look)
{
    return source_is(m, look, "claim", NULL);
}

static bool unclaim_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/unclaim", move_server_id(m));
    return true;
}

static enum verdict unlock_seen(struct move *m, const struct look *look)
{
    return source_is(m, look, "lock", NULL);
}

static bool unlock_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/unlock", move_server_id(m));
    return true;
}

/* ---- on: never beside a target ---- */

static void on_watch(struct move *m, struct watch *w)
{
    char mark[96];

    toy_watch_source(m, w);
    toy_mark(m, "target", mark);
    watch_add(w, &toy_kind_things, mark);
}

static enum verdict on_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (!doc)
        return RETRY;
    if (toy_str(doc, "task"))
        return WAIT;
    move_set_quiet(m, true);
    if (json_array_size(look_doc(look, &toy_kind_things, NULL)) > 0) {
        err_set(move_err(m), ERR_CONFLICT, "a target is there");
        return HOLD;
    }
    if (!toy_str_is(doc, "power", "on"))
        return ABSENT;
    move_set_serving(m, SERVING_SOURCE);
    return NEXT;
}

static bool on_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/on", move_server_id(m));
    return true;
}

/* ---- what was made, by mark ---- */

static void watch_mark(struct move *m, struct watch *w, const char *kind)
{
    char mark[96];

    toy_mark(m, kind, mark);
    watch_add(w, &toy_kind_things, mark);
}

static void images_watch(struct move *m, struct watch *w)
{
    watch_mark(m, w, "image");
}

static void targets_watch(struct move *m, struct watch *w)
{
    watch_mark(m, w, "target");
}

/* One act at a time: each thing that should not be is an item of its own. */
static enum verdict strays(struct move *m, const struct look *look,
                           const char *const *keep)
{
    const char *last = move_fact(m, "act");
    const json_t *stray = NULL;

    for (size_t i = 0; i < look->n; i++) {
        size_t k;
        json_t *thing;

        if (look->at[i]->subject.kind != &toy_kind_things)
            continue;
        json_array_foreach(look->at[i]->doc, k, thing)
        {
            if (!text_eq(toy_str(thing, "id"), keep[0]) &&
                !text_eq(toy_str(thing, "id"), keep[1]))
                stray = thing;
        }
    }
    move_set_quiet(m, true);
    if (!stray) {
        move_set_fact(m, "act", NULL);
        return last ? AGAIN : NEXT;
    }
    if (last && !toy_str_is(stray, "id", last)) {
        move_set_fact(m, "act", toy_str(stray, "id"));
        return AGAIN;
    }
    move_set_fact(m, "act", toy_str(stray, "id"));
    return ABSENT;
}

static enum verdict none_seen(struct move *m, const struct look *look)
{
    static const char *const none[2];

    return strays(m, look, none);
}

static bool drop_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "DELETE", "/thing/%s", move_fact(m, "act"));
    return true;
}

/* ---- parts: back, one by one ---- */

static enum verdict parts_back_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);
    int i = move_item(m);

    if (!doc)
        return RETRY;
    move_set_quiet(m, true);
    if (i >= PARTS)
        return NEXT;
    return json_integer_value(json_array_get(json_object_get(doc, "parts"), (size_t)i)) ==
                   0
               ? AGAIN
               : ABSENT;
}

static bool parts_back_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "POST", "/server/%s/unpart/%d", move_server_id(m), move_item(m));
    return true;
}

/* ---- sweep ---- */

static void sweep_watch(struct move *m, struct watch *w)
{
    toy_watch_source(m, w);
    watch_mark(m, w, "image");
    watch_mark(m, w, "target");
}

static enum verdict sweep_seen(struct move *m, const struct look *look)
{
    bool back = move_walk(m) == WALK_BACK || move_walk(m) == WALK_DISCARD;
    const char *keep[2] = {back ? NULL : move_target_id(m),
                           move_walk(m) == WALK_FORWARD ? move_fact(m, "image") : NULL};

    return strays(m, look, keep);
}

/* ---- commit ---- */

static void check_watch(struct move *m, struct watch *w)
{
    toy_watch_source(m, w);
    watch_add(w, &toy_kind_thing, move_target_id(m));
}

static enum verdict check_seen(struct move *m, const struct look *look)
{
    const json_t *doc = toy_source(m, look);

    if (doc && toy_str_is(doc, "power", "off") &&
        look_doc(look, &toy_kind_thing, move_target_id(m)))
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT, "it is not as the move left it");
    return HOLD;
}

static enum verdict delete_seen(struct move *m, const struct look *look)
{
    move_set_quiet(m, true);
    return look_at(look, &toy_kind_server, NULL)->state == SIGHT_GONE ? NEXT : ABSENT;
}

static bool delete_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "DELETE", "/server/%s", move_server_id(m));
    return true;
}

static void image_watch(struct move *m, struct watch *w)
{
    watch_add(w, &toy_kind_thing, move_fact(m, "image"));
}

static enum verdict image_seen(struct move *m, const struct look *look)
{
    move_set_quiet(m, true);
    return look->at[0]->state == SIGHT_GONE ? NEXT : ABSENT;
}

static bool image_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    toy_ask(r, "DELETE", "/thing/%s", move_fact(m, "image"));
    return true;
}

/* clang-format off */
#define TIMES .first_s = 0.1, .every_s = 5, .limit_s = 600, .at_limit = HOLD

const struct step toy_undo_claim = {
    .id = "unclaim", .label = "taking the claim off", .watch = toy_watch_source,
    .seen = unclaim_seen, .ask = unclaim_ask, .class = CLASS_GOAL, .flags = STEP_LITTER,
    TIMES};
const struct step toy_undo_off = {
    .id = "on", .label = "starting", .watch = on_watch, .seen = on_seen, .ask = on_ask,
    .class = CLASS_GOAL, .flags = STEP_TOGGLE, TIMES};
const struct step toy_undo_lock = {
    .id = "unlock", .label = "opening the fence", .watch = toy_watch_source,
    .seen = unlock_seen, .ask = unlock_ask, .class = CLASS_GOAL, .flags = STEP_TOGGLE,
    TIMES};
const struct step toy_undo_make = {
    .id = "unmake", .label = "deleting the image", .watch = images_watch, .seen = none_seen,
    .ask = drop_ask, .class = CLASS_GOAL, .flags = STEP_LITTER, TIMES};
const struct step toy_undo_parts = {
    .id = "unparts", .label = "giving the parts back", .watch = toy_watch_source,
    .seen = parts_back_seen, .ask = parts_back_ask, .class = CLASS_GOAL,
    .flags = STEP_TOGGLE, TIMES};
const struct step toy_undo_serve = {
    .id = "unserve", .label = "deleting the target", .watch = targets_watch,
    .seen = none_seen, .ask = drop_ask, .class = CLASS_GOAL, TIMES};
const struct step toy_sweep = {
    .id = "sweep", .label = "sweeping", .watch = sweep_watch, .seen = sweep_seen,
    .ask = drop_ask, .class = CLASS_GOAL, .flags = STEP_LITTER | STEP_FRESH | STEP_AHEAD,
    TIMES};
const struct step toy_commit_steps[3] = {
    {.id = "check", .label = "looking at both", .watch = check_watch, .seen = check_seen,
     .class = CLASS_LOOK, TIMES},
    {.id = "delete", .label = "deleting the source", .watch = toy_watch_source,
     .seen = delete_seen, .ask = delete_ask, .class = CLASS_GOAL, .flags = STEP_NO_RETURN,
     TIMES},
    {.id = "drop-image", .label = "deleting the image", .watch = image_watch,
     .seen = image_seen, .ask = image_ask, .class = CLASS_GOAL, .flags = STEP_LITTER,
     TIMES},
};
/* clang-format on */
