/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the snapshot image: make it, label it, delete it.
 *
 * An image-backed createImage makes the Glance record at once and uploads later; when it
 * fails Nova deletes the image, and the server shows nothing but task_state null (Nova
 * compute/manager.py, delete_image_on_error). So: active and no task is success, 404 is
 * failure, and the reason is read from the instance action.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/glance.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/steps.h"
#include "moves/volumes.h"

#define LOCK_PROPERTY "locked_reason"
#define DEAD_QUEUE_S                                                                     \
    60.0 /* queued, and Nova does nothing any more: its upload never comes */

static bool is_status(const json_t *image, const char *status)
{
    return strcmp(jstr(image, "status", ""), status) == 0;
}

static bool is_dead(const json_t *image)
{
    return is_status(image, "killed") || is_status(image, "deleted") ||
           is_status(image, "pending_delete");
}

bool image_is_gone(const struct sight *sight)
{
    return sight && (sight->state == SIGHT_GONE ||
                     (sight->state == SIGHT_DENIED && sight->status == 404) ||
                     (sight->state == SIGHT_HERE && is_dead(sight->doc)));
}

/* ---- snapshot ---- */

static void action_key(struct move *m, char *key, size_t size)
{
    const char *request = move_ask_request_id(m, WALK_FORWARD, "snapshot");

    snprintf(key, size, "%s/%s", move_server_id(m), request ? request : "");
}

void snapshot_watch(struct move *m, struct watch *w)
{
    char key[128];

    if (is_volume_booted(m))
        return;
    watch_add(w, &kind_server, move_server_id(m));
    if (move_fact(m, FACT_IMAGE))
        watch_add(w, &kind_image, move_fact(m, FACT_IMAGE));
    else
        watch_images_by_mark(m, w);
    if (move_is_unanswered(m))
        watch_add(w, &kind_actions, move_server_id(m));
    if (move_fact(m, FACT_FAILED) && move_ask_request_id(m, WALK_FORWARD, "snapshot")) {
        action_key(m, key, sizeof key);
        watch_add(w, &kind_action, key);
    }
}

/* The reason that the instance action gives. */
static const char *action_reason(const json_t *action)
{
    const json_t *events = json_object_get(action, "events");
    size_t i;
    json_t *event;

    json_array_foreach(events, i, event)
    {
        if (jstr(event, "details", NULL))
            return jstr(event, "details", NULL);
    }
    json_array_foreach(events, i, event)
    {
        if (strcmp(jstr(event, "result", ""), "Error") == 0)
            return "its event ended in Error, and no details are shown to this account";
    }
    return jstr(action, "message", NULL);
}

static enum verdict failed(struct move *m, const struct look *look)
{
    const struct sight *action = look_at(look, &kind_action, NULL);
    const char *request = move_ask_request_id(m, WALK_FORWARD, "snapshot"), *reason;

    if (!action && request && !move_fact(m, FACT_FAILED)) {
        move_set_fact(m, FACT_FAILED, "1"); /* the next look reads why */
        return WAIT;
    }
    reason = action && action->state == SIGHT_HERE ? action_reason(action->doc) : NULL;
    err_set(move_err(m), ERR_SERVICE,
            "the snapshot failed: Nova deleted its image%s%s%s%s%s",
            reason ? "; the instance action says: " : "", reason ? reason : "",
            request ? " (request " : "", request ? request : "", request ? ")" : "");
    return FAIL;
}

/* Of several images that are ours the active one is kept; the sweep deletes the others.
 */
static json_t *best(json_t *images)
{
    size_t i;
    json_t *image;

    json_array_foreach(images, i, image)
    {
        if (is_status(image, "active"))
            return image;
    }
    return json_array_get(images, 0);
}

/* Unanswered, no image: did Nova take the request and fail? An action newer than the
 * capture with that name is ours or a stranger's; in both cases there is no image of
 * ours. */
static bool action_failed(struct move *m, const struct look *look)
{
    const json_t *actions = look_doc(look, &kind_actions, move_server_id(m));
    const json_t *newest = json_array_get(actions, 0);
    const char *last = jstr(move_capture(m), "last_action", "");

    return newest && strcmp(jstr(newest, "action", ""), "createImage") == 0 &&
           strcmp(jstr(newest, "request_id", ""), last) != 0 &&
           strcmp(jstr(newest, "message", ""), "Error") == 0;
}

