/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/steps_port: ports off the source, made again, floating IPs, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/json.h"
#include "fixture.h"
#include "moves/capture.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/steps.h"

#define STRANGER "99999999-9999-4999-8999-999999999999"
#define FLOAT_ID "55555555-5555-4555-8555-555555555555"
#define FLOATING                                                                         \
    "{'id': '" FLOAT_ID "', 'floating_ip_address': '203.0.113.7',"                       \
    "'port_id': '" PORT_A "', 'fixed_ip_address': '10.10.0.5', 'revision_number': 4}"

/* Captured with one port and one floating IP, both kept; each is also there by its id. */
static struct scene *kept(void)
{
    struct scene *s = scene_new(93);
    json_t *floating = json_array();
    set(s->m->options, "addresses", "'keep'");
    set(scene_port(s, 0), "name", "'mine'");
    set(scene_port(s, 0), "revision_number", "7");
    json_array_append_new(floating, parse(FLOATING));
    scene_put(s, &kind_floating_ips, PORT_A, floating);
    scene_put(s, &kind_floating_ip, FLOAT_ID, parse(FLOATING));
    scene_put(s, &kind_port, PORT_A, json_deep_copy(scene_port(s, 0)));
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

static json_t *port(struct scene *s, const char *id)
{
    return scene_doc(s, &kind_port, id);
}

/* Nova has forgotten the NIC. */
static void unlisted(struct scene *s)
{
    json_array_clear(scene_doc(s, &kind_interfaces, SOURCE_ID));
    json_object_clear(jget(scene_server(s), "addresses"));
}

static void listed(struct scene *s, const char *port_id)
{
    json_array_append_new(scene_doc(s, &kind_interfaces, SOURCE_ID),
                          json_pack("{s:s}", "port_id", port_id));
}

/* A port under our mark for NIC 0, also found by its id. */
static void made(struct scene *s, const char *id, const char *net)
{
    char mark[MARK_SIZE];
    json_t *doc, *list = json_array();
    mark_port_name(MOVE_ID, 0, mark);
    doc = json_pack("{s:s, s:s, s:s, s:s, s:[]}", "id", id, "name", mark, "network_id",
                    net, "device_id", "", "tags");
    json_array_append(list, doc);
    scene_put(s, &kind_ports_by_name, mark, list);
    scene_put(s, &kind_port, id, doc);
}

static void expect_port_now(struct scene *s, const char *id)
{
    AUTO_FREE char *now = nic_port_now(s->m, 0);
    if (!text_eq(now, id) && (now || id))
        fail_msg("NIC 0 has %s instead of %s", now ? now : "none", id ? id : "none");
}

/* The request that a row asks for. */
static void expect_ask(struct scene *s, ask_fn *ask, const char *method, const char *path,
                       const char *in_body)
{
    struct request r = {0};
    struct err err = {0};
    assert_true(ask(s->m, &r, &err));
    if (!text_eq(r.method, method) || !strstr(r.url, path) ||
        (in_body && !strstr(r.body ? r.body : "", in_body)))
        fail_msg("%s %s %s instead of %s %s %s", r.method, r.url, r.body ? r.body : "",
                 method, path, in_body ? in_body : "");
    request_clear(&r);
}

static enum verdict hear(struct scene *s, heard_fn *heard, int status, const char *body)
{
    struct reply reply = {
        .fate = REPLY_HTTP, .status = status, .body = xstrdup(body), .retry_after_s = -1};
    reply.body_len = strlen(body);
    memset(&s->m->err, 0, sizeof(s->m->err));
    if (status >= 400) /* as the engine has it explained before */
        err_set(&s->m->err, ERR_CONFLICT, "the service's words");
    enum verdict v = heard(s->m, &reply);
    reply_clear(&reply);
    return v;
}

/* ---- free ---- */

/* Neutron calls it free before Nova has forgotten the NIC, and the other way round. */
static void is_free_when_both_say_so(void **state)
{
    (void)state;
    struct scene *s = kept();
    assert_int_equal(scene_judge(s, free_watch, free_seen), ABSENT);
    expect_ask(s, free_ask, "DELETE", "/os-interface/" PORT_A, NULL);
    s->m->heard = true; /* accepted: only its end can be seen */
    set(port(s, PORT_A), "device_id", "''");
    assert_int_equal(scene_judge(s, free_watch, free_seen), WAIT);
    set(port(s, PORT_A), "device_id", "'" SOURCE_ID "'");
    unlisted(s);
    assert_int_equal(scene_judge(s, free_watch, free_seen), WAIT);
    set(port(s, PORT_A), "device_id", "''");
    assert_int_equal(scene_judge(s, free_watch, free_seen), AGAIN);
    expect_port_now(s, PORT_A);
    s->m->item = 1;
    assert_int_equal(scene_judge(s, free_watch, free_seen), NEXT);
    scene_free(s);
}

/* Whatever is still on when the walk turns is then the guest's first ones, in order. */
static void takes_the_last_one_off_first(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(s->m->options, "addresses", "'keep'");
    scene_add_nic(s, PORT_B, NET_A, "private", "fa:16:3e:00:00:02", "10.10.0.6");
    scene_put(s, &kind_port, PORT_A, json_deep_copy(scene_port(s, 0)));
    scene_put(s, &kind_port, PORT_B, json_deep_copy(scene_port(s, 1)));
    assert_int_equal(scene_capture(s), NEXT);
    assert_int_equal(scene_judge(s, free_watch, free_seen), ABSENT);
    expect_ask(s, free_ask, "DELETE", "/os-interface/" PORT_B, NULL);
    s->m->item = 1;
    assert_int_equal(scene_judge(s, free_watch, free_seen), ABSENT);
    expect_ask(s, free_ask, "DELETE", "/os-interface/" PORT_A, NULL);
    scene_free(s);
}

static void waits_for_the_sources_task(void **state)
{
    (void)state;
    struct scene *s = kept();
    set(scene_server(s), "OS-EXT-STS:task_state", "'image_uploading'");
    assert_int_equal(scene_judge(s, free_watch, free_seen), WAIT);
    assert_false(s->m->quiet);
    scene_free(s);
}

/* Nova would unbind what it remembers when the source is deleted. */
static void is_free_when_compute_has_forgotten_it(void **state)
{
    (void)state;
    struct scene *s = kept();
    json_array_clear(scene_doc(s, &kind_interfaces, SOURCE_ID));
    set(port(s, PORT_A), "device_id", "''");
    assert_int_equal(scene_judge(s, free_watch, free_seen), WAIT);
    assert_false(s->m->quiet);
    json_object_clear(jget(scene_server(s), "addresses"));
    assert_int_equal(scene_judge(s, free_watch, free_seen), AGAIN);
    scene_free(s);
}

/* A host that is down may do it after the walk turned back. */
static void an_accepted_detachment_is_not_quiet(void **state)
{
    (void)state;
    struct scene *s = kept();
    assert_int_equal(scene_judge(s, free_watch, free_seen), ABSENT);
    assert_true(s->m->quiet);
    s->m->heard = true;
    assert_int_equal(scene_judge(s, free_watch, free_seen), WAIT);
    assert_false(s->m->quiet);
    scene_free(s);
}

static void a_port_that_went_has_to_be_made_again(void **state)
{
    (void)state;
    struct scene *s = kept();
    unlisted(s);
    scene_put(s, &kind_port, PORT_A, NULL);
    assert_int_equal(scene_judge(s, free_watch, free_seen), AGAIN);
    expect_port_now(s, NULL);
    scene_free(s);
}

static void notices_who_took_the_port(void **state)
{
    (void)state;
    struct scene *s = kept();
    unlisted(s);
    set(port(s, PORT_A), "device_id", "'" STRANGER "'");
    assert_int_equal(scene_judge(s, free_watch, free_seen), FAIL);
    assert_non_null(strstr(s->m->err.text, STRANGER));
    scene_free(s);
}

/* ---- ports ---- */

static void finds_what_it_made(void **state)
{
    (void)state;
    struct scene *s = kept();
    scene_put(s, &kind_port, PORT_A, NULL);
    assert_int_equal(scene_judge(s, ports_watch, ports_seen), ABSENT);
    expect_ask(s, ports_ask, "POST", "/ports", "fa:16:3e:00:00:01");
    made(s, PORT_B, NET_B); /* another network's: not what was asked for */
    assert_int_equal(scene_judge(s, ports_watch, ports_seen), ABSENT);
    made(s, PORT_B, NET_A);
    assert_int_equal(scene_judge(s, ports_watch, ports_seen), AGAIN);
    expect_port_now(s, PORT_B);
    s->m->item = 1;
    assert_int_equal(scene_judge(s, ports_watch, ports_seen), NEXT);
    scene_free(s);
}

static void uses_the_old_one_while_it_is_there(void **state)
{
    (void)state;
    struct scene *s = kept();
    assert_int_equal(scene_judge(s, ports_watch, ports_seen), AGAIN);
    expect_port_now(s, PORT_A);
    scene_free(s);
}

static void hears_of_a_port(void **state)
{
    (void)state;
    struct scene *s = kept();
    assert_int_equal(hear(s, ports_heard, 201, "{\"port\": {\"id\": \"" PORT_B "\"}}"),
                     AGAIN);
    expect_port_now(s, PORT_B);
    /* Made, but its id was lost on the way: it is looked for. */
    assert_int_equal(hear(s, ports_heard, 201, "{\"port\""), WAIT);
    assert_int_equal(hear(s, ports_heard, 403, "{}"), FAIL);
    assert_int_equal(hear(s, ports_heard, 409, "{}"), RETRY);
    scene_free(s);
}

/* ---- floating IPs ---- */

static void points_floating_ips_at_the_new_port(void **state)
{
    (void)state;
    struct scene *s = kept();
    nic_set_port_now(s->m, 0, PORT_A);
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), AGAIN); /* follows it */
    nic_set_port_now(s->m, 0, PORT_B);
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), ABSENT);
    struct request r = {0};
    struct err err = {0};
    assert_true(floats_ask(s->m, &r, &err));
    assert_string_equal(r.method, "PUT");
    assert_non_null(strstr(r.url, FLOAT_ID));
    assert_non_null(strstr(r.body, PORT_B));
    assert_non_null(strstr(r.body, "10.10.0.5"));
    AUTO_FREE char *headers = strv_join(&r.headers, "\n");
    assert_non_null(strstr(headers, "revision_number=4"));
    request_clear(&r);
    set(scene_doc(s, &kind_floating_ip, FLOAT_ID), "port_id", "'" PORT_B "'");
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), AGAIN);
    s->m->item = 1;
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), NEXT);
    scene_free(s);
}

