/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of routes: finds the row that fits a request. */
#include "route.h"

#include <string.h>

#include "cloud.h"

static bool fits(const char *pattern, const struct request *rq)
{
    size_t i = 0;
    while (*pattern) {
        size_t n = strcspn(pattern, "/");
        if (i >= rq->n_parts)
            return false;
        bool any = n == 1 && pattern[0] == '*';
        if (!any && (strlen(rq->part[i]) != n || memcmp(rq->part[i], pattern, n) != 0))
            return false;
        i++;
        pattern += n + (pattern[n] == '/');
    }
    return i == rq->n_parts;
}

enum route_found route_serve(const struct route *routes, size_t n, struct cloud *cl,
                             struct request *rq, struct reply *rp)
{
    enum route_found found = ROUTE_NO_PATH;
    for (size_t i = 0; i < n; i++) {
        const struct route *r = &routes[i];
        if (!fits(r->pattern, rq))
            continue;
        if ((r->since && rq->mv < r->since) || (r->until && rq->mv > r->until)) {
            found = ROUTE_NO_VERSION;
            continue;
        }
        if (strcmp(r->method, rq->method) != 0) {
            found = ROUTE_NO_METHOD;
            continue;
        }
        r->handler(cl, rq, rp);
        return ROUTE_DONE;
    }
    return found;
}

enum route_found route_serve_sets(const struct route_set *sets, size_t n,
                                  struct cloud *cl, struct request *rq, struct reply *rp)
{
    enum route_found worst = ROUTE_NO_PATH;
    for (size_t i = 0; i < n; i++) {
        enum route_found found = route_serve(sets[i].routes, sets[i].n, cl, rq, rp);
        if (found == ROUTE_DONE)
            return found;
        if (found != ROUTE_NO_PATH)
            worst = found;
    }
    return worst;
}
