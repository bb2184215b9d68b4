/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine tells: a closed list, one struct, one observer. Events of a turn are
 * published after its commit, in order; strings are lent for the call. All that show may
 * know of the engine.
 */
#ifndef FLOW_EVENT_H
#define FLOW_EVENT_H

#include <stdbool.h>

enum event_type {
    EVENT_RUN_BEGUN,      /* text: the command line that resumes it */
    EVENT_MOVE_STEP,      /* stands at another row */
    EVENT_MOVE_STATE,     /* its state changed: see state */
    EVENT_MOVE_ASKED,     /* a mutating request goes out; text names it */
    EVENT_MOVE_RETRY,     /* a pause; text tells why */
    EVENT_MOVE_NOTE,      /* text: something worth a line */
    EVENT_SERVICE_PARKED, /* text: service and reason; nothing walks until it is back */
    EVENT_SERVICE_BACK,
    EVENT_STORE_TROUBLE, /* the state file cannot be written: no new step */
    EVENT_INTERRUPTED,   /* ^C once: finishing what was sent */
    EVENT_TOTALS,        /* after a turn with changes: see the counts */
    EVENT_RUN_OVER,
    EVENT_TICK, /* time has passed: at most 4 a second, at least one every 2 s; not news
                 */
    EVENT_TYPE_MAX
};

struct event {
    enum event_type type;
    double at;   /* wall seconds */
    double mono; /* clock_mono(), for elapsed times */
    const char *run_id, *move_id;
    const char *server_id, *server_name, *target_server_id;
    const char *source_zone, *target_zone;
    const char *state, *walk, *step, *label, *serving;
    const char *text, *request_id; /* NULL: none */
    double since;                  /* clock_mono() at which it came to this row */
    int total, running, moved, held, failed, over; /* EVENT_TOTALS */
};

typedef void event_fn(void *ctx, const struct event *event);

/* "move-step" and so on: the names in --events files. */
const char *event_type_name(enum event_type type);

#endif
