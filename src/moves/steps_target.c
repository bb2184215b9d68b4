/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the target: boot it, give it its power state and lock, delete it.
 *
 * A target is found by id once its id is known, else by our mark; a list that could be
 * short because a cell is down is no proof of absence. It is never the source, by id.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/nova.h"
#include "moves/acts.h"
#include "moves/added.h"
#include "moves/capture.h"
#include "moves/compare.h"
#include "moves/kinds.h"
#include "moves/ledger.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/steps.h"
#include "moves/volumes.h"

void watch_target(struct move *m, struct watch *w)
{
    if (move_target_id(m))
        watch_add(w, &kind_server, move_target_id(m));
}

void boot_watch(struct move *m, struct watch *w)
{
    if (move_target_id(m)) {
        watch_target(m, w);
        return;
    }
    watch_add(w, &kind_server, move_server_id(m));
    watch_targets_by_mark(m, w, move_is_unanswered(m));
}

static enum verdict judge_target(struct move *m, const json_t *doc)
{
    const char *status = jstr(doc, "status", "UNKNOWN");
    const json_t *fault = json_object_get(doc, "fault");
    const char *request = move_ask_request_id(m, WALK_FORWARD, "boot");

    bool served = *jstr(doc, "OS-SRV-USG:launched_at", "") != '\0';

    move_set_quiet(m, !server_is_busy(doc) && strcmp(status, "UNKNOWN") != 0);
    if (strcmp(status, "ERROR") == 0) {
        err_set(move_err(m), ERR_SERVICE, "the target %s ended in ERROR: %s%s%s%s",
                jstr(doc, "id", ""), jstr(fault, "message", "no reason was given"),
                request ? " (request " : "", request ? request : "", request ? ")" : "");
        return served ? HOLD
                      : FAIL; /* what has run may hold writes: a person's to discard */
    }
    if (server_is(doc, "ACTIVE") || server_is(doc, "SHUTOFF") ||
        (served && !server_is_busy(doc) && strcmp(status, "UNKNOWN") != 0 &&
         strstr(status, "DELETED") == NULL)) {
        move_set_serving(m, SERVING_TARGET);
        move_set_down(m, 0, clock_wall());
        move_set_fact(m, FACT_TARGET_UP, "1");
        ledger_on(m, NULL);
        return NEXT;
    }
    if (strcmp(status, "DELETED") == 0 || strcmp(status, "SOFT_DELETED") == 0) {
        err_set(move_err(m), ERR_CONFLICT, "somebody deleted the target");
        return FAIL;
    }
    return WAIT;
}

/* ACTIVE before anything else, else the oldest: the others are deleted by the sweep. */
static const json_t *winner(const json_t *targets)
{
    const json_t *best = NULL;
    size_t i;
    json_t *one;

    json_array_foreach(targets, i, one)
    {
        bool active = server_is(one, "ACTIVE"),
             best_active = best && server_is(best, "ACTIVE");

        if (strcmp(jstr(one, "status", ""), "ERROR") == 0 && json_array_size(targets) > 1)
            continue;
        if (!best || (active && !best_active) ||
            (active == best_active &&
             strcmp(jstr(one, "created", ""), jstr(best, "created", "")) < 0))
            best = one;
    }
    return best ? best : json_array_get(targets, 0);
}

enum verdict boot_seen(struct move *m, const struct look *look)
{
    AUTO_JSON json_t *targets = NULL;
    const struct sight *sight;
    bool proved;

    if (move_target_id(m)) {
        sight = look_at(look, &kind_server, move_target_id(m));
        if (sight && sight->state == SIGHT_GONE) {
            err_set(move_err(m), ERR_CONFLICT, "the target %s is gone (404)",
                    move_target_id(m));
            return FAIL;
        }
        return sight && sight->state == SIGHT_HERE ? judge_target(m, sight->doc) : RETRY;
    }
    move_set_quiet(m, true);
    if (!targets_by_mark(m, look, move_is_unanswered(m), &targets, &proved)) {
        move_set_quiet(m, false); /* a target may run where nobody can look */
        return RETRY;
    }
    if (json_array_size(targets) > 0) {
        const json_t *target = winner(targets);

        move_set_target(m, jstr(target, "id", NULL));
        if (move_is_unanswered(m))
            move_set_new_id(m, jstr(target, "id", NULL));
        return judge_target(m, target);
    }
    if (move_is_unanswered(m) && !proved) {
        err_set(move_err(m), ERR_SERVICE,
                "the boot was asked for and not answered, and this cloud's lists cannot "
                "prove "
                "that it never arrived; look for a server tagged or marked %s",
                move_id(m));
        return HOLD;
    }
    return ABSENT;
}

bool boot_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_JSON json_t *body = NULL;

    if (!move_fact(m, FACT_IMAGE) && !is_volume_booted(m))
        return err_set(err, ERR_INTERNAL, "no snapshot to boot from");
    if (!volumes_are_known(m))
        return err_set(err, ERR_INTERNAL, "a volume has no copy to boot with");
    if (!ports_are_known(m))
        return err_set(err, ERR_INTERNAL, "a NIC has no port to boot with");
    body = boot_body(m, move_fact(m, FACT_IMAGE));
    nova_boot(session_of(m), r, body);
    return true;
}

