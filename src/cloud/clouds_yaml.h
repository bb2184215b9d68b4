/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who we are and where the cloud is: --os-* options over OS_* variables over clouds.yaml
 * (with secure.yaml merged over it), in the order of the openstack client.
 *
 * Sources: openstacksdk's documentation of clouds.yaml (search order:
 * $OS_CLIENT_CONFIG_FILE, the working folder, ~/.config/openstack, /etc/openstack; the
 * first readable file wins). A file that the user named, or that is no YAML, is an error
 * and not passed over: the next file's cloud of the same name may be another cloud.
 * `profile:` is ignored with a warning (vendor profiles are not shipped).
 */
#ifndef CLOUD_CLOUDS_YAML_H
#define CLOUD_CLOUDS_YAML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

/* The services that we speak to; also request.service. */
enum service {
    SERVICE_IDENTITY,
    SERVICE_COMPUTE,
    SERVICE_IMAGE,
    SERVICE_NETWORK,
    SERVICE_VOLUME,
    SERVICE_MAX
};

enum auth_type { AUTH_PASSWORD, AUTH_TOKEN, AUTH_APPLICATION_CREDENTIAL };

struct cloud_config {
    char *name; /* of the cloud in the file; NULL: from options and variables alone */
    char *file; /* where it was found; NULL */
    enum auth_type auth_type;
    char *auth_url;
    char *username, *user_id, *user_domain_name, *user_domain_id;
    char *password, *token; /* secrets: registered with log_secret() */
    char *project_name, *project_id, *project_domain_name, *project_domain_id;
    char *app_cred_id, *app_cred_name, *app_cred_secret;
    char *region;
    char *interface; /* public, internal, admin; with commas: in order of preference */
    bool insecure;
    char *cacert, *cert, *key; /* "~" expanded */
    struct {
        char *endpoint, *region, *interface, *service_type;
        char *microversion; /* "2.79": not higher than this */
    } service[SERVICE_MAX]; /* overrides; mostly NULL */
    struct strv warnings;   /* for the user, one line each */
};

/* An option as typed: key "auth_url" for --os-auth-url; "cloud", "region_name" too. */
struct cloud_option {
    const char *key, *value;
};

/* options: ended by key NULL. env: "NAME=value" array ended by NULL (environ). After a
 * failure *c holds the warnings alone, which may explain it. */
bool cloud_config_load(struct cloud_config *c, const struct cloud_option *options,
                       char *const *env, struct err *err);
void cloud_config_clear(struct cloud_config *c);

/* Only the parsing, for tests and fuzzing: YAML text to the tree as JSON (scalars become
 * strings, a plain null or nothing becomes null; gives; anchors, aliases, merge keys; at
 * most 100,000 nodes, depth 32; one document). */
bool clouds_yaml_parse(const char *text, size_t len, json_t **ret, struct err *err);

#endif
