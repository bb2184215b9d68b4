/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_forward: port forwardings made again, given back, looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/capture.h"
#include "moves/forwards.h"
#include "moves/kinds.h"
#include "moves/ports.h"
#include "moves/steps.h"

#define FIP "55555555-5555-4555-8555-555555555555"

/* Captured with one that goes to its only port, which has been made again as PORT_B. */
static struct scene *forwarded(void)
{
    struct scene *s = scene_new(93);
    AUTO_FREE char *project = xstrdup(session_project_id(session_of(s->m)));
    set(s->m->options, "addresses", "'keep'");
    scene_put(s, &kind_forwardings, project,
              parse("[{'id': '" FIP "', 'floating_ip_address': '203.0.113.7',"
                    "  'port_forwardings': [{'protocol': 'tcp', 'external_port': 2222,"
                    "  'internal_port': 22, 'internal_ip_address': '10.10.0.5'}]}]"));
    scene_put(s, &kind_forwardings_of, FIP,
              parse("[{'id': 'w', 'protocol': 'tcp', 'external_port': 2222,"
                    "  'internal_port': 22, 'internal_ip_address': '10.10.0.5',"
                    "  'internal_port_id': '" PORT_A "', 'description': 'd'},"
                    " {'id': 'x', 'protocol': 'udp', 'external_port': 2222,"
                    "  'internal_port': 22, 'internal_ip_address': '10.10.0.6',"
                    "  'internal_port_id': '" PORT_C "'}]"));
    assert_int_equal(scene_capture(s), NEXT);
    assert_int_equal(forward_count(s->m), 1);
    nic_set_port_now(s->m, 0, PORT_B);
    return s;
}

static json_t *now(struct scene *s)
{
    return scene_doc(s, &kind_forwardings_of, FIP);
}

static enum verdict judge(struct scene *s)
{
    memset(&s->m->err, 0, sizeof(s->m->err));
    return scene_judge(s, forwards_watch, forwards_seen);
}

static void is_made_again_on_the_new_port(void **state)
{
    (void)state;
    struct scene *s = forwarded();
    struct request r = {0};
    struct err err = {0};
    json_array_remove(now(s), 0);
    assert_int_equal(judge(s), ABSENT);
    assert_true(forwards_ask(s->m, &r, &err));
    assert_string_equal(r.method, "POST");
    assert_non_null(strstr(r.url, "/floatingips/" FIP "/port_forwardings"));
    assert_non_null(strstr(r.body, PORT_B));
    assert_null(strstr(r.body, "range"));
    request_clear(&r);
    json_array_append_new(now(s), parse("{'protocol': 'tcp', 'external_port': 2222,"
                                        " 'internal_port': 22, 'description': 'd',"
                                        " 'internal_ip_address': '10.10.0.5',"
                                        " 'internal_port_id': '" PORT_B "'}"));
    assert_int_equal(judge(s), AGAIN);
    s->m->item = 1;
    assert_int_equal(judge(s), NEXT);
    scene_free(s);
}

static void is_not_fought_over(void **state)
{
    (void)state;
    struct scene *s = forwarded();
    assert_int_equal(judge(s), FAIL); /* it goes to another port than ours */
    assert_non_null(strstr(s->m->err.text, "203.0.113.7 tcp 2222 to 10.10.0.5 22"));
    scene_put(s, &kind_forwardings_of, FIP, NULL);
    assert_int_equal(judge(s), FAIL);
    assert_non_null(strstr(s->m->err.text, "not shown"));
    set(s->m->options, "addresses", "'new'");
    assert_int_equal(judge(s), NEXT);
    scene_free(s);
}

/* A port that stays keeps them, so that there is nothing to ask for. */
static void stays_with_a_port_that_stays(void **state)
{
    (void)state;
    struct scene *s = forwarded();
    nic_set_port_now(s->m, 0, PORT_A);
    assert_int_equal(judge(s), AGAIN);
    scene_free(s);
}

static enum verdict hear(struct scene *s, int status)
{
    struct reply reply = {.fate = REPLY_HTTP, .status = status, .retry_after_s = -1};
    memset(&s->m->err, 0, sizeof(s->m->err));
    if (status >= 400)
        err_set(&s->m->err, ERR_CONFLICT, "the service's words");
    return forwards_heard(s->m, &reply);
}

static void a_refusal_is_looked_at(void **state)
{
    (void)state;
    struct scene *s = forwarded();
    assert_int_equal(hear(s, 201), AGAIN);
    assert_int_equal(hear(s, 400), RETRY); /* so Neutron says that there is one */
    assert_non_null(strstr(s->m->err.text, "203.0.113.7 tcp 2222"));
    assert_int_equal(hear(s, 409), RETRY);
    assert_int_equal(hear(s, 404), RETRY);
    assert_int_equal(hear(s, 403), FAIL);
    scene_free(s);
}

static bool to_give(struct scene *s, bool has_float)
{
    size_t i = 99;
    bool gives =
        forward_to_give(s->m, scene_look(s, forwards_watch), 0, PORT_B, has_float, &i);
    assert_int_equal(i, gives ? 0 : 99);
    return gives;
}

static const char *left(struct scene *s)
{
    return json_string_value(
        json_object_get(s->m->left, "203.0.113.7 tcp 2222 to 10.10.0.5 22"));
}

static void is_given_back_or_named(void **state)
{
    (void)state;
    struct scene *s = forwarded();
    assert_false(to_give(s, false)); /* somebody's, to PORT_A as it happens */
    assert_non_null(strstr(left(s), "somebody made another"));
    json_array_remove(now(s), 0);
    assert_true(to_give(s, false));
    forward_note_refused(s->m, "10");
    assert_true(to_give(s, false));
    forward_note_refused(s->m, "0");
    assert_false(to_give(s, false));
    assert_non_null(strstr(left(s), "refused"));
    move_set_fact(s->m, FACT_FORWARDS, NULL);
    assert_false(to_give(s, true)); /* Neutron would refuse it */
    assert_non_null(strstr(left(s), "floating IP of its own"));
    scene_put(s, &kind_forwardings_of, FIP, NULL);
    assert_false(to_give(s, false));
    assert_non_null(strstr(left(s), "not shown"));
    scene_free(s);
}

static void commit_tells_of_changes(void **state)
{
    (void)state;
    struct scene *s = forwarded();
    set(json_array_get(now(s), 0), "internal_port_id", "'" PORT_B "'");
    forwards_tell_changes(s->m, scene_look(s, forwards_watch));
    assert_null(left(s));
    json_array_remove(now(s), 0);
    forwards_tell_changes(s->m, scene_look(s, forwards_watch));
    assert_non_null(strstr(left(s), "after the move"));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_made_again_on_the_new_port),
        cmocka_unit_test(is_not_fought_over),
        cmocka_unit_test(stays_with_a_port_that_stays),
        cmocka_unit_test(a_refusal_is_looked_at),
        cmocka_unit_test(is_given_back_or_named),
        cmocka_unit_test(commit_tells_of_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
