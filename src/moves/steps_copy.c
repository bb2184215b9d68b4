/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of copied volumes: clones, images of them, the copies; their names; and the end of
 * all that when the move goes back.
 *
 * What a row asks for takes its time, and the row does not wait for it: the next one
 * does, volume by volume, so that all volumes are cloned, uploaded and made beside each
 * other. A copy is deleted only while its original is there: else it is the last one.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/cinder.h"
#include "cloud/error.h"
#include "cloud/glance.h"
#include "moves/acts.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/steps.h"
#include "moves/volumes.h"

#define NAMES  "volume-names"
#define COPIES "delete-copies"

/* Is there a volume that an item of a row is about? Not each of them need be copied. */
static bool at_volume(struct move *m, size_t n)
{
    return copies_volumes(m) && n < volume_count(m);
}

static bool is_told(const struct look *look, const struct kind *kind, const char *key)
{
    const struct sight *sight = look_at(look, kind, key);

    return sight && sight->state != SIGHT_NONE;
}

static bool is_status(const json_t *doc, const char *status)
{
    return text_eq(jstr(doc, "status", NULL), status);
}

/* On its way to be used, by Cinder's words. */
static bool is_in_the_making(const json_t *volume)
{
    return is_status(volume, "creating") || is_status(volume, "downloading") ||
           is_status(volume, "uploading");
}

static void watch_volume(struct watch *w, const char *id)
{
    if (id)
        watch_add(w, &kind_volume, id);
}

/* Of the volumes with our mark the first of this part of volume n; borrowed. */
static const json_t *marked_volume(struct move *m, const struct look *look, size_t n,
                                   enum copy_part part)
{
    char name[MARK_SIZE];
    size_t i;
    json_t *one;

    copy_mark(m, n, part, name);
    json_array_foreach(look_doc(look, &kind_volumes_marked, move_id(m)), i, one)
    {
        if (text_eq(jstr(one, "name", NULL), name) &&
            mark_volume_is_ours(one, move_id(m)) && !is_status(one, "deleting"))
            return one;
    }
    return NULL;
}

/* Notes what a POST made. */
static enum verdict made(struct move *m, enum copy_part part, const char *id)
{
    if (!id)
        return WAIT; /* accepted, its body cut: found by mark */
    move_set_new_id(m, id);
    copy_set_id(m, (size_t)move_item(m), part, id);
    return AGAIN;
}

static enum verdict volume_made(struct move *m, const struct reply *reply,
                                enum copy_part part)
{
    AUTO_JSON json_t *body = NULL;

    if (!reply_is_accepted(reply))
        return reply->status == 409 ? RETRY : FAIL;
    if (!cloud_json(reply, SERVICE_VOLUME, &body, NULL))
        return WAIT;
    return made(m, part, jstr(jget(body, "volume"), "id", NULL));
}

static enum verdict found(struct move *m, enum copy_part part, const json_t *doc)
{
    if (move_is_unanswered(m))
        move_set_new_id(m, jstr(doc, "id", NULL));
    copy_set_id(m, (size_t)move_item(m), part, jstr(doc, "id", NULL));
    return AGAIN;
}

/* ---- clone ---- */

static enum copy_part cloned_part(struct move *m, size_t n)
{
    return copy_changes_zone(m, n) ? COPY_CLONE : COPY_MADE;
}

void clone_watch(struct move *m, struct watch *w)
{
    size_t n = (size_t)move_item(m);

    if (!copies_volume(m, n))
        return;
    watch_source(m, w);
    watch_add(w, &kind_volume, volume_id_at(m, n));
    watch_add(w, &kind_volumes_marked, move_id(m));
}

enum verdict clone_seen(struct move *m, const struct look *look)
{
    size_t n = (size_t)move_item(m);
    const json_t *marked, *original;
    AUTO_FREE char *id = NULL;

