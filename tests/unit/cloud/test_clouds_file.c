/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/clouds_file: which file is taken, and how secure.yaml joins it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_parts.h"
#include "cloud/json.h"
#include "folder.h"

static const char *const nothing[] = {NULL};

static int enter(void **state)
{
    (void)state;
    folder_enter();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    folder_leave();
    return 0;
}

static void loads(struct clouds_file *f, struct strv *warnings, const char *const *env)
{
    struct err err = {0};
    *f = (struct clouds_file){0};
    if (!clouds_file_load(f, NULL, NULL, folder_env(env), warnings, &err))
        fail_msg("%s", err.text);
}

static void nearest_file_wins_whole(void **state)
{
    (void)state;
    struct clouds_file f;
    struct strv w = {0};
    folder_write("site/openstack/clouds.yaml", "clouds: {site: {}}");
    loads(&f, &w, nothing);
    assert_non_null(json_object_get(f.clouds, "site"));
    clouds_file_clear(&f);

    folder_write("home/.config/openstack/clouds.yml", "clouds: {home: {}}");
    loads(&f, &w, nothing);
    assert_non_null(json_object_get(f.clouds, "home"));
    assert_null(json_object_get(f.clouds, "site"));
    clouds_file_clear(&f);

    folder_write("xdg/openstack/clouds.json",
                 "{\"clouds\": {\"xdg\": {\"n\": 12, \"t\": true,"
                 " \"v\": 2.79, \"l\": [1, {\"m\": false}]}}}");
    AUTO_FREE char *xdg = folder_path("xdg");
    AUTO_FREE char *variable = xasprintf("XDG_CONFIG_HOME=%s", xdg);
    const char *const env[] = {variable, NULL};
    loads(&f, &w, env);
    json_t *cloud = json_object_get(f.clouds, "xdg");
    assert_string_equal(jstr(cloud, "n", ""), "12");
    assert_string_equal(jstr(cloud, "t", ""), "true");
    assert_string_equal(jstr(cloud, "v", ""), "2.79");
    assert_string_equal(json_string_value(json_array_get(jget(cloud, "l"), 0)), "1");
    clouds_file_clear(&f);

    folder_write("clouds.yaml", "clouds: {here: {}}");
    loads(&f, &w, env);
    assert_string_equal(f.path, "clouds.yaml");
    assert_non_null(json_object_get(f.clouds, "here"));
    clouds_file_clear(&f);
    assert_int_equal(w.len, 0);
}

static void secure_is_merged_deeply_from_its_own_place(void **state)
{
    (void)state;
    struct clouds_file f;
    struct strv w = {0};
    folder_write("clouds.yaml", "clouds:\n  a:\n    auth: {username: u, password: old}\n"
                                "    region_name: r\n");
    folder_write("home/.config/openstack/secure.yaml",
                 "clouds:\n  a:\n    auth: {password: new}\n  b: {}\n");
    loads(&f, &w, nothing);
    assert_string_equal(jstr(jget(f.clouds, "a/auth"), "password", ""), "new");
    assert_string_equal(jstr(jget(f.clouds, "a/auth"), "username", ""), "u");
    assert_string_equal(jstr(jget(f.clouds, "a"), "region_name", ""), "r");
    AUTO_FREE char *names = clouds_file_names(&f);
    assert_string_equal(names, "a, b");
    clouds_file_clear(&f);
}

