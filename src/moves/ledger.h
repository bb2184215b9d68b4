/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of addresses: since when a port or floating IP of the source was on no
 * server, and until when. One entry for each time that it was taken off; a discard after
 * the target has served takes it off once more.
 *
 * Off is when we asked for it to be taken off (the target: to be deleted). On is when it
 * was seen to be on a server that may serve: the target running, or the source with the
 * port attached and the floating IP on that port. Both are what users have without it at
 * the most. Kept as FACT_ADDRESSES, in the transaction of the verdict that saw it.
 */
#ifndef MOVES_LEDGER_H
#define MOVES_LEDGER_H

#include "flow/step.h"

/* The NIC's port and all floating IPs that lead to it went off at that time (wall
 * seconds). What is off already stays so. */
void ledger_off(struct move *m, size_t nic, double at);
void ledger_all_off(struct move *m, double at); /* nothing with --addresses new */
/* The port or floating IP of that id (as captured) is on again, now; NULL: all are. */
void ledger_on(struct move *m, const char *id);

#endif
