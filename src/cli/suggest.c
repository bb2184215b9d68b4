/* SPDX-License-Identifier: Apache-2.0 */
/* Nearness of words: letters put in, left out or changed. */
#include "cli/suggest.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define WORD_MAX 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1], len = strlen(b);
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[len];
}

const char *suggest(const char *word, const struct strv *words)
{
    const char *best = NULL;
    size_t best_distance = WORD_MAX;
    if (strlen(word) > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < words->len; i++) {
        size_t len = strlen(words->at[i]);
        if (len > WORD_MAX)
            continue;
        size_t d =
            text_starts(words->at[i], word) && *word ? 1 : distance(word, words->at[i]);
        if (d <= (len + 2) / 3 && d < best_distance) {
            best = words->at[i];
            best_distance = d;
        }
    }
    return best;
}
