/* SPDX-License-Identifier: Apache-2.0 */
/* Cinder: the life of volumes, and what Nova asks of them. */
#include "volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "image.h"
#include "server.h"

json_t *volume_new(struct cloud *cl, const char *project, const char *user,
                   const char *name, long long size, const char *zone, bool bootable)
{
    char id[UUID_TEXT];
    uuid_make(id);
    json_t *doc = json_pack(
        "{s:s, s:s, s:s, s:n, s:I, s:s, s:s, s:b, s:s, s:b, s:[], s:{}, s:n, s:n, s:s, "
        "s:n, s:n, s:s, s:o, s:n, s:n}",
        "id", id, "name", name ? name : "", "status", "available", "description", "size",
        (json_int_t)size, "availability_zone", zone ? zone : "az1", "bootable",
        bootable ? "true" : "false", "encrypted", 0, "volume_type", "__DEFAULT__",
        "multiattach", 0, "attachments", "metadata", "snapshot_id", "source_volid",
        "user_id", user, "consistencygroup_id", "replication_status",
        "os-vol-tenant-attr:tenant_id", project, "created_at", iso_us_json(cloud_now(cl)),
        "updated_at", "migration_status");
    json_object_set_new(cl->volumes, id, doc);
    return doc;
}

void volume_from_image(json_t *volume, const struct image *im)
{
    static const char *const kept[] = {"checksum", "container_format", "disk_format",
                                       "min_disk", "min_ram",          "size"};
    json_t *meta = json_object(), *value;
    const char *key;
    if (!im) {
        json_decref(meta);
        return;
    }
    str_into(meta, "signature_verified", "False");
    json_object_foreach(im->doc, key, value)
    {
        if (!image_is_base_key(key) && json_is_string(value) && key[0] != '_')
            json_object_set(meta, key, value);
    }
    str_into(meta, "image_id", im->id);
    str_into(meta, "image_name", str_of(im->doc, "name"));
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        value = json_object_get(im->doc, kept[i]);
        json_object_set_new(
            meta, kept[i],
            json_is_integer(value)
                ? json_sprintf("%lld", (long long)json_integer_value(value))
                : json_string(json_string_value(value) ? json_string_value(value) : ""));
    }
    json_object_set_new(volume, "volume_image_metadata", meta);
    str_into(volume, "bootable", "true");
}

json_t *volume_get(const struct cloud *cl, const struct request *rq, const char *id)
{
    json_t *doc = json_object_get(cl->volumes, id);
    bool own = text_eq(str_of(doc, "os-vol-tenant-attr:tenant_id"), rq->who.project->id);
    return doc && (own || rq->who.admin) ? doc : NULL;
}

json_t *volume_snapshot(struct cloud *cl, json_t *volume, const char *name)
{
    char id[UUID_TEXT];
    uuid_make(id);
    json_t *doc = json_pack(
        "{s:s, s:s, s:s, s:n, s:O, s:O, s:{}, s:O, s:o, s:o, s:s}", "id", id, "name",
        name, "status", "available", "description", "size",
        json_object_get(volume, "size"), "volume_id", json_object_get(volume, "id"),
        "metadata", "os-extended-snapshot-attributes:project_id",
        json_object_get(volume, "os-vol-tenant-attr:tenant_id"), "created_at",
        iso_us_json(cloud_now(cl)), "updated_at", iso_us_json(cloud_now(cl)),
        "os-extended-snapshot-attributes:progress", "100%");
    json_object_set_new(cl->snapshots, id, doc);
    return doc;
}

static void next_device(const struct server *s, char out[16])
{
    char letter = json_array_size(s->volumes) || !s->volume_backed ? 'b' : 'a';
    for (;; letter++) {
        bool taken = false;
        size_t i;
        json_t *v;
        snprintf(out, 16, "/dev/vd%c", letter);
        json_array_foreach(s->volumes, i, v) taken =
            taken || text_eq(str_of(v, "device"), out);
        if (!taken)
            return;
    }
}

json_t *volume_reserve(struct cloud *cl, struct server *s, json_t *volume,
                       const char *device, const char *tag, bool delete_on_termination,
                       int boot_index)
{
    char next[16];
    next_device(s, next);
    (void)device; /* the libvirt driver chooses for itself */
    json_t *record = json_pack(
        "{s:O, s:s, s:b, s:s?, s:i, s:o, s:o}", "volume_id",
        json_object_get(volume, "id"), "device", boot_index == 0 ? "/dev/vda" : next,
        "delete_on_termination", (int)delete_on_termination, "tag", tag, "boot_index",
        boot_index, "attachment_id", uuid_json(), "bdm", uuid_json());
    json_array_append_new(s->volumes, record);
    str_into(volume, "status", "reserved");
    json_object_set_new(volume, "updated_at", iso_us_json(cloud_now(cl)));
    return record;
}

