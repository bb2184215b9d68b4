/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud_config_load: options over variables over the file, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/clouds_yaml.h"
#include "folder.h"

#define FILE_OF_TWO                                                                      \
    "clouds:\n"                                                                          \
    "  one:\n"                                                                           \
    "    auth:\n"                                                                        \
    "      auth_url: https://one.example:5000/v3/\n"                                     \
    "      username: ann\n"                                                              \
    "      password: filesecret\n"                                                       \
    "      project_name: web\n"                                                          \
    "      user_domain_name: Default\n"                                                  \
    "      project_domain_id: default\n"                                                 \
    "    region_name: RegionOne\n"                                                       \
    "    interface: internalURL\n"                                                       \
    "    compute_api_version: '2.79'\n"                                                  \
    "    volumev3_endpoint_override: https://v.example/v3/x\n"                           \
    "    verify: false\n"                                                                \
    "  two:\n"                                                                           \
    "    auth_type: v3applicationcredential\n"                                           \
    "    auth:\n"                                                                        \
    "      auth_url: 'https://{region_name}.two.example/identity'\n"                     \
    "      application_credential_id: 4711\n"                                            \
    "      application_credential_secret: appsecret\n"                                   \
    "    regions:\n"                                                                     \
    "      - name: north\n"                                                              \
    "        values: {interface: admin, auth: {auth_url: 'https://n.example'}}\n"        \
    "      - south\n"

static const struct cloud_option no_options[] = {{NULL, NULL}};

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

static void loads(struct cloud_config *c, const struct cloud_option *options,
                  const char *const *env)
{
    struct err err = {0};
    if (!cloud_config_load(c, options, folder_env(env), &err))
        fail_msg("%s", err.text);
}

static void refused(const struct cloud_option *options, const char *const *env,
                    const char *text)
{
    struct cloud_config c;
    struct err err = {0};
    assert_false(cloud_config_load(&c, options, folder_env(env), &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, text);
    cloud_config_clear(&c);
}

static void a_cloud_of_the_file(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_CLOUD=one", NULL};
    folder_write("clouds.yaml", FILE_OF_TWO);
    loads(&c, no_options, env);
    assert_string_equal(c.name, "one");
    assert_string_equal(c.file, "clouds.yaml");
    assert_int_equal(c.auth_type, AUTH_PASSWORD);
    assert_string_equal(c.auth_url, "https://one.example:5000/v3");
    assert_string_equal(c.username, "ann");
    assert_string_equal(c.password, "filesecret");
    assert_string_equal(c.project_name, "web");
    assert_string_equal(c.user_domain_name, "Default");
    assert_string_equal(c.project_domain_id, "default");
    assert_string_equal(c.region, "RegionOne");
    assert_string_equal(c.interface, "internal");
    assert_string_equal(c.service[SERVICE_COMPUTE].microversion, "2.79");
    assert_string_equal(c.service[SERVICE_VOLUME].endpoint, "https://v.example/v3/x");
    assert_true(c.insecure);
    assert_int_equal(c.warnings.len, 0);
    cloud_config_clear(&c);
}

static void options_over_variables_over_the_file(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_CLOUD=two",
                               "OS_USERNAME=bob",
                               "OS_PROJECT_ID=deadbeef",
                               "OS_PASSWORD=envsecret",
                               "OS_REGION_NAME=Other",
                               "OS_INSECURE=False",
                               NULL};
    const struct cloud_option options[] = {
        {"cloud", "one"}, {"username", "eve"}, {"interface", NULL}, {NULL, NULL}};
    folder_write("clouds.yaml", FILE_OF_TWO);
    loads(&c, options, env);
    assert_string_equal(c.name, "one");
    assert_string_equal(c.username, "eve");
    assert_string_equal(c.password, "envsecret");
    assert_string_equal(c.project_id, "deadbeef");
    assert_null(c.project_name);
    assert_string_equal(c.region, "Other");
    assert_false(c.insecure);
    assert_int_equal(c.warnings.len, 1);
    assert_string_equal(c.warnings.at[0], "OS_PASSWORD, OS_PROJECT_ID in the environment "
                                          "override cloud 'one' of clouds.yaml");
    cloud_config_clear(&c);
}

static void the_only_cloud_needs_no_name(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {NULL};
    folder_write("clouds.yaml",
                 "clouds:\n  only:\n    auth: {auth_url: 'http://o/v3', token: t0ken}\n");
    loads(&c, no_options, env);
    assert_string_equal(c.name, "only");
    assert_int_equal(c.auth_type, AUTH_TOKEN);
    assert_string_equal(c.interface, "public");
    cloud_config_clear(&c);
    folder_write("clouds.yaml", FILE_OF_TWO);
    refused(no_options, env,
            "no cloud is named: give --os-cloud or OS_CLOUD; clouds.yaml has: one, two");
}

