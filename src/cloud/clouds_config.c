/* SPDX-License-Identifier: Apache-2.0 */
/* Options over variables over a cloud of a file, made into one configuration. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_parts.h"
#include "cloud/json.h"
#include "cloud/versions.h"

struct layers {
    json_t *options, *env, *cloud;
    struct clouds_file file;
};

#define FIELD(key, member)                                                               \
    {                                                                                    \
        key, offsetof(struct cloud_config, member)                                       \
    }
static const struct {
    const char *key;
    size_t at;
} fields[] = {
    FIELD("username", username),
    FIELD("user_id", user_id),
    FIELD("user_domain_name", user_domain_name),
    FIELD("user_domain_id", user_domain_id),
    FIELD("password", password),
    FIELD("token", token),
    FIELD("project_name", project_name),
    FIELD("project_id", project_id),
    FIELD("project_domain_name", project_domain_name),
    FIELD("project_domain_id", project_domain_id),
    FIELD("application_credential_id", app_cred_id),
    FIELD("application_credential_name", app_cred_name),
    FIELD("application_credential_secret", app_cred_secret),
};

static char **field(struct cloud_config *c, size_t at)
{
    return (char **)(void *)((char *)c + at);
}

static const char *either(const struct layers *l, const char *key)
{
    const char *s = layer_get(l->options, key);
    return s ? s : layer_get(l->env, key);
}

/* 1 true, 0 false, -1 neither. */
static int truth(const char *s)
{
    static const char *const yes[] = {"true", "yes", "on", "1", "y", "t"};
    static const char *const no[] = {"false", "no", "off", "0", "n", "f"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
        if (!strcasecmp(s, yes[i]))
            return 1;
        if (!strcasecmp(s, no[i]))
            return 0;
    }
    return -1;
}

static bool unknown_cloud(const struct layers *l, const char *name, struct err *err)
{
    AUTO_FREE char *names = clouds_file_names(&l->file);
    AUTO_FREE char *shown = text_printable(name, 60);
    if (!l->file.path)
        return err_set(err, ERR_CONFIG, "cloud '%s' is not known: no clouds.yaml in %s",
                       shown, l->file.searched);
    return err_set(err, ERR_CONFIG, "cloud '%s' is not in %s, which has: %s", shown,
                   l->file.path, names);
}

static bool unnamed_cloud(const struct layers *l, struct err *err)
{
    AUTO_FREE char *names = clouds_file_names(&l->file);
    if (!l->file.path)
        return err_set(
            err, ERR_CONFIG,
            "no cloud is named: give --os-auth-url or OS_AUTH_URL, or --os-cloud "
            "or OS_CLOUD and a clouds.yaml in one of %s",
            l->file.searched);
    return err_set(err, ERR_CONFIG,
                   "no cloud is named: give --os-cloud or OS_CLOUD; %s has: %s",
                   l->file.path, names);
}

/* The one named, or the only one there is; none with an auth URL in options or variables.
 */
static bool choose(struct cloud_config *c, struct layers *l, char *const *env,
                   json_t **ret_mapping, struct err *err)
{
    const char *name = either(l, "cloud");
    const char *config = either(l, "client_config_file");
    const char *secure = either(l, "client_secure_file");
    bool from_env = text_eq(name, "envvars") || (!name && either(l, "auth_url"));
    if (from_env)
        return true;
    if (!config)
        config = env_get(env, "OS_CLIENT_CONFIG_FILE");
    if (!secure)
        secure = env_get(env, "OS_CLIENT_SECURE_FILE");
    if (!clouds_file_load(&l->file, config, secure, env, &c->warnings, err))
        return false;
    if (!name && json_object_size(l->file.clouds) == 1)
        name = json_object_iter_key(json_object_iter(l->file.clouds));
    if (!name)
        return unnamed_cloud(l, err);
    *ret_mapping = json_object_get(l->file.clouds, name);
    if (!*ret_mapping)
        return unknown_cloud(l, name, err);
    c->name = xstrdup(name);
    c->file = xstrdup(l->file.path);
    AUTO_FREE char *shown = text_printable(name, 60);
    if (!json_is_object(*ret_mapping))
        return err_set(err, ERR_CONFIG, "cloud '%s' of %s should be a mapping", shown,
                       c->file);
    if (json_object_get(*ret_mapping, "profile") ||
        json_object_get(*ret_mapping, "cloud"))
        strv_take(
            &c->warnings,
            xasprintf("the profile of cloud '%s' in %s is ignored: profiles of vendors "
                      "are not known here",
                      shown, c->file));
    return true;
}

