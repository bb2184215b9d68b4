/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named instants at which a test build can die. In an ordinary build they are nothing.
 *
 * With --enable-crash-points, REZONE_CRASH_AT=<n> ends the process with SIGKILL at the
 * n-th point it meets, REZONE_CRASH_AT=<name>:<n> at the n-th of that name, and
 * REZONE_CRASH_LOG=<file> gets one line per point met. Such a build also obeys
 * REZONE_CLOCK_RATE=<x> (base/clock.h): thousands of deaths would else cost hours of
 * settling.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#ifdef REZONE_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)(name))
#endif

#endif
