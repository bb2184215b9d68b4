/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/probe and its row: what may be typed, what is asked, what follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/kinds.h"
#include "moves/probe.h"
#include "moves/refusal.h"
#include "moves/steps.h"

static void what_may_be_typed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "tcp",       "tcp:",           "tcp:0",  "tcp:-1",
        "tcp:7x",  "tcp:65536", "http:",          "http:x", "http:80",
        "http:0/", "http:/a b", "http:/\xc3\xa9", "cmd:",   "cmd: ",
        "cmd:''",  "cmd:'",     "udp:53"};
    struct probe p;
    struct err err = {0};
    assert_true(probe_parse("tcp:22", &p, &err));
    assert_int_equal(p.way, PROBE_TCP);
    assert_int_equal(p.port, 22);
    assert_true(probe_parse("http:/healthy?a=b", &p, &err));
    assert_int_equal(p.port, 80);
    assert_string_equal(p.rest, "/healthy?a=b");
    assert_true(probe_parse("http:8080/", &p, &err));
    assert_int_equal(p.port, 8080);
    assert_true(probe_parse("cmd:ping -c 1 'a b'", &p, &err));
    assert_string_equal(p.rest, "ping -c 1 'a b'");
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        err_clear(&err);
        if (probe_parse(bad[i], &p, &err) || err.code != ERR_USAGE)
            fail_msg("taken: '%s'", bad[i]);
    }
}

static void requests(void **state)
{
    (void)state;
    const struct probed of = {
        .address = "2001:db8::7", .server_id = "s", .target_id = "t", .limit_s = 300};
    struct probe p;
    struct request r = {0};
    assert_true(probe_parse("http:8080/x", &p, NULL));
    probe_request(&p, &of, &r);
    assert_string_equal(r.method, "GET");
    assert_string_equal(r.url, "http://[2001:db8::7]:8080/x");
    assert_true(r.once && r.timeout_s < 60 && r.max_reply > 0);
    assert_int_equal(r.headers.len, 0); /* no token goes there */
    request_clear(&r);
    assert_true(probe_parse("tcp:22", &p, NULL));
    probe_request(&p, &of, &r);
    assert_string_equal(r.method, "CONNECT");
    request_clear(&r);
    assert_true(probe_parse("cmd:a b", &p, NULL));
    probe_request(&p, &of, &r);
    assert_string_equal(r.method, "RUN");
    assert_string_equal(r.body, "a b");
    assert_true(r.timeout_s == 300);
    assert_true(strv_has(&r.headers, "REZONE_TARGET_ID: t"));
    assert_true(strv_has(&r.headers, "REZONE_ADDRESS: 2001:db8::7"));
    request_clear(&r);
}

static void told(int status, enum reply_fate fate, enum err_code code, bool reached)
{
    struct reply reply = {.fate = fate, .status = status};
    if (code)
        err_set(&reply.err, code, "no\x1b[2J luck");
    AUTO_JSON json_t *doc = probe_told(&reply);
    assert_int_equal(jbool(doc, "reached", !reached), reached);
    assert_null(strchr(jstr(doc, "why", "\x1b"), 0x1b));
}

static void what_is_an_answer(void **state)
{
    (void)state;
    told(200, REPLY_HTTP, ERR_NONE, true);
    told(302, REPLY_HTTP, ERR_NONE, true);
    told(404, REPLY_HTTP, ERR_NONE, false);
    told(503, REPLY_HTTP, ERR_NONE, false);
    told(0, REPLY_NOT_SENT, ERR_CONNECT, false);
    told(0, REPLY_UNKNOWN, ERR_TIMEOUT, false);
}

/* ---- the row ---- */

static struct scene *probing(const char *probes)
{
    struct scene *s = scene_new(93);
    set(s->m->options, "probes", probes);
    json_object_set_new(s->m->options, "probe_timeout", json_real(30));
    assert_int_equal(scene_capture(s), NEXT);
    scene_boot(s);
    s->m->item = 0;
    return s;
}

static enum verdict run(struct scene *s)
{
    return scene_judge(s, probe_watch, probe_seen);
}

static void answer(struct scene *s, int item, const char *json)
{
    AUTO_FREE char *key = xasprintf("%s/%d", MOVE_ID, item);
    s->m->item = item;
    scene_put(s, &kind_probe, key, parse(json));
}

