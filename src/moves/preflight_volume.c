/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: which can be given to the target or copied for it, and in which zone. */
#include "base/mem.h"
#include "cloud/json.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/refusal.h"
#include "moves/steps.h"
#include "moves/volumes.h"

static void refuse_volume(struct refusal *r, const json_t *volume, const char *id)
{
    const char *status = jstr(volume, "status", "");
    if (!json_is_object(volume)) {
        refusal_add(
            r, ERR_REFUSED,
            "its volume %s is not shown to this account: it could not be given to "
            "the target",
            id);
        return;
    }
    if (!text_eq(status, "in-use"))
        refusal_add(r, ERR_REFUSED, "its volume %s is '%s', not in-use: wait, or mend it",
                    id, status);
    if (jbool(volume, "multiattach", false) ||
        json_array_size(jget(volume, "attachments")) > 1)
        refusal_add(
            r, ERR_REFUSED,
            "its volume %s can be attached to several servers, which this version "
            "does not move: detach it first",
            id);
}

static bool is_open_zone(const json_t *zones, const char *name)
{
    size_t i;
    json_t *zone;
    json_array_foreach(zones, i, zone)
    {
        if (text_eq(jstr(zone, "zoneName", NULL), name))
            return jbool(jget(zone, "zoneState"), "available", false);
    }
    return false;
}

static void decide_zone(struct refusal *r, const json_t *zones)
{
    const char *target = move_target_zone(r->move);
    bool open = is_open_zone(zones, target);
    move_set_fact(r->move, FACT_COPY_ZONE, open ? target : NULL);
    if (open)
        return;
    AUTO_FREE char *names = some_of(zones, "zoneName");
    refusal_add(r, ERR_REFUSED,
                "the volume service has no available zone '%s' to copy its volumes into "
                "(it has: %s): --volumes keep leaves them where they are, for a cloud "
                "that attaches across zones",
                target, *names ? names : "none");
}

static void refuse_copies(struct refusal *r, const json_t *zones)
{
    if (copies_all_volumes(r->move))
        decide_zone(r, zones);
    for (size_t n = 0; n < volume_count(r->move); n++) {
        const json_t *volume = volume_captured(r->move, n);
        if (!copies_volume(r->move, n))
            continue;
        if (text_eq(jstr(jget(volume, "metadata"), "readonly", NULL), "True"))
            refusal_add(r, ERR_REFUSED,
                        "its volume %s is read-only, a flag that this version does not "
                        "copy: set it to read-write first ('openstack volume set')",
                        volume_id_at(r->move, n));
        if (jbool(volume, "encrypted", false) && copy_changes_zone(r->move, n))
            refusal_add(r, ERR_REFUSED,
                        "its volume %s is encrypted, which this version does not copy "
                        "into another zone: --volumes keep leaves it where it is",
                        volume_id_at(r->move, n));
    }
}

/* Of the two lists of volumes each may lack what the other has: from 2.89 on the
 * attachments leave out what is being attached. */
void refuse_volumes(struct refusal *r, const json_t *zones)
{
    const json_t *attached = jget(r->capture, "attachments");
    const json_t *named = jget(r->server, "os-extended-volumes:volumes_attached");
    if (is_volume_booted(r->move) && volume_root(r->move) >= volume_count(r->move))
        refusal_add(r, ERR_REFUSED,
                    "it is booted from a volume, and compute does not tell which one: an "
                    "administrator's account is shown the root device's name");
    if (json_array_size(attached) != json_array_size(named)) {
        AUTO_FREE char *ids = some_of(named, "id");
        refusal_add(
            r, ERR_REFUSED,
            "compute's two lists of its volumes differ (%s): wait until attaching "
            "or detaching has ended",
            ids);
        return;
    }
    size_t i;
    json_t *volume;
    json_array_foreach(jget(r->capture, "volumes"), i, volume)
        refuse_volume(r, volume, jstr(json_array_get(attached, i), "volumeId", "?"));
    if (copies_volumes(r->move) && i > 0)
        refuse_copies(r, zones);
}
