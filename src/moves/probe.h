/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes: does what runs in the target answer? Asked before a move counts as moved, of
 * the target's address, as often as it takes until the deadline.
 *
 *   tcp:PORT                    a connection
 *   http:/PATH, http:PORT/PATH  a GET that is answered below 400
 *   cmd:COMMAND                 a command of the user's that ends with 0; no shell, with
 *                               REZONE_SERVER_ID, REZONE_TARGET_ID and REZONE_ADDRESS
 *
 * A probe is a look like any other: it is sent by the engine, changes nothing that we
 * know of, and after a crash it is done again.
 */
#ifndef MOVES_PROBE_H
#define MOVES_PROBE_H

#include "flow/step.h"
#include "moves/world.h"

#define PROBE_SECONDS_MAX 86400 /* of --probe-timeout */

enum probe_way { PROBE_TCP, PROBE_HTTP, PROBE_CMD };
struct probe {
    enum probe_way way;
    int port;
    const char *rest; /* path or command; lent by the text */
};

/* What --probe takes; ERR_USAGE says what is wrong. */
bool probe_parse(const char *text, struct probe *ret, struct err *err);

/* What is asked, of whom: fills in the request of one attempt. address may be "" for a
 * command. */
struct probed {
    const char *address, *server_id, *target_id;
    double limit_s; /* until the deadline */
};
void probe_request(const struct probe *probe, const struct probed *of, struct request *r);
/* What was learned, as a document for probe_seen(). Gives. */
json_t *probe_told(const struct reply *reply);

/* The probes of a move, from its run's options. */
size_t probe_count(const struct move *m);
const char *probe_text(const struct move *m, size_t i); /* as typed; NULL past the end */
double probe_deadline_s(const struct move *m);
/* Only what runs can answer, and is asked. */
bool probes_apply(struct move *m);

/* A look by kind_probe under this key is this request from now on; takes what *r holds.
 * Looks know nothing but their key, and a command is longer than one. */
void probe_put(struct world *w, const char *key, struct request *r);
void probe_drop(struct world *w, const char *key);
void probe_fill(const struct world *w, const char *key, struct request *r);
void probe_free(void *put);

#endif
