/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/request: headers, ownership, what is a read and what is a success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "net/request.h"

static void a_request_is_built_and_stolen(void **state)
{
    (void)state;
    struct request r;
    request_init(&r, "POST", "http://h/servers");
    request_header(&r, "X-Auth-Token", "old");
    request_header(&r, "Accept", "application/json");
    request_header(&r, "x-auth-token", "new");
    request_body(&r, xstrdup("{}"), "application/json");
    assert_int_equal(r.body_len, 2);
    assert_int_equal(r.headers.len, 3);
    assert_true(strv_has(&r.headers, "x-auth-token: new"));
    assert_true(strv_has(&r.headers, "Content-Type: application/json"));
    request_header(&r, "Accept", NULL);
    assert_int_equal(r.headers.len, 2);
    struct request stolen = request_steal(&r);
    assert_null(r.url);
    assert_null(r.body);
    assert_int_equal(r.headers.len, 0);
    assert_string_equal(stolen.url, "http://h/servers");
    assert_string_equal(stolen.method, "POST");
    request_clear(&r);
    stolen.secret_body = true;
    request_clear(&stolen);
    assert_null(stolen.body);
}

static void a_header_cannot_smuggle_another(void **state)
{
    (void)state;
    struct request r;
    request_init(&r, "GET", "http://h/");
    request_header(&r, "X-Name", "a\r\nX-Evil: 1\n\tb");
    assert_string_equal(r.headers.at[0], "X-Name: a  X-Evil: 1  b");
    request_clear(&r);
}

static void only_get_and_head_are_reads(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "HEAD",  "POST",
                                          "PUT", "PATCH", "DELETE"};
    for (int i = 0; i < 6; i++) {
        struct request r;
        request_init(&r, methods[i], "http://h/");
        assert_int_equal(request_is_read(&r), i < 2);
        request_clear(&r);
    }
}

static void a_reply_is_asked_by_name(void **state)
{
    (void)state;
    struct reply r = {.fate = REPLY_HTTP, .status = 202};
    strv_add(&r.headers, "Location:  http://h/x ");
    strv_add(&r.headers, "X-Empty:");
    assert_string_equal(reply_header(&r, "location"), "http://h/x ");
    assert_string_equal(reply_header(&r, "X-Empty"), "");
    assert_null(reply_header(&r, "Loc"));
    assert_true(reply_is_ok(&r));
    r.body_cut = true;
    assert_false(reply_is_ok(&r));
    r.body_cut = false;
    r.status = 300;
    assert_false(reply_is_ok(&r));
    r.status = 199;
    assert_false(reply_is_ok(&r));
    r.status = 299;
    assert_true(reply_is_ok(&r));
    r.fate = REPLY_UNKNOWN;
    assert_false(reply_is_ok(&r));
    reply_clear(&r);
    assert_int_equal(r.headers.len, 0);
}

static void not_now_is_no_answer(void **state)
{
    (void)state;
    struct reply r = {.fate = REPLY_HTTP, .status = 429, .retry_after_s = -1};
    assert_true(reply_is_later(&r));
    r.status = 408;
    assert_true(reply_is_later(&r));
    r.status = 413;
    assert_false(reply_is_later(&r));
    r.retry_after_s = 0;
    assert_false(reply_is_later(&r));
    r.retry_after_s = 1;
    assert_true(reply_is_later(&r));
    r.status = 403;
    assert_false(reply_is_later(&r));
    r = (struct reply){.fate = REPLY_UNKNOWN, .status = 429};
    assert_false(reply_is_later(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_built_and_stolen),
        cmocka_unit_test(a_header_cannot_smuggle_another),
        cmocka_unit_test(only_get_and_head_are_reads),
        cmocka_unit_test(a_reply_is_asked_by_name),
        cmocka_unit_test(not_now_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
