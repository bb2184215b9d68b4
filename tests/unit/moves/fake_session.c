/* SPDX-License-Identifier: Apache-2.0 */
/* A session without a cloud: all of cloud/session.h, so that the real one is not linked.
 */
#include "fake_session.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"

struct session *fake_session_new(int compute)
{
    struct session *s = xcalloc(1, sizeof(*s));
    s->compute = compute;
    s->server_max = compute;
    s->need = SESSION_READY;
    return s;
}

struct session *session_new(struct cloud_config *config)
{
    (void)config;
    return fake_session_new(93);
}

void session_free(struct session *s)
{
    mem_auto_free(&s);
}

const struct cloud_config *session_config(const struct session *s)
{
    (void)s;
    return NULL;
}

enum session_need session_prepare(struct session *s, enum service service,
                                  struct request *ret, struct err *err)
{
    (void)service;
    s->prepares++;
    if (s->need == SESSION_ASK)
        request_init(ret, "GET", "http://cloud/prepare");
    if (s->need == SESSION_FAILED)
        err_set(err, ERR_AUTH, "no");
    return s->need;
}

bool session_prepared(struct session *s, enum service service, const struct reply *reply,
                      struct err *err)
{
    (void)s;
    (void)service;
    return reply->status == 200 || err_set(err, ERR_AUTH, "status %d", reply->status);
}

bool session_token_refused(struct session *s, int generation, struct err *err)
{
    (void)generation;
    (void)err;
    s->refusals++;
    return true;
}

int session_generation(const struct session *s)
{
    (void)s;
    return 7;
}

const char *session_project_id(const struct session *s)
{
    (void)s;
    return PROJECT;
}

const char *session_user_id(const struct session *s)
{
    (void)s;
    return CALLER;
}

const char *session_user_name(const struct session *s)
{
    (void)s;
    return "demo";
}

const char *session_project_name(const struct session *s)
{
    (void)s;
    return "demo";
}

bool session_has_role(const struct session *s, const char *role)
{
    return s->admin && text_eq(role, "admin");
}

const char *session_identity(const struct session *s)
{
    (void)s;
    return "http://cloud/v3 RegionOne " PROJECT;
}

bool session_has_service(const struct session *s, enum service service)
{
    (void)s;
    return service != SERVICE_VOLUME;
}

const char *session_endpoint(const struct session *s, enum service service)
{
    (void)s;
    return service_name(service);
}

int session_compute(const struct session *s)
{
    return s->compute;
}

int session_compute_server_max(const struct session *s)
{
    return s->server_max;
}

void session_request(const struct session *s, struct request *ret, enum service service,
                     const char *method, const char *path, int compute_cap)
{
    AUTO_FREE char *url = xasprintf("http://%s%s", service_name(service), path);
    AUTO_FREE char *version =
        xasprintf("2.%d", compute_cap < s->compute ? compute_cap : s->compute);
    request_init(ret, method, url);
    ret->service = service;
    if (service == SERVICE_COMPUTE)
        request_header(ret, "Version", version);
}

const char *service_name(enum service service)
{
    static const char *const names[SERVICE_MAX] = {"identity", "compute", "image",
                                                   "network", "volume"};
    return (unsigned)service < SERVICE_MAX ? names[service] : "?";
}
