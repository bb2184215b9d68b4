/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One account in one region: token, catalog, versions. Opens no socket: it says which
 * request must be answered next and is given the answer.
 *
 * Calling order for a service: while session_prepare() says SESSION_ASK, send what it
 * gave and hand the reply to session_prepared(); at SESSION_READY the builders of nova.h,
 * glance.h, neutron.h and cinder.h may be used for that service. A token near its end
 * (120 s) or refused makes session_prepare() say SESSION_ASK again. Authentication is
 * asked for once at a time; discovery of different services may run side by side.
 */
#ifndef CLOUD_SESSION_H
#define CLOUD_SESSION_H

#include <stdbool.h>

#include "base/err.h"
#include "cloud/clouds_yaml.h"
#include "net/request.h"

struct session;

enum session_need {
    SESSION_READY,
    SESSION_ASK,   /* *ret is the request to send now */
    SESSION_WAIT,  /* an earlier one of these is not answered yet */
    SESSION_FAILED /* err tells why; nothing will change by asking again */
};

/* Takes what *config holds. */
struct session *session_new(struct cloud_config *config);
void session_free(struct session *s); /* wipes secrets */
const struct cloud_config *session_config(const struct session *s);

enum session_need session_prepare(struct session *s, enum service service,
                                  struct request *ret, struct err *err);
/* The reply to what session_prepare() gave for this service. false: refused or unreadable
 * (err); a transport failure also comes here and may be tried again by the caller. */
bool session_prepared(struct session *s, enum service service, const struct reply *reply,
                      struct err *err);
/* A service answered 401 to a request that carried token number `generation`: the token
 * is dropped unless a newer one is there already. false: it cannot be renewed (auth type
 * token), err says so. Twice in a row refused fresh tokens are the service's trouble. */
bool session_token_refused(struct session *s, int generation, struct err *err);
int session_generation(const struct session *s); /* number of the current token */

const char *session_project_id(
    const struct session *s); /* lends; "" before the first token */
const char *session_user_id(const struct session *s);
const char *session_user_name(const struct session *s);
const char *session_project_name(const struct session *s);
bool session_has_role(const struct session *s, const char *role); /* e.g. "admin" */
/* auth URL, region and project id, joined: names the cloud in the store. Lends. */
const char *session_identity(const struct session *s);
bool session_has_service(const struct session *s,
                         enum service service); /* in the catalog */
const char *session_endpoint(const struct session *s, enum service service);

/* Compute microversions are held as the minor of 2.x: 2.79 is 79. */
#define COMPUTE_KNOWN 104 /* the highest that we know and test */
/* The highest that the server, we and the configuration allow. */
int session_compute(const struct session *s);
/* What the server itself offers (for `check`). */
int session_compute_server_max(const struct session *s);

/* Volume's microversion is not discovered (a request less): every release since Ocata has
 * this one, and it has all that the builders use. From the next one on Cinder refuses
 * filters that its operator has not listed (seen: 400, "Invalid filters metadata"), which
 * a configured microversion does not bring about either. */
#define VOLUME_KNOWN 30

/* The common builder: endpoint + path, token, versions, JSON accept. path begins with
 * "/". compute_cap: for SERVICE_COMPUTE the highest microversion to use (COMPUTE_KNOWN:
 * no cap; the lower of cap and session_compute() is sent). Needs SESSION_READY. */
void session_request(const struct session *s, struct request *ret, enum service service,
                     const char *method, const char *path, int compute_cap);

const char *service_name(enum service service); /* "compute", for messages */

#endif
