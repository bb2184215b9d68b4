/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of subjects: what fits into one, and lists of ids that need several. */
#include <string.h>

#include "base/text.h"
#include "moves/kinds.h"

#define KEY_SIZE sizeof(((struct subject *)0)->key)

bool key_fits(const char *key)
{
    return key && strlen(key) < KEY_SIZE;
}

/* The next key from *at on: as many ids as fit, joined by ",". */
static bool next_key(const json_t *ids, size_t *at, char key[KEY_SIZE])
{
    size_t len = 0;
    while (*at < json_array_size(ids)) {
        const char *id = json_string_value(json_array_get(ids, *at));
        size_t n = id ? strlen(id) : 0;
        if (n > 0 && n + 1 < KEY_SIZE) {
            if (len + n + 1 >= KEY_SIZE)
                break;
            if (len > 0)
                key[len++] = ',';
            memcpy(key + len, id, n);
            len += n;
        }
        (*at)++;
    }
    key[len] = '\0';
    return len > 0;
}

void watch_ids(struct watch *w, const struct kind *kind, const json_t *ids)
{
    char key[KEY_SIZE];
    size_t at = 0;
    while (next_key(ids, &at, key))
        watch_add(w, kind, key);
}

bool look_ids(const struct look *look, const struct kind *kind, const json_t *ids,
              json_t **ret)
{
    json_t *all = json_array();
    char key[KEY_SIZE];
    size_t at = 0;
    while (next_key(ids, &at, key)) {
        json_t *part = look_doc(look, kind, key);
        if (!part) {
            json_decref(all);
            return false;
        }
        json_array_extend(all, part);
    }
    *ret = all;
    return true;
}
