/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a comparison. Each attribute that is compared is one row, whatever comes of
 * it: the verdict, what a plan promises and what `show` shows are all read from the same
 * rows, so that nothing is called equal that was not compared.
 *
 * A name is "<stable name>[.<number>[.<member>]]" ("ports.1.mac_address"): the stable
 * name, up to the first dot, is the one that announcements and `resume --accept` use.
 */
#ifndef MOVES_COMPARED_H
#define MOVES_COMPARED_H

#include <jansson.h>

#include "base/vec.h"

enum compared_how {
    COMPARED_EQUAL,
    COMPARED_MEANT,  /* not equal, and just as the move means it */
    COMPARED_DIFFERS /* not equal: a change if it was announced, else a loss */
};

struct compared {
    char *name;
    char *source, *target; /* printable; NULL: there is none */
    enum compared_how how;
    char *text; /* of what differs: in words, no values that could be secrets */
};

/* Stable name and words of all that differs under it. */
struct difference {
    char *name;
    char *text;
};

/* fmt: for people, of what differs; may be NULL otherwise. Copies. What neither of the
 * two has is left out. */
void compared_add(struct vec *all, const char *name, const char *source,
                  const char *target, enum compared_how how, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* A difference without values. */
void difference_add(struct vec *all, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void compared_free(void *p);

/* What differs among these rows, one for each stable name, in order. Adds (struct
 * difference). */
void differences_of(const struct vec *all, struct vec *ret);
void difference_free(void *p);
char *stable_name(const char *name); /* gives */

/* A value of a service as a short text, NULL when it is none (null, "", [], {}). Gives.
 */
char *value_text(const json_t *value);
/* The same of a value that is nobody's business: only whether there is one. Gives. */
char *value_hidden(const json_t *value);
bool value_is_empty(const json_t *value);

/* [{name, text}] of what is equal, and [{name, source, target, verdict}] of everything;
 * announced: [{name, text}]. Give. Equal rows of one item ("ports.1") are one entry. */
json_t *compared_kept(const struct vec *all, const json_t *announced);
json_t *compared_json(const struct vec *all, const json_t *announced);
/* Does this array of {name, text} have that name? */
bool is_named_in(const json_t *array, const char *name);

#endif
