/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals of a preflight: all reasons are collected, so that one plan tells everything
 * that stands in the way. Each reason names what is wrong and what to do about it.
 */
#ifndef MOVES_REFUSAL_H
#define MOVES_REFUSAL_H

#include "base/text.h"
#include "moves/world.h"

struct refusal {
    struct move *move;
    const json_t *capture, *server; /* borrowed */
    struct text text;               /* the reasons, joined by "; " */
    enum err_code code;             /* of the first; REFUSED once two differ */
    size_t n;
};

void refusal_add(struct refusal *r, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void refusal_clear(struct refusal *r);

/* The values of key in an array of objects, a few of them. Gives. */
char *some_of(const json_t *array, const char *key);

/* The parts of the preflight, by what they look at. Add to r. */
void refuse_server(struct refusal *r);
void refuse_lock(struct refusal *r);
void refuse_marks(struct refusal *r, const json_t *limits);
void refuse_flavor(struct refusal *r);
void refuse_network(struct refusal *r);
/* zones: Cinder's, NULL unless volumes are copied; decides where the copies are made. */
void refuse_volumes(struct refusal *r, const json_t *zones);
void refuse_zone(struct refusal *r, const json_t *zones);
/* What the services say of room; documents, NULL where the account may not see them. */
struct room {
    const json_t *limits, *ports, *port_quota, *image_usage, *volume_limits;
};
/* What is needed twice while both servers exist; reserves it when there is room. */
void refuse_quota(struct refusal *r, const struct room *room);

/* --probe of what cannot be reached. */
void refuse_probes(struct refusal *r);
void announce_probes(struct move *m);

/* Tells what changes with this move although nothing is refused. */
void announce_changes(struct move *m);

#endif
