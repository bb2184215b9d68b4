/* SPDX-License-Identifier: Apache-2.0 */
/* Ports. With new addresses the copy's are made by Nova from a network and one list of
 * groups; whatever a port has beyond that would be lost. Kept, they are the same ports,
 * or such that can be made again. */
#include <strings.h>

#include "base/mem.h"
#include "cloud/json.h"
#include "moves/difference.h"
#include "moves/forwards.h"
#include "moves/nics.h"
#include "moves/ports.h"
#include "moves/refusal.h"

static bool is_set(const json_t *port, const char *key)
{
    const json_t *v = json_object_get(port, key);
    return v && !json_is_null(v) && !json_is_false(v) &&
           !(json_is_string(v) && json_string_length(v) == 0) &&
           !(json_is_array(v) && json_array_size(v) == 0) &&
           !(json_is_object(v) && json_object_size(v) == 0);
}

/* Members of a port that a new one would not have. */
struct extra {
    const char *key, *what;
};

static const struct extra extras[] = {
    {"allowed_address_pairs", "allowed address pairs"},
    {"extra_dhcp_opts", "extra DHCP options"},
    {"trunk_details", "a trunk"},
    {"qos_policy_id", "a QoS policy of its own"},
    {"dns_domain", "a DNS domain of its own"},
    {"device_profile", "an accelerator"},
    {"numa_affinity_policy", "a NUMA affinity policy"},
    {"hints", "hints for its driver"},
    {"hardware_offload_type", "hardware offload"},
    {"trusted", "the trusted mode"},
    {"mac_learning_enabled", "MAC learning"},
};

/* Neutron writes names in lower case, whatever Nova calls the host. Unknown is equal. */
static bool dns_is_hostname(struct refusal *r, const char *dns)
{
    const char *hostname = jstr(r->server, "OS-EXT-SRV-ATTR:hostname", dns);
    return !*dns || strcasecmp(dns, hostname) == 0;
}

static void refuse_extras(struct refusal *r, const json_t *port)
{
    struct strv found = {0};
    for (size_t i = 0; i < sizeof(extras) / sizeof(*extras); i++) {
        if (is_set(port, extras[i].key))
            strv_add(&found, extras[i].what);
    }
    if (!jbool(port, "admin_state_up", true))
        strv_add(&found, "its administrative state down");
    const char *dns = jstr(port, "dns_name", "");
    if (!dns_is_hostname(r, dns))
        strv_add(&found, "a DNS name other than the host name");
    AUTO_FREE char *list = strv_join(&found, ", ");
    if (found.len > 0)
        refusal_add(
            r, ERR_REFUSED,
            "port %s has %s, which a new port would not have: take that off, or leave "
            "the server where it is",
            jstr(port, "id", "?"), list);
    strv_clear(&found);
}

static void refuse_port(struct refusal *r, const json_t *port)
{
    const char *id = jstr(port, "id", "?");
    const char *vnic = jstr(port, "binding:vnic_type", "normal");
    size_t n_ips = json_array_size(jget(port, "fixed_ips"));
    if (!text_eq(vnic, "normal"))
        refusal_add(
            r, ERR_REFUSED,
            "port %s has vnic_type '%s' (SR-IOV or another special NIC), which compute "
            "does not make from a network: this version moves normal NICs only",
            id, vnic);
    if (n_ips != 1)
        refusal_add(r, ERR_REFUSED, "port %s has %s: a new port gets one address; %s", id,
                    n_ips == 0 ? "no fixed IP address" : "several fixed IP addresses",
                    n_ips == 0 ? "give it one first" : "take the others off first");
    if (!jbool(port, "port_security_enabled", true))
        refusal_add(
            r, ERR_REFUSED,
            "port %s has port security off, a new port would be behind the security "
            "group 'default': put it on first",
            id);
    else if (json_array_size(jget(port, "security_groups")) == 0)
        refusal_add(
            r, ERR_REFUSED,
            "port %s has no security group, a new port would get 'default': give it "
            "one first",
            id);
    refuse_extras(r, port);
}

