/* SPDX-License-Identifier: Apache-2.0 */
/* Cinder: snapshots, limits, zones and what clients ask besides volumes. */
#include <string.h>

#include "compute.h"
#include "schema.h"
#include "volume.h"

static json_t *find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc = json_object_get(cl->snapshots, rq->part[1]);
    bool own = text_eq(str_of(doc, "os-extended-snapshot-attributes:project_id"),
                       rq->who.project->id);
    if (doc && (own || rq->who.admin))
        return doc;
    nova_fault(rp, 404, "Snapshot %s could not be found.", rq->part[1]);
    return NULL;
}

static void get_snapshot(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc = find(cl, rq, rp);
    if (doc)
        reply_json(rp, 200, json_pack("{s:o}", "snapshot", json_copy(doc)));
}

static void post_snapshot(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "snapshot");
    const char *id = str_of(body, "volume_id");
    if (!body)
        return;
    json_t *volume = id ? volume_get(cl, rq, id) : NULL;
    if (!volume) {
        nova_fault(rp, 404, "Volume %s could not be found.", id ? id : "");
        return;
    }
    bool force = json_says_true(json_object_get(body, "force")) || rq->mv >= 66;
    if (!text_eq(str_of(volume, "status"), "available") && !force) {
        nova_fault(rp, 400,
                   "Invalid volume: Volume %s status must be available, but current "
                   "status is: %s.",
                   id, str_of(volume, "status"));
        return;
    }
    const char *name = str_of(body, "name");
    json_t *doc = volume_snapshot(cl, volume, name ? name : "");
    if (json_object_get(body, "metadata"))
        json_object_set_new(doc, "metadata",
                            json_deep_copy(json_object_get(body, "metadata")));
    effect(cl, rq, "volume_snapshot_create", name ? name : str_of(doc, "id"),
           str_of(doc, "id"));
    volume_change(cl, cl->snapshots, doc, "available");
    reply_json(rp, 202, json_pack("{s:o}", "snapshot", json_copy(doc)));
}

static void delete_snapshot(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!find(cl, rq, rp))
        return;
    effect(cl, rq, "volume_snapshot_delete", rq->part[1], rq->part[1]);
    volume_change(cl, cl->snapshots, json_object_get(cl->snapshots, rq->part[1]), NULL);
    reply_json(rp, 202, NULL);
}

static void get_limits(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *project = rq->who.project->id, *id;
    json_int_t volumes = 0, gigabytes = 0, snapshots = 0;
    json_t *doc;
    json_object_foreach(cl->volumes, id, doc)
    {
        if (text_eq(str_of(doc, "os-vol-tenant-attr:tenant_id"), project)) {
            volumes++;
            gigabytes += int_of(doc, "size");
        }
    }
    json_object_foreach(cl->snapshots, id, doc) snapshots +=
        text_eq(str_of(doc, "os-extended-snapshot-attributes:project_id"), project);
    reply_json(
        rp, 200,
        json_pack("{s:{s:[], s:{s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i}}}",
                  "limits", "rate", "absolute", "maxTotalVolumes",
                  (json_int_t)quota_of(cl, project, "volumes"), "maxTotalVolumeGigabytes",
                  (json_int_t)quota_of(cl, project, "gigabytes"), "maxTotalSnapshots",
                  (json_int_t)quota_of(cl, project, "snapshots"), "totalVolumesUsed",
                  volumes, "totalGigabytesUsed", gigabytes, "totalSnapshotsUsed",
                  snapshots, "maxTotalBackups", 10, "maxTotalBackupGigabytes", 1000,
                  "totalBackupsUsed", 0, "totalBackupGigabytesUsed", 0));
}

static void get_zones(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *names = volume_zones(cl), *list = json_array(), *name;
    size_t i;
    (void)rq;
    json_array_foreach(names, i, name) json_array_append_new(
        list, json_pack("{s:O, s:{s:b}}", "zoneName", name, "zoneState", "available", 1));
    json_decref(names);
    reply_json(rp, 200, json_pack("{s:o}", "availabilityZoneInfo", list));
}

static void get_types(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    (void)rq;
    reply_json(rp, 200,
               json_pack("{s:[{s:s, s:s, s:b, s:s, s:{}}, {s:s, s:s, s:b, s:s, s:{}}]}",
                         "volume_types", "id", "7b1c7a8e-53b9-4b92-8d23-2c0a5f1f1b11",
                         "name", "__DEFAULT__", "is_public", 1, "description",
                         "Default Volume Type", "extra_specs", "id",
                         "0d6f3a52-9f2a-4a0b-8c57-1c9d1b6f2b12", "name", "fast",
                         "is_public", 1, "description", "Fast disks", "extra_specs"));
}

static const struct route routes[] = {
    {"POST", "snapshots", post_snapshot, 0, 0},
    {"GET", "snapshots/*", get_snapshot, 0, 0},
    {"DELETE", "snapshots/*", delete_snapshot, 0, 0},
    {"GET", "limits", get_limits, 0, 0},
    {"GET", "os-availability-zone", get_zones, 0, 0},
    {"GET", "types", get_types, 0, 0},
};
const struct route_set volume_snapshot_routes = {routes,
                                                 sizeof(routes) / sizeof(*routes)};
