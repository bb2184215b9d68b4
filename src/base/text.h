/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing text with a hard maximum, and the few string operations that everybody needs.
 *
 * A `struct text` is zeroed or text_init()ed; `s` is always NUL-terminated once something
 * was added and may be NULL before. text_add* returns false when `max` would be passed
 * and then adds nothing: a cloud cannot make us grow without bound.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *s;
    size_t len, cap;
    size_t max; /* bytes; 0: TEXT_MAX_DEFAULT */
};
#define TEXT_MAX_DEFAULT ((size_t)64 << 20)

void text_init(struct text *t, size_t max);
void text_clear(struct text *t); /* frees; the struct may be used again */
void text_reset(struct text *t); /* keeps the memory, drops the content */
bool text_add(struct text *t, const char *s);
bool text_add_n(struct text *t, const void *bytes, size_t n);
bool text_add_c(struct text *t, char c);
bool text_addf(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Percent-encodes s as one part of a URL path or query (RFC 3986 unreserved kept). */
bool text_add_url(struct text *t, const char *s);
/* Gives the content ("" when empty); the text is empty afterwards. */
char *text_steal(struct text *t);
const char *text_str(const struct text *t); /* lends; "" when empty */

/*
 * Makes bytes of a stranger fit for a terminal: control characters (C0, DEL, C1),
 * escapes, bidirectional overrides and invalid UTF-8 become \xNN or \u{...}; at most
 * max_chars characters, then "...". Gives a new string.
 */
char *text_printable(const char *s, size_t max_chars);
/* Columns that s takes on a terminal (wcwidth by a UTF-8 decoder of ours, no locale). */
size_t text_columns(const char *s);
/* The length in bytes of the longest prefix of s that has at most n characters (UTF-8).
 */
size_t text_prefix(const char *s, size_t n_chars);
size_t text_chars(const char *s); /* number of UTF-8 characters */

bool text_eq(const char *a, const char *b); /* NULL equals NULL only */
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* A whole number without sign, spaces or trailing characters, at most max. */
bool text_to_u64(const char *s, unsigned long long max, unsigned long long *ret);
/* Seconds, with an optional fraction: "1.5"; negative, NaN and rubbish are refused. */
bool text_to_seconds(const char *s, double *ret);
/* Lower-case hex of the first n bytes of SHA-256(s): for showing that a secret is there.
 */
void text_hash_hex(const char *s, char *out, size_t out_size);
/* Base64 on one line. Gives. */
char *text_base64(const void *bytes, size_t n);
/* Two base64 texts of the same bytes, whatever their line breaks? */
bool text_same_base64(const char *a, const char *b);
/* Is s a UUID in its 36-character form? */
bool text_is_uuid(const char *s);
/* Writes a fresh random UUID (libuuid), lower case. */
void text_new_uuid(char out[37]);

#endif
