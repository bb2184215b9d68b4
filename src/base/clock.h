/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time, in one place, so that tests own it.
 *
 * clock_mono() never jumps (CLOCK_BOOTTIME: it goes on while the machine sleeps);
 * clock_wall() is the calendar and may jump. Both in seconds as double.
 * A test installs its own clock with clock_set_test() and moves it with clock_advance().
 *
 * Whole programs are tested with the pauses, limits and timeouts that users get, so a
 * build with --enable-crash-points can live faster than the machine: REZONE_CLOCK_RATE=n
 * lets clock_mono() run n times as fast, and whoever waits or sets a timeout of the
 * machine's converts it with clock_real(). The calendar stays the machine's, so that what
 * several processes write agrees; REZONE_CLOCK_JUMP=<file> puts it ahead by the seconds
 * that the file holds, from the moment at which it is there.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>

double clock_mono(void);
double clock_wall(void); /* seconds since the epoch, UTC */

void clock_set_test(double mono, double wall); /* from now on time stands still ... */
void clock_advance(double seconds);            /* ... and moves only by this */
void clock_jump_wall(double seconds);          /* the calendar alone */
void clock_set_real(void);
bool clock_is_test(void);
double clock_real(double seconds); /* how long the machine takes for that many of ours */

/* ISO 8601 UTC with milliseconds ("2026-01-02T03:04:05.678Z"); out holds 32 bytes. */
void clock_iso(double wall, char out[32]);
/* Parses ISO 8601 ("...Z", "+00:00" offsets, fraction optional, no zone = UTC). */
bool clock_parse_iso(const char *s, double *ret_wall);
/* Parses an HTTP date (IMF-fixdate; RFC 9110 5.6.7). */
bool clock_parse_http(const char *s, double *ret_wall);
/* "3 s", "4 min 10 s", "2 h 3 min"; out holds 32 bytes. */
void clock_span(double seconds, char out[32]);

#endif
