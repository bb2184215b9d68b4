/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand: which request they hit, how often, and the past that lagging lists
 * show. */
#ifndef FAKE_FAULT_H
#define FAKE_FAULT_H

#include "cloud.h"

/* Adds a fault from its JSON; false with a message for the caller to free. */
bool fault_add(struct cloud *cl, const json_t *doc, char **ret_error);
void faults_clear(struct cloud *cl);
/* Gives all faults with how often each has hit. */
json_t *faults_json(const struct cloud *cl);
/* Gives the JSON of the fault that this request meets, NULL for none; counts it. */
json_t *fault_match(struct cloud *cl, struct request *rq, bool reused);
bool fault_kind_known(const char *name);
/* Performs the script's requests as other users; "{1}" in a path is the first group of
 * the match. */
void fault_script(struct cloud *cl, const json_t *how, const struct request *rq);

/* What a service's lists showed some looks ago. */
struct past;
struct past *past_take(const struct cloud *cl, const char *service);
void past_free(struct past *past);
/* Puts the past in the place of the present; a second call puts it back. */
void past_swap(struct cloud *cl, struct past *past);
/* Takes a picture of now, and lends the one of as many looks ago as the fault says. */
struct past *fault_past(struct cloud *cl, const json_t *how);

#endif
