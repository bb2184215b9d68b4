/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/clouds_layer: one name for each thing, and which layer has the last
 * word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cloud/clouds_parts.h"
#include "cloud/json.h"
#include "folder.h"

static json_t *parsed(const char *s)
{
    json_t *j = json_loads(s, 0, NULL);
    assert_non_null(j);
    return j;
}

static void names_are_made_normal(void **state)
{
    (void)state;
    AUTO_JSON json_t *cloud =
        parsed("{\"auth\": {\"tenant-name\": \"p\", \"AUTH-URL\": \"u\","
               " \"empty\": \"\", \"odd\": {}, \"nothing\": null},"
               " \"endpoint_type\": [\"internalURL\", \"public\", 7],"
               " \"regions\": [\"r\"]}");
    AUTO_JSON json_t *layer = layer_of_cloud(cloud);
    assert_string_equal(layer_get(layer, "project_name"), "p");
    assert_string_equal(layer_get(layer, "auth_url"), "u");
    assert_string_equal(layer_get(layer, "interface"), "internalURL,public");
    assert_null(layer_get(layer, "empty"));
    assert_int_equal(json_object_size(layer), 3);
}

static void outside_auth_beats_inside(void **state)
{
    (void)state;
    AUTO_JSON json_t *cloud =
        parsed("{\"auth\": {\"project_id\": \"in\", \"username\": \"u\"},"
               " \"project_name\": \"out\"}");
    AUTO_JSON json_t *layer = layer_of_cloud(cloud);
    assert_string_equal(layer_get(layer, "project_name"), "out");
    assert_null(layer_get(layer, "project_id"));
    assert_string_equal(layer_get(layer, "username"), "u");
}

static void the_present_name_beats_the_old(void **state)
{
    (void)state;
    const char *const one[] = {"OS_TENANT_NAME=old", "OS_PROJECT_NAME=new", NULL};
    const char *const two[] = {"OS_PROJECT_NAME=new", "OS_TENANT_NAME=old", NULL};
    AUTO_JSON json_t *first = layer_of_env(folder_env(one));
    AUTO_JSON json_t *second = layer_of_env(folder_env(two));
    assert_string_equal(layer_get(first, "project_name"), "new");
    assert_string_equal(layer_get(second, "project_name"), "new");
}

static void variables_of_others_are_left_alone(void **state)
{
    (void)state;
    const char *const env[] = {"OS_TEST_X=1",
                               "OS_STDOUT_CAPTURE=1",
                               "OS_LOG_PATH=x",
                               "OSX=1",
                               "OS_USERNAME=u",
                               "OS_CLIENT_CONFIG_FILE=f",
                               "OS_",
                               "OS_=x",
                               "PATH=/bin",
                               "OS_PASSWORD=a=b",
                               NULL};
    AUTO_JSON json_t *layer = layer_of_env(folder_env(env));
    assert_int_equal(json_object_size(layer), 2);
    assert_string_equal(layer_get(layer, "username"), "u");
    assert_string_equal(layer_get(layer, "password"), "a=b");
}

static void an_upper_layer_says_the_whole_thing(void **state)
{
    (void)state;
    const struct cloud_option options[] = {
        {"project_name", "p"}, {"user_id", NULL}, {"verify", ""}, {NULL, NULL}};
    AUTO_JSON json_t *lower = parsed("{\"project_id\": \"x\", \"user_id\": \"u\","
                                     " \"project_domain_id\": \"d\"}");
    AUTO_JSON json_t *upper = layer_of_options(options);
    layer_over(lower, upper);
    assert_string_equal(layer_get(lower, "project_name"), "p");
    assert_null(layer_get(lower, "project_id"));
    assert_string_equal(layer_get(lower, "user_id"), "u");
    assert_string_equal(layer_get(lower, "project_domain_id"), "d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_normal),
        cmocka_unit_test(outside_auth_beats_inside),
        cmocka_unit_test(the_present_name_beats_the_old),
        cmocka_unit_test(variables_of_others_are_left_alone),
        cmocka_unit_test(an_upper_layer_says_the_whole_thing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
