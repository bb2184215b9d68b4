/* SPDX-License-Identifier: Apache-2.0 */
/* Rows over several things, each of which may take several asks. */
#include "moves/acts.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "flow/move.h"
#include "moves/steps.h"

/* "<walk> <row> " */
static char *place_of(const struct move *m, const char *row)
{
    return xasprintf("%s %s ", walk_name(move_walk(m)), row);
}

size_t acts_at(const struct move *m, const char *row)
{
    const char *text = move_fact(m, FACT_NIC);
    AUTO_FREE char *place = place_of(m, row);
    size_t at = 0;

    if (!text || !text_starts(text, place))
        return 0;
    return sscanf(text + strlen(place), "%zu", &at) == 1 ? at : 0;
}

enum verdict acts_next(struct move *m, const char *row)
{
    AUTO_FREE char *place = place_of(m, row);
    AUTO_FREE char *text = xasprintf("%s%zu", place, acts_at(m, row) + 1);

    move_set_fact(m, FACT_NIC, text);
    move_set_fact(m, FACT_ACT, NULL);
    return AGAIN;
}

enum verdict acts_over(struct move *m)
{
    move_set_fact(m, FACT_NIC, NULL);
    move_set_fact(m, FACT_ACT, NULL);
    return NEXT;
}

enum verdict acts_want(struct move *m, char *need)
{
    const char *last = move_fact(m, FACT_ACT);
    bool other = last && strcmp(last, need) != 0;

    move_set_fact(m, FACT_ACT, need);
    xreplace(&need, NULL);
    return other ? AGAIN : ABSENT;
}

const char *acts_of(const struct move *m, const char *verb)
{
    const char *act = move_fact(m, FACT_ACT);
    size_t n = strlen(verb);

    return act && text_starts(act, verb) && act[n] == ' ' ? act + n + 1 : NULL;
}
