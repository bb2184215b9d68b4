/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: one thread waits for sockets (curl_multi_poll), timers and signals.
 *
 * loop_wait() waits until something is ready or the deadline has come, then returns with
 * what happened recorded; nothing is called back from inside curl. The order of a turn is
 * its caller's (flow/engine: drain, judge, commit, publish, send). Deadlines are due by
 * clock_mono(); with a test's clock none is waited for, only (briefly) for sockets while
 * transfers are under way: the test advances its clock and calls again.
 * Signals, from loop_new() to loop_free(): INT, TERM, HUP count in loop_interrupts() (HUP
 * stays ignored under nohup); WINCH shows in loop_resized(); CHLD only wakes; PIPE is
 * ignored. Each ends a wait. Several loops may exist in one process and each sees the
 * signals since its start; only one of them should wait.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>

#include "base/err.h"

struct loop;

struct loop *loop_new(struct err *err); /* NULL on error; initialises libcurl too */
void loop_free(struct loop *loop);
/* curl's multi handle (CURLM *), for http.c only. */
void *loop_multi(struct loop *loop);
/* Waits at most until `wake_at` (clock_mono() seconds; < 0: no deadline). */
bool loop_wait(struct loop *loop, double wake_at, struct err *err);
/* How often INT, TERM or HUP came since the start; true to the moment, without a wait. */
int loop_interrupts(const struct loop *loop);
/* Did WINCH come since this was last asked? */
bool loop_resized(struct loop *loop);
/* A file descriptor to watch for reading besides curl's (for a terminal); -1: none. */
void loop_watch_fd(struct loop *loop, int fd);
/* Was it readable (or at its end, or broken) when the last wait returned? Whoever watches
 * must read it or stop watching, or no wait will wait any more. */
bool loop_watch_ready(const struct loop *loop);
/* Any number of descriptors more that end a wait when they are readable; their owners
 * read them. Each must be taken out before it is closed. */
void loop_add_fd(struct loop *loop, int fd);
void loop_remove_fd(struct loop *loop, int fd);
/* How many transfers and commands are under way; for http.c only. */
void loop_set_transfers(struct loop *loop, int n);

#endif
