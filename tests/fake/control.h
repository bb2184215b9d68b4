/* SPDX-License-Identifier: Apache-2.0 */
/* The control API below /_fake: the clock, the model, faults, effects, the log. No token
 * needed. */
#ifndef FAKE_CONTROL_H
#define FAKE_CONTROL_H

#include "cloud.h"

void control_serve(struct cloud *cl, struct request *rq, struct reply *rp);
/* Sets what POST /_fake/config sets; false with a message for the caller to free. */
bool control_config(struct cloud *cl, const json_t *doc, char **ret_error);
/* Sets one job's time by its name; false for an unknown name. */
bool control_job_time(struct cloud *cl, const char *name, double seconds);

#endif
