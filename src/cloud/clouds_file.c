/* SPDX-License-Identifier: Apache-2.0 */
/* Finds, reads and merges clouds.yaml and secure.yaml. */
#include "cloud/clouds_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"

enum { FILE_BYTES = 1 << 20, NAMES_SHOWN = 20 };

const char *env_get(char *const *env, const char *name)
{
    size_t n = strlen(name);
    for (; env && *env; env++)
        if (!strncmp(*env, name, n) && (*env)[n] == '=')
            return (*env)[n + 1] ? *env + n + 1 : NULL;
    return NULL;
}

char *env_expand_home(char *const *env, const char *path)
{
    const char *home = env_get(env, "HOME");
    if (home && text_starts(path, "~/"))
        return fsx_join(home, path + 2);
    return fsx_expand_home(path);
}

static void add_dir(struct strv *dirs, const char *parent, const char *rest)
{
    AUTO_FREE char *dir = fsx_join(parent, rest);
    if (*parent && !strv_has(dirs, dir))
        strv_add(dirs, dir);
}

static void places(struct strv *dirs, char *const *env)
{
    const char *home = env_get(env, "SNAP_REAL_HOME");
    const char *config = env_get(env, "XDG_CONFIG_HOME");
    const char *site = env_get(env, "XDG_CONFIG_DIRS");
    struct strv sites = {0};

    strv_add(dirs, ".");
    if (config)
        add_dir(dirs, config, "openstack");
    if (!home)
        home = env_get(env, "HOME");
    if (home)
        add_dir(dirs, home, ".config/openstack");
    strv_split(&sites, site ? site : "/etc/xdg", ':');
    for (size_t i = 0; i < sites.len; i++)
        add_dir(dirs, sites.at[i], "openstack");
    strv_clear(&sites);
    strv_add(dirs, "/etc/openstack");
}

