/* SPDX-License-Identifier: Apache-2.0 */
/* Keystone v3: tokens, catalog, discovery. */
#ifndef FAKE_IDENTITY_H
#define FAKE_IDENTITY_H

#include "cloud.h"

/* Serves what lies below /identity; rq->part[] begins with "v3". */
void identity_serve(struct cloud *cl, struct request *rq, struct reply *rp);

/* Finds who asks by X-Auth-Token. False, with the 401 of keystonemiddleware in rp, when
 * the token is unknown or over. */
bool identity_token(struct cloud *cl, struct request *rq, struct reply *rp);

/* All tokens end now; how many there were. */
size_t identity_revoke_all(struct cloud *cl);

#endif
