/* SPDX-License-Identifier: Apache-2.0 */
/* State databases for the fuzzers: one that a whole move left behind, and what is done
 * with any other. */
#ifndef STATE_H
#define STATE_H

#include <stddef.h>

#include "store/store.h"

/* Puts a database at path in which one move is moved. Its bytes are lent. */
const char *state_template(size_t *ret_len);
/* All that commands read: rows as JSON, with their histories. */
void state_read(struct store *store);
/* Every move restored and resumed (0), committed (1) or discarded (2), without a cloud.
 */
void state_resume(struct store *store, unsigned deed);

#endif
