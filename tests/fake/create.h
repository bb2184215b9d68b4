/* SPDX-License-Identifier: Apache-2.0 */
/* What a POST /servers asks for, found and checked before anything is made. */
#ifndef FAKE_CREATE_H
#define FAKE_CREATE_H

#include "cloud.h"

struct create {
    struct cloud *cl;
    struct request *rq;
    struct reply *rp;
    json_t *body; /* "server" */
    json_t *hints;
    json_t *flavor;
    struct image *image;
    char *zone, *host; /* asked for; NULL: any */
    json_t *networks;  /* [{port} | {uuid, fixed_ip?}], with tag? */
    json_t *groups;    /* ids of security groups for NICs that Nova makes */
    json_t *bdms;      /* [{volume_id | snapshot_id | image_id | size …}] */
    bool volume_backed;
    bool has_root; /* a mapping names the disk that it boots from */
    long long min_count, max_count;
    char *hostname;
};

/* Each fills in its part; false with the reply in c->rp. */
bool create_check_body(struct create *c);
bool create_find_zone(struct create *c);
bool create_find_image(struct create *c);
bool create_find_flavor(struct create *c);
bool create_find_networks(struct create *c);
bool create_find_groups(struct create *c);
bool create_find_volumes(struct create *c);
bool create_check_quota(struct create *c);

/* The hostname that Nova makes of a server's name. Gives a string. */
char *hostname_of(const char *name);
/* True when a port may be given to this project's new server. */
bool port_fits(struct cloud *cl, const struct request *rq, const char *id,
               const char *hostname, struct reply *rp);

#endif