    move_set_quiet(m, true);
    if (!at_volume(m, n))
        return NEXT;
    id = copy_id(m, n, cloned_part(m, n));
    if (id || !copies_volume(m, n))
        return AGAIN;
    if (!look_doc(look, &kind_volumes_marked, move_id(m)) ||
        !is_told(look, &kind_volume, volume_id_at(m, n)))
        return RETRY;
    marked = marked_volume(m, look, n, cloned_part(m, n));
    if (marked)
        return found(m, cloned_part(m, n), marked);
    original = look_doc(look, &kind_volume, volume_id_at(m, n));
    if (!original || !is_status(original, "in-use")) {
        err_set(move_err(m), ERR_CONFLICT, "the volume %s is %s, not in-use",
                volume_id_at(m, n), original ? jstr(original, "status", "?") : "gone");
        return FAIL;
    }
    return ABSENT;
}

bool clone_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_JSON json_t *body = copy_by_cloning(m, (size_t)move_item(m));

    (void)err;
    cinder_volume_create(session_of(m), r, body);
    return true;
}

enum verdict clone_heard(struct move *m, const struct reply *reply)
{
    return volume_made(m, reply, cloned_part(m, (size_t)move_item(m)));
}

/* ---- forget: a note that Cinder chokes on ---- */

/*
 * Cinder notes with a volume that was made from an image whether that was signed, hands
 * the note on to an image of the volume, and cannot make a volume of that: it would note
 * the same twice ("key signature_verified exists", seen; flows/manager/create_volume.py
 * of 2020.2 to 2026.2, with verify_glance_signatures as it is by default). So our clone
 * forgets it; taking it off the image races with the upload (seen: the image is lost).
 */
#define SIGNATURE_NOTE "signature_verified"

void forget_watch(struct move *m, struct watch *w)
{
    size_t n = (size_t)move_item(m);
    AUTO_FREE char *clone = copy_id(m, n, COPY_CLONE);

    if (at_volume(m, n))
        watch_volume(w, clone);
}

enum verdict forget_seen(struct move *m, const struct look *look)
{
    size_t n = (size_t)move_item(m);
    const json_t *doc;
    AUTO_FREE char *clone = copy_id(m, n, COPY_CLONE);

    move_set_quiet(m, true);
    if (!at_volume(m, n))
        return NEXT;
    if (!clone)
        return AGAIN;
    if (!is_told(look, &kind_volume, clone))
        return RETRY;
    doc = look_doc(look, &kind_volume, clone);
    move_set_quiet(m, !is_in_the_making(doc));
    if (is_in_the_making(doc)) /* it gets the note with its bytes */
        return WAIT;
    /* One that is gone or broken is the next row's to tell. */
    return is_status(doc, "available") &&
                   json_object_get(jget(doc, "volume_image_metadata"), SIGNATURE_NOTE)
               ? ABSENT
               : AGAIN;
}

bool forget_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_FREE char *clone = copy_id(m, (size_t)move_item(m), COPY_CLONE);

    if (!clone)
        return err_set(err, ERR_INTERNAL, "no clone of the volume");
    cinder_volume_forget(session_of(m), r, clone, SIGNATURE_NOTE);
    return true;
}

/* 404: it has no such note any more. */
enum verdict forget_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_accepted(reply))
        return WAIT;
    return reply->status == 404 || reply->status == 409 ? RETRY : FAIL;
}

/* ---- upload ---- */

static bool is_dead(const json_t *image)
{
    return is_status(image, "killed") || is_status(image, "deleted") ||
           is_status(image, "pending_delete");
}

static const json_t *marked_upload(struct move *m, const struct look *look, size_t n)
{
    char key[MARK_SIZE], name[MARK_SIZE];
    size_t i;
    json_t *one;

    copy_uploads_key(m, key);
    copy_mark(m, n, COPY_UPLOAD, name);
    json_array_foreach(look_doc(look, &kind_uploads, key), i, one)
    {
        if (text_eq(jstr(one, "name", NULL), name) &&
            mark_upload_is_ours(one, move_id(m)) && !is_dead(one))
            return one;
    }
    return NULL;
}

