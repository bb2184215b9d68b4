/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports that keep their addresses: which of the source's NICs has which port by now, and
 * what a port that Nova made has to be made again from.
 *
 * Two kinds, told apart by no API: a port that was there before the server is only
 * detached; one that Nova made for it is deleted with the detachment. So each is looked
 * at afterwards: what is still there is used again, what is gone is made again, with the
 * same MAC and addresses. NICs are counted from 0 in the guest's order.
 */
#ifndef MOVES_PORTS_H
#define MOVES_PORTS_H

#include "flow/step.h"

#define FLOATS_AT_MOST 12 /* floating IPs of one server, so that a look holds them */

bool keeps_addresses(const struct move *m); /* --addresses keep */
size_t nic_count(struct move *m);
const json_t *nic_at(struct move *m, size_t nic); /* of the capture; NULL past the end */
/* The captured port of a NIC (its whole document), NULL past the end. */
const json_t *nic_port(struct move *m, size_t nic);
const char *nic_port_id(struct move *m, size_t nic); /* of the captured one; "" */
/* The NIC that had this port when it was captured, or nic_count(). */
size_t nic_of_port(struct move *m, const char *port_id);

/* The port that a NIC has by now (the captured one, or the one made instead), as far as
 * it is known. Gives, or NULL. */
char *nic_port_now(struct move *m, size_t nic);
void nic_set_port_now(struct move *m, size_t nic, const char *port_id);

/* With --addresses keep: has every NIC its port? True otherwise. */
bool ports_are_known(struct move *m);

/* Was the port surely there before the server? Else Nova may have made it. */
bool port_is_older(const json_t *port, const json_t *server);
/* What POST /ports makes it again from, under our mark as its name. Gives. */
json_t *port_made_again(struct move *m, size_t nic);
/* The last that such a port lacks: "name" or "tags", NULL: nothing. */
const char *port_lacks(const json_t *captured, const json_t *now);
/* The captured name and what else PUT /ports/{id} restores. Gives. */
json_t *port_own_name(const json_t *captured);

long long revision_of(const json_t *doc); /* -1: not shown */

#endif
