/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/cinder: paths and the microversion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/cinder.h"
#include "fixture.h"

/* Also clears the request. */
static void is(struct request *r, const char *method, const char *path)
{
    assert_string_equal(r->method, method);
    if (!text_ends(r->url, path))
        fail_msg("%s", r->url);
    assert_string_equal(header_of(r, "X-Auth-Token"), "gAAAA-1");
    assert_string_equal(header_of(r, "OpenStack-API-Version"), "volume 3.30");
    assert_int_equal(r->service, SERVICE_VOLUME);
    request_clear(r);
}

static void volumes(void **state)
{
    (void)state;
    struct request r;
    struct session *s = session_ready(93);
    cinder_volumes(s, &r, NULL);
    is(&r, "GET", "/volumes/detail?limit=1000");
    cinder_volumes(s, &r, "v1");
    is(&r, "GET", "/volumes/detail?limit=1000&marker=v1");
    cinder_volume(s, &r, "v1");
    is(&r, "GET", "/volumes/v1");
    cinder_volume_delete(s, &r, "v1");
    is(&r, "DELETE", "/volumes/v1");
    /* DELETE /volumes/ is another request than the one that was meant. */
    cinder_volume_delete(s, &r, "");
    is(&r, "DELETE", "/volumes/-");
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volumes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
