/* SPDX-License-Identifier: Apache-2.0 */
/* A move's own data: what rows read and note of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/move_int.h"

struct move *move_new(struct engine *e, struct run *run, const struct strategy *strategy,
                      struct move_row *row)
{
    struct move *m = xcalloc(1, sizeof *m);

    m->engine = e;
    m->run = run;
    m->strategy = strategy;
    m->row = row;
    m->announced = move_list_of(row->announced);
    m->lost_list = move_list_of(row->lost);
    m->left_list = move_list_of(row->left);
    m->spent_saved = row->spent_s;
    return m;
}

void move_free(struct move *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_sights; i++)
        json_decref(m->sights[i].sight.doc);
    vec_clear(&m->asks, ask_row_free);
    vec_clear(&m->facts, fact_row_free);
    vec_clear(&m->dirty_asks, NULL);
    strv_clear(&m->dirty_facts);
    strv_clear(&m->notes);
    request_clear(&m->pending);
    json_decref(m->capture);
    json_decref(m->announced);
    json_decref(m->lost_list);
    json_decref(m->left_list);
    move_row_free(m->row);
    xreplace(&m->skip, NULL);
    xreplace(&m->info, NULL);
    free(m);
}

const char *move_id(const struct move *m)
{
    return m->row->id;
}

const char *move_run_id(const struct move *m)
{
    return m->row->run_id;
}

const char *move_server_id(const struct move *m)
{
    return m->row->server_id;
}

const char *move_server_name(const struct move *m)
{
    return m->row->server_name ? m->row->server_name : NAMELESS;
}

const char *move_target_id(const struct move *m)
{
    return m->row->target_server_id;
}

const char *move_target_zone(const struct move *m)
{
    return m->row->target_zone;
}

const char *move_source_zone(const struct move *m)
{
    return m->row->source_zone;
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

double move_spent(const struct move *m)
{
    return m->row->spent_s;
}

void *move_world(const struct move *m)
{
    return m->world;
}

const json_t *move_options(const struct move *m)
{
    return m->run->options;
}

const char *move_info(const struct move *m)
{
    AUTO_FREE char *name = text_printable(move_server_name(m), 80);
    AUTO_FREE char *info = xasprintf("%s (%s)", name, m->row->server_id);

    xreplace(&((struct move *)m)->info, info);
    return m->info;
}

void move_mark_dirty(struct move *m)
{
    m->dirty = true;
}

void move_set_names(struct move *m, const char *server_name, const char *source_zone)
{
    xreplace(&m->row->server_name, server_name);
    xreplace(&m->row->source_zone, source_zone);
    move_mark_dirty(m);
}

void move_set_target(struct move *m, const char *server_id)
{
    if (text_eq(m->row->target_server_id, server_id))
        return;
    xreplace(&m->row->target_server_id, server_id);
    move_mark_dirty(m);
}

void move_set_serving(struct move *m, enum serving s)
{
    if (text_eq(m->row->serving, serving_name(s)))
        return;
    xreplace(&m->row->serving, serving_name(s));
    move_mark_dirty(m);
}

void move_set_down(struct move *m, double down_at, double up_at)
{
    if (down_at > 0)
        m->row->down_at = down_at;
    if (up_at > 0)
        m->row->up_at = up_at;
    move_mark_dirty(m);
}

void move_was_not_down(struct move *m)
{
    m->row->down_at = m->row->up_at = 0;
    move_mark_dirty(m);
}

void move_set_quiet(struct move *m, bool quiet)
{
    m->quiet = quiet;
}

struct err *move_err(struct move *m)
{
    return &m->err;
}

void move_skip(struct move *m, const char *why)
{
    xreplace(&m->skip, why);
}

static struct fact_row *fact_find(const struct move *m, const char *name)
{
    for (size_t i = 0; i < m->facts.len; i++) {
        struct fact_row *fact = m->facts.at[i];

        if (strcmp(fact->name, name) == 0)
            return fact;
    }
    return NULL;
}

const char *move_fact(const struct move *m, const char *name)
{
    const struct fact_row *fact = fact_find(m, name);

    return fact ? fact->value : NULL;
}

void move_set_fact(struct move *m, const char *name, const char *value)
{
    struct fact_row *fact = fact_find(m, name);

    if (fact && text_eq(fact->value, value))
        return;
    if (!fact) {
        fact = xcalloc(1, sizeof *fact);
        fact->name = xstrdup(name);
        vec_add(&m->facts, fact);
    }
    xreplace(&fact->value, value);
    if (!strv_has(&m->dirty_facts, name))
        strv_add(&m->dirty_facts, name);
    move_mark_dirty(m);
}

void move_set_capture(struct move *m, json_t *capture)
{
    if (m->capture)
        bug("a second capture of %s", move_info(m));
    m->capture = capture;
    m->capture_dirty = true;
    move_mark_dirty(m);
}

const json_t *move_capture(struct move *m)
{
    return m->capture;
}

struct ask_row *move_last_ask(const struct move *m, enum walk walk, const char *step_id)
{
    struct ask_row *last = NULL;

    for (size_t i = 0; i < m->asks.len; i++) {
        struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(walk)) == 0 && strcmp(ask->step, step_id) == 0 &&
            strcmp(ask->phase, "refused") != 0)
            last = ask;
    }
    return last;
}

bool move_asked(const struct move *m, enum walk walk, const char *step_id)
{
    return move_last_ask(m, walk, step_id) != NULL;
}

const char *move_ask_request_id(const struct move *m, enum walk walk, const char *step_id)
{
    const struct ask_row *ask = move_last_ask(m, walk, step_id);

    return ask ? ask->request_id : NULL;
}

double move_asked_at(const struct move *m, enum walk walk, const char *step_id, int item)
{
    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(walk)) == 0 && strcmp(ask->step, step_id) == 0 &&
            ask->item == item && strcmp(ask->phase, "refused") != 0)
            return ask->intent_at;
    }
    return 0;
}

bool move_is_unanswered(const struct move *m)
{
    return m->open && strcmp(m->open->phase, "asked") == 0;
}

bool move_was_heard(const struct move *m)
{
    return m->open && strcmp(m->open->phase, "heard") == 0;
}

int move_unanswered(const struct move *m, const char *step_id, int item)
{
    int n = 0;

    for (size_t i = 0; i < m->asks.len; i++) {
        const struct ask_row *ask = m->asks.at[i];

        if (strcmp(ask->walk, walk_name(m->walk)) == 0 &&
            strcmp(ask->step, step_id) == 0 && (item < 0 || ask->item == item) &&
            strcmp(ask->phase, "asked") == 0)
            n++;
    }
    return n;
}

void move_dirty_ask(struct move *m, struct ask_row *ask)
{
    for (size_t i = 0; i < m->dirty_asks.len; i++)
        if (m->dirty_asks.at[i] == ask)
            return;
    vec_add(&m->dirty_asks, ask);
    move_mark_dirty(m);
}

void move_set_new_id(struct move *m, const char *id)
{
    if (!m->open)
        bug("an id without an ask");
    xreplace(&m->open->new_id, id);
    move_dirty_ask(m, m->open);
}

__attribute__((format(printf, 4, 0))) static void list_put(struct move *m, json_t *list,
                                                           const char *name,
                                                           const char *fmt, va_list ap)
{
    AUTO_FREE char *raw = xvasprintf(fmt, ap);
    AUTO_FREE char *text = text_printable(raw, 400);
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (text_eq(json_string_value(json_object_get(one, "name")), name)) {
            json_object_set_new(one, "text", json_string(text));
            move_mark_dirty(m);
            return;
        }
    }
    json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "text", text));
    move_mark_dirty(m);
}

void move_announce(struct move *m, const char *name, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    list_put(m, m->announced, name, fmt, ap);
    va_end(ap);
}

void move_lose(struct move *m, const char *name, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    list_put(m, m->lost_list, name, fmt, ap);
    va_end(ap);
}

void move_forget_losses(struct move *m)
{
    if (json_array_size(m->lost_list) > 0)
        move_mark_dirty(m);
    json_array_clear(m->lost_list);
}

void move_forget_loss(struct move *m, const char *name)
{
    for (size_t i = json_array_size(m->lost_list); i-- > 0;) {
        const json_t *one = json_array_get(m->lost_list, i);

        if (!text_eq(json_string_value(json_object_get(one, "name")), name))
            continue;
        json_array_remove(m->lost_list, i);
        move_mark_dirty(m);
    }
}

void move_leave(struct move *m, const char *name, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    list_put(m, m->left_list, name, fmt, ap);
    va_end(ap);
}

const json_t *move_announced(const struct move *m)
{
    return m->announced;
}

const json_t *move_lost(const struct move *m)
{
    return m->lost_list;
}

const json_t *move_left(const struct move *m)
{
    return m->left_list;
}

void move_note(struct move *m, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    AUTO_FREE char *raw = xvasprintf(fmt, ap);
    va_end(ap);
    AUTO_FREE char *text = text_printable(raw, 600);

    log_debug("%s: %s", move_info(m), text);
    strv_add(&m->notes, text);
    move_mark_dirty(m);
}

static const struct step *row_at(const struct move *m)
{
    if (m->at < 0)
        return NULL;
    if (m->walk == WALK_COMMIT)
        return m->at < (int)m->strategy->n_commit_steps
                   ? &m->strategy->commit_steps[m->at]
                   : NULL;
    return m->at < (int)m->strategy->n_steps ? &m->strategy->steps[m->at] : NULL;
}

const struct step *move_row_step(const struct move *m)
{
    return m->part == PART_SWEEP ? m->strategy->sweep : row_at(m);
}

const struct step *move_step(const struct move *m)
{
    const struct step *row = move_row_step(m);

    if (!row || m->part != PART_ROW)
        return row;
    return m->walk == WALK_BACK || m->walk == WALK_DISCARD ? row->undo : row;
}
