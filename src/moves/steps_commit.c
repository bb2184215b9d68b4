/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit: the target is looked at once more, then the source is deleted, by id, and after
 * it the marks and the image. Nothing here has an undo: it goes forward or is held.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/glance.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/steps.h"

/* The target exists, in the zone, without a task or an error. */
static bool target_is_good(struct move *m, const struct look *look, struct err *err)
{
    const struct sight *sight =
        move_target_id(m) ? look_at(look, &kind_server, move_target_id(m)) : NULL;
    const json_t *doc = sight && sight->state == SIGHT_HERE ? sight->doc : NULL;
    const char *status = jstr(doc, "status", "");

    if (sight && sight->state == SIGHT_GONE)
        move_set_serving(m, SERVING_NONE);
    if (!doc)
        return err_set(
            err, ERR_NOTFOUND,
            "the target %s cannot be seen%s; the source is the last copy and stays",
            move_target_id(m) ? move_target_id(m) : "",
            sight && sight->state == SIGHT_GONE ? " (404: it is gone)" : "");
    if (strcmp(status, "ACTIVE") != 0 && strcmp(status, "SHUTOFF") != 0 &&
        strcmp(status, "PAUSED") != 0 && strcmp(status, "SUSPENDED") != 0)
        return err_set(err, ERR_CONFLICT, "the target is %s; the source stays", status);
    if (server_is_busy(doc))
        return err_set(err, ERR_CONFLICT, "the target has a task under way: %s",
                       server_task(doc));
    if (strcmp(server_zone(doc), move_target_zone(m)) != 0)
        return err_set(err, ERR_CONFLICT, "the target is in zone %s, not %s",
                       server_zone(doc), move_target_zone(m));
    return true;
}

/* As sealed: SHUTOFF, no task, and (until commit opens it) locked with our reason: that
 * of the seal, or the fence's where a late lock came before it. */
static bool source_is_sealed(struct move *m, const json_t *doc, bool locked,
                             struct err *err)
{
    int compute = captured_compute(m);
    char reason[MARK_SIZE], fence[MARK_SIZE];

    if (strcmp(jstr(doc, "status", ""), "SHUTOFF") != 0)
        return err_set(err, ERR_CONFLICT,
                       "the source is %s, not SHUTOFF: somebody uses it again",
                       jstr(doc, "status", "?"));
    if (server_is_busy(doc))
        return err_set(err, ERR_CONFLICT, "the source has a task under way: %s",
                       server_task(doc));
    if (source_strange_volume(m, doc))
        return err_set(
            err, ERR_CONFLICT,
            "volume %s was attached to the source meanwhile and might be deleted "
            "with it: detach it first",
            source_strange_volume(m, doc));
    if (!locked)
        return true;
    mark_sealed_reason(move_id(m), move_target_id(m), reason);
    AUTO_FREE char *words =
        compute >= 73 ? xasprintf(" --reason '%s'", reason) : xstrdup("");
    if (compute >= 9 && !server_is_locked(doc))
        return err_set(err, ERR_CONFLICT,
                       "the source is not locked any more: somebody opened it; if nobody "
                       "needs it, lock it again: openstack server lock%s %s",
                       words, move_server_id(m));
    mark_lock_reason(move_id(m), fence);
    if (compute >= 73 && !text_eq(server_lock_reason(doc), reason) &&
        !text_eq(server_lock_reason(doc), fence))
        return err_set(err, ERR_CONFLICT,
                       "the source is locked by somebody else: %s; if nobody needs it, "
                       "unlock it and lock it again: openstack server lock%s %s",
                       server_lock_reason(doc) ? server_lock_reason(doc) : "(no reason)",
                       words, move_server_id(m));
    return true;
}

static void both_watch(struct move *m, struct watch *w)
{
    watch_add(w, &kind_server, move_server_id(m));
    watch_target(m, w);
    last_copies_watch(m, w);
}

/* Typed at any of the commands that work on this commit, and remembered. */
static bool keeps_image(struct move *m)
{
    if (world_of(m)->keep_image)
        move_set_fact(m, FACT_KEEP_IMAGE, "1");
    return move_fact(m, FACT_KEEP_IMAGE) != NULL;
}

/* For a moment Nova still shows what it has deleted (seen in 2025.1). Not what it may
 * still restore: that is SOFT_DELETED. */
static bool is_deleted(const json_t *server)
{
    return strcmp(jstr(server, "status", ""), "DELETED") == 0;
}

static bool is_being_deleted(const json_t *server)
{
    const char *task = server_task(server);

    return task && strstr(task, "deleting"); /* soft-deleting too */
}

static enum verdict check_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *source = source_doc(m, look, &gone);

    (void)keeps_image(m);
    if (!source && !gone)
        return RETRY;
    if (!target_is_good(m, look, move_err(m)))
        return HOLD;
    if (!source || is_deleted(source)) /* somebody has done the commit's work */
        return NEXT;
    if (is_being_deleted(source))
        return WAIT;
    if (!last_copies_are_told(m, look))
        return RETRY;
    return source_is_sealed(m, source, true, move_err(m)) &&
                   last_copies_are_safe(m, look, source, move_err(m))
               ? NEXT
               : HOLD;
}

