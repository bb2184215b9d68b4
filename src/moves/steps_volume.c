/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of data volumes: off the source, into the boot request of the target, and back.
 *
 * Until commit a volume hangs on the target with delete_on_termination false: Nova
 * deletes it with a target that fails to build otherwise (seen), and with one that is
 * discarded.
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

/* The last one first, as with ports: given back in order, they hang as before. */
static size_t volume_to_free(struct move *m)
{
    size_t n = volumes_to_free(m), item = (size_t)move_item(m);

    return volume_to_free_at(m, item < n ? n - 1 - item : n);
}

static void volume_and_source_watch(struct move *m, struct watch *w, size_t i)
{
    if (i >= volume_count(m))
        return;
    watch_source(m, w);
    watch_add(w, &kind_attachments, move_server_id(m));
    watch_add(w, &kind_volume, volume_id_at(m, i));
}

void free_volumes_watch(struct move *m, struct watch *w)
{
    volume_and_source_watch(m, w, volume_to_free(m));
}

enum verdict free_volumes_seen(struct move *m, const struct look *look)
{
    size_t i = volume_to_free(m);
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
    listed = volume_attachment(attachments, id) != NULL;
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
                       volume_id_at(m, volume_to_free(m)));
    return true;
}

enum verdict free_volumes_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_accepted(reply))
        return WAIT;
    /* 400: Cinder has it on its way off already (a late one of ours, or somebody's). */
    return reply->status == 404                           ? ABSENT
           : reply->status == 409 || reply->status == 400 ? RETRY
                                                          : FAIL;
}

/* ---- and back onto it ---- */

static size_t volume_to_give(struct move *m)
{
    return volume_to_free_at(m, (size_t)move_item(m));
}

static void give_volumes_watch(struct move *m, struct watch *w)
{
    volume_and_source_watch(m, w, volume_to_give(m));
}

static enum verdict give_volumes_seen(struct move *m, const struct look *look)
{
    size_t i = volume_to_give(m);
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
    listed = volume_attachment(look_doc(look, &kind_attachments, move_server_id(m)), id);
    move_set_quiet(m, !server_is_busy(server));
    if (listed && strcmp(status, "in-use") == 0 && strcmp(holder, move_server_id(m)) == 0)
        return AGAIN;
    if (*holder && strcmp(holder, move_server_id(m)) != 0) {
        err_set(move_err(m), ERR_CONFLICT,
                "the volume %s, which the source needs back, is attached to %s", id,
                holder);
        return is_our_target(m, holder) ? WAIT : HOLD;
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
    size_t i = volume_to_give(m);

    (void)err;
    nova_attach_volume(session_of(m), r, move_server_id(m), volume_id_at(m, i),
                       jstr(volume_at(m, i), "tag", NULL), volume_goes_too(m, i));
    return true;
}

/* 400: Cinder has it attached or on its way already, by a late one of ours. */
static enum verdict give_volumes_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_accepted(reply))
        return WAIT;
    return reply->status == 400 || reply->status == 404 || reply->status == 409 ? RETRY
                                                                                : FAIL;
}

const struct step undo_free_volumes = {
    .id = "give-volumes",
    .label = "giving the source its volumes back",
    .watch = give_volumes_watch,
    .seen = give_volumes_seen,
    .ask = give_volumes_ask,
    .heard = give_volumes_heard,
    .class = CLASS_GUARDED,
    .flags = STEP_TOGGLE | STEP_FRESH, /* the target has let go since */
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 600,
    .at_limit = HOLD,
};

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
        move_target_id(m) ? look_doc(look, &kind_attachments_if_there, move_target_id(m))
                          : NULL;
    const json_t *was = volume_at(m, i), *now;
    AUTO_FREE char *id = volume_now(m, i);

    move_set_quiet(m, true);
    if (!was || (target && target->state == SIGHT_GONE))
        return NEXT;
    if (!attachments)
        return RETRY;
    now = volume_attachment(attachments, id ? id : "");
    if (!now) {
        if (volume_goes_too(m, i))
            move_leave(m, id ? id : volume_id_at(m, i),
                       "volume %s: it is not attached to the target any more, and not "
                       "deleted with it",
                       id ? id : volume_id_at(m, i));
        return AGAIN;
    }
    if (!volume_goes_too(m, i) || jbool(now, "delete_on_termination", false) ||
        session_compute(session_of(m)) < DELETE_FLAG_SINCE)
        return AGAIN;
    return ABSENT;
}

bool volume_flags_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_FREE char *id = volume_now(m, (size_t)move_item(m));

    if (!id)
        return err_set(err, ERR_INTERNAL, "no volume to mark");
    nova_delete_with_server(session_of(m), r, move_target_id(m), id);
    return true;
}

/* What is refused for one is told, and the next one's turn comes. */
enum verdict volume_flags_heard(struct move *m, const struct reply *reply)
{
    AUTO_FREE char *id = volume_now(m, (size_t)move_item(m));

    if (reply_is_accepted(reply))
        return WAIT;
    if (reply->status == 404 || reply->status == 409)
        return RETRY;
    if (id)
        move_leave(m, id, "volume %s is not deleted with the target: %s", id,
                   move_err(m)->text);
    return AGAIN;
}

/* ---- are all of them back? ---- */

void volumes_back_watch(struct move *m, struct watch *w)
{
    if (!move_asked(m, WALK_FORWARD, "free-volumes"))
        return;
    watch_add(w, &kind_attachments, move_server_id(m));
    for (size_t i = 0; i < volume_count(m); i++)
        watch_add(w, &kind_volume, volume_id_at(m, i));
}

bool volumes_are_back(struct move *m, const struct look *look, struct strv *missing)
{
    const json_t *attachments;

    if (!move_asked(m, WALK_FORWARD, "free-volumes"))
        return true;
    attachments = look_doc(look, &kind_attachments, move_server_id(m));
    for (size_t i = 0; attachments && i < volume_count(m); i++) {
        const char *id = volume_id_at(m, i);

        /* One that somebody deleted is named in left[] already. */
        if (look_doc(look, &kind_volume, id) && !volume_attachment(attachments, id))
            strv_take(missing, xasprintf("the volume %s", id));
    }
    return attachments != NULL;
}