/* The word that was meant by a number or a truth value of JSON. Gives, or NULL. */
static json_t *word_of(const json_t *value)
{
    AUTO_FREE char *word = NULL;
    if (json_is_integer(value))
        word = xasprintf("%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        word = xasprintf("%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        word = xstrdup(json_is_true(value) ? "true" : "false");
    return word ? jtext(word) : NULL;
}

/* The same tree that YAML gives: all scalars are strings. */
static void to_strings(json_t *node)
{
    const char *key;
    json_t *member;
    void *safe;
    json_object_foreach_safe(node, safe, key, member)
    {
        json_t *word = word_of(member);
        if (word)
            json_object_set_new(node, key, word);
        else
            to_strings(member);
    }
    for (size_t i = 0; i < json_array_size(node); i++) {
        json_t *word = word_of(json_array_get(node, i));
        if (word)
            json_array_set_new(node, i, word);
        else
            to_strings(json_array_get(node, i));
    }
}

static bool parse(const char *path, const char *s, size_t len, json_t **ret,
                  struct err *err)
{
    json_error_t where;
    if (!text_ends(path, ".json"))
        return clouds_yaml_parse(s, len, ret, err);
    *ret = json_loadb(s, len, JSON_REJECT_DUPLICATES, &where);
    if (!*ret) {
        AUTO_FREE char *why = text_printable(where.text, 200);
        return err_set(err, ERR_CONFIG, "line %d: %s", where.line, why);
    }
    to_strings(*ret);
    return true;
}

static bool holds_secret(json_t *node)
{
    const char *key;
    json_t *member;
    json_object_foreach(node, key, member)
    {
        bool secret = text_eq(key, "password") || text_eq(key, "token") ||
                      text_eq(key, "application_credential_secret");
        const char *s = json_string_value(member);
        if ((secret && s && *s) || holds_secret(member))
            return true;
    }
    return false;
}

static void warn_of_readers(const char *path, json_t *root, struct strv *warnings)
{
    struct stat st;
    if (stat(path, &st) || !(st.st_mode & S_IROTH) || !holds_secret(root))
        return;
    strv_take(warnings,
              xasprintf("%s holds a secret and everybody can read it: chmod 600", path));
}

/* *ret is NULL when the file is missing, or unreadable and not named by the user. */
static bool read_one(const char *path, bool named, json_t **ret, struct strv *warnings,
                     struct err *err)
{
    AUTO_FREE char *s = NULL;
    AUTO_JSON json_t *root = NULL;
    size_t len = 0;
    bool missing = false;
    struct err why = {0};

    if (!fsx_read(path, FILE_BYTES, &s, &len, &missing, &why)) {
        if (named)
            return err_set(err, ERR_CONFIG, "%s", why.text);
        if (!missing)
            strv_take(warnings, xasprintf("passed over: %s", why.text));
        return true;
    }
    if (!parse(path, s, len, &root, err))
        return err_wrap(err, "%s", path);
    if (!json_is_object(root))
        return err_set(err, ERR_CONFIG,
                       "%s: it should be a mapping with the key 'clouds'", path);
    warn_of_readers(path, root, warnings);
    *ret = json_incref(root);
    return true;
}

/* The first file NAME.{yaml,yml,json} of the places; *ret_path is NULL when none is
 * there. */
static bool find(const struct strv *dirs, const char *name, json_t **ret, char **ret_path,
                 struct strv *warnings, struct err *err)
{
    static const char *const kinds[] = {"yaml", "yml", "json"};
    for (size_t i = 0; i < dirs->len * 3; i++) {
        AUTO_FREE char *file = xasprintf("%s.%s", name, kinds[i % 3]);
        const char *dir = dirs->at[i / 3];
        AUTO_FREE char *path = text_eq(dir, ".") ? xstrdup(file) : fsx_join(dir, file);
        if (!read_one(path, false, ret, warnings, err))
            return false;
        if (*ret) {
            *ret_path = xsteal(&path);
            return true;
        }
    }
    return true;
}

static bool load(const char *named, const struct strv *dirs, const char *name,
                 json_t **ret, char **ret_path, struct strv *warnings, struct err *err)
{
    if (!named)
        return find(dirs, name, ret, ret_path, warnings, err);
    if (!read_one(named, true, ret, warnings, err))
        return err_wrap(err, "the file named for %s", name);
    *ret_path = xstrdup(named);
    return true;
}

static void merge(json_t *lower, json_t *upper)
{
    const char *key;
    json_t *member;
    json_object_foreach(upper, key, member)
    {
        json_t *below = json_object_get(lower, key);
        if (json_is_object(below) && json_is_object(member))
            merge(below, member);
        else
            json_object_set(lower, key, member);
    }
}

bool clouds_file_load(struct clouds_file *f, const char *config, const char *secure,
                      char *const *env, struct strv *warnings, struct err *err)
{
    AUTO_JSON json_t *open = NULL;
    AUTO_JSON json_t *secret = NULL;
    AUTO_FREE char *secret_path = NULL;
    struct strv dirs = {0};

    places(&dirs, env);
    f->searched = config ? xstrdup(config) : strv_join(&dirs, ", ");
    bool good = load(config, &dirs, "clouds", &open, &f->path, warnings, err) &&
                load(secure, &dirs, "secure", &secret, &secret_path, warnings, err);
    strv_clear(&dirs);
    if (!good)
        return false;
    f->clouds = json_object();
    merge(f->clouds, json_object_get(open, "clouds"));
    merge(f->clouds, json_object_get(secret, "clouds"));
    if (!f->path)
        f->path = xsteal(&secret_path);
    return true;
}

void clouds_file_clear(struct clouds_file *f)
{
    json_decref(f->clouds);
    free(f->path);
    free(f->searched);
    *f = (struct clouds_file){0};
}

char *clouds_file_names(const struct clouds_file *f)
{
    const char *key;
    json_t *member;
    struct strv names = {0};
    json_object_foreach(f->clouds, key, member)
    {
        AUTO_FREE char *printable = text_printable(key, 60);
        strv_add(&names, printable);
    }
    strv_sort(&names);
    struct text t;
    text_init(&t, 0);
    for (size_t i = 0; i < names.len && i < NAMES_SHOWN; i++)
        text_addf(&t, "%s%s", i ? ", " : "", names.at[i]);
    if (names.len > NAMES_SHOWN)
        text_addf(&t, " and %zu more", names.len - NAMES_SHOWN);
    if (!names.len)
        text_add(&t, "none");
    strv_clear(&names);
    return text_steal(&t);
}
