/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of show/progress: plain lines, JSON lines, quiet, and messages between drawn
 * lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "show/progress.h"

struct fixture {
    FILE *out, *events;
    char *text, *lines;
    size_t size, lines_size;
    struct progress *progress;
};

static void begin(struct fixture *f, bool quiet, bool live)
{
    *f = (struct fixture){0};
    clock_set_test(100, 1000);
    f->out = open_memstream(&f->text, &f->size);
    f->events = open_memstream(&f->lines, &f->lines_size);
    const struct progress_options options = {
        .out = f->out, .events = f->events, .quiet = quiet, .live = live};
    f->progress = progress_new(&options);
}

static void end(struct fixture *f)
{
    progress_free(f->progress);
    fclose(f->out);
    fclose(f->events);
    free(f->text);
    free(f->lines);
    clock_set_real();
}

static const struct event step = {.type = EVENT_MOVE_STEP,
                                  .at = 1767323045,
                                  .mono = 100,
                                  .move_id = "m",
                                  .server_name = "web",
                                  .label = "booting",
                                  .state = "running",
                                  .since = 100};
static const struct event over = {.type = EVENT_MOVE_STATE,
                                  .at = 1767323046,
                                  .move_id = "m",
                                  .server_name = "web",
                                  .target_zone = "az2",
                                  .state = "moved"};

static void plain_lines_have_a_time(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, false, false);
    progress_event(f.progress, &step);
    progress_event(f.progress, &over);
    fflush(f.out);
    assert_string_equal(f.text, "03:04:05 web: booting\n03:04:06 web: moved to az2\n");
    end(&f);
}

static void the_file_gets_an_object_a_line(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, true, false);
    progress_event(f.progress, &step);
    progress_event(f.progress, &over);
    char *second = strchr(f.lines, '\n') + 1;
    json_t *first_object = json_loads(f.lines, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *second_object = json_loads(second, JSON_DISABLE_EOF_CHECK, NULL);
    assert_string_equal(json_string_value(json_object_get(first_object, "event")),
                        "move-step");
    assert_string_equal(json_string_value(json_object_get(second_object, "state")),
                        "moved");
    assert_string_equal(strchr(second, '\n'), "\n");
    json_decref(first_object);
    json_decref(second_object);
    end(&f);
}

static void quiet_keeps_messages_only(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, true, true);
    progress_event(f.progress, &step);
    progress_event(f.progress, &over);
    progress_say(f.progress, "rezone: refused");
    fflush(f.out);
    assert_string_equal(f.text, "rezone: refused\n");
    end(&f);
}

static void messages_take_the_drawn_lines_off_first(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, false, true);
    progress_event(f.progress, &step);
    fflush(f.out);
    assert_non_null(strstr(f.text, "  web: booting 0 s\n"));
    assert_null(strstr(f.text, "03:04:05 web"));
    size_t before = f.size;
    progress_say(f.progress, "a message");
    fflush(f.out);
    assert_string_equal(f.text + before, "\033[A\r\033[2Ka message\n");
    end(&f);
}

static void a_tick_only_draws_again(void **state)
{
    (void)state;
    static const struct event tick = {.type = EVENT_TICK, .at = 1767323050};
    struct fixture f;
    begin(&f, false, true);
    progress_event(f.progress, &step);
    fflush(f.out);
    size_t before = f.size, lines_before = f.lines_size;
    clock_advance(12);
    progress_event(f.progress, &tick);
    fflush(f.out);
    fflush(f.events);
    assert_non_null(strstr(f.text + before, "  web: booting 12 s\n"));
    assert_int_equal(f.lines_size, lines_before);
    end(&f);
    begin(&f, false, false);
    progress_event(f.progress, &tick);
    fflush(f.out);
    assert_int_equal(f.size, 0);
    end(&f);
}

static void a_full_disk_is_told_once(void **state)
{
    (void)state;
    struct fixture f = {0};
    clock_set_test(100, 1000);
    f.out = open_memstream(&f.text, &f.size);
    f.events = fopen("/dev/full", "w");
    assert_non_null(f.events);
    const struct progress_options options = {
        .out = f.out, .events = f.events, .quiet = true};
    f.progress = progress_new(&options);
    progress_event(f.progress, &step);
    progress_event(f.progress, &over);
    fflush(f.out);
    const char *first = strstr(f.text, "No space left");
    assert_non_null(first);
    assert_null(strstr(first + 1, "No space left"));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_have_a_time),
        cmocka_unit_test(the_file_gets_an_object_a_line),
        cmocka_unit_test(quiet_keeps_messages_only),
        cmocka_unit_test(messages_take_the_drawn_lines_off_first),
        cmocka_unit_test(a_tick_only_draws_again),
        cmocka_unit_test(a_full_disk_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
