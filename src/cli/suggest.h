/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The word that was probably meant.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "base/vec.h"

/* Lends the nearest of `words`, or NULL when none is near enough (more than a third of
 * its letters would have to change). */
const char *suggest(const char *word, const struct strv *words);

#endif
