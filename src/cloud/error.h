/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what a service says: JSON bodies, and errors in the words of each service
 * (Nova/Cinder {"<name>": {"message"}}, Neutron {"NeutronError": {"message"}}, Keystone
 * {"error": {"message"}}, Glance and proxies plain text or HTML).
 */
#ifndef CLOUD_ERROR_H
#define CLOUD_ERROR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "cloud/clouds_yaml.h"
#include "cloud/json.h"
#include "net/request.h"

/* Parses a 2xx body (duplicate keys and NUL refused; size was capped by net). Gives a new
 * reference. Not 2xx: sets err by cloud_error(). Not JSON or not an object: ERR_PROTOCOL.
 */
bool cloud_json(const struct reply *reply, enum service service, json_t **ret,
                struct err *err);
/* Sets err (code by status: 401 AUTH, 403 FORBIDDEN or QUOTA by its words, 404 NOTFOUND,
 * 409 CONFLICT, or QUOTA for Neutron's OverQuota, 412 CONFLICT, 413 QUOTA or RATE by
 * Retry-After, 408 TIMEOUT, 429 RATE, 5xx SERVICE, other 4xx REFUSED, 3xx and a cut 2xx
 * PROTOCOL; transport errors as they are) and the request id; the text is the service's
 * own message, made printable and cut to 300 characters, with the service's name and the
 * status before it. Returns false, always. */
bool cloud_error(const struct reply *reply, enum service service, struct err *err);
/* The service's message alone (printable, <= 300 characters). Gives. */
char *cloud_message(const struct reply *reply);

#endif
