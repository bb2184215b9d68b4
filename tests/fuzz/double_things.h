/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hangs on the servers of the double: a port that Nova made, with a floating IP, and
 * volumes. For cloud_double.c.
 */
#ifndef DOUBLE_THINGS_H
#define DOUBLE_THINGS_H

#include "cloud_double.h"

#define DOUBLE_PROJECT "87dde40c83cc47199136286ccef87cfe"
#define DOUBLE_NETWORK "c4801938-f49d-46a2-b753-e8ac07621b9d"
#define DOUBLE_PORT    "11111111-aaaa-4aaa-8aaa-000000000001"
#define DOUBLE_GROUP   "22222222-bbbb-4bbb-8bbb-000000000001"
#define DOUBLE_VOLUMES "http://volume/v3"

/* Single quotes stand for double ones. Gives. */
json_t *double_json(const char *json);
/* {"key": value}; takes the value, gives. */
json_t *double_wrapped(const char *key, json_t *value);

void things_init(struct cloud_double *c);
void things_clear(struct cloud_double *c);

/* Interfaces and attachments of a server: read, taken off, put on, in a boot, when it
 * goes. path: what follows the endpoint. */
json_t *things_of_server(const struct cloud_double *c, const char *path);
json_t *things_volume_ids(const struct cloud_double *c, const char *server);
json_t *things_change(struct cloud_double *c, const struct request *r, const char *path,
                      const json_t *body);
void things_boot(struct cloud_double *c, const json_t *asked);
void things_free(struct cloud_double *c, const char *server_id);

json_t *things_network(struct cloud_double *c, const struct request *r, const char *path,
                       const json_t *body, int *status);
json_t *things_volume(struct cloud_double *c, const struct request *r, const char *path,
                      const json_t *body, int *status);

#endif
