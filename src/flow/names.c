/* SPDX-License-Identifier: Apache-2.0 */
/* The words of states, walks, servings and events: stored, shown, and parsed again. */
#include <string.h>

#include "flow/event.h"
#include "flow/move.h"

static const char *const state_names[MOVE_STATE_MAX] = {
    [MOVE_PLANNED] = "planned", [MOVE_RUNNING] = "running",     [MOVE_MOVED] = "moved",
    [MOVE_HELD] = "held",       [MOVE_COMMITTED] = "committed", [MOVE_UNDONE] = "undone",
    [MOVE_SKIPPED] = "skipped", [MOVE_FAILED] = "failed",
};
static const char *const walk_names[WALK_MAX] = {
    [WALK_FORWARD] = "forward",
    [WALK_BACK] = "back",
    [WALK_COMMIT] = "commit",
    [WALK_DISCARD] = "discard",
};
static const char *const serving_names[SERVING_MAX] = {
    [SERVING_SOURCE] = "source",
    [SERVING_TARGET] = "target",
    [SERVING_NONE] = "none",
    [SERVING_BOTH] = "both",
};
static const char *const event_names[EVENT_TYPE_MAX] = {
    [EVENT_RUN_BEGUN] = "run-begun",
    [EVENT_MOVE_STEP] = "move-step",
    [EVENT_MOVE_STATE] = "move-state",
    [EVENT_MOVE_ASKED] = "move-asked",
    [EVENT_MOVE_RETRY] = "move-retry",
    [EVENT_MOVE_NOTE] = "move-note",
    [EVENT_SERVICE_PARKED] = "service-parked",
    [EVENT_SERVICE_BACK] = "service-back",
    [EVENT_STORE_TROUBLE] = "store-trouble",
    [EVENT_INTERRUPTED] = "interrupted",
    [EVENT_TOTALS] = "totals",
    [EVENT_RUN_OVER] = "run-over",
    [EVENT_TICK] = "tick",
};

static int index_of(const char *const *names, int n, const char *name)
{
    for (int i = 0; name && i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *move_state_name(enum move_state s)
{
    return state_names[s];
}

const char *walk_name(enum walk w)
{
    return walk_names[w];
}

const char *serving_name(enum serving s)
{
    return serving_names[s];
}

const char *event_type_name(enum event_type type)
{
    return event_names[type];
}

bool move_state_from(const char *name, enum move_state *ret)
{
    int i = index_of(state_names, MOVE_STATE_MAX, name);

    if (i >= 0)
        *ret = (enum move_state)i;
    return i >= 0;
}

bool walk_from(const char *name, enum walk *ret)
{
    int i = index_of(walk_names, WALK_MAX, name);

    if (i >= 0)
        *ret = (enum walk)i;
    return i >= 0;
}

bool serving_from(const char *name, enum serving *ret)
{
    int i = index_of(serving_names, SERVING_MAX, name);

    if (i >= 0)
        *ret = (enum serving)i;
    return i >= 0;
}
