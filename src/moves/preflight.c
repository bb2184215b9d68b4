/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses whatever would not arrive whole, before anything is changed. */
#include "moves/preflight.h"

#include <stdarg.h>

#include "base/mem.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/compare.h"
#include "moves/copies.h"
#include "moves/kinds.h"
#include "moves/losses.h"
#include "moves/refusal.h"
#include "moves/user_data.h"

#define REASONS_SIZE 8192

void refusal_add(struct refusal *r, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *raw = xvasprintf(fmt, ap);
    va_end(ap);
    AUTO_FREE char *text = text_printable(raw, 400);
    if (r->n > 0)
        text_add(&r->text, "; ");
    text_add(&r->text, text);
    r->code = r->n == 0 || r->code == code ? code : ERR_REFUSED;
    r->n++;
}

void refusal_clear(struct refusal *r)
{
    text_clear(&r->text);
}

/* What Cinder has room for, and where: a cloud without it has no volumes to copy. */
static bool looks_at_volumes(struct move *m)
{
    return copies_volumes(m) && session_has_service(session_of(m), SERVICE_VOLUME);
}

/* Needs nothing of the capture, so that these reads may go out beside it. */
void preflight_watch(struct move *m, struct watch *w)
{
    const char *project = session_project_id(session_of(m));
    watch_add(w, &kind_zones, "");
    watch_add(w, &kind_limits, "");
    watch_add(w, &kind_ports_count, project);
    watch_add(w, &kind_network_quota, project);
    watch_add(w, &kind_image_usage, "");
    if (looks_at_volumes(m)) {
        watch_add(w, &kind_volume_zones, "");
        watch_add(w, &kind_volume_limits, "");
        /* There is none yet: but a cloud that finds none by mark must say so now. */
        watch_add(w, &kind_volumes_marked, move_id(m));
    }
}

static const json_t *zone_named(const json_t *zones, const char *name)
{
    size_t i;
    json_t *zone;
    json_array_foreach(zones, i, zone)
    {
        if (text_eq(jstr(zone, "zoneName", NULL), name))
            return zone;
    }
    return NULL;
}

static bool is_available(const json_t *zone)
{
    return jbool(jget(zone, "zoneState"), "available", false);
}

void refuse_zone(struct refusal *r, const json_t *zones)
{
    const char *wanted = move_target_zone(r->move);
    const json_t *zone = zone_named(zones, wanted);
    struct strv names = {0};
    size_t i;
    json_t *one;
    json_array_foreach(zones, i, one)
    {
        if (is_available(one))
            strv_add(&names, jstr(one, "zoneName", ""));
    }
    strv_sort(&names);
    AUTO_FREE char *list = strv_join(&names, ", ");
    if (!zone)
        refusal_add(r, ERR_NOTFOUND, "there is no zone '%s': choose one of %s", wanted,
                    *list ? list : "(none is available)");
    else if (!is_available(zone))
        refusal_add(
            r, ERR_REFUSED,
            "the zone '%s' is not available: wait until it is, or choose one of %s",
            wanted, *list ? list : "(none is available)");
    strv_clear(&names);
}

static enum verdict skip(struct move *m)
{
    AUTO_FREE char *why = xasprintf("it is in the zone %s already", move_target_zone(m));
    move_skip(m, why);
    err_set(move_err(m), ERR_REFUSED, "%s", why);
    return FAIL;
}

enum verdict preflight_seen(struct move *m, const struct look *look)
{
    const char *project = session_project_id(session_of(m));
    const json_t *zones = look_doc(look, &kind_zones, "");
    const json_t *limits = look_doc(look, &kind_limits, "");
    const json_t *ports = look_doc(look, &kind_ports_count, project);
    const json_t *volume_zones = look_doc(look, &kind_volume_zones, "");
    const json_t *volume_limits = look_doc(look, &kind_volume_limits, "");
    if (!zones || !limits || !ports ||
        (looks_at_volumes(m) && (!volume_zones || !volume_limits ||
                                 !look_doc(look, &kind_volumes_marked, move_id(m)))))
        return WAIT;
    if (text_eq(move_source_zone(m), move_target_zone(m)))
        return skip(m);
    struct refusal r = {
        .move = m,
        .capture = move_capture(m),
        .server = captured_server(m),
        .text = {.max = REASONS_SIZE},
    };
    refuse_zone(&r, zones);
    refuse_server(&r);
    refuse_volumes(&r, volume_zones);
    refuse_lock(&r);
    refuse_marks(&r, limits);
    refuse_flavor(&r);
    refuse_losses(&r);
    refuse_user_data(&r);
    refuse_network(&r);
    refuse_probes(&r);
    const struct room room = {limits, ports, look_doc(look, &kind_network_quota, project),
                              look_doc(look, &kind_image_usage, ""), volume_limits};
    refuse_quota(&r, &room);
    losses_tell(m);
    if (r.n > 0) {
        err_set(move_err(m), r.code, "%s", text_str(&r.text));
    } else {
        announce_changes(m);
        announce_probes(m);
        plan_kept(m);
    }
    refusal_clear(&r);
    return r.n > 0 ? FAIL : NEXT;
}
