/* SPDX-License-Identifier: Apache-2.0 */
/* Asks Keystone for a token and reads it. */
#include "cloud/auth.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/versions.h"

enum { TOKEN_MAX = 32 << 10, ROLES_MAX = 1000 };

char *auth_base(const char *auth_url)
{
    AUTO_FREE char *url = url_trim(auth_url);
    size_t at = 0, n = 0;
    if (text_ends(url, "/auth/tokens"))
        url[strlen(url) - strlen("/auth/tokens")] = '\0';
    /* "/v2.0" is the address of an API that is gone; v3 lies beside it. */
    if (url_version(url, &at, &n) && !url[at + n])
        url[at - 1] = '\0';
    AUTO_FREE char *root = url_trim(url);
    return xasprintf("%s/v3", root);
}

static void set(json_t *object, const char *key, const char *value)
{
    if (value)
        json_object_set_new(object, key, jtext(value));
}

static json_t *domain(const char *id, const char *name)
{
    return id ? jpair("id", jtext(id)) : jpair("name", jtext(name));
}

/* An id needs no domain and cannot mean another by chance: it goes before the name. */
static json_t *user(const struct cloud_config *c)
{
    if (c->user_id)
        return jpair("id", jtext(c->user_id));
    json_t *u = jpair("name", jtext(c->username));
    json_object_set_new(u, "domain", domain(c->user_domain_id, c->user_domain_name));
    return u;
}

static json_t *scope(const struct cloud_config *c)
{
    json_t *p;
    if (c->project_id) {
        p = jpair("id", jtext(c->project_id));
    } else {
        p = jpair("name", jtext(c->project_name));
        json_object_set_new(p, "domain",
                            domain(c->project_domain_id, c->project_domain_name));
    }
    return jpair("project", p);
}

static json_t *app_cred(const struct cloud_config *c)
{
    json_t *a = jpair("secret", jtext(c->app_cred_secret));
    set(a, "id", c->app_cred_id);
    if (!c->app_cred_id) {
        set(a, "name", c->app_cred_name);
        json_object_set_new(a, "user", user(c));
    }
    return a;
}

static json_t *auth_body(const struct cloud_config *c)
{
    static const char *const methods[] = {
        [AUTH_PASSWORD] = "password",
        [AUTH_TOKEN] = "token",
        [AUTH_APPLICATION_CREDENTIAL] = "application_credential",
    };
    const char *method = methods[c->auth_type];
    json_t *list = json_array(), *how;
    json_array_append_new(list, jtext(method));
    json_t *identity = jpair("methods", list);
    if (c->auth_type == AUTH_PASSWORD) {
        json_t *u = user(c);
        set(u, "password", c->password);
        how = jpair("user", u);
    } else if (c->auth_type == AUTH_TOKEN) {
        how = jpair("id", jtext(c->token));
    } else {
        how = app_cred(c);
    }
    json_object_set_new(identity, method, how);
    json_t *auth = jpair("identity", identity);
    if (c->auth_type != AUTH_APPLICATION_CREDENTIAL)
        json_object_set_new(auth, "scope", scope(c));
    return jpair("auth", auth);
}

static bool looks_only(const struct cloud_config *c)
{
    return c->auth_type == AUTH_TOKEN && !c->project_id && !c->project_name;
}

void auth_request(const struct cloud_config *c, const char *base, struct request *r)
{
    AUTO_FREE char *url = xasprintf("%s/auth/tokens", base);
    request_init(r, looks_only(c) ? "GET" : "POST", url);
    r->service = SERVICE_IDENTITY;
    r->secret_body = true;
    request_header(r, "Accept", "application/json");
    if (looks_only(c)) {
        request_header(r, "X-Auth-Token", c->token);
        request_header(r, "X-Subject-Token", c->token);
        return;
    }
    json_t *body = auth_body(c);
    request_body(r, json_dumps(body, JSON_COMPACT), "application/json");
    json_decref(body);
}

/* The length of life by Keystone's own clock: ours may be wrong by hours. */
static double life(const json_t *token, const struct reply *reply, bool fresh)
{
    double issued = 0, expires = 0;
    if (!clock_parse_iso(jstr(token, "expires_at", ""), &expires))
        return 0;
    if (!fresh || !clock_parse_iso(jstr(token, "issued_at", ""), &issued))
        issued = reply->date > 0 ? reply->date : clock_wall();
    return expires > issued ? expires - issued : 1;
}

static bool token_id(const struct cloud_config *c, const struct reply *reply, char **ret,
                     struct err *err)
{
    const char *s = reply_header(reply, "X-Subject-Token");
    if (!s && looks_only(c))
        s = c->token;
    size_t n = s ? strlen(s) : 0;
    bool good = n > 0 && n <= TOKEN_MAX;
    for (size_t i = 0; good && i < n; i++)
        good = s[i] > ' ' && s[i] < 0x7f;
    if (!good)
        return err_set(err, ERR_PROTOCOL, "identity answered %d without a usable token",
                       reply->status);
    log_secret(s);
    *ret = xstrdup(s);
    return true;
}

static bool refused(const struct reply *reply, struct err *err)
{
    cloud_error(reply, SERVICE_IDENTITY, err);
    if (reply->fate == REPLY_HTTP && reply_header(reply, "Openstack-Auth-Receipt"))
        err_wrap(err, "a second factor is wanted, use an application credential");
    return err_wrap(err, "authentication");
}

/* Nova's and Neutron's default rules take project scope only: without one all would be
 * 403. */
static bool check_scope(json_t *token, struct err *err)
{
    if (!*jstr(json_object_get(token, "project"), "id", ""))
        return err_set(err, ERR_AUTH,
                       "the token is for no project: name one with --os-project-name, "
                       "OS_PROJECT_NAME or auth.project_name");
    if (!json_array_size(json_object_get(token, "catalog")))
        return err_set(err, ERR_AUTH,
                       "identity gave a token without a catalog of services");
    return true;
}

bool auth_parse(const struct cloud_config *c, const struct reply *reply,
                struct auth_token *ret, struct err *err)
{
    AUTO_JSON json_t *root = NULL;
    struct auth_token t = {0};
    if (!reply_is_ok(reply))
        return refused(reply, err);
    if (!cloud_json(reply, SERVICE_IDENTITY, &root, err))
        return false;
    json_t *token = json_object_get(root, "token");
    if (!check_scope(token, err) || !token_id(c, reply, &t.id, err))
        return false;
    json_t *who = json_object_get(token, "user");
    json_t *project = json_object_get(token, "project");
    t.user_id = xstrdup(jstr(who, "id", ""));
    t.user_name = xstrdup(jstr(who, "name", ""));
    t.project_id = xstrdup(jstr(project, "id", ""));
    t.project_name = xstrdup(jstr(project, "name", ""));
    json_t *roles = json_object_get(token, "roles");
    for (size_t i = 0; i < json_array_size(roles) && i < ROLES_MAX; i++)
        strv_add(&t.roles, jstr(json_array_get(roles, i), "name", ""));
    t.catalog = json_incref(json_object_get(token, "catalog"));
    t.got_at = reply->sent_at > 0 ? reply->sent_at : clock_mono();
    t.life_s = life(token, reply, !looks_only(c));
    *ret = t;
    return true;
}

void auth_token_clear(struct auth_token *t)
{
    xwipe(t->id);
    free(t->user_id);
    free(t->user_name);
    free(t->project_id);
    free(t->project_name);
    strv_clear(&t->roles);
    json_decref(t->catalog);
    *t = (struct auth_token){0};
}
