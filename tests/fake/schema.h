/* SPDX-License-Identifier: Apache-2.0 */
/* Strict bodies: which keys an object may have, from which microversion on, and of what
 * kind. */
#ifndef FAKE_SCHEMA_H
#define FAKE_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "http.h"

enum {
    IS_STRING = 1,
    IS_INT = 2,
    IS_BOOL = 4, /* true, false, or one of Nova's words for them */
    IS_NULL = 8,
    IS_OBJECT = 16,
    IS_ARRAY = 32,
    IS_NAME = 64, /* a string without outer blanks and unprintable characters */
    IS_UUID = 128,
    IS_NUMBER = 256, /* an integer, also as a string */
};

struct key_rule {
    const char *key;
    unsigned kinds;
    int since, until; /* microversions; 0: no bound */
    int min, max;     /* length in characters, or number of items; max 0: no bound */
    bool required;
};

/* False, with Nova's 400 in rp, at the first thing wrong. `where` is the object's own
 * key, "" for the whole body. */
bool keys_check(const json_t *doc, const char *where, const struct key_rule *rules,
                size_t n, int mv, struct reply *rp);
/* Nova's 400 for one value of a body. */
void schema_complain(struct reply *rp, const char *where, const json_t *value,
                     const char *what);
/* A JSON value as a C bool: true, "True", "1", … */
bool json_says_true(const json_t *value);
/* Characters, not bytes. */
size_t utf8_length(const char *s);
/* One tag of a server, as POST /servers and PUT of all tags check it; where: its place in
 * the list. */
bool tag_check(const json_t *tag, const char *where, struct reply *rp);
/* Keys and values of a metadata object, as Nova checks them. */
bool metadata_check(const json_t *doc, struct reply *rp);

#endif
