/* SPDX-License-Identifier: Apache-2.0 */
/* Is all there that the kind of authentication needs? If not, the error tells what to
 * type. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_parts.h"

static const struct {
    const char *name;
    enum auth_type type;
} types[] = {
    {"password", AUTH_PASSWORD},
    {"v3password", AUTH_PASSWORD},
    {"token", AUTH_TOKEN},
    {"v3token", AUTH_TOKEN},
    {"v3applicationcredential", AUTH_APPLICATION_CREDENTIAL},
    {"application_credential", AUTH_APPLICATION_CREDENTIAL},
};

/* "cloud 'x' of /path" or "the options and OS_* variables". Gives. */
static char *whose(const struct cloud_config *c)
{
    if (!c->name)
        return xstrdup("the options and OS_* variables");
    AUTO_FREE char *name = text_printable(c->name, 60);
    return xasprintf("cloud '%s' of %s", name, c->file ? c->file : "clouds.yaml");
}

/* key: the one to recommend. */
static bool missing(const struct cloud_config *c, const char *what, const char *key,
                    struct err *err)
{
    AUTO_FREE char *at = whose(c);
    AUTO_FREE char *option = xstrdup(key);
    AUTO_FREE char *variable = xstrdup(key);
    for (char *p = option; *p; p++)
        *p = *p == '_' ? '-' : *p;
    for (char *p = variable; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    bool secret = text_eq(key, "password") || text_eq(key, "token") ||
                  text_eq(key, "application_credential_secret");
    return err_set(err, ERR_CONFIG, "no %s in %s: give --os-%s, OS_%s, or auth.%s in %s",
                   what, at, option, variable, key,
                   secret ? "clouds.yaml or secure.yaml" : "clouds.yaml");
}

static bool kind(struct cloud_config *c, const json_t *layer, struct err *err)
{
    const char *s = layer_get(layer, "auth_type");
    if (!s) {
        bool app = c->app_cred_secret && !c->password;
        c->auth_type = app                        ? AUTH_APPLICATION_CREDENTIAL
                       : c->token && !c->password ? AUTH_TOKEN
                                                  : AUTH_PASSWORD;
        return true;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (text_eq(s, types[i].name)) {
            c->auth_type = types[i].type;
            return true;
        }
    }
    AUTO_FREE char *at = whose(c);
    AUTO_FREE char *shown = text_printable(s, 60);
    return err_set(
        err, ERR_CONFIG,
        "auth_type '%s' in %s is not supported: use password, token or "
        "v3applicationcredential ('openstack application credential create' makes "
        "one from any login)",
        shown, at);
}

/* domain_* speak for user and project, default_domain_* for whoever has none. */
static void fill_domain(const json_t *layer, char **id, char **name)
{
    static const char *const keys[][2] = {
        {"domain_id", "domain_name"},
        {"default_domain_id", "default_domain_name"},
    };
    for (size_t i = 0; i < 2 && !*id && !*name; i++) {
        xreplace(id, layer_get(layer, keys[i][0]));
        xreplace(name, layer_get(layer, keys[i][1]));
    }
}

/* The openstack client assumes the domain "default" where nothing at all speaks of
 * domains (files from the days of Identity v2); a half answer is rather asked about than
 * guessed. */
static void fill_domains(struct cloud_config *c, const json_t *layer)
{
    fill_domain(layer, &c->user_domain_id, &c->user_domain_name);
    fill_domain(layer, &c->project_domain_id, &c->project_domain_name);
    bool user = c->user_domain_id || c->user_domain_name;
    bool project = c->project_domain_id || c->project_domain_name;
    bool wanted = (c->username && !c->user_id) || (c->project_name && !c->project_id);
    if (user || project || !wanted || c->auth_type != AUTH_PASSWORD)
        return;
    c->user_domain_id = xstrdup("default");
    c->project_domain_id = xstrdup("default");
    AUTO_FREE char *at = whose(c);
    strv_take(
        &c->warnings,
        xasprintf("no domain in %s: 'default' is assumed for user and project", at));
}

static bool need_user(const struct cloud_config *c, struct err *err)
{
    if (c->user_id)
        return true;
    if (!c->username)
        return missing(c, "user name", "username", err);
    if (c->user_domain_id || c->user_domain_name)
        return true;
    return missing(c, "domain of the user (often 'Default')", "user_domain_name", err);
}

static bool need_project(const struct cloud_config *c, struct err *err)
{
    if (c->project_id)
        return true;
    if (!c->project_name)
        return missing(c, "project", "project_name", err);
    if (c->project_domain_id || c->project_domain_name)
        return true;
    return missing(c, "domain of the project (often 'Default')", "project_domain_name",
                   err);
}

static bool need_password(const struct cloud_config *c, struct err *err)
{
    if (!need_user(c, err))
        return false;
    AUTO_FREE char *user = text_printable(c->username ? c->username : c->user_id, 60);
    AUTO_FREE char *what = xasprintf("password for user '%s'", user);
    if (!c->password)
        return missing(c, what, "password", err);
    return need_project(c, err);
}

static bool need_app_cred(const struct cloud_config *c, struct err *err)
{
    if (!c->app_cred_id && !c->app_cred_name)
        return missing(c, "application credential", "application_credential_id", err);
    if (!c->app_cred_secret)
        return missing(c, "secret of the application credential",
                       "application_credential_secret", err);
    return c->app_cred_id ? true : need_user(c, err);
}

bool config_credentials(struct cloud_config *c, const json_t *layer, struct err *err)
{
    if (!kind(c, layer, err))
        return false;
    if (layer_get(layer, "system_scope"))
        return err_set(
            err, ERR_CONFIG,
            "system_scope is set, but servers belong to projects: name a project "
            "in its place");
    fill_domains(c, layer);
    if (!c->auth_url)
        return missing(c, "auth URL", "auth_url", err);
    switch (c->auth_type) {
    case AUTH_PASSWORD:
        return need_password(c, err);
    case AUTH_TOKEN:
        /* Without a project the token's own is meant. */
        if (!c->token)
            return missing(c, "token", "token", err);
        return c->project_id || !c->project_name ? true : need_project(c, err);
    case AUTH_APPLICATION_CREDENTIAL:
        return need_app_cred(c, err);
    }
    return false;
}
