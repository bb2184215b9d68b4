/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows over several things, each of which may take several asks. Such a row keeps a place
 * of its own (which thing it is at, with walk and row, since another begins anew) and
 * does one act at a time, by its name: another act is another item of the row.
 */
#ifndef MOVES_ACTS_H
#define MOVES_ACTS_H

#include "flow/step.h"

/* The thing that the row of this id stands at, from 0. */
size_t acts_at(const struct move *m, const char *row);
enum verdict acts_next(struct move *m, const char *row); /* on to the next thing */
enum verdict acts_over(struct move *m); /* there is no other: the row is done */
/* This act, by its words ("delete <id>"), is to be asked for. Takes need. */
enum verdict acts_want(struct move *m, char *need);
/* What the wanted act is about: the word behind its first blank; NULL: none. Lends. */
const char *acts_of(const struct move *m, const char *verb);

#endif
