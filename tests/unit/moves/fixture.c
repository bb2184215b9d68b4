/* SPDX-License-Identifier: Apache-2.0 */
/* One server and all that services say of it. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/marks.h"

json_t *parse(const char *json)
{
    AUTO_FREE char *text = xstrdup(json);
    for (char *p = text; *p; p++) {
        if (*p == '\'')
            *p = '"';
    }
    json_error_t why;
    json_t *j = json_loads(text, JSON_DECODE_ANY, &why);
    if (!j)
        fail_msg("%s in %s", why.text, json);
    return j;
}

void set(json_t *object, const char *key, const char *json)
{
    assert_true(json_is_object(object));
    json_object_set_new(object, key, parse(json));
}

static char *doc_key(const struct kind *kind, const char *key)
{
    return xasprintf("%s|%s", kind->name, key ? key : "");
}

json_t *scene_doc(struct scene *s, const struct kind *kind, const char *key)
{
    AUTO_FREE char *name = doc_key(kind, key);
    json_t *doc = json_object_get(s->docs, name);
    if (!doc)
        fail_msg("no document %s", name);
    return doc;
}

void scene_put(struct scene *s, const struct kind *kind, const char *key, json_t *doc)
{
    AUTO_FREE char *name = doc_key(kind, key);
    if (doc)
        json_object_set_new(s->docs, name, doc);
    else
        json_object_del(s->docs, name);
}

static const char server_text[] =
    "{'id': '" SOURCE_ID "', 'name': 'web1', 'status': 'ACTIVE', 'tenant_id': '" PROJECT
    "', 'user_id': '" CALLER "', 'metadata': {'role': 'web'}, 'hostId': 'abc',"
    "'image': {'id': '" IMAGE_ID "', 'links': []},"
    "'flavor': {'vcpus': 1, 'ram': 512, 'disk': 1, 'ephemeral': 0, 'swap': 0,"
    "           'original_name': 'm1.tiny', 'extra_specs': {}},"
    "'created': '2026-11-20T10:00:00Z', 'updated': '2026-11-20T10:00:09Z',"
    "'addresses': {}, 'accessIPv4': '', 'accessIPv6': '', 'links': [],"
    "'OS-DCF:diskConfig': 'MANUAL', 'OS-EXT-AZ:availability_zone': 'az1',"
    "'config_drive': '', 'key_name': 'key', 'OS-SRV-USG:launched_at': 'x',"
    "'OS-EXT-STS:task_state': null, 'OS-EXT-STS:vm_state': 'active',"
    "'OS-EXT-STS:power_state': 1, 'os-extended-volumes:volumes_attached': [],"
    "'locked': false, 'locked_reason': null, 'description': 'the shop', 'tags': ['a', "
    "'b'],"
    "'trusted_image_certificates': null, 'server_groups': [],"
    "'OS-EXT-SRV-ATTR:hostname': 'web1'}";

static const char flavor_text[] =
    "{'id': '" FLAVOR_ID "', 'name': 'm1.tiny', 'ram': 512, 'disk': 1, 'swap': 0,"
    "'OS-FLV-EXT-DATA:ephemeral': 0, 'OS-FLV-DISABLED:disabled': false, 'vcpus': 1,"
    "'os-flavor-access:is_public': true, 'rxtx_factor': 1.0, 'extra_specs': {}}";

static const char limits_text[] =
    "{'maxTotalInstances': 10, 'maxTotalCores': 20, 'maxTotalRAMSize': 51200,"
    "'maxServerMeta': 128, 'totalRAMUsed': 512, 'totalCoresUsed': 1,"
    "'totalInstancesUsed': 1}";

static void put_network(struct scene *s, const char *id, const char *name)
{
    json_t *doc = parse("[{'router:external': false, 'shared': false,"
                        "'port_security_enabled': true, 'admin_state_up': true}]");
    json_object_set_new(json_array_get(doc, 0), "id", json_string(id));
    json_object_set_new(json_array_get(doc, 0), "name", json_string(name));
    scene_put(s, &kind_networks, id, doc);
}

struct scene *scene_new(int compute)
{
    struct scene *s = xcalloc(1, sizeof(*s));
    s->m = fake_move_new(compute);
    s->docs = json_object();
    s->asked = json_array();
    scene_put(s, &kind_server, SOURCE_ID, parse(server_text));
    scene_put(s, &kind_server_246, SOURCE_ID,
              parse("{'flavor': {'id': '" FLAVOR_ID "'}}"));
    scene_put(s, &kind_interfaces, SOURCE_ID, json_array());
    scene_put(s, &kind_ports_of, SOURCE_ID, json_array());
    scene_put(s, &kind_attachments, SOURCE_ID, json_array());
    scene_put(s, &kind_actions, SOURCE_ID,
              parse("[{'action': 'create', 'request_id': 'req-1', 'user_id': 'u',"
                    "'project_id': 'p'}]"));
    scene_put(s, &kind_flavor, FLAVOR_ID, parse(flavor_text));
    scene_put(s, &kind_image, IMAGE_ID, parse("{'id': '" IMAGE_ID "', 'min_disk': 0}"));
    scene_put(s, &kind_keypair, "key", parse("{'name': 'key'}"));
    scene_put(s, &kind_zones, "",
              parse("[{'zoneName': 'az1', 'zoneState': {'available': true}},"
                    "{'zoneName': 'az2', 'zoneState': {'available': true}}]"));
    scene_put(s, &kind_limits, "", parse(limits_text));
    scene_put(s, &kind_ports_count, PROJECT, parse("[{'id': 'x'}]"));
    scene_put(s, &kind_network_quota, PROJECT, parse("{'port': 100}"));
    put_network(s, NET_A, "private");
    scene_add_nic(s, PORT_A, NET_A, "private", "fa:16:3e:00:00:01", "10.10.0.5");
    return s;
}

void scene_free(struct scene *s)
{
    if (!s)
        return;
    fake_move_free(s->m);
    json_decref(s->docs);
    json_decref(s->asked);
    mem_auto_free(&s);
}

json_t *scene_server(struct scene *s)
{
    return scene_doc(s, &kind_server, SOURCE_ID);
}

json_t *scene_port(struct scene *s, size_t i)
{
    return json_array_get(scene_doc(s, &kind_ports_of, SOURCE_ID), i);
}

/* The lists that are asked for by ids of several: joined as the row will ask. */
static void put_joined(struct scene *s)
{
    AUTO_FREE char *ports = NULL, *nets = NULL;
    json_t *all = json_array();
    size_t i, n = 0;
    json_t *port;
    json_array_foreach(scene_doc(s, &kind_ports_of, SOURCE_ID), i, port)
    {
        const char *net = jstr(port, "network_id", "");
        AUTO_FREE char *longer = xasprintf("%s%s%s", ports ? ports : "", ports ? "," : "",
                                           jstr(port, "id", ""));
        xreplace(&ports, longer);
        if (nets && strstr(nets, net))
            continue;
        AUTO_FREE char *more =
            xasprintf("%s%s%s", nets ? nets : "", nets ? "," : "", net);
        xreplace(&nets, more);
        json_array_extend(all, scene_doc(s, &kind_networks, net));
        n++;
    }
    if (n > 1)
        scene_put(s, &kind_networks, nets, all);
    else
        json_decref(all);
    scene_put(s, &kind_floating_ips, ports, json_array());
}

