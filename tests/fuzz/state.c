/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a database by moving a server, and lets commands' readers and the engine at it.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/deed.h"
#include "cli/question.h"
#include "cli/unfinished.h"
#include "cloud/json.h"
#include "flow/engine.h"
#include "moves/registry.h"
#include "net_double.h"
#include "show/format.h"

static struct engine *new_engine(struct http *http, struct loop *loop,
                                 struct store *store, struct world *world)
{
    const struct engine_options options = {.loop = loop,
                                           .http = http,
                                           .store = store,
                                           .world = world,
                                           .services = &openstack_services,
                                           .strategies = strategies,
                                           .settle_s = -1};
    return engine_new(&options);
}

static void move_one(struct store *store)
{
    struct input none = {0};
    struct cloud_double cloud;
    struct http http;
    struct loop loop = {&http};
    struct err err = {0};
    struct world *world = double_world(93);
    AUTO_JSON json_t *options = json_pack("{s:s, s:s}", "addresses", "new", "to", "az2");
    double_init(&cloud, 93, 0);
    net_double_init(&http, &cloud, &none);
    struct engine *e = new_engine(&http, &loop, store, world);
    must(engine_begin_run(e, "move", session_identity(world->session), options, &err));
    struct move *m =
        engine_add(e, &strategy_snapshot, DOUBLE_SOURCE, "web1", "az2", &err);
    must(m != NULL);
    must(engine_go(e, UNTIL_OVER, &err) == ENGINE_OVER);
    must(move_state(m) == MOVE_MOVED);
    engine_free(e);
    net_double_clear(&http);
    world_free(world);
    double_clear(&cloud);
}

const char *state_template(size_t *ret_len)
{
    static char *bytes;
    static size_t len;
    struct err err = {0};
    if (!bytes) {
        AUTO_FREE char *path = fsx_join(scratch_folder(), "template.db");
        struct store *store = store_open(path, false, NULL, &err);
        must(store != NULL);
        move_one(store);
        store_close(store);
        must(fsx_read(path, 1 << 20, &bytes, &len, NULL, &err));
    }
    *ret_len = len;
    return bytes;
}

/* ---- reading ---- */

static const char *const columns[] = {"id",    "server_name", "state",
                                      "error", "next",        NULL};

/* Rows of strangers' hands go to a terminal too. */
static void check_words(char *words)
{
    must(words && is_harmless(words, strlen(words)));
    free(words);
}

static void show(const json_t *rows)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    must(out != NULL);
    format_list(out, FORMAT_TABLE, rows, columns);
    format_list(out, FORMAT_JSON, rows, NULL);
    fclose(out);
    must(is_harmless(text, n));
    free(text);
}

static void read_move(struct store *store, const struct move_row *row, json_t *rows)
{
    struct vec asks = {0}, journal = {0}, facts = {0};
    struct err err = {0};
    AUTO_FREE char *capture = NULL;
    json_t *json = move_row_json(row);
    must(json_is_object(json));
    free(unfinished_words(row, 1763632800)); /* stage_say() makes it printable */
    check_words(question_move(json));
    check_words(question_commit(row, 1763632800));
    check_words(question_discard(row, 1763632800));
    for (int deed = DEED_RESUME; deed <= DEED_DISCARD; deed++) {
        err_clear(&err);
        if (deed_judge((enum deed)deed, row, false, &err) == DEED_REFUSED)
            must(err_is_set(&err));
        (void)deed_asks((enum deed)deed, row, true);
    }
    json_array_append_new(rows, json);
    err_clear(&err);
    (void)(store_asks(store, row->id, &asks, &err) &&
           store_journal(store, row->id, &journal, &err) &&
           store_facts(store, row->id, &facts, &err) &&
           store_capture(store, row->id, &capture, &err));
    vec_clear(&asks, ask_row_free);
    vec_clear(&journal, journal_row_free);
    vec_clear(&facts, fact_row_free);
}

void state_read(struct store *store)
{
    struct vec runs = {0}, moves = {0};
    struct err err = {0};
    struct move_row *open = NULL;
    AUTO_JSON json_t *rows = json_array();
    if (!store_runs(store, NULL, &runs, &err))
        must(err_is_set(&err));
    err_clear(&err);
    if (!store_moves(store, NULL, NULL, &moves, &err))
        must(err_is_set(&err));
    for (size_t i = 0; i < moves.len; i++)
        read_move(store, moves.at[i], rows);
    show(rows);
    if (store_open_move(store, "x", DOUBLE_SOURCE, &open, NULL))
        move_row_free(open);
    vec_clear(&runs, run_row_free);
    vec_clear(&moves, move_row_free);
}

static void resume_one(struct engine *e, const struct move_row *row, unsigned deed)
{
    struct err err = {0};
    struct move *m = NULL;
    if (engine_take_run(e, row->run_id, &err))
        m = engine_restore(e, row, &err);
    bool good = m && (deed == 0   ? engine_resume(e, m, &err)
                      : deed == 1 ? engine_commit(e, m, &err)
                                  : engine_discard(e, m, &err));
    must(good || err_is_set(&err));
}

void state_resume(struct store *store, unsigned deed)
{
    struct input none = {0};
    struct cloud_double cloud;
    struct http http;
    struct loop loop = {&http};
    struct err err = {0};
    struct vec moves = {0};
    struct world *world = double_world(93);
    double_init(&cloud, 93, 0);
    net_double_init(&http, &cloud, &none);
    http.down = true;
    struct engine *e = new_engine(&http, &loop, store, world);
    if (store_moves(store, NULL, NULL, &moves, &err))
        for (size_t i = 0; i < moves.len; i++)
            resume_one(e, moves.at[i], deed);
    err_clear(&err);
    enum engine_end end = engine_go(e, UNTIL_OVER, &err);
    /* It may name what stands in the rows: commands make it printable. */
    must(end == ENGINE_OVER || (err_is_set(&err) && *err.text));
    vec_clear(&moves, move_row_free);
    engine_free(e);
    net_double_clear(&http);
    world_free(world);
    double_clear(&cloud);
}
