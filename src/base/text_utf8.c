/* SPDX-License-Identifier: Apache-2.0 */
/* Text as characters: counting, cutting, measuring, and making a stranger's bytes
 * harmless. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_width.h"

/* Decodes the character at s (not at its end). Returns its bytes, or 0 when they are not
 * the shortest form of a Unicode scalar value (RFC 3629). */
static size_t decode(const char *s, uint32_t *ret)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s;
    size_t n = p[0] < 0x80             ? 1
               : (p[0] & 0xE0) == 0xC0 ? 2
               : (p[0] & 0xF0) == 0xE0 ? 3
               : (p[0] & 0xF8) == 0xF0 ? 4
                                       : 0;
    if (n == 0)
        return 0;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < smallest[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *ret = c;
    return n;
}

/* Characters that hide, reorder or break the text around them. */
static bool is_treacherous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200B ||
           c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

/* Writes how the character at s is shown into out; returns the bytes of s used. */
static size_t show(const char *s, char out[16])
{
    uint32_t c = 0;
    size_t n = decode(s, &c);
    if (n == 0 || (n == 1 && is_treacherous(c))) {
        snprintf(out, 16, "\\x%02X", (unsigned char)*s);
        return 1;
    }
    if (is_treacherous(c)) {
        snprintf(out, 16, "\\u{%X}", (unsigned)c);
        return n;
    }
    memcpy(out, s, n);
    out[n] = '\0';
    return n;
}

char *text_printable(const char *s, size_t max_chars)
{
    struct text t = {.max = SIZE_MAX / 2};
    size_t shown = 0;
    while (s && *s) {
        char one[16];
        size_t used = show(s, one);
        size_t chars = text_chars(one);
        if (chars > max_chars - shown) {
            text_add(&t, "...");
            break;
        }
        text_add(&t, one);
        shown += chars;
        s += used;
    }
    return text_steal(&t);
}

size_t text_columns(const char *s)
{
    size_t columns = 0;
    while (s && *s) {
        uint32_t c = 0;
        size_t n = decode(s, &c);
        columns += n ? (size_t)text_char_width(c) : 1;
        s += n ? n : 1;
    }
    return columns;
}

size_t text_prefix(const char *s, size_t n_chars)
{
    const char *p = s;
    for (size_t i = 0; p && *p && i < n_chars; i++) {
        uint32_t c;
        size_t n = decode(p, &c);
        p += n ? n : 1;
    }
    return (size_t)(p - s);
}

size_t text_chars(const char *s)
{
    size_t chars = 0;
    while (s && *s) {
        uint32_t c;
        size_t n = decode(s, &c);
        s += n ? n : 1;
        chars++;
    }
    return chars;
}
