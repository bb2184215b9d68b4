/* SPDX-License-Identifier: Apache-2.0 */
/* The token of a session: asked for, taken, renewed, refused. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/catalog.h"
#include "cloud/session_parts.h"
#include "cloud/versions.h"

enum {
    RENEW_BEFORE_S = 120, /* a long call takes our token along to other services */
    YOUNG_S = 60,         /* a token refused at this age was not refused for its age */
    REFUSALS_MAX = 3      /* Keystone may lock an account that is refused too often */
};

static void copy_error(struct err *to, const struct err *from)
{
    if (to && !err_is_set(to))
        *to = *from;
}

static bool can_renew(const struct session *s)
{
    return s->config.auth_type != AUTH_TOKEN;
}

static double left(const struct session *s)
{
    return s->token.got_at + s->token.life_s - clock_mono();
}

/* A cloud whose tokens live for less than two margins would be asked for ever. */
bool token_is_fresh(const struct session *s)
{
    double margin =
        s->token.life_s / 4 < RENEW_BEFORE_S ? s->token.life_s / 4 : RENEW_BEFORE_S;
    if (!s->token.id || s->dropped)
        return false;
    if (s->token.life_s <= 0)
        return true;
    return left(s) > (can_renew(s) ? margin : 0);
}

bool session_fail(struct session *s, struct err *err)
{
    copy_error(err, &s->failed);
    return false;
}

static bool token_is_over(struct session *s, struct err *err)
{
    err_set(&s->failed, ERR_AUTH,
            "the token has ended and one given as such cannot be renewed: get another, "
            "or use a password or an application credential for long runs");
    return session_fail(s, err);
}

static enum session_need ask_token(struct session *s, enum service service,
                                   struct request *ret)
{
    for (int i = 0; i < SERVICE_MAX; i++)
        if (s->asked[i] == FOR_TOKEN || s->asked[i] == FOR_IDENTITY_VERSIONS)
            return SESSION_WAIT;
    if (s->find_base) {
        AUTO_FREE char *url = xasprintf("%s/", s->config.auth_url);
        request_init(ret, "GET", url);
        request_header(ret, "Accept", "application/json");
        ret->service = SERVICE_IDENTITY;
        s->asked[service] = FOR_IDENTITY_VERSIONS;
    } else {
        auth_request(&s->config, s->base, ret);
        s->asked[service] = FOR_TOKEN;
    }
    return SESSION_ASK;
}

static void set_identity(struct session *s)
{
    size_t n = strlen(s->base);
    if (text_ends(s->base, "/v3"))
        n -= strlen("/v3");
    free(s->identity);
    s->identity =
        xasprintf("%.*s %s %s", (int)n, s->base, s->region, s->token.project_id);
}

static void set_endpoints(struct session *s)
{
    for (int i = 0; i < SERVICE_MAX; i++) {
        free(s->endpoint[i]);
        s->endpoint[i] = NULL;
        err_clear(&s->missing[i]);
        if (i == SERVICE_IDENTITY)
            s->endpoint[i] = xstrdup(s->base);
        else
            catalog_endpoint(s->token.catalog, &s->config, i, s->region,
                             s->token.project_id, &s->endpoint[i], &s->missing[i]);
    }
}

/* The catalog often lacks the version of compute; the root told it once. */
static void adopt(struct session *s, struct auth_token *token)
{
    char *was = xsteal(&s->endpoint[SERVICE_COMPUTE]);
    auth_token_clear(&s->token);
    s->token = *token;
    s->generation++;
    s->refusals = 0;
    s->dropped = false;
    set_endpoints(s);
    char **now = &s->endpoint[SERVICE_COMPUTE];
    if (was && *now && s->server_max && text_starts(was, *now)) {
        free(*now);
        *now = was;
    } else {
        free(was);
    }
    set_identity(s);
}

bool session_is_definite(const struct reply *reply)
{
    return reply->fate == REPLY_HTTP && !reply->body_cut && reply->status < 500 &&
           reply->status != 408 && reply->status != 413 && reply->status != 429;
}

/* What an unversioned root, or a server that is no Keystone, says to a POST of ours. */
static bool is_wrong_place(const struct reply *reply)
{
    if (reply->fate != REPLY_HTTP || reply->body_cut)
        return false;
    if (reply->status == 300 || reply->status == 404 || reply->status == 405)
        return true;
    return reply_is_ok(reply) && !reply_header(reply, "X-Subject-Token");
}

/* Credentials that never were good are not tried again; others may meet a Keystone whose
 * own directory is away for a moment. */
static bool token_refused(struct session *s, const struct reply *reply,
                          const struct err *why, struct err *err)
{
    if (session_is_definite(reply) &&
        (s->generation == 0 || ++s->refusals >= REFUSALS_MAX))
        s->failed = *why;
    copy_error(err, why);
    return false;
}

static bool is_same_project(const struct session *s, const struct auth_token *token)
{
    return s->generation == 0 || text_eq(token->project_id, s->token.project_id);
}

bool token_take(struct session *s, const struct reply *reply, struct err *err)
{
    struct auth_token token = {0};
    struct err why = {0};
    char *region = NULL;
    bool looked = s->config.auth_type == AUTH_TOKEN && reply->status == 200;
    if (!s->base_found && !looked && is_wrong_place(reply)) {
        s->find_base = true;
        return true;
    }
    if (!auth_parse(&s->config, reply, &token, &why))
        return token_refused(s, reply, &why, err);
    if (!is_same_project(s, &token))
        err_set(&s->failed, ERR_AUTH,
                "the new token is for another project than the first");
    else
        catalog_region(token.catalog, &s->config, &region, &s->failed);
    if (!region) {
        auth_token_clear(&token);
        return session_fail(s, err);
    }
    free(s->region);
    s->region = region;
    s->base_found = true;
    adopt(s, &token);
    return true;
}

bool token_take_base(struct session *s, const struct reply *reply, struct err *err)
{
    char *base = NULL;
    struct err why = {0};
    s->find_base = false;
    if (!versions_identity(reply, s->config.auth_url, &base, &why)) {
        err_wrap(&why, "the auth URL %s", s->config.auth_url);
        if (session_is_definite(reply))
            s->failed = why;
        copy_error(err, &why);
        return false;
    }
    free(s->base);
    s->base = base;
    s->base_found = true;
    return true;
}

bool session_token_refused(struct session *s, int generation, struct err *err)
{
    if (generation < s->generation || s->dropped)
        return err_is_set(&s->failed) ? session_fail(s, err) : true;
    if (!can_renew(s))
        return token_is_over(s, err);
    bool young = clock_mono() - s->token.got_at < YOUNG_S;
    bool again = young && s->generation > 1 && s->young_refused == s->generation - 1;
    if (again)
        return err_set(
            err, ERR_SERVICE,
            "a service refuses fresh tokens: it cannot reach Keystone, or belongs "
            "to another");
    if (young)
        s->young_refused = s->generation;
    s->dropped = true;
    return true;
}

enum session_need token_prepare(struct session *s, enum service service,
                                struct request *ret, struct err *err)
{
    if (token_is_fresh(s))
        return SESSION_READY;
    if (!s->token.id || can_renew(s))
        return ask_token(s, service, ret);
    token_is_over(s, err);
    return SESSION_FAILED;
}