static void each_is_asked_in_turn(void **state)
{
    (void)state;
    struct scene *s = probing("['tcp:22', 'http:/x']");
    struct request r = {0};
    assert_int_equal(run(s), AGAIN);
    assert_non_null(move_fact(s->m, FACT_ADDRESS));
    answer(s, 1, "{'reached': false, 'why': 'refused'}");
    assert_int_equal(run(s), WAIT);
    assert_int_equal(json_object_size(s->m->lost), 0);
    probe_fill(s->m->world, MOVE_ID "/1", &r);
    assert_non_null(strstr(r.url, move_fact(s->m, FACT_ADDRESS)));
    request_clear(&r);
    answer(s, 1, "{'reached': true}");
    assert_int_equal(run(s), AGAIN);
    answer(s, 2, "{'reached': true}");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void the_deadline_holds(void **state)
{
    (void)state;
    struct scene *s = probing("['tcp:22']");
    assert_int_equal(run(s), AGAIN);
    answer(s, 1, "{'reached': false, 'why': 'refused'}");
    s->m->spent_s = 30;
    assert_int_equal(run(s), HOLD);
    assert_non_null(strstr(s->m->err.text, "tcp:22"));
    assert_non_null(strstr(s->m->err.text, "refused"));
    assert_non_null(strstr(s->m->err.text, "--accept probe"));
    assert_non_null(lost(s->m, "probe"));
    /* Once it answers nothing is lost any more. */
    answer(s, 1, "{'reached': true}");
    assert_int_equal(run(s), NEXT);
    assert_null(lost(s->m, "probe"));
    scene_free(s);
}

static void what_cannot_get_better_holds_at_once(void **state)
{
    (void)state;
    struct scene *s = probing("['cmd:x']");
    assert_int_equal(run(s), AGAIN);
    answer(s, 1, "{'reached': false, 'why': 'no', 'cannot_run': true}");
    assert_int_equal(run(s), HOLD);
    answer(s, 1, "{'reached': false, 'why': 'no', 'late': true}");
    assert_int_equal(run(s), HOLD);
    strv_add(&s->m->world->accept, "probe");
    assert_int_equal(run(s), NEXT);
    assert_non_null(lost(s->m, "probe"));
    scene_free(s);
}

static void only_what_runs_is_asked(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(s->m->options, "probes", "['tcp:22']");
    set(scene_server(s), "status", "'SHUTOFF'");
    assert_int_equal(scene_capture(s), NEXT);
    scene_boot(s);
    s->m->item = 0;
    announce_probes(s->m);
    assert_non_null(announced(s->m, "probe"));
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = probing("[]");
    announce_probes(s->m);
    assert_null(announced(s->m, "probe"));
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void a_floating_ip_comes_first(void **state)
{
    (void)state;
    struct scene *s = probing("['tcp:22']");
    json_t *addresses = jget(scene_target(s), "addresses");
    json_t *first = json_object_iter_value(json_object_iter(addresses));
    json_array_append_new(first, parse("{'addr': '203.0.113.9', 'version': 4,"
                                       " 'OS-EXT-IPS:type': 'floating'}"));
    assert_int_equal(run(s), AGAIN);
    assert_string_equal(move_fact(s->m, FACT_ADDRESS), "203.0.113.9");
    scene_free(s);
}

static void what_has_no_nic_is_refused(void **state)
{
    (void)state;
    struct scene *s = probing("['cmd:x', 'tcp:22']");
    AUTO_JSON json_t *capture = json_deep_copy(move_capture(s->m));
    struct refusal r = {.move = s->m, .capture = capture};
    refuse_probes(&r);
    assert_int_equal(r.n, 0);
    set(capture, "nics", "[]");
    refuse_probes(&r);
    assert_int_equal(r.n, 1);
    assert_non_null(strstr(text_str(&r.text), "tcp:22"));
    refusal_clear(&r);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_typed),
        cmocka_unit_test(requests),
        cmocka_unit_test(what_is_an_answer),
        cmocka_unit_test(each_is_asked_in_turn),
        cmocka_unit_test(the_deadline_holds),
        cmocka_unit_test(what_cannot_get_better_holds_at_once),
        cmocka_unit_test(only_what_runs_is_asked),
        cmocka_unit_test(a_floating_ip_comes_first),
        cmocka_unit_test(what_has_no_nic_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
