/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud in a few documents: one server that can be moved, its image, its target. Its
 * answers are honest; a target changes them before they are read.
 */
#ifndef CLOUD_DOUBLE_H
#define CLOUD_DOUBLE_H

#include <jansson.h>
#include <stdbool.h>

#include "moves/world.h"
#include "net/request.h"

#define DOUBLE_MOVE   "5d0c7b7e-32c1-4a52-9a39-1f8f0a3b2c1d"
#define DOUBLE_RUN    "6e1d8c8f-43d2-4b63-8b4a-2a9a1b4c3d2e"
#define DOUBLE_SOURCE "0f8f3c5a-6b7c-4d9e-8f01-a2b3c4d5e6f7"
#define DOUBLE_TARGET "7e1d2c3b-4a59-4687-9012-3f4e5d6c7b8a"
#define DOUBLE_IMAGE  "3b2b2c44-9a51-4b06-8d5e-6f4f7f0f7b12"
#define DOUBLE_VOLUME "44444444-eeee-4eee-8eee-000000000001"

struct cloud_double {
    json_t *source, *target, *image; /* target and image: NULL when there is none */
    json_t *port, *floating;         /* NULL when there is none */
    json_t *volumes;                 /* by id */
    json_t *upload;                  /* the image of a volume, or NULL */
    bool rich, keeps;
    int compute;
};

/* How the source is, and what is asked for: by the bits of a byte. */
enum double_choice {
    DOUBLE_KEEP = 1,  /* --addresses keep */
    DOUBLE_RICH = 2,  /* it has a floating IP and a volume */
    DOUBLE_COPY = 4,  /* --volumes copy */
    DOUBLE_PROBE = 8, /* --probe, one of each kind */
    DOUBLE_PAUSED = 16,
    DOUBLE_SUSPENDED = 32,
    DOUBLE_ORDER = 64, /* --nic-order */
    DOUBLE_CHOICES = 128
};

void double_init(struct cloud_double *c, int compute, unsigned choices);
/* The options of a run. Gives. */
json_t *double_options(unsigned choices);
void double_clear(struct cloud_double *c);
/* Acts and answers; gives the body, NULL for none. */
json_t *double_answer(struct cloud_double *c, const struct request *r, int *ret_status);
/* Would it delete what was there before us: the source (but at commit), its volume? */
bool double_would_lose(const struct request *r, bool commits);
/* A world whose account is known and ready, at compute 2.<minor>. Gives. */
struct world *double_world(int compute);

#endif
