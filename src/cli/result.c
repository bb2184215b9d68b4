/* SPDX-License-Identifier: Apache-2.0 */
/* Picks columns and format, and writes results. */
#include "cli/result.h"

#include <ctype.h>
#include <errno.h>

#include "base/mem.h"
#include "base/text.h"
#include "show/format.h"

const char *const move_keys[] = {
    "id",          "run_id",      "server_id", "server_name", "target_server_id",
    "source_zone", "target_zone", "strategy",  "state",       "walk",
    "step",        "serving",     "error",     "held_reason", "next",
    "announced",   "lost",        "left",      "downtime_s",  "started",
    "finished",    NULL};
const char *const move_columns[] = {"id",   "server_name", "target_zone",      "state",
                                    "step", "serving",     "target_server_id", "error",
                                    NULL};

/* The openstack client takes "Server Name" for server_name too. */
static bool same_key(const char *typed, const char *key)
{
    for (; *typed && *key; typed++, key++) {
        char c =
            *typed == ' ' || *typed == '-' ? '_' : (char)tolower((unsigned char)*typed);
        if (c != *key)
            return false;
    }
    return *typed == *key;
}

static const char *find_key(const char *const *keys, const char *typed)
{
    for (size_t i = 0; keys && keys[i]; i++)
        if (same_key(typed, keys[i]))
            return keys[i];
    return NULL;
}

bool result_check(const struct call *call, struct err *err)
{
    const struct strv *typed = given_all(call, "column");
    struct strv keys = {0};
    for (size_t i = 0; call->cmd->keys && call->cmd->keys[i]; i++)
        strv_add(&keys, call->cmd->keys[i]);
    bool ok = true;
    for (size_t i = 0; i < typed->len && ok; i++) {
        if (find_key(call->cmd->keys, typed->at[i]))
            continue;
        AUTO_FREE char *all = strv_join(&keys, ", ");
        ok = err_set(err, ERR_USAGE, "there is no column '%s'; there are: %s",
                     typed->at[i], all);
    }
    strv_clear(&keys);
    return ok;
}

/* NULL: all keys, as JSON has them; else gives the array. */
static const char **columns_of(const struct call *call, enum format format)
{
    const struct strv *typed = given_all(call, "column");
    if (typed->len == 0 && format == FORMAT_JSON)
        return NULL;
    size_t n = 0;
    while (call->cmd->columns[n])
        n++;
    const char **columns =
        xcalloc((typed->len > n ? typed->len : n) + 1, sizeof(*columns));
    for (size_t i = 0; i < typed->len; i++)
        columns[i] = find_key(call->cmd->keys, typed->at[i]);
    for (size_t i = 0; i < n && typed->len == 0; i++)
        columns[i] = call->cmd->columns[i];
    return columns;
}

static enum format format_of(const struct call *call)
{
    enum format format = FORMAT_TABLE;
    if (!format_from(given_text(call, "format"), &format))
        bug("a checked --format is wrong");
    return format;
}

/* A full disk behind a redirection must not look like an empty result. */
static bool written(struct err *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return err_set_errno(err, ERR_INTERNAL, errno, "cannot write the result");
}

bool result_list(const struct call *call, const json_t *rows, struct err *err)
{
    enum format format = format_of(call);
    AUTO_FREE const char **columns = columns_of(call, format);
    format_list(stdout, format, rows, columns);
    return written(err);
}

bool result_one(const struct call *call, const json_t *object, struct err *err)
{
    enum format format = format_of(call);
    AUTO_FREE const char **columns = columns_of(call, format);
    format_one(stdout, format, object, columns);
    return written(err);
}

json_t *result_refused(const char *server, const char *id, const char *target_zone,
                       const char *why)
{
    json_t *move = json_object();
    for (size_t i = 0; move_keys[i]; i++)
        json_object_set_new(move, move_keys[i], json_null());
    AUTO_FREE char *name = text_printable(server, 255);
    AUTO_FREE char *reason = text_printable(why, 2000);
    const char *server_id = id ? id : text_is_uuid(server) ? server : NULL;
    json_object_set_new(move, "state", json_string("failed"));
    json_object_set_new(move, "error", json_string(reason));
    if (server_id)
        json_object_set_new(move, "server_id", json_string(server_id));
    if (!text_eq(server_id, server))
        json_object_set_new(move, "server_name", json_string(name));
    json_object_set_new(move, "target_zone", json_string(target_zone));
    json_object_set_new(move, "announced", json_array());
    json_object_set_new(move, "lost", json_array());
    json_object_set_new(move, "left", json_array());
    return move;
}
