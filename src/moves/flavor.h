/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of the captured flavor. */
#ifndef MOVES_FLAVOR_H
#define MOVES_FLAVOR_H

#include <jansson.h>

#include "flow/step.h"

/* A size in a flavor: a number, or "" for none below 2.75. */
long long flavor_number(const json_t *flavor, const char *key);
/* The larger of what the flavor says now and what the server itself has (2.47). */
long long flavor_largest(struct move *m, const char *key, const char *own_key);

#endif
