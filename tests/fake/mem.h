/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and text helpers of the fake cloud: allocation that never fails, and strings. */
#ifndef FAKE_MEM_H
#define FAKE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* All of them abort when memory runs out: a test tool has nothing better to do. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
/* Gives a formatted string. */
char *text_new(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Frees *s and puts a copy of value there; NULL stays NULL. */
void text_set(char **s, const char *value);
/* True for two equal strings; NULL equals NULL only. */
bool text_eq(const char *a, const char *b);
bool text_starts(const char *s, const char *prefix);
/* True for the canonical spelling of a UUID, with or without dashes, as Python's uuid
 * takes it. */
bool text_is_uuid(const char *s);
/* True for "1", "t", "true", "on", "y", "yes", in any case. */
bool text_is_true(const char *s);

/* Gives the text with all but unreserved characters as %XX. */
char *url_encode(const char *s);

enum { UUID_TEXT = 37 };
/* Writes a fresh random (version 4) UUID. */
void uuid_make(char out[UUID_TEXT]);
/* Fills n bytes from the kernel's random source. */
void random_bytes(void *out, size_t n);

#endif