enum verdict boot_heard(struct move *m, const struct reply *reply)
{
    AUTO_JSON json_t *body = NULL;
    const char *id;

    if (!reply_is_accepted(reply)) {
        if (reply->status == 400)
            volumes_explain(m, move_err(m));
        return reply->status == 409 ? RETRY : FAIL;
    }
    if (!cloud_json(reply, SERVICE_COMPUTE, &body, NULL))
        return WAIT; /* accepted, its body cut: found by mark */
    id = jstr(json_object_get(body, "server"), "id", NULL);
    if (id && strcmp(id, move_server_id(m)) != 0) {
        move_set_new_id(m, id);
        move_set_target(m, id);
    }
    return WAIT;
}

/* ---- deleting targets ---- */

static const json_t *first_stray(const json_t *targets, const char *keep)
{
    size_t i;
    json_t *one;

    json_array_foreach(targets, i, one)
    {
        if (!text_eq(jstr(one, "id", NULL), keep) &&
            strcmp(jstr(one, "status", ""), "DELETED") != 0)
            return one;
    }
    return NULL;
}

/* What has to be asked of this server next so that it goes away; NULL: it is under way.
 */
static const char *act_for(struct move *m, const json_t *server)
{
    const char *task = server_task(server);

    if (strcmp(jstr(server, "status", ""), "SOFT_DELETED") == 0)
        return "force-delete";
    if (task && strstr(task, "deleting")) /* soft-deleting too */
        return NULL;
    if (server_is_locked(server))
        return "unlock";
    if (move_walk(m) == WALK_DISCARD && server_is(server, "ACTIVE"))
        return "stop";
    if (task && strcmp(task, "powering-off") == 0)
        return NULL;
    return "delete";
}

enum verdict strays_seen(struct move *m, const struct look *look, const char *keep,
                         bool proof)
{
    AUTO_JSON json_t *targets = NULL;
    AUTO_FREE char *need = NULL;
    const json_t *stray;
    const char *last = move_fact(m, FACT_ACT), *act;
    const struct sight *known = NULL;
    bool proved;

    if (!targets_by_mark(m, look, proof, &targets, &proved))
        return RETRY;
    if (move_target_id(m) && !text_eq(move_target_id(m), keep))
        known = look_at(look, &kind_server, move_target_id(m));
    if (known && known->state == SIGHT_HERE)
        json_array_insert(targets, 0, known->doc);
    if (known && known->state == SIGHT_GONE)
        for (size_t i = json_array_size(targets); i-- > 0;)
            if (text_eq(jstr(json_array_get(targets, i), "id", NULL), move_target_id(m)))
                json_array_remove(targets, i);
    stray = first_stray(targets, keep);
    if (!stray) {
        if (last) {
            move_set_fact(m, FACT_ACT, NULL);
            return AGAIN;
        }
        return NEXT;
    }
    act = act_for(m, stray);
    if (!act)
        return WAIT;
    if (server_new_volume(m, stray)) {
        err_set(
            move_err(m), ERR_CONFLICT,
            "volume %s was attached to %s meanwhile and might be deleted with it: detach "
            "it first",
            server_new_volume(m, stray), jstr(stray, "id", ""));
        return HOLD;
    }
    need = xasprintf("%s %s", act, jstr(stray, "id", ""));
    if (last && strcmp(last, need) != 0) {
        move_set_fact(m, FACT_ACT, need);
        return AGAIN;
    }
    move_set_fact(m, FACT_ACT, need);
    return ABSENT;
}

bool strays_ask(struct move *m, struct request *r, struct err *err)
{
    const char *act = move_fact(m, FACT_ACT);
    const char *id = act ? strchr(act, ' ') : NULL;
    const struct session *s = session_of(m);

    if (!id)
        return err_set(err, ERR_INTERNAL, "no server to delete");
    id++;
    if (strcmp(id, move_server_id(m)) == 0)
        bug("the source %s was about to be deleted as a target", id);
    if (text_starts(act, "force-delete "))
        nova_force_delete(s, r, id);
    else if (text_starts(act, "unlock "))
        nova_unlock(s, r, id);
    else if (text_starts(act, "stop "))
        nova_stop(s, r, id);
    else
        nova_delete(s, r, id);
    return true;
}

static void undo_boot_watch(struct move *m, struct watch *w)
{
    watch_target(m, w);
    if (volume_count(m) > 0 && move_target_id(m))
        watch_add(w, &kind_attachments_if_there, move_target_id(m));
    if (move_walk(m) == WALK_DISCARD)
        added_watch(m, w);
    watch_targets_by_mark(m, w, true);
}

/* Without its source the target is the only copy, whoever wants it gone; and no volume of
 * the source may go with it. */
