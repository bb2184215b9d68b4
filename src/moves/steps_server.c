/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the source: claim, unlock, stop, fence, and their undoing.
 *
 * A second lock by the owner answers 202 and keeps the old reason (Nova, all releases):
 * so a locked source is unlocked first, and `locked_reason` is compared after each lock.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/compare.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/steps.h"

void watch_source(struct move *m, struct watch *w)
{
    watch_add(w, &kind_server, move_server_id(m));
}

enum verdict source_there(struct move *m, const struct look *look, json_t **doc)
{
    bool gone;

    *doc = source_doc(m, look, &gone);
    if (*doc) {
        if (strcmp(jstr(*doc, "status", "UNKNOWN"), "UNKNOWN") == 0)
            return WAIT;
        return NEXT;
    }
    if (!gone)
        return RETRY;
    err_set(move_err(m), ERR_NOTFOUND, "the source is gone (404): somebody deleted it");
    return HOLD;
}

/* On the way back. Somebody deleted the source: there is nothing to give anything back
 * to. A person who discards knows, and the walk goes on without it. */
enum verdict source_back_there(struct move *m, const struct look *look, json_t **doc)
{
    enum verdict there = source_there(m, look, doc);

    if (there != HOLD || move_walk(m) != WALK_DISCARD)
        return there;
    move_note(m, "the source is gone: nothing to give back");
    return NEXT;
}

/* A source that runs again serves, whatever the move meant to do. */
bool source_is_off(struct move *m, const json_t *doc, struct err *err)
{
    const char *status = jstr(doc, "status", "?");

    if (strcmp(status, "ACTIVE") == 0)
        move_set_serving(m, move_target_is_up(m) ? SERVING_BOTH : SERVING_SOURCE);
    if (strcmp(status, "SHUTOFF") != 0)
        return err_set(
            err, ERR_CONFLICT,
            "the source is %s, not SHUTOFF: somebody changed it after the fence", status);
    if (text_eq(server_task(doc), "deleting")) /* soon it is gone, and that can be told */
        return err_set(err, ERR_LOCKED, "the source is being deleted");
    if (server_is_busy(doc))
        return err_set(err, ERR_CONFLICT,
                       "the source has a task under way: %s; somebody works on it",
                       server_task(doc));
    return true;
}

/* What is left of the machine is named, so that nobody looks for it in vain. */
static bool source_is_gone(const struct move *m, struct err *err)
{
    const char *image = move_fact(m, FACT_IMAGE);

    if (image && !move_target_id(m))
        return err_set(
            err, ERR_NOTFOUND,
            "the source is gone (404): somebody deleted it; image %s may be the "
            "only copy of it: boot it by hand; discard ends the move and keeps "
            "the image",
            image);
    return err_set(err, ERR_NOTFOUND, "the source is gone (404): somebody deleted it");
}

bool guard_source_off(struct move *m, const struct look *look, struct err *err)
{
    const json_t *doc = source_doc(m, look, NULL);

    if (!doc)
        return err_set(err, ERR_CONFLICT, "the source cannot be seen");
    return source_is_off(m, doc, err);
}

bool guard_source_fenced(struct move *m, const struct look *look, struct err *err)
{
    bool gone;
    const json_t *doc = source_doc(m, look, &gone);
    int compute = captured_compute(m);
    char ours[MARK_SIZE];

    if (!doc)
        return gone ? source_is_gone(m, err)
                    : err_set(err, ERR_CONFLICT, "the source cannot be seen");
    AUTO_FREE char *other = mark_other_claim(doc, move_id(m));
    if (other) /* its claim came after ours: it sees ours, and takes its own off again */
        return err_set(err, ERR_LOCKED,
                       "the move %s of another rezone has claimed it too", other);
    if (!source_is_off(m, doc, err))
        return false;
    if (compute >= 9 && !server_is_locked(doc))
        return err_set(err, ERR_CONFLICT,
                       "the source is not locked any more: somebody opened the fence");
    mark_lock_reason(move_id(m), ours);
    if (compute >= 73 && !text_starts(server_lock_reason(doc), ours))
        return err_set(err, ERR_CONFLICT, "the source is locked by somebody else: %s",
                       server_lock_reason(doc) ? server_lock_reason(doc) : "(no reason)");
    return true;
}

