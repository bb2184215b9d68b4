/* SPDX-License-Identifier: Apache-2.0 */
/* Neutron v2.0: documents by kind, and what Nova asks of ports. */
#ifndef FAKE_NETWORK_H
#define FAKE_NETWORK_H

#include "cloud.h"
#include "route.h"

/* Serves what lies below /network. */
void network_serve(struct cloud *cl, struct request *rq, struct reply *rp);

/* What went wrong, in Neutron's words. */
struct net_error {
    int status;
    const char *type;
    char message[400];
};

bool net_fail(struct net_error *e, int status, const char *type, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Fills rp with {"NeutronError": …}. */
void net_error_reply(struct reply *rp, const struct net_error *e);

/* Makes a port from a POST body and lends its document; NULL with *e filled. rq may be
 * NULL (Nova makes it). */
json_t *port_create(struct cloud *cl, struct request *rq, const char *project,
                    const json_t *body, struct net_error *e);
/* Gives the port to a server on a host. */
void port_bind(struct cloud *cl, json_t *port, const struct server *s);
/* As with OVS and OVN: the ports of a guest that is off are DOWN, else ACTIVE. */
void ports_follow_power(struct cloud *cl, const struct server *s);
/* Takes it off whatever has it. */
void port_unbind(struct cloud *cl, json_t *port);
/* Deletes it with its addresses; floating IPs stay, without a port. */
void port_delete(struct cloud *cl, const char *id);
/* The document changed: revision and time move. */
void net_touch(struct cloud *cl, json_t *doc);
/* Gives the document as the API shows it. */
json_t *net_view(const struct cloud *cl, const struct request *rq, const json_t *doc);
/* True when this caller may see the document. */
bool net_visible(const struct cloud *cl, const struct request *rq, const json_t *doc);
/* 412 when If-Match names another revision. */
bool net_if_match(const struct request *rq, const json_t *doc, struct reply *rp);
/* Lends the document named by part 1 of the path, or NULL with a 404. */
json_t *net_find(struct cloud *cl, struct request *rq, struct reply *rp, json_t *docs,
                 const char *kind);
/* Answers a GET of the collection. */
void net_list(struct cloud *cl, struct request *rq, struct reply *rp, const json_t *docs,
              const char *plural);
/* True when the document passes the query's filters. */
bool net_passes(const struct request *rq, const json_t *doc);

/* Addresses: a subnet of the network that holds the address, or any free one (address
 * NULL). */
bool ip_take(struct cloud *cl, const char *network, const char *subnet,
             const char *address, const char *port, json_t **ret_ip, struct net_error *e);
void ip_release(struct cloud *cl, const json_t *ips);
bool mac_take(struct cloud *cl, const char *network, const char *mac, const char *port,
              struct net_error *e);
/* Writes a MAC that is free on the network. */
void mac_make(const struct cloud *cl, const char *network, char out[18]);
void mac_release(struct cloud *cl, const char *network, const char *mac);

/* True when the cloud has the extension by that alias. */
bool net_extension(const struct cloud *cl, const char *alias);

/* network_qos.c. May this caller put the body's QoS policy, if any, onto a port? */
bool qos_policy_fits(struct cloud *cl, const struct request *rq, const json_t *body,
                     struct net_error *e);

/* network_trunk.c. False with *e filled when the port is part of a trunk. */
bool trunk_lets_go(const struct cloud *cl, const char *port, struct net_error *e);
/* Gives what a port that is a trunk's parent shows of it, NULL for any other. */
json_t *trunk_details(const struct cloud *cl, const char *port);

/* The router that joins the port's network with the external one, or NULL. Lends. */
const char *net_router_between(const struct cloud *cl, const json_t *port,
                               const char *external);

/* network_forward.c: true, with a 409, when the floating IP forwards ports. */
bool fip_is_forwarding(const json_t *fip, struct net_error *e);
/* What a floating IP shows of its forwardings. Gives an array. */
json_t *fip_forwardings(const struct cloud *cl, const json_t *fip);
/* With the port they go, without a word. */
void forwardings_of_port_go(struct cloud *cl, const char *port);

extern const struct route_set network_port_routes, network_fip_routes,
    network_forward_routes, network_group_routes, network_make_routes,
    network_misc_routes, network_qos_routes, network_trunk_routes;

/* network_make.c. Lend. gateway may be NULL. */
json_t *network_make(struct cloud *cl, const char *project, const char *name,
                     bool external, bool shared);
json_t *subnet_make(struct cloud *cl, const char *project, json_t *network,
                    const char *cidr, const char *gateway, bool dhcp);

#endif
