/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of show/live: what stands on the terminal after drawing, by a terminal of a few
 * lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "show/live.h"

#define ROWS 40

/* Obeys what live.c writes: text, newline, carriage return, cursor up, erase line. */
struct screen {
    char line[ROWS][256];
    int row, column;
};

static void feed(struct screen *s, const char *text)
{
    for (; *text; text++) {
        if (strncmp(text, "\033[A", 3) == 0) {
            assert_true(s->row > 0);
            s->row--;
            text += 2;
        } else if (strncmp(text, "\033[2K", 4) == 0) {
            s->line[s->row][0] = '\0';
            text += 3;
        } else if (*text == '\r') {
            s->column = 0;
        } else if (*text == '\n') {
            s->row++;
            s->column = 0;
            assert_true(s->row < ROWS);
        } else {
            assert_true(s->column < 250);
            s->line[s->row][s->column++] = *text;
            s->line[s->row][s->column] = '\0';
        }
    }
}

struct fixture {
    FILE *out;
    char *text;
    size_t size, seen;
    struct live *live;
    struct screen screen;
};

static void begin(struct fixture *f, int columns, int rows)
{
    *f = (struct fixture){0};
    clock_set_test(100, 1000);
    f->out = open_memstream(&f->text, &f->size);
    f->live = live_new(f->out, columns, rows);
}

static void look(struct fixture *f)
{
    fflush(f->out);
    feed(&f->screen, f->text + f->seen);
    f->seen = f->size;
}

static void end(struct fixture *f)
{
    live_free(f->live);
    fclose(f->out);
    free(f->text);
    clock_set_real();
}

static struct event step_of(const char *id, const char *name)
{
    return (struct event){.type = EVENT_MOVE_STEP,
                          .move_id = id,
                          .server_name = name,
                          .label = "taking the snapshot",
                          .state = "running",
                          .at = 1000,
                          .mono = 100,
                          .since = 90};
}

static void state_of(struct fixture *f, const char *id, const char *state)
{
    const struct event event = {.type = EVENT_MOVE_STATE, .move_id = id, .state = state};
    live_event(f->live, &event);
}

static void a_move_has_one_line_until_it_is_over(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 80, 24);
    struct event event = step_of("m1", "web");
    live_event(f.live, &event);
    live_draw(f.live);
    look(&f);
    assert_string_equal(f.screen.line[0], "  web: taking the snapshot 10 s");
    assert_int_equal(f.screen.row, 1);
    event.label = "booting";
    event.since = 100;
    live_event(f.live, &event);
    clock_advance(1);
    live_draw(f.live);
    look(&f);
    assert_string_equal(f.screen.line[0], "  web: booting 1 s");
    assert_int_equal(f.screen.row, 1);
    clock_advance(71);
    live_draw(f.live);
    look(&f);
    assert_string_equal(f.screen.line[0], "  web: booting 1 min 12 s");
    assert_int_equal(f.screen.row, 1);
    state_of(&f, "m1", "running");
    state_of(&f, "m1", "moved");
    clock_advance(1);
    live_draw(f.live);
    look(&f);
    assert_string_equal(f.screen.line[0], "");
    assert_int_equal(f.screen.row, 0);
    end(&f);
}

static void drawing_is_not_more_often_than_four_times_a_second(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 80, 24);
    size_t drawn = 0;
    for (int i = 0; i < 1000; i++) {
        struct event event = step_of("m1", "web");
        live_event(f.live, &event);
        clock_advance(0.01);
        live_draw(f.live);
        fflush(f.out);
    }
    for (const char *p = f.text; (p = strstr(p, "web")); p++)
        drawn++;
    /* Ten seconds. */
    assert_in_range(drawn, 38, 41);
    end(&f);
}

static void what_a_message_took_off_comes_back(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 80, 24);
    struct event event = step_of("m1", "web");
    live_event(f.live, &event);
    for (int i = 0; i < 20; i++)
        live_draw(f.live);
    live_erase(f.live);
    live_draw(f.live);
    look(&f);
    assert_non_null(strstr(f.screen.line[0], "web"));
    end(&f);
}

static void lines_never_wrap_and_never_scroll(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 24, 6);
    for (int i = 0; i < 10; i++) {
        AUTO_FREE char *id = xasprintf("m%d", i);
        /* Wide characters, in a name of strangers with an escape in it. */
        struct event event =
            step_of(id, "\346\227\245\346\234\254\346\227\245\346\234\254\033[9A");
        live_event(f.live, &event);
    }
    const struct event totals = {.type = EVENT_TOTALS, .total = 10, .running = 10};
    live_event(f.live, &totals);
    live_draw(f.live);
    look(&f);
    assert_int_equal(f.screen.row, 4);
    for (int i = 0; i < 4; i++)
        assert_true(text_columns(f.screen.line[i]) < 24);
    /* What does not fit goes; the time stays. */
    assert_true(text_ends(f.screen.line[0], " 10 s"));
    live_erase(f.live);
    look(&f);
    assert_int_equal(f.screen.row, 0);
    for (int i = 0; i < 4; i++)
        assert_string_equal(f.screen.line[i], "");
    end(&f);
}

static void totals_stand_below(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 100, 24);
    struct event event = step_of("m1", "web");
    live_event(f.live, &event);
    const struct event totals = {
        .type = EVENT_TOTALS, .total = 5, .running = 1, .moved = 2, .held = 1, .over = 3};
    live_event(f.live, &totals);
    live_draw(f.live);
    look(&f);
    assert_string_equal(f.screen.line[1],
                        "  3 of 5 over: 2 moved, 1 held, 0 failed; 1 under way");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_has_one_line_until_it_is_over),
        cmocka_unit_test(drawing_is_not_more_often_than_four_times_a_second),
        cmocka_unit_test(what_a_message_took_off_comes_back),
        cmocka_unit_test(lines_never_wrap_and_never_scroll),
        cmocka_unit_test(totals_stand_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
