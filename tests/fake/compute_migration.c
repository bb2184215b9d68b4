/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: migration records, and live migration with its progress and abort. */
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "move.h"
#include "server.h"

json_t *migration_new(struct cloud *cl, const struct request *rq, const struct server *s,
                      const char *type, const char *dest, const char *status)
{
    json_t *migration = json_pack(
        "{s:I, s:o, s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:f, s:f, s:i, s:O}", "id",
        (json_int_t)json_array_size(cl->migrations) + 1, "uuid", uuid_json(),
        "instance_uuid", s->id, "migration_type", type, "source_compute", s->host,
        "dest_compute", dest, "status", status, "user_id", rq->who.user->id, "project_id",
        rq->who.project->id, "created", cloud_now(cl), "updated", cloud_now(cl), "done",
        0, "ram", json_object_get(s->flavor, "ram"));
    json_array_append_new(cl->migrations, migration);
    return migration;
}

json_t *migration_get(const struct cloud *cl, long long id)
{
    return json_array_get(cl->migrations, (size_t)id - 1);
}

void migration_set(struct cloud *cl, json_t *migration, const char *status)
{
    if (!migration)
        return;
    str_into(migration, "status", status);
    json_object_set_new(migration, "updated", json_real(cloud_now(cl)));
}

enum { LIVE_STEPS = 10 };

static void live_over(struct cloud *cl, struct server *s, struct job *job,
                      json_t *migration, const char *status)
{
    migration_set(cl, migration, status);
    server_set_task(cl, s, NULL);
    action_event(cl, s, job->request_id, "compute_live_migration", job->began,
                 strcmp(status, "completed") == 0   ? NULL
                 : strcmp(status, "cancelled") == 0 ? NULL
                                                    : "No valid host was found.");
}

static double live_seconds(const struct cloud *cl, const struct server *s)
{
    const json_t *knob = host_knob(cl, s->host, "live_s");
    return knob ? json_number_value(knob) : cl->jobs.live;
}

static void live_job(struct cloud *cl, struct server *s, struct job *job)
{
    json_t *migration = migration_get(cl, int_of(job->args, "migration"));
    const char *host = str_of(job->args, "host");
    if (s->deleted || !text_eq(s->task_state, "migrating"))
        return;
    if (job->stage == 0) {
        if (!host)
            host = host_choose(cl, s, s->pinned_zone, s->host);
        const json_t *doc = host ? json_object_get(cl->hosts, host) : NULL;
        bool fits = doc && host_is_up(cl, host) &&
                    (!s->pinned_zone || text_eq(s->pinned_zone, str_of(doc, "zone")));
        if (!fits || job->fail) {
            live_over(cl, s, job, migration, "error");
            return;
        }
        str_into(job->args, "host", host);
        host = str_of(job->args, "host");
        str_into(migration, "dest_compute", host);
        migration_set(cl, migration, "running");
    } else if (text_eq(str_of(migration, "status"), "cancelled")) {
        live_over(cl, s, job, migration, "cancelled");
        return;
    } else if (job->stage > LIVE_STEPS || true_of(migration, "forced")) {
        server_land(cl, s, host);
        live_over(cl, s, job, migration, "completed");
        return;
    }
    json_object_set_new(migration, "done", json_integer(job->stage));
    job_again(job, live_seconds(cl, s) / LIVE_STEPS);
}

void do_live_migrate(struct cloud *cl, struct request *rq, struct reply *rp,
                     struct server *s, json_t *arg)
{
    static const char *const states[] = {"active", "paused", NULL};
    const json_t *host = json_object_get(arg, "host");
    if (!nova_admin(rq, rp, "os_compute_api:os-migrate-server:migrate_live"))
        return;
    if (!host || !json_object_get(arg, "block_migration") ||
        (rq->mv < 25 && !json_object_get(arg, "disk_over_commit")) ||
        (rq->mv >= 68 && json_object_get(arg, "force"))) {
        nova_fault(rp, 400, "Invalid input for field/attribute os-migrateLive.");
        return;
    }
    const char *name = json_string_value(host);
    if (!server_in_state(s, states, true, "os-migrateLive", rp))
        return;
    if (name && !json_object_get(cl->hosts, name)) {
        nova_fault(rp, 400, "Compute host %s could not be found.", name);
        return;
    }
    json_t *migration = migration_new(cl, rq, s, "live-migration", name, "accepted");
    server_set_task(cl, s, "migrating");
    effect(cl, rq, "live-migration", s->id, s->id);
    action_start(cl, rq, s, "live-migration");
    job_queue(cl, rq, s, 0.02, live_job,
              json_pack("{s:I, s:s?}", "migration", (json_int_t)int_of(migration, "id"),
                        "host", name));
    reply_json(rp, 202, NULL);
}

static json_t *view(const struct request *rq, const json_t *m)
{
    json_t *doc = json_pack(
        "{s:O, s:O, s:O, s:O, s:O, s:O, s:o, s:o, s:O, s:O, s:n, s:n, "
        "s:n}",
        "id", json_object_get(m, "id"), "status", json_object_get(m, "status"),
        "instance_uuid", json_object_get(m, "instance_uuid"), "source_compute",
        json_object_get(m, "source_compute"), "dest_compute",
        json_object_get(m, "dest_compute"), "source_node",
        json_object_get(m, "source_compute"), "created_at",
        iso_us_json(json_number_value(json_object_get(m, "created"))), "updated_at",
        iso_us_json(json_number_value(json_object_get(m, "updated"))), "dest_node",
        json_object_get(m, "dest_compute"), "migration_type",
        json_object_get(m, "migration_type"), "dest_host", "old_instance_type_id",
        "new_instance_type_id");
    if (rq->mv < 23)
        json_object_del(doc, "migration_type");
    if (rq->mv >= 59)
        json_object_set(doc, "uuid", json_object_get(m, "uuid"));
    if (rq->mv >= 80) {
        json_object_set(doc, "user_id", json_object_get(m, "user_id"));
        json_object_set(doc, "project_id", json_object_get(m, "project_id"));
    }
    return doc;
}