static void refuse_groups(struct refusal *r, const json_t *ports)
{
    AUTO_FREE char *wanted = set_text_of(jget(r->capture, "groups"));
    size_t i;
    json_t *port;
    json_array_foreach(ports, i, port)
    {
        AUTO_FREE char *groups = set_text_of(jget(port, "security_groups"));
        if (text_eq(groups, wanted))
            continue;
        refusal_add(
            r, ERR_REFUSED,
            "its ports have different security groups, and compute takes one list for "
            "all: make them equal first");
        return;
    }
}

static const json_t *network_of(const json_t *networks, const char *id)
{
    size_t i;
    json_t *network;
    json_array_foreach(networks, i, network)
    {
        if (text_eq(jstr(network, "id", NULL), id))
            return network;
    }
    return NULL;
}

/* A network must take a new port of ours, made as the old one was. */
static void refuse_networks(struct refusal *r, const json_t *ports)
{
    bool admin = session_has_role(session_of(r->move), "admin");
    size_t i;
    json_t *port;
    json_array_foreach(ports, i, port)
    {
        const char *id = jstr(port, "network_id", "?");
        const json_t *network = network_of(jget(r->capture, "networks"), id);
        if (!network) {
            refusal_add(
                r, ERR_REFUSED,
                "the network %s is not shown to this account: no new port can be made "
                "on it",
                id);
            continue;
        }
        if (jbool(network, "router:external", false) &&
            !jbool(network, "shared", false) && !admin)
            refusal_add(r, ERR_REFUSED,
                        "the network %s is external: compute makes ports on it for "
                        "administrators only",
                        jstr(network, "name", id));
        if (jbool(port, "port_security_enabled", true) &&
            !jbool(network, "port_security_enabled", true))
            refusal_add(
                r, ERR_REFUSED,
                "the network %s makes ports without port security, port %s has it on: "
                "put it on in the network first",
                jstr(network, "name", id), jstr(port, "id", "?"));
    }
}

/* ---- --addresses keep ---- */

/* What only an administrator or a driver may set on a port: it cannot be made again. */
static const struct extra unmakable[] = {
    {"trunk_details", "a trunk"},
    {"device_profile", "an accelerator"},
    {"numa_affinity_policy", "a NUMA affinity policy"},
    {"hints", "hints for its driver"},
    {"hardware_offload_type", "hardware offload"},
    {"trusted", "the trusted mode"},
    {"mac_learning_enabled", "MAC learning"},
};

/* Nova may have made it, and would delete it with the NIC: can it be made again? */
static void refuse_made_again(struct refusal *r, const json_t *port,
                              const json_t *network)
{
    const char *id = jstr(port, "id", "?"),
               *ours = session_project_id(session_of(r->move));
    bool admin = session_has_role(session_of(r->move), "admin");
    const char *owner = jstr(network, "project_id", jstr(network, "tenant_id", ""));
    struct strv found = {0};
    if (!admin && !text_eq(owner, ours))
        refusal_add(
            r, ERR_REFUSED,
            "port %s may have been made by compute, which deletes it with the NIC, "
            "and on the network %s, which belongs to another project, this account "
            "may not ask for its addresses again: --addresses new takes new ones",
            id, jstr(network, "name", "?"));
    for (size_t i = 0; i < sizeof(unmakable) / sizeof(*unmakable); i++) {
        if (is_set(port, unmakable[i].key))
            strv_add(&found, unmakable[i].what);
    }
    AUTO_FREE char *list = strv_join(&found, ", ");
    if (found.len > 0)
        refusal_add(
            r, ERR_REFUSED,
            "port %s may have been made by compute, which deletes it with the NIC, "
            "and it has %s, which a port made again would not have: take that off "
            "first",
            id, list);
    strv_clear(&found);
}

