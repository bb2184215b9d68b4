/* SPDX-License-Identifier: Apache-2.0 */
/* Ports, floating IPs and volumes of the double, and what requests do to them. */
#include "double_things.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "fuzz.h"

#define FLOATING "33333333-dddd-4ddd-8ddd-000000000001"
#define AGAIN    "11111111-aaaa-4aaa-8aaa-000000000002"
#define UPLOAD   "3b2b2c44-9a51-4b06-8d5e-6f4f7f0f7b13"

static const char port_text[] =
    "{'id': '" DOUBLE_PORT "', 'network_id': '" DOUBLE_NETWORK
    "', 'mac_address': 'fa:16:3e:00:00:01', 'device_id': '" DOUBLE_SOURCE
    "', 'fixed_ips': [{'subnet_id': 's', 'ip_address': '10.10.0.5'}], 'name': '',"
    "'description': '', 'tags': [], 'admin_state_up': true, 'status': 'ACTIVE',"
    "'device_owner': 'compute:az1', 'port_security_enabled': true,"
    "'allowed_address_pairs': [], 'extra_dhcp_opts': [], 'qos_policy_id': null,"
    "'qos_network_policy_id': null, 'binding:vnic_type': 'normal', 'revision_number': 4,"
    "'security_groups': ['" DOUBLE_GROUP "'], 'dns_name': '', 'resource_request': null,"
    "'propagate_uplink_status': true, 'ip_allocation': 'immediate'}";

static const char floating_text[] =
    "{'id': '" FLOATING "', 'floating_ip_address': '172.24.4.9', 'revision_number': 2,"
    "'fixed_ip_address': '10.10.0.5', 'port_id': '" DOUBLE_PORT "', 'status': 'ACTIVE',"
    "'port_forwardings': []}";

static const char volumes_text[] =
    "{'" DOUBLE_VOLUME "': {'id': '" DOUBLE_VOLUME "', 'name': 'data', 'size': 1,"
    " 'status': 'in-use', 'availability_zone': 'az1', 'volume_type': 'fast',"
    " 'encrypted': false, 'multiattach': false, 'bootable': 'false', 'description': null,"
    " 'metadata': {'a': '1'}, 'attachments': [{'server_id': '" DOUBLE_SOURCE "'}]}}";

json_t *double_json(const char *json)
{
    AUTO_FREE char *text = xstrdup(json);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    must(value != NULL);
    return value;
}

json_t *double_wrapped(const char *key, json_t *value)
{
    json_t *body = json_object();
    json_object_set_new(body, key, value);
    return body;
}

void things_init(struct cloud_double *c)
{
    c->port = double_json(port_text);
    c->floating = c->rich && c->keeps ? double_json(floating_text) : NULL;
    c->volumes = c->rich ? double_json(volumes_text) : json_object();
}

void things_clear(struct cloud_double *c)
{
    json_decref(c->port);
    json_decref(c->floating);
    json_decref(c->volumes);
    json_decref(c->upload);
}

/* The last part of a path, without its query; "" when it ends with the folder. Gives. */
static char *last_id(const char *path, const char *folder)
{
    const char *at = strstr(path, folder);
    at = at ? at + strlen(folder) : "";
    return *at == '/' ? xstrndup(at + 1, strcspn(at + 1, "/?")) : xstrdup("");
}

static const char *server_in(const char *path)
{
    return strstr(path, DOUBLE_SOURCE) ? DOUBLE_SOURCE : DOUBLE_TARGET;
}

/* ---- of servers ---- */

/* With new addresses the target has one just like it. */
static bool is_on(const struct cloud_double *c, const char *server)
{
    return c->port && (!c->keeps || text_eq(jstr(c->port, "device_id", NULL), server));
}

static json_t *interfaces(const struct cloud_double *c, const char *server)
{
    json_t *list = json_array();
    if (is_on(c, server))
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:n}", "port_id",
                                        jstr(c->port, "id", ""), "net_id", DOUBLE_NETWORK,
                                        "mac_addr", "fa:16:3e:00:00:01", "tag"));
    return double_wrapped("interfaceAttachments", list);
}

static const char *holder(const json_t *volume)
{
    return jstr(json_array_get(jget(volume, "attachments"), 0), "server_id", "");
}

static json_t *attachments(const struct cloud_double *c, const char *server)
{
    json_t *list = json_array(), *volume;
    const char *id;
    json_object_foreach(c->volumes, id, volume)
    {
        if (text_eq(holder(volume), server))
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:n, s:b, s:s}", "volumeId", id, "serverId",
                                server, "tag", "delete_on_termination",
                                jbool(volume, "goes", false), "device", "/dev/vdb"));
    }
    return double_wrapped("volumeAttachments", list);
}