/* A list of old, or several with commas: the first. Gives. */
static char *first_region(struct cloud_config *c, const char *s)
{
    struct strv v = {0};
    strv_split(&v, s, ',');
    char *ret = v.len ? xstrdup(v.at[0]) : NULL;
    if (v.len > 1) {
        AUTO_FREE char *all = text_printable(s, 200);
        AUTO_FREE char *first = text_printable(ret, 60);
        strv_take(&c->warnings,
                  xasprintf("of the regions %s only %s is used", all, first));
    }
    strv_clear(&v);
    return ret;
}

static const char *region_name(json_t *entry)
{
    return json_is_string(entry) ? json_string_value(entry) : jstr(entry, "name", "");
}

/* `regions:` of the cloud: is ours listed, and which values does it bring? */
static bool apply_region(struct cloud_config *c, struct layers *l, json_t *regions,
                         struct err *err)
{
    const char *wanted = either(l, "region_name");
    if (!wanted)
        wanted = layer_get(l->cloud, "region_name");
    c->region = wanted ? first_region(c, wanted) : NULL;
    if (json_array_size(regions) == 0)
        return true;
    struct strv names = {0};
    for (size_t i = 0; i < json_array_size(regions); i++) {
        json_t *entry = json_array_get(regions, i);
        const char *name = region_name(entry);
        if (!c->region && *name)
            c->region = xstrdup(name);
        if (!text_eq(name, c->region)) {
            AUTO_FREE char *shown = text_printable(name, 60);
            if (names.len < 50)
                strv_add(&names, shown);
            continue;
        }
        strv_clear(&names);
        AUTO_JSON json_t *values = layer_of_cloud(json_object_get(entry, "values"));
        layer_over(l->cloud, values);
        return true;
    }
    AUTO_FREE char *list = strv_join(&names, ", ");
    AUTO_FREE char *shown = text_printable(c->region ? c->region : "", 60);
    strv_clear(&names);
    return err_set(err, ERR_CONFIG, "cloud '%s' of %s has no region '%s', it has: %s",
                   c->name, c->file, shown, list);
}

/* A forgotten openrc that changes who a named cloud is should not go unseen. */
static void warn_of_overrides(struct cloud_config *c, const struct layers *l)
{
    struct strv names = {0};
    for (size_t i = 0; i <= sizeof(fields) / sizeof(*fields); i++) {
        bool last = i == sizeof(fields) / sizeof(*fields);
        const char *key = last ? "auth_url" : fields[i].key;
        if (!layer_hides(l->env, l->cloud, key) || layer_get(l->options, key))
            continue;
        char *name = xasprintf("OS_%s", key);
        for (char *p = name; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        strv_take(&names, name);
    }
    AUTO_FREE char *list = strv_join(&names, ", ");
    AUTO_FREE char *shown = text_printable(c->name, 60);
    if (names.len)
        strv_take(&c->warnings,
                  xasprintf("%s in the environment override%s cloud '%s' of %s", list,
                            names.len == 1 ? "s" : "", shown, c->file));
    strv_clear(&names);
}

/* "https://{region_name}.example" as openstacksdk's files may have it. Gives. */
static char *expand(const json_t *layer, const char *s)
{
    struct text t;
    text_init(&t, 1 << 16);
    while (*s) {
        size_t n = *s == '{' ? strcspn(s, "}") : 0;
        AUTO_FREE char *key = n ? xstrndup(s + 1, n - 1) : NULL;
        const char *value = key && s[n] ? layer_get(layer, key) : NULL;
        if (value && !text_eq(key, "password")) {
            text_add(&t, value);
            s += n + 1;
        } else {
            text_add_c(&t, *s++);
        }
    }
    return text_steal(&t);
}

/* Any way to write it ends without the version: "https://host:5000/v2.0/" too. */
static bool auth_url(struct cloud_config *c, const json_t *layer, struct err *err)
{
    const char *s = layer_get(layer, "auth_url");
    if (!s)
        return true;
    AUTO_FREE char *expanded = expand(layer, s);
    if (!url_is_good(expanded)) {
        AUTO_FREE char *redacted = log_redact(expanded);
        AUTO_FREE char *shown = text_printable(redacted, 100);
        return err_set(
            err, ERR_CONFIG,
            "auth URL '%s' should look like https://host:5000/v3, without user, "
            "password and query",
            shown);
    }
    c->auth_url = url_trim(expanded);
    return true;
}

static bool readable(const char *what, const char *path, struct err *err)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    return err_set_errno(err, ERR_CONFIG, errno, "the %s %s cannot be read", what, path);
}

