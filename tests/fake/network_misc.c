/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron's smaller parts: networks, subnets, routers, trunks, extensions, quotas, tags.
 */
#include <string.h>

#include "network.h"

/* Collections that differ in nothing but their name. */
static const struct kind {
    const char *plural, *singular, *word;
    size_t offset;
} kinds[] = {
    {"networks", "network", "Network", offsetof(struct cloud, networks)},
    {"subnets", "subnet", "Subnet", offsetof(struct cloud, subnets)},
    {"routers", "router", "Router", offsetof(struct cloud, routers)},
    {"trunks", "trunk", "Trunk", offsetof(struct cloud, trunks)},
    {"ports", "port", "Port", offsetof(struct cloud, ports)},
    {"floatingips", "floatingip", "FloatingIP", offsetof(struct cloud, fips)},
    {"security-groups", "security_group", "SecurityGroup", offsetof(struct cloud, sgs)},
};

static const struct kind *kind_of(const char *plural)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i].plural, plural) == 0)
            return &kinds[i];
    }
    return NULL;
}

static json_t *docs_of(struct cloud *cl, const struct kind *kind)
{
    return *(json_t **)(void *)((char *)cl + kind->offset);
}

static void not_there(struct reply *rp)
{
    struct net_error e;
    net_fail(&e, 404, "HTTPNotFound", "The resource could not be found.");
    net_error_reply(rp, &e);
}

static void get_all(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const struct kind *kind = kind_of(rq->part[0]);
    if (kind && strcmp(kind->plural, "trunks") == 0 && !net_extension(cl, "trunk"))
        kind = NULL;
    if (kind)
        net_list(cl, rq, rp, docs_of(cl, kind), kind->plural);
    else
        not_there(rp);
}

static void get_one(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const struct kind *kind = kind_of(rq->part[0]);
    if (!kind) {
        not_there(rp);
        return;
    }
    json_t *doc = net_find(cl, rq, rp, docs_of(cl, kind), kind->word);
    if (doc)
        reply_json(rp, 200, json_pack("{s:o}", kind->singular, net_view(cl, rq, doc)));
}

/* Lends the tags of the document in the path, or NULL with a 404. */
static json_t *tags_of(struct cloud *cl, struct request *rq, struct reply *rp,
                       json_t **doc)
{
    const struct kind *kind = kind_of(rq->part[0]);
    if (!kind) {
        not_there(rp);
        return NULL;
    }
    *doc = net_find(cl, rq, rp, docs_of(cl, kind), kind->word);
    return *doc ? json_object_get(*doc, "tags") : NULL;
}

static void get_tags(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc, *tags = tags_of(cl, rq, rp, &doc);
    if (tags)
        reply_json(rp, 200, json_pack("{s:O}", "tags", tags));
}

static void put_tags(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc, *tags = tags_of(cl, rq, rp, &doc);
    if (!tags || !net_if_match(rq, doc, rp))
        return;
    json_t *wanted = json_object_get(rq->json, "tags");
    if (!json_is_array(wanted)) {
        struct net_error e;
        net_fail(&e, 400, "HTTPBadRequest", "Invalid input for tags");
        net_error_reply(rp, &e);
        return;
    }
    if (!json_equal(tags, wanted)) {
        json_object_set_new(doc, "tags", json_copy(wanted));
        net_touch(cl, doc);
        effect(cl, rq, "tags_set", rq->part[1], rq->part[1]);
    }
    reply_json(rp, 200, json_pack("{s:O}", "tags", json_object_get(doc, "tags")));
}

static void put_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc, *tags = tags_of(cl, rq, rp, &doc);
    if (!tags || !net_if_match(rq, doc, rp))
        return;
    if (!has_text(tags, rq->part[3])) {
        json_array_append_new(tags, json_string(rq->part[3]));
        net_touch(cl, doc);
        effect(cl, rq, "tag_add", rq->part[1], rq->part[1]);
    }
    reply_json(rp, 201, NULL);
}

static void delete_tag(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc, *tags = tags_of(cl, rq, rp, &doc);
    if (!tags || !net_if_match(rq, doc, rp))
        return;
    if (!drop_text(tags, rq->part[3])) {
        struct net_error e;
        net_fail(&e, 404, "TagNotFound", "Tag %s could not be found.", rq->part[3]);
        net_error_reply(rp, &e);
        return;
    }
    net_touch(cl, doc);
    effect(cl, rq, "tag_remove", rq->part[1], rq->part[1]);
    reply_json(rp, 204, NULL);
}

