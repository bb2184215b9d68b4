/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of single services, under each name that a service has. */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_parts.h"
#include "cloud/versions.h"

/* Key prefixes: the type and its aliases, as the services' type authority lists them. */
static const char *const prefixes[SERVICE_MAX][6] = {
    [SERVICE_IDENTITY] = {"identity"},
    [SERVICE_COMPUTE] = {"compute"},
    [SERVICE_IMAGE] = {"image"},
    [SERVICE_NETWORK] = {"network"},
    [SERVICE_VOLUME] = {"block_storage", "volumev3", "volume", "block_store"},
};

static const char *get(const json_t *layer, int service, const char *suffix)
{
    for (size_t i = 0; prefixes[service][i]; i++) {
        AUTO_FREE char *key = xasprintf("%s_%s", prefixes[service][i], suffix);
        const char *s = layer_get(layer, key);
        if (s)
            return s;
    }
    return NULL;
}

char *config_interface(const char *s, struct err *err)
{
    struct strv v = {0}, kept = {0};
    char *ret = NULL;
    strv_split(&v, s, ',');
    for (size_t i = 0; i < v.len; i++) {
        char *one = v.at[i];
        size_t n = strlen(one);
        if (n > 3 && !strcasecmp(one + n - 3, "url"))
            one[n - 3] = '\0';
        if (!text_eq(one, "public") && !text_eq(one, "internal") &&
            !text_eq(one, "admin")) {
            AUTO_FREE char *shown = text_printable(one, 60);
            err_set(err, ERR_CONFIG, "interface '%s' should be public, internal or admin",
                    shown);
            goto out;
        }
        strv_add(&kept, one);
    }
    ret = strv_join(&kept, ",");
out:
    strv_clear(&v);
    strv_clear(&kept);
    return ret;
}

/* A minor of 0 or 1 names the API ("2", "2.1", "3"), as in many openrc files; only a
 * higher one is meant as a microversion. */
static bool microversion(struct cloud_config *c, const json_t *layer, int service,
                         struct err *err)
{
    const char *s = get(layer, service, "default_microversion");
    bool explicit_one = s != NULL;
    struct microversion v;
    if (!s)
        s = get(layer, service, "api_version");
    if (!s || text_eq(s, "latest"))
        return true;
    bool good = microversion_parse(*s == 'v' ? s + 1 : s, &v);
    if (!good && explicit_one) {
        AUTO_FREE char *shown = text_printable(s, 60);
        return err_set(err, ERR_CONFIG,
                       "%s_default_microversion '%s' should look like 2.79",
                       prefixes[service][0], shown);
    }
    if (good && (explicit_one || v.minor > 1))
        c->service[service].microversion = xasprintf("%d.%d", v.major, v.minor);
    return true;
}

bool config_services(struct cloud_config *c, const json_t *layer, struct err *err)
{
    for (int i = 0; i < SERVICE_MAX; i++) {
        const char *endpoint = get(layer, i, "endpoint_override");
        const char *interface = get(layer, i, "interface");
        if (!endpoint)
            endpoint = get(layer, i, "endpoint");
        if (!interface)
            interface = get(layer, i, "endpoint_type");
        xreplace(&c->service[i].endpoint, endpoint);
        xreplace(&c->service[i].region, get(layer, i, "region_name"));
        xreplace(&c->service[i].service_type, get(layer, i, "service_type"));
        if (interface) {
            c->service[i].interface = config_interface(interface, err);
            if (!c->service[i].interface)
                return false;
        }
        if (!microversion(c, layer, i, err))
            return false;
    }
    return true;
}