static void a_named_file_must_be_readable(void **state)
{
    (void)state;
    struct clouds_file f = {0};
    struct strv w = {0};
    struct err err = {0};
    folder_write("clouds.yaml", "clouds: {here: {}}");
    AUTO_FREE char *path = folder_path("absent.yaml");
    assert_false(clouds_file_load(&f, path, NULL, folder_env(nothing), &w, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_true(text_starts(err.text, "the file named for clouds: "));
    assert_non_null(strstr(err.text, path));
    clouds_file_clear(&f);
}

static void a_broken_file_is_an_error(void **state)
{
    (void)state;
    struct clouds_file f = {0};
    struct strv w = {0};
    struct err err = {0};
    folder_write("clouds.yaml", "clouds:\n  a: [\n");
    folder_write("home/.config/openstack/clouds.yaml", "clouds: {a: {}}");
    assert_false(clouds_file_load(&f, NULL, NULL, folder_env(nothing), &w, &err));
    assert_true(text_starts(err.text, "clouds.yaml: line 3: "));
    clouds_file_clear(&f);
    err_clear(&err);
    folder_write("clouds.yaml", "- a\n");
    assert_false(clouds_file_load(&f, NULL, NULL, folder_env(nothing), &w, &err));
    assert_string_equal(err.text,
                        "clouds.yaml: it should be a mapping with the key 'clouds'");
    clouds_file_clear(&f);
    err_clear(&err);
    AUTO_FREE char *json = folder_path("broken.json");
    folder_write("broken.json", "{\n\"clouds\": }");
    assert_false(clouds_file_load(&f, json, NULL, folder_env(nothing), &w, &err));
    assert_non_null(strstr(err.text, "broken.json: line 2: "));
    clouds_file_clear(&f);
}

static void an_unreadable_file_is_passed_over_aloud(void **state)
{
    (void)state;
    struct clouds_file f;
    struct strv w = {0};
    /* A folder in the place of the file cannot be read by root either. */
    folder_write("clouds.yaml/x", "");
    folder_write("home/.config/openstack/clouds.yaml", "clouds: {home: {}}");
    loads(&f, &w, nothing);
    assert_non_null(json_object_get(f.clouds, "home"));
    assert_int_equal(w.len, 1);
    assert_true(text_starts(w.at[0], "passed over: "));
    assert_non_null(strstr(w.at[0], "clouds.yaml"));
    strv_clear(&w);
    clouds_file_clear(&f);
}

static void a_secret_that_all_can_read_is_told(void **state)
{
    (void)state;
    struct clouds_file f;
    struct strv w = {0};
    AUTO_FREE char *path = folder_path("clouds.yaml");
    folder_write("clouds.yaml", "clouds: {a: {auth: {password: x}}}");
    loads(&f, &w, nothing);
    assert_int_equal(w.len, 0);
    clouds_file_clear(&f);
    assert_int_equal(chmod(path, 0644), 0);
    loads(&f, &w, nothing);
    assert_int_equal(w.len, 1);
    assert_string_equal(
        w.at[0], "clouds.yaml holds a secret and everybody can read it: chmod 600");
    strv_clear(&w);
    clouds_file_clear(&f);
    folder_write("clouds.yaml", "clouds: {a: {auth: {username: password}}}");
    assert_int_equal(chmod(path, 0644), 0);
    loads(&f, &w, nothing);
    assert_int_equal(w.len, 0);
    clouds_file_clear(&f);
}

static void many_names_are_cut(void **state)
{
    (void)state;
    struct clouds_file f;
    struct strv w = {0};
    struct text t = {0};
    text_add(&t, "clouds:\n");
    for (int i = 10; i < 35; i++)
        text_addf(&t, "  c%d: {}\n", i);
    folder_write("clouds.yaml", text_str(&t));
    text_clear(&t);
    loads(&f, &w, nothing);
    AUTO_FREE char *names = clouds_file_names(&f);
    assert_true(text_starts(names, "c10, c11, "));
    assert_true(text_ends(names, ", c29 and 5 more"));
    clouds_file_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nearest_file_wins_whole, enter, leave),
        cmocka_unit_test_setup_teardown(secure_is_merged_deeply_from_its_own_place, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_named_file_must_be_readable, enter, leave),
        cmocka_unit_test_setup_teardown(a_broken_file_is_an_error, enter, leave),
        cmocka_unit_test_setup_teardown(an_unreadable_file_is_passed_over_aloud, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_secret_that_all_can_read_is_told, enter, leave),
        cmocka_unit_test_setup_teardown(many_names_are_cut, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
