/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that cannot fail: each function gives what was asked for or ends the process. */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void *xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        bug("out of memory (%zu times %zu bytes)", count, size);
    return p;
}

void *xrealloc(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        bug("out of memory (%zu times %zu bytes)", count, size);
    size_t n = count * size;
    void *p = realloc(old, n ? n : 1);
    if (!p)
        bug("out of memory (%zu bytes)", n);
    return p;
}

char *xstrdup(const char *s)
{
    return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
    if (!s)
        return NULL;
    size_t len = strnlen(s, n);
    char *copy = xcalloc(len + 1, 1);
    memcpy(copy, s, len);
    return copy;
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *s = xvasprintf(fmt, ap);
    va_end(ap);
    return s;
}

char *xvasprintf(const char *fmt, va_list ap)
{
    char *s = NULL;
    if (vasprintf(&s, fmt, ap) < 0)
        bug("out of memory or a bad format");
    return s;
}

void xreplace(char **slot, const char *s)
{
    /* Copied first: s may point into what the slot holds. */
    char *copy = xstrdup(s);
    free(*slot);
    *slot = copy;
}

void xwipe(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}

char *xsteal(char **p)
{
    char *s = *p;
    *p = NULL;
    return s;
}

void mem_auto_free(void *p)
{
    void *held;
    memcpy(&held, p, sizeof(held));
    free(held);
}
