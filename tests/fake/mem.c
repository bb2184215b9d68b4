/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and text helpers of the fake cloud. */
#include "mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        abort();
    return p;
}

void *xrealloc(void *p, size_t size)
{
    p = realloc(p, size ? size : 1);
    if (!p)
        abort();
    return p;
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
    char *copy = xcalloc(n + 1, 1);
    memcpy(copy, s, n);
    return copy;
}

char *text_new(const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        abort();
    va_end(ap);
    return s;
}

void text_set(char **s, const char *value)
{
    char *copy = value ? xstrdup(value) : NULL;
    free(*s);
    *s = copy;
}

bool text_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_is_uuid(const char *s)
{
    size_t digits = 0;
    for (; *s; s++) {
        if (*s == '-')
            continue;
        if (!isxdigit((unsigned char)*s))
            return false;
        digits++;
    }
    return digits == 32;
}

bool text_is_true(const char *s)
{
    static const char *const words[] = {"1", "t", "true", "on", "y", "yes"};
    for (size_t i = 0; s && i < sizeof(words) / sizeof(*words); i++) {
        if (strcasecmp(s, words[i]) == 0)
            return true;
    }
    return false;
}

char *url_encode(const char *s)
{
    char *out = xcalloc(strlen(s) * 3 + 1, 1), *to = out;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (isalnum(c) || strchr("-_.~", c))
            *to++ = (char)c;
        else
            to += snprintf(to, 4, "%%%02X", c);
    }
    return out;
}

void random_bytes(void *out, size_t n)
{
    unsigned char *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n > 256 ? 256 : n, 0);
        if (got < 0)
            abort();
        p += got;
        n -= (size_t)got;
    }
}

void uuid_make(char out[UUID_TEXT])
{
    uint8_t b[16];
    random_bytes(b, sizeof(b));
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(out, UUID_TEXT,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
             b[13], b[14], b[15]);
}
