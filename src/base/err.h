/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: what happened, in words complete enough to print.
 *
 * A function that can fail takes `struct err *err` as its last parameter and returns
 * bool. The caller owns the struct (on its stack, zeroed: `struct err err = {0};`). The
 * first error wins: a later err_set() on a set error changes nothing. NULL is allowed and
 * drops the text. Callers add the place with err_wrap(). No secrets are put in an error.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/err_codes.h"

enum err_code {
#define ERR_CODE(id, name, status, retry, hint) ERR_##id,
    ERR_CODES(ERR_CODE)
#undef ERR_CODE
        ERR_MAX
};

/* What a caller that may repeat a read should do. */
enum err_retry { ERR_RETRY_NEVER, ERR_RETRY_BACKOFF, ERR_RETRY_AFTER };

struct err {
    enum err_code code;
    char request_id[64]; /* of the service that refused; "" when there is none */
    char text[1024];     /* one line, no trailing period or newline */
};

/* Sets code and text unless an error is set already. Returns false, always. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As err_set, with ": <strerror(errnum)>" behind the text. */
bool err_set_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Puts "<place>: " before the text of a set error. Returns false, always. */
bool err_wrap(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void err_clear(struct err *err);
bool err_is_set(const struct err *err);

const char *err_name(enum err_code code);
int err_exit_status(enum err_code code);
enum err_retry err_retry_class(enum err_code code);
const char *err_hint(enum err_code code);
/* The code with that name, or ERR_MAX. */
enum err_code err_from_name(const char *name);

/* A defect in rezone itself: prints file and line and aborts (resume makes death safe).
 */
_Noreturn void bug_at(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)

#endif
