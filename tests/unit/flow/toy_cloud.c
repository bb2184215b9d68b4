/* SPDX-License-Identifier: Apache-2.0 */
/* The toy cloud's servers, and what is common to all its requests. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

struct toy_server *toy_server(struct toy *t, const char *id)
{
    for (size_t i = 0; i < t->servers.len; i++) {
        struct toy_server *s = t->servers.at[i];

        if (strcmp(s->id, id) == 0)
            return s;
    }
    return NULL;
}

struct toy_server *toy_server_new(struct toy *t, const char *id)
{
    struct toy_server *s = xcalloc(1, sizeof *s);

    s->id = xstrdup(id);
    s->name = xasprintf("name-%s", id);
    s->on = true;
    s->changed = clock_wall();
    vec_add(&t->servers, s);
    return s;
}

static void free_server(void *p)
{
    struct toy_server *s = p;

    free(s->id);
    free(s->claim);
    free(s->lock);
    free(s->name);
    free(s->label);
    free(s);
}

static void free_late(void *p)
{
    struct late *late = p;

    free(late->method);
    free(late->url);
    free(late);
}

void toy_cloud_free(struct toy *t)
{
    vec_clear(&t->servers, free_server);
    vec_clear(&t->things, toy_thing_free);
    vec_clear(&t->agenda, free_late);
    vec_clear(&t->rules, free);
    strv_clear(&t->log);
    free(t->log_at);
    json_decref(t->effects);
}

/* ---- effects ---- */

void toy_effect(struct toy *t, const char *what, const char *whom)
{
    AUTO_FREE char *key = xasprintf("%s %s", what, whom);
    json_int_t n = json_integer_value(json_object_get(t->effects, key));

    json_object_set_new(t->effects, key, json_integer(n + 1));
}

int toy_effects(const struct toy *t, const char *what, const char *whom)
{
    AUTO_FREE char *key = xasprintf("%s %s", what, whom);

    return (int)json_integer_value(json_object_get(t->effects, key));
}

void toy_watch_both(struct toy *t)
{
    for (size_t i = 0; i < t->servers.len; i++) {
        const struct toy_server *s = t->servers.at[i];

        if (s->on && !s->deleted && toy_things(t, s->id, true) > 0)
            t->both_ran++;
    }
}

/* ---- time ---- */

static void end_tasks(struct toy *t)
{
    double now = clock_mono();

    for (size_t i = 0; i < t->servers.len; i++) {
        struct toy_server *s = t->servers.at[i];

        if (!s->task || s->task_until > now || t->stuck)
            continue;
        s->on = strcmp(s->task, "starting") == 0;
        s->task = NULL;
        s->changed = clock_wall() - (now - s->task_until);
    }
    toy_watch_both(t);
}

void toy_tick(struct toy *t)
{
    for (;;) {
        struct late *next = NULL;
        json_t *body = NULL;

        for (size_t i = 0; i < t->agenda.len; i++) {
            struct late *late = t->agenda.at[i];

            if (late->at <= clock_mono() && (!next || late->at < next->at))
                next = late;
        }
        end_tasks(t);
        if (!next)
            return;
        (void)vec_remove(&t->agenda, next);
        (void)toy_act(t, next->method, next->url, &body);
        json_decref(body);
        free_late(next);
    }
}

/* ---- looking ---- */

static json_t *or_null(const char *s)
{
    return s ? json_string(s) : json_null();
}

