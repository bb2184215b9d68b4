/* SPDX-License-Identifier: Apache-2.0 */
/* Finding what we made by its mark, and knowing when a look for it was complete. */
#include "base/text.h"
#include "cloud/json.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/volumes.h"
#include "moves/world.h"

#define SHOWS_TAGS       26
#define SHOWS_DOWN_CELLS 69 /* 2.69: rows of a cell that is down have status UNKNOWN */

/* An image is ours only if its name agrees too, so that the list by name misses none. */
void watch_images_by_mark(struct move *m, struct watch *w)
{
    char name[MARK_SIZE];
    mark_image_name(move_id(m), name);
    watch_add(w, &kind_images_by_name, name);
}

bool images_by_mark(struct move *m, const struct look *look, json_t **ret)
{
    char name[MARK_SIZE];
    mark_image_name(move_id(m), name);
    const json_t *named = look_doc(look, &kind_images_by_name, name);
    if (!named)
        return false;
    json_t *ours = json_array(), *image;
    size_t i;
    json_array_foreach(named, i, image)
    {
        if (mark_image_is_ours(image, move_id(m), move_server_id(m)))
            json_array_append(ours, image);
    }
    *ret = ours;
    return true;
}

/* Metadata is no filter of the list (Nova ignores it and gives all servers), so that the
 * name is asked for, or everything when the name is too long for a key. */
static const struct kind *target_list(struct move *m, char key[MARK_SIZE])
{
    int compute = captured_compute(m);
    const char *name = jstr(captured_server(m), "name", move_server_name(m));
    if (mark_way_target(compute, captured_server(m)) == MARK_TAG) {
        mark_target_tag(move_id(m), key);
        return &kind_servers_by_tag;
    }
    key[0] = '\0';
    if (!key_fits(name))
        return &kind_servers_all;
    snprintf(key, MARK_SIZE, "%s", name);
    return &kind_servers_by_name;
}

void watch_targets_by_mark(struct move *m, struct watch *w, bool proof)
{
    char key[MARK_SIZE];
    const struct kind *kind = target_list(m, key);
    watch_add(w, &kind_server, move_server_id(m));
    watch_add(w, kind, key);
    if (proof && session_compute(session_of(m)) >= SHOWS_DOWN_CELLS)
        watch_add(w, &kind_servers_brief, "");
}

static bool has_unknown(const json_t *servers)
{
    size_t i;
    json_t *server;
    json_array_foreach(servers, i, server)
    {
        if (text_eq(jstr(server, "status", NULL), "UNKNOWN"))
            return true;
    }
    return false;
}

/* The source answers from its own cell. Once it is deleted, only the list can prove. */
static bool source_answers(struct move *m, const struct look *look, bool proved)
{
    const struct sight *source = look_at(look, &kind_server, move_server_id(m));
    if (!source)
        return false;
    if (source->state == SIGHT_GONE)
        return proved || session_compute(session_of(m)) < SHOWS_DOWN_CELLS;
    return source->state == SIGHT_HERE &&
           !text_eq(jstr(source->doc, "status", NULL), "UNKNOWN");
}

/* Marks written as tags are not shown to a session below 2.26: no list can find them. */
static bool marks_are_shown(struct move *m)
{
    int then = (int)jint(move_capture(m), "compute", 0);
    return session_compute(session_of(m)) >= SHOWS_TAGS ||
           mark_way_target(then, captured_server(m)) != MARK_TAG;
}

/* A mark may have been copied by a person; what booted from another image is not ours. */
static bool booted_from_ours(struct move *m, const json_t *server)
{
    const char *ours = move_fact(m, "image"),
               *its = jstr(jget(server, "image"), "id", NULL);
    if (is_volume_booted(m)) /* and so is its target: it has no image */
        return !its || !*its;
    return !ours || !its || text_eq(ours, its);
}

bool targets_by_mark(struct move *m, const struct look *look, bool proof, json_t **ret,
                     bool *ret_proved)
{
    char key[MARK_SIZE];
    const struct kind *kind = target_list(m, key);
    const json_t *list = look_doc(look, kind, key);
    bool proved = false;
    if (proof && session_compute(session_of(m)) >= SHOWS_DOWN_CELLS) {
        const json_t *brief = look_doc(look, &kind_servers_brief, "");
        if (!brief || has_unknown(brief))
            return false;
        proved = true;
    }
    if (!list || !marks_are_shown(m) || !source_answers(m, look, proved || !proof))
        return false;
    json_t *targets = json_array();
    size_t i;
    json_t *server;
    json_array_foreach(list, i, server)
    {
        if (mark_server_is_target(server, move_id(m)) && booted_from_ours(m, server) &&
            !text_eq(jstr(server, "id", NULL), move_server_id(m)))
            json_array_append(targets, server);
    }
    *ret = targets;
    *ret_proved = proved;
    return true;
}