void upload_watch(struct move *m, struct watch *w)
{
    size_t n = (size_t)move_item(m);
    char key[MARK_SIZE];
    AUTO_FREE char *clone = NULL;

    if (!at_volume(m, n) || !copy_changes_zone(m, n))
        return;
    clone = copy_id(m, n, COPY_CLONE);
    copy_uploads_key(m, key);
    watch_volume(w, clone);
    watch_add(w, &kind_uploads, key);
}

enum verdict upload_seen(struct move *m, const struct look *look)
{
    size_t n = (size_t)move_item(m);
    char key[MARK_SIZE];
    const json_t *image, *doc;
    AUTO_FREE char *clone = NULL, *id = NULL;

    move_set_quiet(m, true);
    if (!at_volume(m, n))
        return NEXT;
    id = copy_id(m, n, COPY_UPLOAD);
    if (id || !copy_changes_zone(m, n))
        return AGAIN;
    clone = copy_id(m, n, COPY_CLONE);
    copy_uploads_key(m, key);
    if (!clone || !is_told(look, &kind_volume, clone) ||
        !look_doc(look, &kind_uploads, key))
        return RETRY;
    image = marked_upload(m, look, n);
    if (image)
        return found(m, COPY_UPLOAD, image);
    doc = look_doc(look, &kind_volume, clone);
    if (is_status(doc, "available"))
        return ABSENT;
    move_set_quiet(m, !is_in_the_making(doc));
    if (is_in_the_making(doc))
        return WAIT;
    err_set(move_err(m), ERR_SERVICE,
            "Cinder could not clone volume %s: the clone %s is %s", volume_id_at(m, n),
            clone, doc ? jstr(doc, "status", "?") : "gone");
    return FAIL;
}

bool upload_ask(struct move *m, struct request *r, struct err *err)
{
    size_t n = (size_t)move_item(m);
    AUTO_FREE char *clone = copy_id(m, n, COPY_CLONE);
    char name[MARK_SIZE];

    if (!clone)
        return err_set(err, ERR_INTERNAL, "no clone to upload");
    copy_mark(m, n, COPY_UPLOAD, name);
    cinder_volume_upload(session_of(m), r, clone, name);
    return true;
}

enum verdict upload_heard(struct move *m, const struct reply *reply)
{
    AUTO_JSON json_t *body = NULL;

    if (!reply_is_accepted(reply))
        return reply->status == 409 ? RETRY : FAIL;
    if (!cloud_json(reply, SERVICE_VOLUME, &body, NULL))
        return WAIT;
    return made(m, COPY_UPLOAD,
                jstr(jget(body, "os-volume_upload_image"), "image_id", NULL));
}

/* ---- copy ---- */

void copy_watch(struct move *m, struct watch *w)
{
    size_t n = (size_t)move_item(m);
    AUTO_FREE char *image = NULL;

    if (!at_volume(m, n) || !copy_changes_zone(m, n))
        return;
    image = copy_id(m, n, COPY_UPLOAD);
    if (image)
        watch_add(w, &kind_image, image);
    watch_add(w, &kind_volumes_marked, move_id(m));
}

enum verdict copy_seen(struct move *m, const struct look *look)
{
    size_t n = (size_t)move_item(m);
    const json_t *marked;
    const struct sight *sight;
    AUTO_FREE char *id = NULL, *image = NULL;

    move_set_quiet(m, true);
    if (!at_volume(m, n))
        return NEXT;
    id = copy_id(m, n, COPY_MADE);
    if (id || !copy_changes_zone(m, n))
        return AGAIN;
    image = copy_id(m, n, COPY_UPLOAD);
    sight = image ? look_at(look, &kind_image, image) : NULL;
    if (!sight || sight->state == SIGHT_NONE ||
        !look_doc(look, &kind_volumes_marked, move_id(m)))
        return RETRY;
    marked = marked_volume(m, look, n, COPY_MADE);
    if (marked)
        return found(m, COPY_MADE, marked);
    if (image_is_gone(sight)) {
        err_set(move_err(m), ERR_SERVICE,
                "the upload of volume %s failed: Cinder deleted its image %s",
                volume_id_at(m, n), image);
        return FAIL;
    }
    if (sight->state != SIGHT_HERE)
        return RETRY;
    move_set_quiet(m, false);
    return is_status(sight->doc, "active") ? ABSENT : WAIT;
}