static void leaves_a_floating_ip_that_somebody_uses(void **state)
{
    (void)state;
    struct scene *s = kept();
    nic_set_port_now(s->m, 0, PORT_B);
    set(scene_doc(s, &kind_floating_ip, FLOAT_ID), "port_id", "'" STRANGER "'");
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), FAIL);
    assert_non_null(strstr(s->m->err.text, "203.0.113.7"));
    scene_put(s, &kind_floating_ip, FLOAT_ID, NULL);
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), FAIL);
    assert_non_null(strstr(s->m->err.text, "deleted the floating IP"));
    scene_free(s);
}

/* ---- names ---- */

static void gives_a_new_port_its_own_name(void **state)
{
    (void)state;
    struct scene *s = kept();
    nic_set_port_now(s->m, 0, PORT_B);
    made(s, PORT_B, NET_A);
    set(port(s, PORT_B), "revision_number", "2");
    assert_int_equal(scene_judge(s, names_watch, names_seen), ABSENT);
    expect_ask(s, names_ask, "PUT", "/ports/" PORT_B, "\"mine\"");
    set(port(s, PORT_B), "name", "'mine'");
    assert_int_equal(scene_judge(s, names_watch, names_seen), AGAIN);
    assert_int_equal(scene_judge(s, names_watch, names_seen), NEXT);
    scene_free(s);
}

