/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/catalog: the right address, or words about those there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cloud/catalog.h"
#include "cloud/json.h"
#include "fixture.h"

static json_t *catalog_of(const char *file)
{
    AUTO_FREE char *s = fixture_text(file, NULL);
    AUTO_JSON json_t *root = json_loads(s, 0, NULL);
    json_t *catalog = json_incref(jget(root, "token/catalog"));
    assert_non_null(catalog);
    return catalog;
}

static void is_at(json_t *catalog, const struct cloud_config *c, enum service service,
                  const char *region, const char *url)
{
    struct err err = {0};
    AUTO_FREE char *got = NULL;
    if (!catalog_endpoint(catalog, c, service, region, PROJECT, &got, &err))
        fail_msg("%s", err.text);
    assert_string_equal(got, url);
}

static void is_missing(json_t *catalog, const struct cloud_config *c,
                       enum service service, const char *region, const char *text)
{
    struct err err = {0};
    char *got = NULL;
    assert_false(catalog_endpoint(catalog, c, service, region, PROJECT, &got, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, text);
    assert_null(got);
}

static void addresses_get_their_version(void **state)
{
    (void)state;
    struct cloud_config c = {0};
    AUTO_JSON json_t *two = catalog_of("keystone/token.json");
    AUTO_JSON json_t *one = catalog_of("keystone/token_one_region.json");
    is_at(two, &c, SERVICE_COMPUTE, "RegionOne",
          "https://compute.one.example:8774/v2.1/" PROJECT);
    is_at(two, &c, SERVICE_COMPUTE, "RegionTwo",
          "https://compute.two.example:8774/v2.1/" PROJECT);
    is_at(two, &c, SERVICE_IMAGE, "RegionOne", "https://image.one.example:9292/v2");
    is_at(two, &c, SERVICE_NETWORK, "RegionOne", "https://network.one.example:9696/v2.0");
    is_at(two, &c, SERVICE_VOLUME, "RegionOne",
          "https://volume.one.example:8776/v3/" PROJECT);
    is_at(two, &c, SERVICE_IDENTITY, "RegionOne", "https://identity.example:5000/v3");
    is_at(one, &c, SERVICE_COMPUTE, "", "https://cloud.example/compute");
    is_at(one, &c, SERVICE_VOLUME, "", "https://cloud.example/volume/v3/" PROJECT);
}

static void versions_are_put_right(void **state)
{
    (void)state;
    static const struct {
        enum service service;
        const char *url, *used;
    } rows[] = {
        {SERVICE_COMPUTE, "http://h/v2/" PROJECT, "http://h/v2.1/" PROJECT},
        {SERVICE_COMPUTE, "http://h/v2.1/", "http://h/v2.1"},
        {SERVICE_COMPUTE, "http://h/v1/compute", "http://h/v1/compute"},
        {SERVICE_COMPUTE, "http://h/v2.1/%(tenant_id)s", "http://h/v2.1/" PROJECT},
        {SERVICE_IMAGE, "http://h/image/v1/", "http://h/image/v2"},
        {SERVICE_IMAGE, "http://h/v3/image", "http://h/v3/image/v2"},
        {SERVICE_NETWORK, "http://h/v2", "http://h/v2.0"},
        {SERVICE_VOLUME, "http://h/v3/$(project_id)s", "http://h/v3/" PROJECT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct cloud_config c = {0};
        c.service[rows[i].service].endpoint = xstrdup(rows[i].url);
        is_at(NULL, &c, rows[i].service, "RegionOne", rows[i].used);
        free(c.service[rows[i].service].endpoint);
    }
}

static void interfaces_in_order_and_overrides(void **state)
{
    (void)state;
    char order[] = "admin,internal", other[] = "internal", two[] = "RegionTwo",
         legacy[] = "compute_legacy";
    struct cloud_config c = {.interface = order};
    AUTO_JSON json_t *catalog = catalog_of("keystone/token.json");
    is_at(catalog, &c, SERVICE_IMAGE, "RegionOne",
          "https://image.one.admin.example:9292/v2");
    c.service[SERVICE_IMAGE].interface = other;
    c.service[SERVICE_IMAGE].region = two;
    is_at(catalog, &c, SERVICE_IMAGE, "RegionOne",
          "https://image.two.internal.example:9292/v2");
    c.service[SERVICE_COMPUTE].service_type = legacy;
    is_at(catalog, &c, SERVICE_COMPUTE, "RegionOne",
          "https://compute.one.admin.example/v2.1/" PROJECT);
}

static void interfaces_may_end_in_url(void **state)
{
    (void)state;
    struct cloud_config c = {0};
    AUTO_JSON json_t *catalog = json_loads(
        "[{\"type\": \"image\", \"endpoints\": ["
        "{\"interface\": \"publicize\", \"region\": \"r\", \"url\": \"http://no\"},"
        "{\"interface\": \"publicURL\", \"region\": \"r\", \"url\": \"\"},"
        "{\"interface\": \"publicURL\", \"region\": \"r\", \"url\": \"http://yes\"}]}]",
        0, NULL);
    is_at(catalog, &c, SERVICE_IMAGE, "r", "http://yes/v2");
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    char admin[] = "admin";
    struct cloud_config c = {0};
    AUTO_JSON json_t *two = catalog_of("keystone/token.json");
    AUTO_JSON json_t *small = json_loads("[{\"type\": \"image\", \"endpoints\": "
                                         "[{\"interface\": \"public\", \"region_id\": "
                                         "\"RegionOne\", \"url\": \"http://i\"}]}, "
                                         "{\"type\": \"volumev2\", \"endpoints\": []}]",
                                         0, NULL);
    is_missing(
        two, &c, SERVICE_NETWORK, "regionone",
        "the catalog has no network service with interface public in region regionone: "
        "it has admin in RegionOne, admin in RegionTwo, internal in RegionOne, internal "
        "in RegionTwo, public in RegionOne, public in RegionTwo");
    is_missing(small, &c, SERVICE_COMPUTE, "RegionOne",
               "the catalog has no compute service at all: it has image, volumev2");
    c.interface = admin;
    is_missing(
        small, &c, SERVICE_IMAGE, "RegionOne",
        "the catalog has no image service with interface admin in region RegionOne: it "
        "has public in RegionOne");
    is_missing(NULL, &c, SERVICE_IMAGE, "",
               "the catalog has no image service at all: it has nothing");
}

static void volume_of_old_is_not_taken(void **state)
{
    (void)state;
    struct cloud_config c = {0};
    AUTO_JSON json_t *catalog = json_loads(
        "[{\"type\": \"volume\", \"endpoints\": ["
        "{\"interface\": \"public\", \"region\": \"r\", \"url\": \"http://h/v1/x\"},"
        "{\"interface\": \"public\", \"region\": \"r\", \"url\": \"http://h/v3/" PROJECT
        "\"}]}]",
        0, NULL);
    is_at(catalog, &c, SERVICE_VOLUME, "r", "http://h/v3/" PROJECT);
}

static void hostile_addresses_are_refused(void **state)
{
    (void)state;
    struct cloud_config c = {0};
    static const char *const urls[] = {"file:///etc/passwd", "http://a b/",
                                       "http://u:p@h/",      "http://h/\\r\\nX: y",
                                       "http://h/?token=",   "https://"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        struct err err = {0};
        char *got = NULL;
        AUTO_FREE char *s =
            xasprintf("[{\"type\": \"image\", \"endpoints\": [{\"interface\": "
                      "\"public\", \"url\": \"%s\"}]}]",
                      urls[i]);
        AUTO_JSON json_t *catalog = json_loads(s, 0, NULL);
        assert_non_null(catalog);
        assert_false(
            catalog_endpoint(catalog, &c, SERVICE_IMAGE, "", PROJECT, &got, &err));
        assert_int_equal(err.code, ERR_CONFIG);
    }
}

static void the_region_is_the_only_one_or_asked_for(void **state)
{
    (void)state;
    char asked[] = "RegionTwo";
    struct cloud_config c = {0};
    struct err err = {0};
    AUTO_JSON json_t *two = catalog_of("keystone/token.json");
    AUTO_JSON json_t *one = catalog_of("keystone/token_one_region.json");
    char *region = NULL;
    assert_true(catalog_region(one, &c, &region, &err));
    assert_string_equal(region, "RegionOne");
    free(region);
    region = NULL;
    assert_false(catalog_region(two, &c, &region, &err));
    assert_string_equal(err.text,
                        "the cloud has several regions, name one with "
                        "--os-region-name or OS_REGION_NAME: RegionOne, RegionTwo");
    assert_null(region);
    c.region = asked;
    err_clear(&err);
    assert_true(catalog_region(two, &c, &region, &err));
    assert_string_equal(region, "RegionTwo");
    free(region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_get_their_version),
        cmocka_unit_test(versions_are_put_right),
        cmocka_unit_test(interfaces_in_order_and_overrides),
        cmocka_unit_test(interfaces_may_end_in_url),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(volume_of_old_is_not_taken),
        cmocka_unit_test(hostile_addresses_are_refused),
        cmocka_unit_test(the_region_is_the_only_one_or_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
