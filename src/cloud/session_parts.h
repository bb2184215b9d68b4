/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What session.c and session_token.c share: the state of one account's access.
 *
 * Each service has at most one question open. A token that a service refused stays until
 * the next is there, for requests that are being built in the same turn: they are refused
 * again, which is a definite no.
 */
#ifndef CLOUD_SESSION_PARTS_H
#define CLOUD_SESSION_PARTS_H

#include "cloud/auth.h"
#include "cloud/session.h"

enum question { NOTHING, FOR_TOKEN, FOR_IDENTITY_VERSIONS, FOR_COMPUTE_VERSIONS };

struct session {
    struct cloud_config config;
    struct auth_token token; /* id NULL: none */
    int generation;
    char *base; /* of Keystone v3 */
    bool find_base, base_found;
    char *region, *identity;
    char *endpoint[SERVICE_MAX];
    struct err missing[SERVICE_MAX]; /* why there is no endpoint */
    enum question asked[SERVICE_MAX];
    int server_max, compute; /* minors; 0: not known */
    int refusals;            /* of our credentials, since they last were good */
    int young_refused;       /* number of the last token that was refused young */
    bool dropped;            /* the token was refused: kept for requests being built */
    struct err failed;       /* for good */
};

/* Sets err to why the session failed for good. Returns false. */
bool session_fail(struct session *s, struct err *err);
bool token_is_fresh(const struct session *s);
/* Asking the same again would be answered the same. */
bool session_is_definite(const struct reply *reply);
/* READY when the token is fresh; else as session_prepare(). */
enum session_need token_prepare(struct session *s, enum service service,
                                struct request *ret, struct err *err);
/* The replies to FOR_TOKEN and FOR_IDENTITY_VERSIONS. */
bool token_take(struct session *s, const struct reply *reply, struct err *err);
bool token_take_base(struct session *s, const struct reply *reply, struct err *err);

#endif
