/* SPDX-License-Identifier: Apache-2.0 */
/* Words the questions. */
#include "cli/question.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/stage.h"
#include "cloud/json.h"

static void add_list(struct text *t, const json_t *list, const char *what)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
    {
        AUTO_FREE char *name = text_printable(jstr(item, "name", ""), 80);
        AUTO_FREE char *words = text_printable(jstr(item, "text", ""), 600);
        text_addf(t, "  %s: %s: %s\n", what, name, words);
    }
}

static char *question_details(const json_t *move)
{
    struct text t = {0};
    add_list(&t, json_object_get(move, "lost"), "lost");
    add_list(&t, json_object_get(move, "announced"), "changes");
    return text_steal(&t);
}

char *question_move(const json_t *move)
{
    AUTO_FREE char *name =
        stage_name(jstr(move, "server_name", ""), jstr(move, "server_id", ""));
    AUTO_FREE char *from = text_printable(jstr(move, "source_zone", "?"), 80);
    AUTO_FREE char *to = text_printable(jstr(move, "target_zone", "?"), 80);
    AUTO_FREE char *how = text_printable(jstr(move, "strategy", "?"), 80);
    AUTO_FREE char *details = question_details(move);
    return xasprintf("%s: from %s to %s by %s; it is stopped for the time of the move\n%s"
                     "Move it?",
                     name, from, to, how, details);
}

double question_served_s(const struct move_row *row, double now)
{
    if (!text_eq(row->serving, "target") && !text_eq(row->serving, "both"))
        return 0;
    double from = row->up_at > 0 ? row->up_at : row->started;
    return from > 0 && now > from ? now - from : 0;
}

/* The id is what the cloud answered. Gives. */
static char *target_words(const struct move_row *row)
{
    return text_printable(row->target_server_id ? row->target_server_id : "?", 80);
}

char *question_commit(const struct move_row *row, double now)
{
    char span[32];
    AUTO_FREE char *name = stage_name(row->server_name, row->server_id);
    AUTO_FREE char *target = target_words(row);
    clock_span(question_served_s(row, now), span);
    return xasprintf(
        "%s: the target %s has served for %s\n"
        "  The source and its snapshot are deleted; there is no way back then.\n"
        "Commit it?",
        name, target, span);
}

char *question_discard(const struct move_row *row, double now)
{
    char span[32];
    AUTO_FREE char *name = stage_name(row->server_name, row->server_id);
    AUTO_FREE char *target = target_words(row);
    double served = question_served_s(row, now);
    clock_span(served, span);
    if (served > 0)
        return xasprintf(
            "%s: the target %s has served for %s\n"
            "  It is deleted with ALL THAT IT WROTE since, and the source comes "
            "back as it was.\nDiscard the move?",
            name, target, span);
    AUTO_FREE char *state = text_printable(row->state, 80);
    return xasprintf(
        "%s: the move is %s; the source comes back as it was\nDiscard the move?", name,
        state);
}
