/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a judge may say of a row of a strategy's table.
 *
 * ABSENT and WAIT are different words on purpose: with two values a slow cloud would get
 * every request several times.
 */
#ifndef FLOW_VERDICT_H
#define FLOW_VERDICT_H

enum verdict {
    NEXT,   /* reached: go to the next row */
    WAIT,   /* under way: look again */
    ABSENT, /* no trace of our request, and the goal is not reached: it may be asked for
             */
    AGAIN,  /* this item is done: the same row, the next item */
    RETRY,  /* look again after a pause (Retry-After or backoff) */
    HOLD,   /* a person must look */
    FAIL,   /* cannot be reached: walk back */
    VERDICT_MAX
};

const char *verdict_name(enum verdict v);

#endif
