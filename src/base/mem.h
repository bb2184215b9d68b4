/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that cannot fail: out of memory ends the process, which resume makes safe.
 *
 * AUTO_FREE frees a local when its block is left: `AUTO_FREE char *s = xstrdup(x);`
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count,
               size_t size);  /* overflow of count * size aborts */
char *xstrdup(const char *s); /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
/* Frees *slot and puts a copy of s there (NULL: only frees). */
void xreplace(char **slot, const char *s);
/* Overwrites before freeing: for passwords and tokens. NULL is allowed. */
void xwipe(char *secret);
/* Gives what *p holds and sets *p to NULL. */
char *xsteal(char **p);

void mem_auto_free(void *p); /* p: address of a pointer; for AUTO_FREE only */
#define AUTO_FREE __attribute__((cleanup(mem_auto_free)))

#endif
