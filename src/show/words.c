/* SPDX-License-Identifier: Apache-2.0 */
/* Turns events into sentences and JSON objects. */
#include "show/words.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define NAME_MAX_CHARS  64
#define WORDS_MAX_CHARS 600

char *words_server(const struct event *event)
{
    const char *name = event->server_name;
    if (!name || !*name)
        name = event->server_id ? event->server_id : "?";
    return text_printable(name, NAME_MAX_CHARS);
}

static char *with_text(const char *head, const struct event *event)
{
    if (!event->text || !*event->text)
        return xstrdup(head);
    AUTO_FREE char *safe = text_printable(event->text, WORDS_MAX_CHARS);
    const char *id = event->request_id;
    if (!id || !*id)
        return xasprintf("%s: %s", head, safe);
    AUTO_FREE char *safe_id = text_printable(id, NAME_MAX_CHARS);
    return xasprintf("%s: %s (request %s)", head, safe, safe_id);
}

char *words_step(const struct event *event)
{
    const char *label = event->label ? event->label : event->step;
    bool back = text_eq(event->walk, "back") || text_eq(event->walk, "discard");
    AUTO_FREE char *safe = text_printable(label ? label : "?", NAME_MAX_CHARS);
    return xasprintf("%s%s", back ? "going back: " : "", safe);
}

static char *step_words(const struct event *event)
{
    AUTO_FREE char *server = words_server(event);
    AUTO_FREE char *step = words_step(event);
    return xasprintf("%s: %s", server, step);
}

static char *state_words(const struct event *event)
{
    AUTO_FREE char *server = words_server(event);
    const char *state = event->state ? event->state : "?";
    if (text_eq(state, "running"))
        return NULL;
    AUTO_FREE char *target = event->target_zone
                                 ? text_printable(event->target_zone, NAME_MAX_CHARS)
                                 : xstrdup("?");
    AUTO_FREE char *head = text_eq(state, "moved")
                               ? xasprintf("%s: moved to %s", server, target)
                               : xasprintf("%s: %s", server, state);
    return with_text(head, event);
}

static char *move_words(const char *what, const struct event *event)
{
    AUTO_FREE char *server = words_server(event);
    AUTO_FREE char *head = *what ? xasprintf("%s: %s", server, what) : xstrdup(server);
    return with_text(head, event);
}

char *words_of(const struct event *event)
{
    switch (event->type) {
    case EVENT_MOVE_STEP:
        return step_words(event);
    case EVENT_MOVE_STATE:
        return state_words(event);
    case EVENT_MOVE_RETRY:
        return move_words("waiting", event);
    case EVENT_MOVE_NOTE:
        return move_words("", event);
    case EVENT_SERVICE_PARKED:
        return with_text("waiting for the cloud", event);
    case EVENT_SERVICE_BACK:
        return with_text("the cloud answers again", event);
    case EVENT_STORE_TROUBLE:
        return with_text("the state file cannot be written, no new step is begun", event);
    case EVENT_INTERRUPTED:
        return xstrdup("interrupted: waiting for the answers of what was sent "
                       "(once more: leave at once)");
    default:
        return NULL;
    }
}

static void set_text(json_t *object, const char *key, const char *value)
{
    /* Names of strangers need not be UTF-8; jansson takes nothing else. */
    json_t *text = value ? json_string(value) : json_null();
    if (!text) {
        AUTO_FREE char *safe = text_printable(value, WORDS_MAX_CHARS);
        text = json_string(safe);
    }
    json_object_set_new(object, key, text);
}

json_t *words_json(const struct event *event)
{
    char at[32];
    clock_iso(event->at, at);
    json_t *object = json_object();
    set_text(object, "at", at);
    set_text(object, "event", event_type_name(event->type));
    set_text(object, "run_id", event->run_id);
    set_text(object, "move_id", event->move_id);
    set_text(object, "server_id", event->server_id);
    set_text(object, "server_name", event->server_name);
    set_text(object, "target_server_id", event->target_server_id);
    set_text(object, "source_zone", event->source_zone);
    set_text(object, "target_zone", event->target_zone);
    set_text(object, "state", event->state);
    set_text(object, "walk", event->walk);
    set_text(object, "step", event->step);
    set_text(object, "serving", event->serving);
    set_text(object, "text", event->text);
    set_text(object, "request_id", event->request_id);
    if (event->type == EVENT_TOTALS) {
        json_object_set_new(object, "total", json_integer(event->total));
        json_object_set_new(object, "running", json_integer(event->running));
        json_object_set_new(object, "moved", json_integer(event->moved));
        json_object_set_new(object, "held", json_integer(event->held));
        json_object_set_new(object, "failed", json_integer(event->failed));
        json_object_set_new(object, "over", json_integer(event->over));
    }
    return object;
}
