/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes of a move: which there are, what the target gets for each, and documents. */
#include "moves/volumes.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/copies.h"
#include "moves/world.h"

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

const json_t *volume_captured(struct move *m, size_t i)
{
    const json_t *volume = json_array_get(jget(move_capture(m), "volumes"), i);

    return json_is_object(volume) ? volume : NULL;
}

bool volume_goes_too(struct move *m, size_t i)
{
    const char *flag = "delete_on_termination", *id = volume_id_at(m, i);
    size_t k;
    json_t *one;

    if (json_object_get(volume_at(m, i), flag))
        return jbool(volume_at(m, i), flag, false);
    json_array_foreach(jget(captured_server(m), "os-extended-volumes:volumes_attached"),
                       k, one)
    {
        if (text_eq(jstr(one, "id", NULL), id))
            return jbool(one, flag, false);
    }
    return false;
}

char *volume_now(struct move *m, size_t i)
{
    if (i >= volume_count(m))
        return NULL;
    return copies_volume(m, i) ? copy_id(m, i, COPY_MADE) : xstrdup(volume_id_at(m, i));
}

size_t volume_to_free_at(struct move *m, size_t k)
{
    size_t i = 0;

    for (; i < volume_count(m); i++)
        if (!copies_volume(m, i) && k-- == 0)
            break;
    return i;
}

size_t volumes_to_free(struct move *m)
{
    size_t k = 0;

    while (volume_to_free_at(m, k) < volume_count(m))
        k++;
    return k;
}

bool volumes_are_known(struct move *m)
{
    bool all = true;

    for (size_t i = 0; i < volume_count(m); i++) {
        AUTO_FREE char *id = volume_now(m, i);

        all = all && id;
    }
    return all;
}

bool is_volume_booted(struct move *m)
{
    return move_capture(m) && !*jstr(jget(captured_server(m), "image"), "id", "");
}

/* Members are not told which it is: it is the first of its bus, and can be booted. */
static bool may_be_root(struct move *m, size_t i)
{
    const char *device = jstr(volume_at(m, i), "device", "");
    const char *root = jstr(captured_server(m), "OS-EXT-SRV-ATTR:root_device_name", NULL);

    if (root && *root)
        return text_eq(device, root);
    return text_starts(device, "/dev/") && text_ends(device, "da") &&
           text_eq(jstr(volume_captured(m, i), "bootable", NULL), "true");
}

size_t volume_root(struct move *m)
{
    size_t n = volume_count(m), root = n, found = 0;

    if (!is_volume_booted(m))
        return n;
    for (size_t i = 0; i < n; i++) {
        if (!may_be_root(m, i))
            continue;
        root = i;
        found++;
    }
    return found == 1 ? root : n;
}

const json_t *volume_attachment(const json_t *attachments, const char *volume_id)
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

/* ---- in the boot request, and proved ---- */

/* What a block device mapping needs of a volume. Gives. */
static json_t *mapped(struct move *m, size_t i, bool with_tags)
{
    const char *tag = jstr(volume_at(m, i), "tag", NULL);
    AUTO_FREE char *id = volume_now(m, i);
    json_t *one =
        json_pack("{s:s, s:s, s:s, s:i, s:b}", "uuid", id ? id : "", "source_type",
                  "volume", "destination_type", "volume", "boot_index",
                  i == volume_root(m) ? 0 : -1, "delete_on_termination", 0);

    if (tag && with_tags)
        json_object_set_new(one, "tag", jtext(tag));
    return one;
}

json_t *volumes_to_boot_with(struct move *m, const char *image_id)
{
    json_t *all = json_array();
    bool with_tags = session_compute(session_of(m)) >= 42; /* broken from 2.33 to 2.41 */

    /* Once anything is mapped, the disk made from the image has to be mapped too (seen:
     * "Boot sequence ... is not valid"). */
    if (image_id)
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:i, s:b}", "uuid",
                                             image_id, "source_type", "image",
                                             "destination_type", "local", "boot_index", 0,
                                             "delete_on_termination", 1));
    for (size_t i = 0; i < volume_count(m); i++)
        json_array_append_new(all, mapped(m, i, with_tags));
    return all;
}

/* Nova says it in two ways (compute/api.py, volume/cinder.py), of all its releases. */
void volumes_explain(struct move *m, struct err *err)
{
    if (volume_count(m) > 0 && strstr(err->text, "volume") &&
        (strstr(err->text, "same availability") ||
         strstr(err->text, "different availability")))
        err_wrap(
            err,
            "this cloud attaches volumes in their own zone only; 'rezone move %s --to "
            "%s --volumes copy' copies them",
            move_server_id(m), move_target_zone(m));
}

void volume_differences(struct move *m, const json_t *attachments, struct vec *all)
{
    for (size_t i = 0; i < volume_count(m); i++) {
        const json_t *was = volume_at(m, i);
        const char *before = volume_id_at(m, i);
        AUTO_FREE char *id = volume_now(m, i);
        const json_t *now = volume_attachment(attachments, id ? id : "");
        const char *tag = jstr(was, "tag", ""), *has = jstr(now, "tag", "");
        AUTO_FREE char *name = xasprintf("volumes.%zu", i + 1);
        AUTO_FREE char *tags = xasprintf("device-tags.volume %zu", i + 1);

        compared_add(all, name, before, now ? id : NULL,
                     !now                  ? COMPARED_DIFFERS
                     : text_eq(id, before) ? COMPARED_EQUAL
                                           : COMPARED_MEANT,
                     "%s is not attached", id ? id : before);
        if (now)
            compared_add(all, tags, *tag ? tag : NULL, *has ? has : NULL,
                         text_eq(tag, has) ? COMPARED_EQUAL : COMPARED_DIFFERS,
                         "volume %s lacks its tag '%s'", id, tag);
    }
}

bool volumes_are_safe(struct move *m, const json_t *attachments, struct err *err)
{
    for (size_t i = 0; i < volume_count(m); i++) {
        AUTO_FREE char *id = volume_now(m, i);
        const json_t *now = volume_attachment(attachments, id ? id : "");

        if (jbool(now, "delete_on_termination", false))
            return err_set(err, ERR_CONFLICT,
                           "the volume %s would be deleted with the target "
                           "(delete_on_termination was set on it): clear that first",
                           id);
    }
    return true;
}