static bool target_may_go(struct move *m, const struct look *look, struct err *err)
{
    const struct sight *source = look_at(look, &kind_server, move_server_id(m));
    const char *status = source && source->doc ? jstr(source->doc, "status", "") : "";

    if (source && source->state == SIGHT_HERE && strcmp(status, "ERROR") != 0 &&
        strcmp(status, "DELETED") != 0 && strcmp(status, "SOFT_DELETED") != 0)
        return volumes_are_safe(
            m, look_doc(look, &kind_attachments_if_there, move_target_id(m)), err);
    return err_set(err, ERR_NOTFOUND,
                   "the source %s is %s: the target is the only copy left and stays",
                   move_server_id(m),
                   source && source->state == SIGHT_GONE ? "gone (404)" : "not usable");
}

/* What hangs on the target is known, or nothing does any more. */
static bool sees_volumes(struct move *m, const struct look *look)
{
    const struct sight *sight;

    if (volume_count(m) == 0 || !move_target_id(m))
        return true;
    sight = look_at(look, &kind_attachments_if_there, move_target_id(m));
    return sight && (sight->state == SIGHT_HERE || sight->status == 404);
}

bool is_our_target(const struct move *m, const char *server_id)
{
    return server_id && *server_id &&
           (text_eq(server_id, move_target_id(m)) ||
            text_eq(server_id, move_fact(m, FACT_WAS_TARGET)));
}

/* A person discards what the move made, and may not know what others put there since. */
static enum verdict nothing_added(struct move *m, const struct look *look)
{
    AUTO_FREE char *list = NULL;

    if (move_walk(m) != WALK_DISCARD)
        return NEXT;
    if (!added_seen(m, look, &list)) {
        err_set(move_err(m), ERR_CONFLICT,
                "the ports and floating IPs of the target %s cannot be seen",
                move_target_id(m));
        return RETRY;
    }
    if (!list)
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT,
            "the target %s was given something since, which would go with it: %s; take "
            "that off it first, then resume",
            move_target_id(m), list);
    return HOLD;
}

static enum verdict undo_boot_seen(struct move *m, const struct look *look)
{
    enum verdict v = strays_seen(m, look, NULL, true);

    if (v == ABSENT && !sees_volumes(m, look)) {
        err_set(move_err(m), ERR_CONFLICT,
                "the volumes of the target %s cannot be seen, and one that was set to be "
                "deleted with it would be lost",
                move_target_id(m));
        return RETRY;
    }
    if (v == ABSENT && nothing_added(m, look) != NEXT)
        return nothing_added(m, look);
    if (v == NEXT) {
        if (move_target_id(m))
            move_set_fact(m, FACT_WAS_TARGET, move_target_id(m));
        move_set_target(m, NULL);
        move_set_serving(m, SERVING_NONE);
    }
    return v;
}

/* From here on nobody serves until the source runs again. */
static bool undo_boot_ask(struct move *m, struct request *r, struct err *err)
{
    if (move_fact(m, FACT_TARGET_UP) && captured_running(m))
        move_set_down(m, clock_wall(), 0);
    move_set_fact(m, FACT_TARGET_UP, NULL);
    move_set_serving(m, SERVING_NONE);
    if (acts_of(m, "delete") || acts_of(m, "force-delete"))
        ledger_all_off(m, clock_wall()); /* those of a target that never ran are off */
    return strays_ask(m, r, err);
}

const struct step undo_boot = {
    .id = "delete-target",
    .label = "deleting the target",
    .guard = target_may_go,
    .watch = undo_boot_watch,
    .seen = undo_boot_seen,
    .ask = undo_boot_ask,
    .class = CLASS_GOAL,
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 900,
    .at_limit = HOLD,
};

/* ---- power state and lock as before ---- */

static enum verdict target_there(struct move *m, const struct look *look, json_t **doc)
{
    const struct sight *sight =
        move_target_id(m) ? look_at(look, &kind_server, move_target_id(m)) : NULL;

    *doc = sight && sight->state == SIGHT_HERE ? sight->doc : NULL;
    if (*doc)
        return NEXT;
    if (sight && sight->state == SIGHT_GONE) {
        err_set(move_err(m), ERR_NOTFOUND, "the target %s is gone (404)",
                move_target_id(m));
        return HOLD;
    }
    return RETRY;
}

enum verdict power_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there;

    if (captured_running(m))
        return NEXT;
    there = target_there(m, look, &doc);
    if (there != NEXT)
        return there;
    if (server_is_busy(doc))
        return WAIT;
    if (server_is(doc, "ACTIVE"))
        return ABSENT;
    move_set_serving(m, SERVING_NONE);
    move_set_fact(m, FACT_TARGET_UP, NULL);
    return NEXT;
}

bool power_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    rest_request(session_of(m), r, move_target_id(m), captured_status(m));
    return true;
}

enum verdict relock_seen(struct move *m, const struct look *look)
{
    json_t *doc;
    enum verdict there;

    if (!captured_locked(m))
        return NEXT;
    there = target_there(m, look, &doc);
    if (there != NEXT)
        return there;
    return server_is_locked(doc) ? NEXT : ABSENT;
}

bool relock_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_lock(session_of(m), r, move_target_id(m), captured_lock_reason(m));
    return true;
}