static void an_openrc_needs_no_file(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_AUTH_URL=https://rc.example:5000",
                               "OS_PROJECT_ID=p1",
                               "OS_PROJECT_NAME=web",
                               "OS_USER_DOMAIN_NAME=Default",
                               "OS_PROJECT_DOMAIN_ID=default",
                               "OS_USERNAME=ann",
                               "OS_PASSWORD=rcsecret",
                               "OS_REGION_NAME=RegionOne",
                               "OS_INTERFACE=public",
                               "OS_IDENTITY_API_VERSION=3",
                               "OS_COMPUTE_API_VERSION=2.1",
                               NULL};
    folder_write("clouds.yaml", "not: [even, valid\n");
    loads(&c, no_options, env);
    assert_null(c.name);
    assert_null(c.file);
    assert_string_equal(c.project_id, "p1");
    assert_null(c.service[SERVICE_COMPUTE].microversion);
    assert_int_equal(c.warnings.len, 0);
    cloud_config_clear(&c);
}

static void a_file_from_the_days_of_v2(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_AUTH_URL=https://rc.example:5000/v2.0/",
                               "OS_TENANT_NAME=web",
                               "OS_USERNAME=ann",
                               "OS_PASSWORD=rcsecret",
                               "OS_IDENTITY_API_VERSION=2.0",
                               NULL};
    loads(&c, no_options, env);
    assert_string_equal(c.user_domain_id, "default");
    assert_string_equal(c.project_domain_id, "default");
    assert_int_equal(c.warnings.len, 2);
    assert_string_equal(c.warnings.at[0],
                        "identity_api_version 2 is gone from OpenStack: 3 is used");
    assert_string_equal(c.warnings.at[1], "no domain in the options and OS_* variables: "
                                          "'default' is assumed for user and project");
    cloud_config_clear(&c);
}

static void regions_bring_their_values(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const first[] = {"OS_CLOUD=two", NULL};
    const char *const south[] = {"OS_CLOUD=two", "OS_REGION_NAME=south", NULL};
    const char *const none[] = {"OS_CLOUD=two", "OS_REGION_NAME=South", NULL};
    folder_write("clouds.yaml", FILE_OF_TWO);
    loads(&c, no_options, first);
    assert_int_equal(c.auth_type, AUTH_APPLICATION_CREDENTIAL);
    assert_string_equal(c.app_cred_id, "4711");
    assert_string_equal(c.region, "north");
    assert_string_equal(c.interface, "admin");
    assert_string_equal(c.auth_url, "https://n.example");
    cloud_config_clear(&c);
    loads(&c, no_options, south);
    assert_string_equal(c.region, "south");
    assert_string_equal(c.interface, "public");
    assert_string_equal(c.auth_url, "https://south.two.example/identity");
    cloud_config_clear(&c);
    refused(no_options, none,
            "cloud 'two' of clouds.yaml has no region 'South', it has: north, south");
}

static void unknown_clouds_are_told_the_known(void **state)
{
    (void)state;
    const char *const env[] = {"OS_CLOUD=three", NULL};
    folder_write("clouds.yaml", FILE_OF_TWO);
    refused(no_options, env, "cloud 'three' is not in clouds.yaml, which has: one, two");
    folder_write("clouds.yaml", "clouds:\n  three:\n");
    refused(no_options, env, "cloud 'three' of clouds.yaml should be a mapping");
    folder_write("clouds.yaml", "");
    refused(no_options, env, "cloud 'three' is not in clouds.yaml, which has: none");
}

static void profiles_are_told(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {NULL};
    folder_write(
        "clouds.yaml",
        "clouds: {a: {profile: vexxhost, auth: {auth_url: 'http://o', token: abcd}}}");
    loads(&c, no_options, env);
    assert_int_equal(c.warnings.len, 1);
    assert_string_equal(c.warnings.at[0],
                        "the profile of cloud 'a' in clouds.yaml is ignored: "
                        "profiles of vendors are not known here");
    cloud_config_clear(&c);
}

/* Variables of a complete configuration without those named. */
static void without(const char *missing, const char *missing_too, const char *text)
{
    static const char *const all[] = {"OS_AUTH_URL=https://rc.example",
                                      "OS_USERNAME=ann",
                                      "OS_PASSWORD=rcsecret",
                                      "OS_PROJECT_NAME=web",
                                      "OS_USER_DOMAIN_NAME=Default",
                                      "OS_PROJECT_DOMAIN_NAME=Default",
                                      NULL};
    const char *some[8] = {NULL};
    size_t n = 0;
    for (size_t i = 0; all[i]; i++)
        if (!text_starts(all[i], missing) && !text_starts(all[i], missing_too))
            some[n++] = all[i];
    refused(no_options, some, text);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    without("OS_USERNAME=", "-",
            "no user name in the options and OS_* variables: give --os-username, "
            "OS_USERNAME, "
            "or auth.username in clouds.yaml");
    without("OS_PASSWORD=", "-",
            "no password for user 'ann' in the options and OS_* variables: give "
            "--os-password, "
            "OS_PASSWORD, or auth.password in clouds.yaml or secure.yaml");
    without("OS_PROJECT_NAME=", "-",
            "no project in the options and OS_* variables: give --os-project-name, "
            "OS_PROJECT_NAME, or auth.project_name in clouds.yaml");
    without(
        "OS_PROJECT_DOMAIN", "-",
        "no domain of the project (often 'Default') in the options and OS_* variables: "
        "give --os-project-domain-name, OS_PROJECT_DOMAIN_NAME, or "
        "auth.project_domain_name in clouds.yaml");
    without(
        "OS_USER_DOMAIN", "-",
        "no domain of the user (often 'Default') in the options and OS_* variables: give "
        "--os-user-domain-name, OS_USER_DOMAIN_NAME, or auth.user_domain_name in "
        "clouds.yaml");
    const char *const env[] = {NULL};
    folder_write("clouds.yaml", "clouds: {a: {auth: {username: u}}}");
    refused(
        no_options, env,
        "no auth URL in cloud 'a' of clouds.yaml: give --os-auth-url, OS_AUTH_URL, or "
        "auth.auth_url in clouds.yaml");
}

