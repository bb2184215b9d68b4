/* SPDX-License-Identifier: Apache-2.0 */
/* Finds addresses in the catalog, and says what is there when ours is not. */
#include "cloud/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "cloud/json.h"
#include "cloud/session.h"
#include "cloud/versions.h"

enum { SHOWN = 20 };

/* Preferred first. Volume's older types are left out: their addresses are of older APIs.
 */
static const char *const types[SERVICE_MAX][5] = {
    [SERVICE_IDENTITY] = {"identity"},
    [SERVICE_COMPUTE] = {"compute"},
    [SERVICE_IMAGE] = {"image"},
    [SERVICE_NETWORK] = {"network"},
    [SERVICE_VOLUME] = {"block-storage", "volumev3", "volume", "block-store"},
};

const char *service_name(enum service service)
{
    static const char *const names[SERVICE_MAX] = {
        [SERVICE_IDENTITY] = "identity", [SERVICE_COMPUTE] = "compute",
        [SERVICE_IMAGE] = "image",       [SERVICE_NETWORK] = "network",
        [SERVICE_VOLUME] = "volume",
    };
    return (int)service >= 0 && service < SERVICE_MAX ? names[service] : "service";
}

static const char *region_of(json_t *endpoint)
{
    const char *s = jstr(endpoint, "region_id", "");
    return *s ? s : jstr(endpoint, "region", "");
}

static bool is_interface(json_t *endpoint, const char *interface)
{
    const char *s = jstr(endpoint, "interface", "");
    size_t n = strlen(interface);
    return !strncmp(s, interface, n) && (!s[n] || text_eq(s + n, "URL"));
}

static bool is_region(json_t *endpoint, const char *region)
{
    return !region || !*region || text_eq(jstr(endpoint, "region_id", ""), region) ||
           text_eq(jstr(endpoint, "region", ""), region);
}

/* An address of volume's v1 or v2 is there in old catalogs, under the type "volume" too.
 */
static bool is_usable(enum service service, const char *url)
{
    size_t at, n;
    if (!*url)
        return false;
    return service != SERVICE_VOLUME || !url_version(url, &at, &n) ||
           !strncmp(url + at, "v3", 2);
}

static const char *find(json_t *catalog, const char *type, enum service service,
                        const char *interface, const char *region)
{
    for (size_t i = 0; i < json_array_size(catalog); i++) {
        json_t *entry = json_array_get(catalog, i);
        if (!text_eq(jstr(entry, "type", ""), type))
            continue;
        json_t *endpoints = json_object_get(entry, "endpoints");
        for (size_t k = 0; k < json_array_size(endpoints); k++) {
            json_t *e = json_array_get(endpoints, k);
            const char *url = jstr(e, "url", "");
            if (is_interface(e, interface) && is_region(e, region) &&
                is_usable(service, url))
                return url;
        }
    }
    return NULL;
}

static void add_once(struct strv *v, char *s)
{
    AUTO_FREE char *shown = text_printable(s, 80);
    free(s);
    if (v->len < SHOWN && !strv_has(v, shown))
        strv_add(v, shown);
}

/* "public in RegionOne, admin in RegionTwo" of one type; without type: the types. Gives.
 */
static char *what_there_is(json_t *catalog, const char *type)
{
    struct strv v = {0};
    for (size_t i = 0; i < json_array_size(catalog); i++) {
        json_t *entry = json_array_get(catalog, i);
        json_t *endpoints = json_object_get(entry, "endpoints");
        if (!type)
            add_once(&v, xstrdup(jstr(entry, "type", "?")));
        if (!type || !text_eq(jstr(entry, "type", ""), type))
            continue;
        for (size_t k = 0; k < json_array_size(endpoints); k++) {
            json_t *e = json_array_get(endpoints, k);
            add_once(&v, xasprintf("%s in %s", jstr(e, "interface", "?"), region_of(e)));
        }
    }
    strv_sort(&v);
    char *ret = v.len ? strv_join(&v, ", ") : NULL;
    strv_clear(&v);
    return ret;
}

static bool no_endpoint(json_t *catalog, enum service service, const char *const *wanted,
                        const char *interface, const char *region, struct err *err)
{
    const char *name = service_name(service);
    for (size_t i = 0; wanted[i]; i++) {
        AUTO_FREE char *there = what_there_is(catalog, wanted[i]);
        AUTO_FREE char *shown = text_printable(region && *region ? region : "any", 80);
        if (there)
            return err_set(
                err, ERR_CONFIG,
                "the catalog has no %s service with interface %s in region %s: it "
                "has %s",
                name, interface, shown, there);
    }
    AUTO_FREE char *there = what_there_is(catalog, NULL);
    return err_set(err, ERR_CONFIG, "the catalog has no %s service at all: it has %s",
                   name, there ? there : "nothing");
}

