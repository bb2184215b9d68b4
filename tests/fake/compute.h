/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: the entrance, its errors, and what its files share. */
#ifndef FAKE_COMPUTE_H
#define FAKE_COMPUTE_H

#include "cloud.h"
#include "route.h"

/* Serves what lies below /compute. */
void compute_serve(struct cloud *cl, struct request *rq, struct reply *rp);

/* Nova's and Cinder's error body: {"badRequest": {"code": 400, "message": …}}. */
void nova_fault(struct reply *rp, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The 500 that Nova gives for an exception it did not expect. */
void nova_unexpected(struct reply *rp, const char *exception);
/* 403 unless the token is an admin's. */
bool nova_admin(const struct request *rq, struct reply *rp, const char *rule);
/* The body's object under the key; NULL with a 400 in rp when it is missing. */
json_t *nova_body(struct request *rq, struct reply *rp, const char *key);

/* False, with the 400, for query keys that the path does not take at this microversion.
 */
bool compute_query_fits(const struct request *rq, struct reply *rp);

/* Each file's table. */
extern const struct route_set compute_list_routes, compute_server_routes,
    compute_create_routes, compute_action_routes, compute_tag_routes, compute_meta_routes,
    compute_nic_routes, compute_volume_routes, compute_log_routes, compute_flavor_routes,
    compute_key_routes, compute_quota_routes, compute_host_routes, compute_group_routes,
    compute_migration_routes;

#endif
