/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What resume, commit and discard may do in which state: the table of states of the
 * manual, judged on a row before the engine is given the move (which it would drive on).
 */
#ifndef CLI_DEED_H
#define CLI_DEED_H

#include "cli/cmd.h"
#include "store/store.h"

enum deed { DEED_RESUME, DEED_COMMIT, DEED_DISCARD };
enum judgement { DEED_GO, DEED_NOTHING, DEED_REFUSED };

/* by_run: the move was not named itself, but its run: what ended without a trace is
 * passed over then. DEED_REFUSED sets err. */
enum judgement deed_judge(enum deed deed, const struct move_row *row, bool by_run,
                          struct err *err);
/* Must a person agree first? Not to going on with what was begun. yes_run: the run was
 * begun with -y, which spoke for all its moves. */
bool deed_asks(enum deed deed, const struct move_row *row, bool yes_run);

/* Adds the names of differences that resume's --accept gave. */
void accept_names(const struct call *call, struct strv *ret);
/* Is this a held move that lost all of them? ERR_REFUSED, naming what it lost. */
bool accept_check(const struct move_row *row, const struct strv *names, struct err *err);
/* An --accept without a name is ERR_USAGE. */
bool accept_check_options(const struct call *call, struct err *err);

#endif