static enum verdict judge_image(struct move *m, const json_t *image, bool busy)
{
    const char *since = move_fact(m, FACT_QUEUED);
    AUTO_FREE char *now = NULL;

    if (is_status(image, "active")) {
        move_set_quiet(m, !busy);
        return busy ? WAIT : NEXT;
    }
    if (is_status(image, "queued") || is_status(image, "saving") ||
        is_status(image, "uploading") || is_status(image, "importing")) {
        move_set_quiet(m, !busy);
        if (busy) {
            move_set_fact(m, FACT_QUEUED, NULL);
            return WAIT;
        }
        if (!since) {
            now = xasprintf("%.0f", clock_wall());
            move_set_fact(m, FACT_QUEUED, now);
            return WAIT;
        }
        if (clock_wall() - strtod(since, NULL) < DEAD_QUEUE_S)
            return WAIT;
        err_set(move_err(m), ERR_SERVICE,
                "the image is %s and Nova uploads nothing to it any more",
                jstr(image, "status", "?"));
        return FAIL;
    }
    err_set(move_err(m), ERR_SERVICE, "the image is %s", jstr(image, "status", "?"));
    return FAIL;
}

enum verdict snapshot_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *server = source_doc(m, look, &gone);
    AUTO_JSON json_t *images = NULL;
    const struct sight *sight;

    if (is_volume_booted(m)) /* its root is a volume, which is copied as such */
        return NEXT;
    if (!server) {
        err_set(move_err(m), ERR_NOTFOUND, "the source is gone (404)");
        return gone ? HOLD : RETRY;
    }
    if (strcmp(jstr(server, "status", "UNKNOWN"), "UNKNOWN") == 0)
        return WAIT; /* its cell is down: whether a task runs is not known */
    move_set_quiet(m, !server_is_busy(server));
    if (move_fact(m, FACT_IMAGE)) {
        sight = look_at(look, &kind_image, move_fact(m, FACT_IMAGE));
        if (!sight || sight->state == SIGHT_NONE)
            return WAIT;
        if (image_is_gone(sight))
            return server_is_busy(server) ? WAIT : failed(m, look);
        if (sight->state != SIGHT_HERE)
            return RETRY;
        return judge_image(m, sight->doc, server_is_busy(server));
    }
    if (!images_by_mark(m, look, &images))
        return RETRY;
    if (json_array_size(images) > 0) {
        const json_t *image = best(images);

        move_set_fact(m, FACT_IMAGE, jstr(image, "id", NULL));
        if (move_is_unanswered(m))
            move_set_new_id(m, jstr(image, "id", NULL));
        return judge_image(m, image, server_is_busy(server));
    }
    if (server_is_busy(server))
        return WAIT;
    if (move_is_unanswered(m) && action_failed(m, look)) {
        err_set(move_err(m), ERR_SERVICE,
                "the snapshot failed: the instance action createImage says Error");
        return FAIL;
    }
    return ABSENT;
}

bool snapshot_ask(struct move *m, struct request *r, struct err *err)
{
    char name[MARK_SIZE];

    (void)err;
    mark_image_name(move_id(m), name);
    nova_create_image(session_of(m), r, move_server_id(m), name, MARK_PROPERTY,
                      move_id(m));
    return true;
}

enum verdict snapshot_heard(struct move *m, const struct reply *reply)
{
    char *id;

    if (!reply_is_accepted(reply))
        return reply->status == 409 ? RETRY : FAIL;
    id = nova_created_image_id(reply);
    if (id) {
        move_set_new_id(m, id);
        move_set_fact(m, FACT_IMAGE, id);
        free(id);
    }
    return WAIT;
}

/* ---- label ---- */

void label_watch(struct move *m, struct watch *w)
{
    if (!is_volume_booted(m))
        watch_add(w, &kind_image,
                  move_fact(m, FACT_IMAGE) ? move_fact(m, FACT_IMAGE) : "");
}

