/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as rows of tables. From the rows come the parser, --help, the man page and the
 * shells' completion; a value is checked by its row's type as soon as it is read, so that
 * a wrong one is the command line's fault (64) and never a later surprise.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

enum option_type {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_FILE,         /* a path: any text but "" */
    OPTION_COUNT,        /* a whole number, 1 to 10000 */
    OPTION_SECONDS,      /* fractions allowed */
    OPTION_CHOICE,       /* one of the words in `arg`, joined by "|" */
    OPTION_CHOICES,      /* some of those words, joined by "," */
    OPTION_STEP_SECONDS, /* STEP=SECONDS */
    OPTION_PAIR          /* KEY=VALUE */
};

struct option_row {
    const char *name; /* long, without dashes; never used again for another meaning */
    int letter;       /* 0: none */
    const char *arg;  /* of the value; NULL: a flag */
    enum option_type type;
    const char *def;   /* NULL: none */
    const char *since; /* the release that brought it */
    const char *help;  /* one line */
};

/* What was typed, for one table. */
struct option_values {
    const struct option_row *rows; /* ended by name NULL; lent */
    size_t n;
    struct strv *given; /* by row, in the order typed */
};

void option_values_init(struct option_values *v, const struct option_row *rows);
void option_values_clear(struct option_values *v);
/* arg NULL: a flag. Refuses with ERR_USAGE. */
bool option_set(struct option_values *v, size_t row, const char *arg, struct err *err);
/* The row's number, or v->n. */
size_t option_find(const struct option_values *v, const char *name);

/* "STEP=60" in parts: *ret_step given. */
bool option_step_seconds(const char *arg, char **ret_step, double *ret_seconds);

#endif
