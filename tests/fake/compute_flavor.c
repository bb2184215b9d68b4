/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: flavors and key pairs. */
#include <string.h>

#include "compute.h"
#include "schema.h"

static json_t *flavor_links(const struct request *rq, const char *id)
{
    return json_pack("[{s:s, s:s++}, {s:s, s:s++}]", "rel", "self", "href", rq->base,
                     "/compute/v2.1/flavors/", id, "rel", "bookmark", "href", rq->base,
                     "/compute/flavors/", id);
}

static json_t *flavor_view(const struct request *rq, const json_t *f)
{
    json_t *view = json_pack(
        "{s:O, s:O, s:O, s:O, s:O, s:o, s:O, s:O, s:O, s:O, s:o}", "id",
        json_object_get(f, "id"), "name", json_object_get(f, "name"), "ram",
        json_object_get(f, "ram"), "disk", json_object_get(f, "disk"), "vcpus",
        json_object_get(f, "vcpus"), "swap",
        int_of(f, "swap") || rq->mv >= 75 ? json_integer(int_of(f, "swap"))
                                          : json_string(""),
        "OS-FLV-EXT-DATA:ephemeral", json_object_get(f, "ephemeral"),
        "os-flavor-access:is_public", json_object_get(f, "public"),
        "OS-FLV-DISABLED:disabled", json_object_get(f, "disabled"), "rxtx_factor",
        json_object_get(f, "rxtx_factor"), "links", flavor_links(rq, str_of(f, "id")));
    if (rq->mv >= 102) {
        json_object_del(view, "rxtx_factor");
        json_object_del(view, "OS-FLV-DISABLED:disabled");
    }
    if (rq->mv >= 55)
        json_object_set(view, "description", json_object_get(f, "description"));
    if (rq->mv >= 61)
        json_object_set(view, "extra_specs", json_object_get(f, "extra_specs"));
    return view;
}

static bool may_see(const struct request *rq, const json_t *f)
{
    const char *asked = request_query(rq, "is_public");
    if (!rq->who.admin)
        return true_of(f, "public");
    if (!asked)
        return true_of(f, "public");
    return text_eq(asked, "None") || text_eq(asked, "none") ||
           text_is_true(asked) == true_of(f, "public");
}

static json_t *short_view(const struct request *rq, const json_t *f)
{
    json_t *view =
        json_pack("{s:O, s:O, s:o}", "id", json_object_get(f, "id"), "name",
                  json_object_get(f, "name"), "links", flavor_links(rq, str_of(f, "id")));
    if (rq->mv >= 55)
        json_object_set(view, "description", json_object_get(f, "description"));
    return view;
}

static void list_flavors(struct cloud *cl, struct request *rq, struct reply *rp,
                         bool detail)
{
    json_t *list = json_array(), *order = json_array(), *f, *item;
    const char *id, *marker = request_query(rq, "marker");
    bool begun = !marker;
    size_t i;
    json_object_foreach(cl->flavors, id, f) add_sorted(order, id);
    json_array_foreach(order, i, item)
    {
        f = json_object_get(cl->flavors, json_string_value(item));
        if (!begun) {
            begun = strcmp(json_string_value(item), marker) == 0;
            continue;
        }
        if (may_see(rq, f))
            json_array_append_new(list, detail ? flavor_view(rq, f) : short_view(rq, f));
    }
    json_decref(order);
    reply_json(rp, 200, json_pack("{s:o}", "flavors", list));
}

static void get_flavors(struct cloud *cl, struct request *rq, struct reply *rp)
{
    list_flavors(cl, rq, rp, false);
}

static void get_detail(struct cloud *cl, struct request *rq, struct reply *rp)
{
    list_flavors(cl, rq, rp, true);
}

static json_t *find(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *f = json_object_get(cl->flavors, rq->part[1]);
    if (f && (rq->who.admin || true_of(f, "public")))
        return f;
    nova_fault(rp, 404, "Flavor %s could not be found.", rq->part[1]);
    return NULL;
}

static void get_flavor(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *f = find(cl, rq, rp);
    if (f)
        reply_json(rp, 200, json_pack("{s:o}", "flavor", flavor_view(rq, f)));
}

static void get_specs(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *f = find(cl, rq, rp);
    if (f)
        reply_json(rp, 200,
                   json_pack("{s:O}", "extra_specs", json_object_get(f, "extra_specs")));
}

static void post_flavor(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "flavor");
    if (!body || !nova_admin(rq, rp, "os_compute_api:os-flavor-manage:create"))
        return;
    char made[UUID_TEXT];
    uuid_make(made);
    const char *id = str_of(body, "id");
    if (!id || strcmp(id, "auto") == 0)
        id = made;
    const json_t *open = json_object_get(body, "os-flavor-access:is_public");
    json_t *f = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:b, s:b, s:n, s:{}}", "id", id, "name",
        str_of(body, "name") ? str_of(body, "name") : id, "vcpus",
        (json_int_t)int_of(body, "vcpus"), "ram", (json_int_t)int_of(body, "ram"), "disk",
        (json_int_t)int_of(body, "disk"), "ephemeral",
        (json_int_t)int_of(body, "OS-FLV-EXT-DATA:ephemeral"), "swap",
        (json_int_t)int_of(body, "swap"), "rxtx_factor", 1.0, "public",
        !open || json_is_true(open), "disabled", 0, "description", "extra_specs");
    json_object_set_new(cl->flavors, id, f);
    reply_json(rp, 200, json_pack("{s:o}", "flavor", flavor_view(rq, f)));
}

static void delete_flavor(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!nova_admin(rq, rp, "os_compute_api:os-flavor-manage:delete") ||
        !find(cl, rq, rp))
        return;
    json_object_del(cl->flavors, rq->part[1]);
    reply_json(rp, 202, NULL);
}

static void post_specs(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "extra_specs");
    json_t *f = body && nova_admin(rq, rp, "os_compute_api:os-flavor-extra-specs:create")
                    ? find(cl, rq, rp)
                    : NULL;
    if (!f)
        return;
    json_object_update(json_object_get(f, "extra_specs"), body);
    reply_json(rp, 200,
               json_pack("{s:O}", "extra_specs", json_object_get(f, "extra_specs")));
}

static const struct route routes[] = {
    {"GET", "flavors", get_flavors, 0, 0},
    {"POST", "flavors", post_flavor, 0, 0},
    {"GET", "flavors/detail", get_detail, 0, 0},
    {"GET", "flavors/*", get_flavor, 0, 0},
    {"DELETE", "flavors/*", delete_flavor, 0, 0},
    {"GET", "flavors/*/os-extra_specs", get_specs, 0, 0},
    {"POST", "flavors/*/os-extra_specs", post_specs, 0, 0},
};
const struct route_set compute_flavor_routes = {routes, sizeof(routes) / sizeof(*routes)};
