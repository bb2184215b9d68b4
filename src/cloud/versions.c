/* SPDX-License-Identifier: Apache-2.0 */
/* Reads version documents and the versions in addresses. */
#include "cloud/versions.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"

enum { URL_MAX = 2048 };

static bool number(const char **s, int *ret)
{
    int n = 0, digits = 0;
    for (; isdigit((unsigned char)**s) && digits < 4; digits++, (*s)++)
        n = n * 10 + (**s - '0');
    *ret = n;
    return digits > 0;
}

bool microversion_parse(const char *s, struct microversion *ret)
{
    struct microversion v = {0, 0};
    if (!s || !number(&s, &v.major))
        return false;
    if (*s == '.') {
        s++;
        if (!number(&s, &v.minor))
            return false;
    }
    if (*s)
        return false;
    *ret = v;
    return true;
}

static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    return host ? host + 3 + strcspn(host + 3, "/") : url;
}

bool url_version(const char *url, size_t *ret_at, size_t *ret_len)
{
    bool found = false;
    for (const char *p = path_of(url); *p == '/';) {
        const char *part = p + 1;
        size_t n = strcspn(part, "/");
        AUTO_FREE char *word = xstrndup(part, n);
        struct microversion v;
        if (*word == 'v' && microversion_parse(word + 1, &v)) {
            *ret_at = (size_t)(part - url);
            *ret_len = n;
            found = true;
        }
        p = part + n;
    }
    return found;
}

bool url_is_good(const char *url)
{
    if (!text_starts(url, "http://") && !text_starts(url, "https://"))
        return false;
    if (strlen(url) > URL_MAX)
        return false;
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("\"'<>\\^`{|}?#@", *p))
            return false;
    if (strstr(url, "/../") || text_ends(url, "/.."))
        return false;
    const char *host = strstr(url, "://") + 3;
    return *host && *host != '/' && *host != ':';
}

char *url_trim(const char *url)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    return xstrndup(url, n);
}

/* Both roots, in every shape, as one list of versions. Gives. */
static json_t *listed(json_t *root, bool *ret_single)
{
    json_t *one = json_object_get(root, "version");
    json_t *many = json_object_get(root, "versions");
    *ret_single = json_is_object(one);
    if (*ret_single) {
        json_t *list = json_array();
        json_array_append(list, one);
        return list;
    }
    if (json_is_object(many))
        many = json_object_get(many, "values");
    return json_is_array(many) ? json_incref(many) : NULL;
}

/* A 300 carries the list as well as a 200 does. */
static bool document(const struct reply *reply, enum service service, json_t **ret,
                     struct err *err)
{
    if (reply->fate == REPLY_HTTP && reply->status == 300 && !reply->body_cut) {
        *ret = json_loadb(reply->body, reply->body_len, 0, NULL);
        if (*ret)
            return true;
        return err_set(err, ERR_PROTOCOL, "%s answered 300 without a list of versions",
                       service == SERVICE_COMPUTE ? "compute" : "identity");
    }
    return cloud_json(reply, service, ret, err);
}

bool versions_compute(const struct reply *reply, struct compute_versions *ret,
                      struct err *err)
{
    AUTO_JSON json_t *root = NULL;
    bool single = false;
    if (!document(reply, SERVICE_COMPUTE, &root, err))
        return false;
    AUTO_JSON json_t *list = listed(root, &single);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        if (!text_eq(jstr(v, "id", ""), "v2.1"))
            continue;
        struct microversion min = {2, 1}, max = {2, 1};
        microversion_parse(jstr(v, "min_version", ""), &min);
        microversion_parse(jstr(v, "version", ""), &max);
        if (min.major != 2 || max.major != 2 || max.minor < min.minor)
            break;
        *ret = (struct compute_versions){.min = min, .max = max};
        ret->path = single ? NULL : xstrdup("/v2.1");
        return true;
    }
    return err_set(
        err, ERR_PROTOCOL,
        "compute does not say that it speaks the API v2.1: is its address in the "
        "catalog that of a compute service?");
}

/* Keystone numbers its API "v3.14" and so on. */
static const char *href_v3(json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        const char *id = jstr(v, "id", "");
        if (!text_eq(id, "v3") && !text_starts(id, "v3."))
            continue;
        json_t *links = json_object_get(v, "links");
        for (size_t k = 0; k < json_array_size(links); k++) {
            json_t *link = json_array_get(links, k);
            if (text_eq(jstr(link, "rel", ""), "self"))
                return jstr(link, "href", NULL);
        }
    }
    return NULL;
}

bool versions_identity(const struct reply *reply, const char *asked_url, char **ret,
                       struct err *err)
{
    AUTO_JSON json_t *root = NULL;
    bool single = false;
    if (!document(reply, SERVICE_IDENTITY, &root, err))
        return false;
    AUTO_JSON json_t *list = listed(root, &single);
    const char *href = href_v3(list);
    if (!href || !url_is_good(href))
        return err_set(err, ERR_CONFIG,
                       "no Keystone v3 is listed at %s: the auth URL should end in /v3",
                       asked_url);
    size_t host_len = (size_t)(path_of(asked_url) - asked_url);
    AUTO_FREE char *joined = xasprintf("%.*s%s", (int)host_len, asked_url, path_of(href));
    *ret = url_trim(joined);
    return true;
}
