/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of things that rows look at, registered with the engine.
 */
#ifndef MOVES_KINDS_H
#define MOVES_KINDS_H

#include "flow/step.h"

extern const struct kind kind_server; /* key: id; doc: the server object; many: list */
extern const struct kind kind_server_246;      /* the same at 2.46 at most (flavor id) */
extern const struct kind kind_servers_by_tag;  /* key: tag; doc: array (details) */
extern const struct kind kind_servers_by_name; /* key: exact name; doc: array (details) */
extern const struct kind kind_servers_all; /* key: ""; doc: array (details), all pages */
extern const struct kind kind_servers_brief; /* key: ""; doc: array; the cells' proof */
extern const struct kind kind_interfaces;    /* key: server id; doc: array */
extern const struct kind kind_attachments;   /* key: server id; doc: array */
extern const struct kind
    kind_attachments_if_there;           /* the same of a server that may be gone */
extern const struct kind kind_groups_of; /* key: server id; doc: array {id,name} */
extern const struct kind kind_actions;   /* key: server id; doc: array, newest first */
extern const struct kind
    kind_action; /* key: "server id/request id"; doc: object with events */
extern const struct kind kind_flavor;        /* key: id; optional; doc: object */
extern const struct kind kind_flavor_specs;  /* key: id; optional; doc: the extra specs */
extern const struct kind kind_keypair;       /* key: name; optional */
extern const struct kind kind_limits;        /* key: ""; doc: the absolute object */
extern const struct kind kind_zones;         /* key: ""; doc: array */
extern const struct kind kind_server_groups; /* key: ""; optional; doc: array */
extern const struct kind kind_server_group;  /* key: id; optional; doc: object */
extern const struct kind kind_shares; /* key: server id; optional; 2.97; doc: array */
extern const struct kind kind_image;  /* key: id; optional; many: id=in: */
extern const struct kind kind_images_by_name; /* key: name; doc: array */
extern const struct kind
    kind_image_usage; /* key: ""; optional; doc: {"<quota>": {limit, usage}} */
extern const struct kind kind_ports_of;      /* key: server id; doc: array */
extern const struct kind kind_port;          /* key: id; doc: object */
extern const struct kind kind_ports_by_name; /* key: exact name; doc: array */
extern const struct kind kind_floating_ip;   /* key: id; doc: object */
extern const struct kind
    kind_floating_ips;                  /* key: ids of ports joined by ","; doc: array */
extern const struct kind kind_networks; /* key: ids joined by ","; doc: array */
extern const struct kind kind_volume;   /* key: id; doc: object */
extern const struct kind
    kind_forwardings; /* key: project; optional; doc: array of floating IPs */
extern const struct kind
    kind_forwardings_of; /* key: id of a floating IP; optional; doc: array */
extern const struct kind kind_volumes_marked; /* key: move id; doc: array */
extern const struct kind kind_volume_zones;   /* key: ""; doc: array */
extern const struct kind kind_volume_limits;  /* key: ""; doc: the absolute object */
extern const struct kind kind_uploads;        /* key: "move id n"; doc: array of images */
extern const struct kind kind_ports_count;    /* key: project; doc: array of {id} */
extern const struct kind kind_network_quota;  /* key: project; optional; doc: object */

extern const struct kind kind_probe; /* key: of probe.h; doc: of probe_told() */

/* Does it fit a subject's key? Names and flavor ids of strangers may be 255 characters.
 */
bool key_fits(const char *key);
/* Kinds whose key is a list of ids (floating_ips, networks): as many subjects as the ids
 * (array of strings) need; look_ids joins what they found (gives a new array), false: not
 * all of it is here. */
void watch_ids(struct watch *w, const struct kind *kind, const json_t *ids);
bool look_ids(const struct look *look, const struct kind *kind, const json_t *ids,
              json_t **ret);

/* Adds the subject that finds our image again, whatever mark it carries by now: the list
 * by its exact name. images_by_mark() keeps what mark_image_is_ours (gives an array of
 * new references); false: the look is not complete. */
void watch_images_by_mark(struct move *m, struct watch *w);
bool images_by_mark(struct move *m, const struct look *look, json_t **ret);
/* The same for the target: by tag, or by exact name and our own comparison of metadata.
 * Complete also means: the cells answer (the source was seen in the same look and is not
 * UNKNOWN, and, with `proof`, the brief list has no UNKNOWN row; below 2.69 there is no
 * proof: *ret_proved false). Never lists the source. */
void watch_targets_by_mark(struct move *m, struct watch *w, bool proof);
bool targets_by_mark(struct move *m, const struct look *look, bool proof, json_t **ret,
                     bool *ret_proved);

#endif
