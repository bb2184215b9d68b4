/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: zones, services, hypervisors and aggregates. */
#include <stdio.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "server.h"

static json_t *zone_hosts(struct cloud *cl, const char *zone)
{
    json_t *hosts = json_object(), *doc;
    const char *name;
    json_object_foreach(cl->hosts, name, doc)
    {
        if (!text_eq(str_of(doc, "zone"), zone))
            continue;
        bool up = !json_is_true(host_knob(cl, name, "down"));
        bool enabled = !json_is_true(host_knob(cl, name, "disabled"));
        json_object_set_new(hosts, name,
                            json_pack("{s:{s:b, s:b, s:o}}", "nova-compute", "active",
                                      (int)enabled, "available", (int)up, "updated_at",
                                      iso_us_json(cloud_now(cl))));
    }
    return hosts;
}

static void list_zones(struct cloud *cl, struct reply *rp, bool detail)
{
    json_t *list = json_array(), *doc, *seen = json_object();
    const char *name;
    json_object_foreach(cl->hosts, name, doc)
    {
        const char *zone = str_of(doc, "zone");
        if (json_object_get(seen, zone))
            continue;
        json_object_set_new(seen, zone, json_true());
        json_array_append_new(
            list, json_pack("{s:s, s:{s:b}, s:o}", "zoneName", zone, "zoneState",
                            "available", (int)zone_is_up(cl, zone), "hosts",
                            detail ? zone_hosts(cl, zone) : json_null()));
    }
    json_decref(seen);
    if (detail)
        json_array_append_new(
            list, json_pack("{s:s, s:{s:b}, s:{s:{s:{s:b, s:b, s:o}}}}", "zoneName",
                            "internal", "zoneState", "available", 1, "hosts", "control",
                            "nova-scheduler", "active", 1, "available", 1, "updated_at",
                            iso_us_json(cloud_now(cl))));
    reply_json(rp, 200, json_pack("{s:o}", "availabilityZoneInfo", list));
}

static void get_zones(struct cloud *cl, struct request *rq, struct reply *rp)
{
    (void)rq;
    list_zones(cl, rp, false);
}

static void get_zones_detail(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (nova_admin(rq, rp, "os_compute_api:os-availability-zone:detail"))
        list_zones(cl, rp, true);
}

static json_t *service_id(const struct request *rq, const json_t *host)
{
    return rq->mv >= 53 ? json_incref(json_object_get(host, "service"))
                        : json_integer(int_of(host, "number"));
}

static void get_services(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const char *binary = request_query(rq, "binary"), *only = request_query(rq, "host"),
               *name;
    json_t *list = json_array(), *host;
    if (!nova_admin(rq, rp, "os_compute_api:os-services:list")) {
        json_decref(list);
        return;
    }
    json_object_foreach(cl->hosts, name, host)
    {
        if ((binary && strcmp(binary, "nova-compute") != 0) ||
            (only && strcmp(only, name) != 0))
            continue;
        bool down = json_is_true(host_knob(cl, name, "down"));
        bool disabled = json_is_true(host_knob(cl, name, "disabled"));
        json_t *doc = json_pack(
            "{s:o, s:s, s:s, s:O, s:s, s:s, s:o, s:n}", "id", service_id(rq, host),
            "binary", "nova-compute", "host", name, "zone", json_object_get(host, "zone"),
            "status", disabled ? "disabled" : "enabled", "state", down ? "down" : "up",
            "updated_at", iso_us_json(cloud_now(cl)), "disabled_reason");
        if (rq->mv >= 11)
            json_object_set_new(doc, "forced_down", json_false());
        json_array_append_new(list, doc);
    }
    reply_json(rp, 200, json_pack("{s:o}", "services", list));
}

static json_t *hypervisor(struct cloud *cl, const struct request *rq, const char *name,
                          const json_t *host, bool detail)
{
    json_t *doc =
        json_pack("{s:o, s:s, s:s, s:s}", "id",
                  rq->mv >= 53 ? json_incref(json_object_get(host, "hypervisor"))
                               : json_integer(int_of(host, "number")),
                  "hypervisor_hostname", name, "state", "up", "status", "enabled");
    json_t *servers = json_array();
    for (struct row *r = cl->servers.oldest; r; r = r->newer) {
        const struct server *s = r->data;
        if (!s->deleted && strcmp(s->host, name) == 0)
            json_array_append_new(
                servers, json_pack("{s:s, s:s}", "uuid", s->id, "name", s->name));
    }
    if (rq->mv >= 53 && text_is_true(request_query(rq, "with_servers")) &&
        json_array_size(servers))
        json_object_set(doc, "servers", servers);
    if (detail) {
        json_object_set_new(doc, "host_ip", json_string("127.0.0.1"));
        json_object_set_new(doc, "hypervisor_type", json_string("fake"));
        json_object_set_new(doc, "hypervisor_version", json_integer(1000));
        json_object_set_new(doc, "service",
                            json_pack("{s:s, s:o, s:n}", "host", name, "id",
                                      service_id(rq, host), "disabled_reason"));
        if (rq->mv >= 88)
            str_into(doc, "uptime", NULL);
        if (rq->mv < 88) {
            json_object_set_new(doc, "vcpus", json_integer(4000));
            json_object_set_new(doc, "memory_mb", json_integer(4000000));
            json_object_set_new(doc, "local_gb", json_integer(600000));
            json_object_set_new(doc, "running_vms",
                                json_integer((json_int_t)json_array_size(servers)));
        }
    }
    json_decref(servers);
    return doc;
}

static void list_hypervisors(struct cloud *cl, struct request *rq, struct reply *rp,
                             bool detail)
{
    const char *pattern = request_query(rq, "hypervisor_hostname_pattern"), *name;
    json_t *list, *host;
    if (!nova_admin(rq, rp,
                    detail ? "os_compute_api:os-hypervisors:list-detail"
                           : "os_compute_api:os-hypervisors:list"))
        return;
    list = json_array();
    json_object_foreach(cl->hosts, name, host)
    {
        if (!pattern || strstr(name, pattern))
            json_array_append_new(list, hypervisor(cl, rq, name, host, detail));
    }
    reply_json(rp, 200, json_pack("{s:o}", "hypervisors", list));
}

static void get_hypervisors(struct cloud *cl, struct request *rq, struct reply *rp)
{
    list_hypervisors(cl, rq, rp, false);
}

static void get_hypervisors_detail(struct cloud *cl, struct request *rq, struct reply *rp)
{
    list_hypervisors(cl, rq, rp, true);
}

static void get_aggregates(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *list, *aggregate;
    size_t i;
    if (!nova_admin(rq, rp, "os_compute_api:os-aggregates:index"))
        return;
    list = json_array();
    json_array_foreach(cl->aggregates, i, aggregate)
    {
        json_t *doc = json_copy(aggregate);
        if (rq->mv < 41)
            json_object_del(doc, "uuid");
        json_array_append_new(list, doc);
    }
    reply_json(rp, 200, json_pack("{s:o}", "aggregates", list));
}

static const struct route routes[] = {
    {"GET", "os-availability-zone", get_zones, 0, 0},
    {"GET", "os-availability-zone/detail", get_zones_detail, 0, 0},
    {"GET", "os-services", get_services, 0, 0},
    {"GET", "os-hypervisors", get_hypervisors, 0, 0},
    {"GET", "os-hypervisors/detail", get_hypervisors_detail, 0, 0},
    {"GET", "os-aggregates", get_aggregates, 0, 0},
};
const struct route_set compute_host_routes = {routes, sizeof(routes) / sizeof(*routes)};
