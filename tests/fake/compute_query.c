/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: which query keys a path takes, and from which microversion on others are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "compute.h"

static const struct {
    const char *pattern, *keys; /* "*" is any one piece; keys with blanks around each */
    int strict_since;
} rows[] = {
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
    /* Lists of servers have rules of their own. */
    if (rq->n_parts > 0 && strcmp(rq->part[0], "servers") == 0 &&
        (rq->n_parts == 1 || strcmp(rq->part[1], "detail") == 0))
        return true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (fits(rows[i].pattern, rq)) {
            keys = rows[i].keys;
            strict_since = rows[i].strict_since;
        }
    }
    for (size_t i = 0; i < rq->query.n && rq->mv >= strict_since; i++) {
        char *key = text_new(" %s ", rq->query.v[i].key);
        bool known = strstr(keys, key) != NULL;
        free(key);
        if (!known) {
            nova_fault(rp, 400,
                       "Additional properties are not allowed ('%s' was unexpected)",
                       rq->query.v[i].key);
            return false;
        }
    }
    return true;
}
