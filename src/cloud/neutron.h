/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Neutron v2.0 (no microversions; /v2.0 is appended where the catalog lacks
 * it).
 */
#ifndef CLOUD_NEUTRON_H
#define CLOUD_NEUTRON_H

#include <jansson.h>

#include "cloud/session.h"
#include "net/request.h"

void neutron_ports_of(const struct session *s, struct request *r, const char *device_id);
void neutron_ports_by_name(const struct session *s, struct request *r, const char *name);
/* All ports of a project. marker NULL: the first page (Neutron pages only where it is
 * configured to). */
void neutron_ports(const struct session *s, struct request *r, const char *project,
                   const char *marker);
void neutron_port(const struct session *s, struct request *r, const char *id);
void neutron_port_delete(const struct session *s, struct request *r, const char *id);
/* port: what a new port shall be, without the wrapping object; borrowed. */
void neutron_port_create(const struct session *s, struct request *r, const json_t *port);
/* change: the members that change; borrowed. revision: of the document that was seen, so
 * that a late request changes nothing (412); < 0: none is shown. */
void neutron_port_update(const struct session *s, struct request *r, const char *id,
                         const json_t *change, long long revision);
/* tags: array of strings; replaces them all. */
void neutron_port_tags(const struct session *s, struct request *r, const char *id,
                       const json_t *tags);
void neutron_floating_ip(const struct session *s, struct request *r, const char *id);
/* Onto a port. port_id is always sent: older clouds take its absence for "none". */
void neutron_floating_ip_update(const struct session *s, struct request *r,
                                const char *id, const char *port, const char *fixed_ip,
                                long long revision);
/* All ports of our project, ids only: the use of the quota. */
void neutron_ports_count(const struct session *s, struct request *r, const char *project);
/* All floating IPs of the project with their port forwardings (an extension adds the
 * member), which name an internal address, and a port in newer clouds only. */
void neutron_forwardings(const struct session *s, struct request *r, const char *project);
/* The port forwardings of one floating IP, whole. */
void neutron_forwardings_of(const struct session *s, struct request *r, const char *id);
/* id: the floating IP's; forwarding: without the wrapping object; borrowed. */
void neutron_forwarding_create(const struct session *s, struct request *r, const char *id,
                               const json_t *forwarding);
/* Floating IPs of these ports (port_id repeated = or). */
void neutron_floating_ips_of(const struct session *s, struct request *r,
                             const char *const *port_ids, size_t n);
void neutron_networks(const struct session *s, struct request *r, const char *const *ids,
                      size_t n);
void neutron_security_groups(const struct session *s, struct request *r,
                             const char *const *ids, size_t n); /* fields id and name */
void neutron_quota(const struct session *s, struct request *r, const char *project);

#endif
