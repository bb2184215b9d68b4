/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of the double, and what requests do to them. */
#include "cloud_double.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/session_parts.h"
#include "fuzz.h"

#define PROJECT   "87dde40c83cc47199136286ccef87cfe"
#define CALLER    "91c9012094e74a1993e8b07eedd9a8ef"
#define FLAVOR    "98a33110-fc90-44f1-8808-76d1b3cfbbce"
#define BASE      "3b2b2c44-9a51-4b06-8d5e-6f4f7f0f7b11"
#define NETWORK   "c4801938-f49d-46a2-b753-e8ac07621b9d"
#define PORT      "11111111-aaaa-4aaa-8aaa-000000000001"
#define GROUP     "22222222-bbbb-4bbb-8bbb-000000000001"
#define COMPUTE   "http://compute/v2.1"
#define GLANCE    "http://image/v2"
#define NEUTRON   "http://network/v2.0"
#define LINKS_MAX 8

/* Single quotes stand for double ones. */
static json_t *read_json(const char *json)
{
    AUTO_FREE char *text = xstrdup(json);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    must(value != NULL);
    return value;
}

static const char server_text[] =
    "{'id': '" DOUBLE_SOURCE
    "', 'name': 'web1', 'status': 'ACTIVE', 'tenant_id': '" PROJECT
    "', 'user_id': '" CALLER "', 'metadata': {'role': 'web'}, 'hostId': 'abc',"
    "'image': {'id': '" BASE "', 'links': []},"
    "'flavor': {'vcpus': 1, 'ram': 512, 'disk': 1, 'ephemeral': 0, 'swap': 0,"
    "           'original_name': 'm1.tiny', 'extra_specs': {}},"
    "'created': '2026-11-20T10:00:00Z', 'updated': '2026-11-20T10:00:09Z',"
    "'addresses': {'private': [{'version': 4, 'addr': '10.10.0.5',"
    "  'OS-EXT-IPS:type': 'fixed', 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01'}]},"
    "'accessIPv4': '', 'accessIPv6': '', 'links': [], 'OS-DCF:diskConfig': 'MANUAL',"
    "'OS-EXT-AZ:availability_zone': 'az1', 'config_drive': '', 'key_name': 'key',"
    "'OS-SRV-USG:launched_at': 'x', 'OS-EXT-STS:task_state': null,"
    "'OS-EXT-STS:vm_state': 'active', 'OS-EXT-STS:power_state': 1,"
    "'os-extended-volumes:volumes_attached': [], 'locked': false, 'locked_reason': null,"
    "'description': 'the shop', 'tags': ['a', 'b'], 'trusted_image_certificates': null,"
    "'server_groups': [], 'OS-EXT-SRV-ATTR:hostname': 'web1'}";

static const char flavor_text[] =
    "{'id': '" FLAVOR "', 'name': 'm1.tiny', 'ram': 512, 'disk': 1, 'swap': 0,"
    "'OS-FLV-EXT-DATA:ephemeral': 0, 'OS-FLV-DISABLED:disabled': false, 'vcpus': 1,"
    "'os-flavor-access:is_public': true, 'rxtx_factor': 1.0, 'extra_specs': {}}";

static const char port_text[] =
    "{'id': '" PORT "', 'network_id': '" NETWORK "', 'mac_address': 'fa:16:3e:00:00:01',"
    "'fixed_ips': [{'subnet_id': 's', 'ip_address': '10.10.0.5'}], 'name': '',"
    "'description': '', 'tags': [], 'admin_state_up': true, 'status': 'ACTIVE',"
    "'device_owner': 'compute:az1', 'port_security_enabled': true,"
    "'allowed_address_pairs': [], 'extra_dhcp_opts': [], 'qos_policy_id': null,"
    "'qos_network_policy_id': null, 'binding:vnic_type': 'normal',"
    "'security_groups': ['" GROUP "'], 'dns_name': '', 'resource_request': null,"
    "'propagate_uplink_status': true, 'ip_allocation': 'immediate'}";

void double_init(struct cloud_double *c, int compute)
{
    *c = (struct cloud_double){.source = read_json(server_text), .compute = compute};
}

void double_clear(struct cloud_double *c)
{
    json_decref(c->source);
    json_decref(c->target);
    json_decref(c->image);
}

