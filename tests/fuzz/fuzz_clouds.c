/* SPDX-License-Identifier: Apache-2.0 */
/* clouds.yaml and secure.yaml: each as a tree, then both merged into a configuration
 * under variables and options. Input: a byte of choices, clouds.yaml, secure.yaml and an
 * option's value, with 0xFF between them. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/auth.h"
#include "cloud/clouds_yaml.h"
#include "fuzz.h"

static void check_tree(const char *text, size_t n)
{
    struct err err = {0};
    json_t *tree = NULL;
    bool good = clouds_yaml_parse(text, n, &tree, &err);
    must(good == (tree != NULL));
    must(good || (err.code == ERR_CONFIG && is_good_error(&err)));
    json_decref(tree);
}

/* What it says to have read must be enough to ask Keystone for a token. */
static void check_config(const struct cloud_config *c)
{
    struct request r = {0};
    must(c->auth_url && *c->auth_url);
    AUTO_FREE char *base = auth_base(c->auth_url);
    auth_request(c, base, &r);
    must(is_good_request(&r));
    must(!r.body || strlen(r.body) == r.body_len);
    request_clear(&r);
}

static void load(struct input *in, unsigned choices)
{
    AUTO_FREE char *value = take_part(in, 4096, NULL);
    const char *kind = choices & 1 ? "json" : "yaml";
    AUTO_FREE char *clouds = xasprintf("%s/clouds.%s", scratch_folder(), kind);
    AUTO_FREE char *secure = xasprintf("%s/secure.yaml", scratch_folder());
    AUTO_FREE char *env_clouds = xasprintf("OS_CLIENT_CONFIG_FILE=%s", clouds);
    AUTO_FREE char *env_secure = xasprintf("OS_CLIENT_SECURE_FILE=%s", secure);
    AUTO_FREE char *env_own = xasprintf("OS_REGION_NAME=%s", value);
    char *const env[] = {env_clouds, env_secure, "HOME=/nonexistent",
                         choices & 2 ? env_own : NULL, NULL};
    const struct cloud_option options[] = {
        {choices & 4 ? "cloud" : NULL, "one"},
        {choices & 8 ? "password" : NULL, value},
        {NULL, NULL},
    };
    struct cloud_config c = {0};
    struct err err = {0};
    if (cloud_config_load(&c, options, env, &err))
        check_config(&c);
    else
        must(is_good_error(&err));
    for (size_t i = 0; i < c.warnings.len; i++)
        must(is_harmless(c.warnings.at[i], strlen(c.warnings.at[i])));
    cloud_config_clear(&c);
    log_close(); /* it knows the secrets */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned choices = take_byte(&in);
    size_t n_clouds, n_secure;
    AUTO_FREE char *clouds = take_part(&in, 65536, &n_clouds);
    AUTO_FREE char *secure = take_part(&in, 65536, &n_secure);
    check_tree(clouds, n_clouds);
    AUTO_FREE char *clouds_path =
        xasprintf("%s/clouds.%s", scratch_folder(), choices & 1 ? "json" : "yaml");
    AUTO_FREE char *secure_path = xasprintf("%s/secure.yaml", scratch_folder());
    scratch_write(clouds_path, clouds, n_clouds);
    scratch_write(secure_path, secure, n_secure);
    load(&in, choices);
    return 0;
}