bool copy_ask(struct move *m, struct request *r, struct err *err)
{
    size_t n = (size_t)move_item(m);
    AUTO_FREE char *image = copy_id(m, n, COPY_UPLOAD);
    AUTO_JSON json_t *body = NULL;

    if (!image)
        return err_set(err, ERR_INTERNAL, "no image to copy from");
    body = copy_from_image(m, n, image);
    cinder_volume_create(session_of(m), r, body);
    return true;
}

enum verdict copy_heard(struct move *m, const struct reply *reply)
{
    return volume_made(m, reply, COPY_MADE);
}

/* ---- copied: all of them are there, and whole ---- */

void copied_watch(struct move *m, struct watch *w)
{
    for (size_t n = 0; at_volume(m, n); n++) {
        AUTO_FREE char *id = copy_id(m, n, COPY_MADE);

        watch_volume(w, id);
    }
}

enum verdict copied_seen(struct move *m, const struct look *look)
{
    bool ready = true;

    for (size_t n = 0; at_volume(m, n); n++) {
        AUTO_FREE char *id = copy_id(m, n, COPY_MADE);
        const json_t *doc = id ? look_doc(look, &kind_volume, id) : NULL;

        if (!copies_volume(m, n))
            continue;
        if (!id || !is_told(look, &kind_volume, id))
            return RETRY;
        if (is_in_the_making(doc)) {
            ready = false;
            continue;
        }
        if (!is_status(doc, "available")) {
            err_set(move_err(m), ERR_SERVICE, "Cinder could not copy volume %s: %s is %s",
                    volume_id_at(m, n), id, doc ? jstr(doc, "status", "?") : "gone");
            return FAIL;
        }
        if (!copy_is_whole(m, n, doc, move_err(m)))
            return FAIL;
    }
    return ready ? NEXT : WAIT;
}

/* ---- drop: what they were made from ---- */

/* Each volume has two of these: the image, then the clone that it was made of. */
static char *between(struct move *m, enum copy_part *ret_part)
{
    size_t item = (size_t)move_item(m);

    *ret_part = item % 2 == 0 ? COPY_UPLOAD : COPY_CLONE;
    return copy_id(m, item / 2, *ret_part);
}

/* Refused, by the words that were noted. */
static void leave_between(struct move *m, const char *id, enum copy_part part)
{
    move_leave(m, id, "%s %s, which a copy was made from: %s",
               part == COPY_UPLOAD ? "image" : "volume", id, move_err(m)->text);
}

void drop_watch(struct move *m, struct watch *w)
{
    enum copy_part part;
    AUTO_FREE char *id = between(m, &part);

    if (id && at_volume(m, (size_t)move_item(m) / 2))
        watch_add(w, part == COPY_UPLOAD ? &kind_image : &kind_volume, id);
}

enum verdict drop_seen(struct move *m, const struct look *look)
{
    enum copy_part part;
    AUTO_FREE char *id = between(m, &part);
    const struct kind *kind = part == COPY_UPLOAD ? &kind_image : &kind_volume;
    const struct sight *sight;

    move_set_quiet(m, true);
    if (!at_volume(m, (size_t)move_item(m) / 2))
        return NEXT;
    if (!id)
        return AGAIN;
    sight = look_at(look, kind, id);
    if (!sight || sight->state == SIGHT_NONE)
        return RETRY;
    if (sight->state != SIGHT_HERE || is_dead(sight->doc))
        return AGAIN;
    /* Somebody took it for his own: it has another name by now. */
    if (part == COPY_UPLOAD ? !mark_upload_is_ours(sight->doc, move_id(m))
                            : !mark_volume_is_ours(sight->doc, move_id(m)))
        return AGAIN;
    return is_status(sight->doc, "deleting") || is_in_the_making(sight->doc) ? WAIT
                                                                             : ABSENT;
}

