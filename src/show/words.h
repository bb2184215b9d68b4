/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events in words and as JSON, the same for every kind of output.
 */
#ifndef SHOW_WORDS_H
#define SHOW_WORDS_H

#include <jansson.h>

#include "flow/event.h"

/* One line for a person, strangers' names made printable; NULL when the event is not
 * worth a line. Gives. */
char *words_of(const struct event *event);
/* "name" or "name (id)" of the event's server, printable; gives. */
char *words_server(const struct event *event);
/* What the step does, without the server: "going back: starting the source"; gives. */
char *words_step(const struct event *event);
/* All keys, null where nothing is known; gives a new reference. */
json_t *words_json(const struct event *event);

#endif