static bool guard_commit(struct move *m, const struct look *look, struct err *err)
{
    const json_t *source = source_doc(m, look, NULL);

    return source && target_is_good(m, look, err) &&
           source_is_sealed(m, source, false, err) &&
           last_copies_are_safe(m, look, source, err);
}

static enum verdict open_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *source = source_doc(m, look, &gone);
    int compute = captured_compute(m);

    if (!source)
        return gone ? NEXT : RETRY;
    if (is_deleted(source))
        return NEXT;
    if (!last_copies_are_told(m, look))
        return RETRY;
    if (compute < 9)
        return move_asked(m, WALK_COMMIT, "commit-open") && !move_is_unanswered(m)
                   ? NEXT
                   : ABSENT;
    return server_is_locked(source) ? ABSENT : NEXT;
}

static bool open_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_unlock(session_of(m), r, move_server_id(m));
    return true;
}

static enum verdict delete_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *source = source_doc(m, look, &gone);

    if (gone || is_deleted(source) ||
        strcmp(jstr(source, "status", ""), "SOFT_DELETED") == 0)
        return NEXT;
    if (!source || !last_copies_are_told(m, look))
        return RETRY;
    return is_being_deleted(source) ? WAIT : ABSENT;
}

static bool delete_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_delete(session_of(m), r, move_server_id(m));
    return true;
}

/* Once source and target are gone the image is all that is left of the machine: only a
 * person may let it go. */
static bool guard_image(struct move *m, const struct look *look, struct err *err)
{
    const struct sight *target =
        move_target_id(m) ? look_at(look, &kind_server, move_target_id(m)) : NULL;
    const char *status = target && target->doc ? jstr(target->doc, "status", "") : "";
    const char *image = move_fact(m, FACT_IMAGE);

    if (!target || keeps_image(m) || !image ||
        (target->state != SIGHT_GONE && strcmp(status, "DELETED") != 0 &&
         strcmp(status, "SOFT_DELETED") != 0))
        return true;
    move_set_serving(m, SERVING_NONE);
    return err_set(err, ERR_NOTFOUND,
                   "the target %s is gone: somebody deleted it, and the image %s is the "
                   "last copy; 'rezone commit %s --keep-image' ends the move and leaves "
                   "the image to you",
                   move_target_id(m), image ? image : "", move_id(m));
}

static enum verdict unmark_seen(struct move *m, const struct look *look)
{
    const struct sight *sight = look_at(look, &kind_server, move_target_id(m));
    const json_t *target = sight && sight->state == SIGHT_HERE ? sight->doc : NULL;

    if (!guard_image(m, look, move_err(m)))
        return HOLD;
    if (sight && sight->state == SIGHT_GONE)
        return NEXT;
    if (!target)
        return RETRY;
    return mark_server_is_target(target, move_id(m)) ? ABSENT : NEXT;
}

static bool unmark_ask(struct move *m, struct request *r, struct err *err)
{
    const struct session *s = session_of(m);
    char tag[MARK_SIZE];

    (void)err;
    if (mark_way_target(captured_compute(m), captured_server(m)) == MARK_TAG) {
        mark_target_tag(move_id(m), tag);
        nova_delete_tag(s, r, move_target_id(m), tag);
    } else {
        nova_delete_metadata(s, r, move_target_id(m), MARK_PROPERTY);
    }
    return true;
}

static void image_watch(struct move *m, struct watch *w)
{
    watch_target(m, w);
    if (move_fact(m, FACT_IMAGE))
        watch_add(w, &kind_image, move_fact(m, FACT_IMAGE));
}

/* NEXT: there is none to deal with. */
static enum verdict image_there(struct move *m, const struct look *look, json_t **doc)
{
    const struct sight *sight = look_at(look, &kind_image, NULL);

    *doc = sight && sight->state == SIGHT_HERE ? sight->doc : NULL;
    if (!sight || image_is_gone(sight))
        return NEXT;
    if (!*doc)
        return RETRY;
    return mark_image_is_ours(*doc, move_id(m), move_server_id(m)) ? ABSENT : NEXT;
}

static bool has_our_tag(struct move *m, const json_t *image)
{
    char tag[MARK_SIZE];
    size_t i;
    json_t *one;

    mark_image_tag(move_id(m), tag);
    json_array_foreach(json_object_get(image, "tags"), i, one)
    {
        if (text_eq(json_string_value(one), tag))
            return true;
    }
    return false;
}

static enum verdict unprotect_seen(struct move *m, const struct look *look)
{
    json_t *image;
    enum verdict v = image_there(m, look, &image);
    bool keep = keeps_image(m);

