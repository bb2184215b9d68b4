/* SPDX-License-Identifier: Apache-2.0 */
/* Cinder's entrance: volumes, snapshots, limits, zones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "identity.h"
#include "image.h"
#include "schema.h"
#include "volume.h"

static json_t *links(const struct request *rq, const char *id)
{
    return json_pack("[{s:s, s:s+++}]", "rel", "self", "href", rq->base, "/volume/v3/",
                     rq->who.project->id, id);
}

static bool own(const struct request *rq, const json_t *doc, const char *key)
{
    bool all = rq->who.admin && request_query(rq, "all_tenants");
    return all || text_eq(str_of(doc, key), rq->who.project->id);
}

static bool passes(const struct request *rq, const json_t *doc)
{
    static const char *const filters[] = {"name", "status", "availability_zone",
                                          "volume_id"};
    for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
        const char *wanted = request_query(rq, filters[i]);
        if (wanted && !text_eq(wanted, str_of(doc, filters[i])))
            return false;
    }
    const char *metadata = request_query(rq, "metadata");
    for (size_t i = 0; metadata && i < 1; i++) {
        /* The client writes a Python dictionary: {'key': 'value'}. */
        char key[256], value[256];
        if (sscanf(metadata, "{%*['\"]%255[^'\"]%*['\"]: %*['\"]%255[^'\"]", key,
                   value) != 2 ||
            !text_eq(str_of(json_object_get(doc, "metadata"), key), value))
            return false;
    }
    return true;
}

static void list_docs(struct request *rq, struct reply *rp, const json_t *docs,
                      const char *plural, const char *owner)
{
    json_t *list = json_array(), *doc;
    const char *id, *limit_text = request_query(rq, "limit");
    const char *marker = request_query(rq, "marker");
    size_t limit = limit_text ? strtoul(limit_text, NULL, 10) : 1000;
    bool detail = rq->n_parts > 1, begun = !marker, more = false;
    const char *last = NULL;
    json_object_foreach((json_t *)docs, id, doc)
    {
        if (!begun) {
            begun = strcmp(id, marker) == 0;
            continue;
        }
        if (!own(rq, doc, owner) || !passes(rq, doc))
            continue;
        if (json_array_size(list) == limit) {
            more = true;
            break;
        }
        last = id;
        json_array_append_new(list, detail
                                        ? json_copy(doc)
                                        : json_pack("{s:s, s:O, s:o}", "id", id, "name",
                                                    json_object_get(doc, "name"), "links",
                                                    links(rq, id)));
    }
    json_t *body = json_pack("{s:o}", plural, list);
    if (more) {
        char *key = text_new("%s_links", plural);
        json_object_set_new(body, key,
                            json_pack("[{s:s, s:o}]", "rel", "next", "href",
                                      json_sprintf("%s%s?limit=%zu&marker=%s", rq->base,
                                                   rq->path, limit, last)));
        free(key);
    }
    reply_json(rp, 200, body);
}

static void get_volumes(struct cloud *cl, struct request *rq, struct reply *rp)
{
    list_docs(rq, rp, cl->volumes, "volumes", "os-vol-tenant-attr:tenant_id");
}

static void get_snapshots(struct cloud *cl, struct request *rq, struct reply *rp)
{
    list_docs(rq, rp, cl->snapshots, "snapshots",
              "os-extended-snapshot-attributes:project_id");
}

static json_t *find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc = volume_get(cl, rq, rq->part[1]);
    if (!doc)
        nova_fault(rp, 404, "Volume %s could not be found.", rq->part[1]);
    return doc;
}

static void get_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc = find(cl, rq, rp);
    if (doc)
        reply_json(rp, 200, json_pack("{s:o}", "volume", volume_view(rq, doc, false)));
}

