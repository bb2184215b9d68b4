/* SPDX-License-Identifier: Apache-2.0 */
/* Cinder: what is asked of one volume by POST .../action: upload to an image, bootable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "image.h"
#include "schema.h"
#include "volume.h"

struct upload {
    struct cloud *cl;
    char volume[UUID_TEXT], image[UUID_TEXT];
};

/* Cinder deletes the image of an upload that failed, and frees the volume either way. */
static void upload_over(void *ctx)
{
    struct upload *u = ctx;
    json_t *volume = json_object_get(u->cl->volumes, u->volume);
    struct image *im = table_get(&u->cl->images, u->image);
    const json_t *disk = json_object_get(u->cl->disks, u->volume);
    size_t size = json_string_length(disk);
    if (text_eq(str_of(volume, "status"), "uploading"))
        str_into(volume, "status",
                 json_array_size(json_object_get(volume, "attachments")) ? "in-use"
                                                                         : "available");
    if (im && (!volume || u->cl->uploads_fail)) {
        image_delete(u->cl, im);
    } else if (im) {
        char *bytes = xcalloc(size + 1, 1);
        if (size)
            memcpy(bytes, json_string_value(disk), size);
        image_fill(u->cl, im, bytes, size);
    }
    free(u);
}

/* The volume's own image metadata travels with it, but for what belongs to one image. */
static void carry_metadata(struct image *im, const json_t *volume)
{
    static const char *const own[] = {"image_id", "image_name",       "size",
                                      "checksum", "container_format", "min_disk",
                                      "min_ram",  "disk_format"};
    const json_t *meta = json_object_get(volume, "volume_image_metadata");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)meta, key, value)
    {
        bool skip = false;
        for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
            skip = skip || strcmp(own[i], key) == 0;
        if (!skip)
            json_object_set(im->doc, key, value);
    }
}

static const struct key_rule upload_rules[] = {
    {"image_name", IS_STRING, 0, 0, 1, 255, true},
    {"force", IS_BOOL, 0, 0, 0, 0, false},
    {"disk_format", IS_STRING, 0, 0, 0, 0, false},
    {"container_format", IS_STRING, 0, 0, 0, 0, false},
    {"visibility", IS_STRING, 1, 0, 0, 0, false},
    {"protected", IS_BOOL, 1, 0, 0, 0, false},
};

static void upload(struct cloud *cl, struct request *rq, struct reply *rp, json_t *volume,
                   const json_t *arg)
{
    const char *name = str_of(arg, "image_name"), *id = str_of(volume, "id");
    const char *disk = str_of(arg, "disk_format");
    if (!keys_check(arg, "os-volume_upload_image", upload_rules,
                    sizeof(upload_rules) / sizeof(*upload_rules), rq->mv, rp))
        return;
    if (!text_eq(str_of(volume, "status"), "available")) {
        nova_fault(rp, 400, "Invalid volume: Volume %s status must be available", id);
        return;
    }
    struct image *im = image_new(cl, name, rq->who.project->id, NULL);
    str_into(im->doc, "disk_format", disk ? disk : "raw");
    str_into(im->doc, "container_format", "bare");
    str_into(im->doc, "visibility",
             str_of(arg, "visibility") ? str_of(arg, "visibility") : "private");
    carry_metadata(im, volume);
    effect(cl, rq, "image_create", image_mark(im), im->id);
    str_into(volume, "status", "uploading");
    struct upload *u = xcalloc(1, sizeof(*u));
    u->cl = cl;
    snprintf(u->volume, sizeof(u->volume), "%s", id);
    snprintf(u->image, sizeof(u->image), "%s", im->id);
    clock_after(&cl->clock, cl->jobs.volume, upload_over, free, u);
    reply_json(rp, 202,
               json_pack("{s:{s:s, s:O, s:s, s:O?, s:O, s:s, s:O, s:O, s:s}}",
                         "os-volume_upload_image", "id", id, "updated_at",
                         json_object_get(volume, "updated_at"), "status", "uploading",
                         "display_description", json_object_get(volume, "description"),
                         "size", json_object_get(volume, "size"), "image_id", im->id,
                         "container_format", json_object_get(im->doc, "container_format"),
                         "disk_format", json_object_get(im->doc, "disk_format"),
                         "image_name", name));
}

static const struct key_rule unset_rules[] = {
    {"key", IS_STRING, 0, 0, 1, 255, true},
};
static const struct key_rule bootable_rules[] = {
    {"bootable", IS_BOOL, 0, 0, 0, 0, true},
};

static void post_action(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *volume = volume_get(cl, rq, rq->part[1]);
    const json_t *arg;
    if (!volume) {
        nova_fault(rp, 404, "Volume %s could not be found.", rq->part[1]);
    } else if ((arg = json_object_get(rq->json, "os-volume_upload_image"))) {
        upload(cl, rq, rp, volume, arg);
    } else if ((arg = json_object_get(rq->json, "os-set_bootable"))) {
        if (!keys_check(arg, "os-set_bootable", bootable_rules, 1, rq->mv, rp))
            return;
        bool yes = json_says_true(json_object_get(arg, "bootable"));
        if (!text_eq(str_of(volume, "bootable"), yes ? "true" : "false"))
            effect(cl, rq, "volume_update", rq->part[1], rq->part[1]);
        str_into(volume, "bootable", yes ? "true" : "false");
        reply_json(rp, 200, NULL);
    } else if ((arg = json_object_get(rq->json, "os-unset_image_metadata"))) {
        json_t *noted = json_object_get(volume, "volume_image_metadata");
        if (!keys_check(arg, "os-unset_image_metadata", unset_rules, 1, rq->mv, rp))
            return;
        if (!json_object_get(noted, str_of(arg, "key"))) {
            nova_fault(rp, 404, "Glance metadata for volume/snapshot %s cannot be found.",
                       rq->part[1]);
            return;
        }
        json_object_del(noted, str_of(arg, "key"));
        effect(cl, rq, "volume_update", rq->part[1], rq->part[1]);
        reply_json(rp, 200, NULL);
    } else {
        nova_fault(rp, 400, "There is no such action: %s", "unknown");
    }
}

static const struct route routes[] = {
    {"POST", "volumes/*/action", post_action, 0, 0},
};
const struct route_set volume_action_routes = {routes, sizeof(routes) / sizeof(*routes)};
