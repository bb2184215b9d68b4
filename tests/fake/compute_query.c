/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: which query keys a path takes, and from which microversion on others are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "compute.h"

/* Names of the database columns are taken too, whether or not they filter. */
static const char of_servers[] =
    " access_ip_v4 access_ip_v6 all_tenants auto_disk_config availability_zone "
    "block_device_mapping changes-before changes-since config_drive created_at "
    "deleted description display_description display_name flavor host hostname "
    "image image_ref info_cache ip ip6 kernel_id key_name launch_index "
    "launched_at limit locked locked_by marker metadata name node not-tags "
    "not-tags-any power_state progress project_id ramdisk_id reservation_id "
    "root_device_name security_groups services soft_deleted sort_dir sort_key "
    "status system_metadata tags tags-any task_state tenant_id terminated_at "
    "user_id uuid vm_state ";

static const struct {
    const char *pattern, *keys; /* "*" is any one piece; keys with blanks around each */
    int strict_since;
} rows[] = {
    {"servers", of_servers, 75},
    {"servers/detail", of_servers, 75},
    {"os-keypairs", " user_id limit marker ", 75},
    {"os-keypairs/*", " user_id ", 75},
    {"limits", " tenant_id ", 75},
    {"os-quota-sets/*", " user_id ", 75},
    {"os-quota-sets/*/detail", " user_id ", 75},
    {"os-migrations",
     " hidden host instance_uuid source_compute status migration_type limit marker "
     "changes-since changes-before user_id project_id ",
     59},
    {"os-server-groups", " all_projects limit offset ", 75},
    {"os-services", " host binary ", 75},
    {"os-hypervisors", " hypervisor_hostname_pattern with_servers limit marker ", 53},
    {"os-hypervisors/detail", " hypervisor_hostname_pattern with_servers limit marker ",
     53},
    {"flavors", " limit marker is_public minRam minDisk sort_key sort_dir name ", 75},
    {"flavors/detail", " limit marker is_public minRam minDisk sort_key sort_dir name ",
     75},
    {"servers/*/os-volume_attachments", " limit offset ", 75},
    {"servers/*/os-instance-actions", " limit marker changes-since changes-before ", 58},
};

static bool fits(const char *pattern, const struct request *rq)
{
    size_t i = 0;
    for (; *pattern && i < rq->n_parts; i++) {
        size_t n = strcspn(pattern, "/");
        bool any = n == 1 && *pattern == '*';
        if (!any && (strlen(rq->part[i]) != n || memcmp(rq->part[i], pattern, n) != 0))
            return false;
        pattern += n + (pattern[n] == '/');
    }
    return !*pattern && i == rq->n_parts;
}

bool compute_query_fits(const struct request *rq, struct reply *rp)
{
    const char *keys = " ";
    int strict_since = 102;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (strcmp(rq->method, "GET") == 0 && fits(rows[i].pattern, rq)) {
            keys = rows[i].keys;
            strict_since = rows[i].strict_since;
        }
    }
    for (size_t i = 0; i < rq->query.n && rq->mv >= strict_since; i++) {
        char *key = text_new(" %s ", rq->query.v[i].key);
        bool known = strstr(keys, key) != NULL;
        free(key);
        if (!known) {
            nova_fault(
                rp, 400,
                keys == of_servers
                    ? "'%s' does not match any of the regexes: '^_'"
                    : "Additional properties are not allowed ('%s' was unexpected)",
                rq->query.v[i].key);
            return false;
        }
    }
    return true;
}
