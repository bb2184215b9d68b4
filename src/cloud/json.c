/* SPDX-License-Identifier: Apache-2.0 */
/* Small readers and writers of JSON values. */
#include "cloud/json.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

const char *jstr(const json_t *object, const char *key, const char *def)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : def;
}

long long jint(const json_t *object, const char *key, long long def)
{
    const json_t *v = json_object_get(object, key);
    return json_is_integer(v) ? json_integer_value(v) : def;
}

bool jbool(const json_t *object, const char *key, bool def)
{
    const json_t *v = json_object_get(object, key);
    return json_is_boolean(v) ? json_is_true(v) : def;
}

json_t *jget(const json_t *object, const char *path)
{
    json_t *found = NULL;
    const json_t *at = object;
    while (at) {
        size_t n = strcspn(path, "/");
        AUTO_FREE char *key = xstrndup(path, n);
        found = json_object_get(at, key);
        if (!path[n])
            return found;
        at = found;
        path += n + 1;
    }
    return NULL;
}

json_t *jtext(const char *s)
{
    json_t *j = json_string(s ? s : "");
    if (!j) {
        AUTO_FREE char *printable = text_printable(s, strlen(s) * 4);
        j = json_string(printable);
    }
    if (!j)
        bug("no JSON string of %zu bytes", strlen(s));
    return j;
}

json_t *jpair(const char *key, json_t *value)
{
    json_t *j = json_object();
    if (!j || json_object_set_new(j, key, value) < 0)
        bug("no JSON object with %s", key);
    return j;
}
