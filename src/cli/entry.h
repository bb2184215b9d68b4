/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One move of a batch, from its row to its outcome.
 */
#ifndef CLI_ENTRY_H
#define CLI_ENTRY_H

#include "cli/deed.h"
#include "cli/outcome.h"
#include "cli/stage.h"

struct entry {
    struct move_row *row; /* owned; fresh once the run's lock is held */
    bool by_run;          /* its run was named, not itself */
    enum judgement judgement;
    bool store_failed; /* it was the store that kept it from beginning */
    bool declined;
    struct move *move; /* the engine's; NULL: not ours to touch */
    enum move_state was;
    enum walk was_walk; /* WALK_MAX: none */
};

/* Takes row. */
struct entry *entry_new(struct move_row *row, bool by_run);
void entry_free(void *entry);
/* Judges by the row; a refusal is said. */
void entry_judge(struct entry *entry, enum deed deed, struct stage *st);
void entry_refuse(struct entry *entry, struct stage *st, const struct err *err);
/* Takes the lock of its run, reads the row again under it and judges again. */
void entry_lock(struct entry *entry, enum deed deed, struct stage *st);
/* Gives the move to the engine and begins the deed. */
void entry_begin(struct entry *entry, enum deed deed, struct stage *st);
/* Was the run of this move begun with -y? */
bool entry_yes_run(const struct entry *entry, struct stage *st);
enum outcome entry_outcome(const struct entry *entry, enum deed deed);
json_t *entry_json(const struct entry *entry,
                   struct store *store); /* gives a new reference */

#endif