static void refuse_kept_port(struct refusal *r, const json_t *port)
{
    const char *id = jstr(port, "id", "?"), *net = jstr(port, "network_id", "?");
    const char *vnic = jstr(port, "binding:vnic_type", "normal");
    const char *dns = jstr(port, "dns_name", "");
    const json_t *network = network_of(jget(r->capture, "networks"), net);
    if (!text_eq(vnic, "normal"))
        refusal_add(
            r, ERR_REFUSED,
            "port %s has vnic_type '%s' (SR-IOV or another special NIC), which is "
            "bound to its host's hardware: this version moves normal NICs only",
            id, vnic);
    if (json_array_size(jget(port, "fixed_ips")) == 0)
        refusal_add(r, ERR_REFUSED,
                    "port %s has no fixed IP address, with which compute boots nothing: "
                    "give it one first",
                    id);
    if (!dns_is_hostname(r, dns))
        refusal_add(r, ERR_REFUSED,
                    "port %s has the DNS name '%s', which is not the host name '%s': "
                    "compute boots with no other, take it off first",
                    id, dns, jstr(r->server, "OS-EXT-SRV-ATTR:hostname", ""));
    if (!network) {
        refusal_add(r, ERR_REFUSED, "the network %s is not shown to this account", net);
        return;
    }
    if (!jbool(network, "l2_adjacency", true))
        refusal_add(r, ERR_REFUSED,
                    "the network %s is routed: an address belongs to a segment, and the "
                    "target's host may be on another; --addresses new takes new ones",
                    jstr(network, "name", net));
    if (!port_is_older(port, r->server))
        refuse_made_again(r, port, network);
}

static bool is_in(const json_t *texts, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach(texts, i, one)
    {
        if (text_eq(json_string_value(one), text))
            return true;
    }
    return false;
}

/* Is a port that may be deleted on the way, and its forwardings with it, among those with
 * these addresses? No address: among all. */
static bool is_on_the_move(struct refusal *r, const json_t *ips)
{
    size_t i, k;
    json_t *port, *fixed;
    json_array_foreach(jget(r->capture, "ports"), i, port)
    {
        if (keeps_addresses(r->move) && port_is_older(port, r->server))
            continue;
        if (json_array_size(ips) == 0)
            return true;
        json_array_foreach(jget(port, "fixed_ips"), k, fixed)
        {
            if (is_in(ips, jstr(fixed, "ip_address", "")))
                return true;
        }
    }
    return false;
}

/* Neutron deletes a port's forwardings with it, without a word: what cannot be looked at
 * cannot be made again. */
static void refuse_hidden_forwardings(struct refusal *r)
{
    size_t i;
    json_t *one;
    json_array_foreach(jget(r->capture, "forwardings_hidden"), i, one)
    {
        const json_t *ips = jget(one, "ips");
        const char *ip = json_string_value(json_array_get(ips, 0));
        AUTO_FREE char *to =
            ip ? xasprintf("a port to %s", ip) : xstrdup("ports, perhaps to this server");
        if (!is_on_the_move(r, ips))
            continue;
        refusal_add(r, ERR_REFUSED,
                    "the floating IP %s forwards %s, and network does not show this "
                    "account what exactly (%lld), so that it would be lost: take the "
                    "forwarding off first, and make it again afterwards",
                    jstr(one, "floating_ip_address", "?"), to, jint(one, "status", 0));
    }
}

/* The addresses of the floating IPs that forward to it, each once. */
static void forwarding_ips(struct refusal *r, struct strv *ips)
{
    size_t i;
    json_t *one;
    json_array_foreach(jget(r->capture, "forwardings"), i, one)
    {
        const char *ip = jstr(one, "floating_ip_address", "?");
        if (!strv_has(ips, ip))
            strv_add(ips, ip);
    }
}

static void refuse_forwardings(struct refusal *r)
{
    struct strv ips = {0};
    forwarding_ips(r, &ips);
    AUTO_FREE char *list = strv_join(&ips, ", ");
    if (ips.len > 0 && !keeps_addresses(r->move))
        refusal_add(r, ERR_REFUSED,
                    "port forwardings of floating IPs (%s) do not move with --addresses "
                    "new: take them off first and make them again afterwards, or move "
                    "with --addresses keep",
                    list);
    else if (ips.len > FORWARDING_IPS_AT_MOST)
        refusal_add(r, ERR_REFUSED,
                    "%zu floating IPs forward ports to it: this version takes at most %d",
                    ips.len, FORWARDING_IPS_AT_MOST);
    strv_clear(&ips);
    refuse_hidden_forwardings(r);
}

