/* SPDX-License-Identifier: Apache-2.0 */
/* Host names as Nova makes and takes them. */
#include "moves/hostname.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define DERIVED_MAX 63

/* The next code point of valid UTF-8; -1 for one beyond U+00FF, which Nova drops. */
static int next_latin1(const unsigned char **p)
{
    unsigned c = *(*p)++;
    if (c < 0x80)
        return (int)c;
    if ((c & 0xE0) == 0xC0 && (**p & 0xC0) == 0x80) {
        c = (c & 0x1F) << 6 | (*(*p)++ & 0x3Fu);
        return c <= 0xFF ? (int)c : -1;
    }
    while ((**p & 0xC0) == 0x80)
        (*p)++;
    return -1;
}

/* \w of Python for U+0000 to U+00FF. */
static bool is_word(int c)
{
    if (c < 0x80)
        return isalnum(c) || c == '_';
    static const unsigned char others[] = {0xAA, 0xB2, 0xB3, 0xB5, 0xB9,
                                           0xBA, 0xBC, 0xBD, 0xBE, 0};
    return (c >= 0xC0 && c != 0xD7 && c != 0xF7) || strchr((const char *)others, c);
}

static int lower(int c)
{
    if (c < 0x80)
        return tolower(c);
    return c >= 0xC0 && c <= 0xDE && c != 0xD7 ? c + 0x20 : c;
}

static void put(char out[], size_t *len, int c)
{
    if (c < 0x80) {
        out[(*len)++] = (char)c;
        return;
    }
    out[(*len)++] = (char)(0xC0 | c >> 6);
    out[(*len)++] = (char)(0x80 | (c & 0x3F));
}

char *hostname_derived(const char *name, int server_max)
{
    char out[2 * DERIVED_MAX + 1];
    size_t len = 0, from = 0;
    const unsigned char *p = (const unsigned char *)name;
    /* Cut first, then cleaned: what is dropped later does not make room. */
    for (int taken = 0; *p && taken < DERIVED_MAX;) {
        int c = next_latin1(&p);
        if (c < 0)
            continue;
        taken++;
        if (c == ' ' || c == '_' || (c == '.' && server_max >= 90))
            c = '-';
        if (is_word(c) || c == '.' || c == '-')
            put(out, &len, lower(c));
    }
    while (len > 0 && (out[len - 1] == '.' || out[len - 1] == '-'))
        len--;
    while (from < len && (out[from] == '.' || out[from] == '-'))
        from++;
    return xstrndup(out + from, len - from);
}

static bool is_ascii_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool hostname_can_be_sent(const char *hostname, int compute)
{
    size_t len = hostname ? strlen(hostname) : 0;
    bool fqdn = compute >= 94;
    if (compute < 90 || len < (fqdn ? 1 : 2) || len > (fqdn ? 255 : 63))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = hostname[i];
        bool end = i == 0 || i == len - 1;
        if (!is_ascii_word(c) && !(c == '-' && (fqdn || !end)) &&
            !(fqdn && (c == '.' || c == '_')))
            return false;
    }
    return true;
}
