/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as services take it: one line, padded. */
#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

#include "base/mem.h"
#include "base/text.h"

char *text_base64(const void *bytes, size_t n)
{
    assert(n <= INT_MAX / 2);
    char *code = xcalloc((n + 2) / 3 * 4 + 1, 1);
    EVP_EncodeBlock((unsigned char *)code, bytes, (int)n);
    return code;
}

/* The next character that is no line break and no blank; 0 at the end. */
static char next_of(const char **s)
{
    while (**s == '\n' || **s == '\r' || **s == ' ' || **s == '\t')
        (*s)++;
    return **s ? *(*s)++ : '\0';
}

bool text_same_base64(const char *a, const char *b)
{
    char one, other;
    do {
        one = next_of(&a);
        other = next_of(&b);
    } while (one && one == other);
    return one == other;
}
