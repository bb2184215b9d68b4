/* SPDX-License-Identifier: Apache-2.0 */
/* Finds servers and plans moves for them. */
#include "cli/launch.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "cli/report.h"
#include "cli/result.h"
#include "cli/unfinished.h"
#include "cli/user_data.h"
#include "cloud/json.h"
#include "moves/losses.h"
#include "moves/user_data.h"

static void item_free(void *p)
{
    struct launch_item *item = p;
    free(item->typed);
    free(item->id);
    free(item->name);
    free(item);
}

void launch_clear(struct launch *l)
{
    vec_clear(&l->items, item_free);
    free(l->user_data);
}

static bool has_id(const struct launch *l, const char *id)
{
    for (size_t i = 0; i < l->items.len; i++)
        if (text_eq(((struct launch_item *)l->items.at[i])->id, id))
            return true;
    return false;
}

struct launch_item *launch_add(struct launch *l, const char *typed, const char *id,
                               const char *name)
{
    struct launch_item *item = xcalloc(1, sizeof(*item));
    item->typed = xstrdup(typed);
    item->id = xstrdup(id);
    item->name = xstrdup(name);
    vec_add(&l->items, item);
    return item;
}

/* By name and by id the same server may be typed twice: it is moved once. */
static bool find_one(struct launch *l, const char *typed, bool *ret_found,
                     struct err *err)
{
    struct vec found = {0};
    struct err why = {0};
    bool ok = server_resolve(l->st->engine, typed, &found, &why);
    *ret_found = ok;
    for (size_t i = 0; i < found.len; i++) {
        const struct found_server *server = found.at[i];
        if (!has_id(l, server->id))
            launch_add(l, typed, server->id, server->name);
    }
    vec_clear(&found, found_server_free);
    if (ok)
        return true;
    if (!stage_is_refusal(l->st, &why)) {
        *err = why;
        return false;
    }
    launch_add(l, typed, NULL, NULL)->refused = why;
    stage_error(l->st, &why);
    return true;
}

bool launch_find(struct launch *l, struct err *err)
{
    const struct strv *args = &l->st->call->args;
    bool all = true, found;
    for (size_t i = 0; i < args->len; i++) {
        if (!find_one(l, args->at[i], &found, err))
            return false;
        all = all && found;
    }
    if (all)
        return true;
    for (size_t i = 0; i < l->items.len; i++) {
        struct launch_item *item = l->items.at[i];
        if (!err_is_set(&item->refused))
            err_set(&item->refused, ERR_REFUSED,
                    "not begun, because not every server of the command was found");
    }
    return false;
}

void launch_refuse_all(struct launch *l, const struct err *why)
{
    const struct strv *args = &l->st->call->args;
    for (size_t i = 0; i < args->len && l->items.len < args->len; i++)
        launch_add(l, args->at[i], NULL, NULL);
    for (size_t i = 0; i < l->items.len; i++)
        ((struct launch_item *)l->items.at[i])->refused = *why;
    stage_error(l->st, why);
}

static bool check_open(struct launch *l, struct launch_item *item, struct err *err)
{
    struct move_row *open = NULL;
    AUTO_FREE char *name = stage_name(item->name, item->id);
    if (!store_open_move(l->st->store, stage_identity(l->st), item->id, &open, err))
        return false;
    if (!open)
        return true;
    err_set(&item->refused, ERR_REFUSED, "%s has a move already, %s, which is %s", name,
            open->id, open->state);
    stage_error(l->st, &item->refused);
    unfinished_say(l->st, open);
    move_row_free(open);
    return true;
}

bool launch_check_open(struct launch *l, struct err *err)
{
    for (size_t i = 0; i < l->items.len; i++)
        if (!check_open(l, l->items.at[i], err))
            return false;
    return true;
}

static void add_probes(json_t *options, const struct call *call)
{
    const struct strv *given = given_all(call, "probe");
    json_t *probes = json_array();
    for (size_t i = 0; i < given->len; i++)
        json_array_append_new(probes, jtext(given->at[i]));
    json_object_set_new(options, "probes", probes);
    json_object_set_new(options, "probe_timeout",
                        json_real(given_seconds(call, "probe-timeout", 0)));
}

/* All that was given of a repeatable option, as one list; NULL: none. Gives. */
static json_t *joined(const struct call *call, const char *name)
{
    const struct strv *given = given_all(call, name);
    AUTO_FREE char *text = strv_join(given, ",");
    return given->len > 0 ? json_string(text) : NULL;
}

bool launch_read_files(struct launch *l, struct err *err)
{
    const char *path = given_text(l->st->call, OPTION_USER_DATA);
    if (path)
        l->user_data = user_data_read(path, err);
    return !path || l->user_data;
}

