/* SPDX-License-Identifier: Apache-2.0 */
/* What changes with a snapshot move although nothing is refused: said before it begins.
 * The names are stable: difference.h uses the same ones, and scripts may. */
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/copies.h"
#include "moves/forwards.h"
#include "moves/group.h"
#include "moves/hostname.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/refusal.h"
#include "moves/steps.h"
#include "moves/user_data.h"
#include "moves/volumes.h"

static void announce_always(struct move *m)
{
    const json_t *server = captured_server(m);
    const char *caller = session_user_id(session_of(m));
    const char *user = jstr(server, "user_id", "");
    move_announce(m, "new-uuid",
                  "the server gets a new UUID, and new times of creation and launch");
    move_announce(
        m, "first-boot",
        "the guest sees a new instance id: what cloud-init or cloudbase-init does at "
        "first boot is done again (host keys, passwords, user data, disk setup)");
    move_announce(m, "admin-password",
                  "compute makes a new admin password, which is not kept");
    if (text_eq(user, caller))
        move_announce(m, "user-id", "the target belongs to user %s, as before", caller);
    else
        move_announce(m, "user-id", "the target belongs to user %s instead of %s", caller,
                      user);
    if (is_volume_booted(m))
        return;
    move_announce(
        m, "image-needed-for-rebuild",
        "the target's image is the snapshot: commit deletes it, after which a rebuild "
        "or a host evacuation lacks it (commit --keep-image keeps it)");
}

/* Under another name than that of the comparison, which an announcement would excuse. */
static void announce_forwardings(struct move *m)
{
    struct strv all = {0};
    for (size_t i = 0; i < forward_count(m); i++)
        strv_take(&all, forward_text(forward_at(m, i)));
    AUTO_FREE char *list = strv_join(&all, ", ");
    if (all.len > 0)
        move_announce(m, "forwarding-pause",
                      "port forwardings work again when the target does; those to a port "
                      "that is made again are made again, with new ids (%s)",
                      list);
    strv_clear(&all);
}

/* What Nova made for the server is a user's port from now on, also after a discard. */
static void announce_kept(struct move *m)
{
    struct strv made = {0}, floating = {0};
    size_t i;
    json_t *one;
    json_array_foreach(jget(move_capture(m), "ports"), i, one)
    {
        if (!port_is_older(one, captured_server(m)))
            strv_add(&made, jstr(one, "id", "?"));
    }
    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
        strv_add(&floating, jstr(one, "floating_ip_address", "?"));
    AUTO_FREE char *ports = strv_join(&made, ", ");
    AUTO_FREE char *ips = strv_join(&floating, ", ");
    if (made.len > 0)
        move_announce(
            m, "port-ids",
            "ports that compute made for the server are made again with the same "
            "addresses: they get new ids, and are not deleted with the server "
            "any more (%s)",
            ports);
    if (floating.len > 0)
        move_announce(m, "floating-ip-pause",
                      "floating IPs answer again when the target does (%s)", ips);
    announce_forwardings(m);
    strv_clear(&made);
    strv_clear(&floating);
}

/* Every volume of the source stays with it until commit, and then goes or stays as the
 * source's own flag says. */
static void announce_copies(struct move *m)
{
    struct strv copied = {0}, left = {0}, far = {0};
    for (size_t i = 0; i < volume_count(m); i++) {
        if (!copies_volume(m, i))
            continue;
        strv_take(&copied,
                  xasprintf("%s into '%s'", volume_id_at(m, i), copy_zone(m, i)));
        if (!volume_goes_too(m, i))
            strv_add(&left, volume_id_at(m, i));
        if (copy_changes_zone(m, i))
            strv_add(&far, volume_id_at(m, i));
    }
    AUTO_FREE char *through = strv_join(&far, ", ");
    AUTO_FREE char *list = strv_join(&copied, ", ");
    AUTO_FREE char *stay = strv_join(&left, ", ");
    if (copied.len > 0)
        move_announce(
            m, "volume-ids",
            copies_all_volumes(m)
                ? "volumes are copied while the server is stopped: the copies have new "
                  "ids, and no snapshots, backups or transfers of the old ones (%s)"
                : "the volume that the server booted from cannot be taken off it, and is "
                  "copied while the server is stopped: the copy has a new id, and no "
                  "snapshots, backups or transfers of the old one (%s)",
            list);
    if (far.len > 0)
        move_announce(
            m, "volume-image-data",
            "the volume service notes these copies as made from an image, which "
            "is deleted then; properties of the disk are carried (%s)",
            through);
    if (left.len > 0)
        move_announce(
            m, "volumes-left",
            session_compute(session_of(m)) < 3
                ? "which volumes are deleted with the server is not shown below 2.3: of "
                  "these the others are left after commit (%s)"
                : "these volumes of the source are left after commit, since they were "
                  "not to be deleted with it (%s)",
            stay);
    strv_clear(&copied);
    strv_clear(&left);
    strv_clear(&far);
}

