/* SPDX-License-Identifier: Apache-2.0 */
/* What of the server itself would not arrive, or cannot be touched. */
#include "base/mem.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/refusal.h"

#define NAMED_AT_MOST 4 /* ids in one reason */

char *some_of(const json_t *array, const char *key)
{
    struct strv values = {0};
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (i == NAMED_AT_MOST)
            strv_add(&values, "...");
        if (i < NAMED_AT_MOST)
            strv_add(&values, jstr(item, key, "?"));
    }
    char *list = strv_join(&values, ", ");
    strv_clear(&values);
    return list;
}

static void refuse_project(struct refusal *r)
{
    const char *owner = jstr(r->server, "tenant_id", "");
    const char *ours = session_project_id(session_of(r->move));
    if (!text_eq(owner, ours))
        refusal_add(
            r, ERR_FORBIDDEN,
            "it belongs to project %s and the account is in %s, where its copy would "
            "land: scope to project %s (--os-project-id)",
            owner, ours, owner);
}

struct state_row {
    const char *status, *remedy;
};

static const struct state_row states[] = {
    {"RESCUE", "unrescue it first ('openstack server unrescue')"},
    {"VERIFY_RESIZE",
     "confirm or revert its resize first ('openstack server resize confirm')"},
    {"RESIZE", "wait until it is resized, then confirm or revert that"},
    {"SHELVED", "unshelve it first ('openstack server unshelve')"},
    {"SHELVED_OFFLOADED",
     "'openstack server unshelve --availability-zone' puts it there"},
    {"ERROR", "see its fault ('openstack server show') and mend it first"},
    {"BUILD", "wait until it is built"},
    {"SOFT_DELETED", "it is deleted: restore it first"},
};

static void refuse_state(struct refusal *r)
{
    const char *status = jstr(r->server, "status", "");
    const char *task = jstr(r->server, "OS-EXT-STS:task_state", "");
    if (*task)
        refusal_add(r, ERR_REFUSED, "the task '%s' is under way: wait until it ends",
                    task);
    if (captured_powered(r->move) || text_eq(status, "SHUTOFF"))
        return;
    const char *remedy = "wait until it is ACTIVE or SHUTOFF";
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        if (text_eq(states[i].status, status))
            remedy = states[i].remedy;
    }
    refusal_add(r, ERR_REFUSED,
                "it is %s, and only ACTIVE, SHUTOFF, PAUSED and SUSPENDED are moved: %s",
                *status ? status : "in no known state", remedy);
}

static void refuse_company(struct refusal *r)
{
    const json_t *shares = jget(r->capture, "shares");
    if (json_array_size(shares) > 0)
        refusal_add(r, ERR_REFUSED,
                    "%zu shares are attached, which do not move: detach them first",
                    json_array_size(shares));
}

void refuse_server(struct refusal *r)
{
    refuse_project(r);
    refuse_state(r);
    refuse_company(r);
}

/* An administrator's lock is one that was taken in another project (Nova: locked_by);
 * only who locked tells, the server itself does not show it. */
void refuse_lock(struct refusal *r)
{
    const char *owner = jstr(r->server, "tenant_id", "");
    const char *reason = jstr(r->server, "locked_reason", "");
    const json_t *by = jget(r->capture, "locked_by");
    const char *project = jstr(by, "project_id", "");
    char own[MARK_SIZE];
    if (!jbool(r->server, "locked", false))
        return;
    mark_lock_reason(move_id(r->move), own);
    if (text_starts(reason, "rezone:") && !text_starts(reason, own))
        refusal_add(r, ERR_REFUSED,
                    "it is locked by another rezone (%s): finish that move with 'rezone "
                    "resume', 'commit' or 'discard' where it was begun",
                    reason);
    else if (*project && !text_eq(project, owner) &&
             !session_has_role(session_of(r->move), "admin"))
        refusal_add(
            r, ERR_FORBIDDEN,
            "it is locked by user %s of project %s, an administrator's lock which is "
            "not ours to open%s%s: ask for it to be unlocked",
            jstr(by, "user_id", "?"), project, *reason ? ", reason: " : "", reason);
}

/* Marks of others: a claim says who works on it, a target mark that it is the result of a
 * move which can still go back. */
static void refuse_others(struct refusal *r)
{
    AUTO_FREE char *claim = mark_other_claim(r->server, move_id(r->move));
    AUTO_FREE char *target = mark_other_target(r->server, move_id(r->move));
    if (claim)
        refusal_add(
            r, ERR_REFUSED,
            "another rezone has claimed it (move %s): finish that with 'rezone resume', "
            "'commit' or 'discard' where it was begun; if that is lost, take its tag "
            "or metadata off ('openstack server unset --tag rezone:%s:source')",
            claim, claim);
    if (target)
        refusal_add(
            r, ERR_REFUSED,
            "it is the target of move %s, which is still open: 'rezone commit %s' "
            "first",
            target, target);
}

/* Room for our mark on the source (the claim) and for all that the target is booted with.
 */
void refuse_marks(struct refusal *r, const json_t *limits)
{
    int compute = session_compute(session_of(r->move));
    AUTO_JSON json_t *own = mark_metadata_without(r->server);
    bool by_metadata = mark_way_source(compute, r->server) == MARK_METADATA ||
                       mark_way_target(compute, r->server) == MARK_METADATA;
    long long max = jint(limits, "maxServerMeta", METADATA_MAX);
    long long needed = (long long)json_object_size(own) + by_metadata;
    refuse_others(r);
    if (!by_metadata && max >= 0 && needed > max)
        refusal_add(
            r, ERR_QUOTA,
            "it has %lld metadata items and the quota allows its copy %lld: take some "
            "off",
            needed, max);
    if (!by_metadata)
        return;
    if (jbool(r->server, "locked", false))
        refusal_add(
            r, ERR_REFUSED,
            "it is locked, and without room for tags our mark is metadata, which a "
            "lock keeps shut: unlock it first");
    if (json_object_get(own, MARK_PROPERTY))
        refusal_add(r, ERR_REFUSED,
                    "its tags have no room for our mark, and its metadata has a key '%s' "
                    "already: take one of its tags off",
                    MARK_PROPERTY);
    else if (max >= 0 && needed > max)
        refusal_add(
            r, ERR_REFUSED,
            "neither its tags (%d at most) nor its metadata (%lld at most) have room "
            "for our mark: take one off",
            TAGS_MAX, max);
}