void volume_attached(struct cloud *cl, struct server *s, const char *volume_id)
{
    json_t *volume = json_object_get(cl->volumes, volume_id);
    json_t *record = server_volume(s, volume_id);
    if (!volume || !record)
        return;
    str_into(volume, "status", "in-use");
    json_array_append_new(json_object_get(volume, "attachments"),
                          json_pack("{s:O, s:O, s:O, s:s, s:O, s:O, s:s}", "id",
                                    json_object_get(volume, "id"), "volume_id",
                                    json_object_get(volume, "id"), "attachment_id",
                                    json_object_get(record, "attachment_id"), "server_id",
                                    s->id, "device", json_object_get(record, "device"),
                                    "attached_at", json_object_get(volume, "updated_at"),
                                    "host_name", s->host));
    json_object_set_new(volume, "updated_at", iso_us_json(cloud_now(cl)));
}

void volumes_attached(struct cloud *cl, struct server *s)
{
    size_t i;
    json_t *record;
    json_array_foreach(s->volumes, i, record)
        volume_attached(cl, s, str_of(record, "volume_id"));
}

void volume_detached(struct cloud *cl, struct server *s, const char *volume_id)
{
    json_t *volume = json_object_get(cl->volumes, volume_id), *item;
    size_t i;
    if (volume) {
        json_t *left = json_array();
        json_array_foreach(json_object_get(volume, "attachments"), i, item)
        {
            if (!text_eq(str_of(item, "server_id"), s->id))
                json_array_append(left, item);
        }
        str_into(volume, "status", json_array_size(left) ? "in-use" : "available");
        json_object_set_new(volume, "attachments", left);
        json_object_set_new(volume, "updated_at", iso_us_json(cloud_now(cl)));
    }
    json_array_foreach(s->volumes, i, item)
    {
        if (text_eq(str_of(item, "volume_id"), volume_id)) {
            json_array_remove(s->volumes, i);
            return;
        }
    }
}

static bool has_snapshots(const struct cloud *cl, const char *volume_id)
{
    const char *id;
    json_t *doc;
    json_object_foreach(cl->snapshots, id, doc)
    {
        if (text_eq(str_of(doc, "volume_id"), volume_id))
            return true;
    }
    return false;
}

void volumes_release(struct cloud *cl, struct server *s)
{
    while (json_array_size(s->volumes)) {
        char id[UUID_TEXT];
        const json_t *record = json_array_get(s->volumes, 0);
        bool also_delete = true_of(record, "delete_on_termination");
        snprintf(id, sizeof(id), "%s", str_of(record, "volume_id"));
        volume_detached(cl, s, id);
        /* Cinder refuses to delete a volume with snapshots, and Nova only logs that. */
        if (also_delete && !has_snapshots(cl, id)) {
            effect(cl, NULL, "volume_delete", id, id);
            json_object_del(cl->volumes, id);
        }
    }
}

json_t *volume_zones(const struct cloud *cl)
{
    static const char *const usual[] = {"az1", "az2"};
    json_t *names = json_array();
    if (json_array_size(cl->volume_zones))
        json_array_extend(names, cl->volume_zones);
    for (size_t i = 0; i < 2 && !json_array_size(cl->volume_zones); i++)
        if (zone_exists(cl, usual[i]))
            json_array_append_new(names, json_string(usual[i]));
    return names;
}

json_t *volume_view(const struct request *rq, const json_t *volume, bool made)
{
    json_t *view = json_deep_copy(volume), *item;
    size_t i;
    const char *id = str_of(volume, "id");
    json_object_set_new(view, "links",
                        json_pack("[{s:s, s:s++++}, {s:s, s:s++++}]", "rel", "self",
                                  "href", rq->base, "/volume/v3/", rq->who.project->id,
                                  "/volumes/", id, "rel", "bookmark", "href", rq->base,
                                  "/volume/", rq->who.project->id, "/volumes/", id));
    if (made)
        json_object_del(view, "os-vol-tenant-attr:tenant_id");
    if (rq->who.admin)
        return view;
    json_object_del(view, "migration_status");
    json_array_foreach(json_object_get(view, "attachments"), i, item)
        str_into(item, "host_name", NULL);
    return view;
}

/* A volume or snapshot on its way from one status to the next. */
struct change {
    struct cloud *cl;
    json_t *docs;
    char id[UUID_TEXT];
    const char *end; /* NULL: it is removed */
};

static void change_over(void *ctx)
{
    struct change *c = ctx;
    json_t *doc = json_object_get(c->docs, c->id);
    if (doc && !c->end) {
        json_object_del(c->docs, c->id);
    } else if (text_eq(str_of(doc, "status"), "creating")) {
        str_into(doc, "status", c->end);
        json_object_set_new(doc, "updated_at", iso_us_json(cloud_now(c->cl)));
    }
    json_decref(c->docs);
    free(c);
}

static void change_dropped(void *ctx)
{
    struct change *c = ctx;
    json_decref(c->docs);
    free(c);
}

void volume_change(struct cloud *cl, json_t *docs, json_t *doc, const char *end)
{
    struct change *c = xcalloc(1, sizeof(*c));
    *c = (struct change){.cl = cl, .docs = json_incref(docs), .end = end};
    snprintf(c->id, sizeof(c->id), "%s", str_of(doc, "id"));
    str_into(doc, "status", end ? "creating" : "deleting");
    clock_after(&cl->clock, cl->jobs.volume, change_over, change_dropped, c);
}
