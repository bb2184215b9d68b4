/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug log: one line an entry, to a sink that the command sets (stderr with
 * --debug).
 *
 * Below cli and show nothing prints; rooms may log at debug. Every line passes through
 * log_redact(), which replaces each secret registered with log_secret() by
 * "{SHA256}<first 12 hex>", also where it is JSON-escaped or URL-encoded, and one of 8
 * bytes or more within base64 or hex. So does the text of every error (base/err.h), since
 * services repeat in a refusal what they were sent. Secrets of fewer than 4 characters
 * are not searched for (they would blank half of the log): the places that handle them
 * redact by name.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

typedef void log_sink(void *ctx, const char *line);

void log_open(log_sink *sink, void *ctx); /* NULL: off (as at start) */
bool log_is_on(void);
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Remembers a secret for the life of the process (copies; wiped by log_close). */
void log_secret(const char *secret);
/* Gives a copy of s with every known secret replaced. */
char *log_redact(const char *s);
void log_close(void);

#endif
