/* SPDX-License-Identifier: Apache-2.0 */
/* Quota: source and target exist side by side until commit. */
#include "cloud/json.h"
#include "moves/copies.h"
#include "moves/group.h"
#include "moves/ports.h"
#include "moves/refusal.h"
#include "moves/reserve.h"
#include "moves/volumes.h"

#define MOST 1000000000000LL /* of anything: what a cloud says is summed up here */

struct account {
    const char *what;
    long long max, used, need, promised;
};

static long long at_most(long long n)
{
    return n < MOST ? n : MOST;
}

static bool fits(struct refusal *r, const struct account *a)
{
    if (a->max < 0 || at_most(a->used) + a->promised + a->need <= a->max)
        return true;
    if (a->promised > 0)
        refusal_add(
            r, ERR_QUOTA,
            "quota of %s: %lld more needed, %lld of %lld are used and %lld promised to "
            "other moves of this run",
            a->what, a->need, a->used, a->max, a->promised);
    else
        refusal_add(
            r, ERR_QUOTA,
            "quota of %s: %lld more needed while both servers exist, %lld of %lld are "
            "used",
            a->what, a->need, a->used, a->max);
    return false;
}

/* The server's own view of its flavor (2.47) first: that is what is counted for it. */
static long long flavor_size(struct refusal *r, const char *key)
{
    long long own = jint(jget(r->server, "flavor"), key, -1);
    return at_most(own >= 0 ? own : jint(jget(r->capture, "flavor"), key, 0));
}

static long long limit_of(const json_t *usage, const char *name)
{
    return jint(jget(usage, name), "limit", -1);
}

static long long usage_of(const json_t *usage, const char *name)
{
    return jint(jget(usage, name), "usage", 0);
}

/* Into another zone each volume takes a clone and an image for a while, and its copy. */
static void need_of_copies(struct move *m, struct need *need)
{
    for (size_t n = 0; n < volume_count(m); n++) {
        bool far = copy_changes_zone(m, n);
        if (!copies_volume(m, n))
            continue;
        need->volumes += far ? 2 : 1;
        need->gigabytes +=
            (far ? 2 : 1) * at_most(jint(volume_captured(m, n), "size", 0));
        need->images += far;
    }
}

void refuse_quota(struct refusal *r, const struct room *room)
{
    struct world *world = world_of(r->move);
    struct need promised = reserved_by_others(world, r->move);
    struct need need = {
        .instances = 1,
        .cores = flavor_size(r, "vcpus"),
        .ram = flavor_size(r, "ram"),
        .ports = keeps_addresses(r->move)
                     ? 0
                     : (long long)json_array_size(jget(r->capture, "ports")),
        .images = is_volume_booted(r->move) ? 0 : 1,
        .group = group_can_be_kept(r->move) ? jstr(group_of(r->move), "id", NULL) : NULL,
    };
    need_of_copies(r->move, &need);
    const json_t *limits = room->limits, *images = room->image_usage,
                 *volumes = room->volume_limits;
    const struct account accounts[] = {
        {"instances", jint(limits, "maxTotalInstances", -1),
         jint(limits, "totalInstancesUsed", 0), need.instances, promised.instances},
        {"cores", jint(limits, "maxTotalCores", -1), jint(limits, "totalCoresUsed", 0),
         need.cores, promised.cores},
        {"ram (MB)", jint(limits, "maxTotalRAMSize", -1), jint(limits, "totalRAMUsed", 0),
         need.ram, promised.ram},
        {"ports", jint(room->port_quota, "port", -1),
         (long long)json_array_size(room->ports), need.ports, promised.ports},
        {"images", limit_of(images, "image_count_total"),
         usage_of(images, "image_count_total"), need.images, promised.images},
        /* Nova counts the members of one user, which is not shown of them all. */
        {"server_group_members",
         need.group ? jint(limits, "maxServerGroupMembers", -1) : -1,
         (long long)json_array_size(jget(group_of(r->move), "members")), 1,
         need.group ? reserved_in_group(world, r->move, need.group) : 0},
        {"volumes", jint(volumes, "maxTotalVolumes", -1),
         jint(volumes, "totalVolumesUsed", 0), need.volumes, promised.volumes},
        {"volume size (GB)", jint(volumes, "maxTotalVolumeGigabytes", -1),
         jint(volumes, "totalGigabytesUsed", 0), need.gigabytes, promised.gigabytes},
        /* How large the snapshot will be is not known: some room there must be. */
        {"image size (MB)", limit_of(images, "image_size_total"),
         usage_of(images, "image_size_total"), 1, 0},
    };
    bool fit = true;
    for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++)
        fit = fits(r, &accounts[i]) && fit;
    /* A move that is refused for another reason takes nothing. */
    if (fit && r->n == 0)
        reserve(world, r->move, &need);
}
