/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/versions: numbers, addresses, and the documents of the roots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cloud/versions.h"
#include "fixture.h"

static void microversions(void **state)
{
    (void)state;
    struct microversion v;
    assert_true(microversion_parse("2.79", &v));
    assert_int_equal(v.major, 2);
    assert_int_equal(v.minor, 79);
    assert_true(microversion_parse("3", &v));
    assert_int_equal(v.minor, 0);
    static const char *const bad[] = {"",     "2.",  ".1",   "v2.1",    "2.79 ", "2.7.9",
                                      "-2.1", "2,1", "2.x1", "2.99999", "latest"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(microversion_parse(bad[i], &v));
    assert_false(microversion_parse(NULL, &v));
}

static void versions_in_addresses(void **state)
{
    (void)state;
    size_t at = 0, n = 0;
    assert_true(url_version("http://v1.example/v2.1/abc", &at, &n));
    assert_int_equal(at, 18);
    assert_int_equal(n, 4);
    assert_false(url_version("http://v1", &at, &n));
    assert_false(url_version("http://h/version/vx/v", &at, &n));
    assert_false(url_version("", &at, &n));
}

static void compute_says(struct reply reply, int min, int max, const char *path)
{
    struct compute_versions v = {0};
    struct err err = {0};
    if (!versions_compute(&reply, &v, &err))
        fail_msg("%s", err.text);
    assert_int_equal(v.min.minor, min);
    assert_int_equal(v.max.minor, max);
    if (path)
        assert_string_equal(v.path, path);
    else
        assert_null(v.path);
    free(v.path);
    reply_clear(&reply);
}

static void both_roots_of_compute(void **state)
{
    (void)state;
    compute_says(reply_of_file(200, "nova/version.json"), 1, 93, NULL);
    compute_says(reply_of_file(200, "nova/versions.json"), 1, 104, "/v2.1");
    compute_says(reply_of_file(300, "nova/versions.json"), 1, 104, "/v2.1");
    compute_says(reply_of(200, "{\"version\": {\"id\": \"v2.1\", \"version\": 7}}"), 1, 1,
                 NULL);
}

static void what_is_no_compute(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "{\"version\": 7}",
        "{\"versions\": [7, null, {\"id\": \"v2.0\"}]}",
        "{\"version\": {\"id\": \"v2.1\", \"version\": \"3.1\"}}",
        "{\"versions\": [{\"id\": \"v2.1\", \"min_version\": \"2.9\"}]}",
        "[]",
        "x",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        for (int status = 200; status <= 300; status += 100) {
            struct compute_versions v = {0};
            struct err err = {0};
            struct reply reply = reply_of(status, bodies[i]);
            assert_false(versions_compute(&reply, &v, &err));
            assert_int_equal(err.code, ERR_PROTOCOL);
            assert_null(v.path);
            reply_clear(&reply);
        }
    }
}

static void identity_keeps_our_host(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_FREE char *base = NULL;
    struct reply reply = reply_of_file(300, "keystone/versions.json");
    assert_true(versions_identity(&reply, "https://cloud.example:443/x", &base, &err));
    assert_string_equal(base, "https://cloud.example:443/identity/v3");
    reply_clear(&reply);
}

static void identity_without_v3(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"versions\": {\"values\": [{\"id\": \"v2.0\"}]}}",
        "{\"versions\": [{\"id\": \"v3\", \"links\": [{\"rel\": \"self\", \"href\": "
        "7}]}]}",
        "{\"versions\": [{\"id\": \"v3\", \"links\": [{\"rel\": \"self\", \"href\": "
        "\"/v3\"}]}]}",
        "{\"versions\": [{\"id\": \"v3\"}]}",
        "{}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        struct err err = {0};
        char *base = NULL;
        struct reply reply = reply_of(200, bodies[i]);
        assert_false(versions_identity(&reply, "https://h", &base, &err));
        assert_string_equal(
            err.text,
            "no Keystone v3 is listed at https://h: the auth URL should end in /v3");
        assert_null(base);
        reply_clear(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(microversions),
        cmocka_unit_test(versions_in_addresses),
        cmocka_unit_test(both_roots_of_compute),
        cmocka_unit_test(what_is_no_compute),
        cmocka_unit_test(identity_keeps_our_host),
        cmocka_unit_test(identity_without_v3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