static void one_domain_fills_both(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_AUTH_URL=https://rc.example",
                               "OS_USERNAME=ann",
                               "OS_PASSWORD=rcsecret",
                               "OS_PROJECT_NAME=web",
                               "OS_DOMAIN_NAME=corp",
                               "OS_PROJECT_DOMAIN_ID=other",
                               NULL};
    loads(&c, no_options, env);
    assert_string_equal(c.user_domain_name, "corp");
    assert_string_equal(c.project_domain_id, "other");
    assert_null(c.project_domain_name);
    cloud_config_clear(&c);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *env, *text;
    } rows[] = {
        {"OS_AUTH_TYPE=v3totp", "auth_type 'v3totp' in the options and OS_* variables is "
                                "not supported: use password, "
                                "token or v3applicationcredential ('openstack "
                                "application credential create' makes "
                                "one from any login)"},
        {"OS_INTERFACE=outside",
         "interface 'outside' should be public, internal or admin"},
        {"OS_SYSTEM_SCOPE=all",
         "system_scope is set, but servers belong to projects: name a "
         "project in its place"},
        {"OS_COMPUTE_DEFAULT_MICROVERSION=new",
         "compute_default_microversion 'new' should look like 2.79"},
        {"OS_INSECURE=maybe", "insecure should be true or false"},
        {"OS_CACERT=/nowhere/ca.pem",
         "the cacert /nowhere/ca.pem cannot be read: No such file or directory"},
        {"OS_KEY=/nowhere/key.pem", "key /nowhere/key.pem has no cert beside it"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *const env[] = {"OS_AUTH_URL=https://rc.example",
                                   "OS_USERNAME=ann",
                                   "OS_PASSWORD=rcsecret",
                                   "OS_PROJECT_NAME=web",
                                   "OS_DOMAIN_NAME=corp",
                                   rows[i].env,
                                   NULL};
        refused(no_options, env, rows[i].text);
    }
    static const char *const urls[] = {
        "ftp://x",      "rc.example:5000", "https://",   "https://u:p@h",
        "https://h/?x", "https://h/a b",   "https:///v3"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        AUTO_FREE char *variable = xasprintf("OS_AUTH_URL=%s", urls[i]);
        const char *const env[] = {variable, NULL};
        AUTO_FREE char *text =
            xasprintf("auth URL '%s' should look like https://host:5000/v3, "
                      "without user, password and query",
                      urls[i]);
        refused(no_options, env, text);
    }
}

static void files_of_tls_are_found_at_home(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_AUTH_URL=https://rc.example", "OS_TOKEN=abcdef",
                               "OS_CACERT=~/ca.pem", NULL};
    folder_write("home/ca.pem", "x");
    AUTO_FREE char *path = folder_path("home/ca.pem");
    loads(&c, no_options, env);
    assert_string_equal(c.cacert, path);
    cloud_config_clear(&c);
}

static void secrets_are_known_to_the_log(void **state)
{
    (void)state;
    struct cloud_config c;
    const char *const env[] = {"OS_CLOUD=two", NULL};
    folder_write("clouds.yaml", FILE_OF_TWO);
    loads(&c, no_options, env);
    AUTO_FREE char *shown = log_redact("it is appsecret");
    assert_null(strstr(shown, "appsecret"));
    cloud_config_clear(&c);
    log_close();
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_cloud_of_the_file),
        IN_FOLDER(options_over_variables_over_the_file),
        IN_FOLDER(the_only_cloud_needs_no_name),
        IN_FOLDER(an_openrc_needs_no_file),
        IN_FOLDER(a_file_from_the_days_of_v2),
        IN_FOLDER(regions_bring_their_values),
        IN_FOLDER(unknown_clouds_are_told_the_known),
        IN_FOLDER(profiles_are_told),
        IN_FOLDER(what_is_missing_is_named),
        IN_FOLDER(one_domain_fills_both),
        IN_FOLDER(what_cannot_be_is_refused_by_name),
        IN_FOLDER(files_of_tls_are_found_at_home),
        IN_FOLDER(secrets_are_known_to_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
