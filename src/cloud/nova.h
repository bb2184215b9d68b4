/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Nova. Each function fills in *r (initialised here) and lends nothing; the
 * session must be SESSION_READY for SERVICE_COMPUTE. Microversions: the number in a name
 * or a comment is the first that has the thing; bodies are built by what
 * session_compute() allows, because Nova's schemas refuse unknown keys.
 */
#ifndef CLOUD_NOVA_H
#define CLOUD_NOVA_H

#include <jansson.h>

#include "cloud/session.h"
#include "net/request.h"

/* Reads. Paging: `marker` NULL for the first page. */
void nova_server(const struct session *s, struct request *r, const char *id);
/* At 2.46 at most: from 2.47 on the embedded flavor has no id. */
void nova_server_at_246(const struct session *s, struct request *r, const char *id);
void nova_servers_by_tag(const struct session *s, struct request *r, const char *tag,
                         const char *marker); /* 2.26 (below it is ignored), detail */
/* The filter is a regular expression: anchored here, and each special character made ".",
 * because the databases behind it quote differently and ignore case. Compare the names of
 * what comes back. detail. */
void nova_servers_by_name(const struct session *s, struct request *r, const char *name,
                          const char *marker);
/* since_iso NULL: all. detail, limit 1000. */
void nova_servers_changed(const struct session *s, struct request *r,
                          const char *since_iso, const char *marker);
/* Brief, no filter and no limit: rows with status UNKNOWN tell that a cell is down
 * (2.69). */
void nova_servers_brief(const struct session *s, struct request *r);
void nova_interfaces(const struct session *s, struct request *r, const char *id);
void nova_attachments(const struct session *s, struct request *r, const char *id);
void nova_shares(const struct session *s, struct request *r, const char *id); /* 2.97 */
void nova_security_groups(const struct session *s, struct request *r, const char *id);
void nova_actions(const struct session *s, struct request *r, const char *id);
void nova_action_detail(const struct session *s, struct request *r, const char *id,
                        const char *request_id); /* with events */
void nova_flavor(const struct session *s, struct request *r, const char *id);
void nova_flavor_extra_specs(const struct session *s, struct request *r, const char *id);
void nova_flavors(const struct session *s, struct request *r, const char *marker);
void nova_keypair(const struct session *s, struct request *r, const char *name);
void nova_limits(const struct session *s, struct request *r);
void nova_zones(const struct session *s, struct request *r);
void nova_server_groups(const struct session *s, struct request *r);
void nova_server_group(const struct session *s, struct request *r, const char *id);

/* Mutations. */
void nova_stop(const struct session *s, struct request *r, const char *id);
void nova_start(const struct session *s, struct request *r, const char *id);
void nova_pause(const struct session *s, struct request *r, const char *id);
void nova_unpause(const struct session *s, struct request *r, const char *id);
void nova_suspend(const struct session *s, struct request *r, const char *id);
void nova_resume(const struct session *s, struct request *r, const char *id);
void nova_lock(const struct session *s, struct request *r, const char *id,
               const char *reason); /* reason: 2.73, dropped below; NULL: none */
void nova_unlock(const struct session *s, struct request *r, const char *id);
void nova_create_image(const struct session *s, struct request *r, const char *id,
                       const char *name, const char *property, const char *value);
/* body: {"server": {...}} and hints, built by the caller; borrowed. */
void nova_boot(const struct session *s, struct request *r, const json_t *body);
void nova_delete(const struct session *s, struct request *r, const char *id);
void nova_force_delete(const struct session *s, struct request *r, const char *id);
void nova_put_tag(const struct session *s, struct request *r, const char *id,
                  const char *tag); /* 2.26 */
void nova_delete_tag(const struct session *s, struct request *r, const char *id,
                     const char *tag);
void nova_put_metadata(const struct session *s, struct request *r, const char *id,
                       const char *key, const char *value);
void nova_delete_metadata(const struct session *s, struct request *r, const char *id,
                          const char *key);
void nova_rename(const struct session *s, struct request *r, const char *id,
                 const char *name);
/* It may run in any zone from now on. 2.104. */
void nova_unbind_zone(const struct session *s, struct request *r, const char *id);

/* NICs and volumes of a server that need not run. Detaching answers 202 (also when it is
 * gone already) and is done later, with no task_state to see it by. */
void nova_detach_port(const struct session *s, struct request *r, const char *id,
                      const char *port);
void nova_attach_port(const struct session *s, struct request *r, const char *id,
                      const char *port,
                      const char *tag); /* tag: 2.49, dropped below; NULL: none */
void nova_detach_volume(const struct session *s, struct request *r, const char *id,
                        const char *volume);
/* tag: 2.49, with_server (delete_on_termination): 2.79; dropped below. */
void nova_attach_volume(const struct session *s, struct request *r, const char *id,
                        const char *volume, const char *tag, bool with_server);
/* The volume is deleted with the server from now on. 2.85: below, a PUT is a swap of
 * volumes. */
void nova_delete_with_server(const struct session *s, struct request *r, const char *id,
                             const char *volume);

/* Replies. The id of the image that createImage made: body from 2.45, Location below.
 * Gives, or NULL. */
char *nova_created_image_id(const struct reply *reply);
/* The request id under which the instance action is filed (X-Compute-Request-Id). Lends.
 */
const char *nova_request_id(const struct reply *reply);

#endif
