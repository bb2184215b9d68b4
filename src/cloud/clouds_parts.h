/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of cloud_config_load(), seen only by it and its tests.
 *
 * Files: $OS_CLIENT_CONFIG_FILE, or clouds.{yaml,yml,json} in the working folder,
 * $XDG_CONFIG_HOME/openstack, ~/.config/openstack, $XDG_CONFIG_DIRS/openstack and
 * /etc/openstack: the first that can be read. secure.* is looked for in the same way,
 * apart from it, and merged deeply over it.
 *
 * A layer is a flat JSON object of strings: the keys of a cloud and of its `auth` under
 * one normal name each ("tenant-name" is project_name). Layers are laid over one another:
 * a key of the upper one also hides the lower one's other ways to say the same
 * (project_id hides project_name), so that two layers never make up a mixture that nobody
 * wrote.
 */
#ifndef CLOUD_CLOUDS_PARTS_H
#define CLOUD_CLOUDS_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "cloud/clouds_yaml.h"

struct clouds_file {
    json_t
        *clouds; /* name to mapping, secure.yaml merged in; "{}" when there is no file */
    char *path;  /* NULL: none found */
    char *searched; /* the places, for the error */
};

/* config, secure: files named by the user, or NULL; one that cannot be read is an error,
 * because another file's cloud of the same name would be another cloud. */
bool clouds_file_load(struct clouds_file *f, const char *config, const char *secure,
                      char *const *env, struct strv *warnings, struct err *err);
void clouds_file_clear(struct clouds_file *f);
/* Names of the clouds, sorted, for a message ("none" when there are none). Gives. */
char *clouds_file_names(const struct clouds_file *f);

/* Each gives a new layer. */
json_t *layer_of_cloud(json_t *mapping);
json_t *layer_of_env(char *const *env);
json_t *layer_of_options(const struct cloud_option *options);
void layer_over(json_t *lower, json_t *upper); /* changes lower */
/* Would upper's key take away something else that lower says? */
bool layer_hides(const json_t *upper, const json_t *lower, const char *key);
/* Lends, or NULL when missing or empty. */
const char *layer_get(const json_t *layer, const char *key);

const char *env_get(char *const *env,
                    const char *name); /* lends; NULL if unset or empty */
char *env_expand_home(char *const *env, const char *path); /* gives */

/* Fills in the endpoints, regions, interfaces and microversions of single services. */
bool config_services(struct cloud_config *c, const json_t *layer, struct err *err);
/* "internalURL" or "internal,public" to "internal,public". Gives, or NULL and err. */
char *config_interface(const char *s, struct err *err);
/* The credentials of the merged layer: kind, domains, all that is needed is there. */
bool config_credentials(struct cloud_config *c, const json_t *layer, struct err *err);

#endif
