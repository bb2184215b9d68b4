/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that making and changing a port share. */
#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include "network.h"

/* Each is false with *e filled when the body asks for what may not be. */
bool port_keys_known(const struct cloud *cl, const json_t *body, struct net_error *e);
bool port_policy_fits(struct cloud *cl, const struct request *rq, const json_t *network,
                      const json_t *body, bool update, struct net_error *e);
bool port_groups_known(const struct cloud *cl, const json_t *groups, struct net_error *e);
bool port_security_fits(const json_t *port, struct net_error *e);
/* Takes the asked addresses and gives the list; without any, one of the network's subnet.
 */
bool port_take_ips(struct cloud *cl, const char *network, const char *port,
                   const json_t *asked, json_t **ret, struct net_error *e);
/* Takes out of a view what this caller, or this cloud's extensions, do not show. */
void port_trim(const struct cloud *cl, const struct request *rq, json_t *view);
/* The port's device may have changed: keeps the index of ports by device. */
void port_index(struct cloud *cl, json_t *port);
/* Copies the keys that need no thought. */
void port_copy_keys(json_t *port, const json_t *body);

#endif
