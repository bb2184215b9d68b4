/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user_data that a target is booted with: the source's own where it is shown (by
 * default to administrators only), else what `--user-data FILE` gave. It may hold
 * secrets: it is kept in the database, and stands in no message.
 */
#ifndef MOVES_USER_DATA_H
#define MOVES_USER_DATA_H

#include "moves/refusal.h"

/* Of the run's options: what the file holds, in base64. */
#define OPTION_USER_DATA "user-data"
#define USER_DATA_MAX    65535 /* characters of base64, by Nova's schema */

/* A file beside user_data that is shown: which of the two is meant is not clear. */
void refuse_user_data(struct refusal *r);
/* In base64; NULL: none. Lends. */
const char *user_data_of_target(struct move *m);
void announce_user_data(struct move *m);

#endif
