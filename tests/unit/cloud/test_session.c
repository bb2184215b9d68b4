/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/session: which question comes next, and what requests carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cloud/session.h"
#include "dialog.h"
#include "fixture.h"

static void two_questions_for_compute_one_for_the_rest(void **state)
{
    (void)state;
    struct session *s = fresh();
    assert_string_equal(session_project_id(s), "");
    assert_string_equal(session_identity(s), "");
    assert_int_equal(session_generation(s), 0);
    asks(s, SERVICE_IMAGE, "POST", "https://identity.example:5000/v3/auth/tokens");
    needs(s, SERVICE_IMAGE, SESSION_WAIT, "");
    needs(s, SERVICE_COMPUTE, SESSION_WAIT, "");
    hears(s, SERVICE_IMAGE, reply_of_token(1));
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    needs(s, SERVICE_NETWORK, SESSION_READY, "");
    needs(s, SERVICE_VOLUME, SESSION_READY, "");
    asks(s, SERVICE_COMPUTE, "GET", COMPUTE "/");
    needs(s, SERVICE_COMPUTE, SESSION_WAIT, "");
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    hears(s, SERVICE_COMPUTE, reply_of_file(200, "nova/version.json"));
    needs(s, SERVICE_COMPUTE, SESSION_READY, "");
    assert_int_equal(session_compute(s), 93);
    assert_int_equal(session_compute_server_max(s), 93);
    assert_int_equal(session_generation(s), 1);
    assert_string_equal(session_project_id(s), PROJECT);
    assert_string_equal(session_project_name(s), "demo");
    assert_string_equal(session_user_name(s), "demo");
    assert_string_not_equal(session_user_id(s), "");
    assert_true(session_has_role(s, "Member"));
    assert_false(session_has_role(s, "admin"));
    assert_true(session_has_service(s, SERVICE_VOLUME));
    assert_string_equal(session_endpoint(s, SERVICE_COMPUTE), COMPUTE "/" PROJECT);
    assert_string_equal(session_identity(s),
                        "https://identity.example:5000 RegionOne " PROJECT);
    session_free(s);
}

static void requests_carry_token_and_versions(void **state)
{
    (void)state;
    struct session *s = session_ready(93);
    struct request r;
    session_request(s, &r, SERVICE_COMPUTE, "GET", "/servers", COMPUTE_KNOWN);
    assert_string_equal(r.url, COMPUTE "/" PROJECT "/servers");
    assert_int_equal(r.service, SERVICE_COMPUTE);
    assert_string_equal(header_of(&r, "X-Auth-Token"), "gAAAA-1");
    assert_string_equal(header_of(&r, "OpenStack-API-Version"), "compute 2.93");
    assert_string_equal(header_of(&r, "X-OpenStack-Nova-API-Version"), "2.93");
    request_clear(&r);
    session_request(s, &r, SERVICE_COMPUTE, "GET", "/servers", 46);
    assert_string_equal(header_of(&r, "OpenStack-API-Version"), "compute 2.46");
    request_clear(&r);
    session_request(s, &r, SERVICE_IMAGE, "GET", "/images", 46);
    assert_string_equal(r.url, "https://image.one.example:9292/v2/images");
    assert_string_equal(header_of(&r, "OpenStack-API-Version"), "");
    request_clear(&r);
    session_request(s, &r, SERVICE_VOLUME, "GET", "/volumes", 0);
    assert_string_equal(header_of(&r, "OpenStack-API-Version"), "volume 3.30");
    request_clear(&r);
    session_free(s);
}

static void the_lowest_of_three_versions_is_used(void **state)
{
    (void)state;
    struct session *s = session_ready(200);
    assert_int_equal(session_compute(s), COMPUTE_KNOWN);
    assert_int_equal(session_compute_server_max(s), 200);
    session_free(s);
    struct cloud_config c = config_of_demo();
    c.service[SERVICE_COMPUTE].microversion = xstrdup("2.53");
    s = session_new(&c);
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_COMPUTE, reply_of_token(1));
    asks(s, SERVICE_COMPUTE, "GET", COMPUTE "/");
    hears(s, SERVICE_COMPUTE, reply_of_file(200, "nova/version.json"));
    assert_int_equal(session_compute(s), 53);
    session_free(s);
}

static void compute_without_version_in_the_catalog(void **state)
{
    (void)state;
    struct session *s = fresh();
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    struct reply reply = reply_of_file(201, "keystone/token_one_region.json");
    reply_add(&reply, "X-Subject-Token: t");
    hears(s, SERVICE_COMPUTE, reply);
    asks(s, SERVICE_COMPUTE, "GET", "https://cloud.example/compute/");
    hears(s, SERVICE_COMPUTE, reply_of_file(300, "nova/versions.json"));
    assert_string_equal(session_endpoint(s, SERVICE_COMPUTE),
                        "https://cloud.example/compute/v2.1");
    clock_advance(3600);
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    reply = reply_of_file(201, "keystone/token_one_region.json");
    reply_add(&reply, "X-Subject-Token: t2");
    hears(s, SERVICE_COMPUTE, reply);
    needs(s, SERVICE_COMPUTE, SESSION_READY, "");
    assert_string_equal(session_endpoint(s, SERVICE_COMPUTE),
                        "https://cloud.example/compute/v2.1");
    session_free(s);
}

static void what_is_no_compute_is_not_asked_again(void **state)
{
    (void)state;
    static const char text[] = "the versions of compute: compute does not say that it "
                               "speaks the API v2.1: is its "
                               "address in the catalog that of a compute service?";
    struct session *s = fresh();
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears(s, SERVICE_COMPUTE, reply_of_token(1));
    asks(s, SERVICE_COMPUTE, "GET", COMPUTE "/");
    hears_bad(s, SERVICE_COMPUTE, reply_of_file(401, "keystone/unauthorized.json"),
              ERR_AUTH);
    asks(s, SERVICE_COMPUTE, "GET", COMPUTE "/");
    hears_bad(s, SERVICE_COMPUTE, reply_of(200, "{}"), ERR_PROTOCOL);
    needs(s, SERVICE_COMPUTE, SESSION_FAILED, text);
    needs(s, SERVICE_IMAGE, SESSION_READY, "");
    session_free(s);
}

static void several_regions_are_asked_about(void **state)
{
    (void)state;
    struct cloud_config c = config_of_demo();
    free(c.region);
    c.region = NULL;
    struct session *s = session_new(&c);
    asks(s, SERVICE_COMPUTE, "POST", "https://identity.example:5000/v3/auth/tokens");
    hears_bad(s, SERVICE_COMPUTE, reply_of_token(1), ERR_CONFIG);
    needs(s, SERVICE_COMPUTE, SESSION_FAILED,
          "the cloud has several regions, name one with --os-region-name or "
          "OS_REGION_NAME: "
          "RegionOne, RegionTwo");
    session_free(s);
}

#define AT_REST(f) cmocka_unit_test_setup_teardown(f, dialog_start, dialog_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_REST(two_questions_for_compute_one_for_the_rest),
        AT_REST(requests_carry_token_and_versions),
        AT_REST(the_lowest_of_three_versions_is_used),
        AT_REST(compute_without_version_in_the_catalog),
        AT_REST(what_is_no_compute_is_not_asked_again),
        AT_REST(several_regions_are_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
