/* SPDX-License-Identifier: Apache-2.0 */
/* Draws and takes off the lines of moves under way. */
#include "show/live.h"

#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "show/words.h"

#define DRAW_EVERY_S 0.25

struct slot {
    char *move_id, *name, *label;
    double since; /* clock_mono() at which it came to this step */
};

struct live {
    FILE *out;
    int fixed_columns, fixed_rows;
    struct vec slots; /* struct slot *, in the order in which they began */
    struct event totals;
    int drawn; /* lines on the terminal now */
    double drawn_at;
};

struct live *live_new(FILE *out, int columns, int rows)
{
    struct live *l = xcalloc(1, sizeof(*l));
    l->out = out;
    l->fixed_columns = columns;
    l->fixed_rows = rows;
    l->drawn_at = clock_mono() - DRAW_EVERY_S;
    return l;
}

static void slot_free(void *p)
{
    struct slot *slot = p;
    free(slot->move_id);
    free(slot->name);
    free(slot->label);
    free(slot);
}

void live_free(struct live *l)
{
    if (!l)
        return;
    live_erase(l);
    vec_clear(&l->slots, slot_free);
    free(l);
}

static struct slot *find_slot(struct live *l, const char *move_id)
{
    for (size_t i = 0; i < l->slots.len; i++) {
        struct slot *slot = l->slots.at[i];
        if (text_eq(slot->move_id, move_id))
            return slot;
    }
    return NULL;
}

static void take_step(struct live *l, const struct event *event)
{
    struct slot *slot = find_slot(l, event->move_id);
    if (!slot) {
        slot = xcalloc(1, sizeof(*slot));
        slot->move_id = xstrdup(event->move_id);
        vec_add(&l->slots, slot);
    }
    free(slot->name);
    slot->name = words_server(event);
    free(slot->label);
    slot->label = words_step(event);
    slot->since = event->since;
}

static void take_state(struct live *l, const struct event *event)
{
    struct slot *slot = find_slot(l, event->move_id);
    if (slot && !text_eq(event->state, "running")) {
        vec_remove(&l->slots, slot);
        slot_free(slot);
    }
}

void live_event(struct live *l, const struct event *event)
{
    if (event->type == EVENT_MOVE_STEP && event->move_id)
        take_step(l, event);
    else if (event->type == EVENT_MOVE_STATE && event->move_id)
        take_state(l, event);
    else if (event->type == EVENT_TOTALS)
        l->totals = *event; /* only its numbers are used: the strings were lent */
}

void live_erase(struct live *l)
{
    for (; l->drawn > 0; l->drawn--)
        fputs("\033[A\r\033[2K", l->out);
    fflush(l->out);
}

static void terminal_size(const struct live *l, int *ret_columns, int *ret_rows)
{
    struct winsize size = {0};
    *ret_columns = l->fixed_columns;
    *ret_rows = l->fixed_rows;
    if (*ret_columns > 0 && *ret_rows > 0)
        return;
    if (ioctl(fileno(l->out), TIOCGWINSZ, &size) == 0) {
        *ret_columns = size.ws_col;
        *ret_rows = size.ws_row;
    }
    if (*ret_columns < 20)
        *ret_columns = 80;
    if (*ret_rows < 4)
        *ret_rows = 24;
}

/* What does not fit is cut off `head`: the tail, of a few columns, says what changes. The
 * last column stays free: some terminals wrap as soon as it is written. */
static void draw_line(struct live *l, const char *head, const char *tail, int columns)
{
    size_t n = text_chars(head), taken = text_columns(tail);
    AUTO_FREE char *cut = xstrdup(head);
    while (n > 0 && text_columns(cut) + taken >= (size_t)columns)
        cut[text_prefix(head, --n)] = '\0';
    fprintf(l->out, "\r\033[2K%s%s\n", cut, tail);
    l->drawn++;
}

static void draw_slot(struct live *l, const struct slot *slot, int columns)
{
    char span[32];
    clock_span(clock_mono() - slot->since, span);
    AUTO_FREE char *head = xasprintf("  %s: %s", slot->name, slot->label);
    AUTO_FREE char *tail = xasprintf(" %s", span);
    draw_line(l, head, tail, columns);
}

/* What is not drawn now is drawn at the next tick. */
static bool may_draw(struct live *l)
{
    double now = clock_mono();
    /* Rounding must not make every second tick come too early. */
    const double early = 0.002;
    if (now - l->drawn_at < DRAW_EVERY_S - early)
        return false;
    l->drawn_at = now;
    return true;
}

void live_draw(struct live *l)
{
    int columns, rows;
    /* What was taken off for a message comes back in any case. */
    bool gone = l->drawn == 0;
    if (!may_draw(l) && !gone)
        return;
    terminal_size(l, &columns, &rows);
    live_erase(l);
    size_t room = (size_t)rows - 3, shown = l->slots.len < room ? l->slots.len : room;
    for (size_t i = 0; i < shown; i++)
        draw_slot(l, l->slots.at[i], columns);
    const struct event *t = &l->totals;
    if (t->total > 1 && l->slots.len > 0) {
        AUTO_FREE char *more = shown < l->slots.len
                                   ? xasprintf(", %zu not shown", l->slots.len - shown)
                                   : xstrdup("");
        AUTO_FREE char *line =
            xasprintf("  %d of %d over: %d moved, %d held, %d failed; %d under way%s",
                      t->over, t->total, t->moved, t->held, t->failed, t->running, more);
        draw_line(l, line, "", columns);
    }
    fflush(l->out);
}
