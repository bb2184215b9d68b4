/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of data volumes: off the source, into the boot request of the target, and back.
 *
 * Until commit a volume hangs on the target with delete_on_termination false: Nova deletes
 * it with a target that fails to build otherwise (seen), and with one that is discarded.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/steps.h"
#include "moves/volumes.h"

#define DELETE_FLAG_SINCE 85 /* PUT os-volume_attachments takes it from 2.85 on */

size_t volume_count(struct move *m)
{
    return json_array_size(jget(move_capture(m), "attachments"));
}

const json_t *volume_at(struct move *m, size_t i)
{
    return json_array_get(jget(move_capture(m), "attachments"), i);
}

const char *volume_id_at(struct move *m, size_t i)
{
    return jstr(volume_at(m, i), "volumeId", "");
}

static const json_t *attachment_of(const json_t *attachments, const char *volume_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(attachments, i, one)
    {
        if (text_eq(jstr(one, "volumeId", NULL), volume_id))
            return one;
    }
    return NULL;
}

/* The server that has it, as Cinder sees it; "" for none. Borrowed. */
static const char *holder_of(const json_t *volume)
{
    return jstr(json_array_get(jget(volume, "attachments"), 0), "server_id", "");
}

static bool is_told(const struct look *look, const struct kind *kind, const char *key)
{
    const struct sight *sight = look_at(look, kind, key);

    return sight && (sight->state == SIGHT_HERE || sight->state == SIGHT_GONE);
}

/* ---- off the source ---- */

static void volume_and_source_watch(struct move *m, struct watch *w)
{
    size_t i = (size_t)move_item(m);

    if (i >= volume_count(m))
        return;
    watch_source(m, w);
    watch_add(w, &kind_attachments, move_server_id(m));
    watch_add(w, &kind_volume, volume_id_at(m, i));
}

void free_volumes_watch(struct move *m, struct watch *w)
{
    volume_and_source_watch(m, w);
}

enum verdict free_volumes_seen(struct move *m, const struct look *look)
{
    size_t i = (size_t)move_item(m);
    const char *id = volume_id_at(m, i), *status, *holder;
    const json_t *server = source_doc(m, look, NULL), *volume;
    const json_t *attachments = look_doc(look, &kind_attachments, move_server_id(m));
    bool listed;

    if (i >= volume_count(m))
        return NEXT;
    if (!server || !attachments || !is_told(look, &kind_volume, id))
        return RETRY;
    volume = look_doc(look, &kind_volume, id);
    if (!volume) {
        err_set(move_err(m), ERR_CONFLICT, "the volume %s is gone: somebody deleted it",
                id);
        return FAIL;
    }
    status = jstr(volume, "status", "");
    holder = holder_of(volume);
    listed = attachment_of(attachments, id) != NULL;
    move_set_quiet(m, !server_is_busy(server) && strcmp(status, "detaching") != 0);
    if (!listed && strcmp(status, "available") == 0)
        return AGAIN;
    if (*holder && strcmp(holder, move_server_id(m)) != 0) {
        err_set(move_err(m), ERR_CONFLICT, "somebody attached the volume %s to %s", id,
                holder);
        return FAIL;
    }
    if (server_is_busy(server) || strcmp(status, "in-use") != 0 || move_was_heard(m))
        return WAIT;
    return ABSENT;
}

bool free_volumes_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_detach_volume(session_of(m), r, move_server_id(m),
                       volume_id_at(m, (size_t)move_item(m)));
    return true;
}

enum verdict free_volumes_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_ok(reply))
        return WAIT;
    return reply->status == 404 ? ABSENT : reply->status == 409 ? RETRY : FAIL;
}

/* ---- and back onto it ---- */

static enum verdict give_volumes_seen(struct move *m, const struct look *look)
{
    size_t i = (size_t)move_item(m);
    const char *id = volume_id_at(m, i), *status, *holder;
    const json_t *volume;
    json_t *server;
    enum verdict there;
    bool listed;

    if (i >= volume_count(m))
        return NEXT;
    there = source_back_there(m, look, &server);
    if (there != NEXT || !server)
        return there;
    if (!is_told(look, &kind_volume, id) ||
        !look_doc(look, &kind_attachments, move_server_id(m)))
        return RETRY;
    volume = look_doc(look, &kind_volume, id);
    if (!volume) {
        move_leave(m, "volumes", "the volume %s is gone: somebody deleted it", id);
        return AGAIN;
    }
    status = jstr(volume, "status", "");
    holder = holder_of(volume);
    listed = attachment_of(look_doc(look, &kind_attachments, move_server_id(m)), id);
    move_set_quiet(m, !server_is_busy(server));
    if (listed && strcmp(status, "in-use") == 0 &&
        strcmp(holder, move_server_id(m)) == 0)
        return AGAIN;
    if (*holder && strcmp(holder, move_server_id(m)) != 0) {
        err_set(move_err(m), ERR_CONFLICT,
                "the volume %s, which the source needs back, is attached to %s", id,
                holder);
        return text_eq(holder, move_target_id(m)) ? WAIT : HOLD;
    }
    if (server_is_busy(server))
        return WAIT;
    if (strcmp(status, "available") == 0 && !listed)
        return move_was_heard(m) ? WAIT : ABSENT;
    err_set(move_err(m), ERR_CONFLICT, "the volume %s is '%s'", id, status);
    return WAIT; /* attaching or detaching: its end is waited for */
}

