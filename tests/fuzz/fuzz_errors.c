/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies and headers of refusals (Nova, Glance, Neutron, Keystone, proxies), and what
 * else a reply is asked for. Input: status, service, a byte of choices, a header value
 * that ends at 0xFF, the body. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/html.h"
#include "cloud/nova.h"
#include "fuzz.h"

static const int statuses[] = {400, 401, 403, 404, 405, 408, 409, 412, 413, 429,
                               500, 502, 503, 504, 300, 301, 200, 202, 204, 999};

static void check_error(const struct reply *reply, enum service service)
{
    const size_t longest =
        300 * 8; /* characters, each of which may have become \u{...} */
    struct err err = {0};
    must(!cloud_error(reply, service, &err));
    must(is_good_error(&err));
    AUTO_FREE char *message = cloud_message(reply);
    must(is_harmless(message, strlen(message)) && !strchr(message, '\n'));
    must(text_chars(message) <= 303 && strlen(message) <= longest);
}

static void check_json(const struct reply *reply, enum service service)
{
    struct err err = {0};
    json_t *body = NULL;
    bool good = cloud_json(reply, service, &body, &err);
    must(good == json_is_object(body));
    must(good || is_good_error(&err));
    json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct reply reply = {.fate = REPLY_HTTP, .retry_after_s = -1};
    reply.status = statuses[take_below(&in, sizeof statuses / sizeof statuses[0])];
    enum service service = (enum service)take_below(&in, SERVICE_MAX);
    unsigned choices = take_byte(&in);
    AUTO_FREE char *value = take_part(&in, 8192, NULL);
    reply.body = take_part(&in, 2 << 20, &reply.body_len);
    reply.body_cut = choices & 1;
    reply.retry_after_s = choices & 2 ? 5 : -1;
    if (choices & 4)
        strv_take(&reply.headers, xasprintf("Location: %s", value));
    if (choices & 8)
        strv_take(&reply.headers, xasprintf("X-Compute-Request-Id: %s", value));
    check_error(&reply, service);
    check_json(&reply, service);
    char *image = nova_created_image_id(&reply);
    must(!image || text_is_uuid(image));
    free(image);
    must(nova_request_id(&reply) != NULL);
    AUTO_FREE char *words = html_text(reply.body, reply.body_len);
    must(strlen(words) <= reply.body_len + 1);
    reply_clear(&reply);
    return 0;
}
