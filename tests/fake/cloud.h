/* SPDX-License-Identifier: Apache-2.0 */
/* The model: everything the fake cloud knows, in one struct that one thread uses. */
#ifndef FAKE_CLOUD_H
#define FAKE_CLOUD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "clock.h"
#include "http.h"
#include "mem.h"
#include "table.h"

struct project {
    char id[UUID_TEXT];
    char *name;
};

struct user {
    char id[UUID_TEXT];
    char *name, *password;
    struct project *project;
    bool admin;
};

struct token {
    struct who who;
    double issued, expires;
    const char *method;
    bool app_cred;
};

struct image {
    char id[UUID_TEXT];
    json_t *doc; /* as Glance shows it, without self, file and schema */
    char *bytes;
    size_t size;
};

struct server {
    char id[UUID_TEXT];
    char *name, *hostname, *description, *key_name, *user_data, *config_drive;
    char *project_id, *user_id, *image_ref, *base_image, *locked_by, *locked_reason;
    char *boot_roles, *owner_user, *owner_project; /* of whoever booted it */
    char *access4, *access6, *disk_config, *root_device, *reservation, *admin_pass;
    char *pinned_zone;                 /* NULL: free to go anywhere */
    char *host, *zone;                 /* "" and "" while on no host */
    const char *vm_state, *task_state; /* literals; task_state NULL: idle */
    int power_state, progress, cell;
    unsigned long number; /* instance-%08lx */
    bool deleted, volume_backed, launched, created_by_resize;
    bool was_stopped; /* before a resize */
    bool ran;         /* as the log of power knows it */
    double created, updated, launched_at, terminated_at, busy_until;
    json_t *flavor;       /* the whole flavor document */
    long long vcpus, ram; /* of it: quotas are counted often */
    json_t *old_flavor;   /* before a resize */
    char *old_host;
    json_t *metadata, *tags, *hints, *image_props, *fault, *trusted, *groups;
    json_t *nics; /* [{port_id, net_id, net, mac, fixed_ips, tag, made, label}] */
    json_t
        *volumes; /* [{volume_id, device, keep, tag, boot_index, attachment_id, bdm}] */
    json_t *actions; /* oldest first */
    char *disk;
    size_t disk_size;
};

struct job_times {
    double stop, snapshot, boot, start, remove, attach, detach, live, volume;
};

struct fault;
struct exchange;

struct cloud {
    struct clock clock;
    struct job_times jobs;
    int max_mv, page_max, cells;
    double token_ttl;
    bool volumes_stay;   /* Nova's cross_az_attach is false */
    bool uploads_fail;   /* of volumes to images */
    double reclaim;      /* seconds that a deleted server waits to be restored; 0: none */
    unsigned long names; /* instance-%08x */

    struct table users, projects, tokens;
    json_t *app_creds; /* id: {name, secret, user} */

    struct table servers; /* struct server, deleted ones too */
    json_t *flavors;      /* id: doc */
    json_t *keypairs;     /* user id: {name: doc} */
    json_t *groups;       /* id: doc */
    json_t *hosts;        /* name: {zone, service_id, hypervisor_id, hypervisor_uuid} */
    json_t *aggregates, *migrations; /* arrays */
    json_t *quotas;      /* project id or "default": {instances, cores, ...} */
    json_t *host_faults; /* as cloudlab's faults.json */
    json_t *zone_faults;

    struct table images; /* struct image */

    json_t *networks, *subnets, *ports, *routers, *sgs, *fips, *trunks; /* id: doc */
    json_t *qos;        /* QoS policies: id: doc */
    json_t *extensions; /* alias: whether this cloud has it */
    json_t *taken;      /* "subnet/ip" or "network/mac": port id */
    json_t *by_device;  /* device id: {port id: true} */
    bool in_past;       /* the documents are those of a picture, which no index knows */
    json_t *vifs; /* port id: the server whose row in Nova's virtual_interfaces it is */

    json_t *volumes, *snapshots; /* id: doc */
    json_t *volume_zones;        /* array of names; empty: those of Nova */
    json_t *disks;               /* volume id: its bytes, as a string */

    json_t *effects;    /* kind: {key: count} */
    json_t *effect_log; /* oldest first */
    json_t *power_log;  /* servers that began or ceased to run; oldest first */
    json_t *request_log;
    unsigned long n_requests, first_logged;

    struct fault *faults;
    unsigned long fault_ids;
    struct exchange *held;        /* requests kept for later */
    struct stuck_job *stuck_jobs; /* jobs that wait for unstick: see job.c */
};

/* Takes ownership of nothing; cloud_init makes the projects, users, zones, networks, … of
 * a fresh cloud. */
void cloud_init(struct cloud *cl, bool manual_clock, double skew);
void cloud_clear(struct cloud *cl);

double cloud_now(const struct cloud *cl);
/* Gives "2026-11-20T09:47:00Z" of now. */
json_t *cloud_now_json(const struct cloud *cl);
json_t *iso_json(double t);    /* null for 0 */
json_t *iso_us_json(double t); /* the same with microseconds and no Z */
/* Gives a random UUID as a JSON string. */
json_t *uuid_json(void);

struct user *cloud_user(const struct cloud *cl, const char *name);
struct project *cloud_project(const struct cloud *cl, const char *id_or_name);

/* Lends text of a member, NULL when it is absent or no string. */
const char *str_of(const json_t *doc, const char *key);
/* The member as an integer, 0 when absent. */
long long int_of(const json_t *doc, const char *key);
bool true_of(const json_t *doc, const char *key);
/* Sets a member to a text, or to null. */
void str_into(json_t *doc, const char *key, const char *value);
/* True when the array holds the text. */
bool has_text(const json_t *array, const char *text);
/* Puts the text into its place in a sorted array, unless it is there. */
void add_sorted(json_t *array, const char *text);
/* Takes the first equal text out; false when there was none. */
bool drop_text(json_t *array, const char *text);

/* Counts one act on the model; marks the request as one that acted. rq may be NULL. */
void effect(struct cloud *cl, struct request *rq, const char *kind, const char *key,
            const char *id);

/* Lends the quota of a project, falling back to the default set. */
long long quota_of(const struct cloud *cl, const char *project, const char *name);

#endif
