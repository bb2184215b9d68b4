/* SPDX-License-Identifier: Apache-2.0 */
/* A move without an engine: what rows may call of flow/move.h and flow/step.h. */
#include "fake_move.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "fake_session.h"

struct move *fake_move_new(int compute)
{
    struct move *m = xcalloc(1, sizeof(*m));
    m->world = world_new(fake_session_new(compute));
    m->name = xstrdup("web1");
    m->target_zone = xstrdup("az2");
    m->options = json_pack("{s:s, s:s}", "addresses", "new", "to", "az2");
    m->facts = json_object();
    m->announced = json_object();
    m->lost = json_object();
    m->left = json_object();
    return m;
}

void fake_move_free(struct move *m)
{
    if (!m)
        return;
    world_free(m->world);
    xreplace(&m->name, NULL);
    xreplace(&m->source_zone, NULL);
    xreplace(&m->target_zone, NULL);
    xreplace(&m->target_id, NULL);
    xreplace(&m->skip, NULL);
    json_decref(m->options);
    json_decref(m->facts);
    json_decref(m->capture);
    json_decref(m->announced);
    json_decref(m->lost);
    json_decref(m->left);
    mem_auto_free(&m);
}

/* ---- reading ---- */

const char *move_id(const struct move *m)
{
    (void)m;
    return MOVE_ID;
}

const char *move_server_id(const struct move *m)
{
    (void)m;
    return SOURCE_ID;
}

const char *move_server_name(const struct move *m)
{
    return m->name;
}

const char *move_target_id(const struct move *m)
{
    return m->target_id;
}

const char *move_target_zone(const struct move *m)
{
    return m->target_zone;
}

const char *move_source_zone(const struct move *m)
{
    return m->source_zone;
}

enum move_state move_state(const struct move *m)
{
    return m->state;
}

enum walk move_walk(const struct move *m)
{
    return m->walk;
}

int move_item(const struct move *m)
{
    return m->item;
}

void *move_world(const struct move *m)
{
    return m->world;
}

const json_t *move_options(const struct move *m)
{
    return m->options;
}

const char *move_info(const struct move *m)
{
    return m->name;
}

const char *move_fact(const struct move *m, const char *name)
{
    return jstr(m->facts, name, NULL);
}

const json_t *move_capture(struct move *m)
{
    return m->capture;
}

struct err *move_err(struct move *m)
{
    return &m->err;
}

/* ---- noting ---- */

void move_set_names(struct move *m, const char *server_name, const char *source_zone)
{
    xreplace(&m->name, server_name);
    xreplace(&m->source_zone, source_zone);
}

void move_set_target(struct move *m, const char *server_id)
{
    xreplace(&m->target_id, server_id);
}

void move_set_serving(struct move *m, enum serving s)
{
    m->serving = s;
}

void move_set_quiet(struct move *m, bool quiet)
{
    m->quiet = quiet;
}

void move_skip(struct move *m, const char *why)
{
    xreplace(&m->skip, why);
}

void move_set_fact(struct move *m, const char *name, const char *value)
{
    if (value)
        json_object_set_new(m->facts, name, json_string(value));
    else
        json_object_del(m->facts, name);
}

void move_set_capture(struct move *m, json_t *capture)
{
    if (m->capture)
        bug("a second capture");
    m->capture = capture;
}

static void put(json_t *list, const char *name, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void put(json_t *list, const char *name, const char *fmt, va_list ap)
{
    AUTO_FREE char *text = xvasprintf(fmt, ap);
    json_object_set_new(list, name, json_string(text));
}

#define PUT(list)                                                                        \
    do {                                                                                 \
        va_list ap;                                                                      \
        va_start(ap, fmt);                                                               \
        put((list), name, fmt, ap);                                                      \
        va_end(ap);                                                                      \
    } while (0)

void move_announce(struct move *m, const char *name, const char *fmt, ...)
{
    PUT(m->announced);
}

void move_lose(struct move *m, const char *name, const char *fmt, ...)
{
    PUT(m->lost);
}

void move_leave(struct move *m, const char *name, const char *fmt, ...)
{
    PUT(m->left);
}

void move_note(struct move *m, const char *fmt, ...)
{
    (void)m;
    (void)fmt;
}

/* As the real one shows them: an array of {name, text}. The caller holds no reference:
 * the array lives in the list's own shadow. */
const json_t *move_announced(const struct move *m)
{
    json_t *array = json_object_get(m->left, "announced-array");
    if (!array) {
        array = json_array();
        json_object_set_new(m->left, "announced-array", array);
    }
    json_array_clear(array);
    const char *name;
    json_t *text;
    json_object_foreach(m->announced, name, text)
        json_array_append_new(array, json_pack("{s:s, s:O}", "name", name, "text", text));
    return array;
}

const char *announced(const struct move *m, const char *name)
{
    return jstr(m->announced, name, NULL);
}

const char *lost(const struct move *m, const char *name)
{
    return jstr(m->lost, name, NULL);
}

/* ---- looks ---- */

void watch_add(struct watch *w, const struct kind *kind, const char *key)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->at[i].kind == kind && text_eq(w->at[i].key, key))
            return;
    }
    if (w->n == WATCH_MAX || strlen(key) >= sizeof(w->at[0].key))
        bug("a watch is too large: %s %s", kind->name, key);
    w->at[w->n].kind = kind;
    snprintf(w->at[w->n].key, sizeof(w->at[0].key), "%s", key);
    w->n++;
}

const struct sight *look_at(const struct look *look, const struct kind *kind,
                            const char *key)
{
    for (size_t i = 0; i < look->n; i++) {
        if (look->at[i]->subject.kind == kind &&
            (!key || text_eq(look->at[i]->subject.key, key)))
            return look->at[i];
    }
    return NULL;
}

json_t *look_doc(const struct look *look, const struct kind *kind, const char *key)
{
    const struct sight *sight = look_at(look, kind, key);
    return sight && sight->state == SIGHT_HERE ? sight->doc : NULL;
}
