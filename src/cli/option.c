/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and keeps the values of options. */
#include "cli/option.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define COUNT_MAX 10000ULL

void option_values_init(struct option_values *v, const struct option_row *rows)
{
    size_t n = 0;
    while (rows && rows[n].name)
        n++;
    *v = (struct option_values){.rows = rows, .n = n};
    v->given = xcalloc(n + 1, sizeof(*v->given));
}

void option_values_clear(struct option_values *v)
{
    for (size_t i = 0; i < v->n; i++)
        strv_clear(&v->given[i]);
    free(v->given);
    *v = (struct option_values){0};
}

size_t option_find(const struct option_values *v, const char *name)
{
    size_t i = 0;
    while (i < v->n && !text_eq(v->rows[i].name, name))
        i++;
    return i;
}

static bool is_choice(const char *words, const char *arg)
{
    struct strv choices = {0};
    strv_split(&choices, words, '|');
    bool found = strv_has(&choices, arg);
    strv_clear(&choices);
    return found;
}

/* The first of arg's words that is none of the choices; gives, NULL when all are. */
static char *no_choice(const char *words, const char *arg)
{
    struct strv given = {0};
    char *wrong = NULL;
    strv_split(&given, arg, ',');
    for (size_t i = 0; i < given.len && !wrong; i++)
        wrong = is_choice(words, given.at[i]) ? NULL : xstrdup(given.at[i]);
    if (given.len == 0)
        wrong = xstrdup("");
    strv_clear(&given);
    return wrong;
}

static bool check_choices(const struct option_row *row, const char *arg, struct err *err)
{
    AUTO_FREE char *wrong = no_choice(row->arg, arg);
    return !wrong ||
           err_set(err, ERR_USAGE, "--%s takes some of %s, joined by ',', not '%s'",
                   row->name, row->arg, wrong);
}

bool option_step_seconds(const char *arg, char **ret_step, double *ret_seconds)
{
    const char *equals = strchr(arg, '=');
    if (!equals || equals == arg || !text_to_seconds(equals + 1, ret_seconds))
        return false;
    *ret_step = xstrndup(arg, (size_t)(equals - arg));
    return true;
}

static bool is_step_seconds(const char *arg)
{
    char *step = NULL;
    double seconds;
    bool ok = option_step_seconds(arg, &step, &seconds);
    free(step);
    return ok;
}

static bool check(const struct option_row *row, const char *arg, struct err *err)
{
    unsigned long long count;
    double seconds;
    switch (row->type) {
    case OPTION_FILE:
        return *arg || err_set(err, ERR_USAGE, "--%s takes the name of a file, not ''",
                               row->name);
    case OPTION_COUNT:
        if (text_to_u64(arg, COUNT_MAX, &count) && count > 0)
            return true;
        return err_set(err, ERR_USAGE, "--%s takes a number from 1 to %llu, not '%s'",
                       row->name, COUNT_MAX, arg);
    case OPTION_SECONDS:
        return text_to_seconds(arg, &seconds) ||
               err_set(err, ERR_USAGE, "--%s takes seconds, not '%s'", row->name, arg);
    case OPTION_CHOICE:
        return is_choice(row->arg, arg) ||
               err_set(err, ERR_USAGE, "--%s takes one of %s, not '%s'", row->name,
                       row->arg, arg);
    case OPTION_CHOICES:
        return check_choices(row, arg, err);
    case OPTION_STEP_SECONDS:
        return is_step_seconds(arg) || err_set(err, ERR_USAGE, "--%s takes %s, not '%s'",
                                               row->name, row->arg, arg);
    case OPTION_PAIR:
        return (strchr(arg, '=') && *arg != '=') ||
               err_set(err, ERR_USAGE, "--%s takes %s, not '%s'", row->name, row->arg,
                       arg);
    default:
        return true;
    }
}

bool option_set(struct option_values *v, size_t row, const char *arg, struct err *err)
{
    const char *value = arg ? arg : "";
    if (!check(&v->rows[row], value, err))
        return false;
    strv_add(&v->given[row], value);
    return true;
}
