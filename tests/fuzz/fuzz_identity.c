/* SPDX-License-Identifier: Apache-2.0 */
/* Keystone's token and catalog, and the version documents of Keystone and Nova, through a
 * session that asks for what it needs. Input: a byte of choices, then for each answer a
 * status, a header byte and a body that ends at 0xFF. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/catalog.h"
#include "cloud/session.h"
#include "cloud/versions.h"
#include "fuzz.h"

#define ANSWERS_MAX 8

static struct cloud_config config(unsigned choices)
{
    struct cloud_config c = {
        .auth_url = xstrdup(choices & 1 ? "https://identity:5000" : "http://identity/v3"),
        .interface = xstrdup(choices & 2 ? "internal,public" : "public"),
        .project_name = xstrdup("demo")};
    c.auth_type = choices & 4 ? AUTH_TOKEN : AUTH_PASSWORD;
    c.username = xstrdup("demo");
    c.password = xstrdup("opensesame");
    c.token = xstrdup("gAAAA-given");
    c.region = choices & 8 ? xstrdup("RegionOne") : NULL;
    if (choices & 4 && choices & 16)
        xreplace(&c.project_name, NULL); /* only looks at its token */
    if (choices & 32)
        c.service[SERVICE_COMPUTE].microversion = xstrdup("2.60");
    return c;
}

static const int statuses[] = {200, 201, 300, 202, 204, 301, 400,
                               401, 403, 404, 413, 429, 500, 503};

static struct reply take_reply(struct input *in)
{
    struct reply r = {.fate = REPLY_HTTP, .retry_after_s = -1, .sent_at = clock_mono()};
    r.status = statuses[take_below(in, sizeof statuses / sizeof statuses[0])];
    unsigned headers = take_byte(in);
    r.body = take_part(in, 1 << 18, &r.body_len);
    if (headers & 1)
        strv_add(&r.headers, "X-Subject-Token: gAAAA-fresh");
    if (headers & 2) {
        AUTO_FREE char *word = take_word(in);
        strv_take(&r.headers, xasprintf("X-Subject-Token: %s", word));
    }
    if (headers & 4)
        r.date = 1763632800;
    r.body_cut = headers & 8;
    return r;
}

/* What a session that is ready knows must be fit for requests. */
static void check_ready(struct session *s, enum service service)
{
    struct request r = {0};
    must(*session_project_id(s) && *session_identity(s));
    must(session_generation(s) > 0);
    must(service != SERVICE_COMPUTE ||
         (session_compute(s) >= 1 && session_compute(s) <= COMPUTE_KNOWN));
    must(url_is_good(session_endpoint(s, service)));
    session_request(s, &r, service, "GET", "/x", COMPUTE_KNOWN);
    must(is_good_request(&r));
    request_clear(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    clock_set_test(1000, 1763632800);
    struct cloud_config c = config(take_byte(&in));
    struct session *s = session_new(&c);
    for (int n = 0; n < ANSWERS_MAX && in.n > 0; n++) {
        enum service service = (enum service)(n % 2 ? SERVICE_NETWORK : SERVICE_COMPUTE);
        struct request r = {0};
        struct err err = {0};
        enum session_need need = session_prepare(s, service, &r, &err);
        if (need == SESSION_READY)
            check_ready(s, service);
        must(need != SESSION_FAILED || is_good_error(&err));
        if (need != SESSION_ASK)
            continue;
        must(is_good_request(&r));
        struct reply reply = take_reply(&in);
        if (!session_prepared(s, service, &reply, &err))
            must(is_good_error(&err));
        if (n == 4)
            (void)session_token_refused(s, session_generation(s), NULL);
        reply_clear(&reply);
        request_clear(&r);
    }
    session_free(s);
    log_close();
    return 0;
}
