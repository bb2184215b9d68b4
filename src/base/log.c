/* SPDX-License-Identifier: Apache-2.0 */
/* The debug log: a sink, and the secrets that never reach it. */
#include "base/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct needle {
    char *s;
    size_t len;
    char shown[24];
};

static struct {
    log_sink *sink;
    void *ctx;
    struct needle *needles; /* longest first: a secret may hold another one */
    size_t len, cap;
    bool starts[256]; /* first bytes of needles */
} the_log;

void log_open(log_sink *sink, void *ctx)
{
    the_log.sink = sink;
    the_log.ctx = ctx;
}

bool log_is_on(void)
{
    return the_log.sink != NULL;
}

void log_debug(const char *fmt, ...)
{
    if (!the_log.sink)
        return;
    va_list ap;
    va_start(ap, fmt);
    char *line = xvasprintf(fmt, ap);
    va_end(ap);
    char *redacted = log_redact(line);
    AUTO_FREE char *shown = text_printable(redacted, SIZE_MAX);
    xwipe(line);
    free(redacted);
    the_log.sink(the_log.ctx, shown);
}

static void add_needle(const char *s, const char *shown)
{
    size_t len = strlen(s), at = 0;
    while (at < the_log.len && the_log.needles[at].len >= len) {
        if (!strcmp(the_log.needles[at].s, s))
            return;
        at++;
    }
    if (the_log.len == the_log.cap) {
        the_log.cap = the_log.cap ? the_log.cap * 2 : 16;
        the_log.needles =
            xrealloc(the_log.needles, the_log.cap, sizeof(*the_log.needles));
    }
    memmove(the_log.needles + at + 1, the_log.needles + at,
            (the_log.len - at) * sizeof(*the_log.needles));
    struct needle *n = &the_log.needles[at];
    *n = (struct needle){.s = xstrdup(s), .len = len};
    snprintf(n->shown, sizeof(n->shown), "%s", shown);
    the_log.starts[(unsigned char)*s] = true;
    the_log.len++;
}

/* Reads one UTF-8 character without judging it; a stray byte stands for itself. */
static uint32_t next_char(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    size_t n = *p >= 0xF0 ? 4 : *p >= 0xE0 ? 3 : *p >= 0xC0 ? 2 : 1;
    uint32_t c = n == 1 ? *p : *p & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            (*s)++;
            return *p;
        }
        c = c << 6 | (p[i] & 0x3F);
    }
    *s += n;
    return c;
}

/* As a JSON writer puts it between quotes; Python's also escapes all that is not ASCII.
 */
static char *json_form(const char *s, bool ascii)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    struct text t = {0};
    while (*s) {
        const char *from = s, *short_form = strchr(plain, *s);
        uint32_t c = next_char(&s);
        if (short_form)
            text_addf(&t, "\\%c", letter[short_form - plain]);
        else if (ascii && c > 0xFFFF)
            text_addf(&t, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((c - 0x10000) >> 10)),
                      (unsigned)(0xDC00 + (c & 0x3FF)));
        else if (c < 0x20 || (ascii && c > 0x7E))
            text_addf(&t, "\\u%04x", (unsigned)c);
        else
            text_add_n(&t, from, (size_t)(s - from));
    }
    return text_steal(&t);
}

/* Writers differ: some keep the slash, some write small digits, forms have + for a blank.
 */
enum { URL_SLASH = 1, URL_SMALL = 2, URL_PLUS = 4, URL_WAYS = 8 };

static char *url_form(const char *s, int way)
{
    struct text t = {0};
    for (; *s; s++) {
        char one[2] = {*s, '\0'};
        size_t from = t.len;
        if ((*s == '/' && (way & URL_SLASH)) || (*s == ' ' && (way & URL_PLUS)))
            text_add_c(&t, *s == ' ' ? '+' : '/');
        else
            text_add_url(&t, one);
        if (t.len - from == 3 && (way & URL_SMALL))
            for (size_t i = from + 1; i < t.len; i++)
                t.s[i] = (char)tolower((unsigned char)t.s[i]);
    }
    return text_steal(&t);
}

/* What stays of s in the base64 of something longer in which it begins `shift` bytes
 * after a multiple of three: the characters at both ends also depend on what is beside.
 */
static char *base64_form(const char *s, size_t shift, bool for_url)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct text t = {0};
    size_t bits = 8 * strlen(s);
    for (size_t at = (6 - 8 * shift % 6) % 6; at + 6 <= bits; at += 6) {
        unsigned pair = (unsigned)(unsigned char)s[at / 8] << 8;
        pair |= at / 8 + 1 < bits / 8 ? (unsigned char)s[at / 8 + 1] : 0;
        unsigned six = pair >> (10 - at % 8) & 0x3F;
        text_add_c(&t, six < 62    ? letters[six]
                       : six == 62 ? (for_url ? '-' : '+')
                                   : (for_url ? '_' : '/'));
    }
    return text_steal(&t);
}

static char *hex_form(const char *s, bool large)
{
    struct text t = {0};
    for (; *s; s++)
        text_addf(&t, large ? "%02X" : "%02x", (unsigned)(unsigned char)*s);
    return text_steal(&t);
}

static void add_form(char *form, const char *shown)
{
    add_needle(form, shown);
    xwipe(form);
}

void log_secret(const char *secret)
{
    /* Of a short one three letters would be left in base64, which are everywhere. */
    const size_t shortest = 4, shortest_coded = 8;
    if (!secret || strnlen(secret, shortest) < shortest)
        return;
    char hex[13], shown[24];
    text_hash_hex(secret, hex, sizeof(hex));
    snprintf(shown, sizeof(shown), "{SHA256}%s", hex);
    add_form(xstrdup(secret), shown);
    add_form(json_form(secret, false), shown);
    add_form(json_form(secret, true), shown);
    for (int way = 0; way < URL_WAYS; way++)
        add_form(url_form(secret, way), shown);
    if (strnlen(secret, shortest_coded) < shortest_coded)
        return;
    for (size_t shift = 0; shift < 3; shift++) {
        add_form(base64_form(secret, shift, false), shown);
        add_form(base64_form(secret, shift, true), shown);
    }
    add_form(hex_form(secret, false), shown);
    add_form(hex_form(secret, true), shown);
}

static const struct needle *needle_at(const char *s)
{
    if (!the_log.starts[(unsigned char)*s])
        return NULL;
    for (size_t i = 0; i < the_log.len; i++)
        if (!strncmp(s, the_log.needles[i].s, the_log.needles[i].len))
            return &the_log.needles[i];
    return NULL;
}

char *log_redact(const char *s)
{
    struct text t = {.max = SIZE_MAX / 2};
    const char *from = s ? s : "";
    const char *p = from;
    while (*p) {
        const struct needle *n = needle_at(p);
        if (!n) {
            p++;
            continue;
        }
        text_add_n(&t, from, (size_t)(p - from));
        text_add(&t, n->shown);
        p += n->len;
        from = p;
    }
    text_add_n(&t, from, (size_t)(p - from));
    return text_steal(&t);
}

void log_close(void)
{
    for (size_t i = 0; i < the_log.len; i++)
        xwipe(the_log.needles[i].s);
    free(the_log.needles);
    memset(&the_log, 0, sizeof(the_log));
}
