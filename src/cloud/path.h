/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths and queries of requests, put together so that nothing of a stranger changes their
 * meaning.
 */
#ifndef CLOUD_PATH_H
#define CLOUD_PATH_H

#include <jansson.h>
#include <stddef.h>

#include "base/text.h"
#include "net/request.h"

/* Adds "/" and s, percent-encoded. "", "." and ".." become "-": DELETE /servers/ and GET
 * /servers/.. are other requests than the one that was meant. */
void path_add(struct text *t, const char *s);
/* Adds "?" or "&", key=value, encoded. An empty value becomes "-": many services take an
 * empty filter for none and answer with everything. */
void query_add(struct text *t, const char *key, const char *value);
/* The key once for each value, which services take for "or"; none is one "-". */
void query_add_each(struct text *t, const char *key, const char *const *values, size_t n);

/* Sets the body; takes j. */
void request_json(struct request *r, json_t *j);

#endif
