/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: the first one wins, callers add the place, one table names the codes. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct err_row {
    const char *name, *hint;
    int exit_status;
    enum err_retry retry;
};

#define ERR_ROW(id, name, status, retry, hint)                                           \
    [ERR_##id] = {name, hint, status, ERR_RETRY_##retry},
static const struct err_row rows[ERR_MAX] = {ERR_CODES(ERR_ROW)};
#undef ERR_ROW

static const struct err_row *row_of(enum err_code code)
{
    return &rows[(unsigned)code < ERR_MAX ? code : ERR_INTERNAL];
}

/* A service's own words stand in errors: they may be long, and may carry line ends. */
static void tidy(char *text, size_t size, int written)
{
    if (written >= 0 && (size_t)written >= size) {
        size_t cut = size - 4;
        while (cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
            cut--;
        memcpy(text + cut, "...", 4);
    }
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            text[i] = ' ';
    while (n > 0 && text[n - 1] == ' ')
        text[--n] = '\0';
}

static void set_text(struct err *err, enum err_code code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void set_text(struct err *err, enum err_code code, const char *fmt, va_list ap)
{
    /* Redacted before it is cut: half a secret is not recognised. */
    AUTO_FREE char *whole = xvasprintf(fmt, ap);
    AUTO_FREE char *redacted = log_redact(whole);
    err->code = code == ERR_NONE ? ERR_INTERNAL : code;
    tidy(err->text, sizeof(err->text),
         snprintf(err->text, sizeof(err->text), "%s", redacted));
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    if (!err || err_is_set(err))
        return false;
    va_list ap;
    va_start(ap, fmt);
    set_text(err, code, fmt, ap);
    va_end(ap);
    return false;
}

bool err_set_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
{
    if (!err || err_is_set(err))
        return false;
    va_list ap;
    va_start(ap, fmt);
    set_text(err, code, fmt, ap);
    va_end(ap);
    char words[128];
    size_t len = strlen(err->text);
    int n = snprintf(err->text + len, sizeof(err->text) - len, ": %s",
                     strerror_r(errnum, words, sizeof(words)));
    tidy(err->text, sizeof(err->text), n < 0 ? n : n + (int)len);
    return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
    if (!err || !err_is_set(err))
        return false;
    char old[sizeof(err->text)];
    memcpy(old, err->text, sizeof(old));
    va_list ap;
    va_start(ap, fmt);
    /* The place may be made from the error's own text, so it is not written over it. */
    char place[sizeof(err->text)];
    vsnprintf(place, sizeof(place), fmt, ap);
    va_end(ap);
    tidy(err->text, sizeof(err->text),
         snprintf(err->text, sizeof(err->text), "%s: %s", place, old));
    return false;
}

void err_clear(struct err *err)
{
    if (err)
        memset(err, 0, sizeof(*err));
}

bool err_is_set(const struct err *err)
{
    return err && err->code != ERR_NONE;
}

const char *err_name(enum err_code code)
{
    return row_of(code)->name;
}

int err_exit_status(enum err_code code)
{
    return row_of(code)->exit_status;
}

enum err_retry err_retry_class(enum err_code code)
{
    return row_of(code)->retry;
}

const char *err_hint(enum err_code code)
{
    return row_of(code)->hint;
}

enum err_code err_from_name(const char *name)
{
    for (unsigned i = 0; name && i < ERR_MAX; i++)
        if (!strcmp(rows[i].name, name))
            return (enum err_code)i;
    return ERR_MAX;
}

_Noreturn void bug_at(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "rezone: defect at %s:%d: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    abort();
}
