/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and zones: which are up, and which one a new server gets. */
#include <string.h>

#include "boot.h"

bool zone_exists(const struct cloud *cl, const char *zone)
{
    const char *name;
    json_t *host;
    json_object_foreach(cl->hosts, name, host)
    {
        if (text_eq(str_of(host, "zone"), zone))
            return true;
    }
    return false;
}

bool host_is_up(const struct cloud *cl, const char *host)
{
    return !json_is_true(host_knob(cl, host, "disabled")) &&
           !json_is_true(host_knob(cl, host, "down"));
}

bool zone_is_up(const struct cloud *cl, const char *zone)
{
    const json_t *knob = json_object_get(cl->zone_faults, zone);
    if (json_is_false(json_object_get(knob, "available")))
        return false;
    const char *name;
    json_t *host;
    json_object_foreach(cl->hosts, name, host)
    {
        if (text_eq(str_of(host, "zone"), zone) && host_is_up(cl, name))
            return true;
    }
    return false;
}

/* What the group's other members, wherever they run, leave for this server: the hard
 * policies only. */
static bool group_allows(const struct cloud *cl, const struct server *s, const char *host)
{
    const char *id = json_string_value(json_array_get(s->groups, 0));
    const json_t *group = id ? json_object_get(cl->groups, id) : NULL;
    const char *policy = str_of(group, "policy");
    bool together = text_eq(policy, "affinity"), some = false, here = false;
    size_t i;
    json_t *member;
    if (!together && !text_eq(policy, "anti-affinity"))
        return true;
    json_array_foreach(json_object_get(group, "members"), i, member)
    {
        const struct server *other = table_get(&cl->servers, json_string_value(member));
        if (!other || other == s || other->deleted || !*other->host)
            continue;
        some = true;
        here = here || strcmp(other->host, host) == 0;
    }
    return !some || here == together;
}

const char *host_choose(const struct cloud *cl, const struct server *s, const char *zone,
                        const char *not_this)
{
    const char *name, *best = NULL;
    json_t *host;
    long long least = 0;
    json_object_foreach(cl->hosts, name, host)
    {
        bool fits = (!zone || text_eq(str_of(host, "zone"), zone)) &&
                    !text_eq(name, not_this) && host_is_up(cl, name) &&
                    !json_is_true(host_knob(cl, name, "full")) &&
                    group_allows(cl, s, name);
        long long used = int_of(host, "placed");
        if (fits && (!best || used < least)) {
            best = name;
            least = used;
        }
    }
    if (best)
        json_object_set_new(json_object_get(cl->hosts, best), "placed",
                            json_integer(least + 1));
    return best;
}
