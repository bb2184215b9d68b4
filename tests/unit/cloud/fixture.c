/* SPDX-License-Identifier: Apache-2.0 */
/* Replies, configurations and sessions for the tests of the cloud room. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/fsx.h"
#include "base/mem.h"

char *fixture_text(const char *name, size_t *ret_len)
{
    const char *top = getenv("srcdir");
    AUTO_FREE char *path = xasprintf("%s/tests/data/%s", top ? top : ".", name);
    char *ret = NULL;
    struct err err = {0};
    if (!fsx_read(path, 1 << 20, &ret, ret_len, NULL, &err))
        fail_msg("%s", err.text);
    return ret;
}

struct reply reply_of(int status, const char *body)
{
    struct reply r = {.fate = REPLY_HTTP, .status = status, .retry_after_s = -1};
    r.body = xstrdup(body);
    r.body_len = strlen(body);
    return r;
}

struct reply reply_of_file(int status, const char *name)
{
    struct reply r = {.fate = REPLY_HTTP, .status = status, .retry_after_s = -1};
    r.body = fixture_text(name, &r.body_len);
    return r;
}

void reply_add(struct reply *r, const char *header)
{
    strv_add(&r->headers, header);
}

const struct cloud_option *options_of_demo(void)
{
    static const struct cloud_option options[] = {
        {"auth_url", "https://identity.example:5000/v3"},
        {"username", "demo"},
        {"password", "opensesame"},
        {"user_domain_name", "Default"},
        {"project_name", "demo"},
        {"project_domain_name", "Default"},
        {"region_name", "RegionOne"},
        {NULL, NULL},
    };
    return options;
}

struct cloud_config config_of_demo(void)
{
    struct cloud_config c;
    struct err err = {0};
    char *const env[] = {NULL};
    if (!cloud_config_load(&c, options_of_demo(), env, &err))
        fail_msg("%s", err.text);
    return c;
}

struct reply reply_of_token(int n)
{
    struct reply r = reply_of_file(201, "keystone/token.json");
    AUTO_FREE char *header = xasprintf("X-Subject-Token: gAAAA-%d", n);
    reply_add(&r, header);
    return r;
}

static void answer(struct session *s, struct reply reply)
{
    struct request r;
    struct err err = {0};
    assert_int_equal(session_prepare(s, SERVICE_COMPUTE, &r, &err), SESSION_ASK);
    request_clear(&r);
    if (!session_prepared(s, SERVICE_COMPUTE, &reply, &err))
        fail_msg("%s", err.text);
    reply_clear(&reply);
}

struct session *session_ready(int minor)
{
    struct cloud_config c = config_of_demo();
    struct session *s = session_new(&c);
    answer(s, reply_of_token(1));
    AUTO_FREE char *body = xasprintf("{\"version\": {\"id\": \"v2.1\", \"version\": "
                                     "\"2.%d\", \"min_version\": \"2.1\"}}",
                                     minor);
    answer(s, reply_of(200, body));
    return s;
}

const char *header_of(const struct request *r, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < r->headers.len; i++) {
        const char *line = r->headers.at[i];
        if (!strncasecmp(line, name, n) && line[n] == ':')
            return line + n + 1 + strspn(line + n + 1, " ");
    }
    return "";
}
