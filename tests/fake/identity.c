/* SPDX-License-Identifier: Apache-2.0 */
/* Keystone v3: tokens and discovery. */
#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "route.h"

static void keystone_error(struct reply *rp, int status, const char *title,
                           const char *message)
{
    reply_json(rp, status,
               json_pack("{s:{s:i, s:s, s:s}}", "error", "code", status, "message",
                         message, "title", title));
}

static const char unauthorized[] = "The request you have made requires authentication.";

static void deny(const struct request *rq, struct reply *rp)
{
    keystone_error(rp, 401, "Unauthorized", unauthorized);
    reply_header(rp, "WWW-Authenticate", "Keystone uri=\"%s/identity\"", rq->base);
}

static struct token *live_token(struct cloud *cl, const char *id)
{
    struct token *t = table_get(&cl->tokens, id);
    return t && t->expires > cloud_now(cl) ? t : NULL;
}

bool identity_token(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct token *t = live_token(cl, request_header(rq, "X-Auth-Token"));
    if (!t) {
        deny(rq, rp);
        return false;
    }
    rq->who = t->who;
    return true;
}

size_t identity_revoke_all(struct cloud *cl)
{
    size_t n = cl->tokens.n;
    table_clear(&cl->tokens, free);
    table_init(&cl->tokens);
    return n;
}

/* Finds a user by {id} or {name, domain}; the fake has one domain. */
static struct user *user_of(struct cloud *cl, const json_t *doc)
{
    const char *id = str_of(doc, "id");
    if (id)
        return table_get(&cl->users, id);
    const json_t *domain = json_object_get(doc, "domain");
    const char *domain_id = str_of(domain, "id"), *domain_name = str_of(domain, "name");
    if (!text_eq(domain_id, "default") && !text_eq(domain_name, "Default") &&
        !text_eq(domain_name, "default"))
        return NULL;
    return cloud_user(cl, str_of(doc, "name"));
}

static struct user *by_app_cred(struct cloud *cl, const json_t *doc)
{
    const char *id = str_of(doc, "id"), *name = str_of(doc, "name");
    const json_t *found = id ? json_object_get(cl->app_creds, id) : NULL;
    const char *key;
    json_t *cred;
    if (!id && name) {
        struct user *owner = user_of(cl, json_object_get(doc, "user"));
        json_object_foreach(cl->app_creds, key, cred)
        {
            if (owner && text_eq(str_of(cred, "name"), name) &&
                text_eq(str_of(cred, "user"), owner->name))
                found = cred;
        }
    }
    if (!found || !text_eq(str_of(found, "secret"), str_of(doc, "secret")))
        return NULL;
    return cloud_user(cl, str_of(found, "user"));
}

struct attempt {
    struct user *user;
    const char *method;
    double not_after; /* 0: free */
    bool app_cred;
};

static bool identify(struct cloud *cl, const json_t *identity, struct attempt *a)
{
    const json_t *methods = json_object_get(identity, "methods");
    const char *method = json_string_value(json_array_get(methods, 0));
    const json_t *doc = method ? json_object_get(identity, method) : NULL;
    *a = (struct attempt){.method = "password"};
    if (text_eq(method, "password")) {
        const json_t *user = json_object_get(doc, "user");
        a->user = user_of(cl, user);
        if (a->user && !text_eq(a->user->password, str_of(user, "password")))
            a->user = NULL;
    } else if (text_eq(method, "token")) {
        struct token *t = live_token(cl, str_of(doc, "id"));
        a->method = "token";
        if (t && !t->app_cred) {
            a->user = (struct user *)t->who.user;
            a->not_after = t->expires;
        }
    } else if (text_eq(method, "application_credential")) {
        a->method = "application_credential";
        a->app_cred = true;
        a->user = by_app_cred(cl, doc);
    }
    return a->user != NULL;
}

/* Finds the project that the scope names; false when this user may not have it. */
static bool scope_of(struct cloud *cl, const json_t *scope, const struct user *user,
                     struct project **ret)
{
    *ret = NULL;
    const json_t *project = json_object_get(scope, "project");
    if (project) {
        const char *id = str_of(project, "id");
        struct project *p = id ? table_get(&cl->projects, id)
                               : cloud_project(cl, str_of(project, "name"));
        if (!p || (p != user->project))
            return false;
        *ret = p;
        return true;
    }
    return !json_object_get(scope, "domain") && !json_object_get(scope, "system");
}

