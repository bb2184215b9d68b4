/* SPDX-License-Identifier: Apache-2.0 */
/* Talks with a session as a caller does, and fails the test where it says something else.
 */
#include "dialog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture.h"

int dialog_start(void **state)
{
    (void)state;
    clock_set_test(1000, 1772359200);
    return 0;
}

int dialog_stop(void **state)
{
    (void)state;
    clock_set_real();
    return 0;
}

struct session *fresh(void)
{
    struct cloud_config c = config_of_demo();
    struct session *s = session_new(&c);
    assert_null(c.auth_url);
    return s;
}

void asks(struct session *s, enum service service, const char *method, const char *url)
{
    struct request r = {0};
    struct err err = {0};
    assert_int_equal(session_prepare(s, service, &r, &err), SESSION_ASK);
    assert_string_equal(r.method, method);
    assert_string_equal(r.url, url);
    request_clear(&r);
}

void needs(struct session *s, enum service service, enum session_need need,
           const char *text)
{
    struct request r = {0};
    struct err err = {0};
    assert_int_equal(session_prepare(s, service, &r, &err), need);
    assert_string_equal(err.text, text);
    assert_null(r.url);
}

void hears(struct session *s, enum service service, struct reply reply)
{
    struct err err = {0};
    if (!session_prepared(s, service, &reply, &err))
        fail_msg("%s", err.text);
    reply_clear(&reply);
}

void hears_bad(struct session *s, enum service service, struct reply reply,
               enum err_code code)
{
    struct err err = {0};
    assert_false(session_prepared(s, service, &reply, &err));
    assert_string_equal(err_name(err.code), err_name(code));
    assert_string_not_equal(err.text, "");
    reply_clear(&reply);
}
