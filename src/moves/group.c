/* SPDX-License-Identifier: Apache-2.0 */
/* Membership and hints of the target. */
#include "moves/group.h"

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"

const json_t *group_of(struct move *m)
{
    return json_array_get(jget(move_capture(m), "server_groups"), 0);
}

/* From 2.100 on; null is none. */
static const json_t *captured_hints(struct move *m)
{
    return json_object_get(captured_server(m), "scheduler_hints");
}

static const char *policy_of(const json_t *group)
{
    return jstr(group, "policy", "");
}

bool group_can_be_kept(struct move *m)
{
    return group_of(m) && !text_eq(policy_of(group_of(m)), "affinity");
}

json_t *hints_of_target(struct move *m)
{
    json_t *hints = json_object(), *values;
    const char *key;
    /* Nova shows a list of every hint, and takes most as one text only. */
    json_object_foreach((json_t *)captured_hints(m), key, values)
    {
        if (!text_eq(key, "group"))
            json_object_set(hints, key,
                            json_array_size(values) == 1 ? json_array_get(values, 0)
                                                         : values);
    }
    if (group_can_be_kept(m))
        json_object_set_new(hints, "group", json_string(jstr(group_of(m), "id", "")));
    if (json_object_size(hints) > 0)
        return hints;
    json_decref(hints);
    return NULL;
}

/* "name (id)"; gives. */
static char *words_of(const json_t *group)
{
    const char *name = jstr(group, "name", ""), *id = jstr(group, "id", "?");
    return *name ? xasprintf("%s (%s)", name, id) : xstrdup(id);
}

static void announce_policy(struct move *m, const json_t *group)
{
    const char *policy = policy_of(group);
    AUTO_FREE char *words = words_of(group);
    if (text_eq(policy, "anti-affinity"))
        move_announce(m, "server-group-policy",
                      "it stays in server group %s, whose policy is anti-affinity: where "
                      "zone %s has no host without a member, compute refuses the boot, "
                      "and the move goes back",
                      words, move_target_zone(m));
    else if (text_starts(policy, "soft-"))
        move_announce(m, "server-group-policy",
                      "it stays in server group %s, whose policy is %s: compute follows "
                      "it as far as zone %s allows",
                      words, policy, move_target_zone(m));
    else
        move_announce(m, "server-group-policy",
                      "it stays in server group %s, whose policy is %s: where compute "
                      "cannot follow it, it refuses the boot, and the move goes back",
                      words, *policy ? policy : "not shown to this account");
}

/* What the names of differences say here makes them announced ones. */
static void announce_lost_membership(struct move *m, const json_t *hinted)
{
    if (group_of(m)) {
        AUTO_FREE char *words = words_of(group_of(m));
        move_announce(m, "server-groups", "the target is no member of server group %s",
                      words);
    }
    if (hinted)
        move_announce(m, "scheduler-hints",
                      "the hint that named its server group is not carried");
}

void announce_group(struct move *m)
{
    const json_t *hints = captured_hints(m), *hinted = json_object_get(hints, "group");
    if (group_can_be_kept(m))
        announce_policy(m, group_of(m));
    else
        announce_lost_membership(m, hinted);
    if (json_object_get(hints, "same_host") || json_object_get(hints, "different_host"))
        move_announce(m, "hinted-servers",
                      "its scheduler hints name other servers (same_host, "
                      "different_host), and are carried as they are: a cloud that "
                      "enforces one which zone %s cannot fulfil refuses the boot, and "
                      "the move goes back",
                      move_target_zone(m));
}
