/* SPDX-License-Identifier: Apache-2.0 */
/* What a server has and no snapshot holds, and who takes its loss. */
#include "moves/losses.h"

#include "base/mem.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/flavor.h"
#include "moves/group.h"
#include "moves/volumes.h"

struct loss {
    const char *name;
    char *(*text)(struct move *m); /* gives what is lost; NULL: the server has none */
    const char *remedy;            /* how it could be moved without that loss */
};

static char *ephemeral(struct move *m)
{
    long long gb = flavor_largest(m, "OS-FLV-EXT-DATA:ephemeral", "ephemeral");
    return gb > 0 ? xasprintf("its flavor has ephemeral disks of %lld GB, which a "
                              "snapshot does not hold: the target gets new, empty ones",
                              gb)
                  : NULL;
}

static char *swap(struct move *m)
{
    long long mb = flavor_largest(m, "swap", "swap");
    return mb > 0 ? xasprintf("its flavor has a swap disk of %lld MB, which a snapshot "
                              "does not hold: the target gets a new, empty one",
                              mb)
                  : NULL;
}

/* A property of the image that the server was made from: as the server has it (2.98), or
 * as the image has it by now; of one that booted from a volume, as its root has it. */
static const char *image_property(struct move *m, const char *key)
{
    const json_t *own = jget(captured_server(m), "image/properties");
    const json_t *root =
        jget(volume_captured(m, volume_root(m)), "volume_image_metadata");
    const json_t *image = json_is_object(own) ? own : jget(move_capture(m), "image");
    return jstr(json_is_object(image) && !is_volume_booted(m) ? image : root, key, NULL);
}

static char *vtpm(struct move *m)
{
    const json_t *specs = jget(move_capture(m), "flavor_specs");
    if (!json_object_get(specs, "hw:tpm_version") &&
        !json_object_get(specs, "hw:tpm_model") && !image_property(m, "hw_tpm_version"))
        return NULL;
    return xstrdup("it has a virtual TPM (hw:tpm_version), whose secrets a snapshot does "
                   "not hold: the target gets a new one, and what was sealed with the "
                   "old (disk encryption) cannot be opened with it");
}

static char *nvram(struct move *m)
{
    if (!text_eq(image_property(m, "hw_firmware_type"), "uefi"))
        return NULL;
    return xstrdup("it boots by UEFI, whose variables (boot entries, enrolled keys) a "
                   "snapshot does not hold: the target's are made anew");
}

static char *memory(struct move *m)
{
    const char *rest = captured_rest(m);
    return rest
               ? xasprintf("it is %s, and no snapshot holds memory: it is woken, stopped "
                           "and booted anew, and what its guest had in memory is lost",
                           rest)
               : NULL;
}

static char *server_group(struct move *m)
{
    const json_t *group = group_of(m);
    if (!group || group_can_be_kept(m))
        return NULL;
    return xasprintf("server group %s has the policy affinity, which keeps its members "
                     "(%zu) on one host, and the source stays one of them until commit: "
                     "compute could not boot the target in zone %s as a member, so it is "
                     "booted without the group",
                     jstr(group, "id", "?"), json_array_size(jget(group, "members")),
                     move_target_zone(m));
}

/* In the order of LOSS_NAMES. */
static const struct loss losses[] = {
    {"ephemeral", ephemeral, "resize it to a flavor without one"},
    {"swap", swap, "resize it to a flavor without one"},
    {"vtpm", vtpm, NULL},
    {"nvram", nvram, NULL},
    {"memory", memory, "stop it in order first"},
    {"server-group", server_group, NULL},
};

static bool is_accepted(struct move *m, const char *name)
{
    struct strv names = {0};
    const char *given = option_of(m, OPTION_ACCEPT_LOSS);
    strv_split(&names, given ? given : "", ',');
    bool accepted = strv_has(&names, name);
    strv_clear(&names);
    return accepted;
}

void refuse_losses(struct refusal *r)
{
    for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
        const struct loss *loss = &losses[i];
        AUTO_FREE char *text = loss->text(r->move);
        if (text && !is_accepted(r->move, loss->name))
            refusal_add(r, ERR_REFUSED, "%s; give '--accept-loss %s' to take that%s%s",
                        text, loss->name, loss->remedy ? ", or " : "",
                        loss->remedy ? loss->remedy : "");
    }
}

void losses_tell(struct move *m)
{
    for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
        AUTO_FREE char *text = losses[i].text(m);
        if (text)
            move_lose(m, losses[i].name, "%s", text);
    }
}