bool drop_ask(struct move *m, struct request *r, struct err *err)
{
    enum copy_part part;
    AUTO_FREE char *id = between(m, &part);

    if (!id)
        return err_set(err, ERR_INTERNAL, "nothing to delete");
    if (part == COPY_UPLOAD)
        glance_delete(session_of(m), r, id);
    else
        cinder_volume_delete(session_of(m), r, id);
    return true;
}

/* What cannot be deleted (an image in use) is named, and the next one's turn comes. */
enum verdict drop_heard(struct move *m, const struct reply *reply)
{
    enum copy_part part;
    AUTO_FREE char *id = between(m, &part);

    if (reply_is_accepted(reply))
        return WAIT;
    if (reply->status == 404)
        return RETRY;
    if (id)
        leave_between(m, id, part);
    return AGAIN;
}

/* ---- names: the copies get those of the originals, once the target has them ---- */

void volume_names_watch(struct move *m, struct watch *w)
{
    AUTO_FREE char *id = copy_id(m, acts_at(m, NAMES), COPY_MADE);

    if (copies_volume(m, acts_at(m, NAMES)))
        watch_volume(w, id);
}

enum verdict volume_names_seen(struct move *m, const struct look *look)
{
    size_t n = acts_at(m, NAMES);
    AUTO_FREE char *id = copy_id(m, n, COPY_MADE);
    const json_t *doc;
    const char *lacks;

    move_set_quiet(m, true);
    if (!at_volume(m, n))
        return acts_over(m);
    if (!copies_volume(m, n))
        return acts_next(m, NAMES);
    if (!id || !is_told(look, &kind_volume, id))
        return RETRY;
    doc = look_doc(look, &kind_volume, id);
    lacks = doc ? copy_lacks(volume_captured(m, n), doc) : NULL;
    return lacks ? acts_want(m, xasprintf("%s %s", lacks, id)) : acts_next(m, NAMES);
}

bool volume_names_ask(struct move *m, struct request *r, struct err *err)
{
    const json_t *captured = volume_captured(m, acts_at(m, NAMES));

    if (acts_of(m, "bootable")) {
        cinder_volume_bootable(session_of(m), r, acts_of(m, "bootable"),
                               text_eq(jstr(captured, "bootable", NULL), "true"));
    } else if (acts_of(m, "name")) {
        AUTO_JSON json_t *body = copy_own_name(captured);

        cinder_volume_update(session_of(m), r, acts_of(m, "name"), body);
    } else {
        return err_set(err, ERR_INTERNAL, "no volume to name");
    }
    return true;
}

enum verdict volume_names_heard(struct move *m, const struct reply *reply)
{
    size_t n = acts_at(m, NAMES);
    AUTO_FREE char *id = copy_id(m, n, COPY_MADE);
    AUTO_FREE char *name = xasprintf(NAMES ".%zu", n + 1);

    if (reply_is_accepted(reply))
        return WAIT;
    if (reply->status == 404)
        return RETRY;
    move_announce(m, name, "volume %s does not get all of its original's members: %s",
                  id ? id : "", move_err(m)->text);
    return acts_next(m, NAMES);
}

/* ---- undo: images ---- */

static void uploads_watch(struct move *m, struct watch *w)
{
    char key[MARK_SIZE];

    if (!copies_volumes(m))
        return;
    copy_uploads_key(m, key);
    watch_add(w, &kind_uploads, key);
    for (size_t n = 0; at_volume(m, n); n++) {
        AUTO_FREE char *id = copy_id(m, n, COPY_UPLOAD);

        if (id)
            watch_add(w, &kind_image, id);
    }
}

