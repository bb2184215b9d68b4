/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keystone v3: the request for a token and what the answer says.
 *
 * Source: Keystone's api-ref, "Authentication and token management": POST
 * /v3/auth/tokens answers 201 with the token in X-Subject-Token; an application
 * credential takes no scope. A token without a named project keeps its own scope and is
 * only looked at (GET, 200).
 */
#ifndef CLOUD_AUTH_H
#define CLOUD_AUTH_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "cloud/clouds_yaml.h"
#include "net/request.h"

struct auth_token {
    char *id; /* secret, registered with log_secret() */
    char *user_id, *user_name, *project_id, *project_name;
    struct strv roles;
    json_t *catalog; /* array */
    double got_at;   /* clock_mono() when its request was sent */
    double life_s;   /* seconds from got_at; 0: not known */
};

/* The address of API v3, without slash, for the configured auth URL. Gives. */
char *auth_base(const char *auth_url);
/* base: of API v3. Initialises *r; its body is secret. */
void auth_request(const struct cloud_config *c, const char *base, struct request *r);
/* *ret is written on success only; auth_token_clear() it. */
bool auth_parse(const struct cloud_config *c, const struct reply *reply,
                struct auth_token *ret, struct err *err);
void auth_token_clear(struct auth_token *t); /* wipes */

#endif
