/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: POST /servers makes a server and starts its build. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "create.h"
#include "schema.h"
#include "server.h"
#include "volume.h"

static void create_clear(struct create *c)
{
    free(c->zone);
    free(c->host);
    free(c->hostname);
    json_decref(c->networks);
    json_decref(c->groups);
    json_decref(c->bdms);
}

static bool find_all(struct create *c)
{
    return create_check_body(c) && create_find_zone(c) && create_find_image(c) &&
           create_find_volumes(c) && create_find_flavor(c) && create_find_groups(c) &&
           create_find_networks(c) && create_check_quota(c);
}

/* Image properties that Nova keeps in the server's system metadata, for later snapshots.
 */
static void inherit(struct server *s, const json_t *doc)
{
    static const char *const not_inherited[] = {"cache_in_nova", "bittorrent",
                                                "block_device_mapping", "bdm_v2",
                                                "root_device_name"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        bool skip = key[0] == '_' || strncmp(key, "img_signature", 13) == 0;
        static const char *const base[] = {"id",
                                           "name",
                                           "status",
                                           "visibility",
                                           "protected",
                                           "checksum",
                                           "owner",
                                           "size",
                                           "virtual_size",
                                           "created_at",
                                           "updated_at",
                                           "tags",
                                           "os_hash_algo",
                                           "os_hash_value",
                                           "os_hidden",
                                           "stores",
                                           "signature_verified",
                                           "image_id",
                                           "image_name"};
        for (size_t i = 0; i < sizeof(base) / sizeof(*base); i++)
            skip = skip || strcmp(base[i], key) == 0;
        for (size_t i = 0; i < sizeof(not_inherited) / sizeof(*not_inherited); i++)
            skip = skip || strcmp(not_inherited[i], key) == 0;
        if (!skip)
            json_object_set(s->image_props, key, value);
    }
    long long min_disk = int_of(doc, "min_disk"), root = int_of(s->flavor, "disk");
    json_object_set_new(s->image_props, "min_ram", json_integer(int_of(doc, "min_ram")));
    json_object_set_new(s->image_props, "min_disk",
                        json_integer(min_disk > root ? min_disk : root));
}

/* Hints come back as lists, whatever they were. */
static json_t *hint_lists(const json_t *hints)
{
    json_t *lists = json_object(), *value;
    const char *key;
    json_object_foreach((json_t *)hints, key, value) json_object_set_new(
        lists, key, json_is_array(value) ? json_copy(value) : json_pack("[O]", value));
    return lists;
}

/* Of the caller's own, as Nova counts. */
static long long members_of_user(const struct create *c, const json_t *group)
{
    long long n = 0;
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(group, "members"), i, id)
    {
        const struct server *s = table_get(&c->cl->servers, json_string_value(id));
        n += s && !s->deleted && text_eq(s->user_id, c->rq->who.user->id);
    }
    return n;
}

static bool join_group(struct create *c, struct server *s)
{
    const char *id = str_of(c->hints, "group");
    json_t *group = id ? json_object_get(c->cl->groups, id) : NULL;
    if (!id)
        return true;
    if (!group || !text_eq(str_of(group, "project_id"), c->rq->who.project->id)) {
        nova_fault(c->rp, 400, "Instance group %s could not be found.", id);
        return false;
    }
    json_t *members = json_object_get(group, "members");
    long long limit = quota_of(c->cl, c->rq->who.project->id, "server_group_members");
    if (limit >= 0 && members_of_user(c, group) >= limit) {
        nova_fault(c->rp, 403, "Quota exceeded, too many servers in group");
        return false;
    }
    json_array_append_new(members, json_string(s->id));
    json_array_append_new(s->groups, json_string(id));
    return true;
}

