/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the names of all steps. */
#include "cli/steps.h"

#include "base/mem.h"
#include "cli/suggest.h"
#include "moves/registry.h"

static void add_names(struct strv *names, const struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        strv_add(names, steps[i].id);
        if (steps[i].undo)
            strv_add(names, steps[i].undo->id);
    }
}

static void all_names(struct strv *names)
{
    for (size_t i = 0; strategies[i]; i++) {
        const struct strategy *s = strategies[i];
        add_names(names, s->steps, s->n_steps);
        add_names(names, s->commit_steps, s->n_commit_steps);
        if (s->sweep)
            strv_add(names, s->sweep->id);
    }
}

static bool check_one(const char *given, const struct strv *names, struct err *err)
{
    AUTO_FREE char *step = NULL;
    double seconds;
    if (!option_step_seconds(given, &step, &seconds) || strv_has(names, step))
        return true;
    const char *nearest = suggest(step, names);
    if (nearest)
        return err_set(err, ERR_USAGE, "there is no step '%s'; did you mean '%s'?", step,
                       nearest);
    AUTO_FREE char *all = strv_join(names, ", ");
    return err_set(err, ERR_USAGE, "there is no step '%s'; there are: %s", step, all);
}

bool steps_check(const struct call *call, struct err *err)
{
    const struct strv *given = given_all(call, "step-timeout");
    struct strv names = {0};
    bool ok = true;
    if (given->len > 0)
        all_names(&names);
    for (size_t i = 0; i < given->len && ok; i++)
        ok = check_one(given->at[i], &names, err);
    strv_clear(&names);
    return ok;
}