/* The first image of ours that is there, or NULL. Borrowed. */
static const json_t *upload_there(struct move *m, const struct look *look)
{
    for (size_t n = 0; at_volume(m, n); n++) {
        AUTO_FREE char *id = copy_id(m, n, COPY_UPLOAD);
        const struct sight *sight = id ? look_at(look, &kind_image, id) : NULL;
        const json_t *listed = marked_upload(m, look, n);

        if (sight && sight->state == SIGHT_HERE && !is_dead(sight->doc) &&
            mark_upload_is_ours(sight->doc, move_id(m)))
            return sight->doc;
        if (listed && !(text_eq(jstr(listed, "id", NULL), id) && image_is_gone(sight)))
            return listed;
    }
    return NULL;
}

static enum verdict delete_uploads_seen(struct move *m, const struct look *look)
{
    char key[MARK_SIZE];
    const json_t *image;

    move_set_quiet(m, true);
    if (!copies_volumes(m))
        return acts_over(m);
    copy_uploads_key(m, key);
    if (!look_doc(look, &kind_uploads, key))
        return RETRY;
    image = upload_there(m, look);
    if (!image)
        return acts_over(m);
    return acts_want(m, xasprintf("delete %s", jstr(image, "id", "")));
}

static bool delete_uploads_ask(struct move *m, struct request *r, struct err *err)
{
    const char *id = acts_of(m, "delete");

    if (!id)
        return err_set(err, ERR_INTERNAL, "no image to delete");
    glance_delete(session_of(m), r, id);
    return true;
}

const struct step undo_upload = {
    .id = "delete-uploads",
    .label = "deleting the images of volumes",
    .watch = uploads_watch,
    .seen = delete_uploads_seen,
    .ask = delete_uploads_ask,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 900,
    .at_limit = HOLD,
};

/* ---- undo: volumes ---- */

static void copies_watch(struct move *m, struct watch *w)
{
    size_t n = acts_at(m, COPIES);
    AUTO_FREE char *clone = copy_id(m, n, COPY_CLONE), *copy = copy_id(m, n, COPY_MADE);

    if (!copies_volume(m, n))
        return;
    watch_add(w, &kind_volumes_marked, move_id(m));
    watch_add(w, &kind_volume, volume_id_at(m, n));
    watch_volume(w, clone);
    watch_volume(w, copy);
}

/* By the single look, which knows better than a list. */
static const json_t *volume_there(struct move *m, const struct look *look, size_t n,
                                  enum copy_part part)
{
    AUTO_FREE char *id = copy_id(m, n, part);
    const json_t *doc = id ? look_doc(look, &kind_volume, id) : NULL;
    const json_t *listed = marked_volume(m, look, n, part);

    if (doc)
        return doc;
    return listed && !text_eq(jstr(listed, "id", NULL), id) ? listed : NULL;
}

/* Cinder deletes what is available or broken; what is on its way is waited for. */
static enum verdict delete_volume(struct move *m, const json_t *volume)
{
    const char *id = jstr(volume, "id", ""), *status = jstr(volume, "status", "");
    const char *holder =
        jstr(json_array_get(jget(volume, "attachments"), 0), "server_id", "");

    if (*holder && !is_our_target(m, holder) && is_status(volume, "in-use")) {
        move_leave(m, id, "volume %s, a copy that somebody attached to %s", id, holder);
        return acts_next(m, COPIES);
    }
    if (strcmp(status, "available") == 0 || strcmp(status, "error") == 0)
        return acts_want(m, xasprintf("delete %s", id));
    if (strcmp(status, "error_deleting") == 0) {
        move_leave(m, id, "volume %s, a copy that Cinder could not delete", id);
        return acts_next(m, COPIES);
    }
    err_set(move_err(m), ERR_CONFLICT, "the copy %s is '%s'", id, status);
    return WAIT;
}

static bool original_is_there(struct move *m, const struct look *look, size_t n)
{
    const json_t *original = look_doc(look, &kind_volume, volume_id_at(m, n));

    return original && !is_status(original, "deleting") &&
           !is_status(original, "error_deleting");
}

