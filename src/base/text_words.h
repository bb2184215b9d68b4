/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line taken apart into words: at blanks, where neither '...' nor "..." nor a
 * backslash says otherwise. Nothing is expanded and nothing is run: whoever wants a
 * shell's $x and | writes sh -c '...'.
 */
#ifndef BASE_TEXT_WORDS_H
#define BASE_TEXT_WORDS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

/* Adds the words; none of "" and of blanks. ERR_USAGE: a quote is not closed. */
bool text_words(const char *s, struct strv *ret, struct err *err);
/* Adds one word as a shell reads it, whatever is in it: in single quotes. */
void text_add_quoted(struct text *t, const char *s);

#endif
