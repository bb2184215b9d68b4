/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of the captured flavor. */
#include "moves/flavor.h"

#include "base/text.h"
#include "cloud/json.h"
#include "flow/move.h"

long long flavor_number(const json_t *flavor, const char *key)
{
    const json_t *value = json_object_get(flavor, key);
    unsigned long long n = 0;
    if (json_is_integer(value))
        return json_integer_value(value);
    return json_is_string(value) && text_to_u64(json_string_value(value), 1ULL << 40, &n)
               ? (long long)n
               : 0;
}

long long flavor_largest(struct move *m, const char *key, const char *own_key)
{
    const json_t *capture = move_capture(m);
    long long now = flavor_number(jget(capture, "flavor"), key);
    long long own = flavor_number(jget(capture, "server/flavor"), own_key);
    return own > now ? own : now;
}
