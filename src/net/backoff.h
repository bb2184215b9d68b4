/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to try again: growing pauses with jitter, and which failures of a read deserve
 * one.
 */
#ifndef NET_BACKOFF_H
#define NET_BACKOFF_H

#include <stdbool.h>

#include "net/request.h"

/* A service that asks for a longer pause than this is left to the caller. */
#define BACKOFF_LONGEST_S 60.0

/* Seconds to wait after `tries` tries (1 or more): 0.5 s doubling to 30 s, of which
 * `unit` (0 to 1, from backoff_random) picks a point in the upper half, so that many
 * clients that failed together do not come back together. */
double backoff_delay(int tries, double unit);
double backoff_random(void); /* from 0 up to, not including, 1 */

/*
 * May a GET be sent again after this reply to its try number `tries`? *ret_s tells after
 * how many seconds. Yes: connection failures, timeouts, "not now", 502, 503, 504 (their
 * Retry-After is honoured up to BACKOFF_LONGEST_S), and 500 once. No: TLS, a reply that
 * is too long, any other status.
 */
bool backoff_read(const struct reply *reply, int tries, double unit, double *ret_s);

#endif