static bool has_tag(const json_t *image, const char *tag)
{
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(image, "tags"), i, one)
    {
        if (text_eq(json_string_value(one), tag))
            return true;
    }
    return false;
}

/* Nova copies the lock's reason of a locked server into its image's properties (seen with
 * 2022.2), and from there into the target and its later images. */
static bool has_our_reason(const json_t *image)
{
    return text_starts(jstr(image, LOCK_PROPERTY, ""), "rezone:");
}

static bool is_labelled(struct move *m, const json_t *image)
{
    char tag[MARK_SIZE];

    mark_image_tag(move_id(m), tag);
    return has_tag(image, tag) && jbool(image, "protected", false) &&
           !json_object_get(image, MARK_PROPERTY) && !has_our_reason(image);
}

enum verdict label_seen(struct move *m, const struct look *look)
{
    const struct sight *sight = look_at(look, &kind_image, NULL);

    move_set_quiet(m, true);
    if (is_volume_booted(m))
        return NEXT;
    if (!sight || sight->state == SIGHT_NONE)
        return RETRY;
    if (image_is_gone(sight)) {
        err_set(move_err(m), ERR_NOTFOUND,
                "the snapshot image is gone: somebody deleted it");
        return FAIL;
    }
    if (sight->state != SIGHT_HERE)
        return RETRY;
    move_set_fact(m, FACT_IMAGE_MARK,
                  json_object_get(sight->doc, MARK_PROPERTY) ? "1" : NULL);
    move_set_fact(m, FACT_IMAGE_REASON, has_our_reason(sight->doc) ? "1" : NULL);
    return is_labelled(m, sight->doc) ? NEXT : ABSENT;
}

/* Properties are inherited by the target and by every later backup of it; tags are not.
 * So our property becomes a tag before anything boots from the image. */
bool label_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_JSON json_t *patch = json_array();
    char tag[MARK_SIZE];

    (void)err;
    mark_image_tag(move_id(m), tag);
    if (move_fact(m, FACT_IMAGE_MARK))
        json_array_append_new(
            patch, json_pack("{s:s, s:s}", "op", "remove", "path", "/" MARK_PROPERTY));
    if (move_fact(m, FACT_IMAGE_REASON))
        json_array_append_new(
            patch, json_pack("{s:s, s:s}", "op", "remove", "path", "/" LOCK_PROPERTY));
    json_array_append_new(patch, json_pack("{s:s, s:s, s:[s]}", "op", "replace", "path",
                                           "/tags", "value", tag));
    json_array_append_new(patch, json_pack("{s:s, s:s, s:b}", "op", "replace", "path",
                                           "/protected", "value", 1));
    glance_patch(session_of(m), r, move_fact(m, FACT_IMAGE), patch);
    return true;
}

enum verdict label_heard(struct move *m, const struct reply *reply)
{
    AUTO_JSON json_t *image = NULL;

    if (!reply_is_accepted(reply))
        return reply->status == 409 ? RETRY : FAIL;
    if (!cloud_json(reply, SERVICE_IMAGE, &image, NULL))
        return WAIT;
    return is_labelled(m, image) ? NEXT : WAIT;
}

/* ---- undo ---- */

static void images_watch(struct move *m, struct watch *w)
{
    watch_add(w, &kind_server, move_server_id(m));
    watch_images_by_mark(m, w);
    if (move_fact(m, FACT_IMAGE))
        watch_add(w, &kind_image, move_fact(m, FACT_IMAGE));
}

/* Every image of ours that is still there: by mark, and the one whose id was answered. */
static bool our_images(struct move *m, const struct look *look, json_t **ret)
{
    const struct sight *known = NULL;
    json_t *images;
    size_t i;
    json_t *image;

    if (!images_by_mark(m, look, &images))
        return false;
    if (move_fact(m, FACT_IMAGE))
        known = look_at(look, &kind_image, move_fact(m, FACT_IMAGE));
    for (i = json_array_size(images); i-- > 0;)
        if (is_dead(json_array_get(images, i)))
            json_array_remove(images, i);
    if (known && known->state == SIGHT_HERE && !is_dead(known->doc) &&
        mark_image_is_ours(known->doc, move_id(m), move_server_id(m))) {
        bool listed = false;

        json_array_foreach(images, i, image)
        {
            listed = listed || text_eq(jstr(image, "id", ""), jstr(known->doc, "id", ""));
        }
        if (!listed)
            json_array_append(images, known->doc);
    } else if (image_is_gone(known)) {
        for (i = json_array_size(images); i-- > 0;)
            if (text_eq(jstr(json_array_get(images, i), "id", ""),
                        move_fact(m, FACT_IMAGE)))
                json_array_remove(images, i);
    }
    *ret = images;
    return true;
}

