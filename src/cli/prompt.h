/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions on the terminal: y, n, all, quit. Waits in the loop, so that ^C is heard.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stdbool.h>
#include <stdio.h>

#include "net/loop.h"

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_INTERRUPTED };

struct prompt {
    int in;            /* descriptor of the answers */
    FILE *out;         /* of the questions */
    struct loop *loop; /* lent */
    bool all, quit;    /* what was answered once holds for the rest */
    char line[64];     /* read, and not yet a whole line */
    size_t len;
    bool overlong; /* the line being read is longer than any answer */
};

/* After "all" yes and after "quit", or when the input ends, no; without asking again. Of
 * a question of several lines only the last is repeated after an answer that is none. A
 * ^C that came before the question interrupts it too. */
enum answer prompt_ask(struct prompt *p, const char *question);

#endif