/* clones: what the copies are made from goes too. */
static enum verdict delete_seen(struct move *m, const struct look *look, bool clones)
{
    size_t n = acts_at(m, COPIES);
    const json_t *volume;
    AUTO_FREE char *clone = copy_id(m, n, COPY_CLONE), *copy = copy_id(m, n, COPY_MADE);

    if (!at_volume(m, n))
        return acts_over(m);
    if (!copies_volume(m, n))
        return acts_next(m, COPIES);
    if (!look_doc(look, &kind_volumes_marked, move_id(m)) ||
        !is_told(look, &kind_volume, volume_id_at(m, n)) ||
        (clone && !is_told(look, &kind_volume, clone)) ||
        (copy && !is_told(look, &kind_volume, copy)))
        return RETRY;
    move_set_quiet(m, true);
    volume = volume_there(m, look, n, COPY_MADE);
    if (!volume && clones)
        volume = volume_there(m, look, n, COPY_CLONE);
    if (!volume)
        return acts_next(m, COPIES);
    if (!original_is_there(m, look, n)) {
        move_leave(
            m, jstr(volume, "id", ""),
            "volume %s: somebody deleted volume %s, and this is the only copy of it",
            jstr(volume, "id", ""), volume_id_at(m, n));
        return acts_next(m, COPIES);
    }
    return delete_volume(m, volume);
}

static enum verdict delete_copies_seen(struct move *m, const struct look *look)
{
    return delete_seen(m, look, false);
}

static enum verdict delete_clones_seen(struct move *m, const struct look *look)
{
    return delete_seen(m, look, true);
}

static bool delete_copies_ask(struct move *m, struct request *r, struct err *err)
{
    const char *id = acts_of(m, "delete");

    if (!id)
        return err_set(err, ERR_INTERNAL, "no volume to delete");
    for (size_t n = 0; n < volume_count(m); n++)
        if (text_eq(id, volume_id_at(m, n)))
            bug("the source's volume %s was about to be deleted as a copy", id);
    cinder_volume_delete(session_of(m), r, id);
    return true;
}

/* What cannot be deleted is named, and the next one's turn comes. */
static enum verdict delete_copies_heard(struct move *m, const struct reply *reply)
{
    const char *id = acts_of(m, "delete");

    if (reply_is_accepted(reply))
        return WAIT;
    if (reply->status == 404 || reply->status == 409)
        return RETRY;
    if (id)
        move_leave(m, id, "volume %s: %s", id, move_err(m)->text);
    return acts_next(m, COPIES);
}

const struct step undo_copy = {
    .id = COPIES,
    .label = "deleting the copies of volumes",
    .watch = copies_watch,
    .seen = delete_copies_seen,
    .ask = delete_copies_ask,
    .heard = delete_copies_heard,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER | STEP_FRESH, /* the target has let go of them since */
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 900,
    .at_limit = HOLD,
};

/* After the images: a clone that is being uploaded is free once its image is gone. */
const struct step undo_clone = {
    .id = "delete-clones",
    .label = "deleting the clones of volumes",
    .watch = copies_watch,
    .seen = delete_clones_seen,
    .ask = delete_copies_ask,
    .heard = delete_copies_heard,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER | STEP_FRESH,
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 900,
    .at_limit = HOLD,
};

/* ---- sweep ---- */

void copies_sweep_watch(struct move *m, struct watch *w)
{
    char key[MARK_SIZE];

    if (!copies_volumes(m) || volume_count(m) == 0)
        return;
    copy_uploads_key(m, key);
    watch_add(w, &kind_uploads, key);
    watch_add(w, &kind_volumes_marked, move_id(m));
}

static bool is_left(const struct move *m, const char *id)
{
    size_t i;
    json_t *one;

    json_array_foreach(move_left(m), i, one)
    {
        if (text_eq(jstr(one, "name", NULL), id))
            return true;
    }
    return false;
}

