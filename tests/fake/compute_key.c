/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: key pairs, each user's own. */
#include <string.h>

#include "compute.h"
#include "schema.h"

/* Lends the user's key pairs; an admin may name another user from 2.10 on. */
static json_t *keys_of(struct cloud *cl, struct request *rq, struct reply *rp, bool make)
{
    const char *user = rq->mv >= 10 ? request_query(rq, "user_id") : NULL;
    if (user && strcmp(user, rq->who.user->id) != 0 &&
        !nova_admin(rq, rp, "os_compute_api:os-keypairs:index"))
        return NULL;
    if (!user)
        user = rq->who.user->id;
    if (!json_object_get(cl->keypairs, user) && make)
        json_object_set_new(cl->keypairs, user, json_object());
    return json_object_get(cl->keypairs, user);
}

static json_t *short_view(const struct request *rq, const json_t *key)
{
    json_t *doc = json_pack("{s:O, s:O, s:O}", "name", json_object_get(key, "name"),
                            "public_key", json_object_get(key, "public_key"),
                            "fingerprint", json_object_get(key, "fingerprint"));
    if (rq->mv >= 2)
        json_object_set(doc, "type", json_object_get(key, "type"));
    return doc;
}

static void get_keys(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *list = json_array(), *key;
    const char *name;
    rp->status = 0;
    json_t *keys = keys_of(cl, rq, rp, false);
    json_object_foreach(keys, name, key)
        json_array_append_new(list, json_pack("{s:o}", "keypair", short_view(rq, key)));
    if (rp->status)
        json_decref(list);
    else
        reply_json(rp, 200, json_pack("{s:o}", "keypairs", list));
}

static void get_key(struct cloud *cl, struct request *rq, struct reply *rp)
{
    rp->status = 0;
    json_t *key = json_object_get(keys_of(cl, rq, rp, false), rq->part[1]);
    if (rp->status)
        return;
    if (!key) {
        nova_fault(rp, 404, "Keypair %s not found for user %s", rq->part[1],
                   rq->who.user->id);
        return;
    }
    json_t *view = json_copy(key);
    if (rq->mv < 2)
        json_object_del(view, "type");
    reply_json(rp, 200, json_pack("{s:o}", "keypair", view));
}

static const struct key_rule rules[] = {
    {"name", IS_NAME, 0, 0, 1, 255, true},
    {"public_key", IS_STRING, 0, 91, 0, 0, false},
    {"public_key", IS_STRING, 92, 0, 0, 0, true},
    {"type", IS_STRING, 2, 0, 0, 0, false},
    {"user_id", IS_STRING, 10, 0, 0, 0, false},
};

static void post_key(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *body = nova_body(rq, rp, "keypair");
    if (!body ||
        !keys_check(body, "keypair", rules, sizeof(rules) / sizeof(*rules), rq->mv, rp))
        return;
    json_t *keys = keys_of(cl, rq, rp, true);
    const char *name = str_of(body, "name"), *public_key = str_of(body, "public_key");
    if (json_object_get(keys, name)) {
        nova_fault(rp, 409, "Key pair '%s' already exists.", name);
        return;
    }
    json_t *key = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:b, s:n, s:n}", "name", name, "type", "ssh",
        "public_key", public_key ? public_key : "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB made",
        "fingerprint", "44:fe:29:6e:23:14:b9:53:5b:65:82:58:1c:fe:5a:c3", "user_id",
        rq->who.user->id, "created_at", iso_us_json(cloud_now(cl)), "id",
        (int)json_object_size(keys) + 1, "deleted", 0, "deleted_at", "updated_at");
    json_object_set_new(keys, name, key);
    json_t *view = short_view(rq, key);
    str_into(view, "user_id", rq->who.user->id);
    if (!public_key)
        str_into(view, "private_key",
                 "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n");
    effect(cl, rq, "keypair_create", name, name);
    reply_json(rp, rq->mv >= 2 ? 201 : 200, json_pack("{s:o}", "keypair", view));
}

static void delete_key(struct cloud *cl, struct request *rq, struct reply *rp)
{
    rp->status = 0;
    json_t *keys = keys_of(cl, rq, rp, false);
    if (rp->status)
        return;
    if (!keys || json_object_del(keys, rq->part[1]) != 0) {
        nova_fault(rp, 404, "Keypair %s not found for user %s", rq->part[1],
                   rq->who.user->id);
        return;
    }
    effect(cl, rq, "keypair_delete", rq->part[1], rq->part[1]);
    reply_json(rp, rq->mv >= 2 ? 204 : 202, NULL);
}

static const struct route routes[] = {
    {"GET", "os-keypairs", get_keys, 0, 0},
    {"POST", "os-keypairs", post_key, 0, 0},
    {"GET", "os-keypairs/*", get_key, 0, 0},
    {"DELETE", "os-keypairs/*", delete_key, 0, 0},
};
const struct route_set compute_key_routes = {routes, sizeof(routes) / sizeof(*routes)};