static json_t *token_doc(const struct cloud *cl, const struct request *rq,
                         const struct token *t)
{
    char expires[TIME_TEXT], issued[TIME_TEXT];
    time_iso_us(t->expires, expires);
    time_iso_us(t->issued, issued);
    json_t *doc = json_pack(
        "{s:[s], s:{s:{s:s, s:s}, s:s, s:s, s:n}, s:[s], s:s+, s:s+}", "methods",
        t->method, "user", "domain", "id", "default", "name", "Default", "id",
        t->who.user->id, "name", t->who.user->name, "password_expires_at", "audit_ids",
        "Ct0ZoMZcRTGwWHWVJBCtVQ", "expires_at", expires, "Z", "issued_at", issued, "Z");
    if (!t->who.project)
        return doc;
    json_object_set_new(doc, "project",
                        json_pack("{s:{s:s, s:s}, s:s, s:s}", "domain", "id", "default",
                                  "name", "Default", "id", t->who.project->id, "name",
                                  t->who.project->name));
    json_t *roles = json_pack("[{s:s, s:s}, {s:s, s:s}]", "id",
                              "11111111111141118111111111111111", "name", "member", "id",
                              "22222222222242228222222222222222", "name", "reader");
    if (t->who.admin)
        json_array_insert_new(roles, 0,
                              json_pack("{s:s, s:s}", "id",
                                        "00000000000040008000000000000000", "name",
                                        "admin"));
    json_object_set_new(doc, "roles", roles);
    json_object_set_new(doc, "is_domain", json_false());
    if (!request_query(rq, "nocatalog"))
        json_object_set_new(doc, "catalog",
                            catalog_json(cl, rq->base, t->who.project->id));
    return doc;
}

/* Keystone does not know such a thing (404), or knows it and refuses (401). */
static void not_identified(struct cloud *cl, const struct request *rq, struct reply *rp,
                           const json_t *identity, const struct attempt *a)
{
    const char *cred = str_of(json_object_get(identity, "application_credential"), "id");
    char *message = NULL;
    if (text_eq(a->method, "token"))
        message = xstrdup("Could not recognize Fernet token");
    else if (a->app_cred && cred && !json_object_get(cl->app_creds, cred))
        message = text_new("Could not find Application Credential: %s.", cred);
    if (message)
        keystone_error(rp, 404, "Not Found", message);
    else
        deny(rq, rp);
    free(message);
}

static void give_token(struct cloud *cl, const struct request *rq, struct reply *rp,
                       const struct attempt *a, struct project *project)
{
    char uuid[UUID_TEXT], more[UUID_TEXT];
    struct token *t = xcalloc(1, sizeof(*t));
    *t = (struct token){
        .who = {.user = a->user, .project = project, .admin = a->user->admin},
        .issued = cloud_now(cl),
        .expires = cloud_now(cl) + cl->token_ttl,
        .method = a->method,
        .app_cred = a->app_cred};
    if (a->not_after > 0 && a->not_after < t->expires)
        t->expires = a->not_after;
    uuid_make(uuid);
    uuid_make(more);
    char *id = text_new("gAAAAAB-%s-%s", uuid, more);
    table_put(&cl->tokens, id, t);
    reply_json(rp, 201, json_pack("{s:o}", "token", token_doc(cl, rq, t)));
    reply_header(rp, "X-Subject-Token", "%s", id);
    reply_header(rp, "Vary", "X-Auth-Token");
    free(id);
}

static void post_token(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const json_t *auth = json_object_get(rq->json, "auth");
    const json_t *identity = json_object_get(auth, "identity");
    const json_t *scope = json_object_get(auth, "scope");
    struct attempt a;
    if (!json_array_size(json_object_get(identity, "methods"))) {
        keystone_error(rp, 400, "Bad Request", "'identity' is a required property");
        return;
    }
    if (!identify(cl, identity, &a)) {
        not_identified(cl, rq, rp, identity, &a);
        return;
    }
    if (a.app_cred && scope) {
        keystone_error(rp, 401, "Unauthorized",
                       "Error authenticating with application credential: Application "
                       "credentials cannot request a scope.");
        return;
    }
    struct project *project = a.app_cred ? a.user->project : NULL;
    if (!a.app_cred && !scope_of(cl, scope, a.user, &project))
        deny(rq, rp);
    else
        give_token(cl, rq, rp, &a, project);
}

static struct token *subject(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct token *t = live_token(cl, request_header(rq, "X-Subject-Token"));
    if (!t)
        keystone_error(rp, 404, "Not Found", "Failed to validate token");
    return t;
}