static bool tls(struct cloud_config *c, const json_t *layer, char *const *env,
                struct err *err)
{
    const char *verify = layer_get(layer, "verify");
    const char *insecure = layer_get(layer, "insecure");
    c->insecure = (insecure && truth(insecure) == 1) || (verify && truth(verify) == 0);
    if ((insecure && truth(insecure) < 0) || (verify && truth(verify) < 0))
        return err_set(err, ERR_CONFIG, "%s should be true or false",
                       insecure && truth(insecure) < 0 ? "insecure" : "verify");
    static const char *const keys[] = {"cacert", "cert", "key"};
    char **members[] = {&c->cacert, &c->cert, &c->key};
    for (size_t i = 0; i < 3; i++) {
        const char *path = layer_get(layer, keys[i]);
        *members[i] = path ? env_expand_home(env, path) : NULL;
    }
    if (c->key && !c->cert)
        return err_set(err, ERR_CONFIG, "key %s has no cert beside it", c->key);
    return (c->insecure || readable("cacert", c->cacert, err)) &&
           readable("cert", c->cert, err) && readable("key", c->key, err);
}

static bool build(struct cloud_config *c, struct layers *l, char *const *env,
                  struct err *err)
{
    json_t *all = l->cloud;
    layer_over(all, l->env);
    layer_over(all, l->options);
    if (c->region)
        json_object_set_new(all, "region_name", jtext(c->region));
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        xreplace(field(c, fields[i].at), layer_get(all, fields[i].key));
    const char *const secrets[] = {c->password, c->token, c->app_cred_secret};
    for (size_t i = 0; i < 3; i++)
        if (secrets[i])
            log_secret(secrets[i]);
    const char *interface = layer_get(all, "interface");
    c->interface = config_interface(interface ? interface : "public", err);
    const char *identity = layer_get(all, "identity_api_version");
    if (identity && *identity == '2')
        strv_add(&c->warnings,
                 "identity_api_version 2 is gone from OpenStack: 3 is used");
    return c->interface && auth_url(c, all, err) && tls(c, all, env, err) &&
           config_services(c, all, err) && config_credentials(c, all, err);
}

bool cloud_config_load(struct cloud_config *c, const struct cloud_option *options,
                       char *const *env, struct err *err)
{
    json_t *mapping = NULL;
    struct layers l = {.options = layer_of_options(options), .env = layer_of_env(env)};
    *c = (struct cloud_config){0};
    bool good = choose(c, &l, env, &mapping, err);
    if (good) {
        l.cloud = layer_of_cloud(mapping);
        good = apply_region(c, &l, json_object_get(mapping, "regions"), err);
    }
    if (good && c->name)
        warn_of_overrides(c, &l);
    good = good && build(c, &l, env, err);
    json_decref(l.options);
    json_decref(l.env);
    json_decref(l.cloud);
    clouds_file_clear(&l.file);
    if (!good) {
        struct strv warnings = c->warnings;
        c->warnings = (struct strv){0};
        cloud_config_clear(c);
        c->warnings = warnings;
    }
    return good;
}

void cloud_config_clear(struct cloud_config *c)
{
    char **const secrets[] = {&c->password, &c->token, &c->app_cred_secret};
    for (size_t i = 0; i < 3; i++) {
        xwipe(*secrets[i]);
        *secrets[i] = NULL;
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        free(*field(c, fields[i].at));
    char *const others[] = {c->name,      c->file,   c->auth_url, c->region,
                            c->interface, c->cacert, c->cert,     c->key};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        free(others[i]);
    for (int i = 0; i < SERVICE_MAX; i++) {
        free(c->service[i].endpoint);
        free(c->service[i].region);
        free(c->service[i].interface);
        free(c->service[i].service_type);
        free(c->service[i].microversion);
    }
    strv_clear(&c->warnings);
    *c = (struct cloud_config){0};
}