static void get_migrations(struct cloud *cl, struct request *rq, struct reply *rp)
{
    static const char *const filters[] = {"instance_uuid", "status", "migration_type",
                                          "source_compute"};
    if (!nova_admin(rq, rp, "os_compute_api:os-migrations:index"))
        return;
    json_t *list = json_array();
    for (size_t i = json_array_size(cl->migrations); i-- > 0;) {
        const json_t *m = json_array_get(cl->migrations, i);
        bool passes = true;
        for (size_t k = 0; k < sizeof(filters) / sizeof(*filters); k++) {
            const char *wanted = request_query(rq, filters[k]);
            passes = passes && (!wanted || text_eq(wanted, str_of(m, filters[k])));
        }
        if (passes)
            json_array_append_new(list, view(rq, m));
    }
    reply_json(rp, 200, json_pack("{s:o}", "migrations", list));
}

static bool in_progress(const json_t *m)
{
    static const char *const names[] = {"queued", "preparing", "running",
                                        "post-migrating"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (text_eq(str_of(m, "status"), names[i]))
            return text_eq(str_of(m, "migration_type"), "live-migration");
    }
    return false;
}

static json_t *live_view(const struct request *rq, const json_t *m)
{
    long long total = int_of(m, "ram") << 20,
              done = total / LIVE_STEPS * int_of(m, "done");
    json_t *doc = json_pack(
        "{s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:n, s:I, s:I, s:I, s:i, s:i, s:i, s:o, "
        "s:o}",
        "id", json_object_get(m, "id"), "status", json_object_get(m, "status"),
        "server_uuid", json_object_get(m, "instance_uuid"), "source_compute",
        json_object_get(m, "source_compute"), "dest_compute",
        json_object_get(m, "dest_compute"), "source_node",
        json_object_get(m, "source_compute"), "dest_node",
        json_object_get(m, "dest_compute"), "dest_host", "memory_total_bytes",
        (json_int_t)total, "memory_processed_bytes", (json_int_t)done,
        "memory_remaining_bytes", (json_int_t)(total - done), "disk_total_bytes", 0,
        "disk_processed_bytes", 0, "disk_remaining_bytes", 0, "created_at",
        iso_us_json(json_number_value(json_object_get(m, "created"))), "updated_at",
        iso_us_json(json_number_value(json_object_get(m, "updated"))));
    if (rq->mv >= 59)
        json_object_set(doc, "uuid", json_object_get(m, "uuid"));
    return doc;
}

static void get_server_migrations(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = nova_admin(rq, rp, "os_compute_api:servers:migrations:index")
                           ? server_find(cl, rq, rp)
                           : NULL;
    size_t i;
    json_t *m;
    if (!s)
        return;
    json_t *list = json_array();
    json_array_foreach(cl->migrations, i, m)
    {
        if (text_eq(str_of(m, "instance_uuid"), s->id) && in_progress(m))
            json_array_append_new(list, live_view(rq, m));
    }
    reply_json(rp, 200, json_pack("{s:o}", "migrations", list));
}

static json_t *find_live(struct cloud *cl, struct request *rq, struct reply *rp)
{
    if (!nova_admin(rq, rp, "os_compute_api:servers:migrations:show") ||
        !server_find(cl, rq, rp))
        return NULL;
    json_t *m = migration_get(cl, strtoll(rq->part[3], NULL, 10));
    if (m && text_eq(str_of(m, "instance_uuid"), rq->part[1]) && in_progress(m))
        return m;
    nova_fault(rp, 404, "In-progress live migration %s is not found for server %s.",
               rq->part[3], rq->part[1]);
    return NULL;
}

static void get_server_migration(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *m = find_live(cl, rq, rp);
    if (m)
        reply_json(rp, 200, json_pack("{s:o}", "migration", live_view(rq, m)));
}

static void abort_migration(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *m = find_live(cl, rq, rp);
    if (!m)
        return;
    effect(cl, rq, "live_migration_abort", rq->part[1], rq->part[1]);
    migration_set(cl, m, "cancelled");
    reply_json(rp, 202, NULL);
}

static void force_complete(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *m = find_live(cl, rq, rp);
    if (!m)
        return;
    effect(cl, rq, "live_migration_force_complete", rq->part[1], rq->part[1]);
    json_object_set_new(m, "forced", json_true());
    reply_json(rp, 202, NULL);
}

static const struct route routes[] = {
    {"GET", "os-migrations", get_migrations, 0, 0},
    {"GET", "servers/*/migrations", get_server_migrations, 23, 0},
    {"GET", "servers/*/migrations/*", get_server_migration, 23, 0},
    {"DELETE", "servers/*/migrations/*", abort_migration, 24, 0},
    {"POST", "servers/*/migrations/*/action", force_complete, 22, 0},
};
const struct route_set compute_migration_routes = {routes,
                                                   sizeof(routes) / sizeof(*routes)};
