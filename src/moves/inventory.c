/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a project has: page by page, or one thing at a time. */
#include "moves/inventory.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/cinder.h"
#include "cloud/glance.h"
#include "cloud/json.h"
#include "cloud/neutron.h"
#include "cloud/nova.h"
#include "moves/kinds.h"

#define SHOWS_TAGS       26
#define SHOWS_DOWN_CELLS 69
#define SHOWS_REASON     73
#define PAGES_MAX        1000
#define ITEMS_MAX        250000

static struct session *session_in(void *world)
{
    return ((struct world *)world)->session;
}

/* One list: how a page is asked for and what it holds. */
struct list {
    enum service service;
    const char *member; /* of the body: the array */
    void (*page)(const struct session *s, struct request *r, const char *marker);
};
/* One thing by its id. */
struct single {
    enum service service;
    const char *member; /* NULL: the body itself */
    void (*get)(const struct session *s, struct request *r, const char *id);
};

static void page_of_servers(const struct session *s, struct request *r,
                            const char *marker)
{
    nova_servers_changed(s, r, NULL, marker);
}

static void page_of_images(const struct session *s, struct request *r, const char *marker)
{
    glance_images_of(s, r, session_project_id(s), marker);
}

static void page_of_ports(const struct session *s, struct request *r, const char *marker)
{
    neutron_ports(s, r, session_project_id(s), marker);
}

static const struct list list_servers = {SERVICE_COMPUTE, "servers", page_of_servers};
static const struct list list_images = {SERVICE_IMAGE, "images", page_of_images};
static const struct list list_ports = {SERVICE_NETWORK, "ports", page_of_ports};
static const struct list list_volumes = {SERVICE_VOLUME, "volumes", cinder_volumes};
static const struct single one_server = {SERVICE_COMPUTE, "server", nova_server};
static const struct single one_image = {SERVICE_IMAGE, NULL, glance_image};
static const struct single one_port = {SERVICE_NETWORK, "port", neutron_port};
static const struct single one_volume = {SERVICE_VOLUME, "volume", cinder_volume};

/* Is there a link to a next page? Its address may be another host's behind a proxy, so
 * that the marker is the last item's id. Glance says "next". */
static bool has_next(const struct list *list, const json_t *body)
{
    AUTO_FREE char *links = xasprintf("%s_links", list->member);
    size_t i;
    json_t *link;
    json_array_foreach(json_object_get(body, links), i, link)
    {
        if (text_eq(jstr(link, "rel", NULL), "next"))
            return true;
    }
    return list->service == SERVICE_IMAGE && *jstr(body, "next", "") != '\0';
}

struct page {
    const struct list *list;
    const char *marker;
};

static void build_page(void *world, void *ctx, struct request *r)
{
    const struct page *p = ctx;
    p->list->page(session_in(world), r, p->marker);
}

static bool read_list(struct engine *e, const struct list *list, json_t *all,
                      struct err *err)
{
    AUTO_FREE char *marker = NULL;
    for (int pages = 0; pages < PAGES_MAX && json_array_size(all) < ITEMS_MAX; pages++) {
        struct page p = {list, marker};
        AUTO_JSON json_t *body = NULL;
        if (!engine_read(e, (int)list->service, build_page, &p, &body, err))
            return false;
        json_t *items = json_object_get(body, list->member);
        if (!json_is_array(items))
            return err_set(err, ERR_PROTOCOL, "%s gave no list of %s",
                           service_name(list->service), list->member);
        json_array_extend(all, items);
        size_t n = json_array_size(items);
        const char *last = n ? jstr(json_array_get(items, n - 1), "id", NULL) : NULL;
        if (!has_next(list, body))
            return true;
        if (!last || text_eq(last, marker))
            break;
        xreplace(&marker, last);
    }
    /* What is cut short would call things gone that are there. */
    return err_set(err, ERR_PROTOCOL, "%s does not end its list of %s: %zu so far",
                   service_name(list->service), list->member, json_array_size(all));
}

/* Refused to this account, or not there: told, and the rest is looked at all the same. */
static bool read_part(struct engine *e, const struct session *s, const struct list *list,
                      json_t *all, struct strv *blind, struct err *err)
{
    struct err why = {0};
    if (!session_has_service(s, list->service))
        return true;
    if (read_list(e, list, all, &why))
        return true;
    if (why.code == ERR_FORBIDDEN || why.code == ERR_NOTFOUND ||
        why.code == ERR_PROTOCOL || why.code == ERR_REFUSED) {
        strv_take(blind,
                  xasprintf("the %s could not be looked at: %s", list->member, why.text));
        json_array_clear(all);
        return true;
    }
    *err = why;
    return false;
}

/* project NULL: whose it is was settled by the list that found it. */
static bool belongs(const json_t *doc, const char *key, const char *project)
{
    return !project || text_eq(jstr(doc, key, project), project);
}

/* A server that is on its way out for good is none. */
static bool is_server(const json_t *server, const char *project)
{
    const char *status = jstr(server, "status", "");
    return belongs(server, "tenant_id", project) && strcmp(status, "DELETED") != 0 &&
           strcmp(status, "SOFT_DELETED") != 0;
}

static bool is_image(const json_t *image, const char *project)
{
    const char *status = jstr(image, "status", "");
    return belongs(image, "owner", project) && strcmp(status, "deleted") != 0 &&
           strcmp(status, "pending_delete") != 0;
}

static bool is_port(const json_t *port, const char *project)
{
    return belongs(port, "project_id", project);
}