/* An image with our mark; not one that is named in left[] already. */
static const json_t *stray_upload(struct move *m, const struct look *look)
{
    for (size_t n = 0; n < volume_count(m); n++) {
        const json_t *image = marked_upload(m, look, n);

        if (image && !is_left(m, jstr(image, "id", "")))
            return image;
    }
    return NULL;
}

/* A volume with our mark that nobody needs. keep: the target's copies stay. */
static const json_t *stray_volume(struct move *m, const struct look *look, bool keep)
{
    size_t i;
    json_t *one;

    json_array_foreach(look_doc(look, &kind_volumes_marked, move_id(m)), i, one)
    {
        const char *id = jstr(one, "id", "");

        if (mark_volume_is_ours(one, move_id(m)) && !(keep && copy_is_known(m, id)) &&
            !is_left(m, id) && !is_status(one, "error_deleting") &&
            json_array_size(jget(one, "attachments")) == 0)
            return one;
    }
    return NULL;
}

enum verdict copies_sweep_seen(struct move *m, const struct look *look, bool keep)
{
    char key[MARK_SIZE];
    const json_t *stray;

    if (!copies_volumes(m) || volume_count(m) == 0)
        return NEXT;
    copy_uploads_key(m, key);
    if (!look_doc(look, &kind_uploads, key) ||
        !look_doc(look, &kind_volumes_marked, move_id(m)))
        return RETRY;
    stray = stray_upload(m, look);
    if (stray)
        return acts_want(m, xasprintf("delete-upload %s", jstr(stray, "id", "")));
    stray = stray_volume(m, look, keep);
    if (!stray)
        return NEXT;
    if (keep && is_status(stray, "deleting")) { /* a good move does not wait for it */
        move_leave(m, jstr(stray, "id", ""),
                   "volume %s, which a copy was made from: Cinder is deleting it",
                   jstr(stray, "id", ""));
        return AGAIN;
    }
    if (!is_status(stray, "available") && !is_status(stray, "error"))
        return WAIT;
    return acts_want(m, xasprintf("delete-volume %s", jstr(stray, "id", "")));
}

bool copies_sweep_ask(struct move *m, struct request *r)
{
    const char *image = acts_of(m, "delete-upload"),
               *volume = acts_of(m, "delete-volume");

    if (image)
        glance_delete(session_of(m), r, image);
    else if (volume)
        cinder_volume_delete(session_of(m), r, volume);
    return image || volume;
}

bool copies_sweep_refused(struct move *m)
{
    const char *image = acts_of(m, "delete-upload"),
               *volume = acts_of(m, "delete-volume");

    if (!image && !volume)
        return false;
    leave_between(m, image ? image : volume, image ? COPY_UPLOAD : COPY_CLONE);
    return true;
}

/* ---- commit: what of the source's own is still there ---- */

void volumes_left_watch(struct move *m, struct watch *w)
{
    for (size_t n = 0; at_volume(m, n); n++)
        if (copies_volume(m, n))
            watch_add(w, &kind_volume, volume_id_at(m, n));
}

/* Those that were to go with the source, Nova has deleted by now. The others are their
 * owner's: nobody but him knows whether they are still wanted. */
enum verdict volumes_left_seen(struct move *m, const struct look *look)
{
    for (size_t n = 0; at_volume(m, n); n++)
        if (copies_volume(m, n) && !is_told(look, &kind_volume, volume_id_at(m, n)))
            return RETRY;
    for (size_t n = 0; at_volume(m, n); n++) {
        const char *id = volume_id_at(m, n);
        const char *name = jstr(volume_captured(m, n), "name", "");

        if (copies_volume(m, n) && original_is_there(m, look, n))
            move_leave(m, id,
                       "volume %s%s%s%s of the source, %lld GB: delete it when "
                       "nobody needs it",
                       id, *name ? " ('" : "", name, *name ? "')" : "",
                       jint(volume_captured(m, n), "size", 0));
    }
    return NEXT;
}
