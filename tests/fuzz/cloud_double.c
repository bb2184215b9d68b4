/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of the double, and what requests do to them. */
#include "cloud_double.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/session_parts.h"
#include "double_things.h"
#include "fuzz.h"
#include "moves/losses.h"

#define CALLER    "91c9012094e74a1993e8b07eedd9a8ef"
#define FLAVOR    "98a33110-fc90-44f1-8808-76d1b3cfbbce"
#define BASE      "3b2b2c44-9a51-4b06-8d5e-6f4f7f0f7b11"
#define COMPUTE   "http://compute/v2.1"
#define GLANCE    "http://image/v2"
#define NEUTRON   "http://network/v2.0"
#define LINKS_MAX 8

static const char server_text[] =
    "{'id': '" DOUBLE_SOURCE
    "', 'name': 'web1', 'status': 'ACTIVE', 'tenant_id': '" DOUBLE_PROJECT
    "', 'user_id': '" CALLER "', 'metadata': {'role': 'web'}, 'hostId': 'abc',"
    "'image': {'id': '" BASE "', 'links': []},"
    "'flavor': {'vcpus': 1, 'ram': 512, 'disk': 1, 'ephemeral': 0, 'swap': 0,"
    "           'original_name': 'm1.tiny', 'extra_specs': {}, 'id': '" FLAVOR "'},"
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

/* A server that rests has its words for it. */
static void rest(json_t *server, const char *status, const char *vm_state, int power)
{
    json_object_set_new(server, "status", json_string(status));
    json_object_set_new(server, "OS-EXT-STS:vm_state", json_string(vm_state));
    json_object_set_new(server, "OS-EXT-STS:power_state", json_integer(power));
}

void double_init(struct cloud_double *c, int compute, unsigned choices)
{
    *c = (struct cloud_double){.source = double_json(server_text),
                               .compute = compute,
                               .rich = choices & DOUBLE_RICH,
                               .keeps = choices & DOUBLE_KEEP};
    if (choices & DOUBLE_PAUSED)
        rest(c->source, "PAUSED", "paused", 3);
    else if (choices & DOUBLE_SUSPENDED)
        rest(c->source, "SUSPENDED", "suspended", 4);
    things_init(c);
}

json_t *double_options(unsigned choices)
{
    json_t *options = json_pack("{s:s, s:s, s:b, s:s}", "addresses",
                                choices & DOUBLE_KEEP ? "keep" : "new", "to", "az2",
                                "yes", 1, OPTION_ACCEPT_LOSS, "memory");
    if (choices & DOUBLE_COPY)
        json_object_set_new(options, "volumes", json_string("copy"));
    if (choices & DOUBLE_PROBE)
        json_object_set_new(options, "probes",
                            double_json("['tcp:22', 'http:8080/health', 'cmd:true']"));
    if (choices & DOUBLE_ORDER)
        json_object_set_new(options, "nic-order", json_string(DOUBLE_PORT));
    return options;
}

bool double_would_lose(const struct request *r, bool commits)
{
    bool deletes =
        text_eq(r->method, "DELETE") || (r->body && strstr(r->body, "forceDelete"));
    const char *at = strstr(r->url, "/servers/" DOUBLE_SOURCE);
    bool source = at && !strchr(at + strlen("/servers/"), '/');
    return deletes && ((source && !commits) || strstr(r->url, "/volumes/" DOUBLE_VOLUME));
}

void double_clear(struct cloud_double *c)
{
    json_decref(c->source);
    json_decref(c->target);
    json_decref(c->image);
    things_clear(c);
}

static json_t *listed(const char *key, json_t *one)
{
    json_t *list = json_array();
    if (one)
        json_array_append(list, one);
    return double_wrapped(key, list);
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
    return double_wrapped("servers", list);
}

static json_t *server_part(const struct cloud_double *c, const char *path)
{
    if (strstr(path, "/os-interface") || strstr(path, "/os-volume_attachments"))
        return things_of_server(c, path);
    if (strstr(path, "/os-security-groups"))
        return double_wrapped("security_groups", double_json("[{'id': '" DOUBLE_GROUP
                                                             "', 'name': 'default'}]"));
    if (strstr(path, "/os-instance-actions/"))
        return double_wrapped(
            "instanceAction",
            double_json("{'action': 'createImage', 'request_id': 'req-2',"
                        "'message': 'Error', 'events': [{'event': 'x',"
                        "'result': 'Error', 'details': 'no disk'}]}"));
    if (strstr(path, "/os-instance-actions"))
        return double_wrapped("instanceActions",
                              double_json("[{'action': 'create', 'request_id': 'req-1',"
                                          "'user_id': 'u', 'project_id': 'p'}]"));
    return c->compute >= 97 ? double_wrapped("shares", json_array()) : NULL;
}

