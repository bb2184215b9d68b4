/* SPDX-License-Identifier: Apache-2.0 */
/* What a fresh cloud holds. */
#ifndef FAKE_FURNISH_H
#define FAKE_FURNISH_H

#include "cloud.h"

/* Projects, users, zones, hosts, flavors, networks, groups, a keypair, an image, quotas.
 */
void furnish(struct cloud *cl);
/* Makes n ACTIVE servers of demo in az1, each with a port on the private network. */
void furnish_servers(struct cloud *cl, size_t n);

#endif
