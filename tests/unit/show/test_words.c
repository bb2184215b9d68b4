/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of show/words: events as sentences and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "show/words.h"

static const struct event step = {
    .type = EVENT_MOVE_STEP,
    .at = 1767323045.678,
    .run_id = "r",
    .move_id = "m",
    .server_id = "s",
    .server_name = "web\0331",
    .source_zone = "az1",
    .target_zone = "az2",
    .state = "running",
    .walk = "forward",
    .step = "snapshot",
    .label = "taking the snapshot",
    .serving = "none",
};

static void expect(const struct event *event, const char *expected)
{
    AUTO_FREE char *words = words_of(event);
    if (expected)
        assert_string_equal(words, expected);
    else
        assert_null(words);
}

static void steps_have_labels(void **state)
{
    (void)state;
    struct event event = step;
    expect(&event, "web\\x1B1: taking the snapshot");
    event.walk = "back";
    expect(&event, "web\\x1B1: going back: taking the snapshot");
    event.walk = "discard";
    event.label = NULL;
    expect(&event, "web\\x1B1: going back: snapshot");
    event.server_name = NULL;
    event.walk = "commit";
    expect(&event, "s: snapshot");
}

static void states_tell_why(void **state)
{
    (void)state;
    struct event event = step;
    event.type = EVENT_MOVE_STATE;
    event.server_name = "web";
    expect(&event, NULL);
    event.state = "moved";
    expect(&event, "web: moved to az2");
    event.state = "held";
    event.text = "two targets\n";
    expect(&event, "web: held: two targets\\x0A");
    event.request_id = "req-1";
    expect(&event, "web: held: two targets\\x0A (request req-1)");
}

static void totals_are_no_line(void **state)
{
    (void)state;
    struct event event = {.type = EVENT_TOTALS, .total = 3};
    expect(&event, NULL);
    event.type = EVENT_SERVICE_PARKED;
    event.text = "compute: 503";
    expect(&event, "waiting for the cloud: compute: 503");
}

static void every_event_has_its_name_and_all_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"at",
                                       "event",
                                       "run_id",
                                       "move_id",
                                       "server_id",
                                       "server_name",
                                       "target_server_id",
                                       "source_zone",
                                       "target_zone",
                                       "state",
                                       "walk",
                                       "step",
                                       "serving",
                                       "text",
                                       "request_id"};
    for (int type = 0; type < EVENT_TYPE_MAX; type++) {
        struct event event = step;
        event.type = (enum event_type)type;
        json_t *object = words_json(&event);
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
            assert_non_null(json_object_get(object, keys[i]));
        assert_true(json_is_string(json_object_get(object, "event")));
        assert_true((json_object_get(object, "moved") != NULL) == (type == EVENT_TOTALS));
        json_decref(object);
    }
    json_t *object = words_json(&step);
    assert_string_equal(json_string_value(json_object_get(object, "at")),
                        "2026-01-02T03:04:05.678Z");
    assert_string_equal(json_string_value(json_object_get(object, "event")), "move-step");
    assert_string_equal(json_string_value(json_object_get(object, "server_name")),
                        "web\0331");
    assert_true(json_is_null(json_object_get(object, "text")));
    json_decref(object);
}

static void bytes_that_are_no_utf8_are_still_told(void **state)
{
    (void)state;
    struct event event = step;
    event.server_name = "web\377";
    json_t *object = words_json(&event);
    const char *name = json_string_value(json_object_get(object, "server_name"));
    assert_non_null(name);
    assert_int_equal(strncmp(name, "web", 3), 0);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_have_labels),
        cmocka_unit_test(states_tell_why),
        cmocka_unit_test(totals_are_no_line),
        cmocka_unit_test(every_event_has_its_name_and_all_keys),
        cmocka_unit_test(bytes_that_are_no_utf8_are_still_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
