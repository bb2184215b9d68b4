/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON of strangers, and writing the little that requests need. A member that is
 * missing or of another type gives the default: the shape of an answer is never trusted.
 */
#ifndef CLOUD_JSON_H
#define CLOUD_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* Lend; a missing or wrong-typed member (or object NULL, or no object) gives def. */
const char *jstr(const json_t *object, const char *key, const char *def);
long long jint(const json_t *object, const char *key, long long def);
bool jbool(const json_t *object, const char *key, bool def);
json_t *jget(const json_t *object,
             const char *path); /* "a/b/c"; borrowed; NULL if missing */

/* Gives a JSON string, also of bytes that are not UTF-8 (made printable). */
json_t *jtext(const char *s);
/* Gives {key: value}; takes value. */
json_t *jpair(const char *key, json_t *value);

static inline void json_auto_decref_(json_t **j)
{
    json_decref(*j);
}
#define AUTO_JSON __attribute__((cleanup(json_auto_decref_)))

#endif
