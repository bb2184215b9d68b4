/* SPDX-License-Identifier: Apache-2.0 */
/* Options, variables and a cloud of a file as flat layers under the same names. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_parts.h"
#include "cloud/json.h"

/* Names of old, and of other tools, for the same. */
static const struct {
    const char *old, *name;
} aliases[] = {
    {"tenant_name", "project_name"}, {"tenant_id", "project_id"},
    {"user_name", "username"},       {"auth_plugin", "auth_type"},
    {"auth_token", "token"},         {"endpoint_type", "interface"},
    {"region", "region_name"},       {"default_domain", "default_domain_id"},
};

/* Different ways to say one thing: who says one of them in an upper layer says it all. */
static const char *const same[][2] = {
    {"project_id", "project_name"},
    {"user_id", "username"},
    {"user_domain_id", "user_domain_name"},
    {"project_domain_id", "project_domain_name"},
    {"domain_id", "domain_name"},
    {"default_domain_id", "default_domain_name"},
    {"application_credential_id", "application_credential_name"},
    {"verify", "insecure"},
};

static char *lower_name(const char *key)
{
    char *s = xstrdup(key);
    for (char *p = s; *p; p++)
        *p = *p == '-' ? '_' : (char)tolower((unsigned char)*p);
    return s;
}

/* An old name never replaces what the same layer says under the present one. */
static void put(json_t *layer, const char *key, const char *value)
{
    AUTO_FREE char *name = lower_name(key);
    const char *target = name;
    if (!value || !*value)
        return;
    for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
        if (text_eq(name, aliases[i].old))
            target = aliases[i].name;
    if (target != name && json_object_get(layer, target))
        return;
    json_object_set_new(layer, target, jtext(value));
}

/* A list (of interfaces, of regions) as one value with commas. */
static char *joined(json_t *list)
{
    struct strv v = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));
        if (s)
            strv_add(&v, s);
    }
    char *ret = strv_join(&v, ",");
    strv_clear(&v);
    return ret;
}

static void put_members(json_t *layer, json_t *mapping)
{
    const char *key;
    json_t *member;
    json_object_foreach(mapping, key, member)
    {
        AUTO_FREE char *list = NULL;
        if (text_eq(key, "regions"))
            continue;
        if (json_is_array(member))
            list = joined(member);
        put(layer, key, list ? list : json_string_value(member));
    }
}

json_t *layer_of_cloud(json_t *mapping)
{
    json_t *inner = json_object();
    AUTO_JSON json_t *outer = json_object();
    put_members(inner, json_object_get(mapping, "auth"));
    put_members(outer, mapping);
    layer_over(inner, outer);
    return inner;
}

json_t *layer_of_env(char *const *env)
{
    static const char *const others[] = {"OS_TEST", "OS_STD", "OS_LOG", "OS_CLIENT_"};
    json_t *layer = json_object();
    for (; env && *env; env++) {
        const char *eq = strchr(*env, '=');
        if (!eq || !text_starts(*env, "OS_"))
            continue;
        bool other = false;
        for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
            other = other || text_starts(*env, others[i]);
        AUTO_FREE char *name = xstrndup(*env + 3, (size_t)(eq - *env) - 3);
        if (!other && *name)
            put(layer, name, eq + 1);
    }
    return layer;
}

json_t *layer_of_options(const struct cloud_option *options)
{
    json_t *layer = json_object();
    for (; options && options->key; options++)
        put(layer, options->key, options->value);
    return layer;
}

void layer_over(json_t *lower, json_t *upper)
{
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        bool said = false;
        for (size_t k = 0; k < 2; k++)
            said = said || json_object_get(upper, same[i][k]);
        for (size_t k = 0; said && k < 2; k++)
            json_object_del(lower, same[i][k]);
    }
    json_object_update(lower, upper);
}

const char *layer_get(const json_t *layer, const char *key)
{
    const char *s = jstr(layer, key, "");
    return *s ? s : NULL;
}

bool layer_hides(const json_t *upper, const json_t *lower, const char *key)
{
    const char *above = layer_get(upper, key);
    const char *below = layer_get(lower, key);
    if (!above || below)
        return above && !text_eq(above, below);
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
        for (size_t k = 0; k < 2; k++)
            if (text_eq(same[i][k], key) && layer_get(lower, same[i][1 - k]))
                return true;
    return false;
}
