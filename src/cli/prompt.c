/* SPDX-License-Identifier: Apache-2.0 */
/* Asks, and reads one line of answer. */
#include "cli/prompt.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/vec.h"

enum line_end { LINE_READ, LINE_OVER, LINE_INTERRUPTED };

/* The first line of what was read goes to `out`, the rest stays; false: no whole line
 * yet. */
static bool cut_line(struct prompt *p, char *out, size_t size)
{
    char *newline = memchr(p->line, '\n', p->len);
    if (!newline)
        return false;
    size_t len = (size_t)(newline - p->line), rest = p->len - len - 1;
    size_t kept = len < size - 1 ? len : size - 1;
    /* The tail of a pasted line may look like an answer. */
    if (p->overlong)
        kept = 0;
    p->overlong = false;
    memcpy(out, p->line, kept);
    out[kept] = '\0';
    memmove(p->line, newline + 1, rest);
    p->len = rest;
    return true;
}

static enum line_end read_line(struct prompt *p, char *out, size_t size)
{
    struct err err = {0};
    loop_watch_fd(p->loop, p->in);
    enum line_end end = LINE_READ;
    for (;;) {
        /* Any ^C counts, also one that came while the question was being printed or the
         * servers were looked at. */
        if (loop_interrupts(p->loop) > 0) {
            end = LINE_INTERRUPTED;
            break;
        }
        if (cut_line(p, out, size))
            break;
        if (!loop_wait(p->loop, -1, &err)) {
            end = LINE_INTERRUPTED;
            break;
        }
        if (!loop_watch_ready(p->loop))
            continue;
        if (p->len == sizeof(p->line)) {
            p->len = 0;
            p->overlong = true;
        }
        ssize_t n = read(p->in, p->line + p->len, sizeof(p->line) - p->len);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            end = LINE_OVER;
            break;
        }
        p->len += n > 0 ? (size_t)n : 0;
    }
    loop_watch_fd(p->loop, -1);
    return end;
}

/* 'y', 'n', 'a', 'q', or 0 for anything else. */
static int meaning(const char *line)
{
    static const char *const words[] = {"y", "yes", "n", "no", "a", "all", "q", "quit"};
    struct strv typed = {0};
    int found = 0;
    strv_split(&typed, line, '\n');
    for (size_t i = 0; typed.len > 0 && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(typed.at[0], words[i]) == 0)
            found = words[i][0];
    strv_clear(&typed);
    return found;
}

/* The question itself, without what stands above it. */
static const char *last_line(const char *question)
{
    const char *newline = strrchr(question, '\n');
    return newline ? newline + 1 : question;
}

enum answer prompt_ask(struct prompt *p, const char *question)
{
    char line[64];
    const char *words = question;
    while (!p->all && !p->quit) {
        fprintf(p->out, "%s [y/n/all/quit] ", words);
        fflush(p->out);
        enum line_end end = read_line(p, line, sizeof(line));
        if (end != LINE_READ)
            fputc('\n', p->out);
        if (end == LINE_INTERRUPTED)
            return ANSWER_INTERRUPTED;
        switch (end == LINE_OVER ? 'q' : meaning(line)) {
        case 'y':
            return ANSWER_YES;
        case 'n':
            return ANSWER_NO;
        case 'a':
            p->all = true;
            break;
        case 'q':
            p->quit = true;
            break;
        default:
            fputs("Please type y (yes), n (no), all (yes to all that follow) or quit "
                  "(no to all that follow).\n",
                  p->out);
            words = last_line(question);
        }
    }
    return p->all ? ANSWER_YES : ANSWER_NO;
}
