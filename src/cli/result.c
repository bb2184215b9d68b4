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
    "kept",        "announced",   "lost",      "left",        "compare",
    "downtime_s",  "addresses",   "started",   "finished",    NULL};
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

static bool is_typed(const struct strv *typed, const char *key)
{
    for (size_t i = 0; i < typed->len; i++)
        if (same_key(typed->at[i], key))
            return true;
    return false;
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
    /* As in the openstack client -c chooses and does not arrange. */
    const char *const *from = typed->len > 0 ? call->cmd->keys : call->cmd->columns;
    size_t n = 0, kept = 0;
    while (from[n])
        n++;
    const char **columns = xcalloc(n + 1, sizeof(*columns));
    for (size_t i = 0; i < n; i++)
        if (typed->len == 0 || is_typed(typed, from[i]))
            columns[kept++] = from[i];
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
bool result_flush(struct err *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return err_set_errno(err, ERR_INTERNAL, errno,
                         "the result cannot be written to standard output");
}

/* A copy in which why a move is held stands where people look for what is wrong; gives a
 * new reference. */
static json_t *for_people(const json_t *rows)
{
    json_t *copy = json_array();
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        json_t *one = json_copy((json_t *)row);
        json_t *held = json_object_get(one, "held_reason");
        if (json_is_string(held) && json_is_null(json_object_get(one, "error")))
            json_object_set(one, "error", held);
        json_array_append_new(copy, one);
    }
    return copy;
}

bool result_list(const struct call *call, const json_t *rows, struct err *err)
{
    enum format format = format_of(call);
    AUTO_FREE const char **columns = columns_of(call, format);
    bool people = format == FORMAT_TABLE && !given_flag(call, "column");
    json_t *shown = people ? for_people(rows) : json_incref((json_t *)rows);
    format_list(stdout, format, shown, columns);
    json_decref(shown);
    return result_flush(err);
}

bool result_one(const struct call *call, const json_t *object, struct err *err)
{
    enum format format = format_of(call);
    AUTO_FREE const char **columns = columns_of(call, format);
    format_one(stdout, format, object, columns);
    return result_flush(err);
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
    static const char *const lists[] = {"kept", "announced", "lost",
                                        "left", "compare",   "addresses"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        json_object_set_new(move, lists[i], json_array());
    return move;
}