static void announce_volumes(struct move *m, int compute)
{
    struct strv zones = {0}, with = {0};
    size_t i;
    json_t *volume;
    if (copies_volumes(m))
        announce_copies(m);
    json_array_foreach(jget(move_capture(m), "volumes"), i, volume)
    {
        const char *zone =
            copies_volume(m, i) ? copy_zone(m, i) : jstr(volume, "availability_zone", "");
        const char *id = jstr(volume, "id", "?");
        if (!text_eq(zone, move_target_zone(m)))
            strv_take(&zones, xasprintf("%s in '%s'", id, zone));
        if (volume_goes_too(m, i))
            strv_add(&with, id);
    }
    AUTO_FREE char *list = strv_join(&zones, ", ");
    AUTO_FREE char *deleted = strv_join(&with, ", ");
    if (zones.len > 0)
        move_announce(m, "volume-zones",
                      "volumes stay where they are (%s): a cloud that forbids to attach "
                      "them across zones refuses the boot, and the move goes back",
                      list);
    if (with.len > 0)
        move_announce(m, "volume-flags",
                      compute >= 85
                          ? "volumes that were to be deleted with the server are "
                            "so again after commit, not before (%s)"
                          : "volumes that were to be deleted with the server are "
                            "kept from now on, which is set from 2.85 on only (%s)",
                      deleted);
    if (volume_count(m) > 0 && compute < 70)
        move_announce(m, "device-tags", "tags of devices are not shown below 2.70");
    strv_clear(&zones);
    strv_clear(&with);
}

static void announce_addresses(struct move *m)
{
    const json_t *capture = move_capture(m);
    struct strv ips = {0}, named = {0};
    size_t i, k;
    json_t *port, *ip;
    json_array_foreach(jget(capture, "ports"), i, port)
    {
        json_array_foreach(jget(port, "fixed_ips"), k, ip)
            strv_add(&ips, jstr(ip, "ip_address", "?"));
        if (*jstr(port, "name", "") || *jstr(port, "description", "") ||
            json_array_size(jget(port, "tags")) > 0)
            strv_add(&named, jstr(port, "id", "?"));
    }
    AUTO_FREE char *list = strv_join(&ips, ", ");
    AUTO_FREE char *names = strv_join(&named, ", ");
    move_announce(
        m, "addresses",
        "new fixed IP and MAC addresses instead of %s: whatever names the old ones "
        "(DNS, load balancers, address pairs, monitoring) must be told",
        list);
    move_announce(m, "port-ids",
                  "new ports, which compute makes and deletes with the server");
    if (named.len > 0)
        move_announce(m, "port-names",
                      "names, descriptions and tags of ports are not carried (%s)",
                      names);
    strv_clear(&ips);
    strv_clear(&named);
}

static void announce_power(struct move *m)
{
    if (captured_running(m))
        move_announce(
            m, "forced-power-off",
            "the guest is stopped: one that does not stop within compute's shutdown "
            "timeout (usually 60 s) is cut off, which no API shows; its memory is "
            "lost");
    else if (captured_rest(m))
        move_announce(
            m, "woken-for-a-moment",
            "it is %s: its guest runs for a moment to be stopped in order, the target is "
            "started, and then put to rest as the source was; a discard boots the source "
            "too, and puts it to rest again",
            captured_rest(m));
    else
        move_announce(
            m, "started-for-a-moment",
            "it is stopped: the target is started, since compute boots every new "
            "server, and then stopped");
}

