/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two looks at a server, compared: a row of compared.h for each attribute, equal or not.
 * Marks of ours are left out of every comparison; what one of the looks does not show is
 * not compared, and has no row.
 */
#ifndef MOVES_DIFFERENCE_H
#define MOVES_DIFFERENCE_H

#include <jansson.h>

#include "moves/compared.h"

enum difference_when {
    WHEN_SAME_SERVER = 1, /* the source, then and now */
    WHEN_COPY = 2         /* the source then, the target now */
};

/* Attributes of two server documents of Nova (detail). Adds. */
void server_differences(const json_t *was, const json_t *now, enum difference_when when,
                        struct vec *all);
/* Ports of one server, by id. Adds. */
void port_differences(const json_t *was, const json_t *now, struct vec *all);
/* A port and the one that stands for it on the target: all but its id and its device.
 * number: of its NIC, from 1. */
void port_attribute_differences(const json_t *was, const json_t *now, size_t number,
                                struct vec *all);
/* Two arrays of objects as sets of one member ("volumeId"). Adds what differs. */
void member_differences(const json_t *was, const json_t *now, const char *key,
                        const char *name, struct vec *all);

/* An array as a set: gives its items as sorted text, equal for equal sets. NULL is []. */
char *set_text_of(const json_t *array);

#endif