static json_t *wrapped(const char *key, json_t *value)
{
    json_t *body = json_object();
    json_object_set_new(body, key, value);
    return body;
}

static json_t *listed(const char *key, json_t *one)
{
    json_t *list = json_array();
    if (one)
        json_array_append(list, one);
    return wrapped(key, list);
}

static json_t **server_of(struct cloud_double *c, const char *path)
{
    return strstr(path, DOUBLE_SOURCE) ? &c->source : &c->target;
}

/* ---- reading ---- */

static json_t *servers(struct cloud_double *c, const char *path)
{
    bool by_tag = strstr(path, "tags=") != NULL;
    json_t *list = json_array();
    if (c->source && !by_tag)
        json_array_append(list, c->source);
    if (c->target)
        json_array_append(list, c->target);
    return wrapped("servers", list);
}

static json_t *server_part(const struct cloud_double *c, const char *path)
{
    if (strstr(path, "/os-interface"))
        return wrapped("interfaceAttachments",
                       read_json("[{'port_id': '" PORT "', 'net_id': '" NETWORK
                                 "', 'mac_addr': 'fa:16:3e:00:00:01', 'tag': null}]"));
    if (strstr(path, "/os-volume_attachments"))
        return wrapped("volumeAttachments", json_array());
    if (strstr(path, "/os-security-groups"))
        return wrapped("security_groups",
                       read_json("[{'id': '" GROUP "', 'name': 'default'}]"));
    if (strstr(path, "/os-instance-actions/"))
        return wrapped("instanceAction",
                       read_json("{'action': 'createImage', 'request_id': 'req-2',"
                                 "'message': 'Error', 'events': [{'event': 'x',"
                                 "'result': 'Error', 'details': 'no disk'}]}"));
    if (strstr(path, "/os-instance-actions"))
        return wrapped("instanceActions",
                       read_json("[{'action': 'create', 'request_id': 'req-1',"
                                 "'user_id': 'u', 'project_id': 'p'}]"));
    return c->compute >= 97 ? wrapped("shares", json_array()) : NULL;
}

static json_t *read_compute(struct cloud_double *c, const char *path, int *status)
{
    if (text_starts(path, "/servers?") || text_starts(path, "/servers/detail") ||
        text_eq(path, "/servers"))
        return servers(c, path);
    if (text_starts(path, "/servers/")) {
        json_t *server = *server_of(c, path);
        const char *rest = strchr(path + strlen("/servers/"), '/');
        if (!server) {
            *status = 404;
            return read_json("{'itemNotFound': {'code': 404, 'message': 'not found'}}");
        }
        if (rest)
            return server_part(c, path);
        json_t *body = wrapped("server", json_deep_copy(server));
        json_object_set_new(json_object_get(json_object_get(body, "server"), "flavor"),
                            "id", json_string(FLAVOR));
        return body;
    }
    if (strstr(path, "/os-extra_specs"))
        return wrapped("extra_specs", json_object());
    if (text_starts(path, "/flavors/"))
        return wrapped("flavor", read_json(flavor_text));
    if (text_starts(path, "/os-keypairs/"))
        return wrapped("keypair", read_json("{'name': 'key'}"));
    if (text_starts(path, "/limits"))
        return wrapped("limits",
                       wrapped("absolute",
                               read_json("{'maxTotalInstances': 10, 'maxTotalCores': 20,"
                                         "'maxTotalRAMSize': 51200, 'maxServerMeta': 128,"
                                         "'totalRAMUsed': 512, 'totalCoresUsed': 1,"
                                         "'totalInstancesUsed': 1}")));
    if (text_starts(path, "/os-availability-zone"))
        return wrapped("availabilityZoneInfo",
                       read_json("[{'zoneName': 'az1', 'zoneState': {'available': true}},"
                                 "{'zoneName': 'az2', 'zoneState': {'available': "
                                 "true}}]"));
    if (text_starts(path, "/os-server-groups"))
        return wrapped("server_groups", json_array());
    return NULL;
}

