/* SPDX-License-Identifier: Apache-2.0 */
/* Flavor and image: what they promise that a snapshot of the root disk does not hold. */
#include <string.h>

#include "base/mem.h"
#include "cloud/json.h"
#include "moves/flavor.h"
#include "moves/refusal.h"
#include "moves/volumes.h"

static void refuse_disks(struct refusal *r, const json_t *flavor)
{
    const json_t *image = jget(r->capture, "image");
    long long disk = flavor_number(flavor, "disk"),
              min_disk = flavor_number(image, "min_disk");
    long long min_ram = flavor_number(image, "min_ram"),
              ram = flavor_number(flavor, "ram");
    if (is_volume_booted(r->move)) /* its disk is a volume of its own size */
        disk = min_disk = -1;
    if (disk == 0)
        refusal_add(
            r, ERR_REFUSED,
            "its flavor has a root disk of size 0: compute refuses to boot an image "
            "with it; resize the server first");
    else if (disk < min_disk)
        refusal_add(
            r, ERR_REFUSED,
            "its flavor has %lld GB of root disk and its image wants %lld: the copy "
            "could not be booted; resize the server first",
            disk, min_disk);
    if (ram < min_ram)
        refusal_add(
            r, ERR_REFUSED,
            "its flavor has %lld MB of memory and its image wants %lld: the copy could "
            "not be booted; resize the server first",
            ram, min_ram);
}

/* A flavor cannot be changed in its sizes, but deleted and made again under its id. */
static void refuse_changed(struct refusal *r, const json_t *flavor)
{
    static const char *const keys[] = {"vcpus", "ram", "disk"};
    const json_t *own = jget(r->server, "flavor");
    const json_t *specs = jget(own, "extra_specs"), *now = jget(flavor, "extra_specs");
    const char *changed = NULL;
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (json_object_get(own, keys[i]) &&
            flavor_number(own, keys[i]) != flavor_number(flavor, keys[i]))
            changed = keys[i];
    }
    if (specs && now && !json_equal(specs, now))
        changed = "extra specs";
    if (changed)
        refusal_add(
            r, ERR_REFUSED,
            "its flavor has changed since the server was made (%s), the copy would "
            "get the new one: resize the server to a flavor that fits first",
            changed);
}

static bool is_accelerator(const char *key)
{
    return text_eq(key, "accel:device_profile") ||
           text_eq(key, "pci_passthrough:alias") ||
           (text_starts(key, "resources") && strstr(key, "VGPU"));
}

static void refuse_devices(struct refusal *r)
{
    const json_t *specs = jget(r->capture, "flavor_specs");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)specs, key, value)
    {
        if (is_accelerator(key))
            refusal_add(
                r, ERR_REFUSED,
                "its flavor gives it a device (%s) whose state a snapshot does not "
                "hold: this version does not move it",
                key);
    }
}

void refuse_flavor(struct refusal *r)
{
    const json_t *flavor = jget(r->capture, "flavor");
    if (!json_is_object(flavor)) {
        const char *name = jstr(jget(r->server, "flavor"), "original_name",
                                jstr(r->capture, "flavor_id", "?"));
        refusal_add(
            r, ERR_REFUSED,
            "its flavor %s is gone, or not open to this project: resize it to one that "
            "is there",
            name);
        return;
    }
    refuse_disks(r, flavor);
    refuse_changed(r, flavor);
    refuse_devices(r);
}
