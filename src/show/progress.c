/* SPDX-License-Identifier: Apache-2.0 */
/* Hands each event to whoever shows it: the lines of a terminal, plain lines, the file.
 */
#include "show/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "show/format.h"
#include "show/live.h"
#include "show/words.h"

struct progress {
    struct progress_options options;
    struct live *live; /* NULL: plain lines */
    bool events_lost;  /* the file took no more: said once, and left alone */
};

struct progress *progress_new(const struct progress_options *options)
{
    struct progress *p = xcalloc(1, sizeof(*p));
    p->options = *options;
    if (options->live && !options->quiet)
        p->live = live_new(options->out, 0, 0);
    return p;
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    live_free(p->live);
    free(p);
}

void progress_pause(struct progress *p)
{
    if (p->live)
        live_erase(p->live);
}

void progress_say(struct progress *p, const char *text)
{
    progress_pause(p);
    fprintf(p->options.out, "%s\n", text);
    fflush(p->options.out);
}

/* On a terminal the step stands in the move's own line. */
static bool is_worth_a_line(const struct progress *p, const struct event *event)
{
    return !(p->live && event->type == EVENT_MOVE_STEP);
}

static void say_event(struct progress *p, const struct event *event)
{
    AUTO_FREE char *words = is_worth_a_line(p, event) ? words_of(event) : NULL;
    if (!words)
        return;
    char at[32];
    clock_iso(event->at, at);
    /* The time of day out of "2026-01-02T03:04:05.678Z". */
    AUTO_FREE char *line = xasprintf("%.8s %s", at + 11, words);
    progress_say(p, line);
}

static void write_event(struct progress *p, const struct event *event)
{
    FILE *out = p->options.events;
    json_t *object = words_json(event);
    format_json(out, object, JSON_COMPACT);
    json_decref(object);
    if (fflush(out) == 0 && !ferror(out))
        return;
    /* What went out ends in half a line: whatever followed could not be read. */
    AUTO_FREE char *line = xasprintf(
        "rezone: warning: the events file takes no more (%s): the events that follow are "
        "not written, the work goes on",
        strerror(errno));
    p->events_lost = true;
    progress_say(p, line);
}

void progress_event(void *ctx, const struct event *event)
{
    struct progress *p = ctx;
    bool tick = event->type == EVENT_TICK;
    if (p->options.events && !p->events_lost && !tick)
        write_event(p, event);
    if (p->options.quiet)
        return;
    if (p->live)
        live_event(p->live, event);
    say_event(p, event);
    if (p->live)
        live_draw(p->live);
}

bool progress_is_live(FILE *out)
{
    int fd = fileno(out);
    const char *term = getenv("TERM");
    bool can_move = term && *term && !text_eq(term, "dumb");
    return can_move && isatty(fd) && tcgetpgrp(fd) == getpgrp();
}
