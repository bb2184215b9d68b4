/* SPDX-License-Identifier: Apache-2.0 */
/* Finds runs and moves by what was typed. */
#include "cli/resolve.h"

#include <ctype.h>

#include "base/mem.h"
#include "base/text.h"

#define CANDIDATES_MAX 8

static bool has_move(const struct vec *rows, const char *id)
{
    for (size_t i = 0; i < rows->len; i++)
        if (text_eq(((const struct move_row *)rows->at[i])->id, id))
            return true;
    return false;
}

/* Moves what `from` holds behind *to, but for what is there already. */
static void join(struct vec *to, struct vec *from)
{
    for (size_t i = 0; i < from->len; i++) {
        struct move_row *row = from->at[i];
        if (has_move(to, row->id))
            move_row_free(row);
        else
            vec_add(to, row);
    }
    vec_clear(from, NULL);
}

static bool refuse_many(const char *id, const struct vec *runs, const struct vec *moves,
                        struct err *err)
{
    struct text t = {0};
    size_t n = 0, all = runs->len + moves->len;
    for (size_t i = 0; i < runs->len && n < CANDIDATES_MAX; i++, n++)
        text_addf(&t, "%s run %s", n > 0 ? "," : "", ((struct run_row *)runs->at[i])->id);
    for (size_t i = 0; i < moves->len && n < CANDIDATES_MAX; i++, n++)
        text_addf(&t, "%s move %s", n > 0 ? "," : "",
                  ((struct move_row *)moves->at[i])->id);
    if (n < all)
        text_addf(&t, " and %zu more", all - n);
    err_set(err, ERR_AMBIGUOUS, "'%s' is the beginning of several ids:%s", id,
            text_str(&t));
    text_clear(&t);
    return false;
}

/* Only the one that is exactly it, if there is one: a UUID is no prefix of another. */
static bool choose(struct store *store, const char *id, struct vec *runs,
                   struct vec *moves, struct vec *ret, struct err *err)
{
    if (runs->len + moves->len > 1)
        return refuse_many(id, runs, moves, err);
    if (runs->len == 1) {
        const struct run_row *run = runs->at[0];
        if (!store_moves(store, run->id, NULL, moves, err))
            return false;
        join(ret, moves);
        return true;
    }
    if (moves->len == 1) {
        join(ret, moves);
        return true;
    }
    return err_set(err, ERR_NOTFOUND, "there is no run and no move '%s' in this database",
                   id);
}

bool resolve_id(struct store *store, const char *id, struct vec *ret, struct err *err)
{
    AUTO_FREE char *shown = text_printable(id, 60);
    AUTO_FREE char *lower = xstrdup(id);
    struct vec runs = {0}, moves = {0};
    for (char *p = lower; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    bool ok = *lower != '\0' && store;
    if (!ok)
        err_set(err, ERR_NOTFOUND, "there is no run and no move '%s' in this database",
                shown);
    ok = ok && store_runs(store, lower, &runs, err) &&
         store_moves(store, NULL, lower, &moves, err) &&
         choose(store, shown, &runs, &moves, ret, err);
    vec_clear(&runs, run_row_free);
    vec_clear(&moves, move_row_free);
    return ok;
}

bool resolve_ids(struct store *store, const struct strv *ids, struct vec *ret,
                 resolve_say_fn *say, void *ctx)
{
    bool ok = true;
    if (ids->len == 0 && store) {
        struct err err = {0};
        ok = store_moves(store, NULL, NULL, ret, &err);
        if (!ok)
            say(ctx, &err);
        return ok;
    }
    for (size_t i = 0; i < ids->len; i++) {
        struct err err = {0};
        if (resolve_id(store, ids->at[i], ret, &err))
            continue;
        say(ctx, &err);
        ok = false;
    }
    return ok;
}
