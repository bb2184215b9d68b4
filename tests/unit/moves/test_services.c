/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/services: the session's words as the engine knows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/registry.h"

static void passes_on(void **state)
{
    (void)state;
    struct session *session = fake_session_new(93);
    struct world *w = world_new(session);
    const struct services *s = &openstack_services;
    struct err err = {0};
    struct request r = {0};
    assert_int_equal(s->n, SERVICE_MAX + 1);
    assert_string_equal(s->name(SERVICE_PROBE), "probe");
    assert_int_equal(s->prepare(w, SERVICE_PROBE, &r, &err), SERVICE_READY);
    assert_string_equal(s->name(SERVICE_COMPUTE), "compute");
    assert_int_equal(s->generation(w), 7);
    assert_int_equal(s->prepare(w, SERVICE_COMPUTE, &r, &err), SERVICE_READY);
    session->need = SESSION_WAIT;
    assert_int_equal(s->prepare(w, SERVICE_COMPUTE, &r, &err), SERVICE_WAIT);
    session->need = SESSION_ASK;
    assert_int_equal(s->prepare(w, SERVICE_COMPUTE, &r, &err), SERVICE_ASK);
    assert_non_null(r.url);
    request_clear(&r);
    session->need = SESSION_FAILED;
    assert_int_equal(s->prepare(w, SERVICE_COMPUTE, &r, &err), SERVICE_FAILED);
    assert_true(err_is_set(&err));
    assert_true(s->token_refused(w, 7, &err));
    assert_int_equal(session->refusals, 1);
    world_free(w);
}

static void explains(void **state)
{
    (void)state;
    struct world *w = world_new(fake_session_new(93));
    struct err err = {0};
    char text[] = "{\"itemNotFound\": {\"code\": 404, \"message\": \"moon is full\"}}";
    struct reply reply = {
        .fate = REPLY_HTTP, .status = 404, .body = text, .body_len = strlen(text)};
    openstack_services.explain(w, SERVICE_COMPUTE, &reply, &err);
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_non_null(strstr(err.text, "moon is full"));
    memset(&err, 0, sizeof(err));
    assert_false(openstack_services.prepared(w, SERVICE_COMPUTE, &reply, &err));
    assert_int_equal(err.code, ERR_AUTH);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_on),
        cmocka_unit_test(explains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
