/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Neutron v2.0 (no microversions; /v2.0 is appended where the catalog lacks
 * it).
 */
#ifndef CLOUD_NEUTRON_H
#define CLOUD_NEUTRON_H

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
/* All ports of our project, ids only: the use of the quota. */
void neutron_ports_count(const struct session *s, struct request *r, const char *project);
/* Floating IPs of these ports (port_id repeated = or). */
void neutron_floating_ips_of(const struct session *s, struct request *r,
                             const char *const *port_ids, size_t n);
void neutron_networks(const struct session *s, struct request *r, const char *const *ids,
                      size_t n);
void neutron_security_groups(const struct session *s, struct request *r,
                             const char *const *ids, size_t n); /* fields id and name */
void neutron_quota(const struct session *s, struct request *r, const char *project);

#endif
