/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/ledger: what was off, and until when, once for each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/ledger.h"
#include "moves/steps.h"

#define FLOAT_ID "55555555-5555-4555-8555-555555555555"
#define GATE_ID  "66666666-6666-4666-8666-666666666666"

/* One NIC, with a floating IP and another one that forwards two ports to it. */
static struct scene *kept(void)
{
    struct scene *s = scene_new(93);
    AUTO_FREE char *project = xstrdup(session_project_id(session_of(s->m)));
    set(s->m->options, "addresses", "'keep'");
    scene_put(s, &kind_floating_ips, PORT_A,
              parse("[{'id': '" FLOAT_ID "', 'floating_ip_address': '203.0.113.7',"
                    "  'port_id': '" PORT_A "', 'fixed_ip_address': '10.10.0.5'}]"));
    scene_put(s, &kind_forwardings, project,
              parse("[{'id': '" GATE_ID "', 'floating_ip_address': '203.0.113.8',"
                    "  'port_id': null, 'router_id': 'r'}]"));
    scene_put(s, &kind_forwardings_of, GATE_ID,
              parse("[{'protocol': 'tcp', 'external_port': 1, 'internal_port': 1,"
                    "  'internal_port_id': '" PORT_A "'},"
                    " {'protocol': 'tcp', 'external_port': 2, 'internal_port': 2,"
                    "  'internal_port_id': '" PORT_A "'}]"));
    scene_put(s, &kind_port, PORT_A, json_deep_copy(scene_port(s, 0)));
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

/* "10.10.0.5 +100 -, ...": +off, and - for what is off still. Gives. */
static char *told(const struct scene *s)
{
    const char *text = move_fact(s->m, FACT_ADDRESSES);
    AUTO_JSON json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    struct strv parts = {0};
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        const json_t *on = json_object_get(one, "on");
        strv_take(&parts, xasprintf("%s%s +%.0f%s", jget(one, "port") ? "port " : "",
                                    jstr(one, "address", "?"),
                                    json_number_value(json_object_get(one, "off")),
                                    json_is_number(on) ? "" : " -"));
    }
    char *joined = strv_join(&parts, ", ");
    strv_clear(&parts);
    return joined;
}

static void expect(const struct scene *s, const char *wanted)
{
    AUTO_FREE char *is = told(s);
    assert_string_equal(is, wanted);
}

static void has_an_entry_for_each_time(void **state)
{
    (void)state;
    struct scene *s = kept();
    expect(s, "");
    ledger_off(s->m, 0, 100);
    expect(s, "port 10.10.0.5 +100 -, 203.0.113.7 +100 -, 203.0.113.8 +100 -");
    ledger_off(s->m, 0, 200); /* off already */
    ledger_all_off(s->m, 300);
    expect(s, "port 10.10.0.5 +100 -, 203.0.113.7 +100 -, 203.0.113.8 +100 -");
    ledger_on(s->m, FLOAT_ID);
    expect(s, "port 10.10.0.5 +100 -, 203.0.113.7 +100, 203.0.113.8 +100 -");
    ledger_on(s->m, NULL);
    expect(s, "port 10.10.0.5 +100, 203.0.113.7 +100, 203.0.113.8 +100");
    ledger_off(s->m, 0, 400);
    expect(s, "port 10.10.0.5 +100, 203.0.113.7 +100, 203.0.113.8 +100, "
              "port 10.10.0.5 +400 -, 203.0.113.7 +400 -, 203.0.113.8 +400 -");
    scene_free(s);
    s = kept();
    set(s->m->options, "addresses", "'new'");
    ledger_all_off(s->m, 100);
    expect(s, "");
    scene_free(s);
}

/* Since it was asked for, though somebody else may only see it much later. */
static void is_off_since_it_was_asked_for(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->asked = "free";
    s->m->asked_at = 50;
    json_array_clear(scene_doc(s, &kind_interfaces, SOURCE_ID));
    json_object_clear(jget(scene_server(s), "addresses"));
    set(scene_doc(s, &kind_port, PORT_A), "device_id", "''");
    assert_int_equal(scene_judge(s, free_watch, free_seen), AGAIN);
    expect(s, "port 10.10.0.5 +50 -, 203.0.113.7 +50 -, 203.0.113.8 +50 -");
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_an_entry_for_each_time),
        cmocka_unit_test(is_off_since_it_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