static void a_kept_port_never_lost_its_name(void **state)
{
    (void)state;
    struct scene *s = kept();
    nic_set_port_now(s->m, 0, PORT_A);
    assert_int_equal(scene_judge(s, names_watch, names_seen), AGAIN);
    assert_int_equal(scene_judge(s, names_watch, names_seen), NEXT);
    scene_free(s);
}

/* ---- and back ---- */

static enum verdict give_back(struct scene *s)
{
    return scene_judge(s, undo_free.watch, undo_free.seen);
}

static void gives_the_port_back(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->walk = WALK_BACK;
    unlisted(s);
    set(port(s, PORT_A), "device_id", "''");
    set(scene_doc(s, &kind_floating_ip, FLOAT_ID), "port_id", "null");
    assert_int_equal(give_back(s), ABSENT);
    expect_ask(s, undo_free.ask, "POST", SOURCE_ID "/os-interface", PORT_A);
    set(port(s, PORT_A), "device_id", "'" SOURCE_ID "'");
    assert_int_equal(give_back(s), WAIT); /* Nova has not heard of it yet */
    listed(s, PORT_A);
    assert_int_equal(give_back(s), AGAIN); /* another act: another item */
    assert_int_equal(give_back(s), ABSENT);
    expect_ask(s, undo_free.ask, "PUT", "/floatingips/" FLOAT_ID, PORT_A);
    set(scene_doc(s, &kind_floating_ip, FLOAT_ID), "port_id", "'" PORT_A "'");
    assert_int_equal(give_back(s), AGAIN);
    assert_int_equal(give_back(s), NEXT);
    scene_free(s);
}