/* Ports are called after their server in DNS, if the cloud has it. */
static void announce_port_dns(struct move *m, const char *hostname, const char *made)
{
    size_t i;
    json_t *port;
    json_array_foreach(jget(move_capture(m), "ports"), i, port)
    {
        const char *dns = jstr(port, "dns_name", "");
        if (!*dns || strcasecmp(dns, hostname) == 0)
            continue;
        move_announce(m, "port-dns",
                      "the name in DNS of its ports follows the host name: '%s' becomes "
                      "'%s'",
                      dns, made);
        return;
    }
}

static void announce_hostname(struct move *m, int compute)
{
    const json_t *server = captured_server(m);
    const char *hostname = jstr(server, "OS-EXT-SRV-ATTR:hostname", NULL);
    AUTO_FREE char *derived = hostname_derived(jstr(server, "name", ""),
                                               session_compute_server_max(session_of(m)));
    const char *made = *derived ? derived : "Server-<its id>";
    if (!hostname)
        move_announce(
            m, "hostname",
            "the host name is not shown below 2.90: the target gets '%s', made from "
            "its name",
            made);
    else if (text_eq(hostname, derived) || hostname_can_be_sent(hostname, compute))
        return;
    else
        move_announce(m, "hostname",
                      "the host name '%s' cannot be given, the target gets '%s'",
                      hostname, made);
    if (keeps_addresses(m))
        announce_port_dns(m, derived, made);
}

static void announce_keys(struct move *m)
{
    const json_t *server = captured_server(m);
    const char *key = jstr(server, "key_name", "");
    if (*key && !jbool(move_capture(m), "keypair", false))
        move_announce(
            m, "key-pair",
            "the key pair '%s' is another user's or gone: the target has no key pair "
            "(the public key is on the disk already)",
            key);
    announce_user_data(m);
}

/* What this cloud's version does not show or does not take cannot be carried. */
static void announce_versions(struct move *m, int compute)
{
    const json_t *server = captured_server(m);
    AUTO_JSON json_t *tags = mark_tags_without(server);
    if (compute < 9)
        move_announce(
            m, "lock-unproved",
            "locks are not shown below 2.9: a lock of the source is not seen, and that "
            "nobody starts it meanwhile is not proved");
    else if (captured_locked(m) && compute < 73)
        move_announce(m, "lock-reason", "the reason of its lock is not shown below 2.73");
    if (compute < 19)
        move_announce(m, "description", "descriptions are not shown below 2.19");
    if (compute < 26)
        move_announce(m, "tags", "tags are not shown below 2.26");
    else if (compute < 52 && json_array_size(tags) > 0)
        move_announce(m, "tags", "tags are not taken at boot below 2.52: %zu are lost",
                      json_array_size(tags));
    if (compute >= 32 && compute < 70)
        move_announce(m, "device-tags", "tags of NICs are not shown below 2.70");
    if (json_is_null(jget(move_capture(m), "server_groups")))
        move_announce(m, "server-groups", "server groups are not shown to this account");
    if (json_is_null(jget(move_capture(m), "flavor_specs")))
        move_announce(m, "flavor-specs", "extra specs are not shown to this account");
    if (compute < 100)
        move_announce(
            m, "scheduler-hints",
            "scheduler hints are not shown below 2.100: if it was booted with any, "
            "the target has none");
}

static void announce_certificates(struct move *m)
{
    const json_t *ids = jget(captured_server(m), "trusted_image_certificates");
    if (json_array_size(ids) > 0)
        move_announce(m, "image-signature",
                      "its trusted image certificates are carried, but a snapshot has no "
                      "signature: a cloud that verifies them refuses the boot, and the "
                      "move goes back");
}

static void announce_zone(struct move *m, int compute)
{
    const json_t *pinned = jget(captured_server(m), "pinned_availability_zone");
    if (json_is_string(pinned) || zone_is_unbound_again(m))
        return;
    move_announce(m, "pinned-zone", "%s: the target is bound to zone %s",
                  compute >= 96 ? "the source is not bound to a zone"
                                : "whether the source is bound to its zone is not shown",
                  move_target_zone(m));
}

void announce_changes(struct move *m)
{
    int compute = session_compute(session_of(m));
    announce_always(m);
    if (keeps_addresses(m))
        announce_kept(m);
    else
        announce_addresses(m);
    announce_volumes(m, compute);
    announce_power(m);
    announce_hostname(m, compute);
    announce_keys(m);
    announce_versions(m, compute);
    announce_zone(m, compute);
    announce_group(m);
    announce_certificates(m);
}