static json_t *describe(const struct toy_server *s)
{
    json_t *parts = json_array();

    for (int i = 0; i < PARTS; i++)
        json_array_append_new(parts, json_integer(s->parts[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "id", s->id, "name",
                     s->name, "power", s->on ? "on" : "off", "task", or_null(s->task),
                     "claim", or_null(s->claim), "lock", or_null(s->lock), "label",
                     or_null(s->label), "rival",
                     or_null(clock_mono() < s->rival_until ? "r" : NULL), "parts", parts);
}

static int get_servers(struct toy *t, const struct strv *path, json_t **ret)
{
    struct strv ids = {0};
    json_t *list = json_array();
    double since = strtod(path->at[2], NULL);

    strv_split(&ids, path->at[1], ',');
    for (size_t i = 0; i < ids.len; i++) {
        const struct toy_server *s = toy_server(t, ids.at[i]);
        json_t *one;

        if (!s || s->changed < since || t->hide)
            continue;
        one = describe(s);
        if (s->deleted || t->lie)
            json_object_set_new(one, "power", json_string("deleted"));
        json_array_append_new(list, one);
    }
    strv_clear(&ids);
    *ret = json_pack("{s:o}", "servers", list);
    return 200;
}

static int get(struct toy *t, const struct strv *path, json_t **ret)
{
    const struct toy_server *s;

    if (strcmp(path->at[0], "servers") == 0 && path->len == 3)
        return get_servers(t, path, ret);
    if (strcmp(path->at[0], "extra") == 0 || strcmp(path->at[0], "guest") == 0) {
        *ret = json_pack("{s:s}", path->at[0], "yes");
        return 200;
    }
    if (strcmp(path->at[0], "server") != 0)
        return toy_get_things(t, path, ret);
    s = toy_server(t, path->at[1]);
    if (!s || s->deleted)
        return 404;
    *ret = json_pack("{s:o}", "server", describe(s));
    return 200;
}

/* ---- acting ---- */

static int change(struct toy *t, struct toy_server *s, char **slot, const char *to,
                  const char *what)
{
    if (text_eq(*slot, to))
        return 200; /* as it was asked for: not an effect */
    xreplace(slot, to);
    s->changed = clock_wall();
    toy_effect(t, what, s->id);
    return 202;
}

static int power(struct toy *t, struct toy_server *s, bool on)
{
    if (s->task || s->on == on)
        return 409;
    s->task = on ? "starting" : "stopping";
    s->task_until = clock_mono() + t->power_s;
    s->changed = clock_wall();
    toy_effect(t, on ? "on" : "off", s->id);
    return 202;
}

static int part(struct toy *t, struct toy_server *s, const struct strv *path, int to)
{
    int i = path->len > 3 ? (int)strtol(path->at[3], NULL, 10) : -1;
    AUTO_FREE char *what = xasprintf("%s %d", to ? "part" : "unpart", i);

    if (i < 0 || i >= PARTS)
        return 404;
    if (s->parts[i] == to)
        return 409;
    s->parts[i] = to;
    s->changed = clock_wall();
    toy_effect(t, what, s->id);
    return 202;
}

int toy_act_server(struct toy *t, const struct strv *path, json_t **ret)
{
    struct toy_server *s = toy_server(t, path->at[1]);
    const char *verb = path->len > 2 ? path->at[2] : "delete";
    const char *arg = path->len > 3 ? path->at[3] : NULL;

    (void)ret;
    if (!s || s->deleted)
        return 404;
    if (strcmp(verb, "delete") == 0) {
        s->deleted = true;
        s->changed = clock_wall();
        toy_effect(t, "delete", s->id);
        return 204;
    }
    if (strcmp(verb, "on") == 0 || strcmp(verb, "off") == 0)
        return power(t, s, strcmp(verb, "on") == 0);
    if (strcmp(verb, "part") == 0 || strcmp(verb, "unpart") == 0)
        return part(t, s, path, strcmp(verb, "part") == 0);
    if (strcmp(verb, "claim") == 0 || strcmp(verb, "unclaim") == 0)
        return change(t, s, &s->claim, arg, verb);
    if (strcmp(verb, "lock") == 0 || strcmp(verb, "unlock") == 0)
        return change(t, s, &s->lock, arg, verb);
    if (strcmp(verb, "label") == 0)
        return change(t, s, &s->label, arg, verb);
    if (strcmp(verb, "seal") == 0)
        return change(t, s, &s->name, arg, verb);
    if (strcmp(verb, "knock") != 0)
        return 400;
    toy_effect(t, verb, s->id);
    return 202;
}

int toy_act(struct toy *t, const char *method, const char *url, json_t **ret)
{
    struct strv path = {0};
    int status;

    strv_split(&path, url, '/');
    if (strcmp(url, "/token") == 0)
        status = 200;
    else if (strcmp(method, "GET") == 0)
        status = get(t, &path, ret);
    else if (strcmp(path.at[0], "server") == 0)
        status = toy_act_server(t, &path, ret);
    else
        status = toy_act_thing(t, method, &path, ret);
    strv_clear(&path);
    toy_watch_both(t);
    return status;
}
