/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port forwardings of floating IPs: "what comes to 203.0.113.7 tcp 80 goes to port 8080
 * of this address of this port".
 *
 * Neutron deletes a port's forwardings with the port, without a word. So those of the
 * source's ports are in the capture, each with the floating IP that it belongs to, and
 * are made again on a port that was made again. They have no name or tag: a forwarding is
 * known by its floating IP, protocol and external port, which no second one can have.
 *
 * A list of the project's floating IPs shows which of them forward anything
 * ("candidates"), by internal addresses where the cloud shows those there, else by having
 * a router and no port; where to is in the forwardings of each.
 */
#ifndef MOVES_FORWARDS_H
#define MOVES_FORWARDS_H

#include "flow/step.h"

#define FORWARDING_IPS_AT_MOST                                                           \
    6                        /* floating IPs of one server, so that a look holds them */
#define FORWARDED_AT_MOST 20 /* candidates of one server */

/* The floating IPs (of kind_forwardings) that may forward to these ports: an array of
 * {id, floating_ip_address, ips: internal addresses of ours that are shown, says: texts};
 * sorted by id. Gives. */
json_t *forwards_candidates(const json_t *floating, const json_t *ports);
/* A forwarding to one of these ports as the capture keeps it: the whole document with
 * floatingip_id and floating_ip_address; NULL: it goes elsewhere. Gives. */
json_t *forward_captured(const json_t *candidate, const json_t *forwarding,
                         const json_t *ports);

size_t forward_count(struct move *m);
const json_t *forward_at(struct move *m,
                         size_t i); /* of the capture; NULL past the end */
size_t forward_nic(struct move *m, const json_t *captured); /* or nic_count() */
/* "203.0.113.7 tcp 80 to 10.0.0.5 8080". Gives. */
char *forward_text(const json_t *captured);
/* The same of a document that Neutron shows among the forwardings of captured's floating
 * IP. Gives. */
char *forward_text_of(const json_t *captured, const json_t *now);

/* The one that has its floating IP's protocol and external port by now, or NULL. Lends.
 */
const json_t *forward_find(const json_t *forwardings, const json_t *captured);
/* Is it what was captured, to this port? */
bool forward_is_same(const json_t *now, const json_t *captured, const char *port_id);
/* What POST makes it again from: of extensions that a cloud may lack only what it showed.
 * Gives. */
json_t *forward_made_again(const json_t *captured, const char *port_id);

/* Adds the forwardings of each floating IP of the capture that has some; nic: to that
 * NIC, or to any (nic_count()). */
void forwards_watch_all(struct move *m, struct watch *w, size_t nic);

#endif
