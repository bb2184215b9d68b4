/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the properties of images, as far as they can be known. */
#include "moves/image_props.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/difference.h"
#include "moves/kinds.h"
#include "moves/steps.h"

/* Glance's own attributes of an image begin like properties of its system. */
bool image_prop_counts(const char *key)
{
    static const char *const glances[] = {"os_hash_algo", "os_hash_value", "os_hidden"};
    for (size_t i = 0; i < sizeof(glances) / sizeof(*glances); i++) {
        if (text_eq(key, glances[i]))
            return false;
    }
    return text_starts(key, "hw_") || text_starts(key, "os_") ||
           text_starts(key, "trait:") || text_eq(key, "architecture") ||
           text_eq(key, "vm_mode");
}

/* As the server was made with them (2.98), or NULL. */
static const json_t *own_properties(const json_t *server)
{
    const json_t *own = jget(server, "image/properties");
    return json_is_object(own) ? own : NULL;
}

/* The base image tells what the server has only while nobody has changed it since. */
static const json_t *base_properties(struct move *m)
{
    const json_t *image = jget(move_capture(m), "image");
    const char *changed = jstr(image, "updated_at", NULL);
    const char *made = jstr(captured_server(m), "created", "");
    return changed && strcmp(changed, made) <= 0 ? image : NULL;
}

static bool needs_images(struct move *m)
{
    return !own_properties(captured_server(m)) && base_properties(m) &&
           move_fact(m, FACT_IMAGE);
}

void image_props_watch(struct move *m, struct watch *w)
{
    if (needs_images(m))
        watch_add(w, &kind_image, move_fact(m, FACT_IMAGE));
}

bool image_props_are_seen(struct move *m, const struct look *look)
{
    const struct sight *sight =
        needs_images(m) ? look_at(look, &kind_image, move_fact(m, FACT_IMAGE)) : NULL;
    return !needs_images(m) || (sight && sight->state != SIGHT_NONE);
}

/* What is new on the target is what its host noted for the first time. */
static void compare(const json_t *was, const json_t *now, struct vec *all)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)was, key, value)
    {
        const json_t *other = json_object_get(now, key);
        bool same = json_equal(value, other);
        AUTO_FREE char *name = xasprintf("image-properties.%s", key);
        AUTO_FREE char *source = value_text(value);
        AUTO_FREE char *target = value_text(other);
        if (image_prop_counts(key))
            compared_add(all, name, source, target,
                         same ? COMPARED_EQUAL : COMPARED_DIFFERS, "'%s' is %s", key,
                         other ? "another" : "missing");
    }
}

void image_props_differences(struct move *m, const json_t *target,
                             const struct look *look, struct vec *all)
{
    const json_t *was = own_properties(captured_server(m)), *now = own_properties(target);
    if (look && !was && needs_images(m)) {
        was = base_properties(m);
        now = look_doc(look, &kind_image, move_fact(m, FACT_IMAGE));
    }
    if (was && now)
        compare(was, now, all);
}