static void delete_tags(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *doc, *tags = tags_of(cl, rq, rp, &doc);
    if (!tags || !net_if_match(rq, doc, rp))
        return;
    json_array_clear(tags);
    net_touch(cl, doc);
    effect(cl, rq, "tags_set", rq->part[1], rq->part[1]);
    reply_json(rp, 204, NULL);
}

bool net_extension(const struct cloud *cl, const char *alias)
{
    return true_of(cl->extensions, alias);
}

static void get_extensions(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    json_t *list = json_array(), *on;
    const char *alias;
    json_object_foreach(cl->extensions, alias, on)
    {
        if (json_is_true(on))
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:s, s:s, s:[]}", "alias", alias,
                                            "name", alias, "description", "", "updated",
                                            "2016-01-01T10:00:00-00:00", "links"));
    }
    reply_json(rp, 200, json_pack("{s:o}", "extensions", list));
}

static void get_extension(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct reply all = {0};
    get_extensions(cl, rq, &all);
    size_t i;
    json_t *item;
    not_there(rp);
    json_array_foreach(json_object_get(all.json, "extensions"), i, item)
    {
        if (text_eq(str_of(item, "alias"), rq->part[1]))
            reply_json(rp, 200, json_pack("{s:O}", "extension", item));
    }
    reply_clear(&all);
}

static void get_quota(struct cloud *cl, struct request *rq, struct reply *rp)
{
    static const char *const names[] = {"network",
                                        "subnet",
                                        "port",
                                        "router",
                                        "floatingip",
                                        "security_group",
                                        "security_group_rule",
                                        "rbac_policy",
                                        "subnetpool"};
    json_t *doc = json_object();
    const char *id;
    json_t *port;
    json_int_t used = 0;
    json_object_foreach(cl->ports, id, port) used +=
        text_eq(str_of(port, "project_id"), rq->part[1]);
    bool details = rq->n_parts == 3;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json_t *limit = json_integer(quota_of(cl, rq->part[1], names[i]));
        if (!details)
            json_object_set_new(doc, names[i], limit);
        else
            json_object_set_new(doc, names[i],
                                json_pack("{s:I, s:o, s:i}", "used",
                                          strcmp(names[i], "port") == 0 ? used : 0,
                                          "limit", limit, "reserved", 0));
    }
    bool own = strcmp(rq->part[1], rq->who.project->id) == 0;
    if ((!own || details) && !rq->who.admin) {
        struct net_error e;
        json_decref(doc);
        net_fail(&e, 403, "PolicyNotAuthorized",
                 "rule:get_quota is disallowed by policy");
        net_error_reply(rp, &e);
        return;
    }
    reply_json(rp, 200, json_pack("{s:o}", "quota", doc));
}

static void get_zones(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    (void)rq;
    reply_json(rp, 200,
               json_pack("{s:[{s:s, s:s, s:s}]}", "availability_zones", "name", "nova",
                         "resource", "network", "state", "available"));
}

static void get_none(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    reply_json(rp, 200, json_pack("{s:[]}", rq->part[0]));
}

static const struct route routes[] = {
    {"GET", "", get_extensions, 0, 0},
    {"GET", "extensions", get_extensions, 0, 0},
    {"GET", "extensions/*", get_extension, 0, 0},
    {"GET", "availability_zones", get_zones, 0, 0},
    {"GET", "agents", get_none, 0, 0},
    {"GET", "quotas/*", get_quota, 0, 0},
    {"GET", "quotas/*/details", get_quota, 0, 0},
    {"GET", "*/*/tags", get_tags, 0, 0},
    {"PUT", "*/*/tags", put_tags, 0, 0},
    {"DELETE", "*/*/tags", delete_tags, 0, 0},
    {"PUT", "*/*/tags/*", put_tag, 0, 0},
    {"DELETE", "*/*/tags/*", delete_tag, 0, 0},
    {"GET", "*", get_all, 0, 0},
    {"GET", "*/*", get_one, 0, 0},
};
const struct route_set network_misc_routes = {routes, sizeof(routes) / sizeof(*routes)};
