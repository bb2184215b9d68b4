/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of routes: a method and a path pattern lead to a handler. */
#ifndef FAKE_ROUTE_H
#define FAKE_ROUTE_H

#include <stddef.h>

#include "http.h"

struct cloud;

typedef void handler_fn(struct cloud *cl, struct request *rq, struct reply *rp);

struct route {
    const char *method;
    const char *pattern; /* pieces with '/' between; "*" is any one piece */
    handler_fn *handler;
    int since, until; /* microversions (minor); 0: no bound */
};

enum route_found { ROUTE_DONE, ROUTE_NO_PATH, ROUTE_NO_METHOD, ROUTE_NO_VERSION };

/* Runs the handler of the first row that fits rq->part[]. */
enum route_found route_serve(const struct route *routes, size_t n, struct cloud *cl,
                             struct request *rq, struct reply *rp);

/* One table after the other. */
struct route_set {
    const struct route *routes;
    size_t n;
};
enum route_found route_serve_sets(const struct route_set *sets, size_t n,
                                  struct cloud *cl, struct request *rq, struct reply *rp);

#endif