json_t *things_volume_ids(const struct cloud_double *c, const char *server)
{
    json_t *list = json_array(), *volume;
    const char *id;
    json_object_foreach(c->volumes, id, volume)
    {
        if (text_eq(holder(volume), server))
            json_array_append_new(list, json_pack("{s:s, s:b}", "id", id,
                                                  "delete_on_termination",
                                                  jbool(volume, "goes", false)));
    }
    return list;
}

json_t *things_of_server(const struct cloud_double *c, const char *path)
{
    return strstr(path, "/os-interface") ? interfaces(c, server_in(path))
                                         : attachments(c, server_in(path));
}

static void hold(json_t *volume, const char *server)
{
    json_t *list = json_array();
    if (!volume)
        return json_decref(list);
    if (server)
        json_array_append_new(list, json_pack("{s:s}", "server_id", server));
    json_object_set_new(volume, "attachments", list);
    json_object_set_new(volume, "status", json_string(server ? "in-use" : "available"));
}

/* One that Nova made goes with its NIC. */
static void take_port_off(struct cloud_double *c)
{
    if (c->port && text_eq(jstr(c->port, "id", NULL), DOUBLE_PORT)) {
        json_decref(c->port);
        c->port = NULL;
        if (c->floating)
            json_object_set_new(c->floating, "port_id", json_null());
    } else if (c->port) {
        json_object_set_new(c->port, "device_id", json_string(""));
    }
}

json_t *things_change(struct cloud_double *c, const struct request *r, const char *path,
                      const json_t *body)
{
    bool off = text_eq(r->method, "DELETE");
    if (strstr(path, "/os-interface")) {
        if (off)
            take_port_off(c);
        else if (c->port)
            json_object_set_new(c->port, "device_id", json_string(server_in(path)));
        return NULL;
    }
    AUTO_FREE char *named = last_id(path, "/os-volume_attachments");
    const json_t *asked = jget(body, "volumeAttachment");
    json_t *volume = json_object_get(c->volumes, jstr(asked, "volumeId", named));
    if (text_eq(r->method, "PUT"))
        json_object_set_new(volume, "goes", json_true());
    else
        hold(volume, off ? NULL : server_in(path));
    return NULL;
}

void things_boot(struct cloud_double *c, const json_t *asked)
{
    const char *port = jstr(json_array_get(jget(asked, "networks"), 0), "port", NULL);
    size_t i;
    json_t *entry;
    if (port && c->port && text_eq(jstr(c->port, "id", NULL), port))
        json_object_set_new(c->port, "device_id", json_string(DOUBLE_TARGET));
    json_array_foreach(jget(asked, "block_device_mapping_v2"), i, entry)
        hold(json_object_get(c->volumes, jstr(entry, "uuid", "")), DOUBLE_TARGET);
}

void things_free(struct cloud_double *c, const char *server_id)
{
    json_t *volume;
    const char *id;
    if (c->keeps && is_on(c, server_id))
        take_port_off(c);
    json_object_foreach(c->volumes, id, volume)
    {
        if (text_eq(holder(volume), server_id))
            hold(volume, NULL);
    }
}

/* ---- Neutron ---- */

static json_t *listed(const char *key, json_t *one)
{
    json_t *list = json_array();
    if (one)
        json_array_append(list, one);
    return double_wrapped(key, list);
}

static json_t *port_of(const struct cloud_double *c, const char *path)
{
    static const char of[] = "/ports?device_id=", named[] = "/ports?name=";
    const char *want;
    if (text_starts(path, named)) /* a colon comes percent-encoded: the end tells */
        return c->port && *jstr(c->port, "name", "") ? c->port : NULL;
    want = text_starts(path, of) ? path + strlen(of) : "";
    return !*want || is_on(c, want) ? c->port : NULL;
}

static json_t *make_port(struct cloud_double *c, const json_t *body, int *status)
{
    if (c->port) {
        *status = 409;
        return NULL;
    }
    *status = 201;
    c->port = double_json(port_text);
    json_object_update(c->port, jget(body, "port"));
    json_object_set_new(c->port, "id", json_string(AGAIN));
    json_object_set_new(c->port, "device_id", json_string(""));
    return listed("port", NULL);
}

static json_t *one_thing(json_t *thing, const char *key, const char *id, int *status)
{
    if (thing && text_eq(jstr(thing, "id", NULL), id))
        return double_wrapped(key, json_deep_copy(thing));
    *status = 404;
    return double_json("{'NeutronError': {'type': 'NotFound', 'message': 'not found'}}");
}

static json_t *network_change(struct cloud_double *c, const struct request *r,
                              const char *path, const json_t *body, int *status)
{
    AUTO_FREE char *floating = last_id(path, "/floatingips");
    if (text_eq(path, "/ports"))
        return make_port(c, body, status);
    if (*floating && c->floating)
        json_object_update(c->floating, jget(body, "floatingip"));
    else if (c->port && strstr(path, "/tags"))
        json_object_set(c->port, "tags", jget(body, "tags"));
    else if (c->port && text_eq(r->method, "PUT"))
        json_object_update(c->port, jget(body, "port"));
    return NULL;
}

