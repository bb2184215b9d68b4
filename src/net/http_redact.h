/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies, fit to be shown: secrets in JSON replaced by the name of their key.
 */
#ifndef NET_HTTP_REDACT_H
#define NET_HTTP_REDACT_H

#include <stddef.h>

/*
 * Gives a copy of n bytes in which the values of password, adminPass, secret, user_data,
 * a token's id and their like are "{SHA256}<12 hex>". Works on a body that was cut and on
 * one that is no JSON (copied up to its first NUL). Stops after about `max` bytes of
 * result.
 */
char *http_redact_body(const char *body, size_t n, size_t max);
/* The same for one header line "Name: value". */
char *http_redact_header(const char *line);
/* And for a URL: user information before the host is left out. */
char *http_redact_url(const char *url);

#endif
