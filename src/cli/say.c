/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of commands on standard error. */
#include <stdarg.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/stage.h"

#define LINE_MAX_CHARS 4000

static void say(struct stage *st, const char *prefix, char *text)
{
    AUTO_FREE char *safe = text_printable(text, LINE_MAX_CHARS);
    AUTO_FREE char *line = xasprintf("%s%s", prefix, safe);
    progress_say(st->progress, line);
    free(text);
}

void stage_say(struct stage *st, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(st, "rezone: ", xvasprintf(fmt, ap));
    va_end(ap);
}

void stage_detail(struct stage *st, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(st, "", xvasprintf(fmt, ap));
    va_end(ap);
}

void stage_error_hint(struct stage *st, const struct err *err, const char *hint)
{
    if (*err->request_id)
        stage_say(st, "%s (request %s)", err->text, err->request_id);
    else
        stage_say(st, "%s", err->text);
    if (*hint)
        stage_detail(st, "  %s", hint);
}

void stage_error(struct stage *st, const struct err *err)
{
    stage_error_hint(st, err, err_hint(err->code));
}

void stage_error_id(struct stage *st, const struct err *err)
{
    bool unknown = err->code == ERR_NOTFOUND;
    stage_error_hint(st, err, unknown ? "see 'rezone status'" : err_hint(err->code));
}

int stage_unwritten(struct stage *st, const struct err *err, int status)
{
    const int resumable = 4;
    bool changes = st->call->cmd->flags & CMD_CHANGES;
    stage_error_hint(
        st, err, changes ? "nothing else is lost: 'rezone status' shows the moves" : "");
    return status == resumable ? status : err_exit_status(ERR_INTERNAL);
}

static bool is_known_there(const struct stage *st)
{
    return st->world && *session_project_id(stage_session(st));
}

bool stage_is_refusal(const struct stage *st, const struct err *err)
{
    return err_exit_status(err->code) == 3 && is_known_there(st);
}

/* Before anything was begun there is nothing to resume. */
static const char *hint_of_failure(const struct stage *st, const struct err *err)
{
    const int resumable = 4;
    bool changes = st->call->cmd->flags & CMD_CHANGES;
    if (st->begun || err_exit_status(err->code) != resumable || err->code == ERR_PROTOCOL)
        return err_hint(err->code);
    if (err->code == ERR_INTERRUPT)
        return changes ? "nothing was begun" : "";
    return changes ? "nothing was begun; try again later" : "try again later";
}

int stage_fail(struct stage *st, const struct err *err)
{
    const int refused = 3, cloud_lost = 4, not_begun = 5;
    int status = err_exit_status(err->code);
    stage_error_hint(st, err, hint_of_failure(st, err));
    if (err->code == ERR_INTERRUPT)
        return status;
    if (st->begun)
        return status == not_begun ? cloud_lost : status;
    if (status == cloud_lost)
        return not_begun;
    /* With the engine there the first thing that is done is to log in. */
    return status == refused && st->engine && !is_known_there(st) ? not_begun : status;
}

char *stage_name(const char *name, const char *id)
{
    AUTO_FREE char *safe = text_printable(name ? name : "", 255);
    AUTO_FREE char *safe_id = text_printable(id ? id : "", 64);
    if (*safe == '\0')
        return xstrdup(safe_id);
    return *safe_id ? xasprintf("%s (%s)", safe, safe_id) : xstrdup(safe);
}