/* ---- claim ---- */

enum verdict claim_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there = source_there(m, look, &doc);
    char *other;

    if (there == HOLD) {
        move_set_serving(m, SERVING_NONE);
        return FAIL;
    }
    if (there != NEXT)
        return there;
    other = mark_other_claim(doc, move_id(m));
    if (other) {
        err_set(
            move_err(m), ERR_CONFLICT,
            "the move %s of another rezone has claimed it; if that one is dead, take the "
            "claim off: openstack server unset --tag rezone:%s:source %s",
            other, other, move_server_id(m));
        xreplace(&other, NULL);
        return FAIL;
    }
    if (mark_server_is_source(doc, move_id(m)))
        return NEXT;
    if (server_is_busy(doc)) {
        err_set(move_err(m), ERR_CONFLICT,
                "the source has a task under way: %s; wait for it "
                "and try again",
                server_task(doc));
        return FAIL;
    }
    return ABSENT;
}

bool claim_ask(struct move *m, struct request *r, struct err *err)
{
    const struct session *s = session_of(m);
    char mark[MARK_SIZE];

    (void)err;
    if (mark_way_source(captured_compute(m), captured_server(m)) == MARK_TAG) {
        mark_source_tag(move_id(m), mark);
        nova_put_tag(s, r, move_server_id(m), mark);
    } else {
        mark_source_value(move_id(m), mark);
        nova_put_metadata(s, r, move_server_id(m), MARK_PROPERTY, mark);
    }
    return true;
}

static void unclaim_watch(struct move *m, struct watch *w)
{
    watch_source(m, w);
    ports_back_watch(m, w);
    volumes_back_watch(m, w);
}

/* As the target is proved before the move is called moved, so is the source before it is
 * called undone. */
static enum verdict is_whole_again(struct move *m, const struct look *look)
{
    struct strv missing = {0};
    bool seen = ports_are_back(m, look, &missing) && volumes_are_back(m, look, &missing);
    AUTO_FREE char *list = strv_join(&missing, ", ");

    strv_clear(&missing);
    if (!seen)
        return RETRY;
    if (!*list)
        move_forget_losses(m); /* what the target lacked, or this of an earlier look */
    if (!*list || is_accepted(m, "source"))
        return NEXT;
    move_lose(m, "source", "the source lacks what it had: %s", list);
    err_set(
        move_err(m), ERR_CONFLICT,
        "the source lacks what it had: %s; attach it, then resume, or 'rezone resume %s "
        "--accept source' leaves it so",
        list, move_id(m));
    return HOLD;
}

static enum verdict unclaim_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there = source_there(m, look, &doc), whole;

    if (there == HOLD) /* gone: so is the claim */
        return NEXT;
    if (there != NEXT)
        return there;
    whole = is_whole_again(m, look);
    if (whole != NEXT)
        return whole;
    return mark_server_is_source(doc, move_id(m)) ? ABSENT : NEXT;
}

static bool unclaim_ask(struct move *m, struct request *r, struct err *err)
{
    const struct session *s = session_of(m);
    char mark[MARK_SIZE];

    (void)err;
    if (mark_way_source(captured_compute(m), captured_server(m)) == MARK_TAG) {
        mark_source_tag(move_id(m), mark);
        nova_delete_tag(s, r, move_server_id(m), mark);
    } else {
        nova_delete_metadata(s, r, move_server_id(m), MARK_PROPERTY);
    }
    return true;
}

const struct step undo_claim = {
    .id = "unclaim",
    .label = "taking the claim off",
    .watch = unclaim_watch,
    .seen = unclaim_seen,
    .ask = unclaim_ask,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 300,
    .at_limit = HOLD,
};

/* ---- unlock (only a source that was locked) ---- */

enum verdict unlock_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there;

    if (!captured_locked(m))
        return NEXT;
    there = source_there(m, look, &doc);
    if (there != NEXT)
        return there;
    return server_is_locked(doc) ? ABSENT : NEXT;
}

