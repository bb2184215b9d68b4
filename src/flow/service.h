/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services as the engine knows them: a row that the knowledge registers, and one read
 * outside any move. Here and not in engine.h, so that moves need not see the engine.
 */
#ifndef FLOW_SERVICE_H
#define FLOW_SERVICE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "net/request.h"

enum service_need { SERVICE_READY, SERVICE_ASK, SERVICE_WAIT, SERVICE_FAILED };

/* Rows that the knowledge registers: how a service is made ready. */
struct services {
    int n; /* numbers 0 .. n-1 */
    const char *(*name)(int service);
    enum service_need (*prepare)(void *world, int service, struct request *ret,
                                 struct err *err);
    bool (*prepared)(void *world, int service, const struct reply *reply,
                     struct err *err);
    int (*generation)(void *world); /* of the token */
    bool (*token_refused)(void *world, int generation, struct err *err);
    /* The service's own words for a reply that is not a success. */
    void (*explain)(void *world, int service, const struct reply *reply, struct err *err);
};

struct engine;

/* One read for a command (lists of servers, zones, ...), outside any move: prepares the
 * service, builds, sends, waits. Gives the body of a 2xx; other answers are err. */
typedef void build_fn(void *world, void *ctx, struct request *r);
bool engine_read(struct engine *e, int service, build_fn *build, void *ctx, json_t **ret,
                 struct err *err);

#endif
