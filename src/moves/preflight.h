/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preflight: refuses, before any change and with the reason, whatever would not arrive
 * whole, and announces what changes. Reads only.
 */
#ifndef MOVES_PREFLIGHT_H
#define MOVES_PREFLIGHT_H

#include "flow/step.h"

void preflight_watch(struct move *m, struct watch *w);
enum verdict preflight_seen(struct move *m, const struct look *look);

#endif
