/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/glance: paths, filters and the patch's own content type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/glance.h"
#include "cloud/json.h"
#include "fixture.h"

#define TOP "https://image.one.example:9292/v2/images"

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

/* Also clears the request. */
static void is(struct request *r, const char *method, const char *path)
{
    assert_string_equal(r->method, method);
    assert_true(text_starts(r->url, TOP));
    assert_string_equal(r->url + strlen(TOP), path);
    assert_string_equal(header_of(r, "X-Auth-Token"), "gAAAA-1");
    assert_int_equal(r->service, SERVICE_IMAGE);
    request_clear(r);
}

static void images_by_id_and_mark(void **state)
{
    (void)state;
    struct request r;
    static const char *const ids[] = {"a", "b"};
    glance_image(s, &r, "a");
    is(&r, "GET", "/a");
    glance_images_by_name(s, &r, "rezone-1", NULL);
    is(&r, "GET", "?name=rezone-1&limit=1000");
    glance_images_by_tag(s, &r, "rezone:1:image", "a");
    is(&r, "GET", "?tag=rezone%3A1%3Aimage&limit=1000&marker=a");
    glance_images_by_property(s, &r, "rezone", "1", NULL);
    is(&r, "GET", "?rezone=1&limit=1000");
    glance_images_by_property(s, &r, "rezone", "", NULL);
    is(&r, "GET", "?rezone=-&limit=1000");
    glance_images_of(s, &r, "p1", "a");
    is(&r, "GET", "?owner=p1&limit=1000&marker=a");
    glance_images_by_ids(s, &r, ids, 2);
    is(&r, "GET", "?id=in%3Aa%2Cb&limit=1000");
    glance_images_by_ids(s, &r, NULL, 0);
    is(&r, "GET", "?id=in%3A-&limit=1000");
    glance_delete(s, &r, "a");
    is(&r, "DELETE", "/a");
}

static void a_patch_has_its_own_type(void **state)
{
    (void)state;
    struct request r;
    AUTO_JSON json_t *patch = json_pack("[{s:s,s:s}]", "op", "remove", "path", "/rezone");
    glance_patch(s, &r, "a", patch);
    assert_string_equal(r.body, "[{\"op\":\"remove\",\"path\":\"/rezone\"}]");
    assert_string_equal(header_of(&r, "Content-Type"),
                        "application/openstack-images-v2.1-json-patch");
    is(&r, "PATCH", "/a");
    assert_int_equal(patch->refcount, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(images_by_id_and_mark, start, stop),
        cmocka_unit_test_setup_teardown(a_patch_has_its_own_type, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
