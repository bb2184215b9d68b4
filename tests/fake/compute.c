/* SPDX-License-Identifier: Apache-2.0 */
/* Nova's entrance: version documents, microversions, tokens, then the tables of routes.
 */
#include "compute.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "page.h"
#include "pytext.h"
#include "schema.h"

static const char *fault_name(int status)
{
    switch (status) {
    case 400:
        return "badRequest";
    case 401:
        return "unauthorized";
    case 403:
        return "forbidden";
    case 404:
        return "itemNotFound";
    case 405:
        return "badMethod";
    case 409:
        return "conflictingRequest";
    case 413:
    case 429:
        return "overLimit";
    case 415:
        return "badMediaType";
    case 501:
        return "notImplemented";
    case 503:
        return "serviceUnavailable";
    default:
        return "computeFault";
    }
}

void nova_fault(struct reply *rp, int status, const char *fmt, ...)
{
    char *message = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&message, fmt, ap) < 0)
        abort();
    va_end(ap);
    reply_json(rp, status,
               json_pack("{s:{s:i, s:s}}", fault_name(status), "code", status, "message",
                         message));
    free(message);
}

void nova_unexpected(struct reply *rp, const char *exception)
{
    nova_fault(
        rp, 500,
        "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ "
        "and attach the Nova API log if possible.\n<class '%s'>",
        exception);
}

bool nova_admin(const struct request *rq, struct reply *rp, const char *rule)
{
    if (rq->who.admin)
        return true;
    nova_fault(rp, 403, "Policy doesn't allow %s to be performed.", rule);
    return false;
}

json_t *nova_body(struct request *rq, struct reply *rp, const char *key)
{
    if (!rq->json) {
        nova_fault(rp, 400,
                   rq->size ? "cannot understand JSON" : "Malformed request body");
        return NULL;
    }
    json_t *doc = json_object_get(rq->json, key);
    if (!doc)
        nova_fault(rp, 400, "'%s' is a required property", key);
    else if (!json_is_object(doc)) {
        char *shown = py_repr(doc);
        char *what = text_new("%s is not of type 'object'", shown);
        schema_complain(rp, key, doc, what);
        free(what);
        free(shown);
    }
    return json_is_object(doc) ? doc : NULL;
}

static json_t *version_doc(const struct cloud *cl, const struct request *rq, bool full)
{
    char max[16];
    snprintf(max, sizeof(max), "2.%d", cl->max_mv);
    json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s+}]}", "id", "v2.1",
                            "status", "CURRENT", "version", max, "min_version", "2.1",
                            "updated", "2013-07-23T11:33:21Z", "links", "rel", "self",
                            "href", rq->base, "/compute/v2.1/");
    if (!full)
        return doc;
    json_array_append_new(json_object_get(doc, "links"),
                          json_pack("{s:s, s:s, s:s}", "rel", "describedby", "type",
                                    "text/html", "href", "http://docs.openstack.org/"));
    json_object_set_new(doc, "media-types",
                        json_pack("[{s:s, s:s}]", "base", "application/json", "type",
                                  "application/vnd.openstack.compute+json;version=2.1"));
    return doc;
}

static void get_versions(struct cloud *cl, struct request *rq, struct reply *rp)
{
    json_t *old = json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s+}]}", "id", "v2.0",
                            "status", "SUPPORTED", "version", "", "min_version", "",
                            "updated", "2011-01-21T11:33:21Z", "links", "rel", "self",
                            "href", rq->base, "/compute/v2/");
    reply_json(rp, 200,
               json_pack("{s:[o, o]}", "versions", old, version_doc(cl, rq, false)));
}

static void bad_version(struct cloud *cl, struct reply *rp, const char *asked)
{
    char max[16];
    snprintf(max, sizeof(max), "2.%d", cl->max_mv);
    char *text = text_new("Version %s is not supported by the API. Minimum is 2.1 and "
                          "maximum is %s.",
                          asked, max);
    reply_json(rp, 406,
               json_pack("{s:{s:i, s:s}}", "computeFault", "code", 406, "message", text));
    free(text);
    reply_header(rp, "OpenStack-API-Version", "compute 2.1");
    reply_header(rp, "X-OpenStack-Nova-API-Version", "2.1");
}

/* The new header counts, then the old one; "compute" may be one of several, with commas.
 */