static bool quota_fits(const struct cloud *cl, const struct request *rq, long long size,
                       struct reply *rp)
{
    long long n = 0, gigabytes = 0;
    const char *id;
    json_t *doc;
    json_object_foreach(cl->volumes, id, doc)
    {
        if (text_eq(str_of(doc, "os-vol-tenant-attr:tenant_id"), rq->who.project->id)) {
            n++;
            gigabytes += int_of(doc, "size");
        }
    }
    long long max = quota_of(cl, rq->who.project->id, "volumes");
    long long max_gb = quota_of(cl, rq->who.project->id, "gigabytes");
    if ((max < 0 || n < max) && (max_gb < 0 || gigabytes + size <= max_gb))
        return true;
    nova_fault(rp, 413,
               "VolumeLimitExceeded: Maximum number of volumes allowed (%lld) "
               "exceeded for quota 'volumes'.",
               max);
    reply_header(rp, "Retry-After", "0");
    return false;
}

static bool size_fits(const json_t *size, struct reply *rp)
{
    const char *text = json_string_value(size);
    char *what = NULL;
    if (text && text[strspn(text, "0123456789")])
        what = text_new("'%s' does not match '^[0-9]+$'", text);
    else if (json_is_integer(size) && json_integer_value(size) < 1)
        what = text_new("%lld is less than the minimum of 1",
                        (long long)json_integer_value(size));
    if (!what)
        return true;
    schema_complain(rp, "size", size, what);
    free(what);
    return false;
}

/* Lends the volume that the new one is made from, NULL for an empty one; false with the
 * reply when it is not there. */
static bool find_origin(struct cloud *cl, const struct request *rq, struct reply *rp,
                        const json_t *body, const json_t **ret)
{
    const char *snapshot_id = str_of(body, "snapshot_id");
    const char *source_id = str_of(body, "source_volid");
    const char *zone = str_of(body, "availability_zone");
    const json_t *snapshot =
        snapshot_id ? json_object_get(cl->snapshots, snapshot_id) : NULL;
    *ret = source_id  ? volume_get(cl, rq, source_id)
           : snapshot ? json_object_get(cl->volumes, str_of(snapshot, "volume_id"))
                      : NULL;
    if ((snapshot_id && !snapshot) || (source_id && !*ret)) {
        nova_fault(rp, 404, "%s %s could not be found.",
                   snapshot_id ? "Snapshot" : "Volume",
                   snapshot_id ? snapshot_id : source_id);
        return false;
    }
    json_t *zones = volume_zones(cl);
    bool there = !zone || has_text(zones, zone);
    json_decref(zones);
    if (!there) {
        nova_fault(rp, 400, "Availability zone '%s' is invalid.", zone);
        return false;
    }
    if (*ret && zone && !text_eq(zone, str_of(*ret, "availability_zone"))) {
        nova_fault(rp, 400,
                   "Invalid input received: Volume must be in the same availability "
                   "zone as the %s",
                   source_id ? "source volume" : "snapshot");
        return false;
    }
    if (source_id && !text_eq(str_of(*ret, "status"), "available") &&
        !text_eq(str_of(*ret, "status"), "in-use")) {
        nova_fault(rp, 400,
                   "Invalid volume: Originating source volume status must be one of "
                   "'available, in-use' values");
        return false;
    }
    return true;
}

/* What Cinder checks of the image that a volume is made from; NULL: none is asked for. */
static bool image_fits(struct cloud *cl, const struct request *rq, struct reply *rp,
                       const char *id, long long size)
{
    const struct image *im =
        id ? image_get(cl, id, rq->who.project->id, rq->who.admin) : NULL;
    long long gb = im ? ((long long)im->size + (1LL << 30) - 1) >> 30 : 0;
    if (!id)
        return true;
    if (!im)
        nova_fault(rp, 404, "Image %s could not be found.", id);
    else if (!text_eq(str_of(im->doc, "status"), "active"))
        nova_fault(rp, 400, "Invalid input received: Image %s is not active.", id);
    else if (gb > size)
        nova_fault(
            rp, 400,
            "Invalid input received: Size of specified image %lldGB is larger than "
            "volume size %lldGB.",
            gb, size);
    else
        return true;
    return false;
}

/* The bytes of what it is made from: of the image, of the volume, or none. */
static void fill(struct cloud *cl, const char *id, const struct image *im,
                 const json_t *origin)
{
    json_t *disk =
        json_object_get(cl->disks, str_of(origin, "id") ? str_of(origin, "id") : "");
    if (im && im->bytes)
        json_object_set_new(cl->disks, id, json_stringn_nocheck(im->bytes, im->size));
    else if (disk)
        json_object_set(cl->disks, id, disk);
}