/* Nova's template in a configured address: %(project_id)s and its like. Gives. */
static char *fill_template(const char *url, const char *project_id)
{
    static const char *const words[] = {"%(project_id)s", "%(tenant_id)s",
                                        "$(project_id)s", "$(tenant_id)s"};
    struct text t;
    text_init(&t, 1 << 16);
    while (*url) {
        size_t used = 0;
        for (size_t i = 0; i < sizeof(words) / sizeof(*words) && !used; i++)
            used = text_starts(url, words[i]) ? strlen(words[i]) : 0;
        if (used)
            text_add(&t, project_id);
        else
            text_add_c(&t, *url);
        url += used ? used : 1;
    }
    return text_steal(&t);
}

/* The version ends the address or stands before the project; elsewhere it is a proxy's.
 */
static bool has_version(const char *url, const char *project_id, size_t *ret_at,
                        size_t *ret_len)
{
    if (!url_version(url, ret_at, ret_len))
        return false;
    const char *rest = url + *ret_at + *ret_len;
    return !*rest || (*project_id && text_eq(rest + 1, project_id));
}

/* Image and network addresses mostly lack the version, and their discovery costs a
 * request and lies on some clouds: the one version that everybody has is put there. */
static char *with_version(enum service service, const char *url, const char *project_id)
{
    AUTO_FREE char *s = url_trim(url);
    size_t at = 0, n = 0;
    bool has = has_version(s, project_id, &at, &n);
    switch (service) {
    case SERVICE_IMAGE:
        return has ? xasprintf("%.*sv2", (int)at, s) : xasprintf("%s/v2", s);
    case SERVICE_NETWORK:
        return has ? xasprintf("%.*sv2.0", (int)at, s) : xasprintf("%s/v2.0", s);
    case SERVICE_VOLUME:
        return has ? xstrdup(s) : xasprintf("%s/v3/%s", s, project_id);
    case SERVICE_COMPUTE: /* "/v2" is the same without microversions */
        return has ? xasprintf("%.*sv2.1%s", (int)at, s, s + at + n) : xstrdup(s);
    case SERVICE_IDENTITY:
        return has ? xasprintf("%.*sv3", (int)at, s) : xasprintf("%s/v3", s);
    default:
        return xstrdup(s);
    }
}

static const char *lookup(json_t *catalog, enum service service,
                          const char *const *wanted, const char *interfaces,
                          const char *region)
{
    struct strv v = {0};
    const char *url = NULL;
    strv_split(&v, interfaces, ',');
    for (size_t i = 0; i < v.len && !url; i++)
        for (size_t k = 0; wanted[k] && !url; k++)
            url = find(catalog, wanted[k], service, v.at[i], region);
    strv_clear(&v);
    return url;
}

bool catalog_endpoint(json_t *catalog, const struct cloud_config *c, enum service service,
                      const char *region, const char *project_id, char **ret,
                      struct err *err)
{
    const char *own[] = {c->service[service].service_type, NULL};
    const char *const *wanted = own[0] ? own : types[service];
    const char *interface = c->service[service].interface;
    const char *url = c->service[service].endpoint;
    if (!interface)
        interface = c->interface ? c->interface : "public";
    if (c->service[service].region)
        region = c->service[service].region;
    if (!url)
        url = lookup(catalog, service, wanted, interface, region);
    if (!url)
        return no_endpoint(catalog, service, wanted, interface, region, err);
    AUTO_FREE char *filled = fill_template(url, project_id);
    if (!url_is_good(filled)) {
        AUTO_FREE char *shown = text_printable(filled, 100);
        return err_set(err, ERR_CONFIG,
                       "the address of the %s service cannot be used: '%s'",
                       service_name(service), shown);
    }
    *ret = with_version(service, filled, project_id);
    return true;
}

bool catalog_region(json_t *catalog, const struct cloud_config *c, char **ret,
                    struct err *err)
{
    struct strv v = {0};
    if (c->region) {
        *ret = xstrdup(c->region);
        return true;
    }
    for (size_t i = 0; i < json_array_size(catalog); i++) {
        json_t *entry = json_array_get(catalog, i);
        json_t *endpoints = json_object_get(entry, "endpoints");
        if (!text_eq(jstr(entry, "type", ""), types[SERVICE_COMPUTE][0]))
            continue;
        for (size_t k = 0; k < json_array_size(endpoints); k++) {
            const char *name = region_of(json_array_get(endpoints, k));
            if (*name && v.len <= SHOWN && !strv_has(&v, name))
                strv_add(&v, name);
        }
    }
    strv_sort(&v);
    AUTO_FREE char *list = strv_join(&v, ", ");
    bool good = v.len <= 1;
    if (good)
        *ret = xstrdup(v.len ? v.at[0] : "");
    strv_clear(&v);
    AUTO_FREE char *shown = text_printable(list, 300);
    return good ? true
                : err_set(
                      err, ERR_CONFIG,
                      "the cloud has several regions, name one with --os-region-name or "
                      "OS_REGION_NAME: %s",
                      shown);
}