bool unlock_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_unlock(session_of(m), r, move_server_id(m));
    return true;
}

enum verdict unlock_heard(struct move *m, const struct reply *reply)
{
    if (reply->status == 403)
        err_wrap(move_err(m), "the source is locked, and not by this account (an "
                              "administrator's lock is the administrator's to open)");
    return reply_is_accepted(reply) ? WAIT : reply->status == 409 ? RETRY : FAIL;
}

static enum verdict relock_source_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there = source_back_there(m, look, &doc);

    if (there != NEXT || !doc)
        return there;
    return server_is_locked(doc) ? NEXT : ABSENT;
}

static bool relock_source_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_lock(session_of(m), r, move_server_id(m), captured_lock_reason(m));
    return true;
}

const struct step undo_unlock = {
    .id = "relock-source",
    .label = "locking the source as it was",
    .watch = watch_source,
    .seen = relock_source_seen,
    .ask = relock_source_ask,
    .class = CLASS_GOAL,
    .flags = STEP_TOGGLE,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 300,
    .at_limit = HOLD,
};

/* ---- stop ---- */

/* From the moment that the stop is asked for nobody can be sure of the source: it is told
 * as down since then, until a look shows that it runs. */
static void now_down(struct move *m)
{
    move_set_serving(m, SERVING_NONE);
}

static void still_up(struct move *m)
{
    move_set_serving(m, SERVING_SOURCE);
    move_was_not_down(m);
}

enum verdict stop_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there = source_there(m, look, &doc);

    if (there != NEXT)
        return there;
    if (server_is_busy(doc))
        return WAIT;
    move_set_quiet(m, true);
    if (server_is(doc, "SHUTOFF")) {
        now_down(m);
        if (!captured_running(m) || move_asked(m, WALK_FORWARD, "stop"))
            return NEXT;
        /* The target would run, which its owner did not want any more. */
        err_set(move_err(m), ERR_CONFLICT,
                "somebody stopped the source after it was looked at: move it again, and "
                "the target is stopped too");
        return FAIL;
    }
    if (server_is(doc, "ACTIVE")) {
        still_up(m);
        return ABSENT;
    }
    err_set(move_err(m), ERR_CONFLICT, "the source is %s, neither ACTIVE nor SHUTOFF",
            jstr(doc, "status", "?"));
    return FAIL;
}

bool stop_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    if (captured_running(m)) /* one that rested served nobody before either */
        move_set_down(m, clock_wall(), 0);
    now_down(m);
    nova_stop(session_of(m), r, move_server_id(m));
    return true;
}

enum verdict stop_heard(struct move *m, const struct reply *reply)
{
    if (reply_is_accepted(reply))
        return WAIT;
    still_up(m);
    return reply->status == 409 ? RETRY : FAIL;
}

static void start_watch(struct move *m, struct watch *w)
{
    watch_source(m, w);
    if (captured_powered(m))
        watch_targets_by_mark(m, w, true);
}

/* Nothing gets power back while something of ours could run beside it: a target that came
 * late is deleted here, before the start. */
static enum verdict start_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there = source_back_there(m, look, &doc), stray;

    if (there != NEXT || !doc)
        return there;
    if (!captured_powered(m))
        return server_is_busy(doc) ? WAIT : NEXT;
    stray = strays_seen(m, look, NULL, true);
    if (stray != NEXT)
        return stray;
    if (server_is_busy(doc))
        return WAIT;
    move_set_quiet(m, true);
    if (server_is(doc, "ACTIVE")) {
        move_set_serving(m, SERVING_SOURCE);
        move_set_down(m, 0, clock_wall());
        return NEXT;
    }
    if (server_is(doc, "SHUTOFF"))
        return ABSENT;
    if (captured_rest(m) && server_is(doc, captured_rest(m))) /* it was never woken */
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT, "the source is %s and cannot be started",
            jstr(doc, "status", "?"));
    return HOLD;
}

static bool start_ask(struct move *m, struct request *r, struct err *err)
{
    if (move_fact(m, FACT_ACT))
        return strays_ask(m, r, err);
    nova_start(session_of(m), r, move_server_id(m));
    return true;
}

