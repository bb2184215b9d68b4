/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of the SQLite store: their text, composed from the row tables. */
#include <stdlib.h>

#include "base/text.h"
#include "store/sqlite_db.h"

/* SAME updates only what is in no index and only if the indexed columns stay: the usual
 * step change of a move then dirties one page, not one for each index. */
enum form { PLAIN, INSERT, UPDATE, SAME, SELECT };

struct stmt_text {
    enum form form;
    const struct row_kind *kind;
    const char *text; /* PLAIN: all of it; SELECT: what follows FROM <table> */
};

#define PREFIX(column, n)                                                                \
    "(?" #n " IS NULL OR substr(" column ", 1, length(?" #n ")) = ?" #n ")"

static const struct stmt_text texts[STMT_MAX] = {
    [STMT_BEGIN] = {PLAIN, NULL, "BEGIN IMMEDIATE"},
    [STMT_COMMIT] = {PLAIN, NULL, "COMMIT"},
    [STMT_ROLLBACK] = {PLAIN, NULL, "ROLLBACK"},
    [STMT_RUN_UPDATE] = {UPDATE, &run_kind, NULL},
    [STMT_RUN_INSERT] = {INSERT, &run_kind, NULL},
    [STMT_MOVE_SAME] = {SAME, &move_kind, NULL},
    [STMT_MOVE_UPDATE] = {UPDATE, &move_kind, NULL},
    [STMT_MOVE_INSERT] = {INSERT, &move_kind, NULL},
    [STMT_ASK_UPDATE] = {UPDATE, &ask_kind, NULL},
    [STMT_ASK_INSERT] = {INSERT, &ask_kind, NULL},
    [STMT_CAPTURE_INSERT] = {PLAIN, NULL,
                             "INSERT INTO captures (move_id, json) VALUES (?1, ?2)"},
    [STMT_FACT_PUT] = {PLAIN, NULL,
                       "INSERT OR REPLACE INTO facts (move_id, name, value) "
                       "VALUES (?1, ?2, ?3)"},
    [STMT_FACT_DROP] = {PLAIN, NULL,
                        "DELETE FROM facts WHERE move_id = ?1 AND name = ?2"},
    [STMT_JOURNAL_ADD] = {PLAIN, NULL,
                          "INSERT INTO journal (move_id, at, what) VALUES (?1, ?2, ?3)"},
    [STMT_RUNS] = {SELECT, &run_kind,
                   "WHERE " PREFIX("id", 1) " ORDER BY created, rowid"},
    [STMT_MOVES] = {SELECT, &move_kind,
                    "WHERE (?1 IS NULL OR run_id = ?1) AND " PREFIX(
                        "id", 2) " ORDER BY created, rowid"},
    [STMT_MOVE_OPEN] = {SELECT, &move_kind,
                        "WHERE cloud = ?1 AND server_id = ?2 AND "
                        "state IN ('planned', 'running', 'moved', 'held')"},
    [STMT_CAPTURE] = {PLAIN, NULL, "SELECT json FROM captures WHERE move_id = ?1"},
    [STMT_FACTS] = {SELECT, &fact_kind, "WHERE move_id = ?1 ORDER BY name"},
    [STMT_ASKS] = {SELECT, &ask_kind, "WHERE move_id = ?1 ORDER BY rowid"},
    [STMT_JOURNAL] = {SELECT, &journal_kind, "WHERE move_id IS ?1 ORDER BY seq"},
    [STMT_CHANGE] = {PLAIN, NULL, "PRAGMA data_version"},
};

/* [name], not "name": an unknown name in double quotes would quietly be a string. */
static void add_columns(struct text *t, const struct row_kind *kind)
{
    size_t i;

    for (i = 0; i < kind->count; i++)
        (void)text_addf(t, "%s[%s]", i ? ", " : "", kind->fields[i].name);
}

/* "[a] = ?1<sep>[b] = ?2 ..." of the fields with (or without) any of these flags. */
static void add_pairs(struct text *t, const struct row_kind *kind, unsigned flags,
                      bool with, const char *sep)
{
    bool first = true;
    size_t i;

    for (i = 0; i < kind->count; i++) {
        if (((kind->fields[i].flags & flags) != 0) != with)
            continue;
        (void)text_addf(t, "%s[%s] = ?%zu", first ? "" : sep, kind->fields[i].name,
                        i + 1);
        first = false;
    }
}

static void add_insert(struct text *t, const struct row_kind *kind)
{
    size_t i;

    (void)text_addf(t, "INSERT INTO %s (", kind->table);
    add_columns(t, kind);
    (void)text_add(t, ") VALUES (");
    for (i = 0; i < kind->count; i++)
        (void)text_addf(t, "%s?%zu", i ? ", " : "", i + 1);
    (void)text_add(t, ")");
}

static void add_update(struct text *t, const struct row_kind *kind, unsigned matched)
{
    (void)text_addf(t, "UPDATE %s SET ", kind->table);
    add_pairs(t, kind, matched, false, ", ");
    (void)text_add(t, " WHERE ");
    add_pairs(t, kind, matched, true, " AND ");
}

static char *compose(const struct stmt_text *from)
{
    struct text t;

    text_init(&t, 0);
    switch (from->form) {
    case PLAIN:
        (void)text_add(&t, from->text);
        break;
    case INSERT:
        add_insert(&t, from->kind);
        break;
    case UPDATE:
        add_update(&t, from->kind, FIELD_KEY | FIELD_FIXED);
        break;
    case SAME:
        add_update(&t, from->kind, FIELD_KEY | FIELD_FIXED | FIELD_INDEXED);
        break;
    case SELECT:
        (void)text_add(&t, "SELECT ");
        add_columns(&t, from->kind);
        (void)text_addf(&t, " FROM %s %s", from->kind->table, from->text);
        break;
    }
    return text_steal(&t);
}

bool stmts_prepare(struct sqlite_store *s, struct err *err)
{
    int i;

    for (i = 0; i < STMT_MAX; i++) {
        char *sql = compose(&texts[i]);
        int rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                    &s->stmts[i], NULL);

        free(sql);
        if (rc != SQLITE_OK)
            return err_set(err, ERR_STATE, "the state database %s is not whole: %s",
                           s->base.path, sqlite3_errmsg(s->db));
    }
    return true;
}

void stmts_finalize(struct sqlite_store *s)
{
    int i;

    for (i = 0; i < STMT_MAX; i++) {
        (void)sqlite3_finalize(s->stmts[i]);
        s->stmts[i] = NULL;
    }
}
