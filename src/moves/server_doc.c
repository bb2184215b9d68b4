/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the few members of a server document that rows judge by. */
#include <string.h>

#include "base/text.h"
#include "cloud/error.h"
#include "moves/capture.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/steps.h"

const char *server_task(const json_t *server)
{
    return jstr(server, "OS-EXT-STS:task_state", NULL);
}

bool server_is_busy(const json_t *server)
{
    return server_task(server) != NULL;
}

bool server_is(const json_t *server, const char *status)
{
    return !server_is_busy(server) && strcmp(jstr(server, "status", ""), status) == 0;
}

bool server_is_locked(const json_t *server)
{
    return jbool(server, "locked", false);
}

const char *server_lock_reason(const json_t *server)
{
    return jstr(server, "locked_reason", NULL);
}

const char *server_zone(const json_t *server)
{
    return jstr(server, "OS-EXT-AZ:availability_zone", "");
}

const char *server_new_volume(struct move *m, const json_t *server)
{
    const json_t *had = jget(captured_server(m), "os-extended-volumes:volumes_attached");
    size_t i, k;
    json_t *one, *known;

    json_array_foreach(jget(server, "os-extended-volumes:volumes_attached"), i, one)
    {
        bool captured = false;

        json_array_foreach(had, k, known)
        {
            captured = captured || text_eq(jstr(known, "id", NULL), jstr(one, "id", ""));
        }
        if (!captured && !copy_is_known(m, jstr(one, "id", "")))
            return jstr(one, "id", "?");
    }
    return NULL;
}

json_t *source_doc(struct move *m, const struct look *look, bool *gone)
{
    const struct sight *sight = look_at(look, &kind_server, move_server_id(m));

    if (gone)
        *gone = sight && sight->state == SIGHT_GONE;
    return look_doc(look, &kind_server, move_server_id(m));
}