static void makes_what_went_once_more(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->walk = WALK_DISCARD;
    unlisted(s);
    scene_put(s, &kind_port, PORT_A, NULL);
    assert_int_equal(give_back(s), ABSENT);
    expect_ask(s, undo_free.ask, "POST", "/ports", "fa:16:3e:00:00:01");
    assert_int_equal(hear(s, undo_free.heard, 409, "{}"), RETRY);
    assert_non_null(strstr(s->m->err.text, "somebody has its address"));
    made(s, PORT_B, NET_A);
    assert_int_equal(give_back(s), AGAIN);
    assert_int_equal(give_back(s), ABSENT);
    expect_ask(s, undo_free.ask, "POST", SOURCE_ID "/os-interface", PORT_B);
    scene_free(s);
}

/* The target has it: Nova is still deleting that one, or a stranger keeps it. */
static void does_not_take_a_port_from_others(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->walk = WALK_BACK;
    unlisted(s);
    move_set_target(s->m, TARGET_ID);
    set(port(s, PORT_A), "device_id", "'" TARGET_ID "'");
    assert_int_equal(give_back(s), WAIT);
    move_set_target(s->m, NULL); /* deleted, and network has not heard of it yet */
    move_set_fact(s->m, FACT_WAS_TARGET, TARGET_ID);
    assert_int_equal(give_back(s), WAIT);
    set(port(s, PORT_A), "device_id", "'" STRANGER "'");
    assert_int_equal(give_back(s), HOLD);
    assert_non_null(strstr(s->m->err.text, STRANGER));
    scene_free(s);
}

/* What is called undone has been looked at. */
static void an_undone_source_lacks_nothing(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->walk = WALK_DISCARD;
    s->m->asked = "free";
    assert_int_equal(scene_judge(s, undo_claim.watch, undo_claim.seen), NEXT);
    json_array_clear(scene_doc(s, &kind_ports_of, SOURCE_ID));
    assert_int_equal(scene_judge(s, undo_claim.watch, undo_claim.seen), HOLD);
    assert_non_null(strstr(s->m->err.text, "fa:16:3e:00:00:01"));
    assert_non_null(strstr(s->m->err.text, "--accept source"));
    assert_non_null(lost(s->m, "source"));
    strv_add(&s->m->world->accept, "source");
    assert_int_equal(scene_judge(s, undo_claim.watch, undo_claim.seen), NEXT);
    scene_free(s);

    s = kept(); /* nothing was taken off it: whoever detached it knows */
    s->m->walk = WALK_BACK;
    json_array_clear(scene_doc(s, &kind_ports_of, SOURCE_ID));
    assert_int_equal(scene_judge(s, undo_claim.watch, undo_claim.seen), NEXT);
    scene_free(s);
}

/* One that the look does not show is asked for again; one that is gone is told. */
static void a_floating_ip_that_is_gone_is_told(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->walk = WALK_BACK;
    nic_set_port_now(s->m, 0, PORT_A);
    scene_put(s, &kind_floating_ip, FLOAT_ID, NULL);
    assert_int_equal(give_back(s), AGAIN);
    AUTO_FREE char *left = json_dumps(s->m->left, 0);
    assert_non_null(strstr(left, "203.0.113.7 was deleted"));
    scene_free(s);
}

