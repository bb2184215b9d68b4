/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that runs beside the loop: no shell, standard input empty, what it writes is
 * read for its last line, a process group of its own.
 *
 * The loop wakes when it writes or ends; child_poll() then tells whether it is over. At
 * its deadline, when the child is freed before its end, and when we are killed ourselves,
 * the whole group is killed: nothing of it survives us but what took itself out of it.
 */
#ifndef NET_CHILD_H
#define NET_CHILD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "net/loop.h"

struct child;

/* command: words as text_words() takes them apart; env: "NAME=value" beside our own
 * environment, lent. NULL: it cannot be run (err). */
struct child *child_start(struct loop *loop, const char *command, const struct strv *env,
                          double limit_s, struct err *err);
/* Reads what it wrote; true: it is over. */
bool child_poll(struct child *c);
double child_deadline(const struct child *c); /* when to poll it at the latest */
/* Of one that is over: did it end by itself with 0? Else the error in words, with the
 * last line that it wrote, printable. */
bool child_succeeded(const struct child *c, struct err *err);
bool child_was_late(const struct child *c); /* killed at its deadline */
void child_free(struct child *c);           /* NULL is allowed */

#endif