static void copy_asked(json_t *doc, const json_t *body)
{
    static const char *const keys[] = {"description", "metadata", "snapshot_id",
                                       "source_volid"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        json_t *value = json_object_get(body, keys[i]);
        if (value)
            json_object_set_new(doc, keys[i], json_deep_copy(value));
    }
}

static void post_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "volume");
    const json_t *origin;
    if (!body || !size_fits(json_object_get(body, "size"), rp) ||
        !find_origin(cl, rq, rp, body, &origin))
        return;
    long long size = int_of(body, "size") ? int_of(body, "size")
                     : origin             ? int_of(origin, "size")
                                          : 0;
    if (size < 1) {
        nova_fault(rp, 400, "Invalid input received: Volume size must be specified");
        return;
    }
    if (origin && size < int_of(origin, "size")) {
        nova_fault(rp, 400,
                   "Invalid input received: Volume size '%lld'GB cannot be smaller than "
                   "original volume size  %lldGB. They must be >= original volume size.",
                   size, int_of(origin, "size"));
        return;
    }
    if (!image_fits(cl, rq, rp, str_of(body, "imageRef"), size) ||
        !quota_fits(cl, rq, size, rp))
        return;
    const char *type = str_of(body, "volume_type");
    if (type && strcmp(type, "__DEFAULT__") != 0 && strcmp(type, "fast") != 0 &&
        strcmp(type, "luks") != 0) {
        nova_fault(rp, 404, "Volume type with name %s could not be found.", type);
        return;
    }
    json_t *doc =
        volume_new(cl, rq->who.project->id, rq->who.user->id, str_of(body, "name"), size,
                   str_of(origin ? origin : body, "availability_zone"),
                   str_of(body, "imageRef") != NULL);
    copy_asked(doc, body);
    if (type || origin)
        str_into(doc, "volume_type", type ? type : str_of(origin, "volume_type"));
    json_object_set_new(doc, "encrypted",
                        json_boolean(text_eq(str_of(doc, "volume_type"), "luks")));
    const struct image *im = str_of(body, "imageRef")
                                 ? table_get(&cl->images, str_of(body, "imageRef"))
                                 : NULL;
    fill(cl, str_of(doc, "id"), im, origin);
    if (im)
        volume_from_image(doc, im);
    if (origin)
        json_object_set(doc, "bootable", json_object_get(origin, "bootable"));
    if (json_object_get(origin, "volume_image_metadata"))
        json_object_set_new(
            doc, "volume_image_metadata",
            json_deep_copy(json_object_get(origin, "volume_image_metadata")));
    const char *id = str_of(doc, "id"), *name = str_of(doc, "name");
    effect(cl, rq, "volume_create", *name ? name : id, id);
    /* Cinder would note it a second time, and gives up (flows/manager/create_volume.py).
     */
    bool noted = im && json_object_get(im->doc, "signature_verified");
    volume_change(cl, cl->volumes, doc, noted ? "error" : "available");
    reply_json(rp, 202, json_pack("{s:o}", "volume", volume_view(rq, doc, true)));
}

static void put_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "volume");
    json_t *doc = body ? find(cl, rq, rp) : NULL;
    static const char *const keys[] = {"name", "description", "metadata"};
    if (!doc)
        return;
    bool changed = false;
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        json_t *value = json_object_get(body, keys[i]);
        changed = changed || (value && !json_equal(value, json_object_get(doc, keys[i])));
        if (value)
            json_object_set_new(doc, keys[i], json_deep_copy(value));
    }
    if (changed) /* what asks for a state that is reached has no effect */
        effect(cl, rq, "volume_update", rq->part[1], rq->part[1]);
    reply_json(rp, 200, json_pack("{s:o}", "volume", volume_view(rq, doc, false)));
}