static void refuse_floating(struct refusal *r)
{
    const json_t *floating = jget(r->capture, "floating_ips");
    struct strv ips = {0};
    size_t i;
    json_t *one;
    json_array_foreach(floating, i, one)
        strv_add(&ips, jstr(one, "floating_ip_address", "?"));
    AUTO_FREE char *list = strv_join(&ips, ", ");
    if (ips.len > 0)
        refusal_add(
            r, ERR_REFUSED,
            "floating IPs (%s) do not move with --addresses new: take them off first and "
            "put them onto the target afterwards, or move with --addresses keep",
            list);
    strv_clear(&ips);
}

static void refuse_many_floating(struct refusal *r)
{
    size_t n = json_array_size(jget(r->capture, "floating_ips"));
    if (n > FLOATS_AT_MOST)
        refusal_add(r, ERR_REFUSED,
                    "it has %zu floating IPs: this version takes at most %d, take the "
                    "others off first",
                    n, FLOATS_AT_MOST);
}

/* Nova and Neutron must mean the same NICs, or one of them is in the middle of something.
 */
static bool lists_agree(const json_t *ports, const json_t *interfaces)
{
    size_t i, k;
    json_t *port, *interface;
    if (json_array_size(ports) != json_array_size(interfaces))
        return false;
    json_array_foreach(ports, i, port)
    {
        bool found = false;
        json_array_foreach(interfaces, k, interface)
        {
            found = found ||
                    text_eq(jstr(port, "id", NULL), jstr(interface, "port_id", NULL));
        }
        if (!found)
            return false;
    }
    return true;
}

static void refuse_order(struct refusal *r)
{
    const char *label = jstr(r->capture, "nic_order_unknown", "?");
    struct strv ids = {0};
    size_t i;
    json_t *nic;
    const char *given = option_of(r->move, "nic-order");
    bool several = jint(move_options(r->move), "servers", 1) > 1;
    AUTO_FREE char *fault =
        given ? nics_order_fault(jget(r->capture, "nics"), given, several) : NULL;
    if (!fault && jbool(r->capture, "nic_order_known", false))
        return;
    json_array_foreach(jget(r->capture, "nics"), i, nic)
        strv_add(&ids, jstr(nic, "port_id", "?"));
    AUTO_FREE char *list = strv_join(&ids, ",");
    strv_clear(&ids);
    if (fault)
        refusal_add(r, ERR_REFUSED,
                    "--nic-order has to name each of its ports, and no other: %s; give "
                    "all as the guest has them: --nic-order %s",
                    fault, list);
    else if (text_eq(label, "?"))
        refusal_add(
            r, ERR_REFUSED,
            "the order of its NICs cannot be known: compute does not show all of them "
            "in its addresses; give it as the guest has it: --nic-order %s",
            list);
    else
        refusal_add(
            r, ERR_REFUSED,
            "the order of the NICs of network '%s' cannot be known: it has several "
            "there and others elsewhere, and no API tells which comes first; give it "
            "as the guest has it: --nic-order %s",
            label, list);
}

void refuse_network(struct refusal *r)
{
    const json_t *ports = jget(r->capture, "ports");
    size_t i;
    json_t *port;
    if (json_array_size(ports) == 0) {
        refusal_add(
            r, ERR_REFUSED,
            "it has no NIC on any network: this version moves servers with a network "
            "only");
        return;
    }
    if (!lists_agree(ports, jget(r->capture, "interfaces")))
        refusal_add(
            r, ERR_REFUSED,
            "compute and network do not show the same NICs: wait until attaching or "
            "detaching has ended");
    refuse_order(r);
    refuse_forwardings(r);
    if (keeps_addresses(r->move)) {
        json_array_foreach(ports, i, port) refuse_kept_port(r, port);
        refuse_many_floating(r);
        return;
    }
    json_array_foreach(ports, i, port) refuse_port(r, port);
    refuse_groups(r, ports);
    refuse_networks(r, ports);
    refuse_floating(r);
}