json_t *things_network(struct cloud_double *c, const struct request *r, const char *path,
                       const json_t *body, int *status)
{
    AUTO_FREE char *port = last_id(path, "/ports");
    AUTO_FREE char *floating = last_id(path, "/floatingips");
    if (!request_is_read(r))
        return network_change(c, r, path, body, status);
    if (*port)
        return one_thing(c->port, "port", port, status);
    if (*floating)
        return one_thing(c->floating, "floatingip", floating, status);
    if (text_starts(path, "/ports"))
        return listed("ports", port_of(c, path));
    if (text_starts(path, "/floatingips"))
        return listed("floatingips", c->floating);
    if (text_starts(path, "/networks"))
        return double_wrapped("networks",
                              double_json("[{'id': '" DOUBLE_NETWORK
                                          "', 'name': 'private', 'shared': false,"
                                          "'project_id': '" DOUBLE_PROJECT "',"
                                          "'router:external': false,"
                                          "'port_security_enabled': true,"
                                          "'admin_state_up': true}]"));
    if (text_starts(path, "/quotas"))
        return double_wrapped("quota", double_json("{'port': 100}"));
    return NULL;
}

/* ---- Cinder ---- */

static json_t *make_volume(struct cloud_double *c, const json_t *body)
{
    AUTO_FREE char *id =
        xasprintf("55555555-eeee-4eee-8eee-%012zu", json_object_size(c->volumes));
    json_t *volume = json_deep_copy(jget(body, "volume"));
    if (!volume)
        volume = json_object();
    json_object_set_new(volume, "id", json_string(id));
    json_object_set_new(volume, "encrypted", json_false());
    json_object_set_new(volume, "bootable", json_string("false"));
    json_object_set_new(c->volumes, id, volume);
    hold(volume, NULL);
    return double_wrapped("volume", json_deep_copy(volume));
}

static json_t *upload(struct cloud_double *c, const json_t *asked)
{
    json_decref(c->upload);
    c->upload = json_pack("{s:s, s:s, s:s, s:b, s:[]}", "id", UPLOAD, "name",
                          jstr(asked, "image_name", ""), "status", "active", "protected",
                          0, "tags");
    return double_wrapped(
        "os-volume_upload_image",
        json_pack("{s:s, s:s}", "image_id", UPLOAD, "status", "uploading"));
}

static json_t *volume_change(struct cloud_double *c, const struct request *r,
                             const char *id, const json_t *body, int *status)
{
    json_t *volume = json_object_get(c->volumes, id);
    const json_t *bootable = jget(body, "os-set_bootable");
    *status = 202;
    if (!*id)
        return make_volume(c, body);
    if (!volume)
        *status = 404;
    else if (jget(body, "os-volume_upload_image"))
        return upload(c, jget(body, "os-volume_upload_image"));
    else if (bootable)
        json_object_set_new(
            volume, "bootable",
            json_string(jbool(bootable, "bootable", false) ? "true" : "false"));
    else if (text_eq(r->method, "PUT"))
        json_object_update(volume, jget(body, "volume"));
    else if (text_eq(r->method, "DELETE"))
        json_object_del(c->volumes, id);
    return NULL;
}

static json_t *marked_volumes(const struct cloud_double *c)
{
    json_t *list = json_array(), *volume;
    const char *id;
    json_object_foreach(c->volumes, id, volume)
    {
        if (jget(jget(volume, "metadata"), "rezone"))
            json_array_append(list, volume);
    }
    return double_wrapped("volumes", list);
}

json_t *things_volume(struct cloud_double *c, const struct request *r, const char *path,
                      const json_t *body, int *status)
{
    AUTO_FREE char *id = last_id(path, "/volumes");
    if (!request_is_read(r))
        return volume_change(c, r, id, body, status);
    if (text_starts(path, "/limits"))
        return double_wrapped(
            "limits",
            double_wrapped("absolute", double_json("{'maxTotalVolumes': 10,"
                                                   "'maxTotalVolumeGigabytes': 1000,"
                                                   "'totalVolumesUsed': 1,"
                                                   "'totalGigabytesUsed': 1}")));
    if (text_starts(path, "/os-availability-zone"))
        return double_wrapped(
            "availabilityZoneInfo",
            double_json("[{'zoneName': 'az1', 'zoneState': {'available': true}},"
                        "{'zoneName': 'az2', 'zoneState': {'available': true}}]"));
    if (text_starts(path, "/volumes/detail"))
        return marked_volumes(c);
    return one_thing(json_object_get(c->volumes, id), "volume", id, status);
}
