/* SPDX-License-Identifier: Apache-2.0 */
/* RUN: a request that is a command. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_exchange.h"

/* "NAME: value" becomes "NAME=value". */
static void environment_of(const struct request *req, struct strv *env)
{
    for (size_t i = 0; i < req->headers.len; i++) {
        const char *line = req->headers.at[i], *colon = strchr(line, ':');
        if (colon)
            strv_take(env, xasprintf("%.*s=%s", (int)(colon - line), line,
                                     colon + 1 + strspn(colon + 1, " ")));
    }
}

static void empty_body(struct reply *r)
{
    r->retry_after_s = -1;
    r->body = xstrdup("");
}

bool exchange_run(struct exchange *x, struct loop *loop)
{
    struct strv env = {0};
    x->tries++;
    x->reply.sent_at = clock_mono();
    environment_of(&x->req, &env);
    x->child = child_start(loop, x->req.body ? x->req.body : "", &env, x->req.timeout_s,
                           &x->reply.err);
    strv_clear(&env);
    if (x->child)
        return true;
    empty_body(&x->reply);
    x->reply.fate = REPLY_NOT_SENT;
    return false;
}

bool exchange_has_run(struct exchange *x)
{
    struct reply *r = &x->reply;
    if (!child_poll(x->child))
        return false;
    empty_body(r);
    r->took_s = clock_mono() - r->sent_at;
    r->fate = REPLY_UNKNOWN;
    if (child_succeeded(x->child, &r->err)) {
        r->fate = REPLY_HTTP;
        r->status = 200;
    }
    child_free(x->child);
    x->child = NULL;
    return true;
}
