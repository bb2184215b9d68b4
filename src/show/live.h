/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines on a terminal that are drawn again in place: one for each move that is under
 * way, and one of totals. Drawn at most four times a second, never wider or higher than
 * the terminal, so that taking them off again takes off all of them.
 */
#ifndef SHOW_LIVE_H
#define SHOW_LIVE_H

#include <stdio.h>

#include "flow/event.h"

struct live;

/* columns, rows: of the terminal; 0: asked of the terminal at each drawing. */
struct live *live_new(FILE *out, int columns, int rows);
void live_free(struct live *l); /* takes the lines off */
void live_event(struct live *l, const struct event *event);
void live_erase(struct live *l);
/* Draws, with the time that each step has taken so far, if enough time has gone by since
 * the last drawing; what a message took off the terminal comes back at once. */
void live_draw(struct live *l);

#endif
