/* SPDX-License-Identifier: Apache-2.0 */
/* A command line taken apart as a shell would, without one. */
#include "base/text_words.h"

#include <string.h>

#include "base/text.h"

/* Adds what stands between quotes; s is behind the first. Returns the end, behind the
 * second, or NULL: there is none. */
static const char *add_quoted(struct text *word, const char *s, char quote)
{
    for (; *s && *s != quote; s++) {
        if (quote == '"' && *s == '\\' && (s[1] == '"' || s[1] == '\\'))
            s++;
        text_add_c(word, *s);
    }
    return *s ? s + 1 : NULL;
}

/* One word; returns its end, or NULL: a quote is not closed. */
static const char *add_word(struct text *word, const char *s)
{
    while (s && *s && !strchr(" \t\n", *s)) {
        if (*s == '\'' || *s == '"') {
            s = add_quoted(word, s + 1, *s);
            continue;
        }
        if (*s == '\\' && s[1])
            s++;
        text_add_c(word, *s++);
    }
    return s;
}

bool text_words(const char *s, struct strv *ret, struct err *err)
{
    for (s += strspn(s, " \t\n"); *s; s += strspn(s, " \t\n")) {
        struct text word = {0};
        s = add_word(&word, s);
        strv_take(ret, text_steal(&word));
        if (!s)
            return err_set(err, ERR_USAGE, "a quote is not closed");
    }
    return true;
}

void text_add_quoted(struct text *t, const char *s)
{
    text_add_c(t, '\'');
    for (; *s; s++)
        if (*s == '\'')
            text_add(t, "'\\''");
        else
            text_add_c(t, *s);
    text_add_c(t, '\'');
}
