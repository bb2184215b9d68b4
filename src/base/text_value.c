/* SPDX-License-Identifier: Apache-2.0 */
/* Text as a value: comparisons, numbers, hashes and UUIDs. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>
#include <uuid/uuid.h>

bool text_eq(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

bool text_starts(const char *s, const char *prefix)
{
    return s && prefix && !strncmp(s, prefix, strlen(prefix));
}

bool text_ends(const char *s, const char *suffix)
{
    if (!s || !suffix)
        return false;
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && !memcmp(s + n - m, suffix, m);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_to_u64(const char *s, unsigned long long max, unsigned long long *ret)
{
    if (!s || !*s)
        return false;
    unsigned long long n = 0;
    for (; *s; s++) {
        if (!is_digit(*s))
            return false;
        unsigned digit = (unsigned)(*s - '0');
        if (digit > max || n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *ret = n;
    return true;
}

/* By hand: strtod() knows inf, nan, hex floats and the decimal sign of the locale. */
bool text_to_seconds(const char *s, double *ret)
{
    const double too_big = 1e12;
    if (!s || !is_digit(*s))
        return false;
    double value = 0;
    for (; is_digit(*s); s++)
        if ((value = value * 10 + (*s - '0')) >= too_big)
            return false;
    if (*s == '.') {
        if (!is_digit(*++s))
            return false;
        for (double unit = 0.1; is_digit(*s); s++, unit /= 10)
            value += (*s - '0') * unit;
    }
    if (*s)
        return false;
    *ret = value;
    return true;
}

void text_hash_hex(const char *s, char *out, size_t out_size)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    char hex[sizeof(sum) * 2 + 1];
    SHA256((const unsigned char *)(s ? s : ""), s ? strlen(s) : 0, sum);
    for (size_t i = 0; i < sizeof(sum); i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    if (out_size)
        snprintf(out, out_size, "%s", hex);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool text_is_uuid(const char *s)
{
    if (!s || strnlen(s, 37) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : !is_hex(s[i]))
            return false;
    }
    return true;
}

void text_new_uuid(char out[37])
{
    uuid_t id;
    uuid_generate_random(id);
    uuid_unparse_lower(id, out);
}
