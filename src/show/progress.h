/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people see while moves are under way: on a terminal a line for each running move
 * that is drawn again in place, elsewhere one line an event, and JSON lines in a file for
 * programs. Fed by the engine's events alone; messages of a command go through
 * progress_say(), so that they do not tear the drawn lines.
 */
#ifndef SHOW_PROGRESS_H
#define SHOW_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/event.h"

struct progress;

struct progress_options {
    FILE *out;    /* where messages go (stderr); lent */
    FILE *events; /* JSON lines; lent; NULL: none */
    bool quiet;   /* events make no text; progress_say() still does */
    bool live;    /* out is a terminal in whose foreground we are */
};

struct progress *progress_new(const struct progress_options *options);
/* Takes the drawn lines off the terminal. NULL is allowed. */
void progress_free(struct progress *p);
/* The engine's observer; ctx is the struct progress. A tick only redraws: it is written
 * nowhere. An events file that cannot be written is told once, and not written again. */
void progress_event(void *ctx, const struct event *event);
/* One line of text, without newline. */
void progress_say(struct progress *p, const char *text);
/* Takes the drawn lines off until the next event: before a prompt. */
void progress_pause(struct progress *p);

/* Is this stream a terminal, and are we in its foreground? */
bool progress_is_live(FILE *out);

#endif