static void get_token(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct token *t = identity_token(cl, rq, rp) ? subject(cl, rq, rp) : NULL;
    if (!t)
        return;
    reply_json(rp, 200, json_pack("{s:o}", "token", token_doc(cl, rq, t)));
    reply_header(rp, "X-Subject-Token", "%s", request_header(rq, "X-Subject-Token"));
}

static void delete_token(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!identity_token(cl, rq, rp) || !subject(cl, rq, rp))
        return;
    free(table_take(&cl->tokens, request_header(rq, "X-Subject-Token")));
    reply_json(rp, 204, NULL);
}

static json_t *project_doc(const struct request *rq, const struct project *p)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:b, s:s, s:[], s:{}, s:{s:s++}}", "id",
                     p->id, "name", p->name, "domain_id", "default", "enabled", 1,
                     "description", "", "is_domain", 0, "parent_id", "default", "tags",
                     "options", "links", "self", rq->base, "/identity/v3/projects/",
                     p->id);
}

static void get_projects(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!identity_token(cl, rq, rp))
        return;
    json_t *list = json_array();
    for (struct row *r = cl->projects.oldest; r; r = r->newer) {
        struct project *p = r->data;
        const char *name = request_query(rq, "name");
        bool all = rq->who.admin && strcmp(rq->part[1], "projects") == 0;
        if ((all || p == rq->who.user->project) && (!name || text_eq(name, p->name)))
            json_array_append_new(list, project_doc(rq, p));
    }
    reply_json(rp, 200,
               json_pack("{s:o, s:{s:n, s:n, s:s+}}", "projects", list, "links", "next",
                         "previous", "self", rq->base, "/identity/v3/auth/projects"));
}

static void get_project(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!identity_token(cl, rq, rp))
        return;
    struct project *p = table_get(&cl->projects, rq->part[2]);
    if (!p)
        keystone_error(rp, 404, "Not Found", "Could not find project.");
    else if (!rq->who.admin && p != rq->who.user->project)
        keystone_error(rp, 403, "Forbidden",
                       "You are not authorized to perform the requested action: "
                       "identity:get_project.");
    else
        reply_json(rp, 200, json_pack("{s:o}", "project", project_doc(rq, p)));
}

static void get_catalog(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!identity_token(cl, rq, rp))
        return;
    reply_json(rp, 200,
               json_pack("{s:o}", "catalog",
                         catalog_json(cl, rq->base,
                                      rq->who.project ? rq->who.project->id : "")));
}

static json_t *version_doc(const struct request *rq)
{
    return json_pack("{s:s, s:s, s:s, s:[{s:s, s:s+}], s:[{s:s, s:s}]}", "id", "v3.14",
                     "status", "stable", "updated", "2020-04-07T00:00:00Z", "links",
                     "rel", "self", "href", rq->base, "/identity/v3/", "media-types",
                     "base", "application/json", "type",
                     "application/vnd.openstack.identity-v3+json");
}

static void get_version(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    reply_json(rp, 200, json_pack("{s:o}", "version", version_doc(rq)));
}

static void get_versions(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)cl;
    reply_json(rp, 300, json_pack("{s:{s:[o]}}", "versions", "values", version_doc(rq)));
    reply_header(rp, "Location", "%s/identity/v3/", rq->base);
}

static const struct route routes[] = {
    {"GET", "", get_versions, 0, 0},
    {"GET", "v3", get_version, 0, 0},
    {"POST", "v3/auth/tokens", post_token, 0, 0},
    {"GET", "v3/auth/tokens", get_token, 0, 0},
    {"HEAD", "v3/auth/tokens", get_token, 0, 0},
    {"DELETE", "v3/auth/tokens", delete_token, 0, 0},
    {"GET", "v3/auth/projects", get_projects, 0, 0},
    {"GET", "v3/projects", get_projects, 0, 0},
    {"GET", "v3/projects/*", get_project, 0, 0},
    {"GET", "v3/auth/catalog", get_catalog, 0, 0},
};

void identity_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    request_split(rq, 1);
    enum route_found found =
        route_serve(routes, sizeof(routes) / sizeof(*routes), cl, rq, rp);
    if (found == ROUTE_NO_PATH)
        keystone_error(
            rp, 404, "Not Found",
            "The requested URL was not found on the server. If you entered the "
            "URL manually please check your spelling and try again.");
    else if (found == ROUTE_NO_METHOD)
        keystone_error(rp, 405, "Method Not Allowed",
                       "The method is not allowed for the requested URL.");
    reply_header(rp, "x-openstack-request-id", "%s", rq->id);
}
