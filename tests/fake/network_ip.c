/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of ports: which IP and which MAC is taken, and by whom. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

static void taken_key(char out[160], const char *scope, const char *what)
{
    snprintf(out, 160, "%s/%s", scope, what);
}

/* An IPv4 subnet as numbers; false for anything else. */
static bool cidr_of(const json_t *subnet, uint32_t *ret_base, uint32_t *ret_size)
{
    char text[64];
    struct in_addr a;
    const char *cidr = str_of(subnet, "cidr"), *slash = cidr ? strchr(cidr, '/') : NULL;
    if (!slash)
        return false;
    snprintf(text, sizeof(text), "%.*s", (int)(slash - cidr), cidr);
    if (inet_pton(AF_INET, text, &a) != 1)
        return false;
    *ret_size = 1U << (32 - strtol(slash + 1, NULL, 10));
    *ret_base = ntohl(a.s_addr);
    return true;
}

static bool holds(const json_t *subnet, const char *address)
{
    uint32_t base, size;
    struct in_addr a;
    if (strchr(address, ':'))
        return int_of(subnet, "ip_version") == 6;
    if (!cidr_of(subnet, &base, &size) || inet_pton(AF_INET, address, &a) != 1)
        return false;
    return ntohl(a.s_addr) - base < size;
}

static bool next_free(struct cloud *cl, json_t *subnet, char out[INET_ADDRSTRLEN])
{
    uint32_t base, size;
    char key[160];
    if (!cidr_of(subnet, &base, &size))
        return false;
    uint32_t at = (uint32_t)int_of(subnet, "_next");
    for (uint32_t tried = 0; tried < size; tried++, at++) {
        if (at < 2 || at >= size - 1)
            at = 2;
        struct in_addr a = {.s_addr = htonl(base + at)};
        inet_ntop(AF_INET, &a, out, INET_ADDRSTRLEN);
        taken_key(key, str_of(subnet, "id"), out);
        if (!json_object_get(cl->taken, key)) {
            json_object_set_new(subnet, "_next", json_integer(at + 1));
            return true;
        }
    }
    return false;
}

static json_t *subnet_for(struct cloud *cl, const char *network, const char *subnet,
                          const char *address)
{
    const char *id;
    json_t *doc;
    json_object_foreach(cl->subnets, id, doc)
    {
        if (text_eq(str_of(doc, "network_id"), network) &&
            (!subnet || strcmp(id, subnet) == 0) && (!address || holds(doc, address)))
            return doc;
    }
    return NULL;
}

bool ip_take(struct cloud *cl, const char *network, const char *subnet,
             const char *address, const char *port, json_t **ret_ip, struct net_error *e)
{
    char key[160], found[INET_ADDRSTRLEN];
    json_t *doc = subnet_for(cl, network, subnet, address);
    if (!doc && address)
        return net_fail(e, 400, "InvalidIpForNetwork",
                        "IP address %s is not a valid IP for any of the subnets on the "
                        "specified network.",
                        address);
    if (!doc)
        return net_fail(e, 400, "InvalidInput",
                        "Invalid input for operation: No subnet on network %s.", network);
    if (!address) {
        if (!next_free(cl, doc, found))
            return net_fail(e, 409, "IpAddressGenerationFailure",
                            "No more IP addresses available on network %s.", network);
        address = found;
    }
    taken_key(key, str_of(doc, "id"), address);
    const char *owner = str_of(cl->taken, key);
    if (owner && strcmp(owner, port) != 0)
        return net_fail(e, 409, "IpAddressAlreadyAllocated",
                        "IP address %s already allocated in subnet %s", address,
                        str_of(doc, "id"));
    str_into(cl->taken, key, port);
    *ret_ip =
        json_pack("{s:s, s:s}", "subnet_id", str_of(doc, "id"), "ip_address", address);
    return true;
}

void ip_release(struct cloud *cl, const json_t *ips)
{
    size_t i;
    json_t *ip;
    char key[160];
    json_array_foreach(ips, i, ip)
    {
        taken_key(key, str_of(ip, "subnet_id"), str_of(ip, "ip_address"));
        json_object_del(cl->taken, key);
    }
}

bool mac_take(struct cloud *cl, const char *network, const char *mac, const char *port,
              struct net_error *e)
{
    char key[160];
    taken_key(key, network, mac);
    const char *owner = str_of(cl->taken, key);
    if (owner && strcmp(owner, port) != 0)
        return net_fail(e, 409, "MacAddressInUse",
                        "Unable to complete operation for network %s. The mac address %s "
                        "is in use.",
                        network, mac);
    str_into(cl->taken, key, port);
    return true;
}

void mac_make(const struct cloud *cl, const char *network, char out[18])
{
    char key[160];
    do {
        unsigned char b[3];
        random_bytes(b, sizeof(b));
        snprintf(out, 18, "fa:16:3e:%02x:%02x:%02x", b[0], b[1], b[2]);
        taken_key(key, network, out);
    } while (json_object_get(cl->taken, key));
}

void mac_release(struct cloud *cl, const char *network, const char *mac)
{
    char key[160];
    taken_key(key, network, mac);
    json_object_del(cl->taken, key);
}
