/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences between two looks at a server, named: the names are stable identifiers,
 * which announcements and `resume --accept` use too. Marks of ours are left out of every
 * comparison.
 */
#ifndef MOVES_DIFFERENCE_H
#define MOVES_DIFFERENCE_H

#include <jansson.h>

#include "base/vec.h"

enum difference_when {
    WHEN_SAME_SERVER = 1, /* the source, then and now */
    WHEN_COPY = 2         /* the source then, the target now */
};

struct difference {
    char *name; /* "metadata" */
    char *text; /* "key 'x'": what of it; no values that could be secrets */
};

/* Adds one, or puts the text behind that of the same name. */
void difference_add(struct vec *all, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void difference_free(void *p);

/* Attributes of two server documents of Nova (detail). Adds. */
void server_differences(const json_t *was, const json_t *now, enum difference_when when,
                        struct vec *all);
/* Ports of one server, by id. Adds. */
void port_differences(const json_t *was, const json_t *now, struct vec *all);
/* A port and the one that stands for it on the target: all but its id and its device. */
void port_attribute_differences(const json_t *was, const json_t *now, struct vec *all);
/* Two arrays of objects as sets of one member ("volumeId"). Adds. */
void member_differences(const json_t *was, const json_t *now, const char *key,
                        const char *name, struct vec *all);

/* An array as a set: gives its items as sorted text, equal for equal sets. NULL is []. */
char *set_text_of(const json_t *array);

#endif
