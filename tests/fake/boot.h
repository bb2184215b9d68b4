/* SPDX-License-Identifier: Apache-2.0 */
/* What compute hosts do to servers: boot, stop, delete, move. */
#ifndef FAKE_BOOT_H
#define FAKE_BOOT_H

#include "cloud.h"
#include "job.h"

/* Builds the server: host, ports, volumes, disk. args {"networks": [...], "zone": ..,
 * "host": .., "groups": [...]}; taken. */
void boot_start(struct cloud *cl, const struct request *rq, struct server *s,
                json_t *args);
/* Deletes the server; what Nova made for it goes with it. */
void remove_start(struct cloud *cl, const struct request *rq, struct server *s);
/* Puts the server by for a while, from which it can be restored: Nova's soft delete. */
void soft_remove_start(struct cloud *cl, const struct request *rq, struct server *s);
/* Frees or deletes its ports, frees its volumes, empties its disk. */
void server_strip(struct cloud *cl, struct server *s, bool ports);

/* Lends the name of a host of the zone (NULL: any) that takes this server, NULL when
 * there is none. */
const char *host_choose(const struct cloud *cl, const struct server *s, const char *zone,
                        const char *not_this);
bool host_is_up(const struct cloud *cl, const char *host);
bool zone_is_up(const struct cloud *cl, const char *zone);
bool zone_exists(const struct cloud *cl, const char *zone);

/* Adds a NIC to the server for a port that is bound to it now. */
void nic_add(struct cloud *cl, struct server *s, json_t *port, const char *tag,
             bool made);
/* Takes the NIC out of the server's own memory. */
void nic_drop(struct cloud *cl, struct server *s, const char *port_id);
/* Sets the fault that a server in ERROR shows. */
void server_set_fault(struct cloud *cl, struct server *s, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
