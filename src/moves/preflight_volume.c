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

/* A volume that lies in another zone than its server proves that this cloud attaches
 * across zones. */
static bool attaches_across(struct refusal *r)
{
    const char *zone = jstr(r->server, "OS-EXT-AZ:availability_zone", "");
    size_t i, across = 0;
    json_t *volume;
    json_array_foreach(jget(r->capture, "volumes"), i, volume) across +=
        !text_eq(jstr(volume, "availability_zone", NULL), zone);
    return i > 0 && across == i;
}

/* Where Cinder has no zone of that name, a root volume is copied where it is, if the
 * target can be attached to it there: nothing else moves a volume-booted server. */
static void decide_zone(struct refusal *r, const json_t *zones)
{
    const char *target = move_target_zone(r->move);
    if (is_open_zone(zones, target)) {
        move_set_fact(r->move, FACT_COPY_ZONE, target);
        return;
    }
    move_set_fact(r->move, FACT_COPY_ZONE, NULL);
    if (is_volume_booted(r->move) && attaches_across(r))
        return;
    AUTO_FREE char *names = some_of(zones, "zoneName");
    refusal_add(
        r, ERR_REFUSED,
        "the volume service has no available zone '%s' to copy its volumes into "
        "(it has: %s)%s",
        target, *names ? names : "none",
        is_volume_booted(r->move)
            ? ""
            : ": --volumes keep attaches the same volumes, where the cloud does so "
              "across zones");
}

static void refuse_copies(struct refusal *r, const json_t *zones)
{
    decide_zone(r, zones);
    for (size_t n = 0; n < volume_count(r->move); n++) {
        const json_t *volume = volume_captured(r->move, n);
        if (text_eq(jstr(jget(volume, "metadata"), "readonly", NULL), "True"))
            refusal_add(r, ERR_REFUSED,
                        "its volume %s is read-only, a flag that this version does not "
                        "copy: set it to read-write first ('openstack volume set')",
                        volume_id_at(r->move, n));
        if (jbool(volume, "encrypted", false) && copy_changes_zone(r->move, n))
            refusal_add(
                r, ERR_REFUSED,
                "its volume %s is encrypted, which this version does not copy into "
                "another zone%s",
                volume_id_at(r->move, n),
                is_volume_booted(r->move) ? "" : ": --volumes keep keeps it");
    }
}

static void refuse_root(struct refusal *r)
{
    if (!copies_volumes(r->move))
        refusal_add(r, ERR_REFUSED,
                    "it is booted from a volume, which cannot be taken off it: --volumes "
                    "copy moves it with copies of its volumes");
    else if (volume_root(r->move) >= volume_count(r->move))
        refusal_add(r, ERR_REFUSED,
                    "it is booted from a volume, and compute does not tell which one: an "
                    "administrator's account is shown the root device's name");
}

/* Of the two lists of volumes each may lack what the other has: from 2.89 on the
 * attachments leave out what is being attached. */
void refuse_volumes(struct refusal *r, const json_t *zones)
{
    const json_t *attached = jget(r->capture, "attachments");
    const json_t *named = jget(r->server, "os-extended-volumes:volumes_attached");
    if (is_volume_booted(r->move))
        refuse_root(r);
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
