/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network and a loop without sockets and without waiting, in the place of net/http.h
 * and net/loop.h (linked before the archives): requests are answered by the double of a
 * cloud, and the input tells which answers are changed, lost or late. Where the input
 * ends, the answers are honest: whatever came before, a walk must end then.
 */
#ifndef NET_DOUBLE_H
#define NET_DOUBLE_H

#include "base/vec.h"
#include "cloud_double.h"
#include "flow/move.h"
#include "fuzz.h"
#include "net/http.h"
#include "net/loop.h"

struct http {
    struct cloud_double *cloud;
    struct input *in;
    bool down;               /* nothing can be reached */
    const struct move *move; /* whose requests they are; NULL: not known */
    struct vec exchanges;
    unsigned long seq;
    long requests, waits;
};

struct loop {
    struct http *http;
};

void net_double_init(struct http *http, struct cloud_double *cloud, struct input *in);
void net_double_clear(struct http *http);
/* Changes the answer to a request as the input says. Takes body; gives the body. */
json_t *net_double_change(struct input *in, json_t *body, struct reply *reply);

#endif
