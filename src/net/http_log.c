/* SPDX-License-Identifier: Apache-2.0 */
/* What --debug shows of the network. */
#include "net/http_log.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/text_words.h"
#include "net/http_redact.h"

/* Shown of a body. */
#define SHOWN_CHARS ((size_t)4096)
/* Looked at to find them: a known secret across the cut would be shown in half, so the
 * cut for looking lies far behind the cut for showing. */
#define LOOKED_AT ((size_t)128 << 10)

static char *shown_body(const char *body, size_t n)
{
    AUTO_FREE char *by_name = http_redact_body(body, n, LOOKED_AT);
    AUTO_FREE char *redacted = log_redact(by_name);
    return text_printable(redacted, SHOWN_CHARS);
}

/* Tokens travel in these headers; once known they are found wherever they turn up. */
static void remember_token(const char *line)
{
    static const char *const names[] = {"X-Auth-Token: ", "X-Subject-Token: "};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!strncasecmp(line, names[i], strlen(names[i])))
            log_secret(line + strlen(names[i]));
}

void http_log_request(const struct request *req, int tries)
{
    if (!log_is_on())
        return;
    struct text t = {0};
    text_add(&t, "curl");
    if (!strcmp(req->method, "HEAD"))
        text_add(&t, " -I");
    else if (strcmp(req->method, "GET") != 0)
        text_addf(&t, " -X %s", req->method);
    for (size_t i = 0; i < req->headers.len; i++) {
        remember_token(req->headers.at[i]);
        AUTO_FREE char *line = http_redact_header(req->headers.at[i]);
        text_add(&t, " -H ");
        text_add_quoted(&t, line);
    }
    if (req->body) {
        AUTO_FREE char *body = req->secret_body ? xstrdup("{credentials}")
                                                : shown_body(req->body, req->body_len);
        text_add(&t, " -d ");
        text_add_quoted(&t, body);
    }
    AUTO_FREE char *url = http_redact_url(req->url);
    text_add(&t, " ");
    text_add_quoted(&t, url);
    if (tries > 1)
        text_addf(&t, " # try %d", tries);
    log_debug("%s", text_str(&t));
    text_clear(&t);
}

void http_log_reply(const struct request *req, const struct reply *reply)
{
    if (!log_is_on())
        return;
    for (size_t i = 0; i < reply->headers.len; i++)
        remember_token(reply->headers.at[i]);
    AUTO_FREE char *url = http_redact_url(req->url);
    int ms = (int)(reply->took_s * 1000);
    if (reply->fate != REPLY_HTTP) {
        log_debug("no reply (%s) after %d ms to %s %s: %s",
                  reply->fate == REPLY_NOT_SENT ? "not sent" : "may have been acted on",
                  ms, req->method, url, reply->err.text);
        return;
    }
    bool silent = req->expect_quiet && reply->status == 404;
    AUTO_FREE char *body = silent             ? xstrdup("")
                           : req->secret_body ? xstrdup("{not shown}")
                                              : shown_body(reply->body, reply->body_len);
    log_debug("reply %d %s %d ms to %s %s%s%s: %s", reply->status,
              reply->request_id[0] ? reply->request_id : "-", ms, req->method, url,
              reply->body_cut ? ", cut: " : "", reply->body_cut ? reply->err.text : "",
              body);
}
