/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NICs in the order of the guest. No API gives it: os-interface is an unordered list. The
 * server's `addresses` are grouped by network, networks and entries in NIC order, so that
 * the order is known unless a network has several NICs and is not the only one.
 */
#ifndef MOVES_NICS_H
#define MOVES_NICS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Gives an array of {port_id, net_id, mac, fixed_ips, status, device_tag?}, in NIC order
 * as far as it is known. server, ports, interfaces: documents of Nova, Neutron, Nova;
 * interfaces may be NULL (then there are no device tags). *ret_unknown: the label of the
 * network whose NICs cannot be ordered (borrowed from server, or "?"), NULL when the
 * order is known.
 */
json_t *nics_of(const json_t *server, const json_t *ports, const json_t *interfaces,
                const char **ret_unknown);
/* Puts them into the order that a person knows: order is "PORT,PORT,..." (ids, those of
 * other servers among them do no harm), NULL: none. false: it lacks one of theirs, and
 * nothing is changed. */
bool nics_put_in_order(json_t *nics, const char *order);
/* What is wrong with an order for these: ids that it lacks, or that are none of them;
 * several: it may be for other servers too. Gives, or NULL. */
char *nics_order_fault(const json_t *nics, const char *order, bool several);
/* Where the order of a copy's NICs cannot be known either: each into the place of the one
 * that it stands for, by network and (by_mac) MAC; what stands for none comes last. */
void nics_put_like(json_t *nics, const json_t *model, bool by_mac);
/* Has any of them a device tag? */
bool nics_have_tags(const json_t *nics);

#endif
