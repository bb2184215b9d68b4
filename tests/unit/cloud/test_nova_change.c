/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/nova_change: each change is exactly the request that Nova documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "fixture.h"

#define TOP "https://compute.one.example:8774/v2.1/" PROJECT "/servers"

static struct session *s;

static int start(void **state)
{
    (void)state;
    s = session_ready(93);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    session_free(s);
    return 0;
}

/* body NULL: none. Also clears the request. */
static void changes(struct request *r, const char *method, const char *path,
                    const char *body)
{
    assert_string_equal(r->method, method);
    assert_false(request_is_read(r));
    assert_true(text_starts(r->url, TOP));
    assert_string_equal(r->url + strlen(TOP), path);
    if (body) {
        assert_string_equal(r->body, body);
        assert_string_equal(header_of(r, "Content-Type"), "application/json");
    } else {
        assert_null(r->body);
    }
    request_clear(r);
}

static void actions(void **state)
{
    (void)state;
    struct request r;
    nova_stop(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"os-stop\":null}");
    nova_start(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"os-start\":null}");
    nova_unlock(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"unlock\":null}");
    nova_force_delete(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"forceDelete\":null}");
    nova_pause(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"pause\":null}");
    nova_unpause(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"unpause\":null}");
    nova_suspend(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"suspend\":null}");
    nova_resume(s, &r, SERVER);
    changes(&r, "POST", "/" SERVER "/action", "{\"resume\":null}");
    nova_lock(s, &r, SERVER, NULL);
    changes(&r, "POST", "/" SERVER "/action", "{\"lock\":null}");
    nova_lock(s, &r, SERVER, "rezone:1");
    changes(&r, "POST", "/" SERVER "/action",
            "{\"lock\":{\"locked_reason\":\"rezone:1\"}}");
}

static void the_reason_of_a_lock_is_dropped_below_273(void **state)
{
    (void)state;
    struct request r;
    struct session *old = session_ready(72);
    nova_lock(old, &r, SERVER, "rezone:1");
    changes(&r, "POST", "/" SERVER "/action", "{\"lock\":null}");
    session_free(old);
}

static void an_image_of_a_server(void **state)
{
    (void)state;
    struct request r;
    nova_create_image(s, &r, SERVER, "rezone-1", "rezone", "1");
    assert_true(r.timeout_s >= 300);
    changes(&r, "POST", "/" SERVER "/action",
            "{\"createImage\":{\"name\":\"rezone-1\",\"metadata\":{\"rezone\":\"1\"}}}");
    nova_create_image(s, &r, SERVER, "rezone-1", NULL, NULL);
    changes(&r, "POST", "/" SERVER "/action",
            "{\"createImage\":{\"name\":\"rezone-1\"}}");
}

static void a_boot_carries_the_body_as_it_is(void **state)
{
    (void)state;
    struct request r;
    AUTO_JSON json_t *body = json_pack("{s:{s:s},s:{s:s}}", "server", "name",
                                       "caf\xc3\xa9", "os:scheduler_hints", "group", "g");
    nova_boot(s, &r, body);
    changes(&r, "POST", "",
            "{\"server\":{\"name\":\"caf\xc3\xa9\"},\"os:scheduler_hints\":{\"group\":"
            "\"g\"}}");
    assert_int_equal(body->refcount, 1);
}

static void deletes_tags_and_metadata(void **state)
{
    (void)state;
    struct request r;
    nova_delete(s, &r, SERVER);
    changes(&r, "DELETE", "/" SERVER, NULL);
    nova_delete(s, &r, "");
    changes(&r, "DELETE", "/-", NULL);
    nova_put_tag(s, &r, SERVER, "rezone:1:source");
    changes(&r, "PUT", "/" SERVER "/tags/rezone%3A1%3Asource", NULL);
    nova_delete_tag(s, &r, SERVER, "rezone:1:source");
    changes(&r, "DELETE", "/" SERVER "/tags/rezone%3A1%3Asource", NULL);
    nova_put_metadata(s, &r, SERVER, "rezone", "1:source");
    changes(&r, "PUT", "/" SERVER "/metadata/rezone",
            "{\"meta\":{\"rezone\":\"1:source\"}}");
    nova_delete_metadata(s, &r, SERVER, "rezone");
    changes(&r, "DELETE", "/" SERVER "/metadata/rezone", NULL);
}

static void a_name_of_any_bytes(void **state)
{
    (void)state;
    struct request r;
    nova_rename(s, &r, SERVER, "web \"1\"");
    changes(&r, "PUT", "/" SERVER, "{\"server\":{\"name\":\"web \\\"1\\\"\"}}");
    nova_rename(s, &r, SERVER, "web\xff");
    changes(&r, "PUT", "/" SERVER, "{\"server\":{\"name\":\"web\\\\xFF\"}}");
}

#define READY(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READY(actions),
        cmocka_unit_test(the_reason_of_a_lock_is_dropped_below_273),
        READY(an_image_of_a_server),
        READY(a_boot_carries_the_body_as_it_is),
        READY(deletes_tags_and_metadata),
        READY(a_name_of_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
