/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one account's access: which question comes next, and what the answers
 * were. */
#include "cloud/session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/session_parts.h"
#include "cloud/versions.h"

struct session *session_new(struct cloud_config *config)
{
    struct session *s = xcalloc(1, sizeof(*s));
    s->config = *config;
    *config = (struct cloud_config){0};
    s->base = auth_base(s->config.auth_url);
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    cloud_config_clear(&s->config);
    auth_token_clear(&s->token);
    free(s->base);
    free(s->region);
    free(s->identity);
    for (int i = 0; i < SERVICE_MAX; i++)
        free(s->endpoint[i]);
    free(s);
}

static enum session_need ask_compute(struct session *s, struct request *ret)
{
    const char *url = s->endpoint[SERVICE_COMPUTE];
    size_t at = 0, n = 0;
    bool has = url_version(url, &at, &n) && !strncmp(url + at, "v2.1", n);
    AUTO_FREE char *root =
        has ? xasprintf("%.*s/", (int)(at + n), url) : xasprintf("%s/", url);
    request_init(ret, "GET", root);
    request_header(ret, "X-Auth-Token", s->token.id);
    request_header(ret, "Accept", "application/json");
    ret->service = SERVICE_COMPUTE;
    s->asked[SERVICE_COMPUTE] = FOR_COMPUTE_VERSIONS;
    return SESSION_ASK;
}

static bool choose_compute(struct session *s, const struct compute_versions *v,
                           struct err *err)
{
    struct microversion cap;
    int chosen = v->max.minor < COMPUTE_KNOWN ? v->max.minor : COMPUTE_KNOWN;
    const char *configured = s->config.service[SERVICE_COMPUTE].microversion;
    if (microversion_parse(configured, &cap) && cap.major == 2 && cap.minor < chosen)
        chosen = cap.minor;
    if (chosen < v->min.minor) {
        err_set(&s->failed, ERR_CONFIG,
                "compute speaks 2.%d to 2.%d, and the highest to be used is 2.%d",
                v->min.minor, v->max.minor, chosen);
        return session_fail(s, err);
    }
    s->server_max = v->max.minor;
    s->compute = chosen;
    return true;
}

/* Until the next catalog, which may hold another address. */
static void give_up_compute(struct session *s, const struct err *why)
{
    free(s->endpoint[SERVICE_COMPUTE]);
    s->endpoint[SERVICE_COMPUTE] = NULL;
    s->missing[SERVICE_COMPUTE] = *why;
}

static bool take_compute(struct session *s, const struct reply *reply, struct err *err)
{
    struct compute_versions v = {0};
    struct err why = {0};
    if (!versions_compute(reply, &v, &why)) {
        err_wrap(&why, "the versions of compute");
        /* A 401 may be the token's fault. */
        if (session_is_definite(reply) && reply->status != 401)
            give_up_compute(s, &why);
        return err_set(err, why.code, "%s", why.text);
    }
    bool good = choose_compute(s, &v, err);
    if (good && v.path) {
        char *full = xasprintf("%s%s", s->endpoint[SERVICE_COMPUTE], v.path);
        free(s->endpoint[SERVICE_COMPUTE]);
        s->endpoint[SERVICE_COMPUTE] = full;
    }
    free(v.path);
    return good;
}

enum session_need session_prepare(struct session *s, enum service service,
                                  struct request *ret, struct err *err)
{
    if (s->asked[service] != NOTHING)
        return SESSION_WAIT;
    if (err_is_set(&s->failed)) {
        session_fail(s, err);
        return SESSION_FAILED;
    }
    enum session_need need = token_prepare(s, service, ret, err);
    if (need != SESSION_READY)
        return need;
    if (!s->endpoint[service]) {
        err_set(err, s->missing[service].code, "%s", s->missing[service].text);
        return SESSION_FAILED;
    }
    if (service == SERVICE_COMPUTE && !s->server_max)
        return ask_compute(s, ret);
    return SESSION_READY;
}

bool session_prepared(struct session *s, enum service service, const struct reply *reply,
                      struct err *err)
{
    enum question asked = s->asked[service];
    s->asked[service] = NOTHING;
    switch (asked) {
    case FOR_TOKEN:
        return token_take(s, reply, err);
    case FOR_IDENTITY_VERSIONS:
        return token_take_base(s, reply, err);
    case FOR_COMPUTE_VERSIONS:
        return take_compute(s, reply, err);
    case NOTHING:
        break;
    }
    bug("an answer for %s that nobody asked for", service_name(service));
}

void session_request(const struct session *s, struct request *ret, enum service service,
                     const char *method, const char *path, int compute_cap)
{
    bool ready = s->token.id && s->endpoint[service];
    if (!ready || (service == SERVICE_COMPUTE && !s->compute))
        bug("a request to %s before it is ready", service_name(service));
    AUTO_FREE char *url = xasprintf("%s%s", s->endpoint[service], path);
    request_init(ret, method, url);
    ret->service = service;
    request_header(ret, "X-Auth-Token", s->token.id);
    request_header(ret, "Accept", "application/json");
    if (service == SERVICE_COMPUTE) {
        int minor = compute_cap < s->compute ? compute_cap : s->compute;
        AUTO_FREE char *old = xasprintf("2.%d", minor);
        AUTO_FREE char *present = xasprintf("compute %s", old);
        /* Before 2.27 Nova reads only the older of the two headers. */
        request_header(ret, "X-OpenStack-Nova-API-Version", old);
        request_header(ret, "OpenStack-API-Version", present);
    } else if (service == SERVICE_VOLUME) {
        struct microversion v = {3, VOLUME_KNOWN};
        const char *configured = s->config.service[service].microversion;
        if (configured && microversion_parse(configured, &v) && v.minor > VOLUME_KNOWN)
            v.minor = VOLUME_KNOWN;
        AUTO_FREE char *header = xasprintf("volume %d.%d", v.major, v.minor);
        request_header(ret, "OpenStack-API-Version", header);
    }
}

const struct cloud_config *session_config(const struct session *s)
{
    return &s->config;
}

int session_generation(const struct session *s)
{
    return s->generation;
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

const char *session_project_id(const struct session *s)
{
    return or_empty(s->token.project_id);
}

const char *session_user_id(const struct session *s)
{
    return or_empty(s->token.user_id);
}

const char *session_user_name(const struct session *s)
{
    return or_empty(s->token.user_name);
}

const char *session_project_name(const struct session *s)
{
    return or_empty(s->token.project_name);
}

bool session_has_role(const struct session *s, const char *role)
{
    for (size_t i = 0; i < s->token.roles.len; i++)
        if (!strcasecmp(s->token.roles.at[i], role))
            return true;
    return false;
}

const char *session_identity(const struct session *s)
{
    return or_empty(s->identity);
}

bool session_has_service(const struct session *s, enum service service)
{
    return s->endpoint[service] != NULL;
}

const char *session_endpoint(const struct session *s, enum service service)
{
    return or_empty(s->endpoint[service]);
}

int session_compute(const struct session *s)
{
    return s->compute;
}

int session_compute_server_max(const struct session *s)
{
    return s->server_max;
}
