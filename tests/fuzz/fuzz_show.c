/* SPDX-License-Identifier: Apache-2.0 */
/* What people and programs read: tables, JSON, CSV, bare values, progress lines and the
 * lines drawn on a terminal, of whatever strangers named. No control character comes out
 * but line ends (and, on a terminal, the three sequences that we draw with). Input: a
 * byte of choices, then JSON or names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "show/format.h"
#include "show/live.h"
#include "show/progress.h"
#include "show/words.h"

static const char *const columns[] = {"id", "server_name", "announced", "error", NULL};

struct sink {
    FILE *out;
    char *s;
    size_t n;
};

static void sink_open(struct sink *sink)
{
    sink->out = open_memstream(&sink->s, &sink->n);
    must(sink->out != NULL);
}

static void sink_close(struct sink *sink, bool terminal)
{
    fclose(sink->out);
    for (char *p = sink->s; terminal && *p; p++) {
        static const char *const ours[] = {"\033[A\r\033[2K", "\r\033[2K"};
        for (size_t i = 0; i < 2; i++)
            if (text_starts(p, ours[i]))
                memset(p, ' ', strlen(ours[i]));
    }
    must(is_harmless(sink->s, sink->n));
    free(sink->s);
}

/* What a spreadsheet would run begins every cell of a CSV. */
static void check_csv(const char *s)
{
    bool starts = true;
    for (; *s; s++) {
        if (starts && *s == '"')
            must(!strchr("=+-@", s[1]) || !s[1]);
        starts = (s[0] == ',' || s[0] == '\n') && s[1] == '"' && !starts;
    }
}

static void check_formats(const json_t *rows)
{
    for (int format = FORMAT_TABLE; format <= FORMAT_VALUE; format++) {
        struct sink list = {0}, one = {0};
        sink_open(&list);
        format_list(list.out, (enum format)format, rows, columns);
        fflush(list.out);
        if (format == FORMAT_CSV)
            check_csv(list.s);
        sink_close(&list, false);
        sink_open(&one);
        format_one(one.out, (enum format)format, json_array_get(rows, 0), columns);
        sink_close(&one, false);
    }
}

/* A row of the input's own JSON, or of its words. */
static json_t *take_rows(struct input *in, bool json)
{
    json_t *rows = json_array();
    do {
        json_t *row = json ? take_value(in) : json_object();
        for (size_t i = 0; columns[i] && json_is_object(row) && !json_object_size(row);
             i++)
            json_object_set_new(row, columns[i], take_value(in));
        json_array_append_new(rows, row);
    } while (in->n > 0 && json_array_size(rows) < 20);
    return rows;
}

static struct event take_event(struct input *in, char *words[6])
{
    for (int i = 0; i < 6; i++)
        words[i] = take_word(in);
    return (struct event){.type = (enum event_type)take_below(in, EVENT_TYPE_MAX),
                          .at = 1763632800,
                          .mono = clock_mono(),
                          .since = clock_mono() - take_byte(in),
                          .move_id = take_byte(in) & 1 ? "m1" : "m2",
                          .server_id = words[0],
                          .server_name = words[1],
                          .target_zone = words[2],
                          .state = take_byte(in) & 1 ? "running" : "moved",
                          .walk = take_byte(in) & 1 ? "back" : NULL,
                          .step = "stop",
                          .label = words[3],
                          .text = words[4],
                          .request_id = words[5],
                          .total = take_byte(in),
                          .moved = take_byte(in)};
}

static void check_progress(struct input *in)
{
    struct sink out = {0}, events = {0}, drawn = {0};
    sink_open(&out);
    sink_open(&events);
    sink_open(&drawn);
    const struct progress_options options = {.out = out.out, .events = events.out};
    struct progress *progress = progress_new(&options);
    struct live *live =
        live_new(drawn.out, (int)take_below(in, 200), (int)take_below(in, 60) + 4);
    for (int n = 0; n < 30 && in->n > 0; n++) {
        char *words[6];
        struct event event = take_event(in, words);
        progress_event(progress, &event);
        live_event(live, &event);
        live_draw(live);
        clock_advance(0.3);
        for (int i = 0; i < 6; i++)
            free(words[i]);
    }
    live_free(live);
    progress_free(progress);
    sink_close(&out, false);
    sink_close(&events, false);
    sink_close(&drawn, true);
}

/* Names that are no UTF-8: JSON cannot hold them, so they come in another way. */
static void check_printable(struct input *in)
{
    AUTO_FREE char *bytes = xcalloc(in->n + 1, 1);
    if (in->n > 0)
        memcpy(bytes, in->p, in->n);
    size_t max = in->n > 0 ? in->p[0] : 0;
    AUTO_FREE char *shown = text_printable(bytes, max);
    must(is_harmless(shown, strlen(shown)) && !strchr(shown, '\n'));
    must(text_chars(shown) <= max + 3);
    must(text_columns(bytes) <= 2 * strlen(bytes));
    must(text_prefix(bytes, max) <= strlen(bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned choices = take_byte(&in);
    clock_set_test(1000, 1763632800);
    if (choices % 4 == 0) {
        check_printable(&in);
    } else if (choices % 4 == 1) {
        check_progress(&in);
    } else {
        json_t *rows = take_rows(&in, choices % 4 == 2);
        check_formats(rows);
        json_decref(rows);
    }
    return 0;
}
