/* SPDX-License-Identifier: Apache-2.0 */
/* POST /servers: the body's keys, the zone, the image, the flavor, the quota. */
#include "create.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "image.h"
#include "pytext.h"
#include "schema.h"
#include "server.h"

static const struct key_rule rules[] = {
    {"name", IS_NAME, 0, 0, 1, 255, true},
    {"flavorRef", IS_STRING | IS_INT, 0, 0, 0, 0, true},
    {"imageRef", IS_STRING, 0, 0, 0, 0, false},
    {"adminPass", IS_STRING, 0, 0, 0, 0, false},
    {"metadata", IS_OBJECT, 0, 0, 0, 0, false},
    {"networks", IS_ARRAY, 0, 36, 0, 0, false},
    {"networks", IS_ARRAY | IS_STRING, 37, 0, 0, 0, true},
    {"OS-DCF:diskConfig", IS_STRING, 0, 0, 0, 0, false},
    {"accessIPv4", IS_STRING, 0, 0, 0, 0, false},
    {"accessIPv6", IS_STRING, 0, 0, 0, 0, false},
    {"personality", IS_ARRAY, 0, 56, 0, 0, false},
    {"availability_zone", IS_NAME, 0, 0, 1, 255, false},
    {"block_device_mapping", IS_ARRAY, 0, 0, 0, 0, false},
    {"block_device_mapping_v2", IS_ARRAY, 0, 0, 0, 0, false},
    {"config_drive", IS_BOOL, 0, 0, 0, 0, false},
    {"key_name", IS_NAME, 0, 0, 1, 255, false},
    {"min_count", IS_NUMBER, 0, 0, 0, 0, false},
    {"max_count", IS_NUMBER, 0, 0, 0, 0, false},
    {"return_reservation_id", IS_BOOL, 0, 0, 0, 0, false},
    {"security_groups", IS_ARRAY, 0, 0, 0, 0, false},
    {"user_data", IS_STRING, 0, 0, 0, 65535, false},
    {"description", IS_STRING | IS_NULL, 19, 0, 0, 255, false},
    {"tags", IS_ARRAY, 52, 0, 0, 50, false},
    {"trusted_image_certificates", IS_ARRAY | IS_NULL, 63, 0, 1, 50, false},
    {"host", IS_STRING, 74, 0, 1, 255, false},
    {"hypervisor_hostname", IS_STRING, 74, 0, 1, 255, false},
    {"hostname", IS_STRING, 90, 93, 2, 63, false},
    {"hostname", IS_STRING, 94, 0, 2, 255, false},
};

static const struct key_rule top_rules[] = {
    {"server", IS_OBJECT, 0, 0, 0, 0, true},
    {"os:scheduler_hints", IS_OBJECT, 0, 0, 0, 0, false},
    {"OS-SCH-HNT:scheduler_hints", IS_OBJECT, 0, 0, 0, 0, false},
};

static const struct key_rule network_rules[] = {
    {"uuid", IS_STRING, 0, 36, 0, 0, false},
    {"uuid", IS_UUID, 37, 0, 0, 0, false},
    {"port", IS_UUID | IS_NULL, 0, 0, 0, 0, false},
    {"fixed_ip", IS_STRING, 0, 0, 1, 0, false},
    {"tag", IS_STRING, 32, 36, 1, 60, false},
    {"tag", IS_STRING, 42, 0, 1, 60, false},
};

static const struct key_rule bdm_rules[] = {
    {"source_type", IS_STRING, 0, 0, 0, 0, false},
    {"uuid", IS_STRING, 0, 0, 1, 255, false},
    {"image_id", IS_STRING, 0, 0, 0, 0, false},
    {"volume_id", IS_STRING, 0, 0, 0, 0, false},
    {"snapshot_id", IS_STRING, 0, 0, 0, 0, false},
    {"destination_type", IS_STRING, 0, 0, 0, 0, false},
    {"guest_format", IS_STRING, 0, 0, 0, 255, false},
    {"device_type", IS_STRING, 0, 0, 0, 255, false},
    {"disk_bus", IS_STRING, 0, 0, 0, 255, false},
    {"boot_index", IS_NUMBER | IS_NULL, 0, 0, 0, 0, false},
    {"virtual_name", IS_STRING, 0, 0, 0, 255, false},
    {"volume_size", IS_NUMBER, 0, 0, 0, 0, false},
    {"device_name", IS_STRING, 0, 0, 1, 255, false},
    {"delete_on_termination", IS_BOOL, 0, 0, 0, 0, false},
    {"no_device", IS_STRING | IS_BOOL | IS_NULL | IS_INT, 0, 0, 0, 0, false},
    {"connection_info", IS_STRING, 0, 0, 0, 0, false},
    {"tag", IS_STRING, 32, 32, 1, 60, false},
    {"tag", IS_STRING, 42, 0, 1, 60, false},
    {"volume_type", IS_STRING | IS_NULL, 67, 0, 0, 255, false},
};

