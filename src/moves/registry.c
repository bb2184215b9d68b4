/* SPDX-License-Identifier: Apache-2.0 */
/* All strategies of all versions that this binary can begin or continue. */
#include "moves/registry.h"

const struct strategy *const strategies[] = {&strategy_snapshot, NULL};