static json_t *read_image(const struct cloud_double *c, const char *path, int *status)
{
    if (text_starts(path, "/images?"))
        return listed("images", c->image);
    if (text_starts(path, "/info/usage"))
        return wrapped("usage",
                       read_json("{'image_count_total': {'limit': 10, 'usage': 1}}"));
    if (strstr(path, BASE))
        return read_json("{'id': '" BASE "', 'min_disk': 0, 'status': 'active'}");
    if (c->image)
        return json_deep_copy(c->image);
    *status = 404;
    return NULL;
}

static json_t *read_network(const char *path)
{
    if (text_starts(path, "/ports?device_id=")) {
        const char *id = path + strlen("/ports?device_id=");
        json_t *port = read_json(port_text), *body = listed("ports", port);
        json_object_set_new(port, "device_id", json_stringn(id, strcspn(id, "&") % 64));
        json_decref(port);
        return body;
    }
    if (text_starts(path, "/ports"))
        return wrapped("ports", read_json("[{'id': 'x'}]"));
    if (text_starts(path, "/floatingips"))
        return wrapped("floatingips", json_array());
    if (text_starts(path, "/networks"))
        return wrapped("networks", read_json("[{'id': '" NETWORK "', 'name': 'private',"
                                             "'router:external': false, 'shared': false,"
                                             "'port_security_enabled': true,"
                                             "'admin_state_up': true}]"));
    if (text_starts(path, "/quotas"))
        return wrapped("quota", read_json("{'port': 100}"));
    return NULL;
}

/* ---- changing ---- */

static void set(json_t *object, const char *key, json_t *value)
{
    if (object)
        json_object_set_new(object, key, value);
    else
        json_decref(value);
}

static json_t *boot(struct cloud_double *c, const json_t *body)
{
    const json_t *asked = json_object_get(body, "server");
    json_decref(c->target);
    c->target = json_deep_copy(c->source);
    if (!c->target)
        return NULL;
    set(c->target, "id", json_string(DOUBLE_TARGET));
    set(c->target, "status", json_string("ACTIVE"));
    set(c->target, "locked", json_false());
    set(c->target, "locked_reason", json_null());
    set(c->target, "image", wrapped("id", json_string(DOUBLE_IMAGE)));
    set(c->target, "OS-EXT-AZ:availability_zone", json_string("az2"));
    for (const char *const *key = (const char *const[]){"tags", "metadata", NULL}; *key;
         key++)
        if (json_object_get(asked, *key))
            json_object_set(c->target, *key, json_object_get(asked, *key));
    return wrapped("server", wrapped("id", json_string(DOUBLE_TARGET)));
}

static json_t *act(struct cloud_double *c, json_t *server, const json_t *body)
{
    const json_t *asked;
    if ((asked = json_object_get(body, "createImage"))) {
        json_decref(c->image);
        c->image = json_deep_copy(json_object_get(asked, "metadata"));
        if (!c->image)
            c->image = json_object();
        set(c->image, "id", json_string(DOUBLE_IMAGE));
        json_object_set(c->image, "name", json_object_get(asked, "name"));
        set(c->image, "status", json_string("active"));
        set(c->image, "protected", json_false());
        set(c->image, "instance_uuid", json_string(DOUBLE_SOURCE));
        set(c->image, "tags", json_array());
        return wrapped("image_id", json_string(DOUBLE_IMAGE));
    }
    if (json_object_get(body, "os-stop"))
        set(server, "status", json_string("SHUTOFF"));
    else if (json_object_get(body, "os-start"))
        set(server, "status", json_string("ACTIVE"));
    else if (json_object_get(body, "unlock"))
        set(server, "locked", json_false());
    if ((asked = json_object_get(body, "lock"))) {
        const char *reason = jstr(asked, "locked_reason", NULL);
        set(server, "locked", json_true());
        set(server, "locked_reason", reason ? json_string(reason) : json_null());
    }
    return NULL;
}

static void change_tags(json_t *server, const char *path, bool put)
{
    const char *tag = strstr(path, "/tags/");
    AUTO_FREE char *name = xstrdup(tag ? tag + strlen("/tags/") : "");
    json_t *tags = json_object_get(server, "tags"), *one;
    size_t i;
    /* Colons come percent-encoded. */
    for (char *p; (p = strstr(name, "%3A"));) {
        *p = ':';
        memmove(p + 1, p + 3, strlen(p + 3) + 1);
    }
    json_array_foreach(tags, i, one)
    {
        if (text_eq(json_string_value(one), name)) {
            json_array_remove(tags, i);
            break;
        }
    }
    if (put)
        json_array_append_new(tags, json_string(name));
}

