/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row that unbinds the target from its zone where the source was bound to none: Nova
 * binds every server to the zone that it was booted into, and from 2.104 on lets go.
 */
#include "cloud/json.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/steps.h"

#define UNBINDS 104

bool zone_is_unbound_again(struct move *m)
{
    return session_compute(session_of(m)) >= UNBINDS &&
           json_is_null(jget(captured_server(m), "pinned_availability_zone"));
}

enum verdict unbind_seen(struct move *m, const struct look *look)
{
    const json_t *target;

    if (!zone_is_unbound_again(m))
        return NEXT;
    target = move_target_id(m) ? look_doc(look, &kind_server, move_target_id(m)) : NULL;
    if (!target)
        return RETRY;
    return json_is_null(jget(target, "pinned_availability_zone")) ? NEXT : ABSENT;
}

bool unbind_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_unbind_zone(session_of(m), r, move_target_id(m));
    return true;
}