static void add_volumes(struct create *c, struct server *s)
{
    size_t i;
    json_t *bdm;
    json_array_foreach(c->bdms, i, bdm)
    {
        const char *source = str_of(bdm, "source"), *id = str_of(bdm, "id");
        json_t *volume =
            strcmp(source, "volume") == 0
                ? json_object_get(c->cl->volumes, id)
                : volume_new(c->cl, s->project_id, s->user_id, "", int_of(bdm, "size"),
                             c->zone, int_of(bdm, "boot_index") == 0);
        if (strcmp(source, "snapshot") == 0) {
            const json_t *snapshot = json_object_get(c->cl->snapshots, id);
            const json_t *origin =
                json_object_get(c->cl->volumes, str_of(snapshot, "volume_id"));
            json_object_set(volume, "size", json_object_get(snapshot, "size"));
            str_into(volume, "snapshot_id", id);
            /* Cinder keeps a clone where its origin is, whatever zone was asked for. */
            if (origin)
                json_object_set(volume, "availability_zone",
                                json_object_get(origin, "availability_zone"));
            if (json_object_get(origin, "volume_image_metadata"))
                json_object_set(volume, "volume_image_metadata",
                                json_object_get(origin, "volume_image_metadata"));
        }
        if (strcmp(source, "volume") != 0)
            str_into(volume, "description", "");
        if (strcmp(source, "image") == 0)
            volume_from_image(volume, table_get(&c->cl->images, id));
        volume_reserve(c->cl, s, volume, NULL, str_of(bdm, "tag"),
                       true_of(bdm, "delete_on_termination"),
                       (int)int_of(bdm, "boot_index"));
    }
}

/* Lends what is known of the image below the root volume. */
static const json_t *root_metadata(const struct create *c)
{
    size_t i;
    json_t *bdm;
    json_array_foreach(c->bdms, i, bdm)
    {
        const char *id = str_of(bdm, "id");
        if (int_of(bdm, "boot_index") != 0 || !id)
            continue;
        const struct image *im = table_get(&c->cl->images, id);
        if (im)
            return im->doc;
        const json_t *snapshot = json_object_get(c->cl->snapshots, id);
        const json_t *volume = json_object_get(
            c->cl->volumes, snapshot ? str_of(snapshot, "volume_id") : id);
        return json_object_get(volume, "volume_image_metadata");
    }
    return NULL;
}

static struct server *make_server(struct create *c, const char *name)
{
    struct server *s = server_new();
    const json_t *b = c->body;
    const char *description = c->rq->mv >= 19 ? str_of(b, "description") : name;
    text_set(&s->name, name);
    text_set(&s->hostname, c->hostname);
    if (!*s->hostname) {
        free(s->hostname);
        s->hostname = text_new("Server-%s", s->id);
    }
    text_set(&s->description, description);
    text_set(&s->key_name, str_of(b, "key_name"));
    text_set(&s->user_data, str_of(b, "user_data"));
    text_set(&s->boot_roles, c->rq->who.admin ? "admin,member,reader" : "member,reader");
    text_set(&s->owner_user, c->rq->who.user->name);
    text_set(&s->owner_project, c->rq->who.project->name);
    text_set(&s->project_id, c->rq->who.project->id);
    text_set(&s->user_id, c->rq->who.user->id);
    text_set(&s->image_ref, c->image && !c->volume_backed ? c->image->id : "");
    text_set(&s->access4, str_of(b, "accessIPv4"));
    text_set(&s->access6, str_of(b, "accessIPv6"));
    text_set(&s->pinned_zone, c->zone);
    text_set(&s->zone, c->zone ? c->zone : "");
    text_set(&s->root_device, "/dev/vda");
    text_set(&s->config_drive,
             json_says_true(json_object_get(b, "config_drive")) ? "True" : "");
    text_set(&s->disk_config,
             str_of(b, "OS-DCF:diskConfig") ? str_of(b, "OS-DCF:diskConfig") : "MANUAL");
    s->volume_backed = c->volume_backed;
    server_set_flavor(s, json_deep_copy(c->flavor));
    if (json_object_get(b, "metadata"))
        json_object_update(s->metadata, json_object_get(b, "metadata"));
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(b, "tags"), i, tag)
    {
        /* The database keeps them by name. */
        add_sorted(s->tags, json_string_value(tag));
    }
    if (json_is_array(json_object_get(b, "trusted_image_certificates")))
        s->trusted = json_deep_copy(json_object_get(b, "trusted_image_certificates"));
    json_decref(s->hints);
    s->hints = hint_lists(c->hints);
    const json_t *meta = c->image ? c->image->doc : root_metadata(c);
    if (meta)
        inherit(s, meta);
    return s;
}

