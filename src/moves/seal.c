/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that seal the source once the target serves: its name, and a reason that names
 * both. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/nova.h"
#include "moves/capture.h"
#include "moves/compare.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/steps.h"

bool move_target_is_up(const struct move *m)
{
    return move_target_id(m) && move_fact(m, FACT_TARGET_UP);
}

/* The proof covers both: the target as it should be, the source as it was left. */
void verify_fenced_watch(struct move *m, struct watch *w)
{
    watch_source(m, w);
    verify_watch(m, w);
}

enum verdict verify_fenced_seen(struct move *m, const struct look *look)
{
    return guard_source_fenced(m, look, move_err(m)) ? verify_seen(m, look) : HOLD;
}

static char *sealed_name(struct move *m)
{
    return mark_sealed_name(jstr(captured_server(m), "name", "server"), move_id(m));
}

enum verdict seal_name_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *doc = source_doc(m, look, &gone);
    AUTO_FREE char *sealed = sealed_name(m);
    const char *name = jstr(doc, "name", "");

    if (!doc) {
        err_set(move_err(m), ERR_NOTFOUND, "the source is gone (404)");
        return gone ? HOLD : RETRY;
    }
    if (strcmp(name, sealed) == 0)
        return NEXT;
    if (strcmp(name, jstr(captured_server(m), "name", "")) == 0)
        return ABSENT;
    err_set(move_err(m), ERR_CONFLICT, "somebody renamed the source");
    return FAIL;
}

bool seal_name_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_FREE char *sealed = sealed_name(m);

    (void)err;
    nova_rename(session_of(m), r, move_server_id(m), sealed);
    return true;
}

/* The answer shows the server as it is now. */
enum verdict seal_name_heard(struct move *m, const struct reply *reply)
{
    AUTO_JSON json_t *body = NULL;
    AUTO_FREE char *sealed = sealed_name(m);

    if (!reply_is_accepted(reply))
        return reply->status == 409 ? RETRY : FAIL;
    if (!cloud_json(reply, SERVICE_COMPUTE, &body, NULL))
        return WAIT;
    return text_eq(jstr(json_object_get(body, "server"), "name", NULL), sealed) ? NEXT
                                                                                : WAIT;
}

static enum verdict unseal_name_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *doc = source_doc(m, look, &gone);
    AUTO_FREE char *sealed = sealed_name(m);

    if (!doc) {
        err_set(move_err(m), ERR_NOTFOUND,
                "the source is gone (404): there is nothing to go back to");
        return gone ? HOLD : RETRY;
    }
    return strcmp(jstr(doc, "name", ""), sealed) == 0 ? ABSENT : NEXT;
}

static bool unseal_name_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_rename(session_of(m), r, move_server_id(m),
                jstr(captured_server(m), "name", "server"));
    return true;
}

const struct step undo_seal_name = {
    .id = "unseal-name",
    .label = "giving the source its name back",
    .watch = watch_source,
    .seen = unseal_name_seen,
    .ask = unseal_name_ask,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER,
    .first_s = 0.05,
    .every_s = 5,
    .limit_s = 300,
    .at_limit = HOLD,
};

static bool is_sealed(struct move *m, const json_t *doc)
{
    char reason[MARK_SIZE];

    mark_sealed_reason(move_id(m), move_target_id(m), reason);
    return server_is_locked(doc) && text_eq(server_lock_reason(doc), reason);
}

static enum verdict there_or(struct move *m, bool gone)
{
    err_set(move_err(m), ERR_NOTFOUND, "the source is gone (404)");
    return gone ? HOLD : RETRY;
}

/* Below 2.73 a lock has no reason that could be changed: the fence stays as it is. */
enum verdict seal_open_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *doc = source_doc(m, look, &gone);

    if (captured_compute(m) < 73)
        return NEXT;
    if (!doc)
        return there_or(m, gone);
    if (is_sealed(m, doc))
        return NEXT;
    if (!source_is_off(m, doc, move_err(m)))
        return HOLD;
    if (server_is_locked(doc))
        return ABSENT;
    if (move_asked(m, WALK_FORWARD, "seal-open"))
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT,
            "the source is not locked any more: somebody opened the fence");
    return HOLD;
}

bool seal_open_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_unlock(session_of(m), r, move_server_id(m));
    return true;
}

enum verdict seal_lock_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *doc = source_doc(m, look, &gone);
    char fence[MARK_SIZE];

    if (captured_compute(m) < 73)
        return NEXT;
    if (!doc)
        return there_or(m, gone);
    if (!source_is_off(m, doc, move_err(m)))
        return HOLD;
    if (is_sealed(m, doc))
        return NEXT;
    if (!server_is_locked(doc))
        return ABSENT;
    /* A lock of the fence that came late: it holds as well, it only says less. */
    mark_lock_reason(move_id(m), fence);
    if (text_eq(server_lock_reason(doc), fence))
        return NEXT;
    err_set(move_err(m), ERR_CONFLICT, "somebody else locked the source: %s",
            server_lock_reason(doc) ? server_lock_reason(doc) : "(no reason)");
    return FAIL;
}

bool seal_lock_ask(struct move *m, struct request *r, struct err *err)
{
    char reason[MARK_SIZE];

    (void)err;
    mark_sealed_reason(move_id(m), move_target_id(m), reason);
    nova_lock(session_of(m), r, move_server_id(m), reason);
    return true;
}
