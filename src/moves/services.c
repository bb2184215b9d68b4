/* SPDX-License-Identifier: Apache-2.0 */
/* OpenStack's services as the engine wants to know them: thin glue over the session. */
#include "cloud/error.h"
#include "cloud/session.h"
#include "moves/registry.h"

static struct session *session_in(void *world)
{
    return ((struct world *)world)->session;
}

static const char *name(int service)
{
    return service == SERVICE_PROBE ? "probe" : service_name((enum service)service);
}

static enum service_need prepare(void *world, int service, struct request *ret,
                                 struct err *err)
{
    if (service == SERVICE_PROBE)
        return SERVICE_READY;
    switch (session_prepare(session_in(world), (enum service)service, ret, err)) {
    case SESSION_READY:
        return SERVICE_READY;
    case SESSION_ASK:
        return SERVICE_ASK;
    case SESSION_WAIT:
        return SERVICE_WAIT;
    case SESSION_FAILED:
        break;
    }
    return SERVICE_FAILED;
}

static bool prepared(void *world, int service, const struct reply *reply, struct err *err)
{
    return session_prepared(session_in(world), (enum service)service, reply, err);
}

static int generation(void *world)
{
    return session_generation(session_in(world));
}

static bool token_refused(void *world, int refused, struct err *err)
{
    return session_token_refused(session_in(world), refused, err);
}

static void explain(void *world, int service, const struct reply *reply, struct err *err)
{
    (void)world;
    cloud_error(reply, (enum service)service, err);
}

const struct services openstack_services = {
    .n = SERVICE_MAX + 1,
    .name = name,
    .prepare = prepare,
    .prepared = prepared,
    .generation = generation,
    .token_refused = token_refused,
    .explain = explain,
};