/* Somebody deleted the source before there was a target: what was taken of it is all that
 * is left of the machine. It is never deleted by us: a person who discards keeps it. */
static enum verdict keep_last_copy(struct move *m, const char *image)
{
    if (move_walk(m) == WALK_DISCARD) {
        move_leave(
            m, "image",
            "image %s (protected): the source was deleted by somebody, and this is "
            "the only copy of it",
            image);
        move_set_fact(m, FACT_IMAGE, image);
        move_set_fact(m, FACT_ACT, NULL);
        return NEXT;
    }
    err_set(move_err(m), ERR_NOTFOUND,
            "the source is gone (404): somebody deleted it; image %s is the only copy of "
            "it: boot it by hand; discard ends the move and keeps the image",
            image);
    return HOLD;
}

static const char *whole_image(const json_t *images)
{
    size_t i;
    json_t *image;

    json_array_foreach(images, i, image)
    {
        if (strcmp(jstr(image, "status", ""), "active") == 0)
            return jstr(image, "id", NULL);
    }
    return NULL;
}

/* One act at a time: FACT_ACT is "unprotect <id>" or "delete <id>" of the last one. */
static enum verdict images_gone_seen(struct move *m, const struct look *look)
{
    AUTO_JSON json_t *images = NULL;
    bool gone;
    const json_t *server = source_doc(m, look, &gone), *first;
    const char *act = move_fact(m, FACT_ACT);
    AUTO_FREE char *need = NULL;

    if (!our_images(m, look, &images))
        return RETRY;
    if (json_array_size(images) == 0) {
        move_set_fact(m, FACT_ACT, NULL);
        if (server && server_is_busy(server)) /* the driver has not noticed yet */
            return WAIT;
        return NEXT;
    }
    first = json_array_get(images, 0);
    if (!server && !gone)
        return RETRY;
    if (gone && whole_image(images))
        return keep_last_copy(m, whole_image(images));
    need = xasprintf("%s %s", jbool(first, "protected", false) ? "unprotect" : "delete",
                     jstr(first, "id", ""));
    if (act && strcmp(act, need) != 0) {
        move_set_fact(m, FACT_ACT, need);
        return AGAIN;
    }
    move_set_fact(m, FACT_ACT, need);
    return ABSENT;
}

static bool images_gone_ask(struct move *m, struct request *r, struct err *err)
{
    const char *act = move_fact(m, FACT_ACT);
    AUTO_JSON json_t *patch = NULL;

    if (!act || !strchr(act, ' '))
        return err_set(err, ERR_INTERNAL, "no image to delete");
    if (text_starts(act, "unprotect ")) {
        patch = json_pack("[{s:s, s:s, s:b}]", "op", "replace", "path", "/protected",
                          "value", 0);
        glance_patch(session_of(m), r, strchr(act, ' ') + 1, patch);
    } else {
        glance_delete(session_of(m), r, strchr(act, ' ') + 1);
    }
    return true;
}

/* Protected since the look, by a label that came late: another look tells. */
static enum verdict images_gone_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_accepted(reply))
        return WAIT;
    if (reply->status == 404)
        return ABSENT;
    return reply->status == 403 || reply->status == 409 ? RETRY : FAIL;
}

const struct step undo_snapshot = {
    .id = "delete-image",
    .label = "deleting the snapshot image",
    .watch = images_watch,
    .seen = images_gone_seen,
    .ask = images_gone_ask,
    .heard = images_gone_heard,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 900,
    .at_limit = HOLD,
};