    if (v != ABSENT)
        return v;
    if (jbool(image, "protected", false))
        return ABSENT;
    return keep && has_our_tag(m, image) ? ABSENT : NEXT;
}

static bool unprotect_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_JSON json_t *patch =
        json_pack("[{s:s, s:s, s:b}]", "op", "replace", "path", "/protected", "value", 0);

    (void)err;
    if (move_fact(m, FACT_KEEP_IMAGE)) /* the user's own from now on */
        json_array_append_new(patch, json_pack("{s:s, s:s, s:[]}", "op", "replace",
                                               "path", "/tags", "value"));
    glance_patch(session_of(m), r, move_fact(m, FACT_IMAGE), patch);
    return true;
}

static enum verdict delete_image_seen(struct move *m, const struct look *look)
{
    json_t *image;

    if (keeps_image(m))
        return NEXT;
    return image_there(m, look, &image);
}

static bool delete_image_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    glance_delete(session_of(m), r, move_fact(m, FACT_IMAGE));
    return true;
}

/* Nova cuts networks when it deletes a server: what the target has is looked at again. */
static void network_watch(struct move *m, struct watch *w)
{
    if (!keeps_addresses(m) || !move_target_id(m))
        return;
    watch_target(m, w);
    watch_add(w, &kind_ports_of, move_target_id(m));
    commit_floats_watch(m, w);
}

static enum verdict network_seen(struct move *m, const struct look *look)
{
    const struct sight *target;
    AUTO_FREE char *missing = NULL;
    bool all;

    move_set_quiet(m, true);
    if (!keeps_addresses(m) || !move_target_id(m))
        return NEXT;
    target = look_at(look, &kind_server, move_target_id(m));
    if (target && target->state == SIGHT_GONE)
        return NEXT; /* the rows of the image say what that means */
    all = commit_network_is_whole(m, look, &missing);
    if (!missing)
        return RETRY;
    if (all) {
        forwards_tell_changes(m, look);
        return NEXT;
    }
    err_set(move_err(m), ERR_CONFLICT,
            "the target %s lacks what it had before its source was deleted: %s; attach "
            "it again, then resume",
            move_target_id(m), missing);
    return WAIT;
}

#define COMMIT_TIMES .first_s = 0.05, .every_s = 5, .limit_s = 600, .at_limit = HOLD

const struct step commit_steps_snapshot[COMMIT_STEPS_SNAPSHOT] = {
    {.id = "commit-check",
     .label = "looking at the target once more",
     .watch = both_watch,
     .seen = check_seen,
     .class = CLASS_LOOK,
     COMMIT_TIMES},
    {.id = "commit-open",
     .label = "unlocking the source",
     .guard = guard_commit,
     .watch = both_watch,
     .seen = open_seen,
     .ask = open_ask,
     .class = CLASS_GOAL,
     .flags = STEP_TOGGLE,
     COMMIT_TIMES},
    {.id = "commit-delete",
     .label = "deleting the source",
     .guard = guard_commit,
     .watch = both_watch,
     .seen = delete_seen,
     .ask = delete_ask,
     .class = CLASS_GOAL,
     .flags = STEP_NO_RETURN,
     COMMIT_TIMES},
    {.id = "commit-network",
     .label = "looking at the target's ports",
     .watch = network_watch,
     .seen = network_seen,
     .class = CLASS_LOOK,
     .first_s = 0.05,
     .every_s = 5,
     .limit_s = 60,
     .at_limit = HOLD},
    {.id = "commit-volumes",
     .label = "volumes are deleted with the target as they were with the source",
     .watch = volume_flags_watch,
     .seen = volume_flags_seen,
     .ask = volume_flags_ask,
     .heard = volume_flags_heard,
     .class = CLASS_GOAL,
     .flags = STEP_LITTER,
     COMMIT_TIMES},
    {.id = "commit-volumes-left",
     .label = "looking at the volumes of the source",
     .watch = volumes_left_watch,
     .seen = volumes_left_seen,
     .class = CLASS_LOOK,
     .flags = STEP_LITTER,
     COMMIT_TIMES},
    {.id = "commit-unmark",
     .label = "taking our mark off the target",
     .watch = watch_target,
     .seen = unmark_seen,
     .ask = unmark_ask,
     .class = CLASS_GOAL,
     .flags = STEP_LITTER,
     COMMIT_TIMES},
    {.id = "commit-unprotect",
     .label = "unprotecting the image",
     .guard = guard_image,
     .watch = image_watch,
     .seen = unprotect_seen,
     .ask = unprotect_ask,
     .class = CLASS_GOAL,
     .flags = STEP_LITTER,
     COMMIT_TIMES},
    {.id = "commit-image",
     .label = "deleting the image",
     .guard = guard_image,
     .watch = image_watch,
     .seen = delete_image_seen,
     .ask = delete_image_ask,
     .class = CLASS_GOAL,
     .flags = STEP_LITTER,
     COMMIT_TIMES},
};