static const struct key_rule group_rules[] = {
    {"name", IS_NAME, 0, 0, 1, 255, false},
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool items_fit(struct create *c, const char *key,
                      const struct key_rule *item_rules, size_t n)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(c->body, key), i, item)
    {
        char where[24];
        snprintf(where, sizeof(where), "%zu", i);
        if (!keys_check(item, where, item_rules, n, c->rq->mv, c->rp))
            return false;
    }
    return true;
}

static bool one_of(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(*words, word) == 0)
            return true;
    }
    return false;
}

static bool bdms_fit(struct create *c)
{
    static const char *const sources[] = {"volume", "image", "snapshot", "blank", NULL};
    static const char *const places[] = {"local", "volume", NULL};
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(c->body, "block_device_mapping_v2"), i, item)
    {
        const char *source = str_of(item, "source_type"), *key = NULL;
        const char *place = str_of(item, "destination_type");
        const char *index = str_of(item, "boot_index"), *what = NULL;
        if (source && !one_of(source, sources)) {
            key = "source_type";
            what = "is not one of ['volume', 'image', 'snapshot', 'blank']";
        } else if (place && !one_of(place, places)) {
            key = "destination_type";
            what = "is not one of ['local', 'volume']";
        } else if (index && index[strspn(index, "-0123456789")]) {
            key = "boot_index";
            what = "does not match '^-?[0-9]+$'";
        }
        if (!what)
            continue;
        char *text = text_new("'%s' %s", str_of(item, key), what);
        schema_complain(c->rp, key, json_object_get(item, key), text);
        free(text);
        return false;
    }
    return items_fit(c, "block_device_mapping_v2", bdm_rules, COUNT(bdm_rules));
}

static bool tags_fit(struct create *c)
{
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(c->body, "tags"), i, tag)
    {
        char where[24];
        snprintf(where, sizeof(where), "%zu", i);
        if (!tag_check(tag, where, c->rp))
            return false;
    }
    return true;
}

/* 2.90 takes letters, digits and dashes; 2.94 dots as well. */
static bool hostname_fits(struct create *c)
{
    const char *s = str_of(c->body, "hostname");
    bool ok = true;
    for (const char *p = s ? s : ""; *p; p++)
        ok = ok &&
             (isalnum((unsigned char)*p) || *p == '-' || (*p == '.' && c->rq->mv >= 94));
    if (!s || (ok && s[0] != '-' && s[strlen(s) - 1] != '-'))
        return true;
    char *what =
        text_new("'%s' does not match '^[a-zA-Z0-9]+[a-zA-Z0-9-%s]*[a-zA-Z0-9]+$'", s,
                 c->rq->mv >= 94 ? "." : "");
    schema_complain(c->rp, "hostname", json_object_get(c->body, "hostname"), what);
    free(what);
    return false;
}

/* Values that only some words or forms fit. */
static bool words_fit(struct create *c)
{
    const char *disk = str_of(c->body, "OS-DCF:diskConfig");
    const char *access = str_of(c->body, "accessIPv4"),
               *other = str_of(c->body, "accessIPv6");
    char *what = NULL;
    const char *key = NULL;
    struct in6_addr a;
    if (disk && strcmp(disk, "AUTO") != 0 && strcmp(disk, "MANUAL") != 0) {
        key = "OS-DCF:diskConfig";
        what = text_new("'%s' is not one of ['AUTO', 'MANUAL']", disk);
    } else if (access && inet_pton(AF_INET, access, &a) != 1) {
        key = "accessIPv4";
        what = text_new("'%s' is not a 'ipv4'", access);
    } else if (other && inet_pton(AF_INET6, other, &a) != 1) {
        key = "accessIPv6";
        what = text_new("'%s' is not a 'ipv6'", other);
    }
    if (!what)
        return true;
    schema_complain(c->rp, key, json_object_get(c->body, key), what);
    free(what);
    return false;
}