static bool is_volume(const json_t *volume, const char *project)
{
    return belongs(volume, "os-vol-tenant-attr:tenant_id", project);
}

static void keep_only(json_t *all, bool (*is)(const json_t *, const char *),
                      const char *project)
{
    for (size_t i = json_array_size(all); i-- > 0;)
        if (!is(json_array_get(all, i), project))
            json_array_remove(all, i);
}

/* Filters leave out what others have: an administrator's lists are not all his. */
static void keep_own(struct inventory *inv, const char *project)
{
    keep_only(inv->servers, is_server, project);
    keep_only(inv->images, is_image, project);
    keep_only(inv->ports, is_port, project);
    keep_only(inv->volumes, is_volume, project);
}

static void build_brief(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    nova_servers_brief(session_in(world), r);
}

/* Asked after the servers were listed: a cell that was down then shows as UNKNOWN. */
static bool cells_answer(struct engine *e, bool *ret, struct err *err)
{
    AUTO_JSON json_t *body = NULL;
    size_t i;
    json_t *server;
    if (!engine_read(e, SERVICE_COMPUTE, build_brief, NULL, &body, err))
        return false;
    const json_t *brief = jget(body, "servers");
    *ret = json_is_array(brief);
    json_array_foreach(brief, i, server)
    {
        if (text_eq(jstr(server, "status", NULL), "UNKNOWN"))
            *ret = false;
    }
    return true;
}

static void find_bases(struct inventory *inv)
{
    size_t i;
    json_t *server;
    json_array_foreach(inv->servers, i, server)
    {
        const char *image = jstr(jget(server, "image"), "id", NULL);
        if (image)
            json_object_set(inv->bases, image, json_object_get(server, "id"));
    }
}

static void init(struct inventory *inv)
{
    *inv = (struct inventory){
        .servers = json_array(),
        .images = json_array(),
        .ports = json_array(),
        .volumes = json_array(),
        .bases = json_object(),
    };
}

bool inventory_read(struct engine *e, struct world *w, struct inventory *ret,
                    struct err *err)
{
    const struct session *s = w->session;
    struct inventory inv;
    init(&inv);
    bool ok = read_part(e, s, &list_images, inv.images, &inv.blind, err) &&
              read_part(e, s, &list_ports, inv.ports, &inv.blind, err) &&
              read_part(e, s, &list_volumes, inv.volumes, &inv.blind, err) &&
              read_list(e, &list_servers, inv.servers, err);
    inv.shows_tags = session_compute(s) >= SHOWS_TAGS;
    inv.shows_reason = session_compute(s) >= SHOWS_REASON;
    if (ok && session_compute(s) >= SHOWS_DOWN_CELLS)
        ok = cells_answer(e, &inv.complete, err);
    if (!ok) {
        inventory_clear(&inv);
        return false;
    }
    keep_own(&inv, session_project_id(s));
    find_bases(&inv);
    *ret = inv;
    return true;
}

struct one {
    const struct single *single;
    const char *id;
};

static void build_one(void *world, void *ctx, struct request *r)
{
    const struct one *one = ctx;
    one->single->get(session_in(world), r, one->id);
    r->expect_quiet = true;
}

static bool look_at_each(struct engine *e, const struct single *single,
                         const struct strv *ids, json_t *found, struct err *err)
{
    for (size_t i = 0; i < ids->len; i++) {
        struct one one = {single, ids->at[i]};
        struct err why = {0};
        AUTO_JSON json_t *body = NULL;
        if (engine_read(e, (int)single->service, build_one, &one, &body, &why)) {
            json_t *doc = single->member ? json_object_get(body, single->member) : body;
            if (!text_eq(jstr(doc, "id", NULL), ids->at[i]))
                return err_set(err, ERR_PROTOCOL, "%s gave something else for %s",
                               service_name(single->service), ids->at[i]);
            json_array_append(found, doc);
        } else if (why.code != ERR_NOTFOUND) {
            *err = why;
            return false;
        }
    }
    return true;
}

bool inventory_look(struct engine *e, const struct inventory *all,
                    const struct inventory_ids *ids, struct inventory *ret,
                    struct err *err)
{
    struct inventory inv;
    init(&inv);
    json_object_update(inv.bases, all->bases);
    inv.complete = all->complete;
    inv.shows_tags = all->shows_tags;
    inv.shows_reason = all->shows_reason;
    if (!look_at_each(e, &one_image, &ids->images, inv.images, err) ||
        !look_at_each(e, &one_port, &ids->ports, inv.ports, err) ||
        !look_at_each(e, &one_volume, &ids->volumes, inv.volumes, err) ||
        !look_at_each(e, &one_server, &ids->servers, inv.servers, err)) {
        inventory_clear(&inv);
        return false;
    }
    keep_own(&inv, NULL);
    *ret = inv;
    return true;
}

void inventory_ids_clear(struct inventory_ids *ids)
{
    strv_clear(&ids->servers);
    strv_clear(&ids->images);
    strv_clear(&ids->ports);
    strv_clear(&ids->volumes);
}

void inventory_clear(struct inventory *inv)
{
    json_decref(inv->servers);
    json_decref(inv->images);
    json_decref(inv->ports);
    json_decref(inv->volumes);
    json_decref(inv->bases);
    strv_clear(&inv->blind);
    *inv = (struct inventory){0};
}

const json_t *inventory_server(const struct inventory *inv, const char *id)
{
    size_t i;
    json_t *server;
    json_array_foreach(inv->servers, i, server)
    {
        if (id && text_eq(jstr(server, "id", NULL), id))
            return server;
    }
    return NULL;
}