const struct step undo_stop = {
    .id = "start",
    .label = "starting the source again",
    .watch = start_watch,
    .seen = start_seen,
    .ask = start_ask,
    .class = CLASS_GOAL,
    .flags = STEP_TOGGLE,
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 600,
    .at_limit = HOLD,
};

/* ---- fence ---- */

enum verdict fence_seen(struct move *m, const struct look *look)
{
    return fence_seen_as(m, look, "fence");
}

enum verdict fence_seen_as(struct move *m, const struct look *look, const char *step_id)
{
    json_t *doc;
    enum verdict there = source_there(m, look, &doc);
    int compute = captured_compute(m);
    char ours[MARK_SIZE];

    if (there != NEXT)
        return there;
    move_set_quiet(m, !server_is_busy(doc));
    if (server_is_busy(doc))
        return WAIT;
    if (!server_is(doc, "SHUTOFF")) {
        err_set(move_err(m), ERR_CONFLICT, "the source is %s again: somebody started it",
                jstr(doc, "status", "?"));
        return FAIL;
    }
    if (compute < 9) /* not shown: what was answered is all that can be known */
        return move_asked(m, WALK_FORWARD, step_id) && !move_is_unanswered(m) ? NEXT
                                                                              : ABSENT;
    if (!server_is_locked(doc))
        return ABSENT;
    if (compute < 73) /* whose it is nobody tells: what was not asked for has no undo */
        return move_asked(m, WALK_FORWARD, step_id) ? NEXT : ABSENT;
    mark_lock_reason(move_id(m), ours);
    if (text_starts(server_lock_reason(doc), ours))
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT, "somebody else locked the source meanwhile: %s",
            server_lock_reason(doc) ? server_lock_reason(doc) : "(no reason)");
    return FAIL;
}

bool fence_ask(struct move *m, struct request *r, struct err *err)
{
    char reason[MARK_SIZE];

    (void)err;
    mark_lock_reason(move_id(m), reason);
    nova_lock(session_of(m), r, move_server_id(m), reason);
    return true;
}

static enum verdict unfence_seen_as(struct move *m, const struct look *look,
                                    const char *step_id)
{
    json_t *doc;
    enum verdict there = source_back_there(m, look, &doc);
    int compute = captured_compute(m);
    char ours[MARK_SIZE];

    if (there != NEXT || !doc)
        return there;
    if (compute < 9)
        return move_asked(m, move_walk(m), step_id) && !move_is_unanswered(m) ? NEXT
                                                                              : ABSENT;
    if (!server_is_locked(doc))
        return NEXT;
    mark_lock_reason(move_id(m), ours);
    if (compute < 73 || text_starts(server_lock_reason(doc), ours))
        return ABSENT;
    /* The last look of the walk: the owner's lock is back already. It is opened once more
     * only for what a late stop did to the source. */
    if (captured_locked(m) && move_asked(m, move_walk(m), "relock-source"))
        return captured_powered(m) && server_is(doc, "SHUTOFF") ? ABSENT : NEXT;
    err_set(move_err(m), ERR_CONFLICT, "somebody else locked the source: %s",
            server_lock_reason(doc) ? server_lock_reason(doc) : "(no reason)");
    return HOLD;
}

static enum verdict unfence_seen(struct move *m, const struct look *look)
{
    return unfence_seen_as(m, look, "unfence");
}

static enum verdict unfence_again_seen(struct move *m, const struct look *look)
{
    return unfence_seen_as(m, look, "unfence-again");
}

/* The second fence: below it everything goes back onto the source. */
const struct step undo_fence_again = {
    .id = "unfence-again",
    .label = "opening the fence",
    .watch = watch_source,
    .seen = unfence_again_seen,
    .ask = unlock_ask,
    .class = CLASS_GOAL,
    .flags = STEP_TOGGLE,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 300,
    .at_limit = HOLD,
};

const struct step undo_fence = {
    .id = "unfence",
    .label = "opening the fence",
    .watch = watch_source,
    .seen = unfence_seen,
    .ask = unlock_ask,
    .class = CLASS_GOAL,
    .flags = STEP_TOGGLE,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 300,
    .at_limit = HOLD,
};