static void start_one(struct create *c, struct server *s)
{
    struct cloud *cl = c->cl;
    server_add(cl, s);
    if (cl->cells > 1 && c->zone)
        s->cell = strcmp(c->zone, "az2") == 0 ? 2 : 1;
    add_volumes(c, s);
    char *mark = server_mark(s);
    effect(cl, c->rq, "server_create", mark, s->id);
    free(mark);
    action_start(cl, c->rq, s, "create");
    boot_start(cl, c->rq, s,
               json_pack("{s:O, s:O, s:s?, s:s?}", "networks", c->networks, "groups",
                         c->groups, "zone", c->zone, "host", c->host));
}

static void answer(struct create *c, const struct server *s, const char *password)
{
    const json_t *groups = json_object_get(c->body, "security_groups");
    json_t *view = json_pack("{s:s, s:o, s:s, s:s}", "id", s->id, "links",
                             server_links(c->rq, s->id), "OS-DCF:diskConfig",
                             s->disk_config, "adminPass", password);
    json_object_set_new(view, "security_groups",
                        groups ? json_deep_copy(groups)
                               : json_pack("[{s:s}]", "name", "default"));
    if (json_says_true(json_object_get(c->body, "return_reservation_id")))
        reply_json(c->rp, 202, json_pack("{s:s}", "reservation_id", s->reservation));
    else
        reply_json(c->rp, 202, json_pack("{s:o}", "server", view));
    if (!c->rp->json || !json_object_get(c->rp->json, "server"))
        json_decref(view);
    reply_header(c->rp, "Location", "%s/compute/v2.1/servers/%s", c->rq->base, s->id);
}

static void make_all(struct create *c)
{
    struct server *first = NULL;
    char uuid[UUID_TEXT], password[13];
    uuid_make(uuid);
    snprintf(password, sizeof(password), "%.8s%.4s", uuid, uuid + 9);
    for (long long i = 0; i < c->max_count; i++) {
        const char *name = str_of(c->body, "name");
        char *numbered =
            c->max_count > 1 ? text_new("%s-%lld", name, i + 1) : xstrdup(name);
        struct server *s = make_server(c, numbered);
        free(numbered);
        s->reservation = text_new("r-%.8s", uuid);
        if (!join_group(c, s)) {
            server_free(s);
            return;
        }
        start_one(c, s);
        if (!first)
            first = s;
    }
    const char *asked = str_of(c->body, "adminPass");
    answer(c, first, asked ? asked : password);
}

static long long count_of(const json_t *body, const char *key, long long otherwise)
{
    const json_t *value = json_object_get(body, key);
    const char *text = json_string_value(value);
    return text ? strtoll(text, NULL, 10) : value ? json_integer_value(value) : otherwise;
}

static void post_server(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct create c = {.cl = cl, .rq = rq, .rp = rp};
    c.body = nova_body(rq, rp, "server");
    if (!c.body)
        return;
    c.hints = json_object_get(rq->json, "os:scheduler_hints");
    if (!c.hints)
        c.hints = json_object_get(rq->json, "OS-SCH-HNT:scheduler_hints");
    c.networks = json_array();
    c.groups = json_array();
    c.bdms = json_array();
    const char *name = str_of(c.body, "name"), *hostname = str_of(c.body, "hostname");
    c.hostname = hostname ? xstrdup(hostname) : hostname_of(name ? name : "");
    c.min_count = count_of(c.body, "min_count", 1);
    c.max_count = count_of(c.body, "max_count", c.min_count);
    if (c.min_count > c.max_count || c.min_count < 1)
        nova_fault(rp, 400, "min_count must be <= max_count");
    else if (find_all(&c))
        make_all(&c);
    create_clear(&c);
}

static const struct route routes[] = {
    {"POST", "servers", post_server, 0, 0},
};
const struct route_set compute_create_routes = {routes, sizeof(routes) / sizeof(*routes)};
