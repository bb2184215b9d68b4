/* SPDX-License-Identifier: Apache-2.0 */
/* The toy cloud's kinds and services, as the engine wants to know them. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

const char *toy_str(const json_t *doc, const char *key)
{
    return json_string_value(json_object_get(doc, key));
}

bool toy_str_is(const json_t *doc, const char *key, const char *value)
{
    return text_eq(toy_str(doc, key), value);
}

static void get(struct request *r, int service, char *url)
{
    request_init(r, "GET", url);
    r->service = service;
    xreplace(&url, NULL);
}

/* ---- servers: one by one, or the changes of many ---- */

static void one_server(void *world, const char *key, const char *page, struct request *r)
{
    (void)world;
    (void)page;
    get(r, TOY_SERVERS, xasprintf("/server/%s", key));
}

static void many_servers(void *world, const char *const *keys, size_t n, double since,
                         const char *page, struct request *r)
{
    struct strv all = {0};
    AUTO_FREE char *joined = NULL;

    (void)world;
    (void)page;
    for (size_t i = 0; i < n; i++)
        strv_add(&all, keys[i]);
    joined = strv_join(&all, ",");
    strv_clear(&all);
    get(r, TOY_SERVERS, xasprintf("/servers/%s/%.3f", joined, since));
}

static json_t *many_items(const json_t *body)
{
    return json_object_get(body, "servers");
}

static const char *id_of(const json_t *item)
{
    return toy_str(item, "id");
}

static bool says_gone(const json_t *item)
{
    return toy_str_is(item, "power", "deleted");
}

static json_t *unwrap_server(json_t *body)
{
    return json_object_get(body, "server");
}

const struct kind toy_kind_server = {
    .name = "server",
    .service = TOY_SERVERS,
    .one = one_server,
    .many = many_servers,
    .many_items = many_items,
    .many_by_change = true,
    .says_gone = says_gone,
    .id_of = id_of,
    .unwrap = unwrap_server,
};

/* ---- things ---- */

static void by_mark(void *world, const char *key, const char *page, struct request *r)
{
    (void)world;
    get(r, TOY_THINGS, xasprintf("/things/%s/%s", key, page ? page : "-"));
}

static json_t *items(const json_t *body)
{
    return json_object_get(body, "things");
}

static char *next_page(const json_t *body)
{
    return xstrdup(toy_str(body, "next"));
}

const struct kind toy_kind_things = {
    .name = "things by mark",
    .service = TOY_THINGS,
    .one = by_mark,
    .items = items,
    .next_page = next_page,
};

static void one_thing(void *world, const char *key, const char *page, struct request *r)
{
    (void)world;
    (void)page;
    get(r, TOY_THINGS, xasprintf("/thing/%s", key));
}

static json_t *unwrap_thing(json_t *body)
{
    return json_object_get(body, "thing");
}

const struct kind toy_kind_thing = {
    .name = "thing",
    .service = TOY_THINGS,
    .one = one_thing,
    .unwrap = unwrap_thing,
};

static void one_extra(void *world, const char *key, const char *page, struct request *r)
{
    (void)world;
    (void)page;
    get(r, TOY_THINGS, xasprintf("/extra/%s", key));
}

/* A guest: no service, and whatever comes of asking it is an answer. */
int toy_told;

static void one_guest(void *world, const char *key, const char *page, struct request *r)
{
    (void)world;
    (void)page;
    get(r, TOY_THINGS, xasprintf("/guest/%s", key));
}

static json_t *told(const struct reply *reply)
{
    toy_told++;
    return json_pack("{s:i, s:i}", "status", reply->status, "fate", (int)reply->fate);
}

const struct kind toy_kind_guest = {
    .name = "guest",
    .service = TOY_THINGS,
    .one = one_guest,
    .told = told,
};

const struct kind toy_kind_extra = {
    .name = "extra",
    .service = TOY_THINGS,
    .one = one_extra,
    .optional = true,
};

/* ---- services: one token for both ---- */

static const char *name(int service)
{
    return service == TOY_SERVERS ? "servers" : "things";
}

static enum service_need prepare(void *world, int service, struct request *ret,
                                 struct err *err)
{
    struct toy *t = world;

    if (t->token_ok)
        return SERVICE_READY;
    if (t->token_dead) {
        err_set(err, ERR_AUTH, "the password is wrong");
        return SERVICE_FAILED;
    }
    if (t->preparing)
        return SERVICE_WAIT;
    t->preparing = true;
    request_init(ret, "POST", "/token");
    ret->service = service;
    return SERVICE_ASK;
}

static bool prepared(void *world, int service, const struct reply *reply, struct err *err)
{
    struct toy *t = world;

    (void)service;
    t->preparing = false;
    if (!reply_is_ok(reply))
        return err_set(err, reply->fate == REPLY_HTTP ? ERR_AUTH : ERR_CONNECT,
                       "no token: %d", reply->status);
    t->token_ok = true;
    t->generation++;
    t->tokens++;
    return true;
}

static int generation(void *world)
{
    return ((struct toy *)world)->generation;
}

static bool token_refused(void *world, int refused, struct err *err)
{
    struct toy *t = world;

    if (t->token_dead)
        return err_set(err, ERR_AUTH, "the password is wrong");
    if (refused == t->generation)
        t->token_ok = false;
    return true;
}

static void explain(void *world, int service, const struct reply *reply, struct err *err)
{
    (void)world;
    if (reply->fate != REPLY_HTTP)
        err_set(err, reply->err.code, "%s: %s", name(service), reply->err.text);
    else
        err_set(err, ERR_SERVICE, "%s: %d", name(service), reply->status);
    snprintf(err->request_id, sizeof err->request_id, "%s", reply->request_id);
}

const struct services toy_service_rows = {
    .n = TOY_SERVICES,
    .name = name,
    .prepare = prepare,
    .prepared = prepared,
    .generation = generation,
    .token_refused = token_refused,
    .explain = explain,
};
