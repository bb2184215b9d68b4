/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies as values. */
#include "net/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

void request_init(struct request *r, const char *method, const char *url)
{
    *r = (struct request){.url = xstrdup(url)};
    snprintf(r->method, sizeof(r->method), "%s", method);
}

static void wipe_headers(struct strv *headers)
{
    for (size_t i = 0; i < headers->len; i++)
        explicit_bzero(headers->at[i], strlen(headers->at[i]));
    strv_clear(headers);
}

void request_clear(struct request *r)
{
    free(r->url);
    wipe_headers(&r->headers);
    if (r->body && r->secret_body)
        explicit_bzero(r->body, r->body_len);
    free(r->body);
    *r = (struct request){0};
}

struct request request_steal(struct request *r)
{
    struct request stolen = *r;
    *r = (struct request){0};
    return stolen;
}

static bool has_name(const char *line, const char *name)
{
    size_t n = strlen(name);
    return !strncasecmp(line, name, n) && line[n] == ':';
}

void request_header(struct request *r, const char *name, const char *value)
{
    for (size_t i = 0; i < r->headers.len; i++)
        if (has_name(r->headers.at[i], name)) {
            AUTO_FREE char *old = xstrdup(r->headers.at[i]);
            strv_remove(&r->headers, old);
            explicit_bzero(old, strlen(old));
            break;
        }
    if (!value)
        return;
    char *line = xasprintf("%s: %s", name, value);
    /* A line end in a value would start a header, or a second request, of its own. */
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
    strv_take(&r->headers, line);
}

void request_body(struct request *r, char *body, const char *content_type)
{
    free(r->body);
    r->body = body;
    r->body_len = body ? strlen(body) : 0;
    if (content_type)
        request_header(r, "Content-Type", content_type);
}

bool request_is_read(const struct request *r)
{
    return !strcmp(r->method, "GET") || !strcmp(r->method, "HEAD") ||
           !strcmp(r->method, "CONNECT") || !strcmp(r->method, "RUN");
}

void reply_clear(struct reply *r)
{
    free(r->body);
    wipe_headers(&r->headers);
    *r = (struct reply){0};
}

const char *reply_header(const struct reply *r, const char *name)
{
    for (size_t i = 0; i < r->headers.len; i++)
        if (has_name(r->headers.at[i], name)) {
            const char *value = r->headers.at[i] + strlen(name) + 1;
            return value + strspn(value, " \t");
        }
    return NULL;
}

bool reply_is_later(const struct reply *r)
{
    return r->fate == REPLY_HTTP && (r->status == 429 || r->status == 408 ||
                                     (r->status == 413 && r->retry_after_s > 0));
}

bool reply_is_accepted(const struct reply *r)
{
    return r->fate == REPLY_HTTP && r->status >= 200 && r->status <= 299;
}

bool reply_is_ok(const struct reply *r)
{
    return reply_is_accepted(r) && !r->body_cut;
}