/* From 2.37 on `networks` is one of two kinds, and whatever is wrong in it is told of the
 * whole. */
static bool networks_fit(struct create *c)
{
    const json_t *networks = json_object_get(c->body, "networks");
    const char *word = json_string_value(networks);
    bool ok = word ? strcmp(word, "none") == 0 || strcmp(word, "auto") == 0
                   : items_fit(c, "networks", network_rules, COUNT(network_rules));
    if (ok || c->rq->mv < 37)
        return ok;
    char *shown = py_repr(networks);
    char *what = text_new("%s is not valid under any of the given schemas", shown);
    schema_complain(c->rp, "networks", networks, what);
    free(what);
    free(shown);
    return false;
}

/* Of the hints, which may be any words, only this one must be one group's id (newer
 * schemas have a list here too, which the lookup behind them does not take). */
static bool hints_fit(struct create *c)
{
    static const struct key_rule group[] = {{"group", IS_UUID, 0, 0, 0, 0, false}};
    const json_t *id = json_object_get(c->hints, "group");
    json_t *alone = id ? json_pack("{s:O}", "group", (json_t *)id) : NULL;
    bool ok = !id || keys_check(alone, "os:scheduler_hints", group, 1, c->rq->mv, c->rp);
    json_decref(alone);
    return ok;
}

bool create_check_body(struct create *c)
{
    if (!keys_check(c->rq->json, "", top_rules, COUNT(top_rules), c->rq->mv, c->rp) ||
        !keys_check(c->body, "server", rules, COUNT(rules), c->rq->mv, c->rp) ||
        !networks_fit(c) || !words_fit(c) || !bdms_fit(c) ||
        !items_fit(c, "security_groups", group_rules, COUNT(group_rules)) ||
        !metadata_check(json_object_get(c->body, "metadata"), c->rp) || !tags_fit(c) ||
        !hostname_fits(c) || !hints_fit(c))
        return false;
    if (json_object_size(json_object_get(c->body, "metadata")) >
        (size_t)quota_of(c->cl, c->rq->who.project->id, "metadata_items")) {
        nova_fault(c->rp, 403, "Maximum number of metadata items exceeds 128");
        return false;
    }
    const char *key = str_of(c->body, "key_name");
    if (key &&
        !json_object_get(json_object_get(c->cl->keypairs, c->rq->who.user->id), key)) {
        nova_fault(c->rp, 400, "Invalid key_name provided.");
        return false;
    }
    return true;
}

bool create_find_zone(struct create *c)
{
    const char *asked = str_of(c->body, "availability_zone");
    const char *host = str_of(c->body, "host");
    if (!host)
        host = str_of(c->body, "hypervisor_hostname");
    if (host && !nova_admin(c->rq, c->rp, "compute:servers:create:requested_destination"))
        return false;
    if (asked && strchr(asked, ':')) {
        if (!nova_admin(c->rq, c->rp, "os_compute_api:servers:create:forced_host"))
            return false;
        c->zone = xstrndup(asked, strcspn(asked, ":"));
        const char *rest = strchr(asked, ':') + 1;
        c->host = xstrndup(rest, strcspn(rest, ":"));
    } else {
        c->zone = asked ? xstrdup(asked) : NULL;
        c->host = host ? xstrdup(host) : NULL;
    }
    if (c->host && !json_object_get(c->cl->hosts, c->host)) {
        nova_fault(c->rp, 400, "Compute host %s could not be found.", c->host);
        return false;
    }
    if (c->zone && (!zone_exists(c->cl, c->zone) || !zone_is_up(c->cl, c->zone))) {
        nova_fault(c->rp, 400, "The requested availability zone is not available");
        return false;
    }
    return true;
}

