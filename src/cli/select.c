/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the project's servers and picks some. */
#include "cli/select.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "moves/kinds.h"

static const char *const names[] = {"name",   "tag",    "metadata",
                                    "status", "flavor", "host"};

bool select_given(const struct call *call)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (given_flag(call, names[i]))
            return true;
    return false;
}

static bool has_tag(const json_t *server, const char *tag)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(server, "tags"), i,
                       item) if (json_is_string(item) &&
                                 text_eq(json_string_value(item), tag)) return true;
    return false;
}

static bool has_metadata(const json_t *server, const char *pair)
{
    const char *equals = strchr(pair, '=');
    AUTO_FREE char *key = xstrndup(pair, (size_t)(equals - pair));
    return text_eq(jstr(json_object_get(server, "metadata"), key, NULL), equals + 1);
}

static bool has_flavor(const json_t *server, const char *flavor)
{
    const json_t *f = json_object_get(server, "flavor");
    return text_eq(jstr(f, "id", NULL), flavor) ||
           text_eq(jstr(f, "original_name", NULL), flavor);
}

static bool is_on_host(const json_t *server, const char *host)
{
    return text_eq(jstr(server, "OS-EXT-SRV-ATTR:host", NULL), host) ||
           text_eq(jstr(server, "OS-EXT-SRV-ATTR:hypervisor_hostname", NULL), host);
}

bool select_matches(const struct call *call, const json_t *server)
{
    const char *name = given_text(call, "name"), *status = given_text(call, "status");
    const char *flavor = given_text(call, "flavor"), *host = given_text(call, "host");
    const struct strv *tags = given_all(call, "tag"),
                      *metadata = given_all(call, "metadata");
    if (name && fnmatch(name, jstr(server, "name", ""), 0) != 0)
        return false;
    if (status && strcasecmp(status, jstr(server, "status", "")) != 0)
        return false;
    if ((flavor && !has_flavor(server, flavor)) || (host && !is_on_host(server, host)))
        return false;
    for (size_t i = 0; i < tags->len; i++)
        if (!has_tag(server, tags->at[i]))
            return false;
    for (size_t i = 0; i < metadata->len; i++)
        if (!has_metadata(server, metadata->at[i]))
            return false;
    return true;
}

static void build_list(void *world, void *ctx, struct request *r)
{
    nova_servers_changed(((struct world *)world)->session, r, NULL, ctx);
}

static void add_matching(struct launch *l, const json_t *servers)
{
    size_t i;
    const json_t *server;
    json_array_foreach(servers, i, server)
    {
        const char *id = jstr(server, "id", "");
        if (*id && select_matches(l->st->call, server))
            launch_add(l, id, id, jstr(server, "name", NULL));
    }
}

bool select_find(struct launch *l, struct err *err)
{
    AUTO_FREE char *page = NULL;
    for (;;) {
        json_t *body = NULL;
        if (!engine_read(l->st->engine, SERVICE_COMPUTE, build_list, page, &body, err))
            return false;
        add_matching(l, json_object_get(body, "servers"));
        AUTO_FREE char *next = kind_servers_by_name.next_page(body);
        json_decref(body);
        /* A service that gives the same page again would be listed for ever. */
        if (!next || text_eq(next, page))
            return true;
        xreplace(&page, next);
    }
}
