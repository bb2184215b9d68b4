/* SPDX-License-Identifier: Apache-2.0 */
/* Puts paths, queries and bodies together. */
#include "cloud/path.h"

#include <string.h>

#include "base/err.h"

static const char *harmless(const char *s)
{
    return !s || !*s || text_eq(s, ".") || text_eq(s, "..") ? "-" : s;
}

void path_add(struct text *t, const char *s)
{
    text_add_c(t, '/');
    text_add_url(t, harmless(s));
}

void query_add(struct text *t, const char *key, const char *value)
{
    text_add_c(t, strchr(text_str(t), '?') ? '&' : '?');
    text_add_url(t, key);
    text_add_c(t, '=');
    text_add_url(t, value && *value ? value : "-");
}

void query_add_each(struct text *t, const char *key, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        query_add(t, key, values[i]);
    if (n == 0)
        query_add(t, key, NULL);
}

void request_json(struct request *r, json_t *j)
{
    char *body = json_dumps(j, JSON_COMPACT);
    if (!body)
        bug("a body of %s %s that is no JSON", r->method, r->url);
    json_decref(j);
    request_body(r, body, "application/json");
}