void scene_add_nic(struct scene *s, const char *port, const char *net, const char *label,
                   const char *mac, const char *ip)
{
    json_t *doc = parse(
        "{'name': '', 'description': '', 'tags': [], 'admin_state_up': true,"
        "'status': 'ACTIVE', 'device_owner': 'compute:az1', 'port_security_enabled': "
        "true,"
        "'allowed_address_pairs': [], 'extra_dhcp_opts': [], 'qos_policy_id': null,"
        "'qos_network_policy_id': null, 'binding:vnic_type': 'normal',"
        "'security_groups': ['" GROUP "'], 'dns_name': '', 'resource_request': null,"
        "'propagate_uplink_status': true, 'ip_allocation': 'immediate',"
        "'device_id': '" SOURCE_ID "'}");
    json_object_set_new(doc, "id", json_string(port));
    json_object_set_new(doc, "network_id", json_string(net));
    json_object_set_new(doc, "mac_address", json_string(mac));
    json_object_set_new(
        doc, "fixed_ips",
        json_pack("[{s:s, s:s}]", "subnet_id", "subnet-of-it", "ip_address", ip));
    json_array_append_new(scene_doc(s, &kind_ports_of, SOURCE_ID), doc);
    json_array_append_new(scene_doc(s, &kind_interfaces, SOURCE_ID),
                          json_pack("{s:s, s:s, s:s, s:n}", "port_id", port, "net_id",
                                    net, "mac_addr", mac, "tag"));
    json_t *addresses = json_object_get(scene_server(s), "addresses");
    json_t *entries = json_object_get(addresses, label);
    if (!entries) {
        entries = json_array();
        json_object_set_new(addresses, label, entries);
    }
    json_array_append_new(entries, json_pack("{s:i, s:s, s:s, s:s}", "version", 4, "addr",
                                             ip, "OS-EXT-IPS:type", "fixed",
                                             "OS-EXT-IPS-MAC:mac_addr", mac));
    AUTO_FREE char *known = doc_key(&kind_networks, net);
    if (!json_object_get(s->docs, known))
        put_network(s, net, label);
    put_joined(s);
}

