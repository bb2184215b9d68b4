/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text with a hard maximum. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void text_init(struct text *t, size_t max)
{
    *t = (struct text){.max = max};
}

void text_clear(struct text *t)
{
    free(t->s);
    *t = (struct text){.max = t->max};
}

void text_reset(struct text *t)
{
    t->len = 0;
    if (t->s)
        t->s[0] = '\0';
}

bool text_add(struct text *t, const char *s)
{
    return text_add_n(t, s, s ? strlen(s) : 0);
}

bool text_add_n(struct text *t, const void *bytes, size_t n)
{
    size_t max = t->max ? t->max : TEXT_MAX_DEFAULT;
    if (n > max || t->len > max - n)
        return false;
    size_t need = t->len + n + 1;
    if (need > t->cap) {
        size_t cap = t->cap * 2 > need ? t->cap * 2 : need;
        t->cap = cap < 64 ? 64 : cap;
        t->s = xrealloc(t->s, t->cap, 1);
    }
    if (n)
        memcpy(t->s + t->len, bytes, n);
    t->len += n;
    t->s[t->len] = '\0';
    return true;
}

bool text_add_c(struct text *t, char c)
{
    return text_add_n(t, &c, 1);
}

bool text_addf(struct text *t, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof(small), fmt, ap);
    bool ok;
    if (n >= 0 && (size_t)n < sizeof(small)) {
        ok = text_add_n(t, small, (size_t)n);
    } else {
        AUTO_FREE char *s = xvasprintf(fmt, again);
        ok = text_add(t, s);
    }
    va_end(again);
    va_end(ap);
    return ok;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

bool text_add_url(struct text *t, const char *s)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t before = t->len;
    for (const unsigned char *p = (const unsigned char *)s; p && *p; p++) {
        char hex[3] = {'%', digits[*p >> 4], digits[*p & 15]};
        bool ok = is_unreserved(*p) ? text_add_n(t, p, 1) : text_add_n(t, hex, 3);
        if (!ok) {
            t->len = before;
            if (t->s)
                t->s[before] = '\0';
            return false;
        }
    }
    return true;
}

char *text_steal(struct text *t)
{
    char *s = t->s ? t->s : xstrdup("");
    *t = (struct text){.max = t->max};
    return s;
}

const char *text_str(const struct text *t)
{
    return t->s ? t->s : "";
}