static json_t *change_server(struct cloud_double *c, const struct request *r,
                             const char *path, const json_t *body, int *status)
{
    json_t **server = server_of(c, path);
    if (text_eq(path, "/servers")) {
        *status = 202;
        return boot(c, body);
    }
    *status = *server ? 202 : 404;
    if (!*server)
        return NULL;
    if (strstr(path, "/tags/")) {
        change_tags(*server, path, text_eq(r->method, "PUT"));
    } else if (strstr(path, "/metadata/")) {
        json_t *metadata = json_object_get(*server, "metadata");
        if (text_eq(r->method, "PUT"))
            json_object_update(metadata, json_object_get(body, "meta"));
        else
            json_object_del(metadata, "rezone");
    } else if (strstr(path, "/action")) {
        return act(c, *server, body);
    } else if (text_eq(r->method, "PUT")) {
        json_object_update(*server, json_object_get(body, "server"));
    } else {
        json_decref(*server);
        *server = NULL;
    }
    return NULL;
}

/* JSON patches of one member each: all that is asked for. */
static json_t *change_image(struct cloud_double *c, const struct request *r,
                            const json_t *body, int *status)
{
    size_t i;
    json_t *one;
    if (!c->image) {
        *status = 404;
        return NULL;
    }
    if (text_eq(r->method, "DELETE")) {
        *status = 204;
        json_decref(c->image);
        c->image = NULL;
        return NULL;
    }
    json_array_foreach(body, i, one)
    {
        const char *key = jstr(one, "path", "/") + 1;
        if (text_eq(jstr(one, "op", NULL), "remove"))
            json_object_del(c->image, key);
        else
            json_object_set(c->image, key, json_object_get(one, "value"));
    }
    return json_deep_copy(c->image);
}

json_t *double_answer(struct cloud_double *c, const struct request *r, int *ret_status)
{
    bool read = request_is_read(r);
    AUTO_JSON json_t *body =
        r->body ? json_loadb(r->body, r->body_len, JSON_DECODE_ANY, NULL) : NULL;
    *ret_status = 200;
    if (text_starts(r->url, COMPUTE)) {
        const char *path = r->url + strlen(COMPUTE);
        return read ? read_compute(c, path, ret_status)
                    : change_server(c, r, path, body, ret_status);
    }
    if (text_starts(r->url, GLANCE))
        return read ? read_image(c, r->url + strlen(GLANCE), ret_status)
                    : change_image(c, r, body, ret_status);
    if (text_starts(r->url, NEUTRON))
        return read_network(r->url + strlen(NEUTRON));
    must(text_starts(r->url, "http://identity/v3"));
    *ret_status = 503;
    return NULL;
}

struct world *double_world(int compute)
{
    struct cloud_config config = {.auth_type = AUTH_PASSWORD,
                                  .auth_url = xstrdup("http://identity/v3"),
                                  .username = xstrdup("demo"),
                                  .password = xstrdup("opensesame"),
                                  .project_name = xstrdup("demo"),
                                  .interface = xstrdup("public")};
    struct session *s = session_new(&config);
    s->token.id = xstrdup("gAAAA");
    s->token.user_id = xstrdup(CALLER);
    s->token.user_name = xstrdup("demo");
    s->token.project_id = xstrdup(PROJECT);
    s->token.project_name = xstrdup("demo");
    s->token.got_at = clock_mono();
    s->generation = 1;
    s->base_found = true;
    s->region = xstrdup("RegionOne");
    s->identity = xstrdup("http://identity RegionOne " PROJECT);
    s->endpoint[SERVICE_IDENTITY] = xstrdup("http://identity/v3");
    s->endpoint[SERVICE_COMPUTE] = xstrdup(COMPUTE);
    s->endpoint[SERVICE_IMAGE] = xstrdup(GLANCE);
    s->endpoint[SERVICE_NETWORK] = xstrdup(NEUTRON);
    s->server_max = s->compute = compute;
    return world_new(s);
}
