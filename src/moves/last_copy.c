/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before the source is deleted: Nova deletes with it the volumes that are set to go with
 * it, and one of those whose copy is not on the target any more is the last one.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/steps.h"
#include "moves/volumes.h"

/* Its entry in a server's document, or NULL. Lends. */
static const json_t *listed(const json_t *server, const char *volume_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(server, "os-extended-volumes:volumes_attached"), i, one)
    {
        if (text_eq(jstr(one, "id", NULL), volume_id))
            return one;
    }
    return NULL;
}

const char *source_strange_volume(struct move *m, const json_t *source)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(source, "os-extended-volumes:volumes_attached"), i, one)
    {
        bool stays = false;

        for (size_t n = 0; n < volume_count(m); n++)
            stays = stays || (copies_volume(m, n) &&
                              text_eq(volume_id_at(m, n), jstr(one, "id", NULL)));
        if (!stays)
            return jstr(one, "id", "?");
    }
    return NULL;
}

/* As it is set now; below 2.3 nobody tells. */
static bool goes_with_source(const json_t *source, const char *volume_id)
{
    const json_t *entry = listed(source, volume_id);

    return entry && jbool(entry, "delete_on_termination", true);
}

/* By Cinder's word, not by Nova's alone. */
static bool is_held_by(const json_t *volume, const char *server_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(volume, "attachments"), i, one)
    {
        if (text_eq(jstr(one, "server_id", NULL), server_id))
            return true;
    }
    return false;
}

/* What is wrong with the copy, in words; NULL: nothing. */
static const char *flaw_of(struct move *m, const json_t *copy, const json_t *target)
{
    const char *status = jstr(copy, "status", "?");

    if (!copy)
        return "is gone (404)";
    if (text_starts(status, "error"))
        return "is in error";
    if (strcmp(status, "deleting") == 0)
        return "is being deleted";
    return listed(target, jstr(copy, "id", "")) && is_held_by(copy, move_target_id(m))
               ? NULL
               : "is not attached to the target";
}

void last_copies_watch(struct move *m, struct watch *w)
{
    for (size_t n = 0; n < volume_count(m); n++) {
        AUTO_FREE char *id = copies_volume(m, n) ? volume_now(m, n) : NULL;

        if (id)
            watch_add(w, &kind_volume, id);
    }
}

bool last_copies_are_told(struct move *m, const struct look *look)
{
    for (size_t n = 0; n < volume_count(m); n++) {
        AUTO_FREE char *id = copies_volume(m, n) ? volume_now(m, n) : NULL;
        const struct sight *sight = id ? look_at(look, &kind_volume, id) : NULL;

        if (id && (!sight || sight->state == SIGHT_NONE))
            return false;
    }
    return true;
}

bool last_copies_are_safe(struct move *m, const struct look *look, const json_t *source,
                          struct err *err)
{
    const json_t *target =
        move_target_id(m) ? look_doc(look, &kind_server, move_target_id(m)) : NULL;

    for (size_t n = 0; n < volume_count(m); n++) {
        AUTO_FREE char *id = volume_now(m, n);
        const char *flaw =
            !copies_volume(m, n) || !goes_with_source(source, volume_id_at(m, n)) ? NULL
            : id ? flaw_of(m, look_doc(look, &kind_volume, id), target)
                 : "is not known";

        if (flaw)
            return err_set(
                err, ERR_CONFLICT,
                "volume %s would go with the source, and its copy %s %s; the source "
                "stays: attach the copy to the target again, or keep the volume "
                "(openstack server volume update --preserve-on-termination %s %s), or "
                "discard the move",
                volume_id_at(m, n), id ? id : "", flaw, move_server_id(m),
                volume_id_at(m, n));
    }
    return true;
}
