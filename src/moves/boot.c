/* SPDX-License-Identifier: Apache-2.0 */
/* The body of POST /servers for the target, by microversion: Nova's schemas refuse a key
 * that is newer than the version, a null, and an empty text. */
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/compare.h"
#include "moves/group.h"
#include "moves/hostname.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/user_data.h"
#include "moves/volumes.h"
#include "moves/world.h"

static void put_text(json_t *body, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(body, key, json_string(value));
}

/* One entry per NIC: its port, or its network. A tag on a NIC is broken from 2.37 to
 * 2.41. */
static json_t *networks_of(struct move *m, int compute)
{
    json_t *networks = json_array();
    size_t i;
    json_t *nic;
    json_array_foreach(jget(move_capture(m), "nics"), i, nic)
    {
        AUTO_FREE char *port = keeps_addresses(m) ? nic_port_now(m, i) : NULL;
        json_t *network = port ? jpair("port", json_string(port))
                               : jpair("uuid", json_string(jstr(nic, "net_id", "")));
        if (compute >= 42)
            put_text(network, "tag", jstr(nic, "device_tag", NULL));
        json_array_append_new(networks, network);
    }
    return networks;
}

/* By id, under the key "name": names may be ambiguous, and ids are taken there too. */
static json_t *groups_of(const json_t *ids)
{
    json_t *groups = json_array();
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
        json_array_append_new(groups, jpair("name", json_incref(id)));
    return groups;
}

static void put_marked(struct move *m, json_t *body, int compute)
{
    const json_t *source = captured_server(m);
    enum mark_way way = mark_way_target(captured_compute(m), source);
    json_t *metadata = mark_metadata_without(source), *tags = mark_tags_without(source);
    char mark[MARK_SIZE];
    if (way == MARK_METADATA) {
        mark_target_value(move_id(m), mark);
        json_object_set_new(metadata, MARK_PROPERTY, json_string(mark));
    } else {
        mark_target_tag(move_id(m), mark);
        json_array_append_new(tags, json_string(mark));
    }
    if (json_object_size(metadata) > 0)
        json_object_set(body, "metadata", metadata);
    if (compute >= 52 && json_array_size(tags) > 0)
        json_object_set(body, "tags", tags);
    json_decref(metadata);
    json_decref(tags);
}

/* Only a name that Nova would not make itself: what it makes it need not accept. */
static void put_hostname(struct move *m, json_t *body, int compute)
{
    const json_t *source = captured_server(m);
    const char *hostname = jstr(source, "OS-EXT-SRV-ATTR:hostname", NULL);
    char *derived = hostname_derived(jstr(source, "name", ""),
                                     session_compute_server_max(session_of(m)));
    if (hostname_can_be_sent(hostname, compute) && !text_eq(hostname, derived))
        put_text(body, "hostname", hostname);
    free(derived);
}

static void put_certificates(json_t *body, const json_t *source, int compute)
{
    json_t *ids = jget(source, "trusted_image_certificates");
    if (compute >= 63 && json_array_size(ids) > 0)
        json_object_set(body, "trusted_image_certificates", ids);
}

json_t *boot_body(struct move *m, const char *image_id)
{
    const json_t *capture = move_capture(m), *source = captured_server(m);
    int compute = session_compute(session_of(m));
    json_t *body = json_object(), *groups = jget(capture, "groups");
    put_text(body, "name", jstr(source, "name", NULL));
    put_text(body, "imageRef", image_id);
    put_text(body, "flavorRef", jstr(capture, "flavor_id", NULL));
    put_text(body, "availability_zone", move_target_zone(m));
    json_object_set_new(body, "networks", networks_of(m, compute));
    if (volume_count(m) > 0)
        json_object_set_new(body, "block_device_mapping_v2",
                            volumes_to_boot_with(m, image_id));
    if (!keeps_addresses(m) && json_array_size(groups) > 0) /* else the ports have them */
        json_object_set_new(body, "security_groups", groups_of(groups));
    if (jbool(capture, "keypair", false))
        put_text(body, "key_name", jstr(source, "key_name", NULL));
    put_marked(m, body, compute);
    if (compute >= 19)
        put_text(body, "description", jstr(source, "description", NULL));
    put_hostname(m, body, compute);
    put_text(body, "user_data", user_data_of_target(m));
    if (text_eq(jstr(source, "config_drive", NULL), "True"))
        json_object_set_new(body, "config_drive", json_true());
    put_text(body, "OS-DCF:diskConfig", jstr(source, "OS-DCF:diskConfig", NULL));
    put_text(body, "accessIPv4", jstr(source, "accessIPv4", NULL));
    put_text(body, "accessIPv6", jstr(source, "accessIPv6", NULL));
    put_certificates(body, source, compute);
    json_t *request = jpair("server", body), *hints = hints_of_target(m);
    if (hints)
        json_object_set_new(request, "os:scheduler_hints", hints);
    return request;
}
