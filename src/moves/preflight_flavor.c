/* SPDX-License-Identifier: Apache-2.0 */
/* Flavor and image: what they promise that a snapshot of the root disk does not hold. */
#include <string.h>

#include "base/mem.h"
#include "cloud/json.h"
#include "moves/refusal.h"
#include "moves/volumes.h"

/* Sizes come as numbers, or as "" for none below 2.75. */
static long long size_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    unsigned long long n = 0;
    if (json_is_integer(value))
        return json_integer_value(value);
    return json_is_string(value) && text_to_u64(json_string_value(value), 1ULL << 40, &n)
               ? (long long)n
               : 0;
}

static void refuse_disks(struct refusal *r, const json_t *flavor)
{
    const json_t *image = jget(r->capture, "image");
    const json_t *own =
        jget(r->server, "flavor"); /* 2.47: as it was when the server was made */
    long long disk = size_of(flavor, "disk"), min_disk = size_of(image, "min_disk");
    long long min_ram = size_of(image, "min_ram"), ram = size_of(flavor, "ram");
    if (size_of(flavor, "OS-FLV-EXT-DATA:ephemeral") > 0 || size_of(own, "ephemeral") > 0)
        refusal_add(
            r, ERR_REFUSED,
            "its flavor has an ephemeral disk, which a snapshot does not hold: resize "
            "it to a flavor without one");
    if (size_of(flavor, "swap") > 0 || size_of(own, "swap") > 0)
        refusal_add(
            r, ERR_REFUSED,
            "its flavor has a swap disk, which a snapshot does not hold: resize it to "
            "a flavor without one");
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
            size_of(own, keys[i]) != size_of(flavor, keys[i]))
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
    const json_t *image = jget(r->capture, "image");
    const json_t *shown = jget(r->server, "image/properties"); /* 2.98 */
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
    if (jget(specs, "hw:tpm_version") || jget(specs, "hw:tpm_model") ||
        jget(image, "hw_tpm_version") || jget(shown, "hw_tpm_version"))
        refusal_add(
            r, ERR_REFUSED,
            "it has a virtual TPM (hw:tpm_version), whose secrets a snapshot does not "
            "hold: this version does not move it");
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
