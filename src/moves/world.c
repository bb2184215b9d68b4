/* SPDX-License-Identifier: Apache-2.0 */
/* The account and the command's own options, as every row reaches them. */
#include "moves/world.h"

#include "base/mem.h"
#include "cloud/json.h"
#include "moves/probe.h"

struct world *world_new(struct session *session)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->session = session;
    return w;
}

void world_free(struct world *w)
{
    if (!w)
        return;
    session_free(w->session);
    strv_clear(&w->accept);
    vec_clear(&w->probes, probe_free);
    vec_clear(&w->reserved, free);
    mem_auto_free(&w);
}

struct world *world_of(const struct move *m)
{
    return move_world(m);
}

struct session *session_of(const struct move *m)
{
    return world_of(m)->session;
}

const char *option_of(const struct move *m, const char *key)
{
    return jstr(move_options(m), key, NULL);
}