/* What resume and the rows need to know again; no credentials. */
static json_t *run_options(const struct launch *l)
{
    const struct call *call = l->st->call;
    json_t *options = json_object();
    static const char *const names[] = {"to", "addresses", "nic-order", "volumes",
                                        "strategy"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (given_text(call, names[i]))
            json_object_set_new(options, names[i],
                                json_string(given_text(call, names[i])));
    json_t *losses = joined(call, OPTION_ACCEPT_LOSS);
    if (losses)
        json_object_set_new(options, OPTION_ACCEPT_LOSS, losses);
    if (given_text(call, "nic-order")) /* which may name ports of all of them */
        json_object_set_new(options, "servers", json_integer((json_int_t)l->items.len));
    if (l->user_data) /* the file may be gone when the move is resumed */
        json_object_set_new(options, OPTION_USER_DATA, json_string(l->user_data));
    if (option_find(&call->own, "probe") < call->own.n)
        add_probes(options, call);
    json_object_set_new(options, "yes", json_boolean(given_flag(call, "yes")));
    return options;
}

static bool any_left(const struct launch *l)
{
    for (size_t i = 0; i < l->items.len; i++)
        if (!err_is_set(&((struct launch_item *)l->items.at[i])->refused))
            return true;
    return false;
}

bool launch_begin(struct launch *l, const char *command, struct err *err)
{
    struct stage *st = l->st;
    if (!any_left(l))
        return true;
    json_t *options = run_options(l);
    bool ok = engine_begin_run(st->engine, command, stage_identity(st), options, err);
    json_decref(options);
    if (!ok)
        return false;
    for (size_t i = 0; i < l->items.len; i++) {
        struct launch_item *item = l->items.at[i];
        if (err_is_set(&item->refused))
            continue;
        item->move = engine_add(st->engine, &strategy_snapshot, item->id, item->name,
                                given_text(st->call, "to"), &item->refused);
        if (item->move)
            continue;
        if (!stage_is_refusal(st, &item->refused)) {
            *err = item->refused;
            return false;
        }
        stage_error(st, &item->refused);
    }
    return true;
}

int launch_fail(struct launch *l, const struct err *err)
{
    const int interrupted = 4;
    int status = stage_fail(l->st, err);
    json_t *moves = json_array();
    struct err unwritten = {0};
    bool kept = l->st->call->cmd->flags & CMD_CHANGES;
    for (size_t i = 0; i < l->items.len && kept; i++) {
        const struct launch_item *item = l->items.at[i];
        if (!item->move)
            continue;
        json_array_append_new(moves, move_json(item->move));
        report_move(l->st, json_array_get(moves, json_array_size(moves) - 1));
    }
    if (status == interrupted && !result_list(l->st->call, moves, &unwritten))
        status = stage_unwritten(l->st, &unwritten, status);
    json_decref(moves);
    return status;
}

json_t *launch_json(const struct launch *l, const struct launch_item *item)
{
    if (item->move)
        return move_json(item->move);
    return result_refused(item->name ? item->name : item->typed, item->id,
                          given_text(l->st->call, "to"), item->refused.text);
}

static bool check_nic_order(const char *order, struct err *err)
{
    struct strv ids = {0};
    bool good = true;
    strv_split(&ids, order, ',');
    for (size_t i = 0; i < ids.len && good; i++)
        if (!text_is_uuid(ids.at[i]))
            good = err_set(err, ERR_USAGE,
                           "--nic-order takes ids of ports, separated by commas: '%s' is "
                           "none",
                           ids.at[i]);
    if (good && ids.len == 0)
        good = err_set(err, ERR_USAGE, "--nic-order names no port");
    strv_clear(&ids);
    return good;
}

/* What one server was first booted with is hardly another's. */
static bool check_user_data(const struct call *call, struct err *err)
{
    const char *path = given_text(call, OPTION_USER_DATA);
    if (path && call->args.len != 1)
        return err_set(err, ERR_USAGE, "--user-data is for one server: name it alone");
    return true;
}

bool launch_check_options(const struct call *call, struct err *err)
{
    const char *zone = given_text(call, "to");
    const char *order = given_text(call, "nic-order");
    if (order && !check_nic_order(order, err))
        return false;
    if (!zone || !*zone)
        return err_set(err, ERR_USAGE, "--to ZONE is missing");
    if (strchr(zone, ':'))
        return err_set(err, ERR_USAGE,
                       "--to takes a zone, not '%s': which host is Nova's choice", zone);
    return check_user_data(call, err);
}