/* A NIC that was taken off is forgotten with its addresses. Gives. */
static json_t *shown(const struct cloud_double *c, json_t *server)
{
    json_t *copy = json_deep_copy(server), *nics, *entries;
    const char *label;
    if (server != c->source || !c->keeps)
        return copy;
    nics = things_of_server(c, "/servers/" DOUBLE_SOURCE "/os-interface");
    AUTO_FREE char *text = json_dumps(nics, 0);
    json_decref(nics);
    json_object_foreach(json_object_get(copy, "addresses"), label, entries)
    {
        for (size_t i = json_array_size(entries); i-- > 0;)
            if (!text || !strstr(text, jstr(json_array_get(entries, i), "addr", "")))
                json_array_remove(entries, i);
    }
    return copy;
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
            return double_json("{'itemNotFound': {'code': 404, 'message': 'not found'}}");
        }
        if (rest)
            return server_part(c, path);
        return double_wrapped("server", shown(c, server));
    }
    if (strstr(path, "/os-extra_specs"))
        return double_wrapped("extra_specs", json_object());
    if (text_starts(path, "/flavors/"))
        return double_wrapped("flavor", double_json(flavor_text));
    if (text_starts(path, "/os-keypairs/"))
        return double_wrapped("keypair", double_json("{'name': 'key'}"));
    if (text_starts(path, "/limits"))
        return double_wrapped(
            "limits",
            double_wrapped("absolute",
                           double_json("{'maxTotalInstances': 10, 'maxTotalCores': 20,"
                                       "'maxTotalRAMSize': 51200, 'maxServerMeta': 128,"
                                       "'totalRAMUsed': 512, 'totalCoresUsed': 1,"
                                       "'totalInstancesUsed': 1}")));
    if (text_starts(path, "/os-availability-zone"))
        return double_wrapped(
            "availabilityZoneInfo",
            double_json("[{'zoneName': 'az1', 'zoneState': {'available': true}},"
                        "{'zoneName': 'az2', 'zoneState': {'available': "
                        "true}}]"));
    if (text_starts(path, "/os-server-groups"))
        return double_wrapped("server_groups", json_array());
    return NULL;
}

static json_t *read_image(const struct cloud_double *c, const char *path, int *status)
{
    if (text_starts(path, "/images?")) {
        json_t *body = listed("images", c->image);
        if (c->upload)
            json_array_append(jget(body, "images"), c->upload);
        return body;
    }
    if (c->upload && strstr(path, jstr(c->upload, "id", "")))
        return json_deep_copy(c->upload);
    if (text_starts(path, "/info/usage"))
        return double_wrapped(
            "usage", double_json("{'image_count_total': {'limit': 10, 'usage': 1}}"));
    if (strstr(path, BASE))
        return double_json("{'id': '" BASE "', 'min_disk': 0, 'status': 'active'}");
    if (c->image)
        return json_deep_copy(c->image);
    *status = 404;
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
    set(c->target, "image", double_wrapped("id", json_string(DOUBLE_IMAGE)));
    set(c->target, "OS-EXT-AZ:availability_zone", json_string("az2"));
    for (const char *const *key = (const char *const[]){"tags", "metadata", NULL}; *key;
         key++)
        if (json_object_get(asked, *key))
            json_object_set(c->target, *key, json_object_get(asked, *key));
    things_boot(c, asked);
    return double_wrapped("server", double_wrapped("id", json_string(DOUBLE_TARGET)));
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
        return double_wrapped("image_id", json_string(DOUBLE_IMAGE));
    }
    if (json_object_get(body, "os-stop"))
        set(server, "status", json_string("SHUTOFF"));
    else if (json_object_get(body, "os-start") || json_object_get(body, "unpause") ||
             json_object_get(body, "resume"))
        set(server, "status", json_string("ACTIVE"));
    else if (json_object_get(body, "pause"))
        set(server, "status", json_string("PAUSED"));
    else if (json_object_get(body, "suspend"))
        set(server, "status", json_string("SUSPENDED"));
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
    } else if (strstr(path, "/os-interface") || strstr(path, "/os-volume_attachments")) {
        return things_change(c, r, path, body);
    } else if (strstr(path, "/action")) {
        return act(c, *server, body);
    } else if (text_eq(r->method, "PUT")) {
        json_object_update(*server, json_object_get(body, "server"));
    } else {
        things_free(c, jstr(*server, "id", ""));
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
    if (c->upload && strstr(r->url, jstr(c->upload, "id", ""))) {
        *status = 204;
        json_decref(c->upload);
        c->upload = NULL;
        return NULL;
    }
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

static void show_volumes(const struct cloud_double *c, json_t *server)
{
    if (server)
        json_object_set_new(server, "os-extended-volumes:volumes_attached",
                            things_volume_ids(c, jstr(server, "id", "")));
}

json_t *double_answer(struct cloud_double *c, const struct request *r, int *ret_status)
{
    bool read = request_is_read(r);
    AUTO_JSON json_t *body =
        r->body ? json_loadb(r->body, r->body_len, JSON_DECODE_ANY, NULL) : NULL;
    *ret_status = 200;
    show_volumes(c, c->source);
    show_volumes(c, c->target);
    if (text_starts(r->url, COMPUTE)) {
        const char *path = r->url + strlen(COMPUTE);
        return read ? read_compute(c, path, ret_status)
                    : change_server(c, r, path, body, ret_status);
    }
    if (text_starts(r->url, GLANCE))
        return read ? read_image(c, r->url + strlen(GLANCE), ret_status)
                    : change_image(c, r, body, ret_status);
    if (text_starts(r->url, NEUTRON))
        return things_network(c, r, r->url + strlen(NEUTRON), body, ret_status);
    if (text_starts(r->url, DOUBLE_VOLUMES))
        return things_volume(c, r, r->url + strlen(DOUBLE_VOLUMES), body, ret_status);
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
    s->token.project_id = xstrdup(DOUBLE_PROJECT);
    s->token.project_name = xstrdup("demo");
    s->token.got_at = clock_mono();
    s->generation = 1;
    s->base_found = true;
    s->region = xstrdup("RegionOne");
    s->identity = xstrdup("http://identity RegionOne " DOUBLE_PROJECT);
    s->endpoint[SERVICE_IDENTITY] = xstrdup("http://identity/v3");
    s->endpoint[SERVICE_COMPUTE] = xstrdup(COMPUTE);
    s->endpoint[SERVICE_IMAGE] = xstrdup(GLANCE);
    s->endpoint[SERVICE_NETWORK] = xstrdup(NEUTRON);
    s->endpoint[SERVICE_VOLUME] = xstrdup(DOUBLE_VOLUMES);
    s->server_max = s->compute = compute;
    return world_new(s);
}
