/* SPDX-License-Identifier: Apache-2.0 */
/* Server actions: POST /servers/{id}/action {"name": …} leads to a function by name. */
#ifndef FAKE_ACTION_H
#define FAKE_ACTION_H

#include "cloud.h"

typedef void action_fn(struct cloud *cl, struct request *rq, struct reply *rp,
                       struct server *s, json_t *arg);

struct action {
    const char *name;
    action_fn *run;
    int since;
};

/* Each file's table, ended by a row without a name. */
extern const struct action power_actions[], snapshot_actions[], move_actions[],
    admin_actions[];

#endif