/* Another row's place among the NICs is not this one's. */
static void begins_with_the_first_nic(void **state)
{
    (void)state;
    struct scene *s = kept();
    s->m->walk = WALK_DISCARD;
    nic_set_port_now(s->m, 0, PORT_A);
    assert_int_equal(scene_judge(s, names_watch, names_seen), AGAIN);
    unlisted(s);
    set(port(s, PORT_A), "device_id", "''");
    assert_int_equal(give_back(s), ABSENT);
    scene_free(s);
}

/* Below 2.73 nobody tells whose lock it is: only one that was asked for has an undo. */
static void a_lock_that_it_finds_is_asked_for_too(void **state)
{
    (void)state;
    struct scene *s = scene_new(60);
    set(s->m->options, "addresses", "'keep'");
    assert_int_equal(scene_capture(s), NEXT);
    set(scene_server(s), "status", "'SHUTOFF'");
    set(scene_server(s), "locked", "true");
    assert_int_equal(scene_judge(s, watch_source, fence_again_seen), ABSENT);
    s->m->asked = "fence-again";
    assert_int_equal(scene_judge(s, watch_source, fence_again_seen), NEXT);
    scene_free(s);
}

static void new_addresses_need_none_of_it(void **state)
{
    (void)state;
    struct scene *s = kept();
    set(s->m->options, "addresses", "'new'");
    assert_int_equal(scene_judge(s, free_watch, free_seen), NEXT);
    assert_int_equal(scene_judge(s, ports_watch, ports_seen), NEXT);
    assert_int_equal(scene_judge(s, floats_watch, floats_seen), NEXT);
    assert_int_equal(scene_judge(s, names_watch, names_seen), NEXT);
    assert_int_equal(give_back(s), NEXT);
    scene_free(s);
}

static void network_watch(struct move *m, struct watch *w)
{
    watch_target(m, w);
    watch_add(w, &kind_ports_of, TARGET_ID);
    commit_floats_watch(m, w);
}

static bool is_whole(struct scene *s)
{
    AUTO_FREE char *missing = NULL;
    return commit_network_is_whole(s->m, scene_look(s, network_watch), &missing);
}

/* With OVS and OVN the port of a guest that is off is DOWN. */
static void a_target_that_is_off_has_its_ports_down(void **state)
{
    (void)state;
    struct scene *s = kept();
    scene_boot(s);
    json_t *mine = scene_target_port(s, 0);
    nic_set_port_now(s->m, 0, jstr(mine, "id", ""));
    json_object_set(scene_doc(s, &kind_floating_ip, FLOAT_ID), "port_id",
                    json_object_get(mine, "id"));
    set(scene_target(s), "status", "'ACTIVE'");
    assert_true(is_whole(s));
    set(mine, "status", "'DOWN'");
    assert_false(is_whole(s));
    set(scene_target(s), "status", "'SHUTOFF'");
    assert_true(is_whole(s));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_free_when_both_say_so),
        cmocka_unit_test(takes_the_last_one_off_first),
        cmocka_unit_test(waits_for_the_sources_task),
        cmocka_unit_test(is_free_when_compute_has_forgotten_it),
        cmocka_unit_test(an_accepted_detachment_is_not_quiet),
        cmocka_unit_test(a_port_that_went_has_to_be_made_again),
        cmocka_unit_test(notices_who_took_the_port),
        cmocka_unit_test(finds_what_it_made),
        cmocka_unit_test(uses_the_old_one_while_it_is_there),
        cmocka_unit_test(hears_of_a_port),
        cmocka_unit_test(points_floating_ips_at_the_new_port),
        cmocka_unit_test(leaves_a_floating_ip_that_somebody_uses),
        cmocka_unit_test(gives_a_new_port_its_own_name),
        cmocka_unit_test(a_kept_port_never_lost_its_name),
        cmocka_unit_test(gives_the_port_back),
        cmocka_unit_test(makes_what_went_once_more),
        cmocka_unit_test(does_not_take_a_port_from_others),
        cmocka_unit_test(an_undone_source_lacks_nothing),
        cmocka_unit_test(a_floating_ip_that_is_gone_is_told),
        cmocka_unit_test(begins_with_the_first_nic),
        cmocka_unit_test(a_lock_that_it_finds_is_asked_for_too),
        cmocka_unit_test(new_addresses_need_none_of_it),
        cmocka_unit_test(a_target_that_is_off_has_its_ports_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