bool create_find_image(struct create *c)
{
    const char *id = str_of(c->body, "imageRef");
    bool with_bdm =
        json_array_size(json_object_get(c->body, "block_device_mapping_v2")) > 0;
    if (!id || !*id) {
        if (with_bdm)
            return true;
        nova_fault(c->rp, 400, "Missing imageRef attribute");
        return false;
    }
    const char *slash = strrchr(id, '/');
    id = slash ? slash + 1 : id;
    c->image = image_get(c->cl, id, c->rq->who.project->id, c->rq->who.admin);
    if (!c->image) {
        nova_fault(c->rp, 400, "Can not find requested image");
        return false;
    }
    if (!text_eq(str_of(c->image->doc, "status"), "active")) {
        nova_fault(c->rp, 400, "Image %s is not active.", id);
        return false;
    }
    return true;
}

static bool image_fits_flavor(struct create *c)
{
    const json_t *im = c->image ? c->image->doc : NULL;
    long long gb = int_of(c->flavor, "disk"), min_disk = int_of(im, "min_disk");
    if (!im || str_of(im, "block_device_mapping"))
        return true;
    if (int_of(im, "min_ram") > int_of(c->flavor, "ram")) {
        nova_fault(c->rp, 400, "Flavor's memory is too small for requested image.");
        return false;
    }
    if (gb == 0 && !c->rq->who.admin) {
        nova_fault(c->rp, 403,
                   "Only volume-backed servers are allowed for flavors with zero disk.");
        return false;
    }
    if (gb && (long long)c->image->size > gb << 30) {
        nova_fault(c->rp, 400,
                   "Flavor's disk is too small for requested image. Flavor disk is %lld "
                   "bytes, image is %zu bytes.",
                   gb << 30, c->image->size);
        return false;
    }
    if (gb && min_disk > gb) {
        nova_fault(c->rp, 400,
                   "Flavor's disk is smaller than the minimum size specified in image "
                   "metadata. Flavor disk is %lld bytes, minimum size is %lld bytes.",
                   gb << 30, min_disk << 30);
        return false;
    }
    return true;
}

bool create_find_flavor(struct create *c)
{
    const json_t *ref = json_object_get(c->body, "flavorRef");
    char *id = json_is_integer(ref) ? text_new("%lld", (long long)json_integer_value(ref))
                                    : xstrdup(json_string_value(ref));
    const char *slash = strrchr(id, '/');
    c->flavor = json_object_get(c->cl->flavors, slash ? slash + 1 : id);
    bool open = true_of(c->flavor, "public") || c->rq->who.admin;
    if (!c->flavor || !open) {
        nova_fault(c->rp, 400, "Flavor %s could not be found.", id);
        free(id);
        return false;
    }
    free(id);
    return c->volume_backed || image_fits_flavor(c);
}

bool create_check_quota(struct create *c)
{
    static const char *const names[] = {"instances", "cores", "ram"};
    const char *project = c->rq->who.project->id;
    long long used[3] = {0};
    long long asked[3] = {c->max_count, c->max_count * int_of(c->flavor, "vcpus"),
                          c->max_count * int_of(c->flavor, "ram")};
    for (struct row *r = c->cl->servers.oldest; r; r = r->newer) {
        const struct server *s = r->data;
        if (s->deleted || strcmp(s->project_id, project) != 0)
            continue;
        used[0]++;
        used[1] += s->vcpus;
        used[2] += s->ram;
    }
    for (int i = 0; i < 3; i++) {
        long long limit = quota_of(c->cl, project, names[i]);
        if (limit >= 0 && used[i] + asked[i] > limit) {
            nova_fault(
                c->rp, 403,
                "Quota exceeded for %s: Requested %lld, but already used %lld of %lld "
                "%s",
                names[i], asked[i], used[i], limit, names[i]);
            return false;
        }
    }
    return true;
}

char *hostname_of(const char *name)
{
    char *out = xcalloc(strlen(name) + 1, 1), *to = out;
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (isalnum(c) && c < 0x80)
            *to++ = (char)tolower(c);
        else if (c == ' ' || c == '_' || c == '.' || c == '-')
            *to++ = '-';
    }
    *to = '\0';
    while (to > out && to[-1] == '-')
        *--to = '\0';
    char *begin = out + strspn(out, "-");
    memmove(out, begin, strlen(begin) + 1);
    if (strlen(out) > 63)
        out[63] = '\0';
    return out;
}
