/* SPDX-License-Identifier: Apache-2.0 */
/* Servers of the model: making, finding, showing, and the checks that all actions share.
 */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include "cloud.h"

/* Gives an empty server in state building; the cloud's table owns it after server_add().
 */
struct server *server_new(void);
void server_free(struct server *s);
/* Takes the document. */
void server_set_flavor(struct server *s, json_t *flavor);
void server_add(struct cloud *cl, struct server *s);

/* Lends the server named by part 1 of the path; NULL with the reply in rp when it is not
 * there, not ours, or its cell is down. */
struct server *server_find(struct cloud *cl, struct request *rq, struct reply *rp);
/* The same for servers that may be deleted. */
struct server *server_find_any(struct cloud *cl, struct request *rq, struct reply *rp);

const char *server_status(const struct server *s);
/* The row was written: `updated` moves. */
void server_touch(struct cloud *cl, struct server *s);
void server_set_task(struct cloud *cl, struct server *s, const char *task);

/* Nova's 409s. method is the word in its message. States end with NULL. */
bool server_in_state(const struct server *s, const char *const *vm_states, bool idle,
                     const char *method, struct reply *rp);
bool server_unlocked(const struct server *s, const struct request *rq, struct reply *rp);

/* Gives the detailed view for the microversion; single: GET of one server. */
json_t *server_view(const struct cloud *cl, const struct request *rq,
                    const struct server *s, bool single);
/* Gives id, name, links. */
json_t *server_view_short(const struct request *rq, const struct server *s);
/* Gives what Nova still knows of a server in a cell that does not answer. */
json_t *server_view_unknown(const struct request *rq, const struct server *s, bool detail,
                            bool single);
/* Gives the hash that stands for a host towards this project's users; "" for none. */
json_t *server_host_id(const struct server *s, const char *host);
json_t *server_links(const struct request *rq, const char *id);
/* Gives {network: [{addr, version, type, mac}]}. */
json_t *server_addresses(const struct cloud *cl, const struct server *s);
/* Gives the names of its ports' security groups. */
json_t *server_group_names(const struct cloud *cl, const struct server *s);

/* Gives the ids of its ports in Neutron's order, which is none. */
json_t *server_ports_sorted(const struct server *s);
/* Lends the NIC or volume of the server, NULL when it has none such. */
json_t *server_nic(const struct server *s, const char *port_id);
json_t *server_volume(const struct server *s, const char *volume_id);
/* The server's root disk now holds these bytes (copied). */
void server_set_disk(struct server *s, const void *bytes, size_t size);
/* Puts the server on the host, or on none for NULL. */
void server_set_host(struct cloud *cl, struct server *s, const char *host);
/* Gives what an operator's look at the model needs: see control.c. */
json_t *server_state(const struct cloud *cl, const struct server *s);
/* The name under which its effects are counted: its rezone mark, or its name. Gives a
 * string. */
char *server_mark(const struct server *s);

/* Records of os-instance-actions; lends the new action. */
json_t *action_start(struct cloud *cl, const struct request *rq, struct server *s,
                     const char *name);
/* Adds the event of an action, ended now. error NULL: success. */
void action_event(struct cloud *cl, struct server *s, const char *request_id,
                  const char *event, double began, const char *error);

#endif
