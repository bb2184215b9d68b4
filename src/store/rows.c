/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that say which struct member is which column, and the life of the rows. */
#include "store/rows.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/store.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(type, member, flags)                                                        \
    {                                                                                    \
#member, FIELD_TEXT, flags, offsetof(struct type, member)                        \
    }
#define REAL(type, member)                                                               \
    {                                                                                    \
#member, FIELD_REAL, 0, offsetof(struct type, member)                            \
    }
#define INT(type, member, flags)                                                         \
    {                                                                                    \
#member, FIELD_INT, flags, offsetof(struct type, member)                         \
    }
#define LONG(type, member)                                                               \
    {                                                                                    \
#member, FIELD_LONG, 0, offsetof(struct type, member)                            \
    }

static const struct field run_fields[] = {
    TEXT(run_row, id, FIELD_KEY), REAL(run_row, created),    TEXT(run_row, command, 0),
    TEXT(run_row, cloud, 0),      TEXT(run_row, options, 0), TEXT(run_row, state, 0),
};

static const struct field move_fields[] = {
    TEXT(move_row, id, FIELD_KEY),
    TEXT(move_row, run_id, FIELD_FIXED),
    TEXT(move_row, cloud, FIELD_FIXED),
    TEXT(move_row, server_id, FIELD_FIXED),
    TEXT(move_row, server_name, 0),
    TEXT(move_row, target_server_id, 0),
    TEXT(move_row, source_zone, 0),
    TEXT(move_row, target_zone, 0),
    TEXT(move_row, strategy, 0),
    INT(move_row, version, 0),
    TEXT(move_row, state, FIELD_INDEXED),
    TEXT(move_row, walk, 0),
    TEXT(move_row, step, 0),
    TEXT(move_row, serving, 0),
    TEXT(move_row, error, 0),
    TEXT(move_row, held_reason, 0),
    TEXT(move_row, announced, 0),
    TEXT(move_row, lost, 0),
    TEXT(move_row, left, 0),
    REAL(move_row, spent_s),
    REAL(move_row, created),
    REAL(move_row, started),
    REAL(move_row, finished),
    REAL(move_row, down_at),
    REAL(move_row, up_at),
};

static const struct field ask_fields[] = {
    TEXT(ask_row, move_id, FIELD_KEY),
    TEXT(ask_row, walk, FIELD_KEY),
    TEXT(ask_row, step, FIELD_KEY),
    INT(ask_row, item, FIELD_KEY),
    INT(ask_row, attempt, FIELD_KEY),
    TEXT(ask_row, phase, 0),
    REAL(ask_row, intent_at),
    REAL(ask_row, heard_at),
    REAL(ask_row, done_at),
    TEXT(ask_row, request_id, 0),
    TEXT(ask_row, new_id, 0),
    INT(ask_row, status, 0),
};

static const struct field fact_fields[] = {
    TEXT(fact_row, name, FIELD_KEY),
    TEXT(fact_row, value, 0),
};

static const struct field journal_fields[] = {
    LONG(journal_row, seq),
    TEXT(journal_row, move_id, 0),
    REAL(journal_row, at),
    TEXT(journal_row, what, 0),
};

#define KIND(name, table, fields)                                                        \
    {                                                                                    \
        table, sizeof(struct name), fields, COUNT(fields)                                \
    }
const struct row_kind run_kind = KIND(run_row, "runs", run_fields);
const struct row_kind move_kind = KIND(move_row, "moves", move_fields);
const struct row_kind ask_kind = KIND(ask_row, "asks", ask_fields);
const struct row_kind fact_kind = KIND(fact_row, "facts", fact_fields);
const struct row_kind journal_kind = KIND(journal_row, "journal", journal_fields);

void row_free(const struct row_kind *kind, void *row)
{
    size_t i;

    if (!row)
        return;
    for (i = 0; i < kind->count; i++)
        if (kind->fields[i].type == FIELD_TEXT)
            free(*(char **)((char *)row + kind->fields[i].at));
    free(row);
}

struct run_row *run_row_new(void)
{
    return xcalloc(1, sizeof(struct run_row));
}

struct move_row *move_row_new(void)
{
    return xcalloc(1, sizeof(struct move_row));
}

struct ask_row *ask_row_new(void)
{
    return xcalloc(1, sizeof(struct ask_row));
}

void run_row_free(void *row)
{
    row_free(&run_kind, row);
}

void move_row_free(void *row)
{
    row_free(&move_kind, row);
}

void ask_row_free(void *row)
{
    row_free(&ask_kind, row);
}

void fact_row_free(void *row)
{
    row_free(&fact_kind, row);
}

void journal_row_free(void *row)
{
    row_free(&journal_kind, row);
}