static const char *asked_version(const struct request *rq, char *out, size_t size)
{
    const char *list = request_header(rq, "OpenStack-API-Version");
    const char *at = list ? strstr(list, "compute ") : NULL;
    const char *found =
        at ? at + strlen("compute ") : request_header(rq, "X-OpenStack-Nova-API-Version");
    if (!found)
        return NULL;
    snprintf(out, size, "%.*s", (int)strcspn(found, ", "), found);
    return out;
}

/* False, with the 400 or 406 in rp, when the client asks for what we do not have. */
static bool negotiate(struct cloud *cl, struct request *rq, struct reply *rp)
{
    char asked[64];
    rq->mv = 1;
    if (!asked_version(rq, asked, sizeof(asked)))
        return true;
    if (strcmp(asked, "latest") == 0) {
        rq->mv = cl->max_mv;
        return true;
    }
    int major = 0, minor = 0, used = 0;
    if (sscanf(asked, "%4d.%4d%n", &major, &minor, &used) != 2 || asked[used]) {
        nova_fault(rp, 400,
                   "API Version String %s is of invalid format. Must be of format "
                   "MajorNum.MinorNum.",
                   asked);
        return false;
    }
    if (major != 2 || minor < 1 || minor > cl->max_mv) {
        bad_version(cl, rp, asked);
        return false;
    }
    rq->mv = minor;
    return true;
}

static void echo_version(const struct request *rq, struct reply *rp)
{
    if (pairs_get(&rp->headers, "X-OpenStack-Nova-API-Version"))
        return;
    reply_header(rp, "OpenStack-API-Version", "compute 2.%d", rq->mv);
    reply_header(rp, "X-OpenStack-Nova-API-Version", "2.%d", rq->mv);
    reply_header(rp, "Vary", "OpenStack-API-Version, X-OpenStack-Nova-API-Version");
}

/* /v2.1/<project>/servers is /v2.1/servers: older catalogs carry the project. */
static void drop_project(struct cloud *cl, struct request *rq)
{
    if (rq->n_parts > 1 && table_get(&cl->projects, rq->part[0])) {
        free(rq->part[0]);
        memmove(rq->part, rq->part + 1, (rq->n_parts - 1) * sizeof(*rq->part));
        rq->n_parts--;
    }
}

static void serve_v21(struct cloud *cl, struct request *rq, struct reply *rp)
{
    const struct route_set sets[] = {
        compute_list_routes,   compute_create_routes, compute_server_routes,
        compute_action_routes, compute_tag_routes,    compute_meta_routes,
        compute_nic_routes,    compute_volume_routes, compute_log_routes,
        compute_flavor_routes, compute_key_routes,    compute_quota_routes,
        compute_host_routes,   compute_group_routes,  compute_migration_routes};
    if (!identity_token(cl, rq, rp))
        return;
    if (!negotiate(cl, rq, rp))
        return;
    if (!rq->who.project) {
        nova_fault(rp, 403, "Policy doesn't allow this scope to be used.");
        return;
    }
    request_split(rq, 2);
    drop_project(cl, rq);
    if (!compute_query_fits(rq, rp)) {
        echo_version(rq, rp);
        return;
    }
    enum route_found found =
        route_serve_sets(sets, sizeof(sets) / sizeof(*sets), cl, rq, rp);
    if (found == ROUTE_NO_VERSION)
        nova_fault(rp, 404, "The resource could not be found.");
    else if (found != ROUTE_DONE)
        page_set(rp, 404, "The resource could not be found.", "");
    echo_version(rq, rp);
}

void compute_serve(struct cloud *cl, struct request *rq, struct reply *rp)
{
    request_split(rq, 1);
    if (rq->n_parts == 0) {
        get_versions(cl, rq, rp);
    } else if (strcmp(rq->part[0], "v2.1") != 0) {
        nova_fault(rp, 404, "The resource could not be found.");
    } else if (rq->n_parts == 1) {
        reply_json(rp, 200, json_pack("{s:o}", "version", version_doc(cl, rq, true)));
        reply_header(rp, "OpenStack-API-Version", "compute 2.1");
        reply_header(rp, "X-OpenStack-Nova-API-Version", "2.1");
    } else {
        serve_v21(cl, rq, rp);
    }
    page_finish(rq, rp);
    reply_header(rp, "x-openstack-request-id", "%s", rq->id);
    reply_header(rp, "x-compute-request-id", "%s", rq->id);
}
