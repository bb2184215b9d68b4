/* SPDX-License-Identifier: Apache-2.0 */
/* rezone check: what this account can do in this cloud, by reading only. */
#include "base/mem.h"
#include "base/text.h"
#include "cli/result.h"
#include "cli/stage.h"
#include "cloud/json.h"
#include "cloud/glance.h"
#include "cloud/neutron.h"
#include "cloud/nova.h"

static const char *const keys[] = {"area", "name", "value", NULL};

struct check {
    struct stage st;
    json_t *rows;
};

static void add(struct check *c, const char *area, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct check *c, const char *area, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *value = xvasprintf(fmt, ap);
    va_end(ap);
    json_t *row = json_object();
    json_object_set_new(row, "area", json_string(area));
    json_object_set_new(row, "name", jtext(name));
    json_object_set_new(row, "value", jtext(value));
    json_array_append_new(c->rows, row);
}

static struct session *session_in(void *world)
{
    return ((struct world *)world)->session;
}

static void build_zones(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    nova_zones(session_in(world), r);
}

static void build_limits(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    nova_limits(session_in(world), r);
}

static void build_ports(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    neutron_ports_count(session_in(world), r, session_project_id(session_in(world)));
}

static void build_port_quota(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    neutron_quota(session_in(world), r, session_project_id(session_in(world)));
}

/* One image is enough to see that the service answers and takes our token. */
static void build_images(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    glance_images_by_name(session_in(world), r, "rezone-check", NULL);
}

/* A part that this account may not read is a finding, not the end; a cloud that is away
 * is. *ret NULL: not to be had. */
static bool read_part(struct check *c, enum service service, build_fn *build,
                      json_t **ret, struct err *err)
{
    struct err why = {0};
    *ret = NULL;
    if (engine_read(c->st.engine, service, build, NULL, ret, &why))
        return true;
    if (!stage_is_refusal(&c->st, &why)) {
        *err = why;
        return false;
    }
    add(c, "service", service_name(service), "refused: %s", why.text);
    return true;
}

static void add_zones(struct check *c, const json_t *body)
{
    size_t i;
    const json_t *zone;
    json_array_foreach(json_object_get(body, "availabilityZoneInfo"), i, zone)
    {
        bool up = jbool(json_object_get(zone, "zoneState"), "available", false);
        add(c, "zone", jstr(zone, "zoneName", "?"), "%s",
            up ? "available" : "not available");
    }
}

static void add_quota(struct check *c, const char *name, long long used, long long limit)
{
    if (limit < 0)
        add(c, "quota", name, "%lld used, no limit", used);
    else
        add(c, "quota", name, "%lld of %lld used, %lld free", used, limit,
            limit > used ? limit - used : 0);
}

static void add_limits(struct check *c, const json_t *body)
{
    const json_t *l = jget(body, "limits/absolute");
    if (!l)
        return;
    add_quota(c, "instances", jint(l, "totalInstancesUsed", 0),
              jint(l, "maxTotalInstances", -1));
    add_quota(c, "cores", jint(l, "totalCoresUsed", 0), jint(l, "maxTotalCores", -1));
    add_quota(c, "ram_mb", jint(l, "totalRAMUsed", 0), jint(l, "maxTotalRAMSize", -1));
}

static void add_service(struct check *c, enum service service)
{
    struct session *s = stage_session(&c->st);
    const char *name = service_name(service);
    if (!session_has_service(s, service))
        add(c, "service", name, "not in the catalog");
    else
        add(c, "service", name, "%s", session_endpoint(s, service));
}

static bool read_compute(struct check *c, struct err *err)
{
    struct session *s = stage_session(&c->st);
    AUTO_JSON json_t *zones = NULL;
    AUTO_JSON json_t *limits = NULL;
    if (!read_part(c, SERVICE_COMPUTE, build_zones, &zones, err))
        return false;
    add(c, "account", "user", "%s", session_user_name(s));
    add(c, "account", "project", "%s (%s)", session_project_name(s),
        session_project_id(s));
    add(c, "account", "cloud", "%s", session_identity(s));
    add_service(c, SERVICE_COMPUTE);
    int highest = session_compute_server_max(s);
    add(c, "service", "compute microversion", "2.%d used, 2.%d offered",
        session_compute(s), highest);
    add_zones(c, zones);
    if (!read_part(c, SERVICE_COMPUTE, build_limits, &limits, err))
        return false;
    add_limits(c, limits);
    return true;
}

static bool read_others(struct check *c, struct err *err)
{
    AUTO_JSON json_t *images = NULL;
    AUTO_JSON json_t *ports = NULL;
    AUTO_JSON json_t *quota = NULL;
    struct session *s = stage_session(&c->st);
    bool image = session_has_service(s, SERVICE_IMAGE);
    bool network = session_has_service(s, SERVICE_NETWORK);
    if (image && !read_part(c, SERVICE_IMAGE, build_images, &images, err))
        return false;
    add_service(c, SERVICE_IMAGE);
    if (network && (!read_part(c, SERVICE_NETWORK, build_ports, &ports, err) ||
                    !read_part(c, SERVICE_NETWORK, build_port_quota, &quota, err)))
        return false;
    add_service(c, SERVICE_NETWORK);
    add_service(c, SERVICE_VOLUME);
    const json_t *limit = jget(quota, "quota/port");
    if (ports)
        add_quota(c, "ports", (long long)json_array_size(jget(ports, "ports")),
                  json_is_integer(limit) ? json_integer_value(limit) : -1);
    if (images && network)
        add(c, "strategy", "snapshot",
            "can be tried; 'rezone plan' tells it of each server");
    else
        add(c, "strategy", "snapshot", "no: it needs the image and the network service");
    return true;
}

static int run(const struct call *call)
{
    struct check c = {.rows = json_array()};
    struct err err = {0};
    int status = 0;
    if (!stage_init(&c.st, call, &err) || !stage_open_cloud(&c.st, &err) ||
        !stage_open_memory(&c.st, &err) || !stage_open_engine(&c.st, &err) ||
        !read_compute(&c, &err) || !read_others(&c, &err))
        status = stage_fail(&c.st, &err);
    else if (!result_list(call, c.rows, &err))
        status = stage_unwritten(&c.st, &err, 0);
    json_decref(c.rows);
    stage_clear(&c.st);
    return status;
}

const struct cmd cmd_check = {
    .name = "check",
    .group = "Looking",
    .summary = "show what this account can do in this cloud",
    .args = "",
    .max_args = 0,
    .flags = CMD_RESULT,
    .keys = keys,
    .columns = keys,
    .examples = "  rezone --os-cloud demo check",
    .run = run,
};