const struct look *scene_look(struct scene *s, watch_fn *watch)
{
    struct watch w = {0};
    watch(s->m, &w);
    s->look.n = 0;
    for (size_t i = 0; i < w.n; i++) {
        AUTO_FREE char *name = doc_key(w.at[i].kind, w.at[i].key);
        json_t *doc = json_object_get(s->docs, name);
        s->sights[i] = (struct sight){
            .subject = w.at[i],
            .state = doc                   ? SIGHT_HERE
                     : w.at[i].kind->items ? SIGHT_DENIED
                                           : SIGHT_GONE,
            .doc = doc,
        };
        s->look.at[s->look.n++] = &s->sights[i];
        json_array_append_new(s->asked, json_string(name));
    }
    return &s->look;
}

enum verdict scene_judge(struct scene *s, watch_fn *watch, seen_fn *seen)
{
    memset(&s->m->err, 0, sizeof(s->m->err));
    return seen(s->m, scene_look(s, watch));
}

enum verdict scene_capture(struct scene *s)
{
    s->m->item = 0;
    enum verdict v = scene_judge(s, capture_watch, capture_seen);
    while (v == AGAIN) {
        assert_true(s->m->item < 5);
        s->m->item++;
        v = scene_judge(s, capture_watch, capture_seen);
    }
    s->m->item = 0;
    return v;
}

static void copy_port(json_t *port, size_t i)
{
    AUTO_FREE char *id = xasprintf("33333333-cccc-4ccc-8ccc-%012zu", i);
    AUTO_FREE char *mac = xasprintf("fa:16:3e:ff:00:%02zx", i);
    AUTO_FREE char *ip = xasprintf("10.10.9.%zu", i);
    json_object_set_new(port, "id", json_string(id));
    json_object_set_new(port, "mac_address", json_string(mac));
    json_object_set_new(port, "device_id", json_string(TARGET_ID));
    json_object_set_new(json_array_get(json_object_get(port, "fixed_ips"), 0),
                        "ip_address", json_string(ip));
}

static void copy_address(json_t *server, const json_t *was, const json_t *now)
{
    const char *label;
    json_t *entries, *entry;
    size_t i;
    json_object_foreach(json_object_get(server, "addresses"), label, entries)
    {
        json_array_foreach(entries, i, entry)
        {
            if (text_eq(jstr(entry, "OS-EXT-IPS-MAC:mac_addr", NULL),
                        jstr(was, "mac_address", ""))) {
                json_object_set(entry, "OS-EXT-IPS-MAC:mac_addr",
                                json_object_get(now, "mac_address"));
                json_object_set(entry, "addr",
                                jget(json_array_get(json_object_get(now, "fixed_ips"), 0),
                                     "ip_address"));
            }
        }
    }
}

void scene_boot(struct scene *s)
{
    char mark[MARK_SIZE];
    json_t *server = json_deep_copy(scene_server(s));
    json_t *ports = json_deep_copy(scene_doc(s, &kind_ports_of, SOURCE_ID)), *port;
    json_t *interfaces = json_deep_copy(scene_doc(s, &kind_interfaces, SOURCE_ID));
    size_t i;
    json_object_set_new(server, "id", json_string(TARGET_ID));
    json_object_set_new(server, "OS-EXT-AZ:availability_zone", json_string("az2"));
    mark_target_tag(MOVE_ID, mark);
    json_array_append_new(json_object_get(server, "tags"), json_string(mark));
    json_array_foreach(ports, i, port)
    {
        copy_port(port, i);
        copy_address(server, scene_port(s, i), port);
        json_object_set(json_array_get(interfaces, i), "port_id",
                        json_object_get(port, "id"));
    }
    scene_put(s, &kind_server, TARGET_ID, server);
    scene_put(s, &kind_ports_of, TARGET_ID, ports);
    scene_put(s, &kind_interfaces, TARGET_ID, interfaces);
    move_set_target(s->m, TARGET_ID);
}

json_t *scene_target(struct scene *s)
{
    return scene_doc(s, &kind_server, TARGET_ID);
}

json_t *scene_target_port(struct scene *s, size_t i)
{
    return json_array_get(scene_doc(s, &kind_ports_of, TARGET_ID), i);
}