static void delete_volume(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc = find(cl, rq, rp), *snapshot;
    const char *id;
    bool has_snapshots = false;
    if (!doc)
        return;
    json_object_foreach(cl->snapshots, id, snapshot) has_snapshots =
        has_snapshots || text_eq(str_of(snapshot, "volume_id"), rq->part[1]);
    if (has_snapshots || (!text_eq(str_of(doc, "status"), "available") &&
                          !text_eq(str_of(doc, "status"), "error"))) {
        nova_fault(rp, 400,
                   "Invalid volume: Volume status must be available or error or "
                   "error_restoring or error_extending or error_managing and must not be "
                   "migrating, attached, belong to a group, have snapshots, awaiting a "
                   "transfer, or be disassociated from snapshots after volume transfer.");
        return;
    }
    effect(cl, rq, "volume_delete", rq->part[1], rq->part[1]);
    volume_change(cl, cl->volumes, doc, NULL);
    reply_json(rp, 202, NULL);
}

static const struct route routes[] = {
    {"GET", "volumes", get_volumes, 0, 0},
    {"GET", "volumes/detail", get_volumes, 0, 0},
    {"POST", "volumes", post_volume, 0, 0},
    {"GET", "volumes/*", get_volume, 0, 0},
    {"PUT", "volumes/*", put_volume, 0, 0},
    {"DELETE", "volumes/*", delete_volume, 0, 0},
    {"GET", "snapshots", get_snapshots, 0, 0},
    {"GET", "snapshots/detail", get_snapshots, 0, 0},
};

static json_t *version_doc(const struct request *rq)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s+}], s:[{s:s, s:s}]}", "id",
                     "v3.0", "status", "CURRENT", "version", "3.70", "min_version", "3.0",
                     "updated", "2022-03-30T00:00:00Z", "links", "rel", "self", "href",
                     rq->base, "/volume/v3/", "media-types", "base", "application/json",
                     "type", "application/vnd.openstack.volume+json;version=3");
}

static bool negotiate(struct request *rq, struct reply *rp)
{
    const char *asked = request_header(rq, "OpenStack-API-Version");
    const char *at = asked ? strstr(asked, "volume ") : NULL;
    int minor = 0;
    rq->mv = 0;
    if (at && (sscanf(at, "volume 3.%4d", &minor) != 1 || minor < 0 || minor > 70)) {
        nova_fault(rp, 406,
                   "Version %s is not supported by the API. Minimum is 3.0 and "
                   "maximum is 3.70.",
                   at + strlen("volume "));
        return false;
    }
    rq->mv = minor;
    return true;
}

void volume_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    request_split(rq, 1);
    reply_header(rp, "x-openstack-request-id", "%s", rq->id);
    reply_header(rp, "x-compute-request-id", "%s", rq->id);
    if (rq->n_parts == 0) {
        reply_json(rp, 300, json_pack("{s:[o]}", "versions", version_doc(rq)));
        return;
    }
    if (strcmp(rq->part[0], "v3") != 0) {
        nova_fault(rp, 404, "The resource could not be found.");
        return;
    }
    if (rq->n_parts == 1) {
        reply_json(rp, 200, json_pack("{s:[o]}", "versions", version_doc(rq)));
        return;
    }
    if (!identity_token(cl, rq, rp) || !negotiate(rq, rp))
        return;
    if (!rq->who.project) {
        nova_fault(rp, 403, "Policy doesn't allow this scope to be used.");
        return;
    }
    bool with_project = table_get(&cl->projects, rq->part[1]) != NULL;
    if (with_project && strcmp(rq->part[1], rq->who.project->id) != 0 && !rq->who.admin) {
        nova_fault(rp, 400, "Malformed request url");
        return;
    }
    request_split(rq, with_project ? 3 : 2);
    const struct route_set sets[] = {{routes, sizeof(routes) / sizeof(*routes)},
                                     volume_snapshot_routes,
                                     volume_action_routes};
    enum route_found found = route_serve_sets(sets, 3, cl, rq, rp);
    if (found != ROUTE_DONE)
        nova_fault(rp, found == ROUTE_NO_PATH ? 404 : 405,
                   "The resource could not be found.");
    reply_header(rp, "OpenStack-API-Version", "volume 3.%d", rq->mv);
}
