/* SPDX-License-Identifier: Apache-2.0 */
/* Any values in the rows of a database whose tables are sound: read, restored, resumed,
 * committed, discarded without a cloud. Input: a byte of choices, then changes (table,
 * column, value). */
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/fsx.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "state.h"
#include "store/rows.h"

#define CHANGES_MAX 60

/* What stands in the columns that lead the engine. */
static const char *const words[] = {
    "planned",
    "running",
    "moved",
    "held",
    "committed",
    "undone",
    "skipped",
    "failed",
    "forward",
    "back",
    "commit",
    "discard",
    "capture",
    "claim",
    "stop",
    "fence",
    "snapshot",
    "label",
    "boot",
    "verify",
    "seal-lock",
    "sweep",
    "power",
    "commit-check",
    "commit-delete",
    "asked",
    "heard",
    "done",
    "refused",
    "source",
    "target",
    "none",
    "both",
    "over",
    "snapshot",
    "1",
    "[]",
    "{}",
    "[{\"name\": \"x\", \"text\": \"\\u001b[2J\"}]",
    "[1, null, {}, {\"name\": 3}]",
    "{\"server\": [], \"ports\": {}}",
    "null",
    "not json",
};

static const struct row_kind *const kinds[] = {&run_kind, &move_kind, &ask_kind,
                                               &fact_kind, &journal_kind};

/* Facts and captures carry the move's id, which the row structs leave out. */
static void bind(sqlite3_stmt *stmt, int n, struct input *in)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    switch (take_below(in, 10)) {
    case 0:
        sqlite3_bind_null(stmt, n);
        break;
    case 1:
        sqlite3_bind_int64(stmt, n, (sqlite3_int64)take_below(in, 65536) - 3);
        break;
    case 2:
        sqlite3_bind_double(stmt, n, take_byte(in) & 1 ? 1e300 : -1.5);
        break;
    case 3:
        text = take_part(in, 200, &len);
        sqlite3_bind_blob(stmt, n, text, (int)len, SQLITE_TRANSIENT);
        break;
    case 4:
    case 5:
        text = take_word(in);
        sqlite3_bind_text(stmt, n, text, -1, SQLITE_TRANSIENT);
        break;
    case 6:
        text = take_part(in, 5000, &len);
        sqlite3_bind_text(stmt, n, text, (int)len, SQLITE_TRANSIENT);
        break;
    default:
        sqlite3_bind_text(stmt, n, words[take_below(in, sizeof words / sizeof words[0])],
                          -1, SQLITE_STATIC);
    }
}

static void run_one(sqlite3 *db, const char *sql, struct input *in)
{
    sqlite3_stmt *stmt = NULL;
    must(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
    for (int n = sqlite3_bind_parameter_count(stmt); n > 0; n--)
        bind(stmt, n, in);
    /* A value that the tables refuse stays out. */
    (void)sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
}

static void change_row(sqlite3 *db, struct input *in)
{
    size_t which = take_below(in, 6);
    if (which == 5) {
        run_one(db, "UPDATE captures SET json = ?", in);
        return;
    }
    const struct row_kind *kind = kinds[which];
    const struct field *field = &kind->fields[take_below(in, kind->count)];
    /* One row, or all: the tables are small. */
    AUTO_FREE char *sql = xasprintf("UPDATE \"%s\" SET \"%s\" = ? WHERE rowid %% %d = 0",
                                    kind->table, field->name, take_byte(in) % 3 + 1);
    if (which == 3)
        sql[strstr(sql, " WHERE") - sql] = '\0';
    run_one(db, sql, in);
}

/* Another run, whose move is like the first. */
static void add_move(sqlite3 *db, struct input *in)
{
    run_one(
        db,
        "INSERT OR IGNORE INTO runs SELECT ?, created, command, cloud, options, state "
        "FROM runs LIMIT 1",
        in);
}

static void change_all(const char *path, struct input *in, bool loose)
{
    sqlite3 *db = NULL;
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    must(sqlite3_exec(db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", NULL,
                      NULL, NULL) == SQLITE_OK);
    if (!loose)
        sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    must(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK);
    for (int n = 0; n < CHANGES_MAX && in->n > 0; n++) {
        if (take_byte(in) < 240)
            change_row(db, in);
        else
            add_move(db, in);
    }
    must(sqlite3_exec(db, "COMMIT; PRAGMA journal_mode = WAL", NULL, NULL, NULL) ==
         SQLITE_OK);
    must(sqlite3_close(db) == SQLITE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    size_t n;
    struct err err = {0};
    unsigned choices = take_byte(&in);
    AUTO_FREE char *path = fsx_join(scratch_folder(), "rows.db");
    clock_set_test(1000, 1763632800);
    const char *bytes = state_template(&n);
    clock_set_test(1000, 1763632800);
    scratch_write(path, bytes, n);
    change_all(path, &in, choices & 4);
    struct store *store = store_open(path, false, NULL, &err);
    if (store) {
        state_read(store);
        state_resume(store, choices % 4 % 3);
        state_read(store);
        store_close(store);
    } else {
        must(is_good_error(&err));
    }
    (void)unlink(path);
    log_close();
    return 0;
}