static bool give_volumes_ask(struct move *m, struct request *r, struct err *err)
{
    const json_t *was = volume_at(m, (size_t)move_item(m));

    (void)err;
    nova_attach_volume(session_of(m), r, move_server_id(m), jstr(was, "volumeId", ""),
                       jstr(was, "tag", NULL),
                       jbool(was, "delete_on_termination", false));
    return true;
}

const struct step undo_free_volumes = {
    .id = "give-volumes",
    .label = "giving the source its volumes back",
    .watch = volume_and_source_watch,
    .seen = give_volumes_seen,
    .ask = give_volumes_ask,
    .class = CLASS_GUARDED,
    .flags = STEP_TOGGLE,
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 600,
    .at_limit = HOLD,
};

/* ---- in the boot request, and proved ---- */

json_t *volumes_to_boot_with(struct move *m, const char *image_id)
{
    json_t *all = json_array();
    bool with_tags = session_compute(session_of(m)) >= 42; /* broken from 2.33 to 2.41 */

    /* Once anything is mapped, the disk made from the image has to be mapped too (seen:
     * "Boot sequence ... is not valid"). */
    json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:i, s:b}", "uuid", image_id,
                                         "source_type", "image", "destination_type",
                                         "local", "boot_index", 0,
                                         "delete_on_termination", 1));
    for (size_t i = 0; i < volume_count(m); i++) {
        const char *tag = jstr(volume_at(m, i), "tag", NULL);
        json_t *one = json_pack("{s:s, s:s, s:s, s:i, s:b}", "uuid", volume_id_at(m, i),
                                "source_type", "volume", "destination_type", "volume",
                                "boot_index", -1, "delete_on_termination", 0);

        if (tag && with_tags)
            json_object_set_new(one, "tag", jtext(tag));
        json_array_append_new(all, one);
    }
    return all;
}

void volume_differences(struct move *m, const json_t *attachments, struct vec *all)
{
    for (size_t i = 0; i < volume_count(m); i++) {
        const json_t *was = volume_at(m, i);
        const json_t *now = attachment_of(attachments, volume_id_at(m, i));
        const char *tag = jstr(was, "tag", ""), *has = jstr(now, "tag", "");
        AUTO_FREE char *name = xasprintf("volumes.%zu", i + 1);
        AUTO_FREE char *tags = xasprintf("device-tags.volume %zu", i + 1);

        compared_add(all, name, volume_id_at(m, i), now ? volume_id_at(m, i) : NULL,
                     now ? COMPARED_EQUAL : COMPARED_DIFFERS, "%s is not attached",
                     volume_id_at(m, i));
        if (now)
            compared_add(all, tags, *tag ? tag : NULL, *has ? has : NULL,
                         text_eq(tag, has) ? COMPARED_EQUAL : COMPARED_DIFFERS,
                         "volume %s lacks its tag '%s'", volume_id_at(m, i), tag);
    }
}

bool volumes_are_safe(struct move *m, const json_t *attachments, struct err *err)
{
    for (size_t i = 0; i < volume_count(m); i++) {
        const json_t *now = attachment_of(attachments, volume_id_at(m, i));

        if (jbool(now, "delete_on_termination", false))
            return err_set(err, ERR_CONFLICT,
                           "the volume %s would be deleted with the target "
                           "(delete_on_termination was set on it): clear that first",
                           volume_id_at(m, i));
    }
    return true;
}

/* ---- commit: what is deleted with the server, as it was ---- */

void volume_flags_watch(struct move *m, struct watch *w)
{
    if (volume_count(m) == 0 || !move_target_id(m))
        return;
    watch_target(m, w);
    watch_add(w, &kind_attachments_if_there, move_target_id(m));
}

enum verdict volume_flags_seen(struct move *m, const struct look *look)
{
    size_t i = (size_t)move_item(m);
    const struct sight *target =
        move_target_id(m) ? look_at(look, &kind_server, move_target_id(m)) : NULL;
    const json_t *attachments =
        move_target_id(m) ? look_doc(look, &kind_attachments_if_there, move_target_id(m)) : NULL;
    const json_t *was = volume_at(m, i), *now;

    move_set_quiet(m, true);
    if (!was || (target && target->state == SIGHT_GONE))
        return NEXT;
    if (!attachments)
        return RETRY;
    now = attachment_of(attachments, volume_id_at(m, i));
    if (!now) {
        err_set(move_err(m), ERR_CONFLICT,
                "the volume %s is not attached to the target any more: attach it, or "
                "resume when that is meant",
                volume_id_at(m, i));
        return move_asked(m, WALK_COMMIT, "commit-volumes") ? AGAIN : FAIL;
    }
    if (!jbool(was, "delete_on_termination", false) ||
        jbool(now, "delete_on_termination", false) ||
        session_compute(session_of(m)) < DELETE_FLAG_SINCE)
        return AGAIN;
    return ABSENT;
}

bool volume_flags_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_delete_with_server(session_of(m), r, move_target_id(m),
                            volume_id_at(m, (size_t)move_item(m)));
    return true;
}
