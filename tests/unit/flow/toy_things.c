/* SPDX-License-Identifier: Apache-2.0 */
/* The toy cloud's things: images and targets, made by POST, found by mark or by id. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

void toy_thing_free(void *p)
{
    struct toy_thing *thing = p;

    free(thing->id);
    free(thing->mark);
    free(thing->server);
    free(thing->status_error);
    free(thing);
}

struct toy_thing *toy_thing_new(struct toy *t, const char *mark, const char *server,
                                bool target)
{
    struct toy_thing *thing = xcalloc(1, sizeof *thing);

    thing->id = xasprintf("t%zu", t->things.len + 1);
    thing->mark = xstrdup(mark);
    thing->server = xstrdup(server);
    thing->target = target;
    thing->made = clock_mono();
    thing->ready = thing->made + (target ? t->build_s : t->save_s);
    if (target && t->broken_build)
        thing->status_error = xstrdup("error");
    vec_add(&t->things, thing);
    toy_effect(t, target ? "make target" : "make image", server);
    return thing;
}

int toy_things(const struct toy *t, const char *server, bool target)
{
    int n = 0;

    for (size_t i = 0; i < t->things.len; i++) {
        const struct toy_thing *thing = t->things.at[i];

        n +=
            !thing->gone && thing->target == target && strcmp(thing->server, server) == 0;
    }
    return n;
}

static json_t *describe(const struct toy *t, const struct toy_thing *thing)
{
    const char *status = t->asleep                     ? "queued"
                         : clock_mono() < thing->ready ? "building"
                         : thing->status_error         ? thing->status_error
                                                       : "active";

    return json_pack("{s:s, s:s, s:s, s:s}", "id", thing->id, "mark", thing->mark,
                     "server", thing->server, "status", status);
}

static struct toy_thing *find(const struct toy *t, const char *id)
{
    for (size_t i = 0; i < t->things.len; i++) {
        struct toy_thing *thing = t->things.at[i];

        if (!thing->gone && strcmp(thing->id, id) == 0)
            return thing;
    }
    return NULL;
}

/* /things/<mark>/<id of the last one of the page before, or "-"> */
static int list(struct toy *t, const struct strv *path, json_t **ret)
{
    json_t *things = json_array();
    bool on = strcmp(path->at[2], "-") == 0;
    const char *next = NULL;

    for (size_t i = 0; i < t->things.len; i++) {
        const struct toy_thing *thing = t->things.at[i];

        if (on && !thing->gone && strcmp(thing->mark, path->at[1]) == 0 &&
            clock_mono() - thing->made >= t->lag_s) {
            json_array_append_new(things, describe(t, thing));
            if (t->page > 0 && json_array_size(things) == (size_t)t->page) {
                next = thing->id;
                break;
            }
        }
        on = on || strcmp(thing->id, path->at[2]) == 0;
    }
    *ret = json_pack("{s:o, s:o}", "things", things, "next",
                     next ? json_string(next) : json_null());
    return 200;
}

int toy_get_things(struct toy *t, const struct strv *path, json_t **ret)
{
    const struct toy_thing *thing;

    if (strcmp(path->at[0], "things") == 0 && path->len == 3)
        return list(t, path, ret);
    thing = path->len == 2 ? find(t, path->at[1]) : NULL;
    if (!thing)
        return 404;
    *ret = json_pack("{s:o}", "thing", describe(t, thing));
    return 200;
}

/* POST /things/<mark>/<image|target>/<server>, DELETE /thing/<id> */
int toy_act_thing(struct toy *t, const char *method, const struct strv *path,
                  json_t **ret)
{
    struct toy_thing *thing;

    if (strcmp(method, "POST") == 0 && path->len == 4) {
        thing = toy_thing_new(t, path->at[1], path->at[3],
                              strcmp(path->at[2], "target") == 0);
        *ret = json_pack("{s:s}", "id", thing->id);
        return 202;
    }
    thing = path->len == 2 ? find(t, path->at[1]) : NULL;
    if (!thing)
        return 404;
    thing->gone = true;
    toy_effect(t, thing->target ? "drop target" : "drop image", thing->server);
    return 204;
}
